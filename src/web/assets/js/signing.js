// The one way in which a page signs a command: its text is shown, the person says yes, and those very bytes are
// signed, kept and sent. What was kept and not answered is offered to be sent again on every page.

import * as command from './command.js';
import * as outbox from './outbox.js';
import { fromBase64, toHex } from './bytes.js';
import { No, NoAnswer } from './ask.js';
import { signer } from './keys.js';
import { sentence, t } from './language.js';
import { act, part, say, sayError, show } from './say.js';

let asked;
// What was agreed to is on its way: nothing else is asked until it is answered.
let sending = false;

// Shows the command that `body` makes and, once the person agrees, signs and sends it. `words` say in one line what
// it does; `key` is the person's; `others` are further signers (a card, an invitation, a new key); `pin` is the
// passbook's, sent beside the command. Answers the receipt, or undefined where the person said no. With `refused` a
// bank's "no" ends the asking too: it is said, and the page is told to look again at what it shows. With `unsure` so
// does no answer at all: the page says itself what that means, and the outbox has the envelope.
//
// What two people sign on two devices goes from the first to the second as an envelope: with `hold` nothing is sent and
// the envelope is answered; `life` is how many milliseconds it is good for, where that is less than a day; `begun` is
// such an envelope, whose text is shown and whose signatures stay.
export function signAndSend({ body, words, key, others = [], pin, refused, unsure, hold, life, begun }) {
  if (sending) {
    say(t('正在提交上一件，请稍等。', 'What you signed before is still on its way; please wait.'), true);
    return Promise.resolve(undefined);
  }
  const text = begun ? command.textOf(begun) : command.text(body, { life, compact: Boolean(hold) });
  if (asked) asked(undefined);
  part('signing-words').textContent = sentence(words);
  part('signing-text').textContent = text;
  part('signing-pin').value = '';
  show('signing-pin-row', key.kind === 'wrapped');
  show('signing');
  part('signing-title').focus();
  return new Promise((resolve) => {
    const end = (answer) => {
      asked = undefined;
      show('signing', false);
      resolve(answer);
    };
    asked = end;
    part('signing-no').onclick = () => { if (!sending) end(undefined); };
    part('signing-form').onsubmit = (event) => {
      event.preventDefault();
      if (sending) return;
      give(event.submitter, { text, words, key, others, pin, hold, begun }).then(end, async (error) => {
        sayError(error);
        if (unsure && error instanceof NoAnswer) {
          end(undefined);
          await unsure(error);
        }
        if (!refused || !(error instanceof No)) return;
        end(undefined);
        await refused(error).catch(sayError);
      });
    };
  });
}

async function give(button, { text, words, key, others, pin, hold, begun }) {
  sending = true;
  if (button) button.disabled = true;
  try {
    // The text that is shown, read back from the page: what is signed is what was seen.
    const seen = part('signing-text').textContent;
    if (seen !== text) throw new Error('the text was changed on the page');
    // A card's key signs by itself; a key of this browser may want the PIN.
    const mine = key.sign ? key : signer(key, part('signing-pin').value);
    const envelope = await command.envelope(seen, [...others, mine]);
    if (begun) envelope.signatures.unshift(...begun.signatures);
    if (hold) return envelope;
    const id = toHex(fromBase64(JSON.parse(seen).requestId));
    const receipt = await outbox.send(id, words, envelope, pin);
    // Of two who sign the same text on two devices, the second hears that it stood already.
    const stood = receipt.repeated ? t('先前已经记上了，没有再记一次。', ' It stood there already and was not written again.') : '';
    say(done(words, receipt) + stood + became(receipt));
    return { ...receipt, envelope };
  } finally {
    sending = false;
    if (button) button.disabled = false;
    part('signing-pin').value = '';
    await offer();
  }
}

const done = (words, { index }) => t(`办成了：${words}。账目 ${index} 号。`, `Done: ${words}. Entry ${index}.`);

// What it did, in the bank's words; a long list is cut.
const TOLD_MAX = 6;
function became({ told = [] }) {
  const lines = told.slice(0, TOLD_MAX).join(t('；', '; '));
  if (!lines) return '';
  if (told.length > TOLD_MAX) return t(`${lines}……共 ${told.length} 条。`, ` ${lines}… ${told.length} in all.`);
  return t(`${lines}。`, ` ${lines}.`);
}

// Lists what was signed and not answered, with a button to send it again.
export async function offer() {
  const items = await outbox.waiting();
  const list = part('outbox-list');
  list.textContent = '';
  for (const item of items) {
    const line = document.createElement('li');
    line.textContent = sentence(item.words);
    list.append(line);
  }
  show('outbox', items.length > 0);
}

// Hangs the outbox up. `settled` hears what became of what was sent again: the receipt, or the bank's "no"; true: the
// page has said it itself.
export async function begin(settled = async () => {}) {
  act(part('outbox-send'), 'click', async () => {
    try {
      for (const item of await outbox.waiting()) {
        let receipt;
        try {
          receipt = await outbox.again(item);
        } catch (error) {
          if (error instanceof No && await settled(item, undefined, error)) continue;
          throw error;
        }
        if (await settled(item, receipt)) continue;
        say(done(item.words, receipt));
      }
    } finally {
      await offer();
    }
  });
  if (window.indexedDB) await offer();
}

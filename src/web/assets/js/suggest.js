// The page where a household makes a suggestion. The words go beside the log, sealed; the card is forgotten after.

import { post, putDocument } from './ask.js';
import * as cards from './card.js';
import { t } from './language.js';
import * as scan from './scan.js';
import { begin, signAndSend } from './signing.js';
import { act, Ask, part, say, sayError, show } from './say.js';
import { sealed } from './text.js';

// Whose key signs: `{key, header()}`.
let by;

function take(one, who) {
  by = one;
  say('');
  part('speaker').textContent = who;
  for (const other of ['card', 'own', 'receipt']) show(other, false);
  show('book');
  part('book-title').focus();
}

async function takeCard(card) {
  const book = await post('/api/passbook', {}, await cards.shown(card));
  if (!book.household.startsWith(`${part('book').dataset.branch}-`)) {
    throw new Ask(t(
      '这本存折不是这个村的，请到自己村的公开栏提。',
      'This passbook is of another village; make the suggestion on the board of your own.',
    ));
  }
  take({ key: card, header: () => cards.shown(card) }, book.name);
}

function ask() {
  by = undefined;
  part('suggest-form').reset();
  show('book', false);
  show('card');
  show('own');
}

async function suggest() {
  const text = part('words').value.trim();
  if (!text) throw new Ask(t('请先写想说什么。', 'First write what you want to say.'));
  const { address } = await putDocument('text', sealed(text), await by.header());
  const { branch } = part('book').dataset;
  const said = text.length > 40 ? `${text.slice(0, 40)}……` : text;
  const words = t(`提建议：${said}`, `suggestion: ${said}`);
  const body = { suggest: { branch, document: address } };
  const receipt = await signAndSend({ body, words, key: by.key, refused: async () => {} });
  if (!receipt) return;
  by = undefined;
  part('suggest-form').reset();
  show('book', false);
  part('receipt-number').textContent = receipt.index;
  show('receipt');
  part('receipt-title').focus();
}

async function open() {
  await begin();
  await scan.offerOwn((key, own) => take({ key, header: async () => ({}) }, own.querySelector('b').textContent));
  act(part('suggest-form'), 'submit', suggest);
  act(part('other-card'), 'click', async () => ask());
  await scan.beginWithCard(takeCard, ask);
}

open().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);

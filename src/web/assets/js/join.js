// The page that takes an invitation: its seed stands behind the `#` of the address and never goes to the server.
// Both keys sign: the invitation's, which proves that the person was invited, and the new one, which proves that
// it is here.

import { No, post } from './ask.js';
import { fromBase64Url, fromHex } from './bytes.js';
import * as command from './command.js';
import * as keys from './keys.js';
import { sentence, t } from './language.js';
import { waiting } from './outbox.js';
import { signIn } from './session.js';
import { begin, signAndSend } from './signing.js';
import { act, carried, part, reloadWhenCarried, sayError, show } from './say.js';

function seed() {
  const text = carried();
  try {
    return /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : fromBase64Url(text);
  } catch (error) {
    return new Uint8Array();
  }
}

const STATES = ['accepted', 'cancelled', 'expired', 'unknown'];

// What the bank says of it; its own part of the page for each that cannot be accepted.
async function look(invitation) {
  try {
    return await post('/api/invitation', { invitationKey: command.keyField(invitation.publicKey) });
  } catch (error) {
    if (error instanceof No && error.reason === 'INVITATION_UNKNOWN') return { state: 'unknown' };
    throw error;
  }
}

function tell(offered) {
  for (const state of STATES) show(`state-${state}`, offered.state === state);
  show('invitation', offered.state === 'open');
  show('accepting', offered.state === 'open');
  if (offered.state === 'unknown') return;
  part('expired-until').textContent = offered.until;
  part('holder').textContent = sentence(offered.holder);
  part('branch').textContent = offered.branch;
  part('until').textContent = offered.until;
  part('key-until').textContent = offered.keyUntil || '';
  show('key-until-row', Boolean(offered.keyUntil));
  const list = part('offices');
  list.textContent = '';
  for (const office of offered.offices) {
    const line = document.createElement('li');
    line.textContent = office;
    list.append(line);
  }
  show('has-offices', offered.offices.length > 0);
  show('no-offices', offered.offices.length === 0 && !offered.terminal);
  show('is-terminal', offered.terminal);
}

let made;

async function open() {
  await begin();
  const invited = seed();
  const kind = await keys.detect();
  show('no-invitation', invited.length !== 32);
  if (invited.length !== 32) return;
  const invitation = await keys.fromSeed(invited);
  tell(await look(invitation));
  show(`join-${kind}`);
  show('join-pin-row', kind === 'wrapped');
  show('join-form', kind !== 'none');
  if (kind === 'none') return;
  part('invitation-key').textContent = invitation.publicKey;
  act(part('join-form'), 'submit', async () => {
    const pin = part('join-pin').value;
    // One key for one invitation, however often the text is looked at.
    made = made || (await keys.make(pin));
    const body = {
      acceptInvitation: {
        invitationKey: command.keyField(invitation.publicKey),
        publicKey: command.keyField(made.publicKey),
      },
    };
    const short = `${made.publicKey.slice(0, 8)}…`;
    const words = t(`接受邀请，登记新密钥 ${short}`, `accept the invitation, enrol the new key ${short}`);
    // Somebody else may have been faster: what became of the invitation is looked at again.
    const refused = async () => tell(await look(invitation));
    const receipt = await signAndSend({ body, words, key: made, others: [invitation], refused });
    if (!receipt) {
      // What was sent and not answered may have been written: its key is still needed then.
      if ((await waiting()).length === 0) {
        await keys.forget(made);
        made = undefined;
      }
      return;
    }
    // The seed has done its work: it does not stay in the address.
    window.history.replaceState(null, '', '/join');
    await signIn(made, pin);
    part('join-pin').value = '';
    window.location.assign('/desk');
  });
}

reloadWhenCarried();
open().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);

// The page that takes an invitation: its seed stands behind the `#` of the address and never goes to the server.
// Both keys sign: the invitation's, which proves that the person was invited, and the new one, which proves that
// it is here.

import { fromBase64Url, fromHex } from './bytes.js';
import * as command from './command.js';
import * as keys from './keys.js';
import { signIn } from './session.js';
import { begin, signAndSend } from './signing.js';
import { act, part, sayError, show } from './say.js';

function seed() {
  const text = window.location.hash.slice(1);
  try {
    return /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : fromBase64Url(text);
  } catch (error) {
    return new Uint8Array();
  }
}

let made;

async function open() {
  await begin();
  const invited = seed();
  const kind = await keys.detect();
  show('no-invitation', invited.length !== 32);
  show('invitation', invited.length === 32);
  if (invited.length !== 32) return;
  show(`join-${kind}`);
  show('join-pin-row', kind === 'wrapped');
  show('join-form', kind !== 'none');
  if (kind === 'none') return;
  const invitation = await keys.fromSeed(invited);
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
    const words = `接受邀请，登记新密钥 ${made.publicKey.slice(0, 8)}…`;
    const receipt = await signAndSend({ body, words, key: made, others: [invitation] });
    if (!receipt) return;
    // The seed has done its work: it does not stay in the address.
    window.history.replaceState(null, '', '/join');
    await signIn(made, pin);
    part('join-pin').value = '';
    window.location.assign('/desk');
  });
}

open().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);

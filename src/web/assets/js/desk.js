// The page that a signed-in person starts from: what their key is here, changing it, and signing out.

import * as command from './command.js';
import * as keys from './keys.js';
import { t } from './language.js';
import { waiting } from './outbox.js';
import { signIn, signOut } from './session.js';
import { begin, signAndSend } from './signing.js';
import { act, part, sayError, show } from './say.js';

async function open() {
  await begin();
  act(part('sign-out'), 'click', async () => {
    await signOut();
    window.location.assign('/sign-in');
  });
  const key = await keys.find(part('key-card').dataset.key);
  show(`key-${key ? key.kind : 'gone'}`);
  const form = part('renew-form');
  if (key && form) {
    const wrapped = (await keys.detect()) === 'wrapped';
    show('renew-pin-row', wrapped);
    show('renew-form');
    act(form, 'submit', () => renew(key, part('renew-pin').value));
  }
  document.documentElement.dataset.ready = 'yes';
}

// The new key is kept before it is enrolled: what was written can then be used whatever happens to this page.
async function renew(old, pin) {
  const fresh = await keys.make(pin);
  const body = { rotateKey: { oldKey: command.keyField(old.publicKey), newKey: command.keyField(fresh.publicKey) } };
  const [was, is] = [old, fresh].map((key) => `${key.publicKey.slice(0, 8)}…`);
  const words = t(`换密钥：旧的 ${was} 作废，登记新的 ${is}`, `change of keys: ${was} is void, ${is} is enrolled`);
  const receipt = await signAndSend({ body, words, key: old, others: [keys.signer(fresh, pin)] });
  if (!receipt) {
    // What was sent and not answered may have been written: its key is still needed then.
    if ((await waiting()).length === 0) await keys.forget(fresh);
    return;
  }
  await keys.forget(old);
  await signIn(fresh, pin);
  window.location.assign('/desk');
}

open().catch(sayError);

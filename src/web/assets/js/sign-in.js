// The page where a person signs in, or makes a key to be enrolled.

import * as keys from './keys.js';
import { t } from './language.js';
import { signIn } from './session.js';
import { begin } from './signing.js';
import { act, part, sayError, show, say } from './say.js';

const short = (key) => `${key.publicKey.slice(0, 8)}…${key.publicKey.slice(-8)}`;
const kinds = { native: t('浏览器保管', 'kept by the browser'), wrapped: t('密码锁着', 'under a PIN') };

let known = [];
const chosen = () => known.find((key) => key.publicKey === part('key').value);

async function list() {
  known = await keys.list();
  const choice = part('key');
  choice.textContent = '';
  for (const key of known) {
    const kind = kinds[key.kind];
    choice.append(new Option(t(`${short(key)}（${kind}）`, `${short(key)} (${kind})`), key.publicKey));
  }
  show('with-key', known.length > 0);
  show('key-row', known.length > 1);
  show('without-key', known.length === 0);
  choose();
}

function choose() {
  const key = chosen();
  show('pin-row', Boolean(key) && key.kind === 'wrapped');
}

async function open() {
  await begin();
  const kind = await keys.detect();
  show(`make-${kind}`);
  show('make-pin-row', kind === 'wrapped');
  show('make-form', kind !== 'none');
  await list();
  part('key').addEventListener('change', choose);
  act(part('sign-in-form'), 'submit', async () => {
    try {
      await signIn(chosen(), part('pin').value);
      window.location.assign('/desk');
    } finally {
      part('pin').value = '';
    }
  });
  act(part('make-form'), 'submit', async () => {
    const key = await keys.make(part('make-pin').value);
    part('make-pin').value = '';
    part('made-key').textContent = key.publicKey;
    show('made');
    say(t('密钥做好了。登记以后就能登录。', 'The key is made. Once it is enrolled you can sign in.'));
    await list();
  });
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);

// The second signature under a count: who counted has signed, and whoever witnesses it signs the very same bytes on a
// device of their own. What is to be signed stands behind the `#`.

import { post } from './ask.js';
import { fromBase64Url, toBase64, toHex } from './bytes.js';
import * as command from './command.js';
import * as keys from './keys.js';
import { begin, signAndSend } from './signing.js';
import { act, Ask, part, sayError, show } from './say.js';

// The envelope and its command; undefined where the address has none that is witnessed here.
function begun() {
  try {
    const parts = window.location.hash.slice(1).split('.').map(fromBase64Url);
    if (parts.length !== 3) return undefined;
    const [text, key, signature] = parts;
    const signatures = [{ keyid: toHex(key), sig: toBase64(signature) }];
    const envelope = { payload: toBase64(text), payloadType: command.COMMAND, signatures };
    const asked = JSON.parse(command.textOf(envelope));
    return asked.stockCount && Array.isArray(asked.stockCount.lines) ? { envelope, asked } : undefined;
  } catch (error) {
    return undefined;
  }
}

function row(texts) {
  const line = document.createElement('tr');
  texts.forEach((text, at) => {
    const cell = document.createElement(at === 0 ? 'th' : 'td');
    if (at === 0) cell.scope = 'row';
    cell.textContent = text;
    line.append(cell);
  });
  return line;
}

const difference = (number) => (number > 0 ? `多 ${number}` : number < 0 ? `少 ${-number}` : '对');

async function open() {
  await begin();
  const found = begun();
  show('nothing', !found);
  if (!found) return;
  const { envelope, asked } = found;
  const shelf = await post('/api/shelf', { branch: asked.stockCount.branch });
  const signers = envelope.signatures.map((one) => one.keyid);
  const mine = (await keys.list()).filter((key) => !signers.includes(key.publicKey));
  show('no-key', mine.length === 0);
  part('counted-title').textContent = `${shelf.branch}点货`;
  const words = [];
  for (const { sku, quantity } of asked.stockCount.lines) {
    const known = shelf.goods.find((one) => one.sku === sku) || { title: sku, stock: 0, measure: '' };
    const off = quantity - known.stock;
    part('counted-lines').append(row([known.title, String(known.stock), String(quantity), difference(off)]));
    if (off !== 0) words.push(`${known.title} ${difference(off)} ${known.measure}`);
  }
  const select = part('counted-key');
  for (const key of mine) select.append(new Option(`${key.publicKey.slice(0, 8)}…`, key.publicKey));
  show('counted');
  show('counted-form', mine.length > 0);
  act(part('counted-form'), 'submit', async () => {
    const key = mine.find((one) => one.publicKey === select.value);
    if (!key) throw new Ask('请先选密钥。');
    const what = words.length > 0 ? words.join('；') : '都对得上';
    const receipt = await signAndSend({
      begun: envelope, words: `见证${shelf.branch}点货：${what}`, key, refused: async () => {},
    });
    if (!receipt) return;
    window.history.replaceState(null, '', window.location.pathname);
    part('done-number').textContent = receipt.index;
    show('counted', false);
    show('done');
    part('done-title').focus();
  });
}

window.addEventListener('hashchange', () => { if (window.location.hash) window.location.reload(); });
open().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);

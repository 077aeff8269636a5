// The next signature under what others have begun: a count, or a sale to a cashier's own household. They have signed,
// and whoever witnesses it signs the very same bytes on a device of their own. What is to be signed stands behind the
// `#`.

import { post } from './ask.js';
import { fromBase64Url, toBase64, toHex } from './bytes.js';
import * as command from './command.js';
import * as keys from './keys.js';
import { own, sentence, t } from './language.js';
import { begin, signAndSend } from './signing.js';
import { act, Ask, carried, part, reloadWhenCarried, row, sayError, show } from './say.js';

// The envelope and its command; undefined where the address has none that is witnessed here.
function begun() {
  try {
    const parts = carried().split('.').map(fromBase64Url);
    const [text, ...signed] = parts;
    if (![2, 4].includes(signed.length)) return undefined;
    const signatures = [];
    for (let at = 0; at < signed.length; at += 2) {
      signatures.push({ keyid: toHex(signed[at]), sig: toBase64(signed[at + 1]) });
    }
    const envelope = { payload: toBase64(text), payloadType: command.COMMAND, signatures };
    const asked = JSON.parse(command.textOf(envelope));
    const { lines } = asked.stockCount || asked.redeem || {};
    return Array.isArray(lines) ? { envelope, asked } : undefined;
  } catch (error) {
    return undefined;
  }
}

function difference(number) {
  if (number > 0) return t(`多 ${number}`, `${number} more`);
  return number < 0 ? t(`少 ${-number}`, `${-number} fewer`) : t('对', 'right');
}

// A row of a table whose first cell is the title of goods.
function line(title, ...cells) {
  const made = row(title, ...cells);
  own(made.firstElementChild);
  return made;
}

const known = (shelf, sku) => shelf.goods.find((one) => one.sku === sku) || { title: sku, stock: 0, measure: '' };

// Shows a count beside what the book says; answers it in words.
async function counted({ branch, lines }) {
  const shelf = await post('/api/shelf', { branch });
  part('asked-title').textContent = t(`${shelf.branch}点货`, `A count in ${shelf.branch}`);
  const words = [];
  for (const { sku, quantity } of lines) {
    const { title, stock, measure } = known(shelf, sku);
    const off = quantity - stock;
    part('counted-lines').append(line(title, String(stock), String(quantity), difference(off)));
    if (off !== 0) words.push(t(`${title} ${difference(off)} ${measure}`, `${title} ${difference(off)}`));
  }
  show('counted');
  const found = words.length > 0 ? words.join(t('；', '; ')) : t('都对得上', 'all is there');
  return t(`见证${shelf.branch}点货：${found}`, `witness of a count in ${shelf.branch}: ${found}`);
}

// Shows a sale; answers it in words. Whose shelf it is, the till's key says, which signed last.
async function sold({ household, lines, total }, { signatures }) {
  const { keyid } = signatures[signatures.length - 1];
  const shelf = await post('/api/shelf', { terminal: command.keyField(keyid) });
  const [village, serial] = household.split('-');
  const away = village === shelf.code ? '' : t(`（${village}）`, ` (${village})`);
  const words = t(`${serial} 号户${away}在${shelf.branch}换`, `household ${serial}${away} buys in ${shelf.branch}`);
  part('asked-title').textContent = t(`${words}东西`, `${sentence(words)}`);
  const told = [];
  for (const { sku, quantity, points } of lines) {
    const { title, measure } = known(shelf, sku);
    part('sold-lines').append(line(title, `${quantity} ${measure}`, String(points * quantity)));
    told.push(`${title} ${quantity} ${measure}`);
  }
  part('sold-total').textContent = String(total);
  show('sold');
  show('pin-row');
  return t(`${words} ${told.join('，')}，共 ${total} 分`, `${words}: ${told.join(', ')}; ${total} points`);
}

async function open() {
  await begin();
  const found = begun();
  show('nothing', !found);
  if (!found) return;
  const { envelope, asked } = found;
  const signers = envelope.signatures.map((one) => one.keyid);
  const mine = (await keys.list()).filter((key) => !signers.includes(key.publicKey));
  show('no-key', mine.length === 0);
  const words = asked.redeem ? await sold(asked.redeem, envelope) : await counted(asked.stockCount);
  const select = part('asked-key');
  for (const key of mine) select.append(new Option(`${key.publicKey.slice(0, 8)}…`, key.publicKey));
  show('asked');
  show('asked-form', mine.length > 0);
  act(part('asked-form'), 'submit', async () => {
    const key = mine.find((one) => one.publicKey === select.value);
    if (!key) throw new Ask(t('请先选密钥。', 'First choose a key.'));
    const pin = part('pin').value || undefined;
    part('pin').value = '';
    const receipt = await signAndSend({ begun: envelope, words, key, pin, refused: async () => {} });
    if (!receipt) return;
    window.history.replaceState(null, '', window.location.pathname);
    part('done-number').textContent = receipt.index;
    show('asked', false);
    show('done');
    part('done-title').focus();
  });
}

reloadWhenCarried();
open().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);

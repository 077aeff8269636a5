// Points against money: the voucher is kept first, the rules are asked what it would do, and then it is signed.

import { putDocument } from './ask.js';
import { clean, toFirst, whole, wrong } from './fields.js';
import { foresee } from './foresee.js';
import { t } from './language.js';
import { ownKey, refresh } from './list.js';
import { BadPhoto, prepared } from './photo.js';
import { begin, signAndSend } from './signing.js';
import { act, part, sayError } from './say.js';

// Fen of an amount in yuan, two digits at most behind the point; undefined for anything else.
function fen(text, most) {
  const parts = text.trim().match(/^(\d{1,13})(?:\.(\d{1,2}))?$/);
  if (!parts) return undefined;
  const sum = Number(parts[1]) * 100 + Number((parts[2] || '').padEnd(2, '0'));
  return sum <= most * 100 ? sum : undefined;
}

function read(form) {
  clean(form);
  const [source, yuan, points] = [part('fund-source'), part('fund-yuan'), part('fund-points')];
  const money = fen(yuan.value, Number(yuan.dataset.most));
  const issued = whole(points.value, 1, Number(points.dataset.most));
  if (!source.value) wrong(source, t('请选钱从哪里来。', 'Choose where the money comes from.'));
  if (money === undefined) wrong(yuan, t('请填元，最多两位小数，例如 16000.50。', 'Type yuan with at most two decimals, such as 16000.50.'));
  if (issued === undefined) wrong(points, t(`请填整数，1～${points.dataset.most}。`, `Type a whole number, 1 to ${points.dataset.most}.`));
  if (toFirst(form)) return undefined;
  return { branch: part('fund-branch').value, source: source.value, fen: String(money), points: String(issued) };
}

async function voucher() {
  const field = part('fund-voucher');
  const file = field.files[0];
  if (!file) return undefined;
  try {
    const content = file.type === 'application/pdf' ? file : await prepared(file);
    return (await putDocument('record', content)).address;
  } catch (error) {
    if (!(error instanceof BadPhoto)) throw error;
    wrong(field, error.message);
    toFirst(part('fund'), error.message);
    return null;
  }
}

async function fund(form) {
  const key = await ownKey();
  if (!key) return;
  const asked = read(form);
  if (!asked) return;
  const address = await voucher();
  if (address === null) return;
  if (address) asked.voucher = address;
  const told = await foresee({ fundBudget: asked }, key);
  const [branch, source] = [part('fund-branch'), part('fund-source')].map((field) => field.selectedOptions[0].textContent);
  const words = told ? told.join(t('；', '; ')) : t(`拨付${branch} ${asked.points} 分（${source}，${Number(asked.fen) / 100} 元）`, `Give ${branch} ${asked.points} points (${source}, ${Number(asked.fen) / 100} yuan)`);
  const receipt = await signAndSend({ body: { fundBudget: asked }, words, key });
  if (!receipt) return;
  form.reset();
  await refresh();
}

async function open() {
  await begin();
  await ownKey();
  const form = part('fund');
  act(form, 'submit', () => fund(form));
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);

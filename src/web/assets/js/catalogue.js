// The next version of a catalogue: a draft that begins with the newest one, what it changes, and what the rules say of
// it, field by field, before it is signed. A draft stays in this browser until it is signed or the newest version is
// another.

import { No } from './ask.js';
import { clean, toFirst, whole, wrong } from './fields.js';
import { foresee } from './foresee.js';
import { t, written } from './language.js';
import { list, ownKey, refresh } from './list.js';
import { begin, signAndSend } from './signing.js';
import { act, part, say, sayError, show } from './say.js';

const NUMBERS = { pointsMin: [0, 10000], pointsMax: [0, 10000], capCount: [0, 10000] };
const SINGLE = ['code', 'title', 'pillar', 'kind', 'unit', 'pointsMin', 'pointsMax', 'scoreEffect', 'subject', 'measure', 'capWindow', 'capCount', 'validTo'];

let base = [];
let draft = [];
// The place in the draft that the form changes; undefined for a further item.
let place;

const field = (name) => part(`f-${name}`);
const form = () => part('item-form');
const make = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text, ...more });
const labelled = (name) => (name === 'evidence' ? form().querySelector('legend') : document.querySelector(`label[for=f-${name}]`)).textContent;

// What a field says, as a person reads it.
function spoken(item, name) {
  if (name === 'evidence') {
    const texts = (item.evidence || []).map((kind) => {
      const box = form().querySelector(`input[value=${kind}]`);
      return box ? box.closest('label').textContent.trim() : kind;
    });
    return texts.join(t('、', ', ')) || t('不要', 'none');
  }
  const value = item[name];
  const choice = field(name).tagName === 'SELECT' && Array.from(field(name).options).find((one) => one.value === value);
  if (choice) return choice.textContent;
  if (value === undefined || value === '') return name in NUMBERS || name === 'scoreEffect' ? '0' : t('空', 'empty');
  return String(value);
}

const points = (item) => {
  const [least, most] = [item.pointsMin || 0, item.pointsMax || 0];
  return least === most ? `${least}` : t(`${least}～${most}`, `${least} to ${most}`);
};

function render() {
  const lines = draft.map((item, at) => {
    const line = make('li', '', { id: `item-${item.code}` });
    const change = make('button', t('改', 'Change'), { type: 'button', className: 'button' });
    const drop = make('button', t('删去', 'Remove'), { type: 'button', className: 'button' });
    change.setAttribute('aria-label', t(`改 ${item.code} ${item.title}`, `Change ${item.code} ${item.title}`));
    drop.setAttribute('aria-label', t(`删去 ${item.code} ${item.title}`, `Remove ${item.code} ${item.title}`));
    change.addEventListener('click', () => edit(at));
    drop.addEventListener('click', () => {
      draft.splice(at, 1);
      touched();
      say(t(`草稿里删去了 ${item.code} ${item.title}。`, `Removed from the draft: ${item.code} ${item.title}.`));
    });
    const buttons = make('p', '', { className: 'paging' });
    buttons.append(change, ' ', drop);
    line.append(make('p', t(`${item.code} ${item.title}（${spoken(item, 'kind')}，${points(item)} 分）`, `${item.code} ${item.title} (${spoken(item, 'kind')}, ${points(item)} pts)`)), buttons);
    return line;
  });
  part('draft').replaceChildren(...lines);
}

// Whose draft, by the name under which this browser keeps it.
const shelfMark = () => `civbank catalogue ${list().dataset.branch}`;

// A browser that keeps nothing loses the draft with the page, as it would have without this.
function store() {
  const { items: from, first } = list().dataset;
  const day = part('from').value;
  try {
    if (changes().length === 0 && day === first) localStorage.removeItem(shelfMark());
    else localStorage.setItem(shelfMark(), JSON.stringify({ from, draft, day }));
  } catch (error) {
    // Full, or forbidden.
  }
}

// What was kept of a draft that began with the newest version; what began with an older one is thrown away.
function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(shelfMark()));
    if (kept && kept.from === list().dataset.items && Array.isArray(kept.draft)) return kept;
    if (kept) localStorage.removeItem(shelfMark());
  } catch (error) {
    // Nothing that reads.
  }
  return undefined;
}

function discard() {
  try {
    localStorage.removeItem(shelfMark());
  } catch (error) {
    // There is none.
  }
}

// A draft that changed is no longer what was looked at.
function touched() {
  store();
  show('changes', false);
  render();
}

function edit(at) {
  place = at;
  const item = at === undefined ? { kind: 'ITEM_KIND_DEED', measure: written('次') } : draft[at];
  clean(form());
  for (const name of SINGLE) {
    const one = field(name);
    const none = name in NUMBERS || name === 'scoreEffect' ? '0' : '';
    if (one.tagName === 'SELECT') one.value = item[name] || one.options[0].value;
    else one.value = item[name] === undefined ? none : String(item[name]);
  }
  for (const box of form().querySelectorAll('input[name=evidence]')) box.checked = (item.evidence || []).includes(box.value);
  part('item-title-line').textContent = at === undefined ? t('加一项', 'Add an item') : t(`改 ${item.code} ${item.title}`, `Change ${item.code} ${item.title}`);
  show('item');
  part('item-title-line').focus();
}

function keep() {
  clean(form());
  const item = place === undefined ? {} : { ...draft[place] };
  for (const name of SINGLE) {
    const text = field(name).value.trim();
    if (name in NUMBERS) {
      const number = whole(text, ...NUMBERS[name]);
      if (number === undefined) wrong(field(name), t(`请填整数，${NUMBERS[name][0]}～${NUMBERS[name][1]}。`, `Type a whole number, ${NUMBERS[name][0]} to ${NUMBERS[name][1]}.`));
      item[name] = number;
    } else if (name === 'scoreEffect') {
      if (!/^-?\d{1,3}$/.test(text) || Math.abs(Number(text)) > 200) wrong(field(name), t('请填整数，-200～200。', 'Type a whole number, -200 to 200.'));
      item[name] = Number(text);
    } else if (text) item[name] = text;
    else delete item[name];
  }
  item.evidence = Array.from(form().querySelectorAll('input[name=evidence]:checked'), (box) => box.value);
  if (!/^[A-Z0-9]{1,8}$/.test(item.code || '')) wrong(field('code'), t('1 到 8 位大写字母和数字，例如 G01。', '1 to 8 capital letters and digits, such as G01.'));
  if (draft.some((other, at) => other.code === item.code && at !== place)) wrong(field('code'), t('这个代码已经有了。', 'There is an item with this code.'));
  if (!item.title) wrong(field('title'), t('请填名称。', 'Type a title.'));
  if (!item.measure) wrong(field('measure'), t('请填计量。', 'Type a measure.'));
  if (item.pointsMin > item.pointsMax) wrong(field('pointsMax'), t('不能比最少还少。', 'Not less than the least.'));
  if (toFirst(form())) return;
  if (place === undefined) draft.push(item);
  else draft[place] = item;
  draft.sort((a, b) => (a.code < b.code ? -1 : 1));
  show('item', false);
  touched();
  say(t(`放进草稿了：${item.code} ${item.title}。`, `Put into the draft: ${item.code} ${item.title}.`));
  const line = part(`item-${item.code}`);
  line.querySelector('button').focus();
}

// What the draft changes, one line each.
function changes() {
  const lines = [];
  const was = new Map(base.map((item) => [item.code, item]));
  for (const item of draft) {
    const old = was.get(item.code);
    was.delete(item.code);
    if (!old) {
      lines.push(t(`新加 ${item.code} ${item.title}（${points(item)} 分）`, `New: ${item.code} ${item.title} (${points(item)} pts)`));
      continue;
    }
    const moved = [...SINGLE, 'evidence'].filter((name) => spoken(old, name) !== spoken(item, name));
    const what = moved.map((name) => `${labelled(name)}${t('：', ': ')}${spoken(old, name)} → ${spoken(item, name)}`);
    if (what.length > 0) lines.push(t(`${item.code} ${item.title}：${what.join('；')}`, `${item.code} ${item.title}: ${what.join('; ')}`));
  }
  for (const item of was.values()) lines.push(t(`删去 ${item.code} ${item.title}`, `Remove ${item.code} ${item.title}`));
  return lines;
}

const body = () => {
  const asked = { validFrom: part('from').value, items: draft };
  if (list().dataset.branch) asked.branch = list().dataset.branch;
  return { publishCatalogue: asked };
};

// A "no" that names a field goes to that field.
function toField(error) {
  if (!(error instanceof No)) return;
  const path = error.metadata.field || '';
  const [, at, name] = path.match(/items\[(\d+)\](?:\.(\w+))?/) || [];
  if (at !== undefined && draft[Number(at)]) {
    edit(Number(at));
    const camel = (name || 'code').replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
    if (field(camel)) wrong(field(camel), error.message);
  } else if (error.metadata.item) {
    const found = draft.findIndex((item) => item.code === error.metadata.item);
    if (found < 0) return;
    edit(found);
    wrong(field('pointsMin'), error.message);
  } else if (path.includes('valid_from') || ['DATE_PAST', 'DATE_TOO_FAR', 'CATALOGUE_OUT_OF_ORDER'].includes(error.reason)) {
    wrong(part('from'), error.message);
  } else return;
  toFirst(document, error.message);
}

async function look() {
  const key = await ownKey();
  if (!key) return;
  clean(part('publish'));
  show('changes', false);
  if (!part('from').value) {
    wrong(part('from'), t('请填从哪天起用。', 'Type the day from which it is in force.'));
    toFirst(part('publish'));
    return;
  }
  const lines = changes();
  if (lines.length === 0) {
    say(t('和最新一版一样，没有要发布的。', 'It is the same as the newest version: there is nothing to publish.'), true);
    return;
  }
  let told;
  try {
    told = await foresee(body(), key);
  } catch (error) {
    sayError(error);
    toField(error);
    return;
  }
  part('change-list').replaceChildren(...lines.map((text) => make('li', text)));
  part('change-told').textContent = told ? told.join(t('；', '; ')) : '';
  show('changes');
  part('changes-title').focus();
}

async function sign() {
  const key = await ownKey();
  if (!key) return;
  const words = t(`发布${list().dataset.title}的目录，共 ${draft.length} 项，${part('from').value} 起用，改 ${changes().length} 处`, `Publish the catalogue of ${list().dataset.title}: ${draft.length} items, in force from ${part('from').value}, ${changes().length} changed`);
  const receipt = await signAndSend({ body: body(), words, key, refused: async (error) => toField(error) });
  if (!receipt) return;
  show('changes', false);
  discard();
  await refresh();
  begins();
}

function begins() {
  base = JSON.parse(list().dataset.items);
  draft = JSON.parse(list().dataset.items);
  part('from').value = list().dataset.first;
  part('from').min = list().dataset.first;
  const kept = stored();
  show('kept', Boolean(kept));
  if (kept) {
    draft = kept.draft;
    if (kept.day >= list().dataset.first) part('from').value = kept.day;
  }
  render();
}

async function open() {
  await begin();
  await ownKey();
  begins();
  part('add').addEventListener('click', () => edit(undefined));
  part('item-no').addEventListener('click', () => show('item', false));
  part('kept-no').addEventListener('click', () => {
    discard();
    show('item', false);
    show('changes', false);
    begins();
    part('add').focus();
  });
  part('from').addEventListener('change', () => {
    store();
    show('changes', false);
  });
  act(part('item-form'), 'submit', async () => keep());
  act(part('publish'), 'submit', look);
  act(part('sign'), 'click', sign);
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);

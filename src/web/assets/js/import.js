// Many households from one sheet. The bank checks the sheet and writes nothing; everything is shown; then cards, sealed
// names and signed commands are made here and kept, and only then the first is sent. Whoever is cut off goes on with
// the very commands that were kept: the bank writes each once.

import { No, NoAnswer, checkSheet, post, putDocument } from './ask.js';
import { hash, keyedHash } from './blake3.js';
import { concat, toBase64, toUtf8 } from './bytes.js';
import { shown } from './card.js';
import * as command from './command.js';
import * as keys from './keys.js';
import { own as markOwn, t, written } from './language.js';
import * as plans from './plan.js';
import { begin } from './signing.js';
import { act, part, row as line, say, sayError, show } from './say.js';

// A signature is good for so long: a day short of the most that the bank takes.
const LIFE_MS = 6 * 24 * 3600 * 1000;
const CONSENT = written('以上各户已书面同意加入文明银行，可随时退出；同意书原件由支行保管。');
const STALE = ['COMMAND_EXPIRED', 'KEY_REVOKED', 'KEY_EXPIRED', 'KEY_UNKNOWN'];
const PAUSES_MS = [1000, 3000, 10000];

let checked;
let stopping = false;
// The signatures that were made are good no more.
let stale = false;

// One page of this browser at a time: two would count the same households twice.
function alone(doing) {
  if (!navigator.locks) return doing();
  return navigator.locks.request('civbank-import', { ifAvailable: true }, (lock) => {
    if (lock) return doing();
    say(t('另一个页面正在办这次开户，请看那一页。', 'Another page is doing this: see that one.'), true);
    return undefined;
  });
}

const random = () => crypto.getRandomValues(new Uint8Array(32));
const own = () => keys.find(part('sheet').dataset.key);
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// The server reads the sheet and answers every household or every fault.
async function check() {
  const file = part('file').files[0];
  checked = undefined;
  show('faults', false);
  show('homes', false);
  if (!file) {
    say(t('请先选一个文件。', 'Choose a file first.'), true);
    part('file').focus();
    return;
  }
  if (file.size > Number(part('sheet').dataset.most)) {
    say(t('文件太大。请只留要导入的那张表，另存一份再传。', 'The file is too large. Save a copy with the one sheet that is wanted, and try again.'), true);
    return;
  }
  say(t('正在检查……', 'Checking…'));
  const branch = part('branch').value;
  const answer = await checkSheet(branch, file);
  if (answer.faults.length > 0) tellFaults(answer);
  else tellHomes(branch, answer.homes);
}

function tellFaults({ faults, more }) {
  say(t(`表里有 ${faults.length + more} 处要改，什么都没有办。改好再传。`, `${faults.length + more} places in the sheet have to be mended. Nothing was done; mend them and try again.`), true);
  const rows = faults.map(({ row, column, what }) => line(row ? t(`第 ${row} 行`, `Line ${row}`) : t('整张表', 'The whole sheet'), column ? t(`${column} 列`, `Column ${column}`) : '', what));
  part('fault-rows').replaceChildren(...rows);
  part('fault-more').textContent = more > 0 ? t(`还有 ${more} 处没有列出来。`, `${more} more are not listed.`) : '';
  show('faults');
  part('faults-title').focus();
}

function tellHomes(branch, homes) {
  checked = { branch, title: part('branch').selectedOptions[0].textContent, homes };
  const people = homes.reduce((sum, home) => sum + home.members.length, 0);
  part('home-count').textContent = t(`${homes.length} 户，${people} 人`, `Households: ${homes.length}, people: ${people}`);
  part('home-rows').replaceChildren(...homes.map((home) => {
    const made = line(home.name, home.members.join('、'), String(home.row));
    markOwn(made.children[1]);
    return made;
  }));
  part('consent').checked = false;
  show('homes');
  say(t(`检查过了，没有发现问题：${homes.length} 户。请往下核对。`, `Checked, and nothing is wrong. Households: ${homes.length}. Look them over below.`));
  part('homes-title').focus();
}

// A text sealed with a salt, as the bank keeps it, and what the log holds instead.
const sealed = (text) => concat(random(), toUtf8(text));
const commitment = (bytes) => toBase64(keyedHash(bytes.subarray(0, 32), bytes.subarray(32)));

// What is kept of one household: its card's secrets, its members sealed.
function made(home, at) {
  const documents = home.members.map((name) => sealed(JSON.stringify({ name })));
  const { row, household, name } = home;
  return { at, row, household, name, count: documents.length, documents, seed: random(), token: random(), state: 'made' };
}

// Its two commands, signed; anew where the first signatures have run out.
async function sign(home, consent, signer) {
  const { household } = home;
  const card = await keys.fromSeed(home.seed);
  const members = home.documents.map(commitment);
  const issues = { household, passbookKey: command.keyField(card.publicKey), viewTokenHash: toBase64(hash(home.token)) };
  home.open = await command.envelope(command.text({ openHousehold: { household, members, consent } }, { life: LIFE_MS }), [signer]);
  home.issue = await command.envelope(command.text({ issuePassbook: issues }, { life: LIFE_MS }), [signer]);
}

function progress(doing, done, total) {
  show('progress');
  part('bar').max = total;
  part('bar').value = done;
  part('bar-text').textContent = t(`${doing}：${done} / ${total} 户`, `${doing}: ${done} of ${total} households`);
}

async function make() {
  const key = await own();
  if (!key || !checked) return;
  if (!part('consent').checked) {
    say(t('请先确认各户都已书面同意。', 'Confirm first that all households agreed in writing.'), true);
    part('consent').focus();
    return;
  }
  if (await plans.current()) {
    say(t('上一次导入的存折还没有印完。请先印完、清除，再导入下一张表。', 'The passbooks of the last sheet are not printed yet. Print and clear them before the next sheet.'), true);
    return;
  }
  const signer = await keys.signerOnce(key, part('import-pin').value);
  part('import-pin').value = '';
  try {
    const consent = sealed(CONSENT);
    const homes = [];
    for (const home of checked.homes) {
      const one = made(home, homes.length);
      await sign(one, commitment(consent), signer);
      homes.push(one);
      if (homes.length % 10 === 0) {
        progress(t('正在做存折、签名', 'Making passbooks and signing'), homes.length, checked.homes.length);
        await wait(0);
      }
    }
    // Asked of the rules before anything is sent: a right that is missing shows here.
    await post('/api/preview', { envelope: homes[0].open });
    const { branch, title } = checked;
    // The browser is asked not to clear it away when room is short; it may say no.
    if (navigator.storage && navigator.storage.persist) await navigator.storage.persist();
    await plans.keep({ branch, title, total: homes.length, done: 0, consent }, homes);
  } finally {
    signer.forget();
  }
  checked = undefined;
  show('choose', false);
  show('homes', false);
  await send();
}

// Sends again what was not answered, a few times.
async function persist(doing) {
  for (const pause of PAUSES_MS) {
    try {
      return await doing();
    } catch (error) {
      if (!(error instanceof NoAnswer) || stopping) throw error;
      await wait(pause);
    }
  }
  return doing();
}

async function sendHome(plan, home) {
  if (!plan.tried) {
    plan.tried = true;
    await plans.put(plan);
    await persist(() => putDocument('text', new Blob([plan.consent])));
  }
  if (!home.opened) {
    for (const bytes of home.documents) await persist(() => putDocument('identity', new Blob([bytes])));
    await openBook(plan, home);
  }
  await issueCard(home);
  plan.done += 1;
  // What the bank has now need not lie here too; the card's secrets stay until they are printed.
  const { at, household, name, count, seed, token } = home;
  await plans.step(plan, { at, household, name, count, seed, token, state: 'done' });
}

async function openBook(plan, home) {
  const sentBefore = home.sent;
  home.sent = true;
  await plans.step(plan, home);
  try {
    await persist(() => post('/api/submit', { envelope: home.open }));
  } catch (error) {
    // Signed anew after a try that was never answered: it was this very page that opened it. A book that somebody
    // else opened has a card, and the next step says so.
    if (!(error instanceof No) || error.reason !== 'HOUSEHOLD_EXISTS' || !sentBefore) throw error;
  }
  home.opened = true;
  await plans.step(plan, home);
}

async function issueCard(home) {
  try {
    await persist(() => post('/api/submit', { envelope: home.issue }));
  } catch (error) {
    if (!(error instanceof No) || !(await isInForce(home))) throw error;
  }
}

// Whether the household's card is the one that lies here: whoever shows its key is told the book.
async function isInForce(home) {
  try {
    const card = await keys.fromSeed(home.seed);
    const book = await persist(async () => post('/api/passbook', {}, await shown(card)));
    return book.household === home.household;
  } catch (error) {
    if (error instanceof No) return false;
    throw error;
  }
}

async function send() {
  const plan = await plans.current();
  stopping = false;
  stale = false;
  show('stop');
  show('again', false);
  show('go-on', false);
  say('');
  let home;
  try {
    for (let at = 0; at < plan.total && !stopping; at += 1) {
      home = await plans.home(at);
      if (home.state === 'done') continue;
      progress(t('正在开户', 'Opening books'), plan.done, plan.total);
      await sendHome(plan, home);
    }
    home = undefined;
  } catch (error) {
    if (!(error instanceof No) && !(error instanceof NoAnswer)) throw error;
    stale = error instanceof No && STALE.includes(error.reason);
    const next = stale ? t('请重新签名。', 'Sign anew.') : t('点“接着办”从这里继续。', 'Go on from here with the button.');
    say(t(`办到${home.name}停下了：${error.message}已经办好的不会重办，${next}`, `Stopped at ${home.name}: ${error.message} What is done is not done again. ${next}`), true);
  } finally {
    await stand();
  }
}

// Signs what is not done anew: days went by, or the key was changed.
async function again() {
  const key = await own();
  if (!key) return;
  const signer = await keys.signerOnce(key, part('again-pin').value);
  part('again-pin').value = '';
  const plan = await plans.current();
  try {
    for (let at = 0; at < plan.total; at += 1) {
      const home = await plans.home(at);
      if (home.state === 'done') continue;
      await sign(home, commitment(plan.consent), signer);
      await plans.step(plan, home);
    }
  } finally {
    signer.forget();
  }
  await send();
}

// How far the plan is, and what can be done with it.
async function stand() {
  const plan = await plans.current();
  show('choose', !plan);
  show('stop', false);
  show('progress', Boolean(plan));
  if (!plan) return;
  const whole = plan.done === plan.total;
  progress(whole ? t(`${plan.title}：都开好户了`, `${plan.title}: all books are open`) : t(`${plan.title}：还没有办完`, `${plan.title}: not done yet`), plan.done, plan.total);
  show('go-on', !whole && !stale);
  show('again', !whole && stale);
  // Nothing was sent yet: it may be thrown away.
  show('discard', !plan.tried);
  show('print', whole);
}

async function open() {
  await begin();
  const key = await own();
  show('key-gone', !key);
  for (const row of ['import-pin-row', 'again-pin-row']) show(row, Boolean(key) && key.kind === 'wrapped');
  act(part('sheet'), 'submit', check);
  act(part('agree'), 'submit', () => alone(make));
  act(part('go-on'), 'click', () => alone(send));
  act(part('again'), 'submit', () => alone(again));
  part('stop').addEventListener('click', () => { stopping = true; });
  act(part('discard'), 'click', () => alone(async () => {
    await plans.clear();
    await stand();
    say(t('作废了，什么都没有办。', 'Dropped; nothing was done.'));
  }));
  await stand();
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);

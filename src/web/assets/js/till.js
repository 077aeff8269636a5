// The till: a card, goods, one signature of the till and one of the card in one envelope, a receipt. A sale stands or
// does not, and the page says which: while the bank has not answered, nothing else can be sold, and the very same
// envelope is asked about until there is an answer.

import { No, post } from './ask.js';
import * as cards from './card.js';
import * as command from './command.js';
import { concat, fromBase64, fromHex, toBase64, toBase64Url } from './bytes.js';
import { english, sentence, t, written } from './language.js';
import { acts, list, ownKey, refresh } from './list.js';
import { waiting } from './outbox.js';
import { picture } from './qr-picture.js';
import * as scan from './scan.js';
import { begin, signAndSend } from './signing.js';
import { act, Ask, part, row, say, sayError, show } from './say.js';

// A card that nobody touches is forgotten after this.
const FORGET_MS = 60000;
// While a sale's fate is unknown, the bank is asked again this often, and never sooner after the last time: a PIN takes
// the bank a moment to check, and a repeat without it must not hear "no" while the first is still under way.
const AGAIN_MS = 4000;
// A sale that waits for a supervisor's signature: the card has signed, so it is not good for long.
const COSIGN_MS = 15 * 60000;
// Goods of one redemption.
const LINES_MAX = 20;

const NO_PIN = t('这一笔要密码。密码不留在这台机器上，重送的时候没有密码，银行没有收。', 'This sale wants the PIN. This machine does not keep it, so it was sent again without, and the bank did not take it.');

let card;
let book;
// Pieces by goods.
const cart = new Map();
let forgetting;
let asking;

const selling = () => Boolean(part('book'));
const shelf = () => Array.from(part('shelf').querySelectorAll('li[data-sku]'));
const goods = (sku) => shelf().find((one) => one.dataset.sku === sku);
const quantity = (sku) => cart.get(sku) || 0;
const total = () => shelf().reduce((sum, one) => sum + Number(one.dataset.points) * quantity(one.dataset.sku), 0);
const title = (sku) => { const one = goods(sku); return one ? one.dataset.title : sku; };
const measure = (sku) => { const one = goods(sku); return one ? one.dataset.measure : ''; };

// A card is known, or not; a sale is open, or not.
function forget() {
  card = undefined;
  book = undefined;
  cart.clear();
  clearTimeout(forgetting);
  if (!selling()) return;
  scan.stop();
  show('cosign', false);
  part('pin').value = '';
  part('book-title').textContent = '';
  part('book-points').textContent = '';
  show('book', false);
  show('card', !asking);
  draw();
}

function touched() {
  clearTimeout(forgetting);
  if (!card) return;
  forgetting = setTimeout(() => {
    // What is shown to be signed goes with the card; what is on its way is not stopped by this.
    part('signing-no').click();
    forget();
    say(t('一分钟没有动，存折已经忘掉。要接着办，请重新扫。', 'Nothing was touched for a minute, and the passbook is forgotten. Scan it again to go on.'));
  }, FORGET_MS);
}

async function take(read) {
  book = await post('/api/till/card', {}, await cards.shown(read));
  card = read;
  say('');
  touched();
  show('card', false);
  show('receipt', false);
  show('failed', false);
  show('book');
  draw();
  part('book-title').focus();
}

// What of today may be spent without the PIN.
const needsPin = () => total() > book.pinFree;

function pinWords() {
  if (book.pinLocked) return t(`密码锁住了。今天还能不用密码花 ${book.pinFree} 分，再多要请支行文书重设密码。`, `The PIN is locked. Without it ${book.pinFree} points may be spent today; for more the branch clerk must set a new one.`);
  if (!book.pinSet) return t(`没有设密码。今天最多花 ${book.pinFree} 分，再多要请支行文书设密码。`, `No PIN is set. At most ${book.pinFree} points may be spent today; for more the branch clerk must set one.`);
  return t(`今天 ${book.pinFree} 分以内不用密码，再多要按密码。`, `Up to ${book.pinFree} points need no PIN today; more need it.`);
}

function draw() {
  if (!selling()) return;
  const sum = total();
  for (const one of shelf()) {
    const { sku, stock, limit } = one.dataset;
    const count = quantity(sku);
    one.querySelector('output').textContent = String(count);
    one.querySelector('[data-act=less]').disabled = !card || count === 0;
    one.querySelector('[data-act=more]').disabled = !card || count >= Number(stock);
    one.classList.toggle('chosen', count > 0);
    const taken = (book && book.taken[sku]) || 0;
    one.dataset.left = Number(limit) > 0 && book ? String(Math.max(0, Number(limit) - taken)) : '';
  }
  show('sum', Boolean(card));
  show('bar', Boolean(card) && sum > 0);
  part('total').textContent = String(sum);
  part('bar-total').textContent = String(sum);
  if (!card) return;
  part('book-title').textContent = t(`${book.name}（${book.branch}）`, `${sentence(book.name)} (${book.branch})`);
  part('book-points').textContent = String(book.points);
  part('book-pin').textContent = pinWords();
  show('pin-row', sum > 0 && needsPin() && book.pinSet && !book.pinLocked);
  const words = [];
  if (sum > book.points) words.push(t(`积分不够，还差 ${sum - book.points} 分。`, `Not enough: ${sum - book.points} points are missing. `));
  else if (sum > 0) words.push(t(`收完还剩 ${book.points - sum} 分。`, `${book.points - sum} points will be left. `));
  if (sum > 0 && needsPin()) words.push(book.pinSet && !book.pinLocked ? t('要按存折密码。', "The passbook's PIN is needed.") : pinWords());
  part('total-words').textContent = words.join('');
}

function change(button, by) {
  const { sku, left } = button.closest('li').dataset;
  const next = quantity(sku) + by;
  if (by > 0 && left !== '' && next > Number(left)) {
    say(t(`${title(sku)}这个月这一户只能再换 ${left} ${measure(sku)}。`, `This household may have ${left} ${measure(sku)} more of ${title(sku)} this month.`), true);
    return;
  }
  say('');
  if (next > 0) cart.set(sku, next);
  else cart.delete(sku);
  draw();
}

// The page's parts as the bank has them now; what is in the cart stays.
const look = () => refresh(() => () => draw(), ['shelf', 'today']);

const named = (lines) => lines.map((one) => `${title(one.sku)} ${one.quantity} ${measure(one.sku)}`).join(t('，', ', '));

// What is in the cart, as a command and in words.
function sale() {
  if (!card) throw new Ask(t('请先扫存折。', 'Scan the passbook first.'));
  const lines = Array.from(cart, ([sku, pieces]) => {
    const one = goods(sku);
    if (!one) throw new Ask(t('货架变了，请清空重选。', 'The shelf has changed: empty the cart and choose again.'));
    return { sku, quantity: pieces, priceVersion: Number(one.dataset.version), points: Number(one.dataset.points) };
  });
  if (lines.length === 0) throw new Ask(t('请先选货。', 'Choose goods first.'));
  if (lines.length > LINES_MAX) throw new Ask(t(`一笔最多 ${LINES_MAX} 种货，请分两笔。`, `At most ${LINES_MAX} kinds of goods in one sale: make it two.`));
  const sum = total();
  const body = { redeem: { household: book.household, lines, total: sum } };
  return { body, words: t(`${book.name}换 ${named(lines)}，共 ${sum} 分`, `${sentence(book.name)} buys ${named(lines)}, ${sum} points in all`) };
}

async function sell() {
  const { body, words } = sale();
  const pin = part('pin').value;
  if (needsPin() && book.pinSet && !book.pinLocked && !pin) {
    part('pin').focus();
    throw new Ask(t('要按存折密码。', "The passbook's PIN is needed."));
  }
  part('pin').value = '';
  show('cosign', false);
  await sign(body, words, pin || undefined);
}

// A cashier's own house buys here: till and card sign, and a supervisor signs the same bytes and sends them.
async function cosign() {
  const { body, words } = sale();
  const key = await ownKey();
  if (!key) return;
  const envelope = await signAndSend({ body, words, key, others: [card], hold: true, life: COSIGN_MS });
  if (!envelope) return;
  forget();
  const until = t('15 分钟内有效。他签好、今天的账里有了这一笔，再给货', "good for 15 minutes. Hand the goods over when they have signed and the sale stands in today's list");
  handOver(envelope, { title: t('请监委一起签', 'Let a supervisor sign'), words, until });
}

async function giveBack(button) {
  const sale = button.closest('.case').dataset;
  const form = button.closest('form');
  const fields = Array.from(form.querySelectorAll('input[data-sku]'));
  const lines = fields.filter((field) => Number(field.value) > 0);
  if (lines.length === 0) throw new Ask(t('请先填退几个。', 'Type how many come back first.'));
  const wrong = lines.find((field) => !field.checkValidity());
  if (wrong) {
    wrong.focus();
    throw new Ask(t(`${wrong.dataset.title}最多退 ${wrong.max} ${wrong.dataset.measure}。`, `Of ${wrong.dataset.title} at most ${wrong.max} ${wrong.dataset.measure} can come back.`));
  }
  if (!card || book.household !== sale.household) {
    forget();
    part('card-title').focus();
    throw new Ask(t(`退货要本户的存折：请先扫${sale.name}的存折，再按一次退货。`, `This needs the household's own passbook (${sale.name}): scan it first, then press again.`));
  }
  const back = lines.map((field) => ({ sku: field.dataset.sku, quantity: Number(field.value) }));
  const restock = form.querySelector('input[name=restock]').checked;
  const body = { refund: { redemption: sale.number, lines: back, restock } };
  await sign(body, t(`${sale.name}退 ${named(back)}（${sale.number} 号${restock ? '' : '，报损'}）`, `${sale.name} brings back ${named(back)} (No. ${sale.number}${restock ? '' : ', written off'})`));
}

// Signs with the till's key and the card's, and tells what became of it.
async function sign(body, words, pin) {
  const key = await ownKey();
  if (!key) return;
  const refused = async (no) => {
    await look();
    show('cosign', no.reason === 'CASHIER_HOUSEHOLD');
    if (!card) return;
    book = await post('/api/till/card', {}, await cards.shown(card));
    draw();
  };
  const receipt = await signAndSend({ body, words, key, others: [card], pin, refused, unsure: async () => wonder() });
  if (receipt) await settled({ envelope: receipt.envelope, words }, receipt);
}

// A signed sale without an answer: nothing else is sold until there is one.
async function wonder() {
  const items = await waiting();
  clearTimeout(asking);
  asking = undefined;
  show('unsure', items.length > 0);
  if (items.length === 0) {
    if (selling()) show('card', !card);
    return;
  }
  part('unsure-words').textContent = items.map((item) => item.words).join(t('；', '; '));
  asking = setTimeout(again, AGAIN_MS);
  forget();
  show('receipt', false);
  show('failed', false);
  part('unsure-title').focus();
}

async function again() {
  clearTimeout(asking);
  const items = await waiting();
  if (items.length === 0) return;
  // A clock that was put back makes nobody wait longer.
  const since = Math.max(0, Date.now() - Math.max(...items.map((item) => item.last || 0)));
  clearTimeout(asking);
  // `settled` ends this.
  asking = setTimeout(again, since < AGAIN_MS ? AGAIN_MS - since : AGAIN_MS);
  if (since < AGAIN_MS) {
    say(t('刚刚问过，等几秒会自己再问。', 'It was asked just now, and will be again in a few seconds.'));
    return;
  }
  const button = part('outbox-send');
  if (!button.disabled) button.click();
}

// What became of something that was signed: it stands, or the bank's "no".
async function settled(item, receipt, no) {
  const waits = (await waiting()).length > 0;
  clearTimeout(asking);
  asking = waits ? setTimeout(again, AGAIN_MS) : undefined;
  show('unsure', waits);
  if (no) {
    forget();
    show('card', false);
    part('failed-words').textContent = `${item.words}${t('：', ': ')}${no.reason === 'PIN_REQUIRED' ? NO_PIN : no.message}`;
    say('');
    // An id is remembered for as long as its command lives: after that nobody can say by it.
    const sure = no.reason !== 'COMMAND_EXPIRED';
    part('failed-title').textContent = sure ? t('这一笔没有成', 'This sale was not written') : t('这一笔成没成，要查账', 'Look in the books whether this sale was written');
    show('failed-sure', sure);
    show('failed-unsure', !sure);
    show('failed');
    await look();
    part('failed-title').focus();
    return true;
  }
  const left = await rest();
  forget();
  if (selling()) show('card', false);
  const asked = JSON.parse(command.textOf(item.envelope));
  await draft(asked, item.words, receipt, left);
  // The receipt says it all.
  say('');
  show('receipt');
  await look();
  part('receipt-title').focus();
  return true;
}

// The balance after it, where the card is still here.
async function rest() {
  if (!card) return undefined;
  try {
    return (await post('/api/till/card', {}, await cards.shown(card))).points;
  } catch (error) {
    return undefined;
  }
}

const homeName = (id) => written(`${id.split('-')[1]} 号户`);

// What the slip says of it: in Chinese, for the resident, whoever sits at the till.
function slipWords({ redeem, refund }, words) {
  if (!english) return words;
  const pieces = (lines) => lines.map((one) => `${title(one.sku)} ${one.quantity} ${measure(one.sku)}`).join('，');
  if (redeem) return written(`${homeName(redeem.household)}换 ${pieces(redeem.lines)}，共 ${redeem.total} 分`);
  if (!refund) return words;
  const sale = part(`sale-${refund.redemption}`);
  const who = sale ? homeName(sale.dataset.household) : '';
  return written(`${who}退 ${pieces(refund.lines)}（${refund.redemption} 号${refund.restock ? '' : '，报损'}）`);
}

// The receipt, out of the very text that was signed.
async function draft(asked, words, receipt, left) {
  const { redeem, refund } = asked;
  const lines = (redeem || refund || { lines: [] }).lines;
  part('receipt-title').textContent = refund ? t('退好了', 'Taken back') : t('换好了', 'Done');
  if (english) part('receipt-kind').textContent = refund ? written('退好了') : written('换好了');
  part('receipt-who').textContent = slipWords(asked, words);
  const body = part('receipt-lines');
  body.textContent = '';
  for (const one of lines) {
    const points = redeem ? String(one.points * one.quantity) : '';
    body.append(row(title(one.sku), `${one.quantity} ${measure(one.sku)}`, points));
  }
  part('receipt-total').textContent = redeem ? String(redeem.total) : returned(receipt);
  part('receipt-left').textContent = left === undefined ? '' : written(`还剩 ${left} 分。`);
  const at = new Date(receipt.unixMs || command.now()).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', hour12: false });
  const [branch, where] = [list().dataset.title, part('receipt-where')];
  where.textContent = written(`${branch}，${where.dataset.who}，${at}，账目 ${receipt.index} 号。终端和存折都签了名。`);
  drawCode('receipt-code', await fingerprint(receipt), t('收据二维码：账目号和账目的指纹', "QR code of the receipt: the entry's number and fingerprint"));
}

// Points that came back, as the bank's words have them.
function returned({ told = [] }) {
  const found = told.join('; ').match(t('退回 (\\d+) 分', '(\\d+) points returned'));
  return found ? found[1] : '';
}

// What the code on a slip says: which log, which entry, and the hash of that entry as a leaf of the log's tree.
async function fingerprint({ index, entry }) {
  const leaf = await crypto.subtle.digest('SHA-256', concat(Uint8Array.of(0), fromBase64(entry)));
  return `civbank receipt\n${command.origin()}\n${index}\n${toBase64(new Uint8Array(leaf))}`;
}

// A code in its place; without one, where the text is too long, the rest is as good.
function drawCode(id, text, label) {
  const code = picture(text, label);
  part(id).replaceChildren(...(code ? [code] : []));
}

const signed = (number) => (number > 0 ? t(`多 ${number}`, `${number} more`) : t(`少 ${-number}`, `${-number} fewer`));

// The fields that were filled, and what they say.
function counted() {
  const fields = Array.from(part('counting').querySelectorAll('input[data-sku]')).filter((field) => field.value !== '');
  const wrong = fields.find((field) => !field.checkValidity());
  if (wrong) {
    wrong.focus();
    throw new Ask(t(`${wrong.dataset.title}的数不对，请再看看。`, `The number for ${wrong.dataset.title} is not right; look again.`));
  }
  const off = fields.filter((field) => field.value !== field.dataset.stock);
  const words = off.map(({ dataset, value }) => t(`${dataset.title} 账上 ${dataset.stock}、实有 ${value}，${signed(value - dataset.stock)} ${dataset.measure}`, `${dataset.title}: ${dataset.stock} in the books, ${value} on the shelf, ${signed(value - dataset.stock)} ${dataset.measure}`));
  const even = fields.length - off.length;
  if (even > 0) words.push(t(`${even} 种对得上`, `as in the books: ${even}`));
  return { fields, words: words.join(t('；', '; ')) };
}

// An envelope as a link carries it: text, then key and signature of each who signed, all in base64url.
function half({ payload, signatures }) {
  const signed = signatures.flatMap((one) => [fromHex(one.keyid), fromBase64(one.sig)]);
  return [fromBase64(payload), ...signed].map(toBase64Url).join('.');
}

// Shows the link by which the next person signs the same bytes.
function handOver(envelope, { title: heading, words, until }) {
  const path = `/countersign#${half(envelope)}`;
  const link = new URL(path, window.location.href).href;
  part('handover-title').textContent = heading;
  part('handover-words').textContent = words;
  part('handover-until').textContent = until;
  part('handover-link').value = link;
  part('handover-here').href = path;
  show('handover');
  part('handover-title').focus();
  drawCode('handover-code', link, t('给下一位签名人的二维码', 'QR code for the next person to sign'));
}

async function count() {
  const { fields, words } = counted();
  if (fields.length === 0) throw new Ask(t('请先填实有的数。', 'Type what is on the shelf first.'));
  part('differences').textContent = words;
  show('differences');
  const key = await ownKey();
  if (!key) return;
  forget();
  const { branch, title: village } = list().dataset;
  const lines = fields.map((field) => ({ sku: field.dataset.sku, quantity: Number(field.value) }));
  const body = { stockCount: { branch, lines } };
  const envelope = await signAndSend({ body, words: t(`${village}点货：${words}`, `Count of ${village}: ${words}`), key, hold: true });
  if (!envelope) return;
  handOver(envelope, { title: t('请文书或监委再签一次', 'Let the clerk or a supervisor sign'), words, until: t('24 小时内有效', 'good for 24 hours') });
}

async function open() {
  await begin(settled);
  await ownKey();
  // The words say what it is; the text is there to be opened.
  part('signing').querySelector('details').open = false;
  acts({
    more: async (button) => change(button, 1),
    less: async (button) => change(button, -1),
    clear: async () => { cart.clear(); draw(); },
    forget: async () => forget(),
    refund: giveBack,
    cosign,
    count,
    again,
    print: async () => window.print(),
    handed: async () => { show('handover', false); await refresh(() => () => {}, ['shelf', 'today', 'shift']); draw(); },
    next: async () => {
      show('receipt', false);
      show('failed', false);
      forget();
      if (selling()) part('card-title').focus();
    },
  });
  part('main').addEventListener('input', (event) => {
    if (!event.target.closest('#counting')) return;
    try {
      const { fields, words } = counted();
      part('differences').textContent = words;
      show('differences', fields.length > 0);
    } catch (error) {
      if (!(error instanceof Ask)) throw error;
    }
  });
  if (selling()) {
    scan.begin(async (read) => {
      try {
        await take(read);
      } catch (error) {
        // A card of another bank, or one that was replaced: nothing of it stays.
        if (error instanceof No) forget();
        throw error;
      }
    }, forget);
    act(part('sale'), 'submit', sell);
    for (const kind of ['pointerdown', 'keydown', 'input']) document.addEventListener(kind, touched);
  }
  forget();
  await wonder();
}

open().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);

// The page where a resident declares a deed with the household's card, or with the key that is signed in where that is
// a member's. The card's text comes from behind the `#`, from a paste, a picture or the camera; its key signs what is
// shown, and is forgotten when the receipt is there. The same page serves a proxy who files for a household: then the proxy's key signs beside the card's.

import { post, putDocument } from './ask.js';
import * as cards from './card.js';
import * as keys from './keys.js';
import { own, sentence, t } from './language.js';
import { prepared } from './photo.js';
import * as scan from './scan.js';
import { begin, signAndSend } from './signing.js';
import { act, Ask, part, say, sayError, show } from './say.js';

let card;
let book;
// The header that shows whose book is asked for; a session needs none.
let shown;
// Whoever files for others: `{key, person, homes}`; undefined where a household files for itself.
let proxy;
// `{blob, url, address}`; the address once the bank has it.
let photos = [];

function forget() {
  card = undefined;
  book = undefined;
  for (const photo of photos) URL.revokeObjectURL(photo.url);
  photos = [];
  part('items').textContent = '';
  part('photos').value = '';
  listPhotos();
}

async function take(read, header = () => cards.shown(read)) {
  card = read;
  shown = header;
  try {
    book = await post('/api/passbook', {}, await shown());
  } catch (error) {
    card = undefined;
    throw error;
  }
  say('');
  show('card', false);
  show('own', false);
  show('receipt', false);
  if (proxy && !proxy.homes.has(book.household)) {
    part('entrust-title').textContent = t(
      `${book.name}还没有请您代办`,
      `You are not the proxy of ${book.name} yet`,
    );
    show('entrust');
    part('entrust-title').focus();
    return;
  }
  declaring();
}

function declaring() {
  show('entrust', false);
  fill();
  show('book');
  part('book-title').focus();
}

// The household asks this person to file for it: its card signs.
async function entrust() {
  const { household, name } = book;
  const [branch] = household.split('-');
  const body = { appoint: { person: proxy.person, role: 'ROLE_PROXY', branch, households: [household] } };
  const words = t(`${name}请${proxy.who}做代办员`, `${proxy.who} becomes proxy of ${name}`);
  const receipt = await signAndSend({ body, words, key: card, refused: async () => {} });
  if (!receipt) return;
  proxy.homes.add(household);
  declaring();
}

const element = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);

function fill() {
  part('book-name').textContent = t(`${book.name}申报`, `Declare for ${book.name}`);
  part('book-branch').textContent = book.branch;
  part('book-month').textContent = book.month ? t(`${book.month}。`, `${book.month}.`) : '';
  part('date').min = book.oldest;
  part('date').max = book.today;
  part('date').value = book.today;
  part('quantity').value = '1';
  const members = part('member');
  members.textContent = '';
  for (let member = 1; member <= book.members; member += 1) {
    members.append(new Option(t(`${member} 号成员`, `Member ${member}`), String(member)));
  }
  const items = part('items');
  items.textContent = '';
  for (const beauty of book.beauties) {
    const details = document.createElement('details');
    const { title, items: offers } = beauty;
    details.append(element('summary', t(`${title}（${offers.length} 项）`, `${title} (${offers.length})`)));
    for (const item of beauty.items) details.append(choice(item));
    items.append(details);
  }
  choose();
}

function choice(item) {
  const label = element('label', '', { className: 'tick' });
  const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'item', value: item.code });
  const words = document.createElement('span');
  words.append(own(element('b', item.title)), ` ${item.points}`);
  if (item.cap) words.append(document.createElement('br'), element('small', item.cap, { className: 'soft' }));
  label.append(radio, words);
  return label;
}

function chosen() {
  const radio = part('items').querySelector('input[name=item]:checked');
  return radio && book.beauties.flatMap((beauty) => beauty.items).find((item) => item.code === radio.value);
}

// What the choice means: points, caps and what is used up, evidence.
function choose() {
  const item = book && chosen();
  show('chosen', Boolean(item));
  show('member-row', Boolean(item) && item.person);
  part('measure').textContent = item ? t(`${item.measure}`, ` (${item.measure})`) : '';
  part('photos-wanted').textContent = item && item.evidence ? t('（要有）', ' (needed)') : t('（可以不附）', ' (not needed)');
  if (!item) return;
  const { title, points, cap, measure, evidence } = item;
  const lines = [t(`${title}：${points}。`, `${title}, ${points}.`)];
  if (cap) {
    const used = item.used[item.person ? Number(part('member').value) - 1 : 0];
    const left = Math.max(0, item.capCount - used);
    lines.push(t(
      `${cap}，按今天算已报 ${used} ${measure}，还能报 ${left} ${measure}。`,
      `${sentence(cap)}; ${used} declared by today, ${left} left.`,
    ));
  }
  if (evidence) lines.push(t(`要附：${evidence}。`, `To be added: ${evidence}.`));
  part('chosen').textContent = lines.join(t('', ' '));
}

function listPhotos() {
  const list = part('photo-list');
  list.textContent = '';
  photos.forEach((photo, at) => {
    const line = document.createElement('li');
    const picture = Object.assign(document.createElement('img'), {
      src: photo.url, alt: t(`照片 ${at + 1}`, `Photograph ${at + 1}`),
    });
    const away = t(`去掉照片 ${at + 1}`, `Remove photograph ${at + 1}`);
    const remove = element('button', away, { type: 'button', className: 'button' });
    remove.addEventListener('click', () => {
      URL.revokeObjectURL(photo.url);
      photos = photos.filter((other) => other !== photo);
      listPhotos();
    });
    line.append(picture, remove);
    list.append(line);
  });
}

async function addPhotos() {
  const files = Array.from(part('photos').files);
  part('photos').value = '';
  say('');
  for (const file of files) {
    if (photos.length >= book.photosMax) {
      throw new Ask(t(`最多附 ${book.photosMax} 张照片。`, `${book.photosMax} photographs are the most.`));
    }
    const blob = await prepared(file);
    photos.push({ blob, url: URL.createObjectURL(blob) });
    listPhotos();
  }
}

async function declare() {
  const item = chosen();
  if (!item) throw new Ask(t('请先选做了哪一件。', 'First choose what was done.'));
  if (item.evidence && photos.length === 0) {
    throw new Ask(t(
      `这一项要附：${item.evidence}。请先选照片。`,
      `This has to be added: ${item.evidence}. First choose a photograph.`,
    ));
  }
  const [quantity, deedDate] = [Number(part('quantity').value), part('date').value];
  const member = item.person ? Number(part('member').value) : 0;
  for (const [at, photo] of photos.entries()) {
    if (photo.address) continue;
    say(t(
      `正在传照片 ${at + 1}，共 ${photos.length} 张……`,
      `Sending photograph ${at + 1} of ${photos.length}…`,
    ));
    photo.address = (await putDocument('photo', photo.blob, await shown())).address;
  }
  say('');
  const evidence = photos.map((photo) => photo.address);
  const body = {
    declare: {
      household: book.household, member, item: item.code, quantity, deedDate, evidence, channel: 'CHANNEL_APP',
    },
  };
  const who = member ? t(`${member} 号成员`, `member ${member}`) : t('全家', 'the whole household');
  const what = `${item.title} ${quantity} ${item.measure}`;
  const words = t(
    `申报：${book.name} ${who}，${deedDate}，${what}`,
    `declaration for ${book.name}, ${who}, ${deedDate}: ${what}`,
  );
  let signers = { key: card };
  if (proxy) {
    const key = await keys.find(proxy.key);
    show('key-gone', !key);
    if (!key) return;
    signers = { key, others: [card] };
  }
  const receipt = await signAndSend({ body, words, ...signers, refused: async () => {} });
  if (!receipt) return;
  const { token } = card;
  forget();
  show('book', false);
  part('receipt-number').textContent = receipt.index;
  const link = part('receipt-book');
  link.hidden = !token;
  if (token) link.href = `/p/${token}`;
  show('receipt');
  part('receipt-title').focus();
}

function ask() {
  forget();
  scan.stop();
  show('entrust', false);
  show('book', false);
  show('receipt', false);
  show('card');
  show('own');
}

async function open() {
  await begin();
  const other = part('proxy');
  if (other) {
    const { key, person, who, homes } = other.dataset;
    proxy = { key, person, who, homes: new Set(homes.split(' ')) };
    act(part('entrust-sign'), 'click', entrust);
    act(part('entrust-no'), 'click', async () => ask());
  }
  act(part('photos'), 'change', addPhotos);
  act(part('declare-form'), 'submit', declare);
  act(part('other-card'), 'click', async () => ask());
  act(part('again'), 'click', async () => ask());
  part('items').addEventListener('change', choose);
  part('member').addEventListener('change', choose);
  await scan.offerOwn((key) => take(key, async () => ({})));
  // A page that is left and come back to knows no card any more.
  await scan.beginWithCard(take, ask);
}

open().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);

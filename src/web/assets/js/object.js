// The page where a neighbour objects to a row of the board, with the household's card or with the key that is signed
// in. The words and the photograph go beside the log; a card is forgotten with the receipt.

import { post, putDocument } from './ask.js';
import { fromBase64, toHex } from './bytes.js';
import * as cards from './card.js';
import { t, written } from './language.js';
import { prepared } from './photo.js';
import * as scan from './scan.js';
import { begin, signAndSend } from './signing.js';
import { act, Ask, part, say, sayError, show } from './say.js';
import { sealed } from './text.js';

// Whose key signs: `{key, header()}`; the header shows the key with a request, where there is no session for it.
let by;
// What the bank says of the row.
let row;

function named() {
  const { declaration, row: place } = part('book').dataset;
  return place ? { declaration: Number(declaration), row: Number(place) } : { declaration: Number(declaration) };
}

async function take(one) {
  row = await post('/api/notice', named(), await one.header());
  if (row.objected) {
    throw new Ask(t(
      '这一条已经有人提了异议，等总行裁定。',
      'Somebody has objected to this already; the head bank will rule.',
    ));
  }
  by = one;
  say('');
  part('objector').textContent = row.objector;
  show('card', false);
  show('own', false);
  show('receipt', false);
  show('book');
  part('book-title').focus();
}

function forget() {
  by = undefined;
  row = undefined;
  part('object-form').reset();
}

function ask() {
  forget();
  show('book', false);
  show('card');
  show('own');
}

// The words, with the photograph's number beneath, as one sealed text; undefined where nothing was said.
async function statement() {
  const words = [part('words').value.trim()];
  const [file] = part('photo').files;
  if (file) {
    say(t('正在传照片……', 'Sending the photograph…'));
    const { address } = await putDocument('photo', await prepared(file), await by.header());
    words.push(`${written('照片')} ${toHex(fromBase64(address))}`);
    say('');
  }
  const text = words.filter(Boolean).join('\n');
  if (!text) return undefined;
  return putDocument('text', sealed(text), await by.header());
}

async function object() {
  const ground = part('grounds').querySelector('input:checked');
  if (!ground) throw new Ask(t('请先选为什么。', 'First choose why.'));
  const paper = await statement();
  const asked = { declaration: part('book').dataset.declaration, ground: ground.value };
  if (row.household) asked.household = row.household;
  if (paper) asked.statement = paper.commitment;
  const why = ground.parentElement.textContent.trim();
  const { short } = part('book').dataset;
  const words = t(`提异议（${why}）：${short}`, `objection (${why}): ${short}`);
  const receipt = await signAndSend({ body: { object: asked }, words, key: by.key, refused: async () => {} });
  if (!receipt) return;
  forget();
  show('book', false);
  part('receipt-number').textContent = receipt.index;
  show('receipt-paper', Boolean(paper));
  if (paper) part('receipt-address').textContent = toHex(fromBase64(paper.address));
  show('receipt');
  part('receipt-title').focus();
}

async function open() {
  await begin();
  // Somebody has objected already: there is nothing to do here.
  if (!part('book')) return;
  await scan.offerOwn((key) => take({ key, header: async () => ({}) }));
  act(part('object-form'), 'submit', object);
  act(part('other-card'), 'click', async () => ask());
  await scan.beginWithCard((card) => take({ key: card, header: () => cards.shown(card) }), ask);
}

open().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);

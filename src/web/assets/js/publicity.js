// The page where a household says with its card whether its points may stand on the board.

import { post } from './ask.js';
import * as cards from './card.js';
import * as scan from './scan.js';
import { begin, signAndSend } from './signing.js';
import { act, part, say, sayError, show } from './say.js';

let card;
let book;

async function take(shown) {
  book = await post('/api/passbook', {}, await cards.shown(shown));
  card = shown;
  say('');
  part('book-name').textContent = book.name;
  part('now').textContent = book.standings ? '现在：同意上榜。' : '现在：不上榜。';
  show('card', false);
  show('book');
  part('book-title').focus();
}

function forget() {
  card = undefined;
  book = undefined;
  show('book', false);
  show('card');
}

async function set(standings) {
  const body = { setPublicity: { household: book.household, standings } };
  const words = standings ? `${book.name}同意上光荣榜` : `${book.name}不上光荣榜`;
  const receipt = await signAndSend({ body, words, key: card, refused: async () => {} });
  if (receipt) forget();
}

async function open() {
  await begin();
  act(part('yes'), 'click', () => set(true));
  act(part('no'), 'click', () => set(false));
  await scan.beginWithCard(take, forget);
}

open().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);

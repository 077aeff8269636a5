// The page where a household says with its card, or a member with the key that is signed in, whether its points may
// stand on the board.

import { post } from './ask.js';
import * as cards from './card.js';
import { sentence, t } from './language.js';
import * as scan from './scan.js';
import { begin, signAndSend } from './signing.js';
import { act, part, say, sayError, show } from './say.js';

// Whose key signs, and for whom.
let by;
let book;

function take(key, home) {
  by = key;
  book = home;
  say('');
  part('book-name').textContent = sentence(book.name);
  part('now').textContent = book.standings
    ? t('现在：同意上榜。', 'Now: listed.')
    : t('现在：不上榜。', 'Now: not listed.');
  show('card', false);
  show('own', false);
  show('book');
  part('book-title').focus();
}

const takeCard = async (card) => take(card, await post('/api/passbook', {}, await cards.shown(card)));

function forget() {
  by = undefined;
  book = undefined;
  show('book', false);
  show('card');
  show('own');
}

async function set(standings) {
  const body = { setPublicity: { household: book.household, standings } };
  const words = standings
    ? t(`${book.name}同意上光荣榜`, `${book.name} agrees to be on the standings`)
    : t(`${book.name}不上光荣榜`, `${book.name} is not to be on the standings`);
  const receipt = await signAndSend({ body, words, key: by, refused: async () => {} });
  if (!receipt) return;
  const own = part('own');
  if (own && own.dataset.household === book.household) own.dataset.standings = String(standings);
  forget();
}

async function open() {
  await begin();
  act(part('yes'), 'click', () => set(true));
  act(part('no'), 'click', () => set(false));
  await scan.offerOwn((key, own) => {
    const { household, name, standings } = own.dataset;
    take(key, { household, name, standings: standings === 'true' });
  });
  await scan.beginWithCard(takeCard, forget);
}

open().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);

// The part of a page where a household shows its card: pasted, photographed, or behind the `#` of the address. What the
// page does with the card is the page's own; leaving the page forgets it.

import { No } from './ask.js';
import * as cards from './card.js';
import * as keys from './keys.js';
import { BadPhoto } from './photo.js';
import { act, part, say, show } from './say.js';

// What the person has to do first.
export class Ask extends Error {}

// Like `act`, with words of these pages' own.
export const hang = (element, kind, doing) => act(element, kind, async (event) => {
  try {
    await doing(event);
  } catch (error) {
    if (error instanceof Ask || error instanceof BadPhoto || error instanceof cards.BadCard) say(error.message, true);
    else throw error;
  }
});

async function read(text, taken) {
  const card = await cards.read(text);
  part('card-text').value = '';
  await taken(card);
}

async function scan(taken) {
  const [file] = part('scan').files;
  part('scan').value = '';
  if (!file) return;
  const found = await new BarcodeDetector({ formats: ['qr_code'] }).detect(await createImageBitmap(file));
  if (found.length === 0) throw new Ask('照片里没有找到二维码。请把卡放平，在亮处再拍一张。');
  await read(found[0].rawValue, taken);
}

// Shows the part and calls `taken(card)` with each card; `forget()` when the page is left. Answers whether this
// browser can sign at all.
export async function asksForCard(taken, forget) {
  if ((await keys.detect()) === 'none') {
    show('no-keys');
    return false;
  }
  const given = window.location.hash;
  // The key does not stay in the address, nor in the browser's history.
  if (given) window.history.replaceState(null, '', window.location.pathname + window.location.search);
  hang(part('card-form'), 'submit', () => read(part('card-text').value, taken));
  hang(part('scan'), 'change', () => scan(taken));
  show('scan-form', 'BarcodeDetector' in window);
  show('card');
  window.addEventListener('pagehide', () => { part('card-text').value = ''; forget(); });
  window.addEventListener('hashchange', () => window.location.reload());
  if (given) {
    try {
      await read(given, taken);
    } catch (error) {
      if (error instanceof cards.BadCard || error instanceof No) say(error.message, true);
      else throw error;
    }
  }
  return true;
}

// What was signed is kept before it is sent, and until there is a final answer. A phone that loses its network
// between two bars, or its battery, has not lost what its owner signed: it is sent again, the same bytes, and the
// bank writes it once.

import { No, post } from './ask.js';
import { t } from './language.js';
import * as store from './store.js';

// Sends an envelope that was just signed. `words` say what it is, for the list of what was not answered.
export async function send(id, words, envelope, pin) {
  // A PIN is never kept: what needs one is signed again with it.
  await store.put('outbox', { id, words, envelope, kept: Date.now(), tries: 0 });
  return again(await store.get('outbox', id), pin);
}

// Sends one of `waiting()` again.
export async function again(item, pin) {
  item.tries += 1;
  item.last = Date.now();
  await store.put('outbox', item);
  try {
    const receipt = await post('/api/submit', pin ? { envelope: item.envelope, pin } : { envelope: item.envelope });
    await store.remove('outbox', item.id);
    return receipt;
  } catch (error) {
    if (error instanceof No) {
      await store.remove('outbox', item.id);
      if (item.tries > 1 && error.reason === 'COMMAND_EXPIRED') error.message = EXPIRED;
    } else {
      // The bank may be at it still: whoever wants to hear that nothing came of it waits a while from here.
      item.last = Date.now();
      await store.put('outbox', item);
    }
    throw error;
  }
}

// An id is remembered until the command's end; whoever sends it later cannot hear whether it was written.
const EXPIRED = t(
  '签名已经过期。以前送的那一次办没办成，请在账上查一查，没有办成再重新签。',
  'The signature is too old by now. Look in the ledger whether it was done when you sent it before; if it was not, sign anew.',
);

export const waiting = () => store.all('outbox');

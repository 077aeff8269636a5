// What a command would do, asked of the rules (`/api/preview`) before a person is asked to sign it. The question needs
// a signature too: over a text of its own that is good for a minute only, and never sent to be written.

import * as command from './command.js';
import * as keys from './keys.js';
import { post } from './ask.js';

const LIFE_MS = 60 * 1000;

// Answers what it would do, in words; throws the rules' "no". A key under a PIN is not opened twice: nothing is
// foreseen then, and the rules speak at the signing.
export async function foresee(body, key) {
  if (key.kind !== 'native') return undefined;
  const envelope = await command.envelope(command.text(body, { life: LIFE_MS }), [keys.signer(key)]);
  return (await post('/api/preview', { envelope })).told;
}

// A text that goes beside the log: sealed under a salt of its own, which lies with it and goes with it. What the log
// holds tells nothing once the text is erased.

import { concat, toUtf8 } from './bytes.js';

export function sealed(text) {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  return new Blob([concat(salt, toUtf8(text))]);
}

// Signing in and out: a challenge of the bank's is signed by the person's key, and the browser gets a cookie that
// scripts cannot read.

import { fromBase64, fromHex, toBase64 } from './bytes.js';
import { CHALLENGE, pae } from './command.js';
import { post } from './ask.js';
import { sign } from './keys.js';

export async function signIn(key, pin) {
  const { challenge } = await post('/api/challenge');
  const signature = await sign(key, pae(CHALLENGE, fromBase64(challenge)), pin);
  const publicKey = toBase64(fromHex(key.publicKey));
  return post('/api/session', { challenge, publicKey, signature: toBase64(signature) });
}

export const signOut = () => post('/api/sign-out');

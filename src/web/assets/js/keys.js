// The person's keys. Where the browser does Ed25519 itself and can keep such a key, it keeps it: not even our own
// scripts can take it out ("native"). Elsewhere the seed lies encrypted under a PIN of the person's ("wrapped"):
// weaker, because whoever copies the browser's data may try PINs at leisure, and each key says which it is.
//
// Which of the two a browser can do is found by doing it, never by its name.

import { fromHex, toHex, toUtf8 } from './bytes.js';
import * as store from './store.js';

const ED25519 = 'Ed25519';
const ITERATIONS = 600000;
export const PIN_LENGTH_MIN = 6;

let detected;

// 'native', 'wrapped', or 'none' where there is no cryptography at all (a page without https).
export function detect() {
  detected = detected || tryNative();
  return detected;
}

async function tryNative() {
  if (!window.isSecureContext || !window.crypto || !crypto.subtle || !window.indexedDB) return 'none';
  try {
    const pair = await crypto.subtle.generateKey({ name: ED25519 }, false, ['sign', 'verify']);
    await store.put('trial', { id: 'key', privateKey: pair.privateKey });
    const back = await store.get('trial', 'key');
    await store.remove('trial', 'key');
    const signature = await crypto.subtle.sign(ED25519, back.privateKey, toUtf8('trial'));
    return (await crypto.subtle.verify(ED25519, pair.publicKey, signature, toUtf8('trial'))) ? 'native' : 'wrapped';
  } catch (error) {
    return typeof BigInt === 'function' ? 'wrapped' : 'none';
  }
}

const noble = () => import('./vendor/noble-ed25519.js');

// Keys in this browser, the newest first: `{publicKey (hex), kind, made}` and what is needed to sign.
export async function list() {
  if ((await detect()) === 'none') return [];
  const keys = await store.all('keys');
  return keys.sort((a, b) => b.made - a.made);
}

export const find = async (publicKey) => (await list()).find((key) => key.publicKey === publicKey);

// Makes a key and keeps it. A PIN is wanted for a wrapped key, and only for one.
export async function make(pin) {
  const key = (await detect()) === 'native' ? await makeNative() : await makeWrapped(pin);
  await store.put('keys', key);
  return key;
}

export const forget = (key) => store.remove('keys', key.publicKey);

async function makeNative() {
  const pair = await crypto.subtle.generateKey({ name: ED25519 }, false, ['sign', 'verify']);
  const publicKey = toHex(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)));
  return { publicKey, kind: 'native', made: Date.now(), privateKey: pair.privateKey };
}

async function makeWrapped(pin) {
  if (!pin || pin.length < PIN_LENGTH_MIN) throw new PinTooShort();
  const ed = await noble();
  const seed = ed.utils.randomSecretKey();
  try {
    const publicKey = toHex(await ed.getPublicKeyAsync(seed));
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const wrapping = await wrappingKey(pin, salt, ITERATIONS);
    const sealed = await crypto.subtle.encrypt(aead(iv, publicKey), wrapping, seed);
    return {
      publicKey,
      kind: 'wrapped',
      made: Date.now(),
      salt,
      iv,
      iterations: ITERATIONS,
      sealed: new Uint8Array(sealed),
    };
  } finally {
    seed.fill(0);
  }
}

async function wrappingKey(pin, salt, iterations) {
  const from = await crypto.subtle.importKey('raw', toUtf8(pin), 'PBKDF2', false, ['deriveKey']);
  const way = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  return crypto.subtle.deriveKey(way, from, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

// The public key is bound in, so that one key's seed never passes for another's.
const aead = (iv, publicKey) => ({ name: 'AES-GCM', iv, additionalData: fromHex(publicKey) });

export class PinWrong extends Error {}
export class PinTooShort extends Error {}

// The seed of a wrapped key; whoever asks wipes it. Throws PinWrong where the PIN does not open it.
async function opened(key, pin) {
  try {
    const wrapping = await wrappingKey(pin || '', key.salt, key.iterations);
    return new Uint8Array(await crypto.subtle.decrypt(aead(key.iv, key.publicKey), wrapping, key.sealed));
  } catch (error) {
    throw new PinWrong();
  }
}

// Signs bytes: 64 bytes. Throws PinWrong where a wrapped key's PIN does not open it.
export async function sign(key, bytes, pin) {
  if (key.kind === 'native') return new Uint8Array(await crypto.subtle.sign(ED25519, key.privateKey, bytes));
  const seed = await opened(key, pin);
  try {
    return await (await noble()).signAsync(bytes, seed);
  } finally {
    seed.fill(0);
  }
}

// A signer out of a seed that somebody handed over (an invitation, a card): used once and forgotten.
export async function fromSeed(seed) {
  if (seed.length !== 32) throw new Error('a seed has 32 bytes');
  const ed = await noble();
  const publicKey = toHex(await ed.getPublicKeyAsync(seed));
  return { publicKey, sign: (bytes) => ed.signAsync(bytes, seed) };
}

// A key of this browser as a signer.
export const signer = (key, pin) => ({ publicKey: key.publicKey, sign: (bytes) => sign(key, bytes, pin) });

// A signer for many signatures in a row: a wrapped key is opened once, and `forget()` wipes it. Throws PinWrong.
export async function signerOnce(key, pin) {
  if (key.kind === 'native') return { ...signer(key), forget: () => {} };
  const seed = await opened(key, pin);
  const ed = await noble();
  return { publicKey: key.publicKey, sign: (bytes) => ed.signAsync(bytes, seed), forget: () => seed.fill(0) };
}

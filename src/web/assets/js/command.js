// Commands as text: made here, shown to the person, and signed as those very bytes. The form is proto3's JSON
// mapping of `civbank.v1.Command`; the signature is DSSE's. Time is the bank's, for a phone's clock may be wrong.

import { concat, fromBase64, fromHex, toBase64, toUtf8 } from './bytes.js';

export const COMMAND = 'application/vnd.civbank.command.v1+json';
export const CHALLENGE = 'application/vnd.civbank.challenge.v1';
const LIFE_MS = 24 * 3600 * 1000;

// The bank's clock: what the page brought along, and what passed since.
const began = performance.now();
const frame = () => document.getElementById('main').dataset;
export const now = () => Number(frame().now) + Math.floor(performance.now() - began);
export const origin = () => frame().origin;

// UUID of version 7 (RFC 9562, 5.7): milliseconds, then randomness.
export function requestId(ms) {
  const id = crypto.getRandomValues(new Uint8Array(16));
  for (let at = 0; at < 6; at += 1) id[at] = Math.floor(ms / 2 ** (8 * (5 - at))) % 256;
  id[6] = (id[6] & 0x0f) | 0x70;
  id[8] = (id[8] & 0x3f) | 0x80;
  return id;
}

// The text of a command, good for `life` milliseconds. `body` is one name with its fields, such as
// `{withdraw: {declaration: '7'}}`. `compact` is for what has to fit a QR code.
export function text(body, { life = LIFE_MS, compact = false } = {}) {
  const at = now();
  const head = {
    origin: origin(),
    requestId: toBase64(requestId(at)),
    notAfter: new Date(at + life).toISOString(),
  };
  return JSON.stringify({ ...head, ...body }, null, compact ? 0 : 2);
}

// DSSE v1.0.2: what a signature covers.
export function pae(type, payload) {
  const head = `DSSEv1 ${toUtf8(type).length} ${type} ${payload.length} `;
  return concat(toUtf8(head), payload);
}

// The envelope of a text: each signer signs the same bytes.
export async function envelope(commandText, signers) {
  const payload = toUtf8(commandText);
  const signatures = [];
  for (const signer of signers) {
    const signature = await signer.sign(pae(COMMAND, payload));
    signatures.push({ keyid: signer.publicKey, sig: toBase64(signature) });
  }
  return { payload: toBase64(payload), payloadType: COMMAND, signatures };
}

// The text of an envelope that was made before.
export function textOf({ payload, payloadType }) {
  if (payloadType !== COMMAND) throw new Error('not a command as text');
  return new TextDecoder('utf-8', { fatal: true }).decode(fromBase64(payload));
}

// A key as a command names it.
export const keyField = (publicKeyHex) => toBase64(fromHex(publicKeyHex));

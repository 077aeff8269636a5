// The log's tree and its signed checkpoints, as RFC 6962 and C2SP's notes and proofs have them: read and checked here,
// in the phone, from bytes alone. Everything throws `Untrue` where something does not hold.

import { concat, fromBase64, fromHex, toHex, toUtf8 } from './bytes.js';

export class Untrue extends Error {}

const must = (holds, what) => {
  if (!holds) throw new Untrue(what);
};

const equal = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));
}

export const leafHash = (bytes) => sha256(Uint8Array.of(0), bytes);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

// Sizes and indexes are decimals without leading zeros; this many entries are enough for every town.
function number(text) {
  must(/^(0|[1-9][0-9]{0,14})$/.test(text || ''), '数字写得不对');
  return Number(text);
}

function hash(text) {
  let bytes;
  try {
    bytes = fromBase64(text);
  } catch (error) {
    throw new Untrue('指纹写得不对');
  }
  must(bytes.length === 32, '指纹长度不对');
  return bytes;
}

// The name, the key's id and the 32 bytes of a verifier key: `name+id+base64`.
export async function readVerifier(text) {
  const found = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  must(found, '总账公钥写得不对');
  const [, name, id, encoded] = found;
  const bytes = fromBase64(encoded);
  must(bytes.length === 33 && bytes[0] === 1, '总账公钥不是 Ed25519');
  const key = bytes.slice(1);
  const said = (await sha256(toUtf8(`${name}\n`), bytes)).slice(0, 4);
  must(toHex(said) === id, '总账公钥的编号对不上');
  return { name, id: fromHex(id), key };
}

// WebCrypto where it knows Ed25519, else the vendored library, strict as the bank is.
async function verifies(key, signature, message) {
  try {
    const imported = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', imported, signature, message);
  } catch (error) {
    const noble = await import('./vendor/noble-ed25519.js');
    return noble.verifyAsync(signature, message, key, { zip215: false });
  }
}

// A checkpoint, signed by the log: `{size, root}`.
export async function openCheckpoint(note, verifier) {
  const end = note.lastIndexOf('\n\n');
  must(end > 0 && note.endsWith('\n'), '检查点不完整');
  const text = note.slice(0, end + 1);
  const lines = text.split('\n');
  must(lines[0] === verifier.name, '检查点是别的账本的');
  const checkpoint = { size: number(lines[1]), root: hash(lines[2]) };
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const found = /^\u2014 (\S+) ([A-Za-z0-9+/=]+)$/.exec(line);
    must(found, '签名行写得不对');
    const blob = fromBase64(found[2]);
    if (found[1] === verifier.name && equal(blob.slice(0, 4), verifier.id)) {
      must(blob.length === 68, '签名长度不对');
      must(await verifies(verifier.key, blob.slice(4), toUtf8(text)), '总账的签名是假的');
      return checkpoint;
    }
  }
  throw new Untrue('检查点没有总账的签名');
}

// A proof file: `{index, hashes, note}`.
export function readProof(text) {
  const lines = text.split('\n');
  must(lines[0] === 'c2sp.org/tlog-proof@v1', '不是收据');
  let at = lines[1].startsWith('extra ') ? 2 : 1;
  must(lines[at].startsWith('index '), '收据里没有账目号');
  const index = number(lines[at].slice(6));
  const hashes = [];
  for (at += 1; lines[at]; at += 1) hashes.push(hash(lines[at]));
  must(hashes.length <= 63 && at < lines.length, '收据太长');
  return { index, hashes, note: lines.slice(at + 1).join('\n') };
}

const half = (value) => Math.floor(value / 2);

// Whether a hash belongs to the left of what has been climbed so far; goes one level up (RFC 9162, 2.1.3.2).
function climb(from) {
  const left = from.node % 2 === 1 || from.node === from.last;
  if (left) {
    while (from.node % 2 === 0 && from.node !== 0) up(from);
  }
  up(from);
  return left;
}

function up(from) {
  from.node = half(from.node);
  from.last = half(from.last);
}

// The root that a leaf and its proof give.
export async function rootOf(index, size, leaf, hashes) {
  must(index < size, '账目不在这本账里');
  const from = { node: index, last: size - 1 };
  let root = leaf;
  for (const sibling of hashes) {
    must(from.last > 0, '收据里的指纹太多');
    root = climb(from) ? await nodeHash(sibling, root) : await nodeHash(root, sibling);
  }
  must(from.last === 0, '收据里的指纹太少');
  return root;
}

export async function checkInclusion(index, checkpoint, leaf, hashes) {
  const root = await rootOf(index, checkpoint.size, leaf, hashes);
  must(equal(root, checkpoint.root), '这一笔不在签过名的账里');
}

// That one tree is the beginning of another (RFC 9162, 2.1.4.2).
export async function checkConsistency(old, young, hashes) {
  must(old.size <= young.size, '账本变短了');
  if (old.size === young.size) {
    must(equal(old.root, young.root) && hashes.length === 0, '同样长的账，指纹却不一样');
    return;
  }
  if (old.size === 0) return;
  const from = { node: old.size - 1, last: young.size - 1 };
  while (from.node % 2 === 1) up(from);
  const rest = [...hashes];
  const first = from.node === 0 ? old.root : rest.shift();
  must(first, '证明太短');
  let [before, after] = [first, first];
  for (const sibling of rest) {
    must(from.last > 0, '证明太长');
    if (climb(from)) {
      before = await nodeHash(sibling, before);
      after = await nodeHash(sibling, after);
    } else {
      after = await nodeHash(after, sibling);
    }
  }
  must(from.last === 0, '证明太短');
  must(equal(before, old.root), '以前的账被改过');
  // A tree of two, four, eight … entries is its own beginning of the proof: what was seen before is then all that can
  // have been changed.
  must(equal(after, young.root), first === old.root ? '以前的账被改过' : '现在的账和证明对不上');
}

// BLAKE3 (its specification, sections 2.2 to 2.6) of at most one chunk, 1024 bytes: as much as a name or a view token
// is. Plain and keyed; 32 bytes out. Longer inputs throw.

const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const ORDER = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const CHUNK = 1024;
const BLOCK = 64;
const CHUNK_START = 1;
const CHUNK_END = 2;
const ROOT = 8;
const KEYED = 16;

const turn = (word, by) => (word >>> by) | (word << (32 - by));

function mix(v, a, b, c, d, x, y) {
  v[a] = (v[a] + v[b] + x) | 0;
  v[d] = turn(v[d] ^ v[a], 16);
  v[c] = (v[c] + v[d]) | 0;
  v[b] = turn(v[b] ^ v[c], 12);
  v[a] = (v[a] + v[b] + y) | 0;
  v[d] = turn(v[d] ^ v[a], 8);
  v[c] = (v[c] + v[d]) | 0;
  v[b] = turn(v[b] ^ v[c], 7);
}

// One block: the chaining value that follows. The chunk is the first, so its counter is 0.
function compress(chaining, words, length, flags) {
  const v = Int32Array.of(...chaining, IV[0], IV[1], IV[2], IV[3], 0, 0, length, flags);
  let m = words;
  for (let round = 0; round < 7; round += 1) {
    for (let at = 0; at < 4; at += 1) mix(v, at, at + 4, at + 8, at + 12, m[2 * at], m[2 * at + 1]);
    for (let at = 0; at < 4; at += 1) {
      const [b, c, d] = [4 + ((at + 1) % 4), 8 + ((at + 2) % 4), 12 + ((at + 3) % 4)];
      mix(v, at, b, c, d, m[8 + 2 * at], m[9 + 2 * at]);
    }
    m = ORDER.map((from) => m[from]);
  }
  return Array.from({ length: 8 }, (_, at) => v[at] ^ v[at + 8]);
}

const wordsOf = (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, at) => view.getInt32(4 * at, true));
};

function digest(start, flags, bytes) {
  if (bytes.length > CHUNK) throw new Error('more than one chunk');
  let chaining = start;
  const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK));
  for (let at = 0; at < blocks; at += 1) {
    const part = bytes.subarray(at * BLOCK, (at + 1) * BLOCK);
    const block = new Uint8Array(BLOCK);
    block.set(part);
    const ends = at === blocks - 1 ? CHUNK_END | ROOT : 0;
    chaining = compress(chaining, wordsOf(block), part.length, flags | (at === 0 ? CHUNK_START : 0) | ends);
  }
  const out = new DataView(new ArrayBuffer(32));
  chaining.forEach((word, at) => out.setInt32(4 * at, word, true));
  return new Uint8Array(out.buffer);
}

export const hash = (bytes) => digest(IV, 0, bytes);
// `key` has 32 bytes.
export const keyedHash = (key, bytes) => digest(wordsOf(key), KEYED, bytes);

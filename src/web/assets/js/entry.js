// What an entry's own bytes say of one account: a reader of the few fields of `proto/civbank/v1/entry.proto` that a
// line of the book stands on. What the page shows is compared with this.

const UNITS = { 1: 'points', 2: 'score' };

// Fields of a protobuf message: [number, value], where value is a number or bytes.
function* fields(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      if (at >= bytes.length || shift > 2 ** 63) throw new Error('a broken entry');
      const byte = bytes[at];
      at += 1;
      value += (byte % 128) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, kind] = [Math.floor(tag / 8), tag % 8];
    if (kind === 0) yield [number, varint()];
    else if (kind === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new Error('a broken entry');
      yield [number, bytes.subarray(at, at + length)];
      at += length;
    } else throw new Error('a broken entry');
  }
}

const zigzag = (value) => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

// `{index, time, postings}` of one account.
export function readEntry(bytes, account) {
  const entry = { index: 0, time: 0, postings: [] };
  for (const [number, value] of fields(bytes)) {
    if (number === 1) entry.index = value;
    else if (number === 3) entry.time = value;
    else if (number === 6) {
      for (const [inner, posting] of fields(value)) {
        if (inner === 1) entry.postings.push(readPosting(posting));
      }
    }
  }
  entry.postings = entry.postings.filter((posting) => posting.account === account);
  return entry;
}

function readPosting(bytes) {
  const posting = { account: '', unit: '', amount: 0, balance: 0, sequence: 0 };
  for (const [number, value] of fields(bytes)) {
    if (number === 1) posting.account = new TextDecoder().decode(value);
    else if (number === 2) posting.unit = UNITS[value] || String(value);
    else if (number === 3) posting.amount = zigzag(value);
    else if (number === 4) posting.balance = zigzag(value);
    else if (number === 5) posting.sequence = value;
  }
  return posting;
}

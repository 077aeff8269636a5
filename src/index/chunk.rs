//! A chunk: a short run of one list, first entry in the key, the others as steps.
//!
//! The value holds, for each further entry, the distance from the one before as a varint
//! (seven bits a byte, low bits first, high bit means more). Promises that chunks depend on
//! the list alone, not on how the entries were batched, and that damaged bytes are an answer
//! (`None`), not a panic.
//!
//! Why chunks. Three layouts were measured with the mix of redemptions (three keys an entry:
//! a household, one of 100,000; a branch; a terminal), 200,000 entries, 512 KiB segments, on
//! two cores that others used as well (so bytes are firm, speeds are rough), without the sum in
//! the head:
//!
//! | layout                          | 256 entries a step     | 1 entry a step          |
//! |---------------------------------|------------------------|-------------------------|
//! | a key per entry, empty value    | 18,000/s, 772 B/entry  | 11,000/s, 1244 B/entry  |
//! | a key per list and step         | 54,000/s, 287 B/entry  | 14,000/s, 1239 B/entry  |
//! | chunks, full at 128 bytes       | 69,000/s, 142 B/entry  | 16,000/s,  796 B/entry  |
//! | chunks, full at 32 bytes (this) | 80,000/s, 135 B/entry  | 16,000/s,  431 B/entry  |
//!
//! sled pays some 200 bytes and a good part of the time for each key that it has to place, so
//! fewer keys win, even though a chunk is read before it is written. Longer chunks lose again
//! when steps are small, because the last chunk of a busy list is written anew each step.

/// A chunk whose value has at least this many bytes is full; the next entry begins another.
pub(super) const CHUNK_SIZE_FULL: usize = 32;

/// The last chunk of a list, while entries are being added to it.
pub(super) struct Chunk {
    first: u64,
    last: u64,
    steps: Vec<u8>,
}

impl Chunk {
    /// A chunk that holds `first` alone.
    pub(super) fn starting_at(first: u64) -> Self {
        let steps = Vec::new();
        Self { first, last: first, steps }
    }

    /// The chunk stored under a key that ends in `first`.
    pub(super) fn read(first: u64, value: &[u8]) -> Option<Self> {
        let last = *entries(first, value)?.last()?;
        let steps = value.to_vec();
        Some(Self { first, last, steps })
    }

    /// Whether the next entry must begin another chunk.
    pub(super) fn is_full(&self) -> bool {
        self.steps.len() >= CHUNK_SIZE_FULL
    }

    /// Adds an entry, which must lie after all others.
    pub(super) fn push(&mut self, index: u64) {
        assert!(index > self.last, "a list only grows at its end");
        let mut step = index - self.last;
        while step >= 0x80 {
            self.steps.push(step as u8 | 0x80);
            step >>= 7;
        }
        self.steps.push(step as u8);
        self.last = index;
    }

    /// The first entry, which goes into the key.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The stored value.
    pub(super) fn into_value(self) -> Vec<u8> {
        self.steps
    }
}

/// All entries of a stored chunk, oldest first; `None` if the value is damaged.
pub fn entries(first: u64, value: &[u8]) -> Option<Vec<u64>> {
    // A full chunk may pass the mark by one whole varint, ten bytes, less one.
    if value.len() > CHUNK_SIZE_FULL + 9 {
        return None;
    }
    let mut entries = Vec::with_capacity(1 + value.len());
    entries.push(first);
    let mut last = first;
    let mut rest = value;
    while !rest.is_empty() {
        let (step, after) = step(rest)?;
        last = last.checked_add(step).filter(|_| step > 0)?;
        entries.push(last);
        rest = after;
    }
    Some(entries)
}

/// One varint and the bytes after it.
fn step(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (place, &byte) in bytes.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7f);
        if place == 9 && bits > 1 {
            return None;
        }
        value |= bits << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[place + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_reads_back_as_it_was_written() {
        for list in [
            vec![0],
            vec![7, 8, 9],
            vec![0, 127, 255, 256, 16_640, 2_113_792],
            vec![0, u64::MAX],
            vec![3, 1 << 35, 1 << 63, u64::MAX - 1],
        ] {
            let mut chunk = Chunk::starting_at(list[0]);
            list[1..].iter().for_each(|&index| chunk.push(index));
            let (first, value) = (chunk.first(), chunk.into_value());
            assert_eq!(entries(first, &value), Some(list.clone()));
            let again = Chunk::read(first, &value).map(|chunk| chunk.last);
            assert_eq!(again, list.last().copied());
        }
    }

    #[test]
    fn damaged_chunks_are_refused() {
        let refused: [(&str, u64, Vec<u8>); 5] = [
            ("an unfinished step", 1, vec![0x80]),
            ("a step of zero", 1, vec![1, 0, 1]),
            ("a step past the last index", u64::MAX, vec![1]),
            ("a step wider than 64 bits", 0, [vec![0xff; 9], vec![2]].concat()),
            ("more bytes than a chunk has", 0, vec![1; CHUNK_SIZE_FULL + 10]),
        ];
        for (what, first, value) in refused {
            assert_eq!(entries(first, &value), None, "{what}");
        }
    }
}

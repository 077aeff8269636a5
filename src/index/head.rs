//! The head: how far the index has applied, and a sum over all that it holds.
//!
//! Written in the same batch as the lists, so it is true of them. The sum lets a walk over
//! the store find lost, stale or doubled chunks; it guards against accidents, not against a
//! person who can write to the disk (the journal does that).

/// Bytes of a stored head: `applied_be (8) | sum_be (16)`.
pub const SIZE: usize = 24;

/// How far, and the sum of what is in the lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Entries applied so far.
    pub(super) applied: u64,
    sum: u128,
}

/// A list as the sum knows it: a hash of its prefix, made once for many entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct List(u64, u64);

impl List {
    pub(super) fn of(prefix: &[u8]) -> Self {
        let hash = blake3::hash(prefix);
        let (words, _) = hash.as_bytes().as_chunks::<8>();
        List(u64::from_be_bytes(words[0]), u64::from_be_bytes(words[1]))
    }
}

/// A number scattered over all 64 bits, one to one: opening counts every entry of every list, millions of them, and a
/// whole hash for each took most of a start. The steps are the finisher of SplitMix64 (Steele, Lea, Flood 2014).
fn scattered(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl Head {
    /// The head after `applied` entries, before any list is counted.
    pub(super) fn at(applied: u64) -> Self {
        Self { applied, sum: 0 }
    }

    /// Counts one entry of one list. The order of counting does not matter.
    pub(super) fn count(&mut self, list: List, index: u64) {
        let high = scattered(list.0 ^ index);
        let low = scattered(list.1 ^ index.rotate_left(32));
        self.sum = self.sum.wrapping_add(u128::from(high) << 64 | u128::from(low));
    }

    /// The stored bytes.
    pub fn to_bytes(self) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        bytes[..8].copy_from_slice(&self.applied.to_be_bytes());
        bytes[8..].copy_from_slice(&self.sum.to_be_bytes());
        bytes
    }

    /// Reads stored bytes; `None` if they are not a head.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; SIZE] = bytes.try_into().ok()?;
        let (applied, sum) = bytes.split_first_chunk::<8>()?;
        let applied = u64::from_be_bytes(*applied);
        let sum = u128::from_be_bytes(sum.try_into().ok()?);
        Some(Self { applied, sum })
    }
}

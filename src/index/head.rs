//! The head: how far the index has applied, and a sum over all that it holds.
//!
//! Written in the same batch as the lists, so it is true of them. The sum lets a walk over
//! the store find lost, stale or doubled chunks; it guards against accidents, not against a
//! person who can write to the disk (the journal does that).

use super::key::KEY_SIZE_MAX;

/// Bytes of a stored head: `applied_be (8) | sum_be (16)`.
pub const SIZE: usize = 24;

/// How far, and the sum of what is in the lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Entries applied so far.
    pub(super) applied: u64,
    sum: u128,
}

impl Head {
    /// The head after `applied` entries, before any list is counted.
    pub(super) fn at(applied: u64) -> Self {
        Self { applied, sum: 0 }
    }

    /// Counts one entry of one list. The order of counting does not matter.
    pub(super) fn count(&mut self, prefix: &[u8], index: u64) {
        // One buffer, hashed in one go: this runs for every entry of every list.
        let mut bytes = [0; KEY_SIZE_MAX];
        let size = prefix.len() + 8;
        bytes[..prefix.len()].copy_from_slice(prefix);
        bytes[prefix.len()..size].copy_from_slice(&index.to_be_bytes());
        let hash = blake3::hash(&bytes[..size]);
        let mut word = [0; 16];
        word.copy_from_slice(&hash.as_bytes()[..16]);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(word));
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

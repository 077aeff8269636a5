//! The name of a complete subtree: its level and its number on that level.
//!
//! Subtree `n` of level `l` covers the leaves from `n * 2^l` up to but excluding
//! `(n + 1) * 2^l`. Level 0 are the leaves. A value of this type always fits in a
//! tree of at most [`SIZE_MAX`] leaves, so arithmetic on it never overflows. This
//! file does not know the hash of any subtree.

/// The most leaves a tree may have: 2^63 - 1. Other implementations hold sizes in
/// signed 64-bit numbers, so larger ones would not travel.
pub const SIZE_MAX: u64 = i64::MAX as u64;

/// A complete subtree of 2^level leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subtree {
    level: u8,
    n: u64,
}

impl Subtree {
    /// Subtree number `n` (from 0) of `level` (0 is the leaves), or `None` if its
    /// last leaf lies beyond a tree of [`SIZE_MAX`] leaves.
    pub fn new(level: u8, n: u64) -> Option<Subtree> {
        let width = 1_u64.checked_shl(level.into())?;
        let end = n.checked_add(1)?.checked_mul(width)?;
        (end <= SIZE_MAX).then_some(Subtree { level, n })
    }

    /// The level: 0 for a leaf, at most 62.
    pub fn level(self) -> u8 {
        self.level
    }

    /// The number on its level, from 0.
    pub fn n(self) -> u64 {
        self.n
    }

    /// The index of its first leaf.
    pub fn start(self) -> u64 {
        self.n << self.level
    }

    /// The index after its last leaf: the smallest tree that holds all of it.
    pub fn end(self) -> u64 {
        (self.n + 1) << self.level
    }

    /// Whether a tree of `size` leaves holds all of it.
    pub fn is_in(self, size: u64) -> bool {
        self.end() <= size
    }
}

/// Appends the complete subtrees that tile the leaves `[start, end)`, largest first.
///
/// `start` must be a multiple of the largest power of two not above `end - start`,
/// as it is for every node of an RFC 6962 tree, and `end` at most [`SIZE_MAX`].
pub(super) fn cover(start: u64, end: u64, subtrees: &mut Vec<Subtree>) {
    debug_assert!(end <= SIZE_MAX);
    let mut at = start;
    while at < end {
        let level = (end - at).ilog2() as u8;
        debug_assert!(at.trailing_zeros() >= level.into());
        subtrees.push(Subtree { level, n: at >> level });
        at += 1 << level;
    }
}

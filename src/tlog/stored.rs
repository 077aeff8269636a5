//! The numbering of stored hashes: where each subtree's hash lies in a flat file.
//!
//! Hashes are written in the order in which they become known: each leaf, followed
//! by every subtree which that leaf completes, from the lowest up. The file only
//! ever grows at its end, the hash of a subtree never moves, and a cut at the count
//! for any earlier size leaves the file of that size. The numbering is that of Go's
//! `sumdb/tlog`. This file does not read or write anything.

use super::subtree::{SIZE_MAX, Subtree};

/// How many hashes a tree of `size` leaves has stored: twice the size, less one for
/// each complete subtree still waiting for its neighbour.
///
/// # Panics
///
/// If `size` is above [`SIZE_MAX`].
pub fn count(size: u64) -> u64 {
    assert!(size <= SIZE_MAX, "a tree of {size} leaves is too large");
    2 * size - u64::from(size.count_ones())
}

/// The position, from 0, of the hash of `subtree` among the stored hashes.
pub fn position(subtree: Subtree) -> u64 {
    // It is written `level` places after the leaf that completes it, which is its
    // last; before that leaf lies everything a tree of that many leaves has stored.
    let last_leaf = subtree.end() - 1;
    count(last_leaf) + u64::from(subtree.level())
}

/// Which subtree's hash lies at `position`, or `None` beyond the last position of a
/// tree of [`SIZE_MAX`] leaves.
pub fn subtree_at(position: u64) -> Option<Subtree> {
    if position >= count(SIZE_MAX) {
        return None;
    }
    // `count` is at most twice its argument and at least that less 63, so the leaf
    // is found within a few steps.
    let mut leaf = position / 2;
    while leaf < SIZE_MAX && count(leaf + 1) <= position {
        leaf += 1;
    }
    let level = u8::try_from(position - count(leaf)).ok()?;
    Subtree::new(level, leaf >> level)
}

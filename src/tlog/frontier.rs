//! The frontier: all that must be remembered to append to a tree.
//!
//! A tree of n leaves is a row of complete subtrees, one for each bit set in n, and
//! their roots are enough to take the next leaf and to give the root of the whole.
//! Appending costs amortised one node hash, and memory is at most 63 hashes. The
//! frontier does not know the leaves it has taken, so it proves nothing by itself.

use thiserror::Error;

use super::hash::{self, Hash, empty_root, node_hash};
use super::subtree::{self, SIZE_MAX, Subtree};

/// The size of a tree and the roots of its complete subtrees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One for each bit set in `size`, largest subtree first.
    roots: Vec<Hash>,
}

/// Why parts do not make a [`Frontier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrontierError {
    /// The size is above [`SIZE_MAX`].
    #[error("a tree of {size} leaves is larger than any log")]
    TooLarge {
        /// The size that was given.
        size: u64,
    },
    /// The number of roots is not the number of bits set in the size.
    #[error("a tree of {size} leaves has {expected} complete subtrees, not {found}")]
    WrongNumberOfRoots {
        /// The size that was given.
        size: u64,
        /// How many roots it calls for.
        expected: usize,
        /// How many were given.
        found: usize,
    },
}

impl Frontier {
    /// The tree without leaves.
    pub const fn new() -> Frontier {
        Frontier { size: 0, roots: Vec::new() }
    }

    /// Puts a frontier together from its [`size`](Frontier::size) and
    /// [`roots`](Frontier::roots), as kept in a snapshot. That the roots are the
    /// right ones only a comparison of [`root`](Frontier::root) with a signed
    /// checkpoint can say.
    pub fn from_parts(size: u64, roots: Vec<Hash>) -> Result<Frontier, FrontierError> {
        let expected = size.count_ones() as usize;
        if size > SIZE_MAX {
            Err(FrontierError::TooLarge { size })
        } else if roots.len() != expected {
            let found = roots.len();
            Err(FrontierError::WrongNumberOfRoots { size, expected, found })
        } else {
            Ok(Frontier { size, roots })
        }
    }

    /// The subtrees whose hashes are the [`roots`](Frontier::roots) of a tree of
    /// `size` leaves, in the same order: what to fetch to rebuild its frontier.
    pub fn subtrees(size: u64) -> Result<Vec<Subtree>, FrontierError> {
        if size > SIZE_MAX {
            return Err(FrontierError::TooLarge { size });
        }
        let mut subtrees = Vec::new();
        subtree::cover(0, size, &mut subtrees);
        Ok(subtrees)
    }

    /// The number of leaves taken so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, largest first.
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// The root of the whole tree (RFC 6962 section 2.1).
    pub fn root(&self) -> Hash {
        hash::join(&self.roots).unwrap_or_else(empty_root)
    }

    /// Takes the hash of the next leaf.
    ///
    /// # Panics
    ///
    /// If the tree already has [`SIZE_MAX`] leaves.
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_, _| ());
    }

    /// Takes the hash of the next leaf and reports every subtree that it completes,
    /// the leaf itself first, then upwards. That is the order of
    /// [`stored`](super::stored) hashes, so a flat file is written by appending.
    ///
    /// # Panics
    ///
    /// If the tree already has [`SIZE_MAX`] leaves.
    pub fn push_with(&mut self, leaf: Hash, mut completed: impl FnMut(Subtree, Hash)) {
        assert!(self.size < SIZE_MAX, "the tree is full");
        let mut hash = leaf;
        for level in 0.. {
            let subtree = Subtree::new(level, self.size >> level)
                .expect("a subtree completed below the size limit fits under it");
            completed(subtree, hash);
            if subtree.n().is_multiple_of(2) {
                break;
            }
            // Bit `level` of the size is set, so its subtree is the last root we hold.
            let left = self.roots.pop().expect("one root for each bit of the size");
            hash = node_hash(&left, &hash);
        }
        self.roots.push(hash);
        self.size += 1;
    }
}

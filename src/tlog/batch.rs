//! The proofs of one batch: every new leaf, proved in the tree that the batch makes.
//!
//! When a batch has been sealed, each of its entries goes home with an inclusion
//! proof in the tree after the batch. Everything those proofs need is the frontier
//! before the batch and the leaves of the batch; nothing is read from anywhere.
//! Setting up costs about one node hash for each leaf, and also yields the frontier
//! after the batch and its stored hashes, so nothing is hashed twice. A proof then
//! costs no hashing at all, only copying one hash for each level. This file does not
//! know how large a batch may be.

use super::frontier::Frontier;
use super::hash::{Hash, node_hash};
use super::subtree::{SIZE_MAX, Subtree};

/// All that a batch adds to the tree.
#[derive(Clone, Debug)]
pub struct BatchProofs {
    start: u64,
    end: u64,
    /// For each level, the root of the complete subtree that ends where the batch
    /// begins, if the batch begins at an odd place of that level.
    before: Vec<Option<Hash>>,
    /// For each level, the subtrees that the batch completed, from left to right.
    /// The first is number `start >> level`.
    completed: Vec<Vec<Hash>>,
    /// For each level, the hash of the unfinished subtree at the right edge.
    edge: Vec<Option<Hash>>,
}

impl BatchProofs {
    /// Hashes a batch of leaves onto the tree `before` it. An empty batch is allowed
    /// and adds nothing.
    ///
    /// # Panics
    ///
    /// If the tree would grow above [`SIZE_MAX`] leaves.
    pub fn new(before: &Frontier, leaves: &[Hash]) -> BatchProofs {
        let start = before.size();
        let end =
            start.checked_add(leaves.len() as u64).filter(|&end| end <= SIZE_MAX).expect("the tree is full");
        let levels = (u64::BITS - end.leading_zeros()) as usize;
        let mut batch = BatchProofs {
            start,
            end,
            before: waiting(before, levels),
            completed: Vec::with_capacity(levels),
            edge: Vec::with_capacity(levels),
        };
        if levels > 0 {
            batch.completed.push(leaves.to_vec());
            batch.edge.push(None);
        }
        for level in 1..levels {
            batch.complete(level);
            batch.extend_edge(level);
        }
        batch
    }

    /// Joins the subtrees of the level below, two by two.
    fn complete(&mut self, level: usize) {
        let below = &self.completed[level - 1];
        let (first, pairs) = if self.start >> (level - 1) & 1 == 1 {
            // The left half of the first pair was there before the batch.
            let left = self.before[level - 1].as_ref();
            let first = left.zip(below.first());
            (first, below.get(1..).unwrap_or_default())
        } else {
            (None, below.as_slice())
        };
        let mut joined = Vec::with_capacity(below.len().div_ceil(2));
        joined.extend(first.map(|(left, right)| node_hash(left, right)));
        joined.extend(pairs.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])));
        self.completed.push(joined);
    }

    /// Joins the unfinished right edge of the level below with the complete subtree
    /// before it, if there is one; else it moves up unchanged.
    fn extend_edge(&mut self, level: usize) {
        let below = self.edge[level - 1];
        let number = self.end >> (level - 1);
        let edge = if number & 1 == 0 {
            below
        } else {
            let complete = self.get(level - 1, number - 1);
            Some(below.map_or(complete, |edge| node_hash(&complete, &edge)))
        };
        self.edge.push(edge);
    }

    /// The hash of a subtree that is complete after the batch and holds a leaf of
    /// the batch or ends where the batch begins. No other is ever asked for.
    fn get(&self, level: usize, n: u64) -> Hash {
        let first = self.start >> level;
        if n >= first {
            self.completed[level][(n - first) as usize]
        } else {
            self.before[level].expect("the frontier holds the subtree left of the batch")
        }
    }

    /// The inclusion proof of leaf `index` in the tree after the batch, leaf side
    /// first (RFC 6962 section 2.1.1), or `None` if the leaf is not of this batch.
    pub fn inclusion(&self, index: u64) -> Option<Vec<Hash>> {
        if index < self.start || index >= self.end {
            return None;
        }
        let mut proof = Vec::with_capacity(self.completed.len());
        for level in 0..self.completed.len() {
            let n = index >> level;
            let complete_after = self.end >> level;
            if n & 1 == 1 {
                proof.push(self.get(level, n - 1));
            } else if n + 1 < complete_after {
                proof.push(self.get(level, n + 1));
            } else if n + 1 == complete_after {
                proof.extend(self.edge[level]);
            }
        }
        Some(proof)
    }

    /// The frontier after the batch.
    pub fn after(&self) -> Frontier {
        let roots = (0..self.completed.len())
            .rev()
            .filter(|&level| self.end >> level & 1 == 1)
            .map(|level| self.get(level, (self.end >> level) - 1))
            .collect();
        Frontier::from_parts(self.end, roots).expect("one root for each bit of the size")
    }

    /// The hashes that the batch adds to the [`stored`](super::stored) ones, in
    /// their order: to be appended to the flat file as they come.
    pub fn stored_hashes(&self) -> impl Iterator<Item = (Subtree, Hash)> + '_ {
        (self.start..self.end).flat_map(move |leaf| {
            let top = leaf.trailing_ones() as u8;
            (0..=top).filter_map(move |level| {
                let subtree = Subtree::new(level, leaf >> level)?;
                Some((subtree, self.get(level.into(), leaf >> level)))
            })
        })
    }
}

/// Spreads the roots of a frontier over the levels they belong to.
fn waiting(frontier: &Frontier, levels: usize) -> Vec<Option<Hash>> {
    let mut roots = frontier.roots().iter().rev();
    (0..levels)
        .map(|level| match frontier.size() >> level & 1 {
            1 => roots.next().copied(),
            _ => None,
        })
        .collect()
}

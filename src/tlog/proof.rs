//! Inclusion and consistency proofs, made and checked.
//!
//! A proof is first *planned*: which subtree hashes it takes, by arithmetic alone;
//! then *filled* by whoever can fetch those hashes. Checking needs neither. Proofs
//! are those of RFC 6962 section 2.1.1 and 2.1.2, checked by the loops of RFC 9162
//! section 2.1.3.2 and 2.1.4.2. This file does not know where hashes are stored, and
//! a proof says nothing about who signed the roots it leads to.

use thiserror::Error;

use super::hash::{self, Hash, empty_root, node_hash};
use super::subtree::{self, SIZE_MAX, Subtree};

/// The most hashes any proof may have: inclusion needs one for each level of the
/// deepest tree, consistency one more.
pub const PROOF_HASHES_MAX: usize = 64;

/// Why a proof cannot be made, or does not convince.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// A size is above [`SIZE_MAX`].
    #[error("a tree of {size} leaves is larger than any log")]
    TooLarge {
        /// The size that was given.
        size: u64,
    },
    /// The tree has no leaf of that index.
    #[error("leaf {index} is outside a tree of {size} leaves")]
    OutsideTree {
        /// The index that was asked about.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// Consistency with the empty tree: every tree has it, so there is nothing to prove.
    #[error("there is no consistency proof from an empty tree")]
    FromEmpty,
    /// The older tree is the larger one.
    #[error("a tree of {old_size} leaves is not older than one of {new_size}")]
    Shrinking {
        /// The size said to be older.
        old_size: u64,
        /// The size said to be newer.
        new_size: u64,
    },
    /// The proof ends before the root is reached.
    #[error("the proof lacks hashes: {found} are too few")]
    TooShort {
        /// How many hashes the proof has.
        found: usize,
    },
    /// The proof has hashes left over after the root is reached.
    #[error("the proof has hashes left over: {found} are too many")]
    TooLong {
        /// How many hashes the proof has.
        found: usize,
    },
    /// The proof does not lead to the root of the (newer) tree.
    #[error("the proof does not lead to the root of the tree")]
    WrongRoot,
    /// The proof does not lead to the root of the older tree.
    #[error("the proof does not lead to the root of the older tree")]
    WrongOldRoot,
}

/// The subtree hashes that a proof is made of.
///
/// Most hashes of a proof are stored ones. One that covers the unfinished right edge
/// of the tree is joined from several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    subtrees: Vec<Subtree>,
    /// How many of `subtrees` are joined into each hash of the proof, in order.
    parts: Vec<usize>,
}

impl Plan {
    /// The plan of the proof that leaf `index` is in the tree of `size` leaves
    /// (RFC 6962 section 2.1.1).
    pub fn inclusion(index: u64, size: u64) -> Result<Plan, ProofError> {
        check_size(size)?;
        if index >= size {
            return Err(ProofError::OutsideTree { index, size });
        }
        let (mut start, mut end) = (0, size);
        let mut ranges = Vec::new();
        while end - start > 1 {
            let split = start + split_width(end - start);
            if index < split {
                ranges.push((split, end));
                end = split;
            } else {
                ranges.push((start, split));
                start = split;
            }
        }
        Ok(Plan::of_ranges(&ranges))
    }

    /// The plan of the proof that the tree of `old_size` leaves is a beginning of
    /// the tree of `new_size` leaves (RFC 6962 section 2.1.2). Between equal sizes
    /// it is empty.
    pub fn consistency(old_size: u64, new_size: u64) -> Result<Plan, ProofError> {
        check_growth(old_size, new_size)?;
        let (mut start, mut end) = (0, new_size);
        let mut ranges = Vec::new();
        while old_size < end {
            let split = start + split_width(end - start);
            if old_size <= split {
                ranges.push((split, end));
                end = split;
            } else {
                ranges.push((start, split));
                start = split;
            }
        }
        // What is left ends where the old tree ends. If it is the whole old tree, the
        // verifier has its root already.
        if start > 0 {
            ranges.push((start, end));
        }
        Ok(Plan::of_ranges(&ranges))
    }

    /// The ranges come from the root down; a proof is written from the leaf up.
    fn of_ranges(ranges: &[(u64, u64)]) -> Plan {
        let mut plan =
            Plan { subtrees: Vec::with_capacity(ranges.len()), parts: Vec::with_capacity(ranges.len()) };
        for &(start, end) in ranges.iter().rev() {
            let before = plan.subtrees.len();
            subtree::cover(start, end, &mut plan.subtrees);
            plan.parts.push(plan.subtrees.len() - before);
        }
        plan
    }

    /// Every subtree whose hash will be fetched, in the order of fetching.
    pub fn subtrees(&self) -> &[Subtree] {
        &self.subtrees
    }

    /// How many hashes the proof will have.
    pub fn proof_len(&self) -> usize {
        self.parts.len()
    }

    /// Makes the proof, leaf side first, asking `fetch` for each of
    /// [`subtrees`](Plan::subtrees) once. The first error of `fetch` is returned.
    pub fn fill<E>(&self, mut fetch: impl FnMut(Subtree) -> Result<Hash, E>) -> Result<Vec<Hash>, E> {
        let mut proof = Vec::with_capacity(self.parts.len());
        let mut rest = self.subtrees.as_slice();
        for &count in &self.parts {
            let (these, after) = rest.split_at(count);
            let hashes = these.iter().map(|&subtree| fetch(subtree)).collect::<Result<Vec<_>, E>>()?;
            proof.extend(hash::join(&hashes));
            rest = after;
        }
        Ok(proof)
    }
}

/// Proves that leaf `index` is in the tree of `size` leaves. Errors are those of the
/// plan or of `fetch`, whichever comes first.
pub fn prove_inclusion<E: From<ProofError>>(
    index: u64,
    size: u64,
    fetch: impl FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    Plan::inclusion(index, size)?.fill(fetch)
}

/// Proves that the tree of `old_size` leaves is a beginning of the tree of `new_size`
/// leaves. Errors are those of the plan or of `fetch`, whichever comes first.
pub fn prove_consistency<E: From<ProofError>>(
    old_size: u64,
    new_size: u64,
    fetch: impl FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    Plan::consistency(old_size, new_size)?.fill(fetch)
}

/// The root of the tree when it had `size` leaves, from stored hashes.
pub fn root_at<E: From<ProofError>>(
    size: u64,
    mut fetch: impl FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Hash, E> {
    check_size(size)?;
    let mut subtrees = Vec::new();
    subtree::cover(0, size, &mut subtrees);
    let hashes = subtrees.into_iter().map(&mut fetch).collect::<Result<Vec<_>, E>>()?;
    Ok(hash::join(&hashes).unwrap_or_else(empty_root))
}

/// Checks that `proof` leads from the leaf with hash `leaf` at `index` to `root` of
/// the tree of `size` leaves (RFC 9162 section 2.1.3.2).
pub fn verify_inclusion(
    proof: &[Hash],
    index: u64,
    size: u64,
    leaf: &Hash,
    root: &Hash,
) -> Result<(), ProofError> {
    check_size(size)?;
    if index >= size {
        return Err(ProofError::OutsideTree { index, size });
    }
    let mut climb = Climb::from(index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        hash = match climb.next(proof.len())? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    climb.finish(proof.len())?;
    if hash == *root { Ok(()) } else { Err(ProofError::WrongRoot) }
}

/// Checks that `proof` leads from one pair of roots to the other: the tree of
/// `old_size` leaves is a beginning of the tree of `new_size` leaves (RFC 9162
/// section 2.1.4.2).
pub fn verify_consistency(
    proof: &[Hash],
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
) -> Result<(), ProofError> {
    check_growth(old_size, new_size)?;
    let found = proof.len();
    if old_size == new_size {
        return if found > 0 {
            Err(ProofError::TooLong { found })
        } else if old_root != new_root {
            Err(ProofError::WrongRoot)
        } else {
            Ok(())
        };
    }
    let (first, rest) = match proof.split_first() {
        None => return Err(ProofError::TooShort { found }),
        // The old tree is one complete subtree: its root is where the climb begins.
        Some(_) if old_size.is_power_of_two() => (old_root, proof),
        Some(parts) => parts,
    };
    let mut climb = Climb::from(old_size - 1, new_size - 1);
    climb.skip_complete();
    let (mut old, mut new) = (*first, *first);
    for sibling in rest {
        match climb.next(found)? {
            Side::Left => {
                old = node_hash(sibling, &old);
                new = node_hash(sibling, &new);
            }
            Side::Right => new = node_hash(&new, sibling),
        }
    }
    climb.finish(found)?;
    if old != *old_root {
        Err(ProofError::WrongOldRoot)
    } else if new != *new_root {
        Err(ProofError::WrongRoot)
    } else {
        Ok(())
    }
}

/// On which side of the hash so far the next hash of a proof belongs.
enum Side {
    Left,
    Right,
}

/// The way up from a node to the root: `fn` and `sn` of RFC 9162.
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    fn from(node: u64, last: u64) -> Climb {
        Climb { node, last }
    }

    /// Goes up past the subtrees that `node` ends, which the old tree holds whole.
    fn skip_complete(&mut self) {
        let levels = self.node.trailing_ones();
        self.node >>= levels;
        self.last >>= levels;
    }

    /// Goes up by one hash of the proof; refuses if the root was reached before.
    fn next(&mut self, found: usize) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::TooLong { found });
        }
        let is_right_child = self.node & 1 == 1;
        let side = if is_right_child || self.node == self.last {
            // A node on the right edge without a neighbour moves up unchanged until
            // it is a right child.
            let levels = self.node.trailing_zeros();
            self.node >>= levels;
            self.last >>= levels;
            Side::Left
        } else {
            Side::Right
        };
        self.node >>= 1;
        self.last >>= 1;
        Ok(side)
    }

    fn finish(&self, found: usize) -> Result<(), ProofError> {
        if self.last == 0 { Ok(()) } else { Err(ProofError::TooShort { found }) }
    }
}

/// The largest power of two strictly below `width`, which is at least 2.
fn split_width(width: u64) -> u64 {
    1 << (width - 1).ilog2()
}

fn check_size(size: u64) -> Result<(), ProofError> {
    if size > SIZE_MAX {
        return Err(ProofError::TooLarge { size });
    }
    Ok(())
}

fn check_growth(old_size: u64, new_size: u64) -> Result<(), ProofError> {
    check_size(new_size)?;
    if old_size == 0 {
        Err(ProofError::FromEmpty)
    } else if old_size > new_size {
        Err(ProofError::Shrinking { old_size, new_size })
    } else {
        Ok(())
    }
}

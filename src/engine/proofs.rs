//! Proofs and receipts for readers, made of stored hashes and verified before they are served.

use crate::tlog::{
    self, Hash, Plan, Subtree, leaf_hash, proof::root_at, tlog_proof, verify_consistency, verify_inclusion,
};

use super::{Shared, Submitted, Unavailable};

/// An inclusion proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Size of the tree.
    pub size: u64,
    /// Hash of the leaf.
    pub leaf: Hash,
    /// Siblings, leaf side first.
    pub hashes: Vec<Hash>,
    /// Root of that tree.
    pub root: Hash,
}

/// A consistency proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Size of the newer tree.
    pub new_size: u64,
    /// Hashes in the order of RFC 6962.
    pub hashes: Vec<Hash>,
    /// Root of the older tree.
    pub old_root: Hash,
    /// Root of the newer tree.
    pub new_root: Hash,
}

/// Why there is no proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The question is about entries or trees that do not exist.
    #[error(transparent)]
    Range(tlog::ProofError),
    /// The tree asked for is larger than the newest.
    #[error("the tree has {newest} entries, asked for {asked}")]
    NotYet {
        /// Entries now.
        newest: u64,
        /// Entries asked for.
        asked: u64,
    },
    /// The tree's hashes are not to be had, or do not check; the log says why.
    #[error("proofs pause until a restart")]
    Unavailable,
}

impl From<tlog::ProofError> for ProofError {
    fn from(error: tlog::ProofError) -> Self {
        ProofError::Range(error)
    }
}

impl From<Unavailable> for ProofError {
    fn from(Unavailable: Unavailable) -> Self {
        ProofError::Unavailable
    }
}

impl Shared {
    fn stored(&self, subtree: Subtree) -> Result<Hash, ProofError> {
        self.hashes.get(subtree).ok_or(ProofError::Unavailable)
    }

    /// Size and root of the tree asked for; 0 asks for the newest.
    fn tree(&self, asked: u64) -> Result<(u64, Hash), ProofError> {
        let (newest, root) = {
            let published = self.published.borrow();
            (published.size, published.root)
        };
        match asked {
            0 => Ok((newest, root)),
            size if size == newest => Ok((newest, root)),
            size if size > newest => Err(ProofError::NotYet { newest, asked: size }),
            size => Ok((size, root_at(size, |subtree| self.stored(subtree))?)),
        }
    }

    pub(super) fn inclusion_proof(&self, index: u64, size: u64) -> Result<Proof, ProofError> {
        let (size, root) = self.tree(size)?;
        let plan = Plan::inclusion(index, size)?;
        let entry = self.entry(index)?.ok_or(ProofError::Unavailable)?;
        let leaf = leaf_hash(&entry);
        let hashes = plan.fill(|subtree| self.stored(subtree))?;
        verify_inclusion(&hashes, index, size, &leaf, &root).map_err(|error| self.unproved(&error))?;
        Ok(Proof { size, leaf, hashes, root })
    }

    pub(super) fn consistency_proof(&self, old: u64, new: u64) -> Result<ConsistencyProof, ProofError> {
        let (new_size, new_root) = self.tree(new)?;
        let plan = Plan::consistency(old, new_size)?;
        let old_root = root_at(old, |subtree| self.stored(subtree))?;
        let hashes = plan.fill(|subtree| self.stored(subtree))?;
        verify_consistency(&hashes, old, &old_root, new_size, &new_root)
            .map_err(|error| self.unproved(&error))?;
        Ok(ConsistencyProof { new_size, hashes, old_root, new_root })
    }

    pub(super) fn receipt(&self, index: u64) -> Result<Submitted, ProofError> {
        let (size, root, checkpoint) = {
            let published = self.published.borrow();
            (published.size, published.root, published.checkpoint.clone())
        };
        let plan = Plan::inclusion(index, size)?;
        let entry = self.entry(index)?.ok_or(ProofError::Unavailable)?;
        let hashes = plan.fill(|subtree| self.stored(subtree))?;
        verify_inclusion(&hashes, index, size, &leaf_hash(&entry), &root)
            .map_err(|error| self.unproved(&error))?;
        let proof = tlog_proof::write(index, &hashes, &checkpoint);
        Ok(Submitted { index, entry, proof, repeated: false })
    }

    /// What does not check is not served.
    fn unproved(&self, error: &tlog::ProofError) -> ProofError {
        self.hashes.doubt();
        tracing::error!(%error, "a proof does not check against the tree; restart to mend its hashes");
        ProofError::Unavailable
    }
}

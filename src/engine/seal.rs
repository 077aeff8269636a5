//! Sealing: effects become an entry's frozen bytes, a link of the chain and a leaf of the tree.

use crate::bank::Effects;
use crate::bank::time::Time;
use crate::tlog::{Frontier, Hash, chain_hash, leaf_hash};
use crate::wire::{Cause, Entry, limits};

/// Where chain and tree stand. Owned by the sequencer.
#[derive(Debug, Clone)]
pub(super) struct Tip {
    previous: Hash,
    frontier: Frontier,
}

/// Entries sealed onto a tip, not yet durable.
pub(super) struct Pending {
    first_index: u64,
    previous: Hash,
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) leaves: Vec<Hash>,
}

/// An entry that would be larger than a leaf may be.
pub(super) struct TooLarge {
    pub(super) bytes: usize,
}

impl Tip {
    pub(super) fn new(previous: Hash, frontier: Frontier) -> Self {
        Tip { previous, frontier }
    }

    pub(super) fn into_parts(self) -> (Hash, Frontier) {
        (self.previous, self.frontier)
    }

    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(super) fn root(&self) -> Hash {
        self.frontier.root()
    }

    pub(super) fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    pub(super) fn pending(&self) -> Pending {
        Pending { first_index: self.size(), previous: self.previous, entries: Vec::new(), leaves: Vec::new() }
    }

    /// Moves on to a batch that is durable.
    pub(super) fn advance(&mut self, pending_previous: Hash, after: Frontier) {
        self.previous = pending_previous;
        self.frontier = after;
    }
}

impl Pending {
    /// The position that the next entry takes.
    pub(super) fn next_index(&self) -> u64 {
        self.first_index + self.entries.len() as u64
    }

    pub(super) fn first_index(&self) -> u64 {
        self.first_index
    }

    /// Chain hash of the newest entry.
    pub(super) fn previous(&self) -> Hash {
        self.previous
    }

    /// Freezes one more entry and answers its effects; where it is too large nothing is sealed.
    pub(super) fn seal(&mut self, time: Time, cause: Cause, effects: Effects) -> Result<Effects, TooLarge> {
        let index = self.next_index();
        let entry = Entry { index, previous: *self.previous.as_bytes(), time, cause, effects };
        let (bytes, effects) = entry.freeze();
        if bytes.len() > limits::ENTRY_BYTES_MAX {
            return Err(TooLarge { bytes: bytes.len() });
        }
        self.previous = chain_hash(&bytes);
        self.leaves.push(leaf_hash(&bytes));
        self.entries.push(bytes);
        Ok(effects)
    }
}

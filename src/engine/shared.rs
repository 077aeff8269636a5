//! What every part of a running engine shares: durable state, what was published, and where things lie.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{RwLock, watch};

use crate::bank::Bank;
use crate::bank::time::Time;
use crate::documents::Documents;
use crate::journal::JournalReader;
use crate::planted::{self, Bug};
use crate::tlog::{Subtree, leaf_hash};
use crate::wire::limits;

use super::clock::Clock;
use super::counters::Counters;
use super::hashes::Hashes;
use super::pins::Pins;
use super::{Published, Unavailable, View};

/// One for each engine. The sequencer alone writes `bank` and `published`.
pub(super) struct Shared {
    pub(super) bank: RwLock<Bank>,
    pub(super) stopped: AtomicBool,
    /// The sequencer came to its end with everything durable.
    pub(super) ended_well: AtomicBool,
    /// A document that the log erased could not be erased: the next start must meet that entry again.
    pub(super) owes_erasures: AtomicBool,
    /// Nothing is written until the disk has room. The sequencer alone changes it.
    pub(super) read_only: AtomicBool,
    /// Whether the sequencer has a disk to look at.
    pub(super) watches_room: bool,
    pub(super) published: watch::Sender<Published>,
    pub(super) journal: Arc<dyn JournalReader>,
    pub(super) hashes: Hashes,
    pub(super) documents: Documents,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) origin: String,
    pub(super) vkey: String,
    pub(super) pins: Pins,
    pub(super) counters: Counters,
}

impl Shared {
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.read_only.load(Ordering::Acquire)
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    pub(super) fn has_ended_well(&self) -> bool {
        self.ended_well.load(Ordering::Acquire)
    }

    pub(super) fn owes_erasures(&self) -> bool {
        self.owes_erasures.load(Ordering::Acquire)
    }

    /// The clock, never before the newest entry. A clock beyond what an entry may say is as good as none: an
    /// entry of that time could not be read back.
    pub(super) fn now(&self, bank: &Bank) -> Time {
        let now = self.clock.now();
        if planted::is(Bug::ClockGoesBack) {
            return now;
        }
        if now.0 < limits::TIME_MS_END { now.max(bank.time()) } else { bank.time() }
    }

    pub(super) async fn read<R>(&self, look: impl FnOnce(&View) -> R) -> Result<R, Unavailable> {
        let bank = self.bank.read().await;
        if self.is_stopped() {
            return Err(Unavailable);
        }
        let size = self.published.borrow().size;
        let now = self.now(&bank);
        Ok(look(&View { bank: &bank, size, now }))
    }

    pub(super) fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, Unavailable> {
        // Its leaf in the tree vouches for its bytes: nearly always the batch around it need not be read.
        let leaf = Subtree::new(0, index).and_then(|leaf| self.hashes.get(leaf));
        let read = match leaf {
            Some(leaf) => self.journal.entry_known_by(index, &|bytes| leaf_hash(bytes) == leaf),
            None => self.journal.entry(index),
        };
        read.map_err(|error| {
            tracing::error!(%error, index, "reading an entry back");
            Unavailable
        })
    }
}

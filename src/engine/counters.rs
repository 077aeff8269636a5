//! What a running engine counts, for operators. One struct for each engine, atomics only: the hot path pays a few
//! additions, and nobody waits for whoever reads. Counts begin anew with the process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{EngineState, SubmitError, Submitted};
use crate::bank::Refusal;

/// Reasons beside the bank's own.
const OTHER_REASONS: [&str; 6] =
    ["ENVELOPE", "DOCUMENT_MISSING", "PIN_MALFORMED", "TOO_MANY_TRIES", "BUSY", "DISK_FULL"];

/// Upper ends of a histogram's buckets, in microseconds; one more bucket has all above.
const ENDS_US: [u64; 14] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];

/// Counts of one engine.
pub(super) struct Counters {
    written: AtomicU64,
    repeated: AtomicU64,
    failed: AtomicU64,
    /// As [`Refusal::REASONS`], then [`OTHER_REASONS`].
    refused: Box<[AtomicU64]>,
    batches: AtomicU64,
    entries: AtomicU64,
    append: Histogram,
    sync: Histogram,
}

#[derive(Default)]
struct Histogram {
    buckets: [AtomicU64; ENDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    fn observe(&self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let bucket = ENDS_US.partition_point(|end| *end < us);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    fn times(&self) -> Times {
        let mut count = 0;
        let mut upto = |bucket: &AtomicU64| {
            count += bucket.load(Ordering::Relaxed);
            count
        };
        let counts: Vec<u64> = self.buckets.iter().map(&mut upto).collect();
        let ends = ENDS_US.iter().map(|us| Duration::from_micros(*us));
        Times {
            buckets: ends.zip(counts).collect(),
            count,
            sum: Duration::from_micros(self.sum_us.load(Ordering::Relaxed)),
        }
    }
}

impl Counters {
    pub(super) fn new() -> Counters {
        let reasons = Refusal::REASONS.len() + OTHER_REASONS.len();
        Counters {
            written: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            refused: (0..reasons).map(|_| AtomicU64::new(0)).collect(),
            batches: AtomicU64::new(0),
            entries: AtomicU64::new(0),
            append: Histogram::default(),
            sync: Histogram::default(),
        }
    }

    /// A command was answered.
    pub(super) fn answered(&self, answer: &Result<Submitted, SubmitError>) {
        let counter = match answer {
            Ok(Submitted { repeated: false, .. }) => &self.written,
            Ok(Submitted { repeated: true, .. }) => &self.repeated,
            Err(SubmitError::Stopped) => &self.failed,
            Err(SubmitError::Refused(refusal)) => self.refused_for(refusal.reason()),
            Err(SubmitError::Envelope(_)) => self.refused_for("ENVELOPE"),
            Err(SubmitError::DocumentMissing { .. }) => self.refused_for("DOCUMENT_MISSING"),
            Err(SubmitError::PinMalformed) => self.refused_for("PIN_MALFORMED"),
            Err(SubmitError::TooManyTries { .. }) => self.refused_for("TOO_MANY_TRIES"),
            Err(SubmitError::Busy) => self.refused_for("BUSY"),
            Err(SubmitError::DiskFull) => self.refused_for("DISK_FULL"),
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn refused_for(&self, reason: &str) -> &AtomicU64 {
        let at = reasons().position(|known| known == reason);
        // Every reason is in one of the two lists; one that is not would count as a failure.
        at.and_then(|at| self.refused.get(at)).unwrap_or(&self.failed)
    }

    /// A batch became durable: its entries, the whole append, and the sync in it where there is one.
    pub(super) fn appended(&self, entries: usize, append: Duration, sync: Option<Duration>) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.entries.fetch_add(entries as u64, Ordering::Relaxed);
        self.append.observe(append);
        if let Some(sync) = sync {
            self.sync.observe(sync);
        }
    }

    /// What was counted; the rest is for the engine to fill in.
    pub(super) fn figures(&self, state: EngineState) -> Figures {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            state,
            written: load(&self.written),
            repeated: load(&self.repeated),
            failed: load(&self.failed),
            refused: reasons().zip(self.refused.iter().map(load)).collect(),
            batches: load(&self.batches),
            entries: load(&self.entries),
            append: self.append.times(),
            sync: self.sync.times(),
            tree_size: 0,
            queue_length: 0,
            queue_capacity: 0,
            index_lag: 0,
            index_is_ailing: false,
        }
    }
}

fn reasons() -> impl Iterator<Item = &'static str> {
    Refusal::REASONS.iter().copied().chain(OTHER_REASONS)
}

/// How long something took, each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// How often it took at most so long: ends in order, counts that never fall.
    pub buckets: Vec<(Duration, u64)>,
    /// How often in all.
    pub count: u64,
    /// How long in all.
    pub sum: Duration,
}

/// What an engine counted since it started, and how it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Whether it takes commands.
    pub state: EngineState,
    /// Commands that became entries.
    pub written: u64,
    /// Commands that had been written before.
    pub repeated: u64,
    /// Commands whose outcome is unknown: the engine stopped.
    pub failed: u64,
    /// Commands that were refused, by reason; every reason is there.
    pub refused: Vec<(&'static str, u64)>,
    /// Batches that became durable.
    pub batches: u64,
    /// Entries in them.
    pub entries: u64,
    /// Appends: the write and the sync of a batch.
    pub append: Times,
    /// The sync of a batch alone; empty where the journal is not in files.
    pub sync: Times,
    /// Entries in the log.
    pub tree_size: u64,
    /// Commands that wait for the sequencer.
    pub queue_length: usize,
    /// Commands that may wait.
    pub queue_capacity: usize,
    /// Entries that the index has not yet.
    pub index_lag: u64,
    /// The index is not to be had: history is not answered, and it is tried again.
    pub index_is_ailing: bool,
}

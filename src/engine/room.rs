//! The room on the journal's disk. Below a reserve the engine writes nothing, by its own decision and before any
//! write could fail: commands are refused, reads go on, and when there is room again it goes on by itself. An
//! append that finds no room all the same has an unknown outcome, and stops the engine like any other failure.

use std::time::{Duration, Instant};

use crate::journal::Journal;

/// The bytes that stay free unless told otherwise: 64 MiB, twice the longest batch.
pub const DISK_RESERVE_DEFAULT: u64 = 64 << 20;

/// How long one look at the disk is good for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How an engine is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Bytes that must be free on the journal's file system; with less nothing is written. 0: never looked at.
    pub disk_reserve: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options { disk_reserve: DISK_RESERVE_DEFAULT }
    }
}

/// The sequencer's own watch over the room.
pub(super) struct Room {
    reserve: u64,
    looked: Option<Instant>,
    /// Bytes of entries written since then.
    written: u64,
    is_low: bool,
}

impl Room {
    pub(super) fn new(options: &Options) -> Room {
        Room { reserve: options.disk_reserve, looked: None, written: 0, is_low: false }
    }

    /// Whether this journal can be asked at all.
    pub(super) fn is_watched(&self, journal: &dyn Journal) -> bool {
        self.reserve > 0 && matches!(journal.room(), Ok(Some(_)))
    }

    /// Whether less than the reserve is free. Asks the disk when the last answer is old, or when an eighth of the
    /// reserve was written since.
    pub(super) fn is_low(&mut self, journal: &dyn Journal) -> bool {
        let is_fresh = self.looked.is_some_and(|looked| looked.elapsed() < LOOK_EVERY);
        if self.reserve == 0 || is_fresh && self.written < self.reserve / 8 {
            return self.is_low;
        }
        self.looked = Some(Instant::now());
        self.written = 0;
        match journal.room() {
            Ok(room) => {
                let is_low = room.is_some_and(|room| room < self.reserve);
                let (free, reserve) = (room.unwrap_or_default(), self.reserve);
                match (self.is_low, is_low) {
                    (false, true) => tracing::error!(free, reserve, "the disk is nearly full: read-only"),
                    (true, false) => {
                        tracing::info!(free, reserve, "the disk has room: commands are taken again")
                    }
                    _ => {}
                }
                self.is_low = is_low;
            }
            // The append will tell.
            Err(error) => tracing::warn!(%error, "the free room of the journal's disk cannot be told"),
        }
        self.is_low
    }

    /// So many bytes of entries were written.
    pub(super) fn wrote(&mut self, bytes: u64) {
        self.written = self.written.saturating_add(bytes);
    }
}

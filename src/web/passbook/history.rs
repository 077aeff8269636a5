//! Reads a household's history from the log, newest first, as far back as a page needs and no further.
//!
//! The index says which entries concern the household; what they say is read from the journal and decoded.
//! Runs of entries are read on a thread that may block, so that an old book holds up nobody else.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::history::outcome;
use crate::bank::ids::HouseholdId;
use crate::bank::time::Time;
use crate::bank::words::{State, Unit};
use crate::engine::{Engine, HistoryKind, Unavailable};
use crate::wire::Outcome;

use super::past::{Moved, Past};
use super::slips::Slips;

/// Entries read in one run.
const RUN: usize = 64;
/// Entries read for one page at most: a bound on what a request costs. A book that has more in a year says so
/// where it matters, and its older lines are on the next page.
pub(super) const ENTRIES_MAX: usize = 4_096;
/// Entries of one declaration that are looked through for what it is about: no case has more steps.
const CASE_ENTRIES_MAX: usize = 256;

/// How far back to read: until all of these are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Entries below this.
    pub before: u64,
    /// This many lines of the book.
    pub lines: usize,
    /// Everything since this time.
    pub since: Time,
    /// This many open disputes.
    pub disputes: usize,
}

/// A credit that is being disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Disputed {
    /// Its declaration or sheet.
    pub declaration: u64,
    /// Points that were credited.
    pub points: i64,
    /// Since when.
    pub since: Time,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Entries, newest first.
    pub pasts: Vec<Past>,
    /// What their declarations are about.
    pub slips: Slips,
    /// When the score moved before it did in a line: by the index of that earlier entry.
    pub times: BTreeMap<u64, Time>,
    /// Reading ended at [`ENTRIES_MAX`], with less than was wanted.
    pub cut: bool,
    lines: usize,
    /// Declarations whose newest state was seen.
    seen: BTreeSet<u64>,
    /// Rows whose newest state is a dispute.
    pub disputes: Vec<Disputed>,
    reached: Option<Time>,
}

impl History {
    /// Takes the next older entry in.
    pub(super) fn take(&mut self, past: Past) {
        self.lines += usize::from(past.is_line());
        for moved in past.moved() {
            if self.seen.insert(moved.declaration) && moved.state == State::Disputed {
                let Moved { declaration, points, .. } = moved;
                self.disputes.push(Disputed { declaration, points, since: past.time });
            }
        }
        self.reached = Some(past.time);
        self.slips.learn(&past);
        self.times.insert(past.index, past.time);
        self.pasts.push(past);
    }

    /// Whether all that is wanted was read.
    pub(super) fn is_enough(&self, wanted: &Wanted) -> bool {
        self.lines >= wanted.lines
            && self.disputes.len() >= wanted.disputes
            && self.reached.is_some_and(|reached| reached < wanted.since)
    }

    /// Whether everything since a time was read.
    pub(super) fn reaches(&self, since: Time) -> bool {
        !self.cut || self.reached.is_some_and(|reached| reached < since)
    }

    /// Earlier postings of the score that lines rest on and that were not read.
    fn unread_score(&self) -> Vec<u64> {
        let earlier = |past: &Past| past.posting(Unit::Score)?.account_previous_index;
        let missing = self.pasts.iter().filter_map(earlier);
        missing.filter(|index| !self.times.contains_key(index)).collect()
    }
}

/// Reads as much as is wanted.
///
/// # Errors
///
/// [`Unavailable`]: the index is behind or an entry cannot be read back.
pub(super) async fn read(
    engine: &Engine,
    household: HouseholdId,
    wanted: &Wanted,
) -> Result<History, Unavailable> {
    let mut history = History::default();
    let mut before = wanted.before;
    'runs: loop {
        let id = household.to_bytes();
        let run = engine.history(HistoryKind::Household, &id, Some(before), RUN).await?;
        let Some(oldest) = run.last().copied() else { break };
        for past in entries(engine, household, run).await? {
            history.take(past);
            if history.is_enough(wanted) {
                break 'runs;
            }
            if history.pasts.len() == ENTRIES_MAX {
                history.cut = true;
                break 'runs;
            }
        }
        before = oldest;
    }
    // Declarations filed before the oldest entry that was read: few, at the end of a page.
    for number in history.slips.unknown(&history.pasts) {
        let id = number.to_be_bytes();
        let run = engine.history(HistoryKind::Declaration, &id, None, CASE_ENTRIES_MAX).await?;
        for past in entries(engine, household, run).await? {
            history.slips.learn(&past);
        }
    }
    for past in entries(engine, household, history.unread_score()).await? {
        history.times.insert(past.index, past.time);
    }
    Ok(history)
}

/// Reads these entries, in this order.
async fn entries(
    engine: &Engine,
    household: HouseholdId,
    indexes: Vec<u64>,
) -> Result<Vec<Past>, Unavailable> {
    if indexes.is_empty() {
        return Ok(Vec::new());
    }
    let engine = engine.clone();
    let read = tokio::task::spawn_blocking(move || {
        indexes.into_iter().map(|index| entry(&engine, household, index)).collect()
    });
    read.await.unwrap_or_else(|error| {
        tracing::error!(%error, "reading a household's history");
        Err(Unavailable)
    })
}

fn entry(engine: &Engine, household: HouseholdId, index: u64) -> Result<Past, Unavailable> {
    // The tree vouches for the bytes, so that how they are spelled need not be looked at: most of a page's time, once.
    match outcome(engine, index) {
        Ok(Outcome { index, time, effects, .. }) => Ok(Past::of(index, time, effects, household)),
        Err(error) => {
            tracing::error!(index, ?error, "an entry of a household's history cannot be read");
            Err(Unavailable)
        }
    }
}

//! The record of a branch's committee and of those around it: how many rows were approved, refused, objected to, and
//! found late at which stage, this month and since the branch opened. Counted as entries are applied, for a state
//! without history.

use serde::{Deserialize, Serialize};

use super::time::{Day, Month};
use super::words::State;

/// Counts of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Approved by a quorum.
    pub approved: u64,
    /// Refused, by the liaison, the committee or the clock.
    pub refused: u64,
    /// Objected to on notice, or disputed after.
    pub objected: u64,
    /// Credited, or taken effect.
    pub credited: u64,
    /// Voided after they had been approved.
    pub voided: u64,
    /// Reviews found late for the first time.
    pub late_reviews: u64,
    /// Decisions found late.
    pub late_decisions: u64,
    /// Rulings found late.
    pub late_rulings: u64,
}

/// A branch's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Record {
    /// Since the branch opened.
    pub total: Counts,
    month: u32,
    in_month: Counts,
}

impl Record {
    /// Of this day's month.
    pub fn month(&self, today: Day) -> Counts {
        if Month(self.month) == today.month() { self.in_month } else { Counts::default() }
    }

    /// Counts in both.
    fn count(&mut self, today: Day, count: impl Fn(&mut Counts)) {
        if Month(self.month) != today.month() {
            (self.month, self.in_month) = (today.month().0, Counts::default());
        }
        count(&mut self.total);
        count(&mut self.in_month);
    }

    /// A row moved; `first` says that it is on notice for the first time.
    pub(super) fn moved(&mut self, today: Day, before: State, after: State, first: bool) {
        match after {
            State::OnNotice if first => self.count(today, |counts| counts.approved += 1),
            State::Refused => self.count(today, |counts| counts.refused += 1),
            State::Objected if before != State::Objected => self.count(today, |counts| counts.objected += 1),
            State::Credited => self.count(today, |counts| counts.credited += 1),
            State::Voided => self.count(today, |counts| counts.voided += 1),
            _ => {}
        }
    }

    /// A credit is disputed.
    pub(super) fn disputed(&mut self, today: Day) {
        self.count(today, |counts| counts.objected += 1);
    }

    /// A row's stage was found late for the first time.
    pub(super) fn late(&mut self, today: Day, stage: State) {
        match stage {
            State::Submitted => self.count(today, |counts| counts.late_reviews += 1),
            State::Endorsed => self.count(today, |counts| counts.late_decisions += 1),
            State::Objected => self.count(today, |counts| counts.late_rulings += 1),
            _ => {}
        }
    }
}

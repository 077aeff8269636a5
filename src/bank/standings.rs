//! What households earned this month and this year, and the board's standings of those who agreed to stand there.
//!
//! Earned is what good deeds brought in, before anything of it went towards a debt, and less what rulings took back of
//! credits of the same month or year. Spending takes nothing off. A sum is never told of a household that did not
//! agree: such households are counted.

use serde::{Deserialize, Serialize};

use super::Bank;
use super::household::Household;
use super::ids::{Branch, HouseholdId};
use super::refusal::Refusal;
use super::time::{Day, Month, Time};

/// Ranks that are shown.
const RANKS: usize = 10;
/// Lines that are shown, where many share a rank.
const LINES_MAX: usize = 30;

/// What one household earned in the newest month in which it did, and in that month's year. A book's record is kept
/// small: beyond two thousand million points the sums stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Earned {
    month: Month,
    in_month: i32,
    in_year: i32,
}

impl Earned {
    pub(super) const NOTHING: Earned = Earned { month: Month(0), in_month: 0, in_year: 0 };

    fn add(&mut self, today: Day, points: i64) {
        self.in_month = sum(self.month(today), points);
        self.in_year = sum(self.year(today), points);
        self.month = today.month();
    }

    pub(super) fn month(&self, today: Day) -> i64 {
        if self.month == today.month() { self.in_month.into() } else { 0 }
    }

    pub(super) fn year(&self, today: Day) -> i64 {
        if self.month.0 / 12 == today.month().0 / 12 { self.in_year.into() } else { 0 }
    }
}

fn sum(points: i64, more: i64) -> i32 {
    points.saturating_add(more).clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// The first entries of the running month and year: what was credited before them was credited in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Periods {
    month: u32,
    month_from: u64,
    year: u16,
    year_from: u64,
}

impl Periods {
    /// Hears of every entry.
    pub(super) fn pass(&mut self, index: u64, time: Time) {
        let today = time.day();
        if self.month != today.month().0 {
            (self.month, self.month_from) = (today.month().0, index);
        }
        if self.year != today.year() {
            (self.year, self.year_from) = (today.year(), index);
        }
    }
}

/// One line of the standings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its rank, from 1; equal points share one, and the next one is as many further.
    pub rank: usize,
    /// Who: one that agreed.
    pub household: HouseholdId,
    /// Points earned.
    pub points: i64,
}

/// A branch's standings on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standings {
    /// This month's, the first ten ranks.
    pub month: Vec<Place>,
    /// This year's, likewise.
    pub year: Vec<Place>,
    /// Open books that agreed.
    pub agreed: u64,
    /// Open books that earned something this year and did not agree.
    pub unnamed: u64,
}

impl Bank {
    /// The standings of a branch on a day. Walks the branch's households.
    ///
    /// # Errors
    ///
    /// [`Refusal::BranchUnknown`].
    pub fn standings(&self, branch: Branch, today: Day) -> Result<Standings, Refusal> {
        self.branch(branch)?;
        let (mut month, mut year) = (Vec::new(), Vec::new());
        let mut standings = Standings::default();
        for (id, book) in self.households_of(branch, None).filter(|(_, book)| !book.closed) {
            let (in_month, in_year) = (book.earned.month(today), book.earned.year(today));
            if !book.standings {
                standings.unnamed += u64::from(in_year > 0);
                continue;
            }
            standings.agreed += 1;
            month.push((in_month, id));
            year.push((in_year, id));
        }
        (standings.month, standings.year) = (ranked(month), ranked(year));
        Ok(standings)
    }

    /// What a household earned in this day's month and year.
    ///
    /// # Errors
    ///
    /// [`Refusal::HouseholdUnknown`].
    pub fn earned(&self, id: HouseholdId, today: Day) -> Result<(i64, i64), Refusal> {
        Ok(self.household(id)?.earned_on(today))
    }

    pub(super) fn apply_earned(&mut self, id: HouseholdId, points: i64) {
        let today = self.time.day();
        self.book(id).earned.add(today, points);
    }

    /// A ruling took points of an old credit back: they come off the month and the year in which they were credited,
    /// where those still run.
    pub(super) fn apply_unearned(&mut self, id: HouseholdId, points: i64, credited_by: u64) {
        let Periods { month_from, year_from, .. } = self.periods;
        let earned = &mut self.book(id).earned;
        if credited_by >= year_from {
            earned.in_year = sum(earned.in_year.into(), -points);
        }
        if credited_by >= month_from {
            earned.in_month = sum(earned.in_month.into(), -points);
        }
    }
}

impl Household {
    /// What it earned in this day's month and year.
    pub fn earned_on(&self, today: Day) -> (i64, i64) {
        (self.earned.month(today), self.earned.year(today))
    }
}

/// The first ranks of those who earned anything.
fn ranked(mut earned: Vec<(i64, HouseholdId)>) -> Vec<Place> {
    earned.retain(|(points, _)| *points > 0);
    earned.sort_by_key(|(points, id)| (std::cmp::Reverse(*points), *id));
    let mut places: Vec<Place> = Vec::new();
    for (at, (points, household)) in earned.into_iter().enumerate().take(LINES_MAX) {
        let shared = places.last().filter(|last| last.points == points).map(|last| last.rank);
        let rank = shared.unwrap_or(at + 1);
        if rank > RANKS {
            break;
        }
        places.push(Place { rank, household, points });
    }
    places
}

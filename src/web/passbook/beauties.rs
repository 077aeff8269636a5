//! The five beauties: points credited this year, by pillar, and the bars that show them.
//!
//! A deed counts in the year in which it was credited, with what stands of it now: a ruling that took a part
//! back takes it out of the bar too. Deductions are no beauties; they act on the score and are shown there.

use std::collections::{BTreeMap, BTreeSet};

use crate::bank::words::{Pillar, State};
use crate::words::Lang;

use super::past::Past;

/// Width of the longest bar, in the drawing's units.
const WIDTH: i64 = 100;
/// The shortest bar that can be told from none.
const WIDTH_MIN: i64 = 2;

/// One bar of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bar {
    /// Name of the pillar.
    pub name: &'static str,
    /// Points.
    pub points: i64,
    /// Width, 0 to 100.
    pub width: i64,
    /// Number of the pillar, 1 to 5: the stylesheet's colour.
    pub number: i32,
}

/// The chart of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chart {
    /// The year.
    pub year: u16,
    /// Five bars, in the order of the catalogue.
    pub bars: Vec<Bar>,
    /// Points of all five.
    pub total: i64,
}

/// Points of a year by pillar, from entries newest first that reach back to the year's beginning.
pub(super) fn earned(
    pasts: &[Past],
    year: u16,
    pillar: impl Fn(u64) -> Option<Pillar>,
) -> BTreeMap<Pillar, i64> {
    // What stands of each credit by its newest entry, and which credits are of this year.
    let mut stands: BTreeMap<u64, i64> = BTreeMap::new();
    let mut of_year: BTreeSet<u64> = BTreeSet::new();
    for past in pasts.iter().take_while(|past| past.time.day().year() >= year) {
        for moved in past.moved() {
            match moved.state {
                State::Credited | State::Reversed => {
                    stands.entry(moved.declaration).or_insert(moved.points);
                    if !past.is_ruling_on(moved.declaration) {
                        of_year.insert(moved.declaration);
                    }
                }
                State::Submitted
                | State::Returned
                | State::Endorsed
                | State::OnNotice
                | State::Objected
                | State::Refused
                | State::Withdrawn
                | State::Voided
                | State::Disputed => {}
            }
        }
    }
    let mut sums = BTreeMap::new();
    for (number, points) in stands {
        if points > 0
            && of_year.contains(&number)
            && let Some(pillar) = pillar(number)
        {
            *sums.entry(pillar).or_insert(0) += points;
        }
    }
    sums
}

/// The chart of these sums. The longest bar fills the width.
pub(super) fn chart(lang: Lang, year: u16, sums: &BTreeMap<Pillar, i64>) -> Chart {
    let most = sums.values().copied().max().unwrap_or(0).max(1);
    let bar = |pillar: &Pillar| {
        let points = sums.get(pillar).copied().unwrap_or(0);
        let width = if points > 0 { (points * WIDTH / most).max(WIDTH_MIN) } else { 0 };
        Bar { name: lang.name(*pillar), points, width, number: pillar.number() }
    };
    Chart { year, bars: Pillar::ALL.iter().map(bar).collect(), total: sums.values().sum() }
}

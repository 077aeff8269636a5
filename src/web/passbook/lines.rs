//! The lines of the book as a page shows them: one for each entry that moved the household's points or score.

use crate::bank::SCORE_BASE;
use crate::bank::effects::Posting;
use crate::bank::time::Time;
use crate::bank::words::Unit;
use crate::words::Lang;

use super::past::Past;

/// Lines on one page.
pub(super) const LINES: usize = 30;
/// Bytes that the reasons of one page may weigh together once escaped: a page ends early rather than grow
/// past what a weak signal brings.
pub(super) const REASON_BYTES: usize = 8 * 1024;

/// One line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The entry.
    pub index: u64,
    /// Its day.
    pub day: String,
    /// Why.
    pub reason: String,
    /// What moved: points, score, or both.
    pub amounts: Vec<Amount>,
}

/// What moved in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    /// It is the score, not points.
    pub score: bool,
    /// It went down.
    pub down: bool,
    /// `+40 分`.
    pub moved: String,
    /// What stood after it.
    pub balance: i64,
    /// Number of the line in this unit, from 1, without gaps.
    pub sequence: u64,
}

/// A line. `score_before` is the time of the score's posting before this one, where there was one.
pub(super) fn line(lang: Lang, past: &Past, reason: String, score_before: Option<Time>) -> Line {
    let points = past.posting(Unit::Points).map(|posting| shown(lang, posting, posting.amount));
    let score = past.posting(Unit::Score).map(|posting| {
        let year = past.time.day().year();
        let same_year = score_before.is_some_and(|before| before.day().year() == year);
        shown(lang, posting, score_change(posting, same_year))
    });
    let amounts = points.into_iter().chain(score).collect();
    Line { index: past.index, day: lang.day(past.time.day()), reason, amounts }
}

fn shown(lang: Lang, posting: &Posting, moved: i64) -> Amount {
    Amount {
        score: posting.unit == Unit::Score,
        down: moved < 0,
        moved: lang.signed_points(moved),
        balance: posting.balance_after,
        sequence: posting.account_sequence,
    }
}

/// How far the score moved as people count it. Every year begins at 100 without a posting; the year's first
/// posting therefore carries the way back to 100 in its amount, which is no merit and no fault.
fn score_change(posting: &Posting, same_year: bool) -> i64 {
    let before = if same_year { posting.balance_after - posting.amount } else { SCORE_BASE };
    posting.balance_after - before
}

/// How many of these reasons fit on a page; at least one, so that paging always gets on.
pub(super) fn fitting<'a>(reasons: impl IntoIterator<Item = &'a str>) -> usize {
    let mut left = REASON_BYTES;
    let fits = reasons
        .into_iter()
        .take(LINES)
        .take_while(|reason| {
            let weight = weight(reason);
            let fits = weight <= left;
            left = left.saturating_sub(weight);
            fits
        })
        .count();
    fits.max(1)
}

/// Bytes of a text once it is escaped.
pub(super) fn weight(text: &str) -> usize {
    text.bytes().map(|byte| if matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'') { 5 } else { 1 }).sum()
}

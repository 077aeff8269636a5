//! `GET /p/{view token}?month=2026-11`: one month of the book on paper. What stood when the month began, every
//! line of it, oldest first, and what stood when it ended (or stands now); made to be printed on A4.

use askama::Template;

use crate::bank::Bank;
use crate::bank::time::{Day, Month, Time};
use crate::bank::words::Unit;
use crate::engine::Published;
use crate::words::{self, Lang};

use super::history::{History, Wanted};
use super::lines::{self, Line};
use super::page::{Checkpoint, score_before};
use super::past::Past;
use super::standing::Standing;
use super::titles::Book;
use crate::web::stylesheet;

/// Months since year 0 that a statement may be asked for: years 2000 to 9998.
const MONTHS: std::ops::Range<u32> = 2_000 * 12..9_999 * 12;

/// The page.
#[derive(Template)]
#[template(path = "statement.html")]
pub(super) struct Statement {
    stylesheet: String,
    lang: Lang,
    bank: String,
    branch: String,
    household: String,
    number: String,
    month: String,
    now: String,
    /// The month has not ended.
    running: bool,
    /// None where the months since have more entries than one page reads.
    book: Option<MonthBook>,
    /// The months before and after, as the address spells them; none for one that has not begun.
    earlier: String,
    later: Option<String>,
    checkpoint: Checkpoint,
}

/// Points of the month.
struct MonthBook {
    opening: i64,
    /// Points in, points out; both zero or above.
    earned: i64,
    spent: i64,
    closing: i64,
    lines: Vec<Line>,
}

/// Reads `2026-11`.
pub(super) fn read_month(text: &str) -> Option<Month> {
    let (year, month) = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (year, month): (u32, u32) = match is_number(year) && is_number(month) {
        true => (year.parse().ok()?, month.parse().ok()?),
        false => return None,
    };
    let months = year * 12 + month.checked_sub(1).filter(|month| *month < 12)?;
    MONTHS.contains(&months).then_some(Month(months))
}

/// As [`read_month`] reads it.
pub(super) fn month_text(month: Month) -> String {
    format!("{:04}-{:02}", month.0 / 12, month.0 % 12 + 1)
}

/// Midnight at which a month begins.
fn begin(month: Month) -> Time {
    let first = Day::from_ymd((month.0 / 12) as i32, month.0 % 12 + 1, 1);
    first.map_or(Time(i64::MAX), Day::start)
}

/// What this page needs: everything since the month began.
pub(super) fn wanted(standing: &Standing, month: Month) -> Wanted {
    Wanted { before: standing.size, lines: 0, since: begin(month), disputes: 0 }
}

/// Puts the page together.
pub(super) fn compose(
    bank: &Bank,
    lang: Lang,
    standing: &Standing,
    history: &History,
    published: &Published,
    month: Month,
) -> Statement {
    let next = Month(month.0 + 1);
    let this = standing.now.day().month();
    Statement {
        stylesheet: stylesheet::path(),
        lang,
        bank: standing.bank.clone(),
        branch: standing.branch.clone(),
        household: words::sentence(&lang.household(standing.household)),
        number: standing.household.to_string(),
        month: lang.month(month),
        now: lang.time(standing.now),
        running: month >= this,
        book: history.reaches(begin(month)).then(|| month_book(bank, lang, standing, history, month)),
        earlier: month_text(Month(month.0 - 1)),
        later: (next <= this).then(|| month_text(next)),
        checkpoint: Checkpoint::of(published),
    }
}

/// What stood at a moment is what stands now, less what came since.
fn month_book(bank: &Bank, lang: Lang, standing: &Standing, history: &History, month: Month) -> MonthBook {
    let (start, end) = (begin(month), begin(Month(month.0 + 1)));
    let points = |past: &Past| past.posting(Unit::Points).map_or(0, |posting| posting.amount);
    let since =
        |moment: Time| -> i64 { history.pasts.iter().filter(|past| past.time >= moment).map(points).sum() };
    let book = Book { bank, lang, household: standing.household, slips: &history.slips };
    let ours = |past: &&Past| past.is_line() && past.time >= start && past.time < end;
    let pasts: Vec<&Past> = history.pasts.iter().filter(ours).collect();
    let amounts = || pasts.iter().map(|past| points(past));
    let line = |past: &&Past| {
        let reason = words::reason_in(lang, &past.effects, book.household, &book);
        lines::line(lang, past, reason, score_before(history, past))
    };
    MonthBook {
        opening: standing.points - since(start),
        earned: amounts().filter(|amount| *amount > 0).sum(),
        spent: -amounts().filter(|amount| *amount < 0).sum::<i64>(),
        closing: standing.points - since(end),
        lines: pasts.iter().rev().map(line).collect(),
    }
}

//! The passbook page: the words and numbers that its template lays out, from standing and history.

use askama::Template;

use crate::bank::Bank;
use crate::bank::effects::Change;
use crate::bank::time::{Day, Time};
use crate::bank::words::{Ground, ItemKind, State, Unit};
use crate::engine::Published;
use crate::words::{self, Lang, Titles};

use super::beauties::{self, Chart};
use super::history::{Disputed, History};
use super::lines::{self, Line};
use super::past::Past;
use super::people::People;
use super::refusals::{self, Refused};
use super::stages::{self, OpenRow, Ruled, Said, Stage};
use super::standing::Standing;
use super::statement;
use super::titles::Book;
use crate::web::stylesheet;

/// Open declarations that are listed; the rest is counted.
const OPEN_SHOWN: usize = 20;

/// The newest signed tree, short enough to be copied down by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Checkpoint {
    /// Entries.
    pub size: u64,
    /// First 64 bits of the root, in groups of four hexadecimal digits.
    pub root: String,
}

impl Checkpoint {
    /// Of a published tree.
    pub(in crate::web) fn of(published: &Published) -> Checkpoint {
        let root: String = hex::encode(published.root.as_bytes()).chars().take(16).collect();
        let groups: Vec<&str> = (0..root.len()).step_by(4).map(|at| &root[at..at + 4]).collect();
        Checkpoint { size: published.size, root: groups.join(" ") }
    }
}

/// How many eggs the points would buy.
pub(super) struct Eggs {
    /// Whole eggs.
    pub count: i64,
    /// Points of one.
    pub each: i64,
}

/// A lot that lapses soon.
pub(super) struct Lapsing {
    /// Points left in it.
    pub points: i64,
    /// Its last day.
    pub last: String,
    /// How far off that is.
    pub left: String,
}

/// What only the newest page shows.
pub(super) struct Front {
    pub eggs: Option<Eggs>,
    pub lapsing: Vec<Lapsing>,
    /// Open rows, newest first, and how many more there are.
    pub open: Vec<Stage>,
    pub open_more: usize,
    pub refused: Vec<Refused>,
    /// None where the year has more entries than one page reads.
    pub chart: Option<Chart>,
    /// Why the year is vetoed, where history says.
    pub veto_item: Option<String>,
}

/// The page.
#[derive(Template)]
#[template(path = "passbook.html")]
pub(super) struct Page {
    pub stylesheet: String,
    pub lang: Lang,
    pub standing: Standing,
    /// 00012 号户.
    pub household: String,
    pub now: String,
    pub front: Option<Front>,
    /// Whose book it is, where that is known and this is its newest page.
    pub people: Option<People>,
    pub lines: Vec<Line>,
    /// The next page begins below this entry.
    pub older: Option<u64>,
    pub liaison: Option<String>,
    /// This month, as the address of its statement spells it.
    pub month: String,
    /// The village's board.
    pub board: String,
    pub checkpoint: Checkpoint,
}

/// Puts the page together; `newest` is the first page of the book.
pub(super) fn compose(
    bank: &Bank,
    lang: Lang,
    standing: &Standing,
    history: &History,
    published: &Published,
    newest: bool,
) -> Page {
    let book = Book { bank, lang, household: standing.household, slips: &history.slips };
    let (lines, older) = book_lines(history, &book);
    Page {
        stylesheet: stylesheet::path(),
        lang,
        standing: standing.clone(),
        household: words::sentence(&lang.household(standing.household)),
        now: lang.time(standing.now),
        people: None,
        front: newest.then(|| front(standing, history, &book)),
        lines,
        older,
        liaison: standing.liaison.map(|person| lang.person(person)),
        month: statement::month_text(standing.now.day().month()),
        board: format!("/b/{}", standing.household.branch()),
        checkpoint: Checkpoint::of(published),
    }
}

/// Midnight at which a moment's year begins.
pub(super) fn year_start(now: Time) -> Time {
    let first = Day::from_ymd(i32::from(now.day().year()), 1, 1);
    first.map_or(now, Day::start)
}

/// The lines of this page, and where the next begins.
fn book_lines(history: &History, book: &Book) -> (Vec<Line>, Option<u64>) {
    let entries: Vec<&Past> =
        history.pasts.iter().filter(|past| past.is_line()).take(lines::LINES + 1).collect();
    let reasons: Vec<String> =
        entries.iter().map(|past| words::reason_in(book.lang, &past.effects, book.household, book)).collect();
    let count = lines::fitting(reasons.iter().map(String::as_str)).min(entries.len());
    let shown: Vec<Line> = entries
        .iter()
        .zip(reasons)
        .take(count)
        .map(|(past, reason)| lines::line(book.lang, past, reason, score_before(history, past)))
        .collect();
    let older = match (entries.len() > count, history.cut) {
        (true, _) => shown.last().map(|line| line.index),
        // Reading stopped between two lines: the next page goes on from there.
        (false, true) => history.pasts.last().map(|past| past.index),
        (false, false) => None,
    };
    (shown, older)
}

/// When the score moved before it did in this line.
pub(super) fn score_before(history: &History, past: &Past) -> Option<Time> {
    let earlier = past.posting(Unit::Score)?.account_previous_index?;
    history.times.get(&earlier).copied()
}

fn front(standing: &Standing, history: &History, book: &Book) -> Front {
    let (lang, today) = (book.lang, standing.now.day());
    let mut open = standing.open.clone();
    open.extend(disputed(history, book));
    let stage = |row: &OpenRow| {
        let said =
            Said { returned_for: returned_for(history, row.number), ruled: ruled(history, row.number) };
        stages::stage(lang, row, &standing.policy, standing.now, said)
    };
    let since = standing.now.plus_days(-refusals::DAYS);
    let year = today.year();
    Front {
        eggs: standing
            .egg_points
            .map(|each| Eggs { count: standing.points / each, each })
            .filter(|eggs| eggs.count > 0),
        lapsing: standing
            .expiring
            .iter()
            .map(|(last, points)| lapsing(lang, today, *last, *points))
            .collect(),
        open_more: open.len().saturating_sub(OPEN_SHOWN),
        open: open.iter().take(OPEN_SHOWN).map(stage).collect(),
        refused: refusals::refusals(lang, &history.pasts, since, |number| book.slip(number)),
        chart: history.reaches(year_start(standing.now)).then(|| {
            let sums = beauties::earned(&history.pasts, year, |number| book.pillar(number));
            beauties::chart(lang, year, &sums)
        }),
        veto_item: veto_item(history, book, year),
    }
}

fn lapsing(lang: Lang, today: Day, last: Day, points: i64) -> Lapsing {
    Lapsing { points, last: lang.day(last), left: lang.left(today, last) }
}

/// Credits of this household that are disputed: the case has left current state, history tells of it.
fn disputed(history: &History, book: &Book) -> Vec<OpenRow> {
    let row = |disputed: &Disputed| {
        let slip = history.slips.get(disputed.declaration)?;
        Some(OpenRow {
            number: disputed.declaration,
            by_sheet: slip.by_sheet,
            title: book.item(slip.item).unwrap_or_else(|| slip.item.to_string()),
            kind: ItemKind::Deed,
            quantity: slip.quantity,
            deed_date: slip.deed_date,
            state: State::Disputed,
            since: disputed.since,
            until: None,
            points: disputed.points,
            escalated: 0,
            approvals: 0,
            needed: 0,
        })
    };
    history.disputes.iter().filter_map(row).collect()
}

/// Why a declaration was sent back last.
fn returned_for(history: &History, number: u64) -> Option<Ground> {
    history.pasts.iter().flat_map(|past| &past.effects.changes).find_map(|change| match change {
        Change::StateChanged { declaration, state: State::Returned, ground, .. }
            if *declaration == number =>
        {
            *ground
        }
        _ => None,
    })
}

/// How the newest objection to a row on notice ended.
fn ruled(history: &History, number: u64) -> Option<Ruled> {
    let mut pasts = history.pasts.iter();
    let (day, ruling, stands) = pasts.find_map(|past| {
        past.effects.changes.iter().find_map(|change| match change {
            Change::Ruled { declaration, ruling, points, .. } if *declaration == number => {
                Some((past.time.day(), *ruling, *points))
            }
            _ => None,
        })
    })?;
    // The entry before it that objected: what was said, and the points that it was about.
    let objected = pasts.find_map(|past| {
        let changes = &past.effects.changes;
        let ground = changes.iter().find_map(|change| match change {
            Change::Objected { declaration, ground, .. } if *declaration == number => Some(*ground),
            _ => None,
        })?;
        past.moved().find(|moved| moved.declaration == number).map(|moved| (ground, moved.points))
    });
    Some(Ruled {
        ground: objected.map(|(ground, _)| ground),
        day,
        ruling,
        before: objected.map_or(stands, |(_, points)| points),
        stands,
    })
}

/// For which item the year's stars and honours were lost.
fn veto_item(history: &History, book: &Book, of: u16) -> Option<String> {
    history.pasts.iter().flat_map(|past| &past.effects.changes).find_map(|change| match change {
        Change::Vetoed { year, item, .. } if *year == of => book.item(*item),
        _ => None,
    })
}

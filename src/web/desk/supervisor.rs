//! `GET /desk/supervisor`: everything that is on notice in the villages that somebody watches over, deductions too,
//! with an objection in a villager's place; and what was objected to and waits for the head bank's ruling.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::reader::Read;
use crate::access::{Credential, Denial, look};
use crate::bank::authority::Subject;
use crate::bank::ids::Branch;
use crate::bank::words::{Role, State as Stands};
use crate::bank::{Case, Row};
use crate::engine::View;
use crate::words::{Lang, sentence};

use super::super::Web;
use super::super::language::Reading;
use super::super::notice::{Choice, grounds};
use super::super::session::Session;
use super::facts::Facts;
use super::{Frame, shown};

/// Rows of each list on one page.
const SHOWN_MAX: usize = 200;

/// One village that the person watches over.
struct Watch {
    title: String,
    /// On notice, what ends first first.
    notices: Vec<Line>,
    /// Rows on notice beyond those that one page shows.
    more: usize,
    /// Objected to, the oldest first.
    objected: Vec<Line>,
    /// Rows objected to beyond those that one page shows.
    more_objected: usize,
    /// Credits that are disputed, the oldest first.
    disputed: Vec<Disputed>,
}

/// One row of a case.
struct Line {
    facts: Facts,
    /// Names it among the page's parts.
    id: String,
    /// As the command names it; none for a declaration.
    household: Option<String>,
    short: String,
    /// What it comes to: +20 分, 扣 5 分.
    worth: String,
    /// The notice's last day, and the days left.
    until: String,
    /// Since when it waits for a ruling.
    since: String,
    /// Past the days in which a ruling is due.
    late: bool,
}

/// One credit that is disputed.
struct Disputed {
    household: String,
    declaration: u64,
    points: i64,
    since: String,
}

#[derive(Template)]
#[template(path = "supervisor.html")]
struct SupervisorPage {
    frame: Frame,
    key: String,
    watches: Vec<Watch>,
    grounds: Vec<Choice>,
}

/// `GET /desk/supervisor`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    let composed = look(&web.engine, Credential::Key(session.key), |view, reader| {
        let branches = session.branches(Role::Supervisor).into_iter();
        let mine = branches
            .filter(|branch| reader.may(view, Read::ListBranchDeclarations, &Subject::branch(*branch)));
        let watches: Vec<Watch> = mine.filter_map(|branch| watch(view, lang, branch)).collect();
        if watches.is_empty() {
            return Err(Denial::ReadDenied("supervisor of the branch"));
        }
        let (frame, key) = (Frame::of(&web.engine, view, lang), session.key.to_string());
        Ok(SupervisorPage { frame, key, watches, grounds: grounds(lang, true) })
    });
    shown(lang, composed.await, false)
}

fn watch(view: &View, lang: Lang, branch: Branch) -> Option<Watch> {
    let village = view.bank.branch(branch).ok()?;
    let cases = village.cases.iter().filter_map(|number| Some((*number, view.bank.case(*number).ok()?)));
    let rows = cases.flat_map(|(number, case)| case.rows.iter().map(move |row| (number, case, row)));
    let (mut notices, mut objected): (Vec<_>, Vec<_>) = rows
        .filter(|(_, _, row)| matches!(row.state, Stands::OnNotice | Stands::Objected))
        .partition(|(_, _, row)| row.state == Stands::OnNotice);
    notices.sort_by_key(|(number, _, row)| (row.until, *number));
    objected.sort_by_key(|(number, _, row)| (row.since, *number));
    let (more, more_objected) =
        (notices.len().saturating_sub(SHOWN_MAX), objected.len().saturating_sub(SHOWN_MAX));
    let line = |(number, case, row)| line(view, lang, number, case, row);
    let mut disputed: Vec<_> = view.bank.disputes_of(branch).collect();
    disputed.sort_by_key(|(number, _, dispute)| (dispute.since, *number));
    let disputed = disputed.into_iter().map(|(declaration, household, dispute)| Disputed {
        household: sentence(&lang.household(household)),
        declaration,
        points: dispute.points,
        since: lang.day(dispute.since.day()),
    });
    Some(Watch {
        title: village.title.clone(),
        notices: notices.into_iter().take(SHOWN_MAX).map(line).collect(),
        more,
        objected: objected.into_iter().take(SHOWN_MAX).map(line).collect(),
        more_objected,
        disputed: disputed.take(SHOWN_MAX).collect(),
    })
}

fn line(view: &View, lang: Lang, number: u64, case: &Case, row: &Row) -> Line {
    let facts = Facts::of(lang, number, case, view.now, |one| one.household == row.household);
    let last = row.until.map(|until| until.plus_minutes(-1).day());
    let worth = match (row.points, row.earns()) {
        (0, _) => lang.t("不动积分", "moves no points").to_owned(),
        (points, true) => lang.signed_points(points),
        (points, false) => match lang {
            Lang::Zh => format!("扣{} {} 分", lang.name(row.item.unit), points.unsigned_abs()),
            Lang::En => format!("−{} ({})", lang.points(points.abs()), lang.name(row.item.unit)),
        },
    };
    let kind = if case.sheet { lang.t("检查表", "sheet") } else { lang.t("申报", "declaration") };
    Line {
        id: format!("case-{number}-{:05}", row.household.serial()),
        household: case.sheet.then(|| row.household.to_string()),
        short: lang.with_two("{}“{}”", "{}, “{}”", sentence(&lang.household(row.household)), &row.item.title)
            + &lang.with_two("（{} {} 号）", " ({} {})", kind, number),
        worth,
        until: last.map_or(String::new(), |last| {
            lang.with_two(
                "公示到 {}（{}）",
                "on notice until {} ({})",
                lang.month_day(last),
                lang.left(view.now.day(), last),
            )
        }),
        since: lang.day(row.since.day()),
        late: row.escalated > 0,
        facts,
    }
}

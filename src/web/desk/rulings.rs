//! `GET /desk/rulings`: objections and disputes that wait for the head bank, each with its whole story from the log,
//! its evidence, and what a ruling would move. Who may not rule on it is told before anybody signs.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::titles::with_titles;
use crate::access::{Credential, Denial, history, look};
use crate::bank::RULING_DAYS;
use crate::bank::effects::{About, Change};
use crate::bank::ids::{Branch, Digest, HouseholdId, PersonId};
use crate::bank::time::Time;
use crate::bank::words::State as Stands;
use crate::documents::Address;
use crate::engine::View;
use crate::wire::Entry;
use crate::words::{self, Lang, sentence};

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::officer::officer_only;
use super::{Frame, shown};

/// Objections on one page.
const SHOWN_MAX: usize = 50;

/// One objection or dispute, before its story is read.
struct Open {
    number: u64,
    household: HouseholdId,
    branch: String,
    /// Points that stand in dispute; negative for deductions.
    points: i64,
    /// In the book already.
    dispute: bool,
    since: Time,
    /// Why this officer does not rule on it.
    bar: Option<String>,
}

/// The same, with its story.
struct Waiting {
    number: u64,
    household: String,
    /// As a command names it.
    id: String,
    branch: String,
    title: String,
    /// Points (or score) without a sign.
    points: i64,
    deduction: bool,
    dispute: bool,
    left: String,
    late: bool,
    bar: Option<String>,
    /// Who objected and why.
    objections: Vec<String>,
    /// Time and line.
    story: Vec<(String, String)>,
    evidence: Vec<String>,
}

#[derive(Template)]
#[template(path = "rulings.html")]
struct RulingsPage {
    frame: Frame,
    key: String,
    waiting: Vec<Waiting>,
    more: usize,
}

/// `GET /desk/rulings`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    shown(lang, compose(&web, lang, &session).await, false)
}

async fn compose(web: &Web, lang: Lang, session: &Session) -> Result<RulingsPage, Denial> {
    let found = look(&web.engine, Credential::Key(session.key), |view, reader| {
        officer_only(view, reader)?;
        let officer = reader.person().ok_or(Denial::ReadDenied("officer of the head bank"))?;
        Ok((Frame::of(&web.engine, view, lang), open(view, lang, officer), view.size, view.now))
    });
    let (frame, mut open, size, now) = found.await?;
    let more = open.len().saturating_sub(SHOWN_MAX);
    open.truncate(SHOWN_MAX);
    let mut waiting = Vec::with_capacity(open.len());
    for one in open {
        let steps = history::of_declaration(&web.engine, one.number, size).await?;
        waiting.push(told(web, lang, one, &steps, now).await?);
    }
    Ok(RulingsPage { frame, key: session.key.to_string(), waiting, more })
}

/// Everything that waits for a ruling, the oldest first.
fn open(view: &View, lang: Lang, officer: PersonId) -> Vec<Open> {
    let bar = |number, id| {
        let refused = view.bank.ruling_bar(number, id, officer, view.now);
        refused.as_ref().map(|no| words::refusal_in(lang, no))
    };
    let mut open = Vec::new();
    for (_, state) in view.bank.branches(None) {
        for number in state.cases.iter().copied() {
            let Ok(case) = view.bank.case(number) else { continue };
            for row in case.rows.iter().filter(|row| row.state == Stands::Objected) {
                open.push(Open {
                    number,
                    household: row.household,
                    branch: state.title.clone(),
                    points: row.points,
                    dispute: false,
                    since: row.since,
                    bar: bar(number, row.household),
                });
            }
        }
    }
    let title = |branch: Branch| view.bank.branch(branch).map_or(String::new(), |state| state.title.clone());
    open.extend(view.bank.disputes().map(|(number, household, dispute)| Open {
        number,
        household,
        branch: title(household.branch()),
        points: dispute.points,
        dispute: true,
        since: dispute.since,
        bar: bar(number, household),
    }));
    open.sort_by_key(|one| (one.since, one.number, one.household));
    open
}

/// An objection with the lines of the log that are about it.
async fn told(web: &Web, lang: Lang, open: Open, steps: &[Entry], now: Time) -> Result<Waiting, Denial> {
    let Open { number, household, branch, points, dispute, since, bar } = open;
    // Steps that name a declaration only (votes, verdicts) are this one's: they came by its number.
    let concerns = |change: &Change| match change.about(household) {
        About::Household => !is_of_another(change, number),
        About::Declaration(of) => of == number,
        About::Nobody => matches!(change, Change::SheetFiled { .. }),
    };
    let story = with_titles(&web.engine, Some(household.branch()), |titles| {
        let lines = steps.iter().flat_map(|entry| {
            let told = entry.effects.changes.iter().filter(|change| concerns(change));
            told.filter_map(|change| Some((lang.time(entry.time), words::change_in(lang, change, titles)?)))
        });
        let title = item(steps, household).and_then(|code| titles.item(code));
        (lines.collect::<Vec<_>>(), title)
    });
    let (story, title) = story.await?;
    let last = since.plus_days(RULING_DAYS).day();
    Ok(Waiting {
        number,
        household: sentence(&lang.household(household)),
        id: household.to_string(),
        branch,
        title: title.unwrap_or_default(),
        points: points.abs(),
        deduction: points < 0,
        dispute,
        left: lang.left(now.day(), last),
        late: last < now.day(),
        bar,
        objections: objections(lang, steps, number, household),
        story,
        evidence: evidence(steps),
    })
}

/// An entry may credit many declarations at once: those of the same household under another number are others'.
fn is_of_another(change: &Change, number: u64) -> bool {
    match change {
        Change::StateChanged { declaration, .. }
        | Change::Objected { declaration, .. }
        | Change::Ruled { declaration, .. } => *declaration != number,
        Change::LotMoved { .. } | Change::DebtSet { .. } => true,
        _ => false,
    }
}

/// The item of the household's part.
fn item(steps: &[Entry], id: HouseholdId) -> Option<crate::bank::ids::ItemCode> {
    steps.iter().flat_map(|entry| &entry.effects.changes).find_map(|change| match change {
        Change::DeclarationFiled { household, item, .. } if *household == id => Some(*item),
        Change::SheetFiled { rows, .. } => rows.iter().find(|row| row.household == id).map(|row| row.item),
        _ => None,
    })
}

/// Officers are told who objects: whoever rules must know whether they are near them.
fn objections(lang: Lang, steps: &[Entry], number: u64, id: HouseholdId) -> Vec<String> {
    let changes =
        steps.iter().flat_map(|entry| entry.effects.changes.iter().map(|change| (entry.time, change)));
    let said = changes.filter_map(|(time, change)| match change {
        Change::Objected { declaration, household, person, by_household, ground, .. }
            if *declaration == number && *household == id =>
        {
            let who = match (person, by_household) {
                (Some(person), _) => lang.person(*person),
                (None, Some(home)) => lang.household(*home),
                (None, None) => String::new(),
            };
            let said = lang.with_two("{}：{}", "{}: {}", lang.day(time.day()), lang.name(*ground));
            Some(said + &lang.with("（{}）", " ({})", who))
        }
        _ => None,
    });
    said.collect()
}

/// Paths of everything that was shown for it.
fn evidence(steps: &[Entry]) -> Vec<String> {
    let path = |address: &Digest| format!("/desk/document/{}", Address::from_bytes(address.0));
    let shown = steps.iter().flat_map(|entry| &entry.effects.changes).flat_map(|change| match change {
        Change::DeclarationFiled { evidence, .. } | Change::DeclarationResubmitted { evidence, .. } => {
            evidence.iter().map(path).collect()
        }
        Change::SheetFiled { record, .. } => vec![path(record)],
        _ => Vec::new(),
    });
    shown.collect()
}

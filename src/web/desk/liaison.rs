//! `GET /desk/liaison`: the households that somebody is linked to, and the declarations that wait for their verdict,
//! with the days that are left and what the rules would say told before anybody signs.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::reader::Reader;
use crate::access::{Credential, Denial, look};
use crate::bank::ids::{HouseholdId, PersonId};
use crate::bank::words::{Role, State as Stands};
use crate::bank::{Case, Office, Row};
use crate::engine::View;
use crate::words::{self, Lang, sentence};

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::facts::{Facts, Reason, reasons};
use super::{Frame, shown};

/// Declarations on one page.
const SHOWN_MAX: usize = 100;

/// One branch in which the person is a liaison.
struct Round {
    title: String,
    /// Working days in which a review is due.
    days: u32,
    waiting: Vec<Waiting>,
    /// Declarations that wait beyond those that one page shows.
    more: usize,
    homes: Vec<Home>,
}

/// One declaration that waits.
struct Waiting {
    facts: Facts,
    short: String,
    /// Another liaison's household, late by now.
    borrowed: bool,
    /// Why the person cannot give a verdict.
    bar: Option<String>,
}

/// One household of the liaison's.
struct Home {
    name: String,
    points: i64,
    open: u32,
    closed: bool,
}

#[derive(Template)]
#[template(path = "liaison.html")]
struct LiaisonPage {
    frame: Frame,
    key: String,
    rounds: Vec<Round>,
    reasons: Vec<Reason>,
}

/// `GET /desk/liaison`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    let composed = look(&web.engine, Credential::Key(session.key), |view, reader| {
        let person = reader.person().ok_or(Denial::ReadDenied("liaison of the branch"))?;
        let offices = view.bank.offices(person, view.now).filter(|office| office.role == Role::Liaison);
        let rounds: Vec<Round> =
            offices.filter_map(|office| round(view, lang, reader, person, office)).collect();
        if rounds.is_empty() {
            return Err(Denial::ReadDenied("liaison of the branch"));
        }
        let (frame, key) = (Frame::of(&web.engine, view, lang), session.key.to_string());
        Ok(LiaisonPage { frame, key, rounds, reasons: reasons(lang) })
    });
    shown(lang, composed.await, false)
}

fn round(view: &View, lang: Lang, reader: &Reader, person: PersonId, office: &Office) -> Option<Round> {
    let branch = view.bank.branch(office.branch).ok()?;
    let cases = branch.cases.iter().filter_map(|number| Some((*number, view.bank.case(*number).ok()?)));
    let mut found: Vec<(u64, &Case, &Row)> = cases.filter_map(|(number, case)| waits(number, case)).collect();
    // Their own, and those that are late: the table of reads knows both.
    found.retain(|(_, _, row)| reader.sees_row(view, row.household, row.state, row.escalated));
    found.retain(|(_, _, row)| row.escalated > 0 || office.households.contains(&row.household));
    found.sort_by_key(|(number, case, _)| (case.due(), *number));
    let more = found.len().saturating_sub(SHOWN_MAX);
    found.truncate(SHOWN_MAX);
    let waiting = found.into_iter().map(|(number, case, row)| {
        let facts = Facts::of(lang, number, case, view.now, |_| true);
        Waiting {
            short: facts.in_short(lang),
            facts,
            borrowed: !office.households.contains(&row.household),
            bar: view
                .bank
                .verdict_bar(number, person, view.now)
                .as_ref()
                .map(|no| words::refusal_in(lang, no)),
        }
    });
    let mut homes = office.households.clone();
    homes.sort_unstable();
    Some(Round {
        title: branch.title.clone(),
        days: view.bank.policy(office.branch).review_days,
        waiting: waiting.collect(),
        more,
        homes: homes.into_iter().filter_map(|id| home(view, lang, id)).collect(),
    })
}

fn waits(number: u64, case: &Case) -> Option<(u64, &Case, &Row)> {
    let row = case.rows.first().filter(|row| !case.sheet && row.state == Stands::Submitted)?;
    Some((number, case, row))
}

fn home(view: &View, lang: Lang, id: HouseholdId) -> Option<Home> {
    let household = view.bank.household(id).ok()?;
    Some(Home {
        name: sentence(&lang.household(id)),
        points: household.points.balance,
        open: household.open,
        closed: household.closed,
    })
}

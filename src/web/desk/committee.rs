//! `GET /desk/committee`: what waits for a committee member's vote, branch by branch, with everything the rules
//! would say told before anybody signs. `?by=item` groups by item instead of household.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::access::reader::{Read, Reader};
use crate::access::{Credential, Denial, look};
use crate::bank::authority::Subject;
use crate::bank::effects::Account;
use crate::bank::ids::{Branch, PersonId};
use crate::bank::words::{Role, State as Stands, Unit, Vote};
use crate::bank::{Case, Outlook};
use crate::engine::View;
use crate::wire::limits::DECIDE_DECLARATIONS;
use crate::words::{self, Lang, sentence};

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::facts::{Facts, Reason, reasons};
use super::remark::{Conflicts, conflict};
use super::{Frame, shown};

/// How the list is ordered.
#[derive(Deserialize)]
pub(super) struct Ask {
    /// `item`; anything else groups by household.
    by: Option<String>,
}

/// One branch in which the person sits.
struct Meeting {
    title: String,
    /// Points that are left to give.
    budget: i64,
    seated: usize,
    /// Approving votes that decide.
    needed: u32,
    groups: Vec<Group>,
    /// Cases in which the person has a vote now.
    open: usize,
    /// Cases that wait beyond those that one page shows.
    more: usize,
}

/// Cases of one household or one item.
struct Group {
    title: String,
    /// People wrote the title.
    own: bool,
    cases: Vec<Waiting>,
}

/// One case that waits.
struct Waiting {
    facts: Facts,
    short: String,
    /// Why the person cannot vote on it.
    bar: Option<String>,
    /// What would stand in the way of points.
    warnings: Vec<String>,
    /// Points of one unit, least and most, where the vote has to set them.
    range: Option<(u32, u32)>,
    /// Most points that it can take out of the budget.
    most: u64,
    /// Who has voted, and how.
    votes: Vec<String>,
    /// Who has not.
    missing: Vec<String>,
    approvals: usize,
}

#[derive(Template)]
#[template(path = "committee.html")]
struct CommitteePage {
    frame: Frame,
    key: String,
    meetings: Vec<Meeting>,
    by_item: bool,
    reasons: Vec<Reason>,
    at_once: usize,
}

/// `GET /desk/committee`.
pub(super) async fn page(
    State(web): State<Web>,
    Reading(lang): Reading,
    session: Session,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Response {
    let by_item = ask.is_ok_and(|Query(ask)| ask.by.as_deref() == Some("item"));
    let composed = look(&web.engine, Credential::Key(session.key), |view, reader| {
        let person = reader.person().ok_or(Denial::ReadDenied("committee member of the branch"))?;
        let meetings = meetings(view, lang, reader, person, by_item);
        if meetings.is_empty() {
            return Err(Denial::ReadDenied("committee member of the branch"));
        }
        Ok(CommitteePage {
            frame: Frame::of(&web.engine, view, lang),
            key: session.key.to_string(),
            meetings,
            by_item,
            reasons: reasons(lang),
            at_once: *DECIDE_DECLARATIONS.end(),
        })
    });
    shown(lang, composed.await, false)
}

fn meetings(view: &View, lang: Lang, reader: &Reader, person: PersonId, by_item: bool) -> Vec<Meeting> {
    let offices = view.bank.offices(person, view.now).filter(|office| office.role == Role::Committee);
    let branches = offices.map(|office| office.branch);
    let allowed =
        branches.filter(|branch| reader.may(view, Read::ListBranchDeclarations, &Subject::branch(*branch)));
    allowed.filter_map(|branch| meeting(view, lang, branch, person, by_item)).collect()
}

fn meeting(view: &View, lang: Lang, branch: Branch, person: PersonId, by_item: bool) -> Option<Meeting> {
    let state = view.bank.branch(branch).ok()?;
    let seated = view.bank.seated(branch, view.now);
    let budget = view.bank.account(Account::Budget(branch), Unit::Points).balance;
    let waits = |case: &Case| case.rows.iter().any(|row| row.state == Stands::Endorsed);
    let cases = state.cases.iter().filter_map(|number| Some((*number, view.bank.case(*number).ok()?)));
    let mut waiting: Vec<(u64, &Case)> = cases.filter(|(_, case)| waits(case)).collect();
    // What this person can still decide comes first, oldest first; the rest is there to be seen.
    let voted = |case: &Case| case.had_a_hand(person);
    waiting.sort_by_key(|(number, case)| (voted(case), *number));
    let at_once = *DECIDE_DECLARATIONS.end();
    let more = waiting.len().saturating_sub(at_once);
    waiting.truncate(at_once);

    let needed = view.bank.policy(branch).votes_needed(seated.len() as u32);
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut open = 0;
    for (number, case) in waiting {
        let Ok(outlook) = view.bank.outlook(number, person) else { continue };
        open += usize::from(outlook.bar.is_none());
        let (title, own) = heading(lang, case, by_item);
        let group = groups.entry(title.clone()).or_insert_with(|| Group { title, own, cases: Vec::new() });
        group.cases.push(of_case(view, lang, number, case, &outlook, &seated, budget));
    }
    let groups = groups.into_values().collect();
    Some(Meeting { title: state.title.clone(), budget, seated: seated.len(), needed, groups, open, more })
}

/// Whose group a case stands in, and whether people wrote that title. Sheets of many rows are a group of their own.
fn heading(lang: Lang, case: &Case, by_item: bool) -> (String, bool) {
    let Some((first, rest)) = case.rows.split_first() else { return (String::new(), false) };
    let same =
        if by_item { rest.iter().all(|row| row.item.code == first.item.code) } else { rest.is_empty() };
    match (same, by_item) {
        (false, _) => (lang.t("检查表", "Sheets").to_owned(), false),
        (true, true) => (first.item.title.clone(), true),
        (true, false) => (sentence(&lang.household(first.household)), false),
    }
}

fn of_case(
    view: &View,
    lang: Lang,
    number: u64,
    case: &Case,
    outlook: &Outlook,
    seated: &[PersonId],
    budget: i64,
) -> Waiting {
    let facts = Facts::of(lang, number, case, view.now, |row| row.state == Stands::Endorsed);
    let most: u64 = outlook.rows.iter().map(|row| u64::from(row.most)).sum();
    let least: u64 = outlook.rows.iter().map(|row| u64::from(row.least)).sum();
    let range = range(outlook);
    let mut warnings = remarks(lang, outlook, case.sheet);
    let left = u64::try_from(budget).unwrap_or(0);
    if least > left {
        warnings.push(lang.with_two(
            "预算只剩 {} 分，通过至少要 {} 分：拨付预算以前，最后一票投不成。",
            "The budget has {} points left, and this takes {} at least: the last vote will not go through before more is given.",
            left,
            least,
        ));
    } else if most > left {
        warnings.push(lang.with_two(
            "预算只剩 {} 分，打满分要 {} 分。",
            "The budget has {} points left, and the most points would take {}.",
            left,
            most,
        ));
    }
    if range.is_some_and(|(least, most)| least > most) {
        let text = lang.t(
            "各户项目的分值范围不一样，不能一次打分。请文书分开录入。",
            "The items of these households have ranges that do not meet: one number cannot serve all. Let the clerk enter them apart.",
        );
        warnings.push(text.to_owned());
    }
    let votes = case.ballots.iter().map(|ballot| {
        let points = ballot
            .points
            .map_or(String::new(), |points| lang.with("（每份 {} 分）", " ({} points for each)", points));
        let who = sentence(&lang.person(ballot.person));
        lang.with_two("{}：{}", "{}: {}", who, lang.name(ballot.vote)) + &points
    });
    let missing = seated.iter().filter(|seat| !case.ballots.iter().any(|ballot| ballot.person == **seat));
    let missing = missing.map(|seat| match conflict(lang, view, case, *seat) {
        Conflicts::All(why) => {
            lang.with_two("{}（{}，回避）", "{} (stands aside: {})", lang.person(*seat), why)
        }
        Conflicts::Some | Conflicts::None => lang.person(*seat),
    });
    let approvals = case.ballots.iter().filter(|ballot| ballot.vote == Vote::Approve);
    Waiting {
        short: facts.in_short(lang),
        facts,
        bar: outlook.bar.as_ref().map(|no| words::refusal_in(lang, no)),
        warnings,
        range,
        most,
        votes: votes.collect(),
        missing: missing.collect(),
        approvals: approvals.count(),
    }
}

/// The points of one unit that every row takes; none where no row has a choice.
fn range(outlook: &Outlook) -> Option<(u32, u32)> {
    let items = || outlook.rows.iter().map(|row| &row.row.item);
    if items().all(|item| item.points_min == item.points_max) {
        return None;
    }
    let least = items().map(|item| item.points_min).max()?;
    let most = items().map(|item| item.points_max).min()?;
    Some((least, most))
}

/// Caps and conflicts, row by row.
fn remarks(lang: Lang, outlook: &Outlook, sheet: bool) -> Vec<String> {
    let mut remarks = Vec::new();
    for row in &outlook.rows {
        let home = sentence(&lang.household(row.row.household));
        if let Some(why) = row.conflict.filter(|_| sheet) {
            let why = super::remark::why(lang, why);
            remarks.push(lang.with_two(
                "{}：{}，您的票在这一户不算数。",
                "{}: your vote does not count here ({}).",
                &home,
                why,
            ));
        }
        match (&row.over, &row.over_at_most) {
            (Some(over), _) if sheet => {
                remarks.push(lang.with_two(
                    "{}已到封顶，通过时这一户会自动不给分。{}",
                    "{} is at the cap and gets nothing when this is approved. {}",
                    &home,
                    words::refusal_in(lang, over),
                ));
            }
            (Some(over), _) => remarks.push(lang.with(
                "已到封顶，通过不了。{}",
                "The cap is reached, and this cannot be approved. {}",
                words::refusal_in(lang, over),
            )),
            (None, Some(over)) => remarks.push(lang.with(
                "打满分会超过封顶。{}",
                "The most points would go beyond the cap. {}",
                words::refusal_in(lang, over),
            )),
            (None, None) => {}
        }
    }
    remarks
}

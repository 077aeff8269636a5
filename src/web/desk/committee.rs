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
use crate::words::{self, Lang, names};

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::super::session::Session;
use super::Frame;
use super::facts::{Facts, Reason, reasons};
use super::remark::{Conflicts, conflict};

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
    session: Session,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Response {
    let by_item = ask.is_ok_and(|Query(ask)| ask.by.as_deref() == Some("item"));
    let composed = look(&web.engine, Credential::Key(session.key), |view, reader| {
        let person = reader.person().ok_or(Denial::ReadDenied("committee member of the branch"))?;
        let meetings = meetings(view, reader, person, by_item);
        if meetings.is_empty() {
            return Err(Denial::ReadDenied("committee member of the branch"));
        }
        Ok(CommitteePage {
            frame: Frame::of(&web.engine, view, Lang::Zh),
            key: session.key.to_string(),
            meetings,
            by_item,
            reasons: reasons(Lang::Zh),
            at_once: *DECIDE_DECLARATIONS.end(),
        })
    });
    match composed.await {
        Ok(page) => answer::signing_page(&page, false),
        Err(Denial::ReadDenied(_)) => answer::trouble(Trouble::NotYours),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

fn meetings(view: &View, reader: &Reader, person: PersonId, by_item: bool) -> Vec<Meeting> {
    let offices = view.bank.offices(person, view.now).filter(|office| office.role == Role::Committee);
    let branches = offices.map(|office| office.branch);
    let allowed =
        branches.filter(|branch| reader.may(view, Read::ListBranchDeclarations, &Subject::branch(*branch)));
    allowed.filter_map(|branch| meeting(view, branch, person, by_item)).collect()
}

fn meeting(view: &View, branch: Branch, person: PersonId, by_item: bool) -> Option<Meeting> {
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
        let title = heading(case, by_item);
        let group = groups.entry(title.clone()).or_insert_with(|| Group { title, cases: Vec::new() });
        group.cases.push(of_case(view, number, case, &outlook, &seated, budget));
    }
    let groups = groups.into_values().collect();
    Some(Meeting { title: state.title.clone(), budget, seated: seated.len(), needed, groups, open, more })
}

/// Whose group a case stands in. Sheets of many rows are a group of their own.
fn heading(case: &Case, by_item: bool) -> String {
    let Some((first, rest)) = case.rows.split_first() else { return String::new() };
    let same =
        if by_item { rest.iter().all(|row| row.item.code == first.item.code) } else { rest.is_empty() };
    match (same, by_item) {
        (false, _) => "检查表".to_owned(),
        (true, true) => first.item.title.clone(),
        (true, false) => names::household(first.household),
    }
}

fn of_case(
    view: &View,
    number: u64,
    case: &Case,
    outlook: &Outlook,
    seated: &[PersonId],
    budget: i64,
) -> Waiting {
    let facts = Facts::of(Lang::Zh, number, case, view.now, |row| row.state == Stands::Endorsed);
    let most: u64 = outlook.rows.iter().map(|row| u64::from(row.most)).sum();
    let least: u64 = outlook.rows.iter().map(|row| u64::from(row.least)).sum();
    let range = range(outlook);
    let mut warnings = remarks(outlook, case.sheet);
    let left = u64::try_from(budget).unwrap_or(0);
    if least > left {
        warnings.push(format!("预算只剩 {left} 分，通过至少要 {least} 分：拨付预算以前，最后一票投不成。"));
    } else if most > left {
        warnings.push(format!("预算只剩 {left} 分，打满分要 {most} 分。"));
    }
    if range.is_some_and(|(least, most)| least > most) {
        warnings.push("各户项目的分值范围不一样，不能一次打分。请文书分开录入。".to_owned());
    }
    let said = |vote: Vote| names::vote(vote);
    let votes = case.ballots.iter().map(|ballot| {
        let points = ballot.points.map_or(String::new(), |points| format!("（每份 {points} 分）"));
        format!("{}：{}{points}", names::person(ballot.person), said(ballot.vote))
    });
    let missing = seated.iter().filter(|seat| !case.ballots.iter().any(|ballot| ballot.person == **seat));
    let missing = missing.map(|seat| match conflict(Lang::Zh, view, case, *seat) {
        Conflicts::All(why) => format!("{}（{why}，回避）", names::person(*seat)),
        Conflicts::Some | Conflicts::None => names::person(*seat),
    });
    let approvals = case.ballots.iter().filter(|ballot| ballot.vote == Vote::Approve);
    Waiting {
        short: facts.in_short(Lang::Zh),
        facts,
        bar: outlook.bar.as_ref().map(words::refusal),
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
fn remarks(outlook: &Outlook, sheet: bool) -> Vec<String> {
    let mut remarks = Vec::new();
    for row in &outlook.rows {
        let home = names::household(row.row.household);
        if let Some(why) = row.conflict.filter(|_| sheet) {
            let why = super::remark::why(Lang::Zh, why);
            remarks.push(format!("{home}：{why}，您的票在这一户不算数。"));
        }
        match (&row.over, &row.over_at_most) {
            (Some(over), _) if sheet => {
                remarks.push(format!("{home}已到封顶，通过时这一户会自动不给分。{}", words::refusal(over)));
            }
            (Some(over), _) => remarks.push(format!("已到封顶，通过不了。{}", words::refusal(over))),
            (None, Some(over)) => remarks.push(format!("打满分会超过封顶。{}", words::refusal(over))),
            (None, None) => {}
        }
    }
    remarks
}

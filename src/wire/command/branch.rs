//! Commands about the bank and its branches: beginnings, settings, catalogues, budgets.

use crate::bank::command::Body;
use crate::bank::policy::Policy;

use super::super::field::{At, BadField, Problem};
use super::super::parts::{item, policy};
use super::super::pb;
use super::super::{limits, read, text};

pub(super) fn open_bank(at: At, m: &pb::OpenBank) -> Result<Body, BadField> {
    let head = read::parsed(at.name("head_branch"), &m.head_branch)?;
    text::check(at.name("title"), &m.title, limits::BRANCH_TITLE_CHARS_MAX)?;
    let settings = read_policy(at, m.policy.as_ref())?;
    let place = at.name("bounds");
    let bounds = policy::read_bounds(place, read::present(place, m.bounds.as_ref())?)?;
    policy::check_bounds(place, &bounds)?;
    Ok(Body::OpenBank { head, title: m.title.clone(), policy: settings, bounds })
}

pub(super) fn open_branch(at: At, m: &pb::OpenBranch) -> Result<Body, BadField> {
    let branch = read::parsed(at.name("branch"), &m.branch)?;
    text::check(at.name("title"), &m.title, limits::BRANCH_TITLE_CHARS_MAX)?;
    Ok(Body::OpenBranch { branch, title: m.title.clone() })
}

pub(super) fn set_policy(at: At, m: &pb::SetPolicy) -> Result<Body, BadField> {
    let branch = read::optional(at.name("branch"), &m.branch)?;
    let settings = read_policy(at, m.policy.as_ref())?;
    let place = at.name("bounds");
    let bounds = match &m.bounds {
        None => None,
        Some(_) if branch.is_some() => {
            return Err(place.bad(Problem::OnlyFor("the bank's own settings")));
        }
        Some(bounds) => {
            let bounds = policy::read_bounds(place, bounds)?;
            policy::check_bounds(place, &bounds)?;
            Some(bounds)
        }
    };
    Ok(Body::SetPolicy { branch, policy: settings, bounds })
}

/// The `policy` of the message at `at`, within the ranges of the format.
fn read_policy(at: At, message: Option<&pb::Policy>) -> Result<Policy, BadField> {
    let at = at.name("policy");
    let settings = policy::read_policy(at, message)?;
    policy::check_policy(at, &settings)?;
    Ok(settings)
}

pub(super) fn publish_catalogue(at: At, m: &pb::PublishCatalogue) -> Result<Body, BadField> {
    let branch = read::optional(at.name("branch"), &m.branch)?;
    let valid_from = read::parsed(at.name("valid_from"), &m.valid_from)?;
    let place = at.name("items");
    read::count(place, &m.items, limits::ITEMS)?;
    let items = read::list(place, &m.items, |at, message| {
        let item = item::read_item(at, message)?;
        item::check_item(at, &item)?;
        Ok(item)
    })?;
    read::distinct(place, items.iter().map(|item| item.code))?;
    Ok(Body::PublishCatalogue { branch, valid_from, items })
}

pub(super) fn fund_budget(at: At, m: &pb::FundBudget) -> Result<Body, BadField> {
    Ok(Body::FundBudget {
        branch: read::parsed(at.name("branch"), &m.branch)?,
        source: read::word(at.name("source"), m.source)?,
        fen: read::within(at.name("fen"), m.fen, limits::BUDGET_FEN)?,
        points: read::within(at.name("points"), m.points, limits::BUDGET_POINTS)?,
        voucher: read::optional_digest(at.name("voucher"), &m.voucher)?,
    })
}

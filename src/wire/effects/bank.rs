//! Changes of the bank and its branches: beginnings, settings, keys, offices, catalogues, budgets.

use crate::bank::command::{Appoint, Holder};
use crate::bank::effects::Change;

use super::super::field::{At, BadField};
use super::super::parts::{item, policy};
use super::super::pb;
use super::super::pb::key_enrolled::Holder as PbHolder;
use super::super::read;

pub(super) fn bank_opened(at: At, m: &pb::BankOpened) -> Result<Change, BadField> {
    let place = at.name("bounds");
    Ok(Change::BankOpened {
        origin: m.origin.clone(),
        head: read::parsed(at.name("head_branch"), &m.head_branch)?,
        bounds: Box::new(policy::read_bounds(place, read::present(place, m.bounds.as_ref())?)?),
    })
}

pub(super) fn branch_opened(at: At, m: &pb::BranchOpened) -> Result<Change, BadField> {
    let branch = read::parsed(at.name("branch"), &m.branch)?;
    Ok(Change::BranchOpened { branch, title: m.title.clone() })
}

pub(super) fn policy_set(at: At, m: &pb::PolicySet) -> Result<Change, BadField> {
    let bounds = at.name("bounds");
    Ok(Change::PolicySet {
        branch: read::optional(at.name("branch"), &m.branch)?,
        policy: policy::read_policy(at.name("policy"), m.policy.as_ref())?,
        bounds: m.bounds.as_ref().map(|m| policy::read_bounds(bounds, m).map(Box::new)).transpose()?,
    })
}

pub(super) fn key_enrolled(at: At, m: &pb::KeyEnrolled) -> Result<Change, BadField> {
    let key = read::key(at.name("public_key"), &m.public_key)?;
    let holder = match read::present(at.name("holder"), m.holder.as_ref())? {
        PbHolder::Person(id) => Holder::Person(read::parsed(at.name("person"), id)?),
        PbHolder::Terminal(id) => Holder::Terminal(read::parsed(at.name("terminal"), id)?),
    };
    let valid_until = read::optional(at.name("valid_until"), &m.valid_until)?;
    Ok(Change::KeyEnrolled { key, holder, valid_until })
}

pub(super) fn key_revoked(at: At, m: &pb::KeyRevoked) -> Result<Change, BadField> {
    Ok(Change::KeyRevoked { key: read::key(at.name("public_key"), &m.public_key)? })
}

pub(super) fn appointed(at: At, m: &pb::Appointed) -> Result<Change, BadField> {
    Ok(Change::Appointed(Appoint {
        person: read::parsed(at.name("person"), &m.person)?,
        role: read::word(at.name("role"), m.role)?,
        branch: read::parsed(at.name("branch"), &m.branch)?,
        chair: m.chair,
        households: read::list(at.name("households"), &m.households, |at, household| {
            read::parsed(at, household)
        })?,
        valid_until: read::optional(at.name("valid_until"), &m.valid_until)?,
    }))
}

pub(super) fn dismissed(at: At, m: &pb::Dismissed) -> Result<Change, BadField> {
    Ok(Change::Dismissed {
        person: read::parsed(at.name("person"), &m.person)?,
        role: read::word(at.name("role"), m.role)?,
        branch: read::parsed(at.name("branch"), &m.branch)?,
        household: read::optional(at.name("household"), &m.household)?,
    })
}

pub(super) fn catalogue_published(at: At, m: &pb::CataloguePublished) -> Result<Change, BadField> {
    Ok(Change::CataloguePublished {
        branch: read::optional(at.name("branch"), &m.branch)?,
        version: m.version,
        valid_from: read::parsed(at.name("valid_from"), &m.valid_from)?,
        items: read::list(at.name("items"), &m.items, item::read_item)?,
    })
}

pub(super) fn budget_funded(at: At, m: &pb::BudgetFunded) -> Result<Change, BadField> {
    Ok(Change::BudgetFunded {
        branch: read::parsed(at.name("branch"), &m.branch)?,
        source: read::word(at.name("source"), m.source)?,
        fen: m.fen,
        points: m.points,
    })
}

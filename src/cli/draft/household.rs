//! Books are opened and closed, and kin is declared.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Draft, Paper, read_up_to};
use crate::bank::command::Body;
use crate::bank::ids::{HouseholdId, PersonId};
use crate::bank::words::KinRelation;
use crate::cli::failure::Failure;
use crate::cli::value;
use crate::documents::{DocumentKind, SALT_SIZE};

/// A household gets a book.
#[derive(Debug, Args)]
pub struct OpenHousehold {
    /// Its number: branch, "-", 5 digits.
    household: HouseholdId,
    /// Identity document of a member, sealed before it leaves this machine; given again for each member, in
    /// the order of their numbers.
    #[arg(long = "member", value_name = "FILE", required = true)]
    members: Vec<PathBuf>,
    /// The written consent, sealed likewise.
    #[arg(long, value_name = "FILE")]
    consent: PathBuf,
}

impl OpenHousehold {
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        let sealed = |path: &Path, kind: DocumentKind| {
            Paper::sealed(kind, &read_up_to(path, kind.size_max() - SALT_SIZE)?)
        };
        let (mut members, mut papers) = (Vec::new(), Vec::new());
        for path in &self.members {
            let (commitment, paper) = sealed(path, DocumentKind::Identity)?;
            members.push(commitment);
            papers.push(paper);
        }
        let (consent, paper) = sealed(&self.consent, DocumentKind::Record)?;
        papers.push(paper);
        let body = Body::OpenHousehold { household: self.household, members, consent };
        Ok(Draft::with(body, papers))
    }
}

/// A household's book is closed.
#[derive(Debug, Args)]
pub struct CloseHousehold {
    /// Which.
    household: HouseholdId,
    /// The household that takes over the points; without it they lapse.
    #[arg(long)]
    successor: Option<HouseholdId>,
}

impl CloseHousehold {
    pub(super) fn draft(&self) -> Draft {
        Body::CloseHousehold { household: self.household, successor: self.successor }.into()
    }
}

/// Two people are kin.
#[derive(Debug, Args)]
pub struct Kin {
    /// One of them.
    #[arg(long)]
    person: PersonId,
    /// The other.
    #[arg(long)]
    other: PersonId,
    /// How: spouse, parent-child, sibling, collateral or in-law.
    #[arg(long, value_parser = value::kin)]
    relation: KinRelation,
}

impl Kin {
    pub(super) fn draft(&self) -> Draft {
        Body::DeclareKin { person: self.person, other: self.other, relation: self.relation }.into()
    }
}

//! Keys, offices, and the erasing of documents.

use clap::Args;

use super::{Draft, Hand};
use crate::bank::command::{self, Body, Holder};
use crate::bank::ids::{Branch, Digest, HouseholdId, PersonId, TerminalId};
use crate::bank::time::Day;
use crate::bank::words::{ErasureGround, RevocationGround, Role};
use crate::cli::failure::Failure;
use crate::cli::{key_file, value};
use crate::wire::signature::public_key;

/// A key is enrolled.
#[derive(Debug, Args)]
pub struct EnrolKey {
    /// The public key: 64 hexadecimal digits, or a PEM file.
    #[arg(value_name = "KEY")]
    public: String,
    #[command(flatten)]
    holder: HolderArgs,
    /// Last day of validity.
    #[arg(long, value_name = "DATE")]
    until: Option<Day>,
}

/// Whose key it is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct HolderArgs {
    /// The person who holds it.
    #[arg(long)]
    person: Option<PersonId>,
    /// The terminal that holds it.
    #[arg(long)]
    terminal: Option<TerminalId>,
}

impl HolderArgs {
    pub(super) fn holder(&self) -> Result<Holder, Failure> {
        let person = self.person.map(Holder::Person);
        person.or(self.terminal.map(Holder::Terminal)).ok_or_else(|| {
            Failure::usage("要写明 --person 或 --terminal", "name the holder: --person or --terminal")
        })
    }
}

impl EnrolKey {
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        let holder = self.holder.holder()?;
        let key = key_file::public(&self.public)?;
        Ok(Body::EnrolKey { key, holder, valid_until: self.until }.into())
    }
}

/// A key dies.
#[derive(Debug, Args)]
pub struct RevokeKey {
    /// The public key: 64 hexadecimal digits, or a PEM file.
    #[arg(value_name = "KEY")]
    public: String,
    /// Why: lost, stolen or left.
    #[arg(long, value_parser = value::revocation_ground)]
    ground: RevocationGround,
}

impl RevokeKey {
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        Ok(Body::RevokeKey { key: key_file::public(&self.public)?, ground: self.ground }.into())
    }
}

/// A key is replaced.
#[derive(Debug, Args)]
pub struct RotateKey {
    /// The new signing key.
    #[arg(long, value_name = "FILE")]
    new: std::path::PathBuf,
}

impl RotateKey {
    pub(super) fn draft(&self, hand: &Hand) -> Result<Draft, Failure> {
        let old = hand
            .keys
            .first()
            .map(public_key)
            .ok_or_else(|| Failure::usage("要用 --key 给出旧密钥", "give the old key with --key"))?;
        let new = key_file::load(&self.new)?;
        let body = Body::RotateKey { old, new: public_key(&new) };
        Ok(Draft { cosigners: vec![new], ..Draft::from(body) })
    }
}

/// A person takes an office.
#[derive(Debug, Args)]
pub struct Appoint {
    /// Who.
    #[arg(long)]
    person: PersonId,
    /// Which office: proxy, liaison, committee, supervisor, clerk, officer, cashier or auditor.
    #[arg(long, value_parser = value::role)]
    role: Role,
    /// Where.
    #[arg(long)]
    branch: Branch,
    /// Chair of the committee.
    #[arg(long)]
    chair: bool,
    /// A household linked to the liaison or served by the proxy; may be given again.
    #[arg(long = "household", value_name = "HOUSEHOLD")]
    households: Vec<HouseholdId>,
    /// Last day of the term.
    #[arg(long, value_name = "DATE")]
    until: Option<Day>,
}

impl Appoint {
    pub(super) fn draft(&self) -> Draft {
        Body::Appoint(command::Appoint {
            person: self.person,
            role: self.role,
            branch: self.branch,
            chair: self.chair,
            households: self.households.clone(),
            valid_until: self.until,
        })
        .into()
    }
}

/// A person leaves an office.
#[derive(Debug, Args)]
pub struct Dismiss {
    /// Who.
    #[arg(long)]
    person: PersonId,
    /// Which office.
    #[arg(long, value_parser = value::role)]
    role: Role,
    /// Where.
    #[arg(long)]
    branch: Branch,
    /// The household that ends the proxy.
    #[arg(long)]
    household: Option<HouseholdId>,
}

impl Dismiss {
    pub(super) fn draft(&self) -> Draft {
        Body::Dismiss { person: self.person, role: self.role, branch: self.branch, household: self.household }
            .into()
    }
}

/// A document is erased.
#[derive(Debug, Args)]
pub struct Erase {
    /// Its address, 64 hexadecimal digits.
    #[arg(value_parser = value::digest)]
    address: Digest,
    /// Why: requested, retention or mistake.
    #[arg(long, value_parser = value::erasure_ground)]
    ground: ErasureGround,
}

impl Erase {
    pub(super) fn draft(&self) -> Draft {
        Body::Erase { document: self.address, ground: self.ground }.into()
    }
}

//! Objections and rulings.

use clap::Args;

use super::{Draft, Paper};
use crate::bank::command::Body;
use crate::bank::ids::HouseholdId;
use crate::bank::words::{ObjectionGround, Ruling};
use crate::cli::failure::Failure;
use crate::cli::value;

/// An objection.
#[derive(Debug, Args)]
pub struct Object {
    /// Number of the declaration or sheet.
    declaration: u64,
    /// Why, in own words; sealed before it leaves this machine. A word of --ground, alone or before a colon,
    /// is taken as the ground: "favouritism: he is the clerk's brother".
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// not-done, exaggerated, wrong-person, favouritism, duplicate, forged or unjust-deduction; without it the
    /// word that begins --reason, and without that not-done.
    #[arg(long, value_parser = value::objection_ground)]
    ground: Option<ObjectionGround>,
    /// The row of an inspection sheet.
    #[arg(long)]
    household: Option<HouseholdId>,
    /// For what has been credited already: the entry that credited it.
    #[arg(long, value_name = "ENTRY")]
    credited_by: Option<u64>,
}

impl Object {
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        let (ground, statement) = self.ground_and_statement();
        let mut papers = Vec::new();
        let statement = Paper::text(statement, &mut papers)?;
        let body = Body::Object {
            declaration: self.declaration,
            household: self.household,
            ground,
            statement,
            credited_by: self.credited_by,
        };
        Ok(Draft::with(body, papers))
    }

    fn ground_and_statement(&self) -> (ObjectionGround, Option<&str>) {
        let reason = self.reason.trim();
        let (head, rest) = reason.split_once([':', '：']).unwrap_or((reason, ""));
        let (named, statement) = match value::objection_ground(head) {
            Ok(ground) => (Some(ground), rest.trim()),
            Err(_) => (None, reason),
        };
        let ground = self.ground.or(named).unwrap_or(ObjectionGround::NotDone);
        (ground, Some(statement).filter(|text| !text.is_empty()))
    }
}

/// A ruling on an objection.
#[derive(Debug, Args)]
pub struct Rule {
    /// Number of the declaration or sheet.
    declaration: u64,
    #[command(flatten)]
    ruling: RulingArgs,
    /// The row of an inspection sheet.
    #[arg(long)]
    household: Option<HouseholdId>,
    /// The ruling's text, sealed before it leaves this machine.
    #[arg(long, value_name = "TEXT")]
    statement: Option<String>,
}

/// The ruling; exactly one.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct RulingArgs {
    /// The objection fails.
    #[arg(long)]
    dismiss: bool,
    /// The objection holds.
    #[arg(long)]
    uphold: bool,
    /// A part stands: so many points.
    #[arg(long, value_name = "POINTS")]
    partial: Option<u32>,
}

impl Rule {
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        let (ruling, points) = match self.ruling.partial {
            Some(points) => (Ruling::Partial, points),
            None if self.ruling.uphold => (Ruling::Uphold, 0),
            None => (Ruling::Dismiss, 0),
        };
        let mut papers = Vec::new();
        let statement = Paper::text(self.statement.as_deref(), &mut papers)?;
        let body = Body::Rule {
            declaration: self.declaration,
            household: self.household,
            ruling,
            points,
            statement,
        };
        Ok(Draft::with(body, papers))
    }
}

//! What a village shows and hears: a household's publicity, suggestions and their answers.

use clap::Args;

use super::{Desk, Draft, Hand, Paper, household_or_card};
use crate::bank::command::Body;
use crate::bank::ids::{Branch, HouseholdId};
use crate::cli::failure::Failure;
use crate::documents::DocumentKind;

/// Whether a household's points may stand on the board.
#[derive(Debug, Args)]
pub struct Publicity {
    /// Whose book; without it the passbook's.
    #[arg(long)]
    household: Option<HouseholdId>,
    #[command(flatten)]
    choice: Choice,
}

/// One of the two.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Choice {
    /// What was earned may stand among the board's standings, most of the number hidden.
    #[arg(long)]
    standings: bool,
    /// It may not (any more).
    #[arg(long)]
    no_standings: bool,
}

impl Publicity {
    pub(super) async fn draft(&self, desk: &mut impl Desk, hand: &Hand) -> Result<Draft, Failure> {
        let household = household_or_card(self.household, desk, hand).await?;
        Ok(Body::SetPublicity { household, standings: self.choice.standings }.into())
    }
}

/// A suggestion to a village.
#[derive(Debug, Args)]
pub struct Suggest {
    /// Which branch.
    #[arg(long)]
    branch: Branch,
    /// The words, sealed before they leave this machine.
    #[arg(long, value_name = "TEXT")]
    text: String,
}

impl Suggest {
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        let (_, paper) = Paper::sealed(DocumentKind::Text, self.text.as_bytes())?;
        let body = Body::Suggest { branch: self.branch, document: paper.address() };
        Ok(Draft::with(body, vec![paper]))
    }
}

/// The answer to a suggestion.
#[derive(Debug, Args)]
pub struct Answer {
    /// Number of the suggestion: its entry.
    suggestion: u64,
    /// The words, which everybody may read on the board.
    #[arg(long, value_name = "TEXT")]
    text: String,
}

impl Answer {
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        let (_, paper) = Paper::sealed(DocumentKind::Text, self.text.as_bytes())?;
        let body = Body::AnswerSuggestion { suggestion: self.suggestion, document: paper.address() };
        Ok(Draft::with(body, vec![paper]))
    }
}

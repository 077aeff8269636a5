//! The way of a deed: declared, reviewed, decided; taken back or completed.

use std::path::PathBuf;

use clap::Args;

use super::{Desk, Draft, Hand, Paper, day_or_today, evidence, household_or_card, strange_answer};
use crate::bank::command::{self, Body};
use crate::bank::ids::{HouseholdId, ItemCode, PersonId};
use crate::bank::time::Day;
use crate::bank::words::{Channel, Ground, ItemSubject, Verdict, Vote};
use crate::cli::failure::Failure;
use crate::cli::value;
use crate::wire::signature::public_key;

/// A good deed is declared.
#[derive(Debug, Args)]
pub struct Declare {
    /// Whose book; without it the passbook's.
    #[arg(long)]
    household: Option<HouseholdId>,
    /// Member who did it; without it the signer, where the item counts a person's deed.
    #[arg(long)]
    member: Option<u8>,
    /// Item of the catalogue: G01.
    #[arg(long)]
    item: ItemCode,
    /// Units of quantity.
    #[arg(long, default_value_t = 1)]
    quantity: u32,
    /// Day of the deed; without it today.
    #[arg(long, value_name = "DATE")]
    on: Option<Day>,
    /// A photo or paper that shows it; may be given again.
    #[arg(long, value_name = "FILE")]
    evidence: Vec<PathBuf>,
    /// A note, sealed before it leaves this machine.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// How it came: app, terminal or paper.
    #[arg(long, value_parser = value::channel, default_value = "app")]
    channel: Channel,
}

impl Declare {
    pub(super) async fn draft(&self, desk: &mut impl Desk, hand: &Hand) -> Result<Draft, Failure> {
        let household = household_or_card(self.household, desk, hand).await?;
        let deed_date = day_or_today(self.on, desk).await?;
        let member = match self.member {
            Some(member) => member,
            None => self.signer(household, deed_date, desk, hand).await?,
        };
        let (evidence, mut papers) = evidence(&self.evidence)?;
        let note = Paper::text(self.note.as_deref(), &mut papers)?;
        let body = Body::Declare(command::Declare {
            household,
            member,
            item: self.item,
            quantity: self.quantity,
            deed_date,
            evidence,
            note,
            channel: self.channel,
        });
        Ok(Draft::with(body, papers))
    }

    /// The member who signs, where the item counts a person's deed; 0 where it counts the household's. An item
    /// that nobody knows is for the bank to refuse.
    async fn signer(
        &self,
        household: HouseholdId,
        on: Day,
        desk: &mut impl Desk,
        hand: &Hand,
    ) -> Result<u8, Failure> {
        let items = desk.catalogue(household.branch(), on).await?;
        let code = self.item.to_string();
        let item = items.iter().find(|item| item.code == code);
        let of_person = item.is_some_and(|item| item.subject == ItemSubject::Person.number());
        if !of_person {
            return Ok(0);
        }
        for key in &hand.keys {
            let holder = desk.holder(public_key(key)).await?;
            let person = holder.parse::<PersonId>().ok().filter(|it| it.household() == Some(household));
            if let Some(person) = person {
                return Ok(person.member());
            }
        }
        Err(Failure::usage(
            format!("{code} 是按人算的：请用 --member 写明是家里哪一位做的"),
            format!("{code} counts a person's deed: name the member with --member"),
        ))
    }
}

/// A liaison's verdict.
#[derive(Debug, Args)]
pub struct Review {
    /// Number of the declaration.
    declaration: u64,
    #[command(flatten)]
    verdict: VerdictArgs,
    /// A note, sealed before it leaves this machine.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// The verdict; exactly one.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct VerdictArgs {
    /// True and complete: to the committee.
    #[arg(long)]
    endorse: bool,
    /// Incomplete, back to the household: evidence-unclear, evidence-missing, wrong-date …
    #[arg(long = "return", value_name = "REASON", value_parser = value::ground)]
    back: Option<Ground>,
    /// Untrue or not in the catalogue: not-done, wrong-person, duplicate, official-duty, false …
    #[arg(long, value_name = "REASON", value_parser = value::ground)]
    refuse: Option<Ground>,
}

impl Review {
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        let (verdict, ground) = match (self.verdict.back, self.verdict.refuse) {
            (Some(ground), _) => (Verdict::Return, Some(ground)),
            (_, Some(ground)) => (Verdict::Refuse, Some(ground)),
            (None, None) => (Verdict::Endorse, None),
        };
        let mut papers = Vec::new();
        let note = Paper::text(self.note.as_deref(), &mut papers)?;
        let body = Body::Review { declaration: self.declaration, verdict, ground, note };
        Ok(Draft::with(body, papers))
    }
}

/// A committee member's vote.
#[derive(Debug, Args)]
pub struct Decide {
    /// Numbers of declarations or sheets.
    #[arg(required = true, value_name = "DECLARATION")]
    declarations: Vec<u64>,
    #[command(flatten)]
    vote: VoteArgs,
    /// Points for one unit of quantity, where the item has a range.
    #[arg(long, conflicts_with = "refuse")]
    points: Option<u32>,
}

/// The vote; exactly one.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct VoteArgs {
    /// For.
    #[arg(long)]
    approve: bool,
    /// Against, and why.
    #[arg(long, value_name = "REASON", value_parser = value::ground)]
    refuse: Option<Ground>,
}

impl Decide {
    pub(super) fn draft(&self) -> Draft {
        Body::Decide {
            declarations: self.declarations.clone(),
            vote: if self.vote.refuse.is_some() { Vote::Refuse } else { Vote::Approve },
            points: self.points,
            ground: self.vote.refuse,
        }
        .into()
    }
}

/// The household takes it back.
#[derive(Debug, Args)]
pub struct Withdraw {
    /// Number of the declaration.
    declaration: u64,
}

impl Withdraw {
    pub(super) fn draft(&self) -> Draft {
        Body::Withdraw { declaration: self.declaration }.into()
    }
}

/// A returned declaration comes again.
#[derive(Debug, Args)]
pub struct Resubmit {
    /// Number of the declaration.
    declaration: u64,
    /// Units of quantity; without it as before.
    #[arg(long)]
    quantity: Option<u32>,
    /// Day of the deed; without it as before.
    #[arg(long, value_name = "DATE")]
    on: Option<Day>,
    /// Further evidence; may be given again.
    #[arg(long, value_name = "FILE")]
    evidence: Vec<PathBuf>,
    /// A note, sealed before it leaves this machine.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Resubmit {
    pub(super) async fn draft(&self, desk: &mut impl Desk) -> Result<Draft, Failure> {
        let (quantity, deed_date) = match (self.quantity, self.on) {
            (Some(quantity), Some(on)) => (quantity, on),
            (quantity, on) => {
                let before = desk.declaration(self.declaration).await?;
                let row = before.rows.first().ok_or_else(|| strange_answer("declaration without a row"))?;
                let day = before.deed_date.parse().map_err(|_| strange_answer("day of the deed"))?;
                (quantity.unwrap_or(row.quantity), on.unwrap_or(day))
            }
        };
        let (evidence, mut papers) = evidence(&self.evidence)?;
        let note = Paper::text(self.note.as_deref(), &mut papers)?;
        let body = Body::Resubmit { declaration: self.declaration, quantity, deed_date, evidence, note };
        Ok(Draft::with(body, papers))
    }
}

//! Cards and their PINs.

use std::path::PathBuf;

use clap::Args;

use super::{Desk, Draft, Hand, NewCard, Paper, household_or_card};
use crate::bank::command::Body;
use crate::bank::ids::HouseholdId;
use crate::cli::card::Card;
use crate::cli::failure::Failure;
use crate::cli::value::{self, Pin};
use crate::documents::DocumentKind;
use crate::engine::hash_pin;
use crate::wire::signature::public_key;

/// A printed card; the one before it dies.
#[derive(Debug, Args)]
pub struct IssuePassbook {
    /// Whose.
    #[arg(long)]
    household: HouseholdId,
    /// File for the card's text, never overwritten; the QR code goes beside it as .svg. Both are secrets.
    #[arg(long, value_name = "FILE.txt")]
    out: PathBuf,
    /// Scheme and host of the bank's pages, as printed in the link; without it the server's address.
    #[arg(long, value_name = "URL")]
    site: Option<String>,
}

impl IssuePassbook {
    /// The command, with a card that nobody has seen yet.
    ///
    /// # Errors
    ///
    /// The machine has no randomness to give, or `--site` is not the beginning of a link.
    pub fn draft(&self, server: &str) -> Result<Draft, Failure> {
        let card = Card::generate(self.site.as_deref().unwrap_or(server))?;
        Card::parse(&card.text())
            .map_err(|bad| Failure::usage(format!("--site 不对：{}", bad.zh()), format!("--site: {bad}")))?;
        let body = Body::IssuePassbook {
            household: self.household,
            key: public_key(&card.key()),
            view_token_hash: card.view_token_hash(),
        };
        let card = Some(NewCard { card, path: self.out.clone() });
        Ok(Draft { card, ..Draft::from(body) })
    }
}

/// A passbook's PIN.
#[derive(Debug, Args)]
pub struct SetPin {
    /// Whose; without it the passbook's.
    #[arg(long)]
    household: Option<HouseholdId>,
    /// The new PIN, 4 to 6 digits; "-" reads it from stdin, so that no list of processes shows it.
    #[arg(long, env = "CIVBANK_PIN", hide_env_values = true, value_parser = value::pin)]
    pin: Pin,
}

impl SetPin {
    pub(super) async fn draft(&self, desk: &mut impl Desk, hand: &Hand) -> Result<Draft, Failure> {
        let household = household_or_card(self.household, desk, hand).await?;
        let pin = self.pin.resolved()?;
        let hash = hash_pin(pin.as_str()).ok_or_else(|| {
            Failure::failed("密码算不出来：没有随机数", "cannot hash the PIN: no randomness")
        })?;
        let paper = Paper { kind: DocumentKind::PinHash, bytes: hash.into_bytes() };
        let body = Body::SetPin { household, document: paper.address() };
        Ok(Draft::with(body, vec![paper]))
    }
}

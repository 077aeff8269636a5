//! Branches, settings, the catalogue and budgets.

use std::path::PathBuf;

use clap::Args;

use super::settings::Settings;
use super::{Desk, Draft, Paper, catalogue_file, day_or_today, strange_answer};
use crate::bank::command::Body;
use crate::bank::ids::Branch;
use crate::bank::time::Day;
use crate::bank::words::FundSource;
use crate::cli::failure::Failure;
use crate::cli::value;
use crate::wire::{bounds_from_pb, policy_from_pb};

/// A village or community joins.
#[derive(Debug, Args)]
pub struct OpenBranch {
    /// Its statistical code, 12 digits.
    branch: Branch,
    /// Its name in Chinese.
    #[arg(long)]
    title: String,
}

impl OpenBranch {
    pub(super) fn draft(&self) -> Draft {
        Body::OpenBranch { branch: self.branch, title: self.title.clone() }.into()
    }
}

/// New settings.
#[derive(Debug, Args)]
pub struct SetPolicy {
    /// The branch; without it the bank's own settings.
    #[arg(long)]
    branch: Option<Branch>,
    #[command(flatten)]
    settings: Settings,
    /// New bounds for branches: a TOML file with the tables `min` and `max`; only for the bank.
    #[arg(long, value_name = "FILE.toml", conflicts_with = "branch")]
    bounds: Option<PathBuf>,
}

impl SetPolicy {
    pub(super) async fn draft(&self, desk: &mut impl Desk) -> Result<Draft, Failure> {
        let bank = desk.bank().await?;
        let own = match self.branch {
            Some(branch) => desk.branch(branch).await?.and_then(|branch| branch.policy),
            None => None,
        };
        let now = own.or(bank.policy).ok_or_else(|| strange_answer("bank without settings"))?;
        let policy = self.settings.over(policy_from_pb(&now));
        let bounds = match &self.bounds {
            None => None,
            Some(path) => {
                let now = bank.bounds.ok_or_else(|| strange_answer("bank without bounds"))?;
                let now = bounds_from_pb(&now).map_err(|bad| strange_answer(&bad.to_string()))?;
                Some(catalogue_file::read_bounds(path, now)?)
            }
        };
        Ok(Body::SetPolicy { branch: self.branch, policy, bounds }.into())
    }
}

/// A new version of the catalogue.
#[derive(Debug, Args)]
pub struct PublishCatalogue {
    /// The catalogue: `valid_from` and a list of `[[item]]`.
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// The branch whose override this is; without it the head bank's catalogue.
    #[arg(long)]
    branch: Option<Branch>,
    /// First day in force; without it the file's, and without that today.
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
}

impl PublishCatalogue {
    pub(super) async fn draft(&self, desk: &mut impl Desk) -> Result<Draft, Failure> {
        let (from, items) = catalogue_file::read(&self.file)?;
        let valid_from = day_or_today(self.from.or(from), desk).await?;
        Ok(Body::PublishCatalogue { branch: self.branch, valid_from, items }.into())
    }
}

/// Points against money.
#[derive(Debug, Args)]
pub struct Fund {
    /// The branch that may give the points.
    #[arg(long)]
    branch: Branch,
    /// Who pays: county, town, donation or collective.
    #[arg(long, value_parser = value::fund_source)]
    source: FundSource,
    /// Money in fen (1/100 yuan).
    #[arg(long)]
    fen: i64,
    /// Points issued.
    #[arg(long)]
    points: i64,
    /// The voucher, kept among the documents.
    #[arg(long, value_name = "FILE")]
    voucher: Option<PathBuf>,
}

impl Fund {
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        let mut papers = Vec::new();
        let voucher = Paper::record(self.voucher.as_deref(), &mut papers)?;
        let body = Body::FundBudget {
            branch: self.branch,
            source: self.source,
            fen: self.fen,
            points: self.points,
            voucher,
        };
        Ok(Draft::with(body, papers))
    }
}

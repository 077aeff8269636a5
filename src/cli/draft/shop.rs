//! The shop: stock, prices, redemptions and refunds.

use std::path::PathBuf;

use clap::Args;

use super::{Desk, Draft, Hand, Paper, catalogue_file, household_or_card, strange_answer};
use crate::bank::Refusal;
use crate::bank::command::{Body, GoodsCount, Price, RedeemLine, StockInLine};
use crate::bank::effects::Change;
use crate::bank::ids::{Branch, HouseholdId, Sku};
use crate::bank::time::Day;
use crate::bank::words::FundSource;
use crate::cli::failure::Failure;
use crate::cli::value::{self, Pin};
use crate::wire::{pb, price_from_pb};

/// Goods arrive.
#[derive(Debug, Args)]
pub struct StockIn {
    /// Which branch.
    #[arg(long)]
    branch: Branch,
    /// What and how many pieces: egg=300; may be given again.
    #[arg(long, value_name = "GOODS=N", required = true, value_parser = value::goods::<u32>)]
    goods: Vec<(Sku, u32)>,
    /// What all pieces cost in fen: egg=24000; may be given again.
    #[arg(long, value_name = "GOODS=FEN", value_parser = value::goods::<i64>)]
    cost: Vec<(Sku, i64)>,
    /// Best-before day: egg=2026-12-20; may be given again.
    #[arg(long, value_name = "GOODS=DATE", value_parser = value::goods::<Day>)]
    best_before: Vec<(Sku, Day)>,
    /// Who paid: county, town, donation or collective.
    #[arg(long, value_parser = value::fund_source)]
    source: FundSource,
    /// The supplier's receipt, kept among the documents.
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

impl StockIn {
    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        check_named(&self.goods, &self.cost, "--cost")?;
        check_named(&self.goods, &self.best_before, "--best-before")?;
        let line = |(sku, quantity): &(Sku, u32)| StockInLine {
            sku: *sku,
            quantity: *quantity,
            cost_fen: of(&self.cost, *sku).unwrap_or(0),
            best_before: of(&self.best_before, *sku),
        };
        let mut papers = Vec::new();
        let receipt = Paper::record(self.receipt.as_deref(), &mut papers)?;
        let lines = self.goods.iter().map(line).collect();
        let body = Body::StockIn { branch: self.branch, lines, source: self.source, receipt };
        Ok(Draft::with(body, papers))
    }
}

fn of<T: Copy>(pairs: &[(Sku, T)], sku: Sku) -> Option<T> {
    pairs.iter().find(|(one, _)| *one == sku).map(|(_, value)| *value)
}

/// What an option says about goods must be about goods that are there.
fn check_named<T>(goods: &[(Sku, u32)], pairs: &[(Sku, T)], option: &str) -> Result<(), Failure> {
    match pairs.iter().find(|(sku, _)| !goods.iter().any(|(one, _)| one == sku)) {
        None => Ok(()),
        Some((sku, _)) => Err(Failure::usage(
            format!("{option} 里的 {sku} 不在 --goods 里"),
            format!("{option} names {sku}, which no --goods does"),
        )),
    }
}

/// Goods get prices.
#[derive(Debug, Args)]
pub struct SetPrice {
    /// A price list: a TOML file with `[[goods]]`.
    #[arg(value_name = "FILE.toml", required_unless_present = "goods")]
    file: Option<PathBuf>,
    /// Which branch.
    #[arg(long)]
    branch: Branch,
    /// A new price for goods that have one already: egg=6; may be given again.
    #[arg(long, value_name = "GOODS=POINTS", value_parser = value::goods::<u32>)]
    goods: Vec<(Sku, u32)>,
}

impl SetPrice {
    pub(super) async fn draft(&self, desk: &mut impl Desk) -> Result<Draft, Failure> {
        let mut prices = match &self.file {
            Some(path) => catalogue_file::read_prices(path)?,
            None => Vec::new(),
        };
        if !self.goods.is_empty() {
            let shelf = desk.goods(self.branch).await?;
            for (sku, points) in &self.goods {
                prices.push(Price { points: *points, ..shown(&shelf, *sku)?.0 });
            }
        }
        Ok(Body::SetPrice { branch: self.branch, goods: prices }.into())
    }
}

/// Price and version of goods as the shop shows them now.
fn shown(shelf: &[pb::Goods], sku: Sku) -> Result<(Price, u32), Failure> {
    let code = sku.to_string();
    let found = shelf.iter().find_map(|goods| {
        goods.price.as_ref().filter(|price| price.sku == code).map(|price| (price, goods.price_version))
    });
    let (price, version) = found.ok_or_else(|| Failure::from(&Refusal::GoodsUnknown { sku }))?;
    Ok((price_from_pb(price).map_err(|bad| strange_answer(&bad.to_string()))?, version))
}

/// Goods are counted.
#[derive(Debug, Args)]
pub struct StockCount {
    /// Which branch.
    #[arg(long)]
    branch: Branch,
    /// What was counted: egg=297; may be given again.
    #[arg(long, value_name = "GOODS=N", required = true, value_parser = value::goods::<u32>)]
    goods: Vec<(Sku, u32)>,
}

impl StockCount {
    pub(super) fn draft(&self) -> Draft {
        Body::StockCount { branch: self.branch, lines: counts(&self.goods) }.into()
    }
}

fn counts(goods: &[(Sku, u32)]) -> Vec<GoodsCount> {
    goods.iter().map(|(sku, quantity)| GoodsCount { sku: *sku, quantity: *quantity }).collect()
}

/// Points buy goods.
#[derive(Debug, Args)]
pub struct Redeem {
    /// Whose points; without it the passbook's.
    #[arg(long)]
    household: Option<HouseholdId>,
    /// What and how many pieces: egg=2; may be given again.
    #[arg(long, value_name = "GOODS=N", required = true, value_parser = value::goods::<u32>)]
    goods: Vec<(Sku, u32)>,
    /// The passbook's PIN, where one is wanted; "-" reads it from stdin, so that no list of processes shows it.
    #[arg(long, env = "CIVBANK_PIN", hide_env_values = true, value_parser = value::pin)]
    pin: Option<Pin>,
}

impl Redeem {
    pub(super) async fn draft(&self, desk: &mut impl Desk, hand: &Hand) -> Result<Draft, Failure> {
        let household = household_or_card(self.household, desk, hand).await?;
        let shelf = desk.goods(household.branch()).await?;
        let mut lines = Vec::new();
        let mut total: u32 = 0;
        for (sku, quantity) in &self.goods {
            let (price, price_version) = shown(&shelf, *sku)?;
            let sum = price.points.checked_mul(*quantity).and_then(|sum| total.checked_add(sum));
            total = sum.ok_or_else(|| Failure::from(&Refusal::AmountOverflow {}))?;
            let line = RedeemLine { sku: *sku, quantity: *quantity, price_version, points: price.points };
            lines.push(line);
        }
        let pin = self.pin.as_ref().map(Pin::resolved).transpose()?;
        Ok(Draft { pin, ..Draft::from(Body::Redeem { household, lines, total }) })
    }
}

/// Goods come back.
#[derive(Debug, Args)]
pub struct Refund {
    /// Entry of the redemption.
    redemption: u64,
    /// What comes back: egg=1; may be given again; without it everything that was bought.
    #[arg(long, value_name = "GOODS=N", value_parser = value::goods::<u32>)]
    goods: Vec<(Sku, u32)>,
    /// The goods are written off and do not go back on the shelf.
    #[arg(long)]
    write_off: bool,
}

impl Refund {
    pub(super) async fn draft(&self, desk: &mut impl Desk) -> Result<Draft, Failure> {
        let redemption = self.redemption;
        let lines = match self.goods.as_slice() {
            [] => bought(redemption, desk).await?,
            goods => counts(goods),
        };
        Ok(Body::Refund { redemption, lines, restock: !self.write_off }.into())
    }
}

async fn bought(redemption: u64, desk: &mut impl Desk) -> Result<Vec<GoodsCount>, Failure> {
    let entry = desk.entry(redemption).await?;
    let lines = entry.effects.changes.iter().find_map(|change| match change {
        Change::Redeemed { lines, .. } => Some(lines),
        _ => None,
    });
    let lines = lines.ok_or_else(|| Failure::from(&Refusal::CitationWrong { index: redemption }))?;
    Ok(lines.iter().map(|line| GoodsCount { sku: line.sku, quantity: line.quantity }).collect())
}

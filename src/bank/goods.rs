//! The supermarket's shelves: prices by version, stock, counts. Pieces only; money stays with the shop.

use serde::{Deserialize, Serialize};

use crate::planted::{self, Bug};

use super::Bank;
use super::command::{GoodsCount, Price, StockInLine};
use super::effects::{Change, Effects};
use super::ids::{Branch, Sku};
use super::refusal::Refusal;
use super::time::Time;

/// A price that was shown stays good this long after it changed.
pub const QUOTE_MINUTES: i64 = 15;
/// No shelf holds more pieces.
pub const STOCK_MAX: i64 = 1_000_000_000;

/// One kind of goods at a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    /// The price in force.
    pub price: Price,
    /// Its version, from 1.
    pub version: u32,
    /// Pieces in stock.
    pub stock: i64,
    /// Points of the version before, and until when it is still taken.
    before: Option<(u32, Time)>,
}

impl Shelf {
    /// Whether a customer who was shown this price may still have it.
    pub(super) fn honours(&self, version: u32, points: u32, now: Time) -> bool {
        if version == self.version {
            return points == self.price.points;
        }
        let before = self.before.filter(|(_, until)| now <= *until || planted::is(Bug::OldPriceForEver));
        version + 1 == self.version && before.is_some_and(|(old, _)| old == points)
    }
}

impl Bank {
    /// Goods of a branch by sku.
    pub fn shelf(&self, branch: Branch, sku: Sku) -> Result<&Shelf, Refusal> {
        self.branch(branch)?.shelves.get(&sku).ok_or(Refusal::GoodsUnknown { sku })
    }

    pub(super) fn decide_stock_in(&self, branch: Branch, lines: &[StockInLine]) -> Result<Effects, Refusal> {
        let moves = lines.iter().map(|line| (line.sku, i64::from(line.quantity)));
        self.stock_moves(branch, moves)
    }

    pub(super) fn decide_stock_count(
        &self,
        branch: Branch,
        lines: &[GoodsCount],
    ) -> Result<Effects, Refusal> {
        let mut moves = Vec::with_capacity(lines.len());
        for line in lines {
            moves.push((line.sku, i64::from(line.quantity) - self.shelf(branch, line.sku)?.stock));
        }
        self.stock_moves(branch, moves)
    }

    /// The changes that these movements make; each goods once.
    pub(super) fn stock_moves(
        &self,
        branch: Branch,
        moves: impl IntoIterator<Item = (Sku, i64)>,
    ) -> Result<Effects, Refusal> {
        let mut changes = Vec::new();
        for (sku, amount) in moves {
            let stock_after = self.shelf(branch, sku)?.stock + amount;
            if stock_after > STOCK_MAX {
                return Err(Refusal::AmountOverflow {});
            }
            changes.push(Change::StockMoved { branch, sku, amount, stock_after });
        }
        Ok(Effects { postings: Vec::new(), changes })
    }

    pub(super) fn decide_set_price(&self, branch: Branch, goods: &[Price]) -> Result<Effects, Refusal> {
        let shelves = &self.branch(branch)?.shelves;
        let changes = goods
            .iter()
            .map(|price| Change::PriceSet {
                branch,
                price: price.clone(),
                version: shelves.get(&price.sku).map_or(1, |shelf| shelf.version + 1),
            })
            .collect();
        Ok(Effects { postings: Vec::new(), changes })
    }

    pub(super) fn apply_price(&mut self, branch: Branch, price: &Price, version: u32) {
        let until = self.time.plus_minutes(QUOTE_MINUTES);
        let shelves = &mut self.village(branch).shelves;
        let old = shelves.get(&price.sku);
        let before = old.map(|shelf| (shelf.price.points, until));
        let stock = old.map_or(0, |shelf| shelf.stock);
        shelves.insert(price.sku, Shelf { price: price.clone(), version, stock, before });
    }

    pub(super) fn apply_stock(&mut self, branch: Branch, sku: Sku, amount: i64, stock_after: i64) {
        let shelf = self.village(branch).shelves.get_mut(&sku).expect("changes name goods with a price");
        shelf.stock += amount;
        assert_eq!(shelf.stock, stock_after, "stock of {sku} does not continue");
    }
}

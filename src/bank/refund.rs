//! Goods come back: within the refund days, no more than was bought, to the lots the points came from.

use crate::planted::{self, Bug};

use super::account::Movements;
use super::command::{GoodsCount, RedeemLine};
use super::effects::{Account, Change, Effects};
use super::ids::{HouseholdId, Sku, TerminalId};
use super::lots::Lot;
use super::refusal::Refusal;
use super::time::{Month, Time};
use super::words::Unit;
use super::{Bank, Cited};

/// Points that come back live at least this many days more.
const LIFE_DAYS_MIN: i32 = 30;
/// Returned quantities are remembered this long: longer than any policy allows a refund.
const REMEMBER_DAYS: i64 = 31;

/// A redemption read back from its entry.
pub(super) struct Past<'a> {
    pub(super) household: HouseholdId,
    pub(super) terminal: TerminalId,
    lines: &'a [RedeemLine],
    lots: Vec<Lot>,
}

impl<'a> Past<'a> {
    /// The redemption that an entry wrote down; refused where it wrote none.
    pub(super) fn read(cited: &Cited<'a>) -> Result<Past<'a>, Refusal> {
        let mut past = None;
        let mut lots = Vec::new();
        for change in &cited.effects.changes {
            match change {
                Change::Redeemed { household, terminal, lines, .. } => {
                    past = Some((*household, *terminal, lines.as_slice()));
                }
                Change::LotMoved { month, amount, .. } => {
                    lots.push(Lot { month: *month, amount: -amount });
                }
                _ => {}
            }
        }
        let (household, terminal, lines) = past.ok_or(Refusal::CitationWrong { index: cited.index })?;
        Ok(Past { household, terminal, lines, lots })
    }

    /// The line of these goods.
    fn bought(&self, sku: Sku) -> Result<&RedeemLine, Refusal> {
        self.lines.iter().find(|bought| bought.sku == sku).ok_or(Refusal::GoodsUnknown { sku })
    }
}

impl Bank {
    pub(super) fn decide_refund(
        &self,
        cited: &Cited,
        lines: &[GoodsCount],
        restock: bool,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let past = Past::read(cited)?;
        let id = past.household;
        let branch = past.terminal.branch();
        self.open_household(id)?;
        for line in lines {
            past.bought(line.sku)?;
        }
        let days = self.policy(branch).refund_days;
        let last_day = cited.time.day().plus(days as i32);
        if now.day() > last_day {
            return Err(Refusal::RefundTooLate { last_day });
        }
        let returned = self.refunds.get(cited.index);
        let mut points = 0i64;
        for line in lines {
            let bought = past.bought(line.sku)?;
            let before =
                returned.lines.iter().find(|(sku, _)| *sku == line.sku).map_or(0, |(_, quantity)| *quantity);
            if before.saturating_add(line.quantity) > bought.quantity {
                let (bought, asked) = (bought.quantity, line.quantity);
                return Err(Refusal::RefundTooMuch { sku: line.sku, bought, returned: before, asked });
            }
            points += i64::from(bought.points) * i64::from(line.quantity);
        }

        // From here it succeeds.
        let mut movements = Movements::new(self);
        movements.transfer(Account::Redeemed(branch), Account::Household(id), Unit::Points, points)?;
        let mut changes = vec![Change::Refunded {
            redemption: cited.index,
            household: id,
            lines: lines.to_vec(),
            total: points as u32,
        }];
        let floor = now.day().plus(LIFE_DAYS_MIN).month();
        for lot in restore(&past.lots, returned.points, points, floor) {
            let anew = now.day().month().plus(self.policy(branch).lot_months);
            let month = if planted::is(Bug::RefundToNewLot) { anew } else { lot.month };
            changes.push(Change::LotMoved { household: id, month, amount: lot.amount });
        }
        if restock {
            let back = lines.iter().map(|line| (line.sku, i64::from(line.quantity)));
            changes.extend(self.stock_moves(branch, back)?.changes);
        }
        Ok(Effects { postings: movements.finish(), changes })
    }

    pub(super) fn apply_refunded(
        &mut self,
        redemption: u64,
        id: HouseholdId,
        lines: &[GoodsCount],
        total: u32,
    ) {
        let now = self.time;
        let pairs: Vec<(Sku, u32)> = lines.iter().map(|line| (line.sku, line.quantity)).collect();
        self.refunds.add(redemption, &pairs, i64::from(total), now, now.plus_days(REMEMBER_DAYS));
        for (sku, quantity) in pairs {
            self.book(id).count_goods(sku, -i64::from(quantity), now);
        }
    }
}

/// Which lots `points` go back to: those that were spent, the longest-lived first, after `before` went back
/// earlier; a lot that would lapse too soon is lifted to `floor`.
fn restore(spent: &[Lot], mut before: i64, mut points: i64, floor: Month) -> Vec<Lot> {
    let mut back: Vec<Lot> = Vec::with_capacity(spent.len());
    for lot in spent.iter().rev() {
        let skipped = before.min(lot.amount);
        before -= skipped;
        let part = points.min(lot.amount - skipped);
        points -= part;
        if part > 0 {
            let month = lot.month.max(floor);
            match back.iter_mut().find(|known| known.month == month) {
                Some(known) => known.amount += part,
                None => back.push(Lot { month, amount: part }),
            }
        }
    }
    assert_eq!(points, 0, "a refund returns what lots paid");
    back
}

//! Points buy goods. Terminal and passbook sign together, so that neither the shop nor the bank alone can
//! make one up; above the day's free limit the resident's PIN is wanted too.

use crate::planted::{self, Bug};

use super::Bank;
use super::account::Movements;
use super::command::RedeemLine;
use super::effects::{Account, Change, Effects};
use super::household::Household;
use super::ids::{HouseholdId, Sku, TerminalId};
use super::lots::spend_changes;
use super::refusal::Refusal;
use super::time::Time;
use super::words::{Role, Unit};

/// Misses after which a PIN locks.
pub const PIN_MISSES_MAX: u32 = 5;

/// What became of the PIN that travelled beside the command. The bank never sees the PIN itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinCheck {
    /// None came.
    NotGiven,
    /// It was right.
    Verified,
    /// It was wrong.
    Wrong {
        /// Tries left before it locks.
        misses_left: u32,
    },
}

/// What a redemption asks.
pub(super) struct Purchase<'a> {
    pub(super) household: HouseholdId,
    pub(super) lines: &'a [RedeemLine],
    pub(super) total: u32,
}

impl Bank {
    pub(super) fn decide_redeem(
        &self,
        purchase: &Purchase,
        terminal: TerminalId,
        supervised: bool,
        pin: PinCheck,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let Purchase { household: id, lines, total } = *purchase;
        let branch = terminal.branch();
        let household = self.open_household(id)?;
        self.check_prices(terminal, lines, total, now)?;
        if !supervised && self.is_cashiers(id, terminal, household, now) {
            return Err(Refusal::CashierHousehold { household: id });
        }
        self.check_stock_and_limits(terminal, household, lines, now)?;
        let asked = i64::from(total);
        let has = household.points.balance;
        if has < asked && !planted::is(Bug::BalanceUnchecked) {
            return Err(Refusal::InsufficientPoints { has, asked });
        }
        let pin_verified = self.check_pin(id, household, total, pin, now)?;

        // From here it succeeds.
        let mut movements = Movements::new(self);
        movements.transfer(Account::Household(id), Account::Redeemed(branch), Unit::Points, asked)?;
        let mut changes: Vec<Change> = Vec::with_capacity(lines.len() + 2);
        changes.push(Change::Redeemed {
            household: id,
            terminal,
            lines: lines.to_vec(),
            total,
            pin_verified,
        });
        changes.extend(spend_changes(id, &household.lots, asked));
        let out = lines.iter().map(|line| (line.sku, -i64::from(line.quantity)));
        if !planted::is(Bug::StockNotReduced) {
            changes.extend(self.stock_moves(branch, out)?.changes);
        }
        Ok(Effects { postings: movements.finish(), changes })
    }

    fn check_prices(
        &self,
        terminal: TerminalId,
        lines: &[RedeemLine],
        total: u32,
        now: Time,
    ) -> Result<(), Refusal> {
        let mut sum = 0u64;
        for line in lines {
            let shelf = self.shelf(terminal.branch(), line.sku)?;
            if !shelf.honours(line.price_version, line.points, now) {
                let (points, price_version) = (shelf.price.points, shelf.version);
                return Err(Refusal::PriceChanged { sku: line.sku, points, price_version });
            }
            sum += u64::from(line.points) * u64::from(line.quantity);
        }
        if sum == u64::from(total) { Ok(()) } else { Err(Refusal::TotalWrong { total, lines: sum }) }
    }

    /// Whether a member of the household is a cashier of this shop.
    fn is_cashiers(&self, id: HouseholdId, terminal: TerminalId, household: &Household, now: Time) -> bool {
        (1..=household.members)
            .filter_map(|member| id.member(member))
            .any(|person| self.holds(person, Role::Cashier, terminal.branch(), now))
    }

    fn check_stock_and_limits(
        &self,
        terminal: TerminalId,
        household: &Household,
        lines: &[RedeemLine],
        now: Time,
    ) -> Result<(), Refusal> {
        for line in lines {
            let has = self.shelf(terminal.branch(), line.sku)?.stock;
            if has < i64::from(line.quantity) {
                return Err(Refusal::OutOfStock { sku: line.sku, has, asked: line.quantity });
            }
        }
        for line in lines {
            let limit = self.shelf(terminal.branch(), line.sku)?.price.month_limit;
            let used = household.goods_taken(line.sku, now);
            if limit > 0 && used.saturating_add(line.quantity) > limit {
                return Err(Refusal::MonthLimitReached { sku: line.sku, limit, used, asked: line.quantity });
            }
        }
        Ok(())
    }

    fn check_pin(
        &self,
        id: HouseholdId,
        household: &Household,
        total: u32,
        pin: PinCheck,
        now: Time,
    ) -> Result<bool, Refusal> {
        let limit = self.policy(id.branch()).pin_free_points;
        let spent = if planted::is(Bug::PinFreeForgotten) { 0 } else { household.pin_free_spent(now.day()) };
        let free = limit.saturating_sub(spent);
        // A PIN that came is never ignored, even where none was wanted: a locked one opens nothing.
        if household.pin_locked && pin != PinCheck::NotGiven {
            return Err(Refusal::PinLocked { household: id });
        }
        if let PinCheck::Wrong { misses_left } = pin {
            return Err(Refusal::PinWrong { misses_left });
        }
        if total <= free {
            return Ok(pin == PinCheck::Verified);
        }
        match pin {
            _ if household.pin.is_none() => Err(Refusal::PinNotSet { free, asked: total }),
            _ if household.pin_locked => Err(Refusal::PinLocked { household: id }),
            PinCheck::Verified => Ok(true),
            PinCheck::NotGiven | PinCheck::Wrong { .. } => Err(Refusal::PinRequired { free, asked: total }),
        }
    }

    pub(super) fn apply_redeemed(
        &mut self,
        id: HouseholdId,
        lines: &[RedeemLine],
        total: u32,
        pin_verified: bool,
    ) {
        let now = self.time;
        let household = self.book(id);
        if !pin_verified {
            let spent = household.pin_free_spent(now.day()) + total;
            household.pin_free = super::household::PinFree { day: now.day(), spent };
        }
        for line in lines {
            household.count_goods(line.sku, i64::from(line.quantity), now);
        }
    }
}

impl Household {
    /// Pieces of these goods taken in the month of `now`.
    pub(super) fn goods_taken(&self, sku: Sku, now: Time) -> u32 {
        if self.goods_month != now.day().month() {
            return 0;
        }
        self.goods_taken.iter().find(|(taken, _)| *taken == sku).map_or(0, |(_, quantity)| *quantity)
    }

    /// All goods taken in the month of `now`, with their pieces.
    pub fn goods_month_taken(&self, now: Time) -> impl Iterator<Item = (Sku, u32)> {
        let taken = if self.goods_month == now.day().month() { &*self.goods_taken } else { &[] };
        taken.iter().copied().filter(|(_, pieces)| *pieces > 0)
    }

    /// Counts pieces taken (or brought back) in the month of `now`.
    pub(super) fn count_goods(&mut self, sku: Sku, change: i64, now: Time) {
        let month = now.day().month();
        if self.goods_month != month {
            self.goods_month = month;
            self.goods_taken = Box::default();
        }
        match self.goods_taken.iter_mut().find(|(known, _)| *known == sku) {
            Some((_, quantity)) => *quantity = (i64::from(*quantity) + change).max(0) as u32,
            None if change > 0 => {
                let mut taken = std::mem::take(&mut self.goods_taken).into_vec();
                taken.reserve_exact(1);
                taken.push((sku, change as u32));
                self.goods_taken = taken.into();
            }
            None => {}
        }
    }
}

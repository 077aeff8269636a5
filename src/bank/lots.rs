//! Lots: every credit lives to the end of a month; spending takes the earliest first; what comes back goes to
//! the lots it came from. A household's lots always sum to its points.

use serde::{Deserialize, Serialize};

use crate::planted::{self, Bug};

use super::Bank;
use super::account::Movements;
use super::effects::{Account, Change, Effects};
use super::ids::HouseholdId;
use super::refusal::Refusal;
use super::time::{Month, Time};
use super::words::Unit;

/// Households in one `Expire`, so that the entry stays a leaf.
pub const EXPIRE_HOUSEHOLDS_MAX: usize = 128;

/// Points that live to the end of one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Its last month.
    pub month: Month,
    /// Points left, above zero.
    pub amount: i64,
}

/// Which lots a payment of `amount` takes, earliest first. The lots hold at least that much.
pub(super) fn spend(lots: &[Lot], mut amount: i64) -> Vec<Lot> {
    let mut taken = Vec::with_capacity(1);
    let reversed = planted::is(Bug::LotsReversed);
    for at in 0..lots.len() {
        let lot = &lots[if reversed { lots.len() - 1 - at } else { at }];
        if amount == 0 {
            break;
        }
        let part = lot.amount.min(amount);
        taken.push(Lot { month: lot.month, amount: part });
        amount -= part;
    }
    assert_eq!(amount, 0, "lots hold less than the balance");
    taken
}

/// The changes that a payment makes to a household's lots.
pub(super) fn spend_changes(
    household: HouseholdId,
    lots: &[Lot],
    amount: i64,
) -> impl Iterator<Item = Change> {
    spend(lots, amount).into_iter().map(move |lot| Change::LotMoved {
        household,
        month: lot.month,
        amount: -lot.amount,
    })
}

/// Adds to (or takes from) the lot of a month; lots stay sorted, empty ones go.
pub(super) fn shift(lots: &mut Box<[Lot]>, month: Month, amount: i64) {
    let found = lots.binary_search_by_key(&month, |lot| lot.month);
    if let Ok(at) = found
        && lots[at].amount + amount > 0
    {
        lots[at].amount += amount;
        return;
    }
    let mut list = std::mem::take(lots).into_vec();
    match found {
        Ok(at) => {
            let gone = list.remove(at);
            assert!(gone.amount + amount == 0, "a lot below zero");
        }
        Err(at) => {
            assert!(amount > 0, "a lot that does not exist shrinks");
            // Few lots in millions of books: no room to spare.
            list.reserve_exact(1);
            list.insert(at, Lot { month, amount });
        }
    }
    *lots = list.into();
}

impl Bank {
    /// Points of these households that are past their last month lapse. A household with an open objection
    /// or dispute keeps them until it is ruled: its clock stands still.
    pub(super) fn decide_expire(&self, households: &[HouseholdId], now: Time) -> Result<Effects, Refusal> {
        let current = now.day().month();
        let mut movements = Movements::new(self);
        let mut changes = Vec::new();
        for id in households {
            let household = self.household(*id)?;
            let expired: i64 =
                household.lots.iter().take_while(|lot| lot.month < current).map(|lot| lot.amount).sum();
            if expired > 0 {
                let target = Account::Expired(id.branch());
                movements.transfer(Account::Household(*id), target, Unit::Points, expired)?;
                changes.extend(spend_changes(*id, &household.lots, expired));
            }
        }
        Ok(Effects { postings: movements.finish(), changes })
    }

    /// Households whose earliest lot is past its month, of one branch.
    pub(super) fn due_lots(&self, now: Time) -> Option<Vec<HouseholdId>> {
        if planted::is(Bug::NothingExpires) {
            return None;
        }
        let current = now.day().month();
        let mut due = self.expiring.iter().take_while(|(month, _)| *month < current).map(|(_, id)| *id);
        let first = due.next()?;
        let more = due.filter(|id| id.branch() == first.branch()).take(EXPIRE_HOUSEHOLDS_MAX - 1);
        Some(std::iter::once(first).chain(more).collect())
    }

    /// Applies a lot's movement and keeps the agenda of expiries: each household stands there once, at its
    /// earliest lot, and not at all while an objection of its own is open.
    pub(super) fn apply_lot(&mut self, id: HouseholdId, month: Month, amount: i64) {
        let household = self.households.get_mut(&id).expect("lots belong to households that exist");
        let before = household.expiry();
        shift(&mut household.lots, month, amount);
        let after = household.expiry();
        self.move_expiry(id, before, after);
    }

    /// Moves a household on the agenda of expiries.
    pub(super) fn move_expiry(&mut self, id: HouseholdId, before: Option<Month>, after: Option<Month>) {
        if before != after {
            if let Some(month) = before {
                self.expiring.remove(&(month, id));
            }
            if let Some(month) = after {
                self.expiring.insert((month, id));
            }
        }
    }
}

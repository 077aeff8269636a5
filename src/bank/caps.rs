//! Caps by window: how often an item, and how many points, a household or member may earn in a month, a
//! quarter, a year or at all. Windows are those of the deed's day.

use serde::{Deserialize, Serialize};

use crate::planted::{self, Bug};

use super::Bank;
use super::command::Item;
use super::household::Household;
use super::ids::{HouseholdId, ItemCode};
use super::refusal::Refusal;
use super::time::{Day, Month};
use super::words::{CapWindow, ItemSubject};

/// One counter of a household's book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The item; none counts points of the month.
    item: Option<ItemCode>,
    /// Member, or 0 for the household.
    member: u8,
    window: u32,
    used: u32,
}

/// Windows as numbers that cannot meet: months, quarters, years, for ever. None: no cap.
fn window(kind: CapWindow, day: Day) -> Option<u32> {
    let month = day.month().0;
    match kind {
        CapWindow::Event => None,
        CapWindow::Month => Some(month),
        CapWindow::Quarter => Some(1_000_000 + month / 3),
        CapWindow::Year => Some(2_000_000 + month / 12),
        CapWindow::Once => Some(3_000_000),
    }
}

/// No open case can reach back further than a deed's greatest age and the longest pending time, so a window
/// that ended 26 months ago is never asked for again.
const KEEP_MONTHS: u32 = 26;

/// Whether units that counted for one deed free their place for another.
pub(super) fn same_window(old: &Item, old_day: Day, new: &Item, new_day: Day) -> bool {
    old.code == new.code && window(old.cap_window, old_day) == window(new.cap_window, new_day)
}

fn is_over(window: u32, today: Month) -> bool {
    let oldest = today.0.saturating_sub(KEEP_MONTHS);
    match window {
        3_000_000.. => false,
        2_000_000.. => window - 2_000_000 < oldest / 12,
        1_000_000.. => window - 1_000_000 < oldest / 3,
        month => month < oldest,
    }
}

impl Household {
    fn used(&self, item: Option<ItemCode>, member: u8, window: u32) -> u32 {
        let same = |u: &&Use| u.item == item && u.member == member && u.window == window;
        self.uses.iter().find(same).map_or(0, |u| u.used)
    }

    /// Units of an item that are used up in the window of a day; none where the item has no cap.
    pub(super) fn cap_used(&self, member: u8, item: &Item, day: Day) -> Option<u32> {
        let window = window(item.cap_window, day)?;
        Some(self.used(Some(item.code), counted_member(item, member), window))
    }

    /// Points that count toward the caps of a day's month: a member's, or the household's for 0.
    pub(super) fn month_used(&self, member: u8, day: Day) -> u32 {
        self.used(None, member, day.month().0)
    }

    fn count(&mut self, item: Option<ItemCode>, member: u8, window: u32, change: i64, today: Month) {
        let same = |u: &Use| u.item == item && u.member == member && u.window == window;
        let mut uses = std::mem::take(&mut self.uses).into_vec();
        let at = uses.iter().position(same).unwrap_or_else(|| {
            uses.retain(|u| !is_over(u.window, today));
            uses.reserve_exact(1);
            uses.push(Use { item, member, window, used: 0 });
            uses.len() - 1
        });
        // A window that was forgotten meanwhile has nothing left to give back.
        uses[at].used = (i64::from(uses[at].used) + change).clamp(0, i64::from(u32::MAX)) as u32;
        if uses[at].used == 0 {
            uses.remove(at);
        }
        self.uses = uses.into();
    }
}

/// Whose counter an item uses.
fn counted_member(item: &Item, member: u8) -> u8 {
    match item.subject {
        ItemSubject::Household => 0,
        ItemSubject::Person => member,
    }
}

impl Bank {
    /// Refuses where `quantity` more, after `freed` are given back, goes over the item's cap.
    pub(super) fn check_item_cap(
        &self,
        id: HouseholdId,
        member: u8,
        item: &Item,
        day: Day,
        quantity: u32,
        freed: u32,
    ) -> Result<(), Refusal> {
        let Some(window) = window(item.cap_window, day) else { return Ok(()) };
        let used = self.household(id)?.used(Some(item.code), counted_member(item, member), window);
        let used = used.saturating_sub(freed);
        let more = u32::from(planted::is(Bug::CapOneMore));
        if used.saturating_add(quantity) > item.cap_count + more {
            let (item, cap) = (item.code, item.cap_count);
            return Err(Refusal::CapReached { household: id, item, cap, used, asked: quantity });
        }
        Ok(())
    }

    /// Refuses where `points` more goes over the month's points of the person or the household; `pending`
    /// are points of the same person, and of the whole household, in the same command.
    pub(super) fn check_month_points(
        &self,
        id: HouseholdId,
        member: u8,
        day: Day,
        points: u32,
        pending: (u32, u32),
    ) -> Result<(), Refusal> {
        let policy = self.policy(id.branch());
        let household = self.household(id)?;
        let month = day.month().0;
        let checks = [
            ("person", member, policy.person_month_points, member != 0, pending.0),
            ("household", 0, policy.household_month_points, true, pending.1),
        ];
        for (whose, member, cap, applies, pending) in checks {
            let used = household.used(None, member, month).saturating_add(pending);
            let applies = applies && !planted::is(Bug::MonthPointsForgotten);
            if applies && cap > 0 && used.saturating_add(points) > cap {
                return Err(Refusal::MonthPointsReached { household: id, whose, cap, used, asked: points });
            }
        }
        Ok(())
    }

    /// Counts (or gives back) units of an item.
    pub(super) fn count_item(&mut self, id: HouseholdId, member: u8, item: &Item, day: Day, change: i64) {
        let today = self.time.day().month();
        if let (Some(window), Some(household)) = (window(item.cap_window, day), self.households.get_mut(&id))
        {
            household.count(Some(item.code), counted_member(item, member), window, change, today);
        }
    }

    /// Counts (or gives back) points of a month.
    pub(super) fn count_points(&mut self, id: HouseholdId, member: u8, day: Day, change: i64) {
        let today = self.time.day().month();
        if change != 0
            && let Some(household) = self.households.get_mut(&id)
        {
            let month = day.month().0;
            household.count(None, 0, month, change, today);
            if member != 0 {
                household.count(None, member, month, change, today);
            }
        }
    }
}

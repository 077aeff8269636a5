//! The end of public notice: what was set aside goes into the books, less what a household owes; deductions
//! and vetoes take effect.

use std::collections::BTreeMap;

use super::Bank;
use super::account::Movements;
use super::effects::{Account, Change, Effects};
use super::ids::{Branch, HouseholdId};
use super::lots::{Lot, spend_changes};
use super::refusal::Refusal;
use super::time::Time;
use super::words::{ItemKind, State, Unit};

/// Declarations and sheets in one `CloseNotice`.
pub const CLOSE_CASES_MAX: usize = 64;
/// Rows in one `CloseNotice`, so that the entry stays a leaf; no sheet has more.
pub const CLOSE_ROWS_MAX: usize = 300;

/// What one household gets and loses in one entry.
#[derive(Default)]
struct Sum {
    credit: i64,
    points_taken: i64,
    score: i64,
}

impl Bank {
    pub(super) fn decide_close_notice(&self, declarations: &[u64], now: Time) -> Result<Effects, Refusal> {
        let mut changes = Vec::new();
        let mut sums: BTreeMap<HouseholdId, Sum> = BTreeMap::new();
        let mut branch = None;
        for number in declarations {
            let case = self.case(*number)?;
            branch = Some(case.branch);
            let over = |row: &&super::case::Row| {
                row.state == State::OnNotice && row.until.is_some_and(|until| until <= now)
            };
            for row in case.rows.iter().filter(over) {
                let sum = sums.entry(row.household).or_default();
                match (row.item.kind, row.item.unit) {
                    (ItemKind::Deed | ItemKind::Bonus, _) => {
                        sum.credit += row.points;
                        sum.score += i64::from(row.item.score_effect) * i64::from(row.quantity);
                    }
                    (ItemKind::Deduction, Unit::Points) => sum.points_taken -= row.points,
                    (ItemKind::Deduction, _) => sum.score += row.points,
                    (ItemKind::Veto, _) => changes.push(Change::Vetoed {
                        household: row.household,
                        year: case.deed_date.year(),
                        item: row.item.code,
                    }),
                }
                changes.push(Change::StateChanged {
                    declaration: *number,
                    household: row.household,
                    state: State::Credited,
                    points: row.points,
                    until: None,
                    ground: None,
                });
            }
        }
        let mut movements = Movements::new(self);
        if let Some(branch) = branch {
            for (id, sum) in sums {
                self.settle(branch, id, &sum, now, &mut movements, &mut changes)?;
            }
        }
        Ok(Effects { postings: movements.finish(), changes })
    }

    fn settle(
        &self,
        branch: Branch,
        id: HouseholdId,
        sum: &Sum,
        now: Time,
        movements: &mut Movements,
        changes: &mut Vec<Change>,
    ) -> Result<(), Refusal> {
        let household = self.household(id)?;
        let book = Account::Household(id);
        let mut lots = household.lots.clone();
        if sum.credit > 0 {
            // Half of each credit at most goes towards a debt.
            let offset = household.debt.min(sum.credit / 2);
            if offset > 0 {
                movements.transfer(
                    Account::Notice(branch),
                    Account::Recovered(branch),
                    Unit::Points,
                    offset,
                )?;
                changes.push(Change::DebtSet { household: id, debt: household.debt - offset });
            }
            let credit = sum.credit - offset;
            let month = now.day().month().plus(self.policy(branch).lot_months);
            movements.transfer(Account::Notice(branch), book, Unit::Points, credit)?;
            super::lots::shift(&mut lots, month, credit);
            changes.push(Change::LotMoved { household: id, month, amount: credit });
        }
        let taken = sum.points_taken.min(movements.balance(book, Unit::Points));
        if taken > 0 {
            movements.transfer(book, Account::Recovered(branch), Unit::Points, taken)?;
            changes.extend(spend_changes(id, &lots, taken));
        }
        if sum.score != 0 {
            match self.score_posting(id, sum.score, now)? {
                0 => movements.restate(book, Unit::Score)?,
                up @ 1.. => movements.transfer(Account::Issuance, book, Unit::Score, up)?,
                down => movements.transfer(book, Account::Issuance, Unit::Score, -down)?,
            }
        }
        Ok(())
    }

    /// Cases of one branch whose notice is over, as many as one entry holds.
    pub(super) fn due_notices(&self, first: u64, now: Time) -> Vec<u64> {
        let Some(branch) = self.cases.get(&first).map(|case| case.branch) else { return Vec::new() };
        let mut rows = 0;
        self.agenda
            .iter()
            .take_while(|(at, _)| *at <= now)
            .filter_map(|(_, number)| self.cases.get(number).map(|case| (*number, case)))
            .filter(|(_, case)| case.branch == branch && has_ended_notice(case, now))
            .take(CLOSE_CASES_MAX)
            .take_while(|(_, case)| {
                rows += case.rows.len();
                rows <= CLOSE_ROWS_MAX
            })
            .map(|(number, _)| number)
            .collect()
    }

    /// Takes points back out of a book, as far as they are there; the rest becomes a debt.
    pub(super) fn take_back(
        &self,
        id: HouseholdId,
        points: i64,
        movements: &mut Movements,
        changes: &mut Vec<Change>,
    ) -> Result<(), Refusal> {
        let household = self.household(id)?;
        let taken = points.min(household.points.balance);
        if taken > 0 {
            let (book, recovered) = (Account::Household(id), Account::Recovered(id.branch()));
            movements.transfer(book, recovered, Unit::Points, taken)?;
            let lots: &[Lot] = &household.lots;
            changes.extend(spend_changes(id, lots, taken));
        }
        if points > taken {
            let debt = household.debt.checked_add(points - taken).ok_or(Refusal::AmountOverflow {})?;
            changes.push(Change::DebtSet { household: id, debt });
        }
        Ok(())
    }
}

pub(super) fn has_ended_notice(case: &super::case::Case, now: Time) -> bool {
    case.rows.iter().any(|row| row.state == State::OnNotice && row.until.is_some_and(|until| until <= now))
}

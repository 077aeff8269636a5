//! Accounts and the movements between them: whole numbers, checked sums, one posting for each account and
//! unit in an entry. Knows who may go below zero, and nothing else of the rules.

use serde::{Deserialize, Serialize};

use crate::planted::{self, Bug};

use super::Bank;
use super::effects::{Account, Posting};
use super::refusal::Refusal;
use super::words::Unit;

/// No balance leaves ±2^53: whole numbers that every JSON reader keeps exact.
pub const BALANCE_MAX: i64 = 1 << 53;

/// Where an account stands in one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AccountState {
    /// What stands.
    pub balance: i64,
    /// How many postings so far.
    pub sequence: u64,
    /// Entry of the newest posting; meaningless while `sequence` is 0.
    pub last_index: u64,
}

impl AccountState {
    /// Takes a posting over. Its numbers were decided against this very state.
    pub(super) fn post(&mut self, posting: &Posting, index: u64) {
        assert_eq!(
            self.balance + posting.amount,
            posting.balance_after,
            "posting of {} does not continue its account",
            posting.account
        );
        assert_eq!(self.sequence + 1, posting.account_sequence, "gap in {}", posting.account);
        *self = AccountState {
            balance: posting.balance_after,
            sequence: posting.account_sequence,
            last_index: index,
        };
    }
}

/// The postings of one entry as they are put together.
pub(super) struct Movements<'b> {
    bank: &'b Bank,
    postings: Vec<Posting>,
}

impl<'b> Movements<'b> {
    pub(super) fn new(bank: &'b Bank) -> Self {
        Movements { bank, postings: Vec::new() }
    }

    /// What stands on the account once everything so far has moved.
    pub(super) fn balance(&self, account: Account, unit: Unit) -> i64 {
        self.postings
            .iter()
            .find(|p| p.account == account && p.unit == unit)
            .map_or_else(|| self.bank.account(account, unit).balance, |p| p.balance_after)
    }

    /// Moves `amount` (above zero). Refused where the source would fall below zero.
    pub(super) fn transfer(
        &mut self,
        source: Account,
        target: Account,
        unit: Unit,
        amount: i64,
    ) -> Result<(), Refusal> {
        assert!(amount > 0, "a transfer of {amount}");
        let has = self.balance(source, unit);
        if has < amount {
            match source {
                Account::Issuance => {}
                Account::Household(_) if planted::is(Bug::BalanceUnchecked) => {}
                Account::Household(_) => return Err(Refusal::InsufficientPoints { has, asked: amount }),
                Account::Budget(_) if planted::is(Bug::BudgetUnchecked) => {}
                Account::Budget(_) => return Err(Refusal::BudgetExhausted { has, asked: amount }),
                // What lies in notice was put there by the rules; a shortage is a bug, not an answer.
                Account::Notice(_) | Account::Redeemed(_) | Account::Expired(_) | Account::Recovered(_) => {
                    panic!("{source} holds {has}, asked {amount}")
                }
            }
        }
        self.add(source, unit, -amount)?;
        self.add(target, unit, amount)
    }

    fn add(&mut self, account: Account, unit: Unit, amount: i64) -> Result<(), Refusal> {
        let at = match self.postings.iter().position(|p| p.account == account && p.unit == unit) {
            Some(at) => at,
            None => {
                let state = self.bank.account(account, unit);
                self.postings.push(Posting {
                    account,
                    unit,
                    amount: 0,
                    balance_after: state.balance,
                    account_sequence: state.sequence + 1,
                    account_previous_index: (state.sequence > 0).then_some(state.last_index),
                });
                self.postings.len() - 1
            }
        };
        let posting = &mut self.postings[at];
        let after = posting.balance_after.checked_add(amount).ok_or(Refusal::AmountOverflow {})?;
        if after.abs() > BALANCE_MAX {
            return Err(Refusal::AmountOverflow {});
        }
        posting.amount += amount;
        posting.balance_after = after;
        Ok(())
    }

    /// Says again what stands, where nothing moves: a score that ends where last year's ended is this year's
    /// from now on.
    pub(super) fn restate(&mut self, account: Account, unit: Unit) -> Result<(), Refusal> {
        self.add(account, unit, 0)
    }

    /// The postings; lines that came to nothing are left out, but for a household's score.
    pub(super) fn finish(mut self) -> Vec<Posting> {
        let said = |p: &Posting| p.unit == Unit::Score && matches!(p.account, Account::Household(_));
        self.postings.retain(|p| p.amount != 0 || said(p));
        self.postings
    }
}

impl Bank {
    /// Where an account stands; an account that nothing was posted to stands at zero.
    pub fn account(&self, account: Account, unit: Unit) -> AccountState {
        match account {
            Account::Issuance => self.issuance[unit as usize - 1],
            Account::Household(id) => {
                self.households.get(&id).map_or_else(AccountState::default, |h| match unit {
                    Unit::Points => h.points,
                    Unit::Score => h.score,
                    Unit::Minutes | Unit::Fen => AccountState::default(),
                })
            }
            Account::Budget(branch)
            | Account::Notice(branch)
            | Account::Redeemed(branch)
            | Account::Expired(branch)
            | Account::Recovered(branch) => {
                self.branches.get(&branch).map_or_else(AccountState::default, |b| b.account(account, unit))
            }
        }
    }

    /// Takes a posting over into its account.
    pub(super) fn post(&mut self, posting: &Posting, index: u64) {
        let time = self.time;
        let known = "postings name accounts that exist";
        match posting.account {
            Account::Issuance => self.issuance[posting.unit as usize - 1].post(posting, index),
            Account::Household(id) => {
                let household = self.households.get_mut(&id).expect(known);
                match posting.unit {
                    Unit::Points => {
                        household.points.post(posting, index);
                        let branch = self.branches.get_mut(&id.branch()).expect(known);
                        branch.outstanding += posting.amount;
                    }
                    Unit::Score => {
                        household.score.post(posting, index);
                        household.score_year = time.day().year();
                    }
                    Unit::Minutes | Unit::Fen => panic!("households keep no {:?}", posting.unit),
                }
            }
            Account::Budget(branch)
            | Account::Notice(branch)
            | Account::Redeemed(branch)
            | Account::Expired(branch)
            | Account::Recovered(branch) => {
                self.branches.get_mut(&branch).expect(known).account_mut(posting).post(posting, index);
            }
        }
    }
}

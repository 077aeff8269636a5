//! Branches: what they are called, the settings in force, their funds, their boards' counts.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use super::account::{AccountState, Movements};
use super::catalogue::Catalogue;
use super::command::{Appoint, Holder};
use super::effects::{Account, Change, Effects, Posting};
use super::goods::Shelf;
use super::ids::{Branch, PersonId, Sku};
use super::policy::{Bounds, Policy};
use super::refusal::Refusal;
use super::words::{FundSource, Role, Unit};
use super::{Bank, Context};

/// A branch as it stands. The head bank is one too, without households.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BranchState {
    /// Its name.
    pub title: String,
    /// Its own settings; none: the bank's.
    pub policy: Option<Policy>,
    /// Its own items.
    pub catalogue: Catalogue,
    /// Committee members, in the order of their appointment.
    pub committee: Vec<PersonId>,
    /// Open books.
    pub open_households: u64,
    /// Points in households' books.
    pub outstanding: i64,
    /// Fen and points by source.
    pub funds: BTreeMap<FundSource, (i64, i64)>,
    /// Goods by sku.
    pub shelves: BTreeMap<Sku, Shelf>,
    /// Open declarations and sheets.
    pub cases: std::collections::BTreeSet<u64>,
    /// Rows refused since the branch opened.
    pub refused_total: u64,
    /// Rows credited since the branch opened.
    pub credited_total: u64,
    /// The committee's record.
    pub record: super::record::Record,
    /// What villagers suggested.
    pub suggestions: super::suggestion::Suggestions,
    budget: AccountState,
    budget_fen: AccountState,
    notice: AccountState,
    redeemed: AccountState,
    expired: AccountState,
    recovered: AccountState,
}

impl BranchState {
    pub(super) fn named(title: &str) -> Self {
        BranchState { title: title.to_owned(), ..BranchState::default() }
    }

    pub(super) fn account(&self, account: Account, unit: Unit) -> AccountState {
        match (account, unit) {
            (Account::Budget(_), Unit::Points) => self.budget,
            (Account::Budget(_), Unit::Fen) => self.budget_fen,
            (Account::Notice(_), Unit::Points) => self.notice,
            (Account::Redeemed(_), Unit::Points) => self.redeemed,
            (Account::Expired(_), Unit::Points) => self.expired,
            (Account::Recovered(_), Unit::Points) => self.recovered,
            _ => AccountState::default(),
        }
    }

    pub(super) fn account_mut(&mut self, posting: &Posting) -> &mut AccountState {
        match (posting.account, posting.unit) {
            (Account::Budget(_), Unit::Points) => &mut self.budget,
            (Account::Budget(_), Unit::Fen) => &mut self.budget_fen,
            (Account::Notice(_), Unit::Points) => &mut self.notice,
            (Account::Redeemed(_), Unit::Points) => &mut self.redeemed,
            (Account::Expired(_), Unit::Points) => &mut self.expired,
            (Account::Recovered(_), Unit::Points) => &mut self.recovered,
            (account, unit) => panic!("{account} keeps no {unit:?}"),
        }
    }
}

impl Bank {
    /// Entry 0: the signing key becomes the admin's, an officer of the head bank.
    pub(super) fn decide_open_bank(
        &self,
        origin: &str,
        head: Branch,
        title: &str,
        policy: Policy,
        bounds: Bounds,
        context: &Context,
    ) -> Result<Effects, Refusal> {
        if self.opened.is_some() {
            return Err(Refusal::BankAlreadyOpen {});
        }
        let (Some(key), Some(person)) = (context.signers.first(), head.staff(1)) else {
            let (command, needs) = ("OpenBank", "the admin's key");
            return Err(Refusal::SignatureMissing { command, needs });
        };
        check_bounds(&policy, &bounds)?;
        let appointed = Appoint {
            person,
            role: Role::Officer,
            branch: head,
            chair: false,
            households: Vec::new(),
            valid_until: None,
        };
        let changes = vec![
            Change::BankOpened { origin: origin.to_owned(), head, bounds: Box::new(bounds) },
            Change::BranchOpened { branch: head, title: title.to_owned() },
            Change::PolicySet { branch: None, policy, bounds: Some(Box::new(bounds)) },
            Change::KeyEnrolled { key: *key, holder: Holder::Person(person), valid_until: None },
            Change::Appointed(appointed),
        ];
        Ok(Effects { postings: Vec::new(), changes })
    }

    /// A branch of this bank.
    pub fn branch(&self, branch: Branch) -> Result<&BranchState, Refusal> {
        self.branches.get(&branch).ok_or(Refusal::BranchUnknown { branch })
    }

    /// Branches by code after `after`; the head bank among them.
    pub fn branches(&self, after: Option<Branch>) -> impl Iterator<Item = (Branch, &BranchState)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let start = after.map_or(Unbounded, Excluded);
        self.branches.range((start, Unbounded)).map(|(code, state)| (*code, state))
    }

    /// The settings in force at a branch.
    pub fn policy(&self, branch: Branch) -> Policy {
        self.branches.get(&branch).and_then(|b| b.policy).unwrap_or(self.policy)
    }

    pub(super) fn decide_open_branch(&self, branch: Branch, title: &str) -> Result<Effects, Refusal> {
        if self.branches.contains_key(&branch) {
            return Err(Refusal::BranchExists { branch });
        }
        Ok(Change::BranchOpened { branch, title: title.to_owned() }.into())
    }

    pub(super) fn decide_set_policy(
        &self,
        branch: Option<Branch>,
        policy: Policy,
        bounds: Option<Bounds>,
    ) -> Result<Effects, Refusal> {
        match branch {
            Some(branch) => {
                self.branch(branch)?;
                self.bounds().check(&policy)?;
            }
            None => {
                check_bounds(&policy, &bounds.unwrap_or(self.bounds()))?;
            }
        }
        Ok(Change::PolicySet { branch, policy, bounds: bounds.map(Box::new) }.into())
    }

    pub(super) fn decide_fund_budget(
        &self,
        branch: Branch,
        source: FundSource,
        fen: i64,
        points: i64,
    ) -> Result<Effects, Refusal> {
        self.branch(branch)?;
        let mut movements = Movements::new(self);
        let budget = Account::Budget(branch);
        movements.transfer(Account::Issuance, budget, Unit::Points, points)?;
        if fen > 0 {
            movements.transfer(Account::Issuance, budget, Unit::Fen, fen)?;
        }
        let changes = vec![Change::BudgetFunded { branch, source, fen, points }];
        Ok(Effects { postings: movements.finish(), changes })
    }

    pub(super) fn apply_policy(&mut self, branch: Option<Branch>, policy: Policy, bounds: Option<Bounds>) {
        match branch {
            Some(branch) => self.village(branch).policy = Some(policy),
            None => self.policy = policy,
        }
        if let (Some(bounds), Some(opened)) = (bounds, self.opened.as_mut()) {
            opened.bounds = bounds;
        }
        // What waits already falls due by the new settings: an old date on the agenda would come up for ever
        // and find nothing to do.
        let waiting = self.cases.iter().filter(|(_, case)| branch.is_none_or(|b| b == case.branch));
        let waiting: Vec<u64> = waiting.map(|(number, _)| *number).collect();
        for number in waiting {
            self.plan(number);
        }
    }

    pub(super) fn apply_funded(&mut self, branch: Branch, source: FundSource, fen: i64, points: i64) {
        let sums = self.village(branch).funds.entry(source).or_default();
        sums.0 += fen;
        sums.1 += points;
    }

    /// The branch that a change names; changes name only branches that exist.
    pub(super) fn village(&mut self, branch: Branch) -> &mut BranchState {
        self.branches.get_mut(&branch).expect("changes name branches that exist")
    }
}

/// Settings of the bank, with bounds that are bounds, within what the format allows.
pub(super) fn check_bounds(policy: &Policy, bounds: &Bounds) -> Result<(), Refusal> {
    Bounds::FORMAT.check(policy)?;
    Bounds::FORMAT.check(&bounds.min)?;
    Bounds::FORMAT.check(&bounds.max)?;
    let pairs = bounds.min.numbers().into_iter().zip(bounds.max.numbers());
    for ((setting, min), (_, max)) in pairs {
        if min > max {
            return Err(Refusal::BoundsCrossed { setting });
        }
    }
    Ok(())
}

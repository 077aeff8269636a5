//! The naive model: what a careful clerk with paper and pencil would keep. It reads what was asked (never what
//! an entry says that it did) and adds up for itself.

use std::collections::{BTreeMap, BTreeSet};

use civbank::bank::command::{Body, Command};
use civbank::bank::ids::{Branch, Digest, HouseholdId, PublicKey, Sku};
use civbank::bank::time::{Day, Month, Time};
use civbank::bank::words::{Ruling, State, Verdict, Vote};
use civbank::bank::{Bank, SystemCommand};
use civbank::wire::{Cause, Entry, check};

/// Points of the one deed that this town knows, and how often a month.
const DEED: i64 = 20;
const DEEDS_A_MONTH: usize = 3;
const EGG: i64 = 5;
const EGGS_A_MONTH: i64 = 60;
const FREE_A_DAY: i64 = 100;
const VOTES: usize = 2;
const REFUND_DAYS: i32 = 7;
const PENDING_DAYS: i64 = 60;

#[derive(Debug, Clone)]
pub struct Deed {
    pub household: HouseholdId,
    pub state: State,
    pub voters: BTreeSet<PublicKey>,
    pub evidence: Vec<Digest>,
    day: Day,
    until: Time,
    approved_at: Time,
}

#[derive(Debug, Clone)]
pub struct Purchase {
    pub household: HouseholdId,
    pub eggs: i64,
    pub returned: i64,
    day: Day,
}

#[derive(Default)]
pub struct Model {
    pub size: u64,
    pub time: Time,
    pub notice_days: BTreeMap<Branch, i32>,
    pub deeds: BTreeMap<u64, Deed>,
    pub purchases: BTreeMap<u64, Purchase>,
    pub points: BTreeMap<HouseholdId, i64>,
    budget: BTreeMap<Branch, i64>,
    notice: BTreeMap<Branch, i64>,
    redeemed: BTreeMap<Branch, i64>,
    pub eggs: BTreeMap<Branch, i64>,
    month_eggs: BTreeMap<(HouseholdId, Month), i64>,
    day_spent: BTreeMap<(HouseholdId, Day), i64>,
}

pub fn egg() -> Sku {
    "egg".parse().expect("a sku")
}

fn add<K: Ord>(sums: &mut BTreeMap<K, i64>, key: K, amount: i64) {
    *sums.entry(key).or_default() += amount;
}

fn of<K: Ord>(sums: &BTreeMap<K, i64>, key: &K) -> i64 {
    sums.get(key).copied().unwrap_or_default()
}

impl Model {
    pub fn deed(&self, number: u64) -> &Deed {
        &self.deeds[&number]
    }

    pub fn may_declare(&self, household: HouseholdId, day: Day) -> bool {
        let ended = [State::Refused, State::Withdrawn, State::Voided];
        let same = self.deeds.values().filter(|deed| {
            deed.household == household && deed.day.month() == day.month() && !ended.contains(&deed.state)
        });
        same.count() < DEEDS_A_MONTH
    }

    /// Evidence serves once; of what was withdrawn it may serve again.
    pub fn may_use(&self, evidence: &Digest) -> bool {
        let mut users = self.deeds.values().filter(|deed| deed.evidence.contains(evidence));
        users.all(|deed| deed.state == State::Withdrawn)
    }

    pub fn may_review(&self, number: u64) -> bool {
        self.deed(number).state == State::Submitted
    }

    pub fn may_vote(&self, number: u64, voter: &PublicKey) -> bool {
        let deed = self.deed(number);
        deed.state == State::Endorsed && !deed.voters.contains(voter)
    }

    pub fn may_withdraw(&self, number: u64) -> bool {
        [State::Submitted, State::Endorsed].contains(&self.deed(number).state)
    }

    pub fn may_object(&self, number: u64, now: Time) -> bool {
        let deed = self.deed(number);
        deed.state == State::OnNotice && now < deed.until
    }

    pub fn may_rule(&self, number: u64) -> bool {
        self.deed(number).state == State::Objected
    }

    pub fn may_buy(&self, household: HouseholdId, eggs: i64, now: Time) -> bool {
        let (price, day) = (eggs * EGG, now.day());
        eggs <= of(&self.eggs, &household.branch())
            && of(&self.month_eggs, &(household, day.month())) + eggs <= EGGS_A_MONTH
            && price <= of(&self.points, &household)
            && of(&self.day_spent, &(household, day)) + price <= FREE_A_DAY
    }

    pub fn may_return(&self, purchase: u64, eggs: i64, now: Time) -> bool {
        let bought = &self.purchases[&purchase];
        now.day() <= bought.day.plus(REFUND_DAYS) && bought.returned + eggs <= bought.eggs
    }

    /// Reads the next entry: when, and what was asked.
    pub fn read(&mut self, bytes: &[u8]) {
        let entry = Entry::decode(bytes).expect("an entry");
        assert_eq!(entry.index, self.size);
        assert!(entry.time >= self.time, "time goes back at entry {}", entry.index);
        self.size += 1;
        self.time = entry.time;
        match &entry.cause {
            Cause::System(command) => self.system(command, entry.time),
            Cause::Signed(envelope) => {
                let checked = check(envelope.clone()).expect("signatures that hold");
                self.command(entry.index, &checked.command, &checked.signers, entry.time);
            }
        }
    }

    fn command(&mut self, index: u64, command: &Command, signers: &[PublicKey], now: Time) {
        match &command.body {
            Body::SetPolicy { branch: Some(branch), policy, .. } => {
                self.notice_days.insert(*branch, policy.notice_days as i32);
            }
            Body::FundBudget { branch, points, .. } => add(&mut self.budget, *branch, *points),
            Body::OpenHousehold { household, .. } => {
                self.points.insert(*household, 0);
            }
            Body::StockIn { branch, lines, .. } => {
                let eggs = lines.iter().filter(|line| line.sku == egg()).map(|line| i64::from(line.quantity));
                add(&mut self.eggs, *branch, eggs.sum());
            }
            Body::Declare(asked) => {
                let (household, day, voters) = (asked.household, asked.deed_date, BTreeSet::new());
                let evidence = asked.evidence.clone();
                let (until, approved_at) = (Time::default(), Time::default());
                let state = State::Submitted;
                self.deeds
                    .insert(index, Deed { household, state, voters, evidence, day, until, approved_at });
            }
            Body::Review { declaration, verdict, .. } => {
                self.to(
                    *declaration,
                    match verdict {
                        Verdict::Endorse => State::Endorsed,
                        Verdict::Return => State::Returned,
                        Verdict::Refuse => State::Refused,
                    },
                );
            }
            Body::Decide { declarations, vote, .. } => {
                for number in declarations {
                    self.vote(*number, signers[0], *vote, now);
                }
            }
            Body::Withdraw { declaration } => self.to(*declaration, State::Withdrawn),
            Body::Object { declaration, .. } => self.to(*declaration, State::Objected),
            Body::Rule { declaration, ruling, .. } => match ruling {
                Ruling::Dismiss | Ruling::Partial => self.to(*declaration, State::OnNotice),
                Ruling::Uphold => self.void(*declaration),
            },
            Body::Redeem { household, lines, total } => {
                let eggs: i64 = lines.iter().map(|line| i64::from(line.quantity)).sum();
                let (branch, price) = (household.branch(), i64::from(*total));
                add(&mut self.points, *household, -price);
                add(&mut self.redeemed, branch, price);
                add(&mut self.eggs, branch, -eggs);
                add(&mut self.month_eggs, (*household, now.day().month()), eggs);
                add(&mut self.day_spent, (*household, now.day()), price);
                let (household, returned, day) = (*household, 0, now.day());
                self.purchases.insert(index, Purchase { household, eggs, returned, day });
            }
            Body::Refund { redemption, lines, restock } => {
                let eggs: i64 = lines.iter().map(|line| i64::from(line.quantity)).sum();
                let bought = self.purchases.get_mut(redemption).expect("a purchase");
                bought.returned += eggs;
                let household = bought.household;
                add(&mut self.points, household, eggs * EGG);
                add(&mut self.redeemed, household.branch(), -eggs * EGG);
                if *restock {
                    add(&mut self.eggs, household.branch(), eggs);
                }
                let month = self.month_eggs.entry((household, now.day().month())).or_default();
                *month = (*month - eggs).max(0);
            }
            _ => {}
        }
    }

    fn to(&mut self, number: u64, state: State) {
        self.deeds.get_mut(&number).expect("a deed").state = state;
    }

    fn vote(&mut self, number: u64, voter: PublicKey, vote: Vote, now: Time) {
        let deed = self.deeds.get_mut(&number).expect("a deed");
        deed.voters.insert(voter);
        let branch = deed.household.branch();
        // With two members and a quorum of two, one voice against is the end.
        if vote == Vote::Refuse {
            deed.state = State::Refused;
        } else if deed.voters.len() == VOTES {
            deed.state = State::OnNotice;
            deed.approved_at = now;
            // A branch without settings of its own has a week.
            let days = self.notice_days.get(&branch).copied().unwrap_or(7);
            deed.until = if days == 0 { now } else { now.day().plus(days + 1).start() };
            add(&mut self.budget, branch, -DEED);
            add(&mut self.notice, branch, DEED);
        }
    }

    fn void(&mut self, number: u64) {
        let branch = self.deed(number).household.branch();
        self.to(number, State::Voided);
        add(&mut self.notice, branch, -DEED);
        add(&mut self.budget, branch, DEED);
    }

    fn system(&mut self, command: &SystemCommand, now: Time) {
        match command {
            SystemCommand::CloseNotice { declarations } => {
                for number in declarations {
                    let deed = self.deed(*number).clone();
                    assert_eq!(deed.state, State::OnNotice, "declaration {number}");
                    assert!(deed.until <= now, "notice of {number} closed early");
                    self.to(*number, State::Credited);
                    add(&mut self.notice, deed.household.branch(), -DEED);
                    add(&mut self.points, deed.household, DEED);
                }
            }
            SystemCommand::Escalate { declaration } => {
                let deed = self.deed(*declaration);
                if deed.state == State::Objected && deed.approved_at.plus_days(PENDING_DAYS) <= now {
                    self.void(*declaration);
                }
            }
            SystemCommand::Expire { .. } | SystemCommand::LockPin { .. } => {
                panic!("nothing expires and nobody has a PIN here: {command:?}")
            }
        }
    }

    /// The bank stands where the model stands.
    pub fn compare(&self, bank: &Bank) {
        use civbank::bank::Account::{Budget, Notice, Redeemed};
        use civbank::bank::words::Unit::Points;
        for (id, points) in &self.points {
            assert_eq!(bank.household(*id).expect("a household").points.balance, *points, "{id}");
        }
        for branch in self.eggs.keys() {
            let balance = |account| bank.account(account, Points).balance;
            assert_eq!(balance(Budget(*branch)), of(&self.budget, branch), "budget of {branch}");
            assert_eq!(balance(Notice(*branch)), of(&self.notice, branch), "notice of {branch}");
            assert_eq!(balance(Redeemed(*branch)), of(&self.redeemed, branch), "redeemed at {branch}");
            let shelf = bank.shelf(*branch, egg()).expect("eggs");
            assert_eq!(shelf.stock, self.eggs[branch], "eggs of {branch}");
            assert!(shelf.stock >= 0);
        }
        let mut open = 0;
        for (number, deed) in self.deeds.iter().filter(|(_, deed)| !deed.state.is_final()) {
            let case = bank.case(*number).expect("an open case");
            assert_eq!(case.rows[0].state, deed.state, "declaration {number}");
            let voters: BTreeSet<_> = case.ballots.iter().map(|ballot| ballot.person).collect();
            assert_eq!(voters.len(), deed.voters.len(), "votes on {number}");
            open += 1;
        }
        assert_eq!(bank.cases(None).count(), open, "open cases");
        assert_eq!(bank.time(), self.time);
        assert_eq!(bank.check_books(), Ok(()));
    }
}

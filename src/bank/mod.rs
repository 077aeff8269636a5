//! The rules: what may be done, and what it does. Pure: no clock, randomness, hashing, async or I/O.
//!
//! [`Bank::decide`] looks at a command and answers [`Effects`] or a [`Refusal`], in the documented order of
//! refusals; it changes nothing. [`Bank::apply`] takes effects over; it cannot fail, and panics where effects
//! do not fit the state, because then the journal and the rules disagree and nothing may be served. Replaying
//! the effects of every entry gives the same state again. History is not held: what has ended is in the
//! journal, and a command that needs it cites the entry ([`Cited`]).

pub mod authority;
pub mod command;
pub mod effects;
pub mod ids;
pub mod policy;
pub mod refusal;
pub mod time;
pub mod words;

mod account;
mod board;
mod branch;
mod caps;
mod case;
mod catalogue;
mod decision;
mod declaration;
mod dispatch;
mod goods;
mod household;
mod invitation;
mod key;
mod lots;
mod memory;
mod named;
mod notice;
mod objection;
mod office;
mod outlook;
mod record;
mod redemption;
mod refund;
mod review;
mod sheet;
mod standings;
mod suggestion;

use serde::{Deserialize, Serialize};

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use account::{AccountState, BALANCE_MAX};
pub use board::{Board, BoardLine};
pub use branch::BranchState;
pub use case::{Ballot, Case, RULING_DAYS, Row};
pub use catalogue::Catalogue;
pub use command::{Body, Command, SystemCommand};
pub use decision::DECIDE_ROWS_MAX;
pub use effects::{Account, Change, Effects, Posting};
pub use goods::{QUOTE_MINUTES, Shelf};
pub use household::{Household, Passbook, SCORE_BASE};
pub use invitation::{HOLDER_INVITATIONS_MAX, INVITATION_DAYS_MAX, INVITATIONS_MAX, Invitation};
pub use key::{KeyRecord, Signer};
pub use lots::Lot;
pub use memory::Remembered;
pub use objection::{DISPUTE_DAYS, Dispute};
pub use office::{Office, PROXY_HOUSEHOLDS_MAX};
pub use outlook::{Outlook, RowOutlook};
pub use record::{Counts, Record};
pub use redemption::{PIN_MISSES_MAX, PinCheck};
pub use refusal::Refusal;
pub use standings::{Place, Standings};
pub use suggestion::{
    ANSWERS_KEPT, Answered, MONTH_SUGGESTIONS_MAX, OPEN_SUGGESTIONS_MAX, Suggestion, Suggestions,
};

use ids::{Branch, Digest, HouseholdId, PersonId, PublicKey};
use policy::{Bounds, Policy};
use time::{Month, Time};

/// A command may be submitted at most this long before it dies.
pub const NOT_AFTER_DAYS_MAX: i64 = 7;

/// A past entry that a command cites, read back from the journal by whoever calls [`Bank::decide`].
#[derive(Debug, Clone, Copy)]
pub struct Cited<'a> {
    /// Its position.
    pub index: u64,
    /// Its time.
    pub time: Time,
    /// What it did.
    pub effects: &'a Effects,
}

/// The world around a command.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The batch's clock, never before the newest entry.
    pub now: Time,
    /// Keys whose signatures over the command's bytes were verified; no doubles.
    pub signers: &'a [PublicKey],
    /// What became of the PIN beside the command.
    pub pin: PinCheck,
    /// The entry that [`Body::cites`] names, where it exists.
    pub cited: Option<Cited<'a>>,
    /// First 16 bytes of the payload's hash: tells a retry from a reused request id.
    pub payload_digest: [u8; 16],
}

/// The request behind an entry, as far as retries need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: [u8; 16],
    /// First 16 bytes of the payload's hash.
    pub payload_digest: [u8; 16],
    /// Until when a retry can come.
    pub not_after: Time,
}

/// Where and when effects became an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The entry's position.
    pub index: u64,
    /// The entry's time.
    pub time: Time,
    /// The request, for commands that people sent.
    pub request: Option<Request>,
}

/// A passbook's PIN, for whoever checks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinRecord {
    /// Address of the PIN document.
    pub document: Digest,
    /// Locked after too many misses.
    pub locked: bool,
}

/// What entry 0 settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Opened {
    origin: String,
    head: Branch,
    bounds: Bounds,
}

/// All current state of one bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bank {
    opened: Option<Opened>,
    policy: Policy,
    branches: BTreeMap<Branch, BranchState>,
    households: BTreeMap<HouseholdId, Box<Household>>,
    keys: HashMap<PublicKey, KeyRecord>,
    /// Households by the first bytes of every card's key they ever had.
    cards: HashMap<u64, HouseholdId>,
    /// Households by the first bytes of every view token's hash they ever had.
    tokens: HashMap<u64, HouseholdId>,
    offices: BTreeMap<PersonId, Vec<Office>>,
    kin: HashMap<household::KinNode, Vec<household::KinNode>>,
    cases: BTreeMap<u64, Case>,
    /// Open cases by when the bank itself must act.
    agenda: BTreeSet<(Time, u64)>,
    disputes: BTreeMap<(u64, HouseholdId), Dispute>,
    /// Credits whose dispute was ruled: final.
    ruled: BTreeMap<(u64, HouseholdId), words::State>,
    /// Households by their earliest lot's month.
    expiring: BTreeSet<(Month, HouseholdId)>,
    evidence: memory::Evidence,
    reviews: memory::Reviews,
    requests: memory::Requests,
    refunds: memory::Refunds,
    invitations: invitation::Invitations,
    /// By unit.
    issuance: [AccountState; 4],
    periods: standings::Periods,
    time: Time,
}

impl Default for Bank {
    fn default() -> Self {
        Self::new()
    }
}

impl Bank {
    /// The bank before entry 0.
    pub fn new() -> Self {
        Bank {
            opened: None,
            policy: Policy::DEFAULT,
            branches: BTreeMap::new(),
            households: BTreeMap::new(),
            keys: HashMap::new(),
            cards: HashMap::new(),
            tokens: HashMap::new(),
            offices: BTreeMap::new(),
            kin: HashMap::new(),
            cases: BTreeMap::new(),
            agenda: BTreeSet::new(),
            disputes: BTreeMap::new(),
            ruled: BTreeMap::new(),
            expiring: BTreeSet::new(),
            evidence: memory::Evidence::default(),
            reviews: memory::Reviews::default(),
            requests: memory::Requests::default(),
            refunds: memory::Refunds::default(),
            invitations: invitation::Invitations::default(),
            issuance: [AccountState::default(); 4],
            periods: standings::Periods::default(),
            time: Time::default(),
        }
    }

    /// The bank's origin; none before entry 0.
    pub fn origin(&self) -> Option<&str> {
        self.opened.as_ref().map(|opened| opened.origin.as_str())
    }

    /// The head bank. Before entry 0 there is none, and nothing asks.
    pub fn head(&self) -> Branch {
        self.opened.as_ref().map(|opened| opened.head).expect("asked for the head bank before entry 0")
    }

    /// Bounds for branches' settings.
    pub fn bounds(&self) -> Bounds {
        self.opened.as_ref().map_or(Bounds::FORMAT, |opened| opened.bounds)
    }

    /// The bank's own settings.
    pub fn bank_policy(&self) -> Policy {
        self.policy
    }

    /// Time of the newest entry.
    pub fn time(&self) -> Time {
        self.time
    }

    /// Where a request id went, while retries may come.
    pub fn remembered(&self, request_id: &[u8; 16]) -> Option<Remembered> {
        self.requests.get(request_id)
    }

    /// A household's PIN.
    pub fn pin_of(&self, id: HouseholdId) -> Option<PinRecord> {
        let household = self.households.get(&id)?;
        household.pin.map(|document| PinRecord { document, locked: household.pin_locked })
    }

    /// What the bank itself must do next at this moment; nothing when all is done.
    pub fn due(&self, now: Time) -> Option<SystemCommand> {
        if let Some((_, number)) = self.agenda.first().filter(|(at, _)| *at <= now) {
            let over = self.cases.get(number).is_some_and(|case| notice::has_ended_notice(case, now));
            return Some(if over {
                SystemCommand::CloseNotice { declarations: self.due_notices(*number, now) }
            } else {
                SystemCommand::Escalate { declaration: *number }
            });
        }
        self.due_lots(now).map(|households| SystemCommand::Expire { households })
    }

    /// When the bank must act next because a stage ends; lots are looked at once a month begins.
    pub fn next_due(&self) -> Option<Time> {
        let stage = self.agenda.first().map(|(at, _)| *at);
        let lots = self.expiring.first().map(|(month, _)| month.end().start());
        stage.into_iter().chain(lots).min()
    }

    /// Sums of every account by unit, and lots against balances: zero and equal, always. For tests and audits;
    /// walks every household.
    pub fn check_books(&self) -> Result<(), String> {
        use words::Unit;
        for unit in Unit::ALL {
            let mut sum = self.account(Account::Issuance, *unit).balance;
            for (branch, _) in self.branches(None) {
                for account in [
                    Account::Budget(branch),
                    Account::Notice(branch),
                    Account::Redeemed(branch),
                    Account::Expired(branch),
                    Account::Recovered(branch),
                ] {
                    let balance = self.account(account, *unit).balance;
                    if balance < 0 {
                        return Err(format!("{account} stands at {balance} {unit:?}"));
                    }
                    sum += balance;
                }
            }
            for id in self.households.keys() {
                sum += self.account(Account::Household(*id), *unit).balance;
            }
            if sum != 0 {
                return Err(format!("{unit:?} sums to {sum}"));
            }
        }
        for (id, household) in &self.households {
            let lots: i64 = household.lots.iter().map(|lot| lot.amount).sum();
            if lots != household.points.balance || household.points.balance < 0 || household.score.balance < 0
            {
                return Err(format!("{id}: lots {lots}, points {}", household.points.balance));
            }
        }
        for (branch, state) in &self.branches {
            if let Some((sku, _)) = state.shelves.iter().find(|(_, shelf)| shelf.stock < 0) {
                return Err(format!("{branch}: stock of {sku} below zero"));
            }
            let set_aside: i64 = state
                .cases
                .iter()
                .filter_map(|number| self.cases.get(number))
                .flat_map(|case| &case.rows)
                .map(Row::set_aside)
                .sum();
            if set_aside != self.account(Account::Notice(*branch), Unit::Points).balance {
                return Err(format!("{branch}: notice holds other than what is on notice"));
            }
        }
        Ok(())
    }
}

impl From<Change> for Effects {
    fn from(change: Change) -> Self {
        Effects { postings: Vec::new(), changes: vec![change] }
    }
}

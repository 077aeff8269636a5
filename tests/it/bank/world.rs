//! A bank under test and everything that watches it: a second bank that only replays, and a naive ledger that
//! adds up postings and lots without knowing a single rule. After every entry all three must agree.

use std::collections::BTreeMap;

use civbank::bank::command::{Body, Command, SystemCommand};
use civbank::bank::ids::{HouseholdId, PublicKey};
use civbank::bank::time::{Month, Time};
use civbank::bank::words::{State, Unit};
use civbank::bank::{Account, Applied, Bank, Change, Cited, Context, Effects, PinCheck, Refusal, Request};

pub const ORIGIN: &str = "bank.example/jiaxiang";

/// Far more entries than falling due may ever write at one moment.
const DUE_ENTRIES_MAX: usize = 5_000;

#[derive(Clone)]
pub struct World {
    pub bank: Bank,
    pub now: Time,
    /// Time and effects by index: what the journal would hold.
    pub entries: Vec<(Time, Effects)>,
    /// Where every declaration's rows stand, ended ones too.
    pub states: BTreeMap<(u64, HouseholdId), (State, i64)>,
    /// The entry that credited a row.
    pub credits: BTreeMap<(u64, HouseholdId), u64>,
    /// Vetoes by household, as the journal tells them.
    replica: Bank,
    ledger: BTreeMap<(Account, Unit), Line>,
    lots: BTreeMap<(HouseholdId, Month), i64>,
    requests: u64,
}

#[derive(Clone, Copy, Default)]
struct Line {
    balance: i64,
    sequence: u64,
    index: Option<u64>,
}

/// What comes with a command besides its body and signers.
#[derive(Clone)]
pub struct Envelope {
    pub origin: String,
    pub request_id: Option<[u8; 16]>,
    pub not_after: Option<Time>,
    pub pin: PinCheck,
    /// Another entry than the one that the body cites.
    pub shown: Option<u64>,
}

impl Default for Envelope {
    fn default() -> Self {
        let (origin, pin) = (ORIGIN.to_owned(), PinCheck::NotGiven);
        Envelope { origin, request_id: None, not_after: None, pin, shown: None }
    }
}

impl World {
    pub fn new(now: Time) -> Self {
        World {
            bank: Bank::new(),
            now,
            entries: Vec::new(),
            states: BTreeMap::new(),
            credits: BTreeMap::new(),
            replica: Bank::new(),
            ledger: BTreeMap::new(),
            lots: BTreeMap::new(),
            requests: 0,
        }
    }

    /// What the bank would answer.
    pub fn ask(
        &self,
        body: Body,
        signers: &[PublicKey],
        with: &Envelope,
    ) -> Result<(Request, Effects), Refusal> {
        let not_after = with.not_after.unwrap_or(self.now.plus_days(1));
        let id = with.request_id.unwrap_or(u128::from(self.requests).to_be_bytes());
        let index = with.shown.or(body.cites());
        let cited = index.and_then(|index| {
            let (time, effects) = self.entries.get(index as usize)?;
            Some(Cited { index, time: *time, effects })
        });
        let payload_digest = [1; 16];
        let context = Context { now: self.now, signers, pin: with.pin, cited, payload_digest };
        let command = Command { origin: with.origin.clone(), request_id: id, not_after, body };
        let effects = self.bank.decide(&command, &context)?;
        Ok((Request { id, payload_digest, not_after }, effects))
    }

    /// Asks, and takes over what was decided. The entry's index.
    pub fn submit(&mut self, body: Body, signers: &[PublicKey], with: &Envelope) -> Result<u64, Refusal> {
        let asked = self.ask(body, signers, with);
        self.requests += 1;
        let (request, effects) = asked?;
        Ok(self.write(Some(request), effects))
    }

    pub fn submit_system(&mut self, command: &SystemCommand) -> Result<u64, Refusal> {
        let effects = self.bank.decide_system(command, self.now)?;
        Ok(self.write(None, effects))
    }

    /// Lets the clock run, and the bank do at each moment what falls due.
    pub fn advance(&mut self, until: Time) {
        assert!(until >= self.now, "scripts do not go back in time");
        self.run_due();
        while let Some(due) = self.bank.next_due().filter(|due| *due <= until) {
            assert!(due > self.now, "what fell due at {due:?} is still due at {:?}", self.now);
            self.now = due;
            self.run_due();
        }
        self.now = until;
        self.run_due();
    }

    pub fn run_due(&mut self) {
        for _ in 0..DUE_ENTRIES_MAX {
            let Some(command) = self.bank.due(self.now) else { return };
            let index = self.submit_system(&command).unwrap_or_else(|no| panic!("{command:?}: {no}"));
            let effects = &self.entries[index as usize].1;
            assert!(!effects.changes.is_empty(), "{command:?} fell due and did nothing");
        }
        panic!("the bank finds no end of what is due");
    }

    fn write(&mut self, request: Option<Request>, effects: Effects) -> u64 {
        let index = self.entries.len() as u64;
        let applied = Applied { index, time: self.now, request };
        self.add_up(index, &effects);
        self.bank.apply(&applied, &effects);
        self.replica.apply(&applied, &effects);
        self.entries.push((self.now, effects));
        self.verify();
        index
    }

    /// The naive ledger: postings sum to zero for each unit and continue their accounts; lots never fall
    /// below zero.
    fn add_up(&mut self, index: u64, effects: &Effects) {
        let mut sums: BTreeMap<Unit, i64> = BTreeMap::new();
        for posting in &effects.postings {
            *sums.entry(posting.unit).or_default() += posting.amount;
            let line = self.ledger.entry((posting.account, posting.unit)).or_default();
            assert_ne!(line.index, Some(index), "two postings of {} in entry {index}", posting.account);
            assert_eq!(posting.account_previous_index, line.index, "link of {}", posting.account);
            assert_eq!(posting.account_sequence, line.sequence + 1, "sequence of {}", posting.account);
            assert_eq!(posting.balance_after, line.balance + posting.amount, "{}", posting.account);
            let score_restated = posting.unit == Unit::Score;
            assert!(posting.amount != 0 || score_restated, "an empty posting of {}", posting.account);
            assert!(
                posting.balance_after >= 0 || posting.account == Account::Issuance,
                "{} falls below zero",
                posting.account
            );
            let (balance, sequence) = (posting.balance_after, posting.account_sequence);
            *line = Line { balance, sequence, index: Some(index) };
        }
        assert!(sums.values().all(|sum| *sum == 0), "entry {index} does not sum to zero: {sums:?}");
        for change in &effects.changes {
            match change {
                Change::LotMoved { household, month, amount } => {
                    let lot = self.lots.entry((*household, *month)).or_default();
                    *lot += amount;
                    assert!(*lot >= 0, "lot {month:?} of {household} below zero in entry {index}");
                }
                Change::StateChanged { declaration, household, state, points, .. } => {
                    self.states.insert((*declaration, *household), (*state, *points));
                    if *state == State::Credited {
                        self.credits.entry((*declaration, *household)).or_insert(index);
                    }
                }
                Change::DeclarationFiled { household, .. } => {
                    self.states.insert((index, *household), (State::Submitted, 0));
                }
                Change::SheetFiled { rows, .. } => {
                    let waiting = rows.iter().map(|row| ((index, row.household), (State::Endorsed, 0)));
                    self.states.extend(waiting);
                }
                _ => {}
            }
        }
    }

    /// The whole world, after every step.
    pub fn verify(&self) {
        self.bank.check_books().unwrap_or_else(|why| panic!("entry {}: {why}", self.entries.len() - 1));
        assert!(self.bank == self.replica, "a bank that replays is another bank");
        for ((account, unit), line) in &self.ledger {
            let kept = self.bank.account(*account, *unit);
            assert_eq!((kept.balance, kept.sequence), (line.balance, line.sequence), "{account} {unit:?}");
        }
        let mut lots: BTreeMap<HouseholdId, i64> = BTreeMap::new();
        for ((household, _), amount) in &self.lots {
            *lots.entry(*household).or_default() += amount;
        }
        for (household, sum) in lots {
            let balance = self.bank.account(Account::Household(household), Unit::Points).balance;
            assert_eq!(sum, balance, "lots of {household}");
        }
    }
}

//! A declaration or sheet as its entries tell it: folded from the filing on, so that one that ended years ago
//! reads like one that is open. What only an open case has (votes needed, lateness, the next deadline) is laid
//! over it from the bank's state.

use crate::bank::effects::Change;
use crate::bank::ids::{Branch, Digest, HouseholdId, ItemCode};
use crate::bank::time::{Day, Time};
use crate::bank::words::{ItemKind, State, Unit, Vote};
use crate::engine::View;
use crate::wire::{Entry, pb};

/// What the entries say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) number: u64,
    pub(crate) branch: Branch,
    pub(crate) sheet: bool,
    pub(crate) filed_at: Time,
    pub(crate) deed_date: Day,
    pub(crate) rows: Vec<ToldRow>,
    pub(crate) evidence: Vec<Digest>,
    pub(crate) votes_for: u32,
    pub(crate) votes_against: u32,
}

/// One household's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToldRow {
    pub(crate) household: HouseholdId,
    pub(crate) member: u8,
    pub(crate) item: ItemCode,
    pub(crate) quantity: u32,
    pub(crate) state: State,
    pub(crate) points: i64,
    pub(crate) until: Option<Time>,
    /// The entry that credited it, which a dispute cites.
    pub(crate) credited_by: Option<u64>,
}

/// What only an open case has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Open {
    votes_needed: u32,
    due: Option<Time>,
    /// Times each row's stage was found late.
    escalated: Vec<(HouseholdId, u32)>,
}

impl Open {
    /// Looks the case up; all zero where it has ended.
    pub(crate) fn of(view: &View, number: u64) -> Self {
        let Ok(case) = view.bank.case(number) else { return Open::default() };
        let undecided = |state| matches!(state, State::Submitted | State::Returned | State::Endorsed);
        let votes_needed = if case.rows.iter().any(|row| undecided(row.state)) {
            let seated = view.bank.seated(case.branch, view.now).len() as u32;
            view.bank.policy(case.branch).votes_needed(seated)
        } else {
            0
        };
        let escalated = case.rows.iter().map(|row| (row.household, row.escalated)).collect();
        Open { votes_needed, due: case.due(), escalated }
    }

    pub(crate) fn escalated(&self, household: HouseholdId) -> u32 {
        self.escalated.iter().find(|(id, _)| *id == household).map_or(0, |(_, times)| *times)
    }
}

impl Told {
    /// Folds the entries of declaration `number`, oldest first. None where the first does not file it.
    pub(crate) fn fold(number: u64, entries: &[Entry]) -> Option<Told> {
        let (first, rest) = entries.split_first().filter(|(first, _)| first.index == number)?;
        let mut told = Told::filed(first)?;
        for entry in std::iter::once(first).chain(rest) {
            for change in &entry.effects.changes {
                told.apply(entry.index, change);
            }
        }
        Some(told)
    }

    fn filed(entry: &Entry) -> Option<Told> {
        let told = |branch, sheet, deed_date, rows, evidence| Told {
            number: entry.index,
            branch,
            sheet,
            filed_at: entry.time,
            deed_date,
            rows,
            evidence,
            votes_for: 0,
            votes_against: 0,
        };
        entry.effects.changes.iter().find_map(|change| match change {
            Change::DeclarationFiled { household, member, item, quantity, deed_date, evidence, .. } => {
                let row = ToldRow::new(*household, *member, *item, *quantity, State::Submitted);
                Some(told(household.branch(), false, *deed_date, vec![row], evidence.clone()))
            }
            Change::SheetFiled { branch, date, rows, record, .. } => {
                let row = |row: &crate::bank::effects::SheetRow| {
                    ToldRow::new(row.household, 0, row.item, row.quantity, State::Endorsed)
                };
                Some(told(*branch, true, *date, rows.iter().map(row).collect(), vec![*record]))
            }
            _ => None,
        })
    }

    fn apply(&mut self, index: u64, change: &Change) {
        match change {
            Change::DeclarationResubmitted { declaration, quantity, deed_date, evidence, .. }
                if *declaration == self.number =>
            {
                self.deed_date = *deed_date;
                self.evidence.extend(evidence);
                self.rows.iter_mut().for_each(|row| row.quantity = *quantity);
            }
            Change::Voted { declaration, vote, .. } if *declaration == self.number => match vote {
                Vote::Approve => self.votes_for += 1,
                Vote::Refuse => self.votes_against += 1,
            },
            Change::StateChanged { declaration, household, state, points, until, .. }
                if *declaration == self.number =>
            {
                if let Some(row) = self.rows.iter_mut().find(|row| row.household == *household) {
                    row.state = *state;
                    row.points = *points;
                    row.until = *until;
                    if *state == State::Credited && row.credited_by.is_none() {
                        row.credited_by = Some(index);
                    }
                }
            }
            _ => {}
        }
    }

    /// The message; titles and units come out of the bank's catalogue.
    pub(crate) fn to_pb(&self, open: &Open, view: &View) -> pb::Declaration {
        let escalated = self.rows.iter().map(|row| open.escalated(row.household)).max().unwrap_or(0);
        pb::Declaration {
            declaration: self.number,
            branch: self.branch.to_string(),
            sheet: self.sheet,
            time_unix_ms: self.filed_at.0,
            deed_date: self.deed_date.to_string(),
            rows: self.rows.iter().map(|row| row.to_pb(self, view)).collect(),
            evidence: self.evidence.iter().map(|address| address.0.to_vec()).collect(),
            votes_for: self.votes_for,
            votes_against: self.votes_against,
            votes_needed: open.votes_needed,
            escalated,
            due_unix_ms: open.due.map_or(0, |due| due.0),
            credited_by: self.rows.iter().filter_map(|row| row.credited_by).min(),
        }
    }
}

impl ToldRow {
    fn new(household: HouseholdId, member: u8, item: ItemCode, quantity: u32, state: State) -> Self {
        ToldRow { household, member, item, quantity, state, points: 0, until: None, credited_by: None }
    }

    fn to_pb(&self, told: &Told, view: &View) -> pb::DeclarationRow {
        let bank = view.bank;
        let item = bank.item(told.branch, self.item, told.deed_date);
        // A veto moves nothing; it stands against the year's score.
        let unit = item.map_or(Unit::Points, |(_, item)| match item.kind {
            ItemKind::Deed | ItemKind::Bonus | ItemKind::Deduction => item.unit,
            ItemKind::Veto => Unit::Score,
        });
        pb::DeclarationRow {
            household: self.household.to_string(),
            member: u32::from(self.member),
            item: self.item.to_string(),
            title: bank.item_title(told.branch, self.item).unwrap_or_default().to_owned(),
            quantity: self.quantity,
            state: self.state.number(),
            points: self.points,
            until_unix_ms: self.until.map_or(0, |until| until.0),
            unit: unit.number(),
        }
    }
}

//! Cases: declarations and inspection sheets on their way from filing to an end. A declaration has one row, a
//! sheet many; each row stands somewhere by itself once the committee has decided. Only open cases are held;
//! what has ended is history.

use serde::{Deserialize, Serialize};

use std::sync::Arc;

use super::Bank;
use super::command::Item;
use super::ids::{Branch, Digest, HouseholdId, PersonId};
use super::objection::Objector;
use super::policy::Policy;
use super::refusal::{Refusal, StateName};
use super::time::{Day, Time};
use super::words::{Ground, ItemKind, State, Vote};

/// Days after an objection in which it should be ruled before it is escalated.
pub const RULING_DAYS: i64 = 10;

/// An open declaration or sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Where.
    pub branch: Branch,
    /// An inspection sheet.
    pub sheet: bool,
    /// When it was filed.
    pub filed_at: Time,
    /// Day of the deed or inspection.
    pub deed_date: Day,
    /// Evidence documents so far.
    pub evidence: Vec<Digest>,
    /// The proxy who filed it, or the clerk of a sheet.
    pub filer: Option<PersonId>,
    /// The liaison who gave the last verdict.
    pub reviewer: Option<PersonId>,
    /// Everybody who filed it, also where another did so after them.
    pub(super) filers: Vec<PersonId>,
    /// Everybody who gave a verdict, also where another did so after them.
    pub(super) reviewers: Vec<PersonId>,
    /// Votes in order.
    pub ballots: Vec<Ballot>,
    /// Rows by household.
    pub rows: Vec<Row>,
    /// When the bank itself must act next.
    pub(super) due: Option<Time>,
}

/// One member's vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// Who.
    pub person: PersonId,
    /// For or against.
    pub vote: Vote,
    /// Points for one unit of quantity, where set.
    pub points: Option<u32>,
}

/// One household's part of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Whose book.
    pub household: HouseholdId,
    /// Member; 0: the household.
    pub member: u8,
    /// The item as it was in force on the day.
    pub item: Arc<Item>,
    /// Units of quantity.
    pub quantity: u32,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: Time,
    /// Points (or score) approved; negative for deductions.
    pub points: i64,
    /// End of notice, exclusive.
    pub until: Option<Time>,
    /// When the quorum approved it.
    pub approved_at: Option<Time>,
    /// Times escalated in this state.
    pub escalated: u32,
    /// Who objected so far: they do not rule on it.
    pub(super) objectors: Vec<Objector>,
}

impl Row {
    pub(super) fn new(
        household: HouseholdId,
        member: u8,
        item: Arc<Item>,
        quantity: u32,
        state: State,
        now: Time,
    ) -> Self {
        Row {
            household,
            member,
            item,
            quantity,
            state,
            since: now,
            points: 0,
            until: None,
            approved_at: None,
            escalated: 0,
            objectors: Vec::new(),
        }
    }

    /// Whether its points come out of the budget.
    pub fn earns(&self) -> bool {
        match self.item.kind {
            ItemKind::Deed | ItemKind::Bonus => true,
            ItemKind::Deduction | ItemKind::Veto => false,
        }
    }

    /// Points that lie in the notice account for it.
    pub(super) fn set_aside(&self) -> i64 {
        match self.state {
            State::OnNotice | State::Objected if self.earns() => self.points,
            _ => 0,
        }
    }

    /// When the bank must act, and what a stage past its time becomes.
    pub(super) fn due(&self, policy: &Policy) -> Option<(Time, DueStep)> {
        let working = |days: u32| self.since.day().after_working_days(days).start();
        let pending = |from: Time| (from.plus_days(i64::from(policy.pending_days)), DueStep::TimeOut);
        match self.state {
            // Late once: another liaison may act. Late twice: the committee hears of it.
            State::Submitted => match self.escalated {
                0 => Some((working(policy.review_days), DueStep::Escalate)),
                1 => Some((working(policy.review_days * 2), DueStep::Escalate)),
                _ => None,
            },
            State::Endorsed => {
                (self.escalated == 0).then(|| (working(policy.decide_days), DueStep::Escalate))
            }
            State::Returned => Some(pending(self.since)),
            State::OnNotice => self.until.map(|until| (until, DueStep::CloseNotice)),
            State::Objected => {
                let end = pending(self.approved_at.unwrap_or(self.since));
                let ruling = (self.since.plus_days(RULING_DAYS), DueStep::Escalate);
                Some(if self.escalated == 0 && ruling.0 < end.0 { ruling } else { end })
            }
            State::Credited
            | State::Refused
            | State::Withdrawn
            | State::Voided
            | State::Disputed
            | State::Reversed => None,
        }
    }
}

/// What falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DueStep {
    /// Notice is over.
    CloseNotice,
    /// A stage is late.
    Escalate,
    /// No end in the time that the policy allows.
    TimeOut,
}

impl Case {
    /// The row of a household; a declaration's only row where none is named.
    pub fn row(&self, number: u64, household: Option<HouseholdId>) -> Result<&Row, Refusal> {
        let unknown = Refusal::RowUnknown { declaration: number };
        match household {
            Some(id) => self.rows.iter().find(|row| row.household == id).ok_or(unknown),
            None if self.sheet => Err(unknown),
            None => self.rows.first().ok_or(unknown),
        }
    }

    /// Whether a person had a hand in it: filed, reviewed or voted.
    pub fn had_a_hand(&self, person: PersonId) -> bool {
        self.filed_or_reviewed(person) || self.ballots.iter().any(|ballot| ballot.person == person)
    }

    /// Whether a person filed or reviewed it, now or before it was returned.
    pub(super) fn filed_or_reviewed(&self, person: PersonId) -> bool {
        self.filers.contains(&person) || self.reviewers.contains(&person)
    }

    /// When the bank acts on it next.
    pub fn due(&self) -> Option<Time> {
        self.due
    }

    pub(super) fn find_due(&self, policy: &Policy) -> Option<Time> {
        self.rows.iter().filter_map(|row| row.due(policy)).map(|(at, _)| at).min()
    }
}

impl Bank {
    /// An open declaration or sheet.
    pub fn case(&self, declaration: u64) -> Result<&Case, Refusal> {
        self.cases.get(&declaration).ok_or(Refusal::DeclarationNotOpen { declaration })
    }

    /// Open cases after `after`, by number.
    pub fn cases(&self, after: Option<u64>) -> impl Iterator<Item = (u64, &Case)> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.cases.range((after.map_or(Unbounded, Excluded), Unbounded)).map(|(number, case)| (*number, case))
    }

    /// A declaration (not a sheet) whose row stands in one of these states.
    pub(super) fn declaration_in(
        &self,
        declaration: u64,
        states: &[State],
    ) -> Result<(&Case, &Row), Refusal> {
        let case = self.case(declaration)?;
        let row = case.row(declaration, None)?;
        if states.contains(&row.state) {
            Ok((case, row))
        } else {
            Err(Refusal::WrongState { declaration, state: StateName(row.state) })
        }
    }

    pub(super) fn apply_filed(&mut self, number: u64, case: Case) {
        for row in &case.rows {
            self.book(row.household).open += 1;
            if row.earns() {
                let (id, member, quantity) = (row.household, row.member, i64::from(row.quantity));
                self.count_item(id, member, &row.item, case.deed_date, quantity);
            }
        }
        self.village(case.branch).cases.insert(number);
        self.cases.insert(number, case);
        self.plan(number);
    }

    /// Keeps the agenda: each open case stands there once, at its next due time.
    pub(super) fn plan(&mut self, number: u64) {
        let Some(case) = self.cases.get(&number) else { return };
        let policy = self.policy(case.branch);
        let (before, after) = (case.due, case.find_due(&policy));
        if before != after {
            if let Some(at) = before {
                self.agenda.remove(&(at, number));
            }
            if let Some(at) = after {
                self.agenda.insert((at, number));
            }
            if let Some(case) = self.cases.get_mut(&number) {
                case.due = after;
            }
        }
    }

    /// Moves a row to where it stands now; counters and agenda follow. The last row's end ends the case.
    pub(super) fn apply_state(
        &mut self,
        number: u64,
        id: HouseholdId,
        state: State,
        points: i64,
        until: Option<Time>,
    ) {
        let now = self.time;
        // A sheet may still be open for one household while another's credit is disputed.
        if state == State::Disputed || self.disputes.contains_key(&(number, id)) {
            return self.apply_dispute_state(number, id, state, points);
        }
        let case = self.cases.get_mut(&number).expect("changes name open declarations");
        let (branch, date) = (case.branch, case.deed_date);
        let row = case.rows.iter_mut().find(|row| row.household == id).expect("changes name rows that exist");
        let before = row.clone();
        row.state = state;
        row.points = points;
        row.until = until;
        row.since = now;
        row.escalated = 0;
        if state == State::OnNotice && before.approved_at.is_none() {
            row.approved_at = Some(now);
        }
        let evidence = if state == State::Withdrawn { case.evidence.clone() } else { Vec::new() };
        let ended = case.rows.iter().all(|row| row.state.is_final());

        if before.earns() {
            self.count_points(
                id,
                before.member,
                date,
                earned(state, points) - earned(before.state, before.points),
            );
            if matches!(state, State::Refused | State::Withdrawn | State::Voided) {
                let units = i64::from(before.quantity);
                self.count_item(id, before.member, &before.item, date, -units);
            }
        }
        if state == State::Withdrawn {
            self.evidence.forget(&evidence);
        }
        self.count_objection(id, before.state == State::Objected, state == State::Objected);
        if state == State::Credited && before.earns() {
            self.apply_earned(id, points);
        }
        let first = before.approved_at.is_none();
        self.village(branch).record.moved(now.day(), before.state, state, first);
        if state.is_final() {
            self.book(id).open -= 1;
            let village = self.village(branch);
            match state {
                State::Refused => village.refused_total += 1,
                State::Credited => village.credited_total += 1,
                _ => {}
            }
        }
        if ended {
            if let Some(at) = self.cases.remove(&number).and_then(|case| case.due) {
                self.agenda.remove(&(at, number));
            }
            self.village(branch).cases.remove(&number);
        }
    }

    /// An open objection stops the household's expiry clock.
    pub(super) fn count_objection(&mut self, id: HouseholdId, before: bool, after: bool) {
        if before != after {
            let household = self.book(id);
            let old = household.expiry();
            household.objections = if after { household.objections + 1 } else { household.objections - 1 };
            let new = household.expiry();
            self.move_expiry(id, old, new);
        }
    }

    /// Ends of stages: escalate, or end what has been pending too long.
    pub(super) fn decide_escalate(&self, number: u64, now: Time) -> Result<super::effects::Effects, Refusal> {
        use super::account::Movements;
        use super::effects::{Account, Change, Effects};

        let case = self.case(number)?;
        let policy = self.policy(case.branch);
        let mut movements = Movements::new(self);
        let mut changes = Vec::new();
        let mut level = 0;
        for row in &case.rows {
            match row.due(&policy) {
                Some((at, DueStep::Escalate)) if at <= now => level = level.max(row.escalated + 1),
                Some((at, DueStep::TimeOut)) if at <= now => {
                    if row.set_aside() > 0 {
                        let (source, target) = (Account::Notice(case.branch), Account::Budget(case.branch));
                        movements.transfer(source, target, super::words::Unit::Points, row.set_aside())?;
                    }
                    let approved = row.approved_at.is_some();
                    changes.push(Change::StateChanged {
                        declaration: number,
                        household: row.household,
                        state: if approved { State::Voided } else { State::Refused },
                        points: 0,
                        until: None,
                        ground: Some(Ground::TimedOut),
                    });
                }
                _ => {}
            }
        }
        if level > 0 {
            changes.insert(0, Change::Escalated { declaration: number, level });
        }
        Ok(Effects { postings: movements.finish(), changes })
    }

    pub(super) fn apply_escalated(&mut self, number: u64) {
        let now = self.time;
        let policy = self.cases.get(&number).map(|case| self.policy(case.branch));
        let (mut late, mut branch) = (Vec::new(), None);
        if let (Some(case), Some(policy)) = (self.cases.get_mut(&number), policy) {
            for row in &mut case.rows {
                if matches!(row.due(&policy), Some((at, DueStep::Escalate)) if at <= now) {
                    row.escalated += 1;
                    late.extend((row.escalated == 1).then_some(row.state));
                }
            }
            branch = Some(case.branch);
        }
        if let Some(branch) = branch {
            let record = &mut self.village(branch).record;
            late.into_iter().for_each(|stage| record.late(now.day(), stage));
        }
    }
}

/// Points of a row that count toward the month's caps.
fn earned(state: State, points: i64) -> i64 {
    match state {
        State::OnNotice | State::Objected | State::Credited => points.max(0),
        _ => 0,
    }
}

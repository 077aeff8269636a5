//! Objections and rulings: during notice about what is set aside, and for two years after about what was
//! credited (a dispute). What a ruling takes back moves by a further entry; nothing is ever undone in place.

use serde::{Deserialize, Serialize};

use crate::planted::{self, Bug};

use super::account::Movements;
use super::authority::{Acting, Party};
use super::effects::{Account, Change, DisputedCredit, Effects};
use super::ids::{Branch, HouseholdId, PersonId};
use super::key::Signer;
use super::refusal::{Refusal, StateName};
use super::time::Time;
use super::words::{Ground, ObjectionGround, Role, Ruling, State, Unit};
use super::{Bank, Cited};

/// A credit can be disputed for this long.
pub const DISPUTE_DAYS: i64 = 730;

/// A credit that is being disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Points credited.
    pub points: i64,
    /// Entry that credited them.
    pub credited_by: u64,
    /// Since when.
    pub since: Time,
    /// Who disputes it: they do not rule on it.
    pub(super) objector: Objector,
}

/// Who objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Objector {
    pub(super) person: Option<PersonId>,
    pub(super) household: Option<HouseholdId>,
}

impl Objector {
    /// A supervisor speaks for the village, everybody else for their household.
    pub(super) fn of(acting: &Acting) -> Self {
        let person = acting.person(Party::Villager).or(acting.person(Party::Supervisor));
        let household = match acting.first() {
            Some(Signer::Passbook(id)) => Some(id),
            _ => acting.person(Party::Villager).and_then(PersonId::household),
        };
        Objector { person, household }
    }

    /// The person, or somebody of the household that objects.
    fn is(&self, officer: PersonId) -> bool {
        let home = officer.household();
        self.person == Some(officer) || (home.is_some() && self.household == home)
    }
}

impl Bank {
    /// An open dispute of a credit.
    pub fn dispute(&self, declaration: u64, household: HouseholdId) -> Option<&Dispute> {
        self.disputes.get(&(declaration, household))
    }

    /// Every open dispute: the declaration or sheet, and whose credit it is about.
    pub fn disputes(&self) -> impl Iterator<Item = (u64, HouseholdId, &Dispute)> {
        self.disputes.iter().map(|((number, id), dispute)| (*number, *id, dispute))
    }

    /// Why this officer cannot rule on an objection or dispute; none: they can.
    pub fn ruling_bar(
        &self,
        declaration: u64,
        household: HouseholdId,
        officer: PersonId,
        now: Time,
    ) -> Option<Refusal> {
        self.decide_rule(declaration, Some(household), Ruling::Dismiss, 0, officer, now).err()
    }

    /// Open disputes of a branch's households: the declaration, whose, and what is disputed.
    pub fn disputes_of(&self, branch: Branch) -> impl Iterator<Item = (u64, HouseholdId, &Dispute)> {
        let all = self.disputes.iter().map(|((declaration, id), dispute)| (*declaration, *id, dispute));
        all.filter(move |(_, id, _)| id.branch() == branch)
    }

    pub(super) fn decide_object(
        &self,
        declaration: u64,
        household: Option<HouseholdId>,
        ground: ObjectionGround,
        by: Objector,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let case = self.case(declaration)?;
        let row = case.row(declaration, household)?;
        if row.state != State::OnNotice || row.until.is_none_or(|until| until <= now) {
            return Err(Refusal::WrongState { declaration, state: StateName(row.state) });
        }
        let objected = Change::Objected {
            declaration,
            household: row.household,
            person: by.person,
            by_household: by.household,
            ground,
            credit: None,
        };
        let moved = Change::StateChanged {
            declaration,
            household: row.household,
            state: State::Objected,
            points: row.points,
            until: row.until,
            ground: None,
        };
        Ok(Effects { postings: Vec::new(), changes: vec![objected, moved] })
    }

    /// A dispute: the cited entry must have credited this declaration, with points, within two years.
    pub(super) fn decide_dispute(
        &self,
        declaration: u64,
        household: Option<HouseholdId>,
        ground: ObjectionGround,
        by: Objector,
        cited: &Cited,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let (id, points) =
            credited(cited, declaration, household).ok_or(Refusal::CitationWrong { index: cited.index })?;
        self.open_household(id)?;
        if self.disputes.contains_key(&(declaration, id)) {
            return Err(Refusal::WrongState { declaration, state: StateName(State::Disputed) });
        }
        if let Some(state) = self.ruled.get(&(declaration, id)) {
            return Err(Refusal::WrongState { declaration, state: StateName(*state) });
        }
        let end = cited.time.plus_days(DISPUTE_DAYS);
        if end < now {
            return Err(Refusal::DisputeTooLate { last_day: end.day() });
        }
        let credit = Some(DisputedCredit { points, credited_by: cited.index });
        let (person, by_household) = (by.person, by.household);
        let objected = Change::Objected { declaration, household: id, person, by_household, ground, credit };
        let moved = Change::StateChanged {
            declaration,
            household: id,
            state: State::Disputed,
            points,
            until: None,
            ground: None,
        };
        Ok(Effects { postings: Vec::new(), changes: vec![objected, moved] })
    }

    pub(super) fn decide_rule(
        &self,
        declaration: u64,
        household: Option<HouseholdId>,
        ruling: Ruling,
        points: u32,
        officer: PersonId,
        now: Time,
    ) -> Result<Effects, Refusal> {
        if let Some((id, dispute)) = self.find_dispute(declaration, household) {
            self.check_judge(officer, id)?;
            // Who filed, reviewed or voted is history by now; whoever may have does not rule.
            let handled = [Role::Committee, Role::Liaison, Role::Clerk, Role::Proxy]
                .iter()
                .any(|role| self.holds(officer, *role, id.branch(), now));
            if handled || dispute.objector.is(officer) {
                return Err(Refusal::ConflictOfInterest { person: officer, why: "handled it before" });
            }
            return self.rule_dispute(declaration, id, dispute, ruling, points, officer);
        }
        let case = self.case(declaration)?;
        let row = case.row(declaration, household)?;
        let id = row.household;
        self.check_judge(officer, id)?;
        if case.had_a_hand(officer) || row.objectors.iter().any(|by| by.is(officer)) {
            return Err(Refusal::ConflictOfInterest { person: officer, why: "handled it before" });
        }
        if row.state != State::Objected {
            return Err(Refusal::WrongState { declaration, state: StateName(row.state) });
        }
        let stands = stands(ruling, points, row.points)?;
        let mut movements = Movements::new(self);
        let freed = if row.earns() { row.points - stands } else { 0 };
        if freed > 0 {
            let (source, target) = (Account::Notice(case.branch), Account::Budget(case.branch));
            movements.transfer(source, target, Unit::Points, freed)?;
        }
        let moved = match ruling {
            Ruling::Dismiss | Ruling::Partial => Change::StateChanged {
                declaration,
                household: id,
                state: State::OnNotice,
                points: stands,
                until: row.until,
                ground: None,
            },
            Ruling::Uphold => Change::StateChanged {
                declaration,
                household: id,
                state: State::Voided,
                points: 0,
                until: None,
                ground: Some(Ground::ObjectionUpheld),
            },
        };
        let ruled = Change::Ruled { declaration, household: id, person: officer, ruling, points: stands };
        Ok(Effects { postings: movements.finish(), changes: vec![ruled, moved] })
    }

    fn rule_dispute(
        &self,
        declaration: u64,
        id: HouseholdId,
        dispute: &Dispute,
        ruling: Ruling,
        points: u32,
        officer: PersonId,
    ) -> Result<Effects, Refusal> {
        let stands = stands(ruling, points, dispute.points)?;
        let state = match ruling {
            Ruling::Dismiss | Ruling::Partial => State::Credited,
            Ruling::Uphold => State::Reversed,
        };
        let mut movements = Movements::new(self);
        let mut changes = vec![
            Change::Ruled { declaration, household: id, person: officer, ruling, points: stands },
            Change::StateChanged {
                declaration,
                household: id,
                state,
                points: stands,
                until: None,
                ground: (ruling == Ruling::Uphold).then_some(Ground::ObjectionUpheld),
            },
        ];
        if dispute.points > stands && !planted::is(Bug::UpheldTakesNothing) {
            self.take_back(id, dispute.points - stands, &mut movements, &mut changes)?;
        }
        Ok(Effects { postings: movements.finish(), changes })
    }

    fn check_judge(&self, officer: PersonId, household: HouseholdId) -> Result<(), Refusal> {
        match self.conflict(officer, household) {
            Some(why) => Err(Refusal::ConflictOfInterest { person: officer, why }),
            None => Ok(()),
        }
    }

    /// The dispute that a command means: a declaration has one at most, a sheet one for each household.
    pub(super) fn find_dispute(
        &self,
        declaration: u64,
        household: Option<HouseholdId>,
    ) -> Option<(HouseholdId, &Dispute)> {
        let mut open = self
            .disputes
            .iter()
            .filter(|((number, id), _)| *number == declaration && household.is_none_or(|h| h == *id));
        let ((_, id), dispute) = open.next()?;
        open.next().is_none().then_some((*id, dispute))
    }

    /// Remembers who objects to what is on notice.
    pub(super) fn apply_objected(&mut self, declaration: u64, id: HouseholdId, by: Objector) {
        let case = self.cases.get_mut(&declaration).expect("changes name open declarations");
        if let Some(row) = case.rows.iter_mut().find(|row| row.household == id) {
            row.objectors.push(by);
        }
    }

    pub(super) fn apply_dispute(
        &mut self,
        declaration: u64,
        id: HouseholdId,
        objector: Objector,
        credit: DisputedCredit,
    ) {
        let since = self.time;
        let DisputedCredit { points, credited_by } = credit;
        self.disputes.insert((declaration, id), Dispute { points, credited_by, since, objector });
        self.book(id).open += 1;
        self.village(id.branch()).record.disputed(since.day());
        self.count_objection(id, false, true);
    }

    /// The end of a dispute. One credit is taken back once: a ruling, even for a part, is final.
    pub(super) fn apply_dispute_state(
        &mut self,
        declaration: u64,
        id: HouseholdId,
        state: State,
        stands: i64,
    ) {
        if state == State::Disputed {
            return;
        }
        if let Some(dispute) = self.disputes.remove(&(declaration, id)) {
            self.apply_unearned(id, dispute.points - stands, dispute.credited_by);
            self.ruled.insert((declaration, id), state);
            self.book(id).open -= 1;
            self.count_objection(id, true, false);
        }
    }
}

/// What stands after a ruling on `approved` points (negative for deductions).
fn stands(ruling: Ruling, points: u32, approved: i64) -> Result<i64, Refusal> {
    match ruling {
        Ruling::Dismiss => Ok(approved),
        Ruling::Uphold => Ok(0),
        Ruling::Partial if i64::from(points) < approved.abs() => Ok(i64::from(points) * approved.signum()),
        Ruling::Partial => Err(Refusal::PartOutOfRange { points, approved }),
    }
}

/// Household and points that an entry credited for a declaration.
pub(super) fn credited(
    cited: &Cited,
    declaration: u64,
    household: Option<HouseholdId>,
) -> Option<(HouseholdId, i64)> {
    let mut rows = cited.effects.changes.iter().filter_map(|change| match change {
        Change::StateChanged {
            declaration: number, household: id, state: State::Credited, points, ..
        } if *number == declaration && *points > 0 && household.is_none_or(|h| h == *id) => {
            Some((*id, *points))
        }
        _ => None,
    });
    let found = rows.next()?;
    rows.next().is_none().then_some(found)
}

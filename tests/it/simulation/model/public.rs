//! What a village shows of itself and hears, kept by hand: who stands on the board with how much, what became of rows,
//! what was suggested and answered. Sums are made anew out of single credits each time.

use civbank::bank::ids::{Branch, Digest, HouseholdId};
use civbank::bank::time::{Day, Time};
use civbank::bank::words::{Role, State};
use civbank::bank::{Bank, Counts, Place};

use super::says::{Answer, when};
use super::{Checked, Model, Row, Who, Wrong, ensure};
use crate::it::simulation::town;

/// Suggestions of a house in a month, and those of a village that may wait.
const A_MONTH: usize = 5;
const WAITING: usize = 200;
/// Answers that stay known.
const KNOWN: usize = 20;

/// A suggestion.
#[derive(Debug, Clone)]
pub struct Said {
    pub household: HouseholdId,
    at: Time,
    document: Digest,
    /// When, and with which document.
    pub answered: Option<(Time, Digest)>,
}

/// What is counted of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tally {
    Approved,
    Refused,
    Objected,
    Credited,
    Voided,
    LateReview,
    LateDecision,
    LateRuling,
}

impl Model {
    /// The house that speaks: the first signer from the village.
    fn speaker(who: &[Who], branch: Branch) -> Option<HouseholdId> {
        let houses = who.iter().filter_map(|who| match who {
            Who::Person(person) => person.household(),
            Who::Card(id) => Some(*id),
            Who::Terminal(_) => None,
        });
        houses.into_iter().find(|id| id.branch() == branch)
    }

    pub fn suggest(&self, branch: Branch, who: &[Who], now: Time) -> Answer {
        let house = Self::speaker(who, branch).ok_or("nobody of the village")?;
        let month = now.day().month();
        let mine = self.suggestions.values().filter(|one| one.household == house);
        let lately = mine.filter(|one| one.at.day().month() == month).count();
        when(lately < A_MONTH, "enough said this month")?;
        let waiting = self.suggestions.values().filter(|one| one.household.branch() == branch);
        when(waiting.filter(|one| one.answered.is_none()).count() < WAITING, "too many wait")
    }

    pub fn answer(&self, suggestion: u64, who: &[Who]) -> Answer {
        let said = self.suggestions.get(&suggestion).filter(|said| said.answered.is_none());
        let branch = said.ok_or("nothing to answer")?.household.branch();
        // The chair is who was made chair, and still sits.
        let chair = town::person(town::village(branch), town::COMMITTEE[0]);
        let chairs = who.contains(&Who::Person(chair)) && self.seated(branch).contains(&chair);
        let clerk = self.office(who, Role::Clerk, branch) || self.office(who, Role::Supervisor, branch);
        when(chairs || clerk || self.officer(who), "not theirs to answer")
    }

    pub fn said(&mut self, index: u64, branch: Branch, document: Digest, who: &[Who], at: Time) {
        let household = Self::speaker(who, branch).expect("the model said yes");
        self.suggestions.insert(index, Said { household, at, document, answered: None });
    }

    pub fn answered(&mut self, suggestion: u64, document: Digest, at: Time) {
        self.suggestions.get_mut(&suggestion).expect("the model said yes").answered = Some((at, document));
    }

    pub fn tally(&mut self, branch: Branch, what: Tally, now: Time) {
        *self.tallies.entry((branch, now.day().month(), what)).or_default() += 1;
    }

    /// A row is in another state; `first`: it was never approved before.
    pub fn became(&mut self, branch: Branch, before: State, state: State, first: bool, now: Time) {
        let what = match state {
            State::OnNotice if first => Tally::Approved,
            State::Refused => Tally::Refused,
            State::Objected if before != State::Objected => Tally::Objected,
            State::Credited => Tally::Credited,
            State::Voided => Tally::Voided,
            _ => return,
        };
        self.tally(branch, what, now);
    }

    /// A stage is found late, once however often it is found so.
    pub fn found_late(&mut self, branch: Branch, row: &Row, now: Time) {
        let what = match row.state {
            State::Submitted => Tally::LateReview,
            State::Endorsed => Tally::LateDecision,
            State::Objected => Tally::LateRuling,
            _ => return,
        };
        if row.escalated == 0 {
            self.tally(branch, what, now);
        }
    }

    /// What a house earned in the months that `counts`.
    fn earned(&self, house: HouseholdId, counts: impl Fn(Day) -> bool) -> i64 {
        let mine = self.credits.iter().filter(|((_, id), credit)| *id == house && credit.points > 0);
        mine.filter(|(_, credit)| counts(credit.at.day())).map(|(_, credit)| credit.kept).sum()
    }

    pub fn compare_public(&self, bank: &Bank) -> Checked {
        for village in 0..2 {
            let branch = town::branch(village);
            self.compare_standings(bank, branch)?;
            self.compare_record(bank, branch)?;
            self.compare_suggestions(bank, branch)?;
        }
        Ok(())
    }

    fn compare_standings(&self, bank: &Bank, branch: Branch) -> Checked {
        let day = self.time.day();
        let stands = bank.standings(branch, day).map_err(|error| Wrong(error.to_string()))?;
        let houses = || self.houses.iter().filter(|(id, _)| id.branch() == branch);
        let of_month = |id: HouseholdId| self.earned(id, |at| at.month() == day.month());
        let of_year = |id: HouseholdId| self.earned(id, |at| at.year() == day.year());
        for (id, _) in houses() {
            let there = bank.earned(*id, day).map_err(|error| Wrong(error.to_string()))?;
            let own = (of_month(*id), of_year(*id));
            ensure!(there == own, "{id} earned {there:?}, by the model {own:?}");
        }
        let public: Vec<HouseholdId> =
            houses().filter(|(_, house)| house.public).map(|(id, _)| *id).collect();
        let silent = houses().filter(|(id, house)| !house.public && of_year(**id) > 0).count();
        let ranks = |earned: &dyn Fn(HouseholdId) -> i64| {
            let mut places: Vec<Place> = Vec::new();
            for household in &public {
                let points = earned(*household);
                let better = public.iter().filter(|other| earned(**other) > points).count();
                if points > 0 && better < 10 {
                    places.push(Place { rank: better + 1, household: *household, points });
                }
            }
            places.sort_by_key(|place| (place.rank, place.household));
            places
        };
        let (month, year) = (ranks(&of_month), ranks(&of_year));
        ensure!(stands.month == month, "the month at {branch}: {:?}, by the model {month:?}", stands.month);
        ensure!(stands.year == year, "the year at {branch}: {:?}, by the model {year:?}", stands.year);
        let (there, own) = ((stands.agreed, stands.unnamed), (public.len() as u64, silent as u64));
        ensure!(there == own, "agreed and unnamed at {branch}: {there:?}, by the model {own:?}");
        Ok(())
    }

    fn compare_record(&self, bank: &Bank, branch: Branch) -> Checked {
        let month = self.time.day().month();
        let record = bank.branch(branch).map_err(|error| Wrong(error.to_string()))?.record;
        for (stands, all) in [(record.total, true), (record.month(self.time.day()), false)] {
            let count = |what: Tally| {
                let mine = self
                    .tallies
                    .iter()
                    .filter(|((b, m, w), _)| (*b, *w) == (branch, what) && (all || *m == month));
                mine.map(|(_, count)| *count).sum()
            };
            let own = Counts {
                approved: count(Tally::Approved),
                refused: count(Tally::Refused),
                objected: count(Tally::Objected),
                credited: count(Tally::Credited),
                voided: count(Tally::Voided),
                late_reviews: count(Tally::LateReview),
                late_decisions: count(Tally::LateDecision),
                late_rulings: count(Tally::LateRuling),
            };
            ensure!(stands == own, "the record of {branch}: {stands:?}, by the model {own:?}");
        }
        Ok(())
    }

    fn compare_suggestions(&self, bank: &Bank, branch: Branch) -> Checked {
        let stands = &bank.branch(branch).map_err(|error| Wrong(error.to_string()))?.suggestions;
        let mine = || self.suggestions.iter().filter(|(_, said)| said.household.branch() == branch);
        let answered = mine().filter(|(_, said)| said.answered.is_some()).count() as u64;
        let (there, own) = ((stands.received, stands.answered), (mine().count() as u64, answered));
        ensure!(there == own, "suggestions at {branch}: {there:?}, by the model {own:?}");
        let open: Vec<_> =
            stands.open.iter().map(|(n, one)| (*n, one.at, one.household, one.document)).collect();
        let waits = mine().filter(|(_, said)| said.answered.is_none());
        let waits: Vec<_> = waits.map(|(n, said)| (*n, said.at, said.household, said.document)).collect();
        ensure!(open == waits, "open suggestions at {branch}: {open:?}, by the model {waits:?}");
        // Those of one moment may stand in either order: what was written first is not noted here.
        let mut newest: Vec<_> =
            stands.answers.iter().map(|one| (one.at, one.suggestion, one.document)).collect();
        let given = mine().filter_map(|(number, said)| said.answered.map(|(at, by)| (at, *number, by)));
        let mut given: Vec<_> = given.collect();
        given.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        let count = given.len().min(KNOWN);
        ensure!(newest.len() == count, "{} answers are known at {branch}, not {count}", newest.len());
        newest.sort_unstable();
        let last = newest.first().map(|(at, ..)| *at);
        given.retain(|(at, ..)| last.is_some_and(|last| *at >= last));
        ensure!(newest.iter().all(|one| given.contains(one)), "answers at {branch}: {newest:?} of {given:?}");
        Ok(())
    }
}

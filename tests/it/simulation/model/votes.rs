//! The committee: who may vote, and what a vote closes. Votes are counted for each row by itself.

use civbank::bank::command::Item;
use civbank::bank::ids::{HouseholdId, PersonId};
use civbank::bank::time::Month;
use civbank::bank::words::{Role, State, Vote};

use super::{Case, Model, Row, of};

/// A row that a vote closes: points where it is approved.
pub struct Closed {
    pub number: u64,
    pub household: HouseholdId,
    pub approved: Option<i64>,
}

/// What the votes on a row come to.
enum Count {
    Approved(i64),
    Refused,
    Open,
}

impl Model {
    /// What a vote closes, or why it may not be cast.
    pub fn vote(
        &self,
        numbers: &[u64],
        voter: PersonId,
        vote: Vote,
        points: Option<u32>,
    ) -> Result<Vec<Closed>, &'static str> {
        let mut closed: Vec<Closed> = Vec::new();
        // Points that this vote has given already: household, member, month.
        let mut given: Vec<(HouseholdId, u8, Month, i64)> = Vec::new();
        let mut cost = 0;
        let first = numbers.first().and_then(|number| self.cases.get(number)).ok_or("no case")?;
        if !self.holds(voter, Role::Committee, first.branch) {
            return Err("not of the committee");
        }
        for number in numbers {
            let case = self.cases.get(number).filter(|case| case.is_open()).ok_or("not open")?;
            if case.branch != first.branch {
                return Err("two villages in one vote");
            }
            self.may_vote(case, voter, vote, points)?;
            let mut ballots = case.ballots.clone();
            ballots.push((voter, vote, points));
            for row in case.rows.iter().filter(|row| row.state == State::Endorsed) {
                let (number, household) = (*number, row.household);
                match self.count(case, row, &ballots) {
                    Count::Open => {}
                    Count::Refused => closed.push(Closed { number, household, approved: None }),
                    Count::Approved(points) if row.earns() => {
                        let month = case.day.month();
                        let mine = given.iter().filter(|(id, _, m, _)| (*id, *m) == (household, month));
                        let house: i64 = mine.clone().map(|(.., points)| points).sum();
                        let person = mine.filter(|(_, member, ..)| *member == row.member);
                        let person: i64 = person.map(|(.., points)| points).sum();
                        let beside = (person, house);
                        if !self.has_month_room(household, row.member, case.day, points, beside) {
                            if !case.sheet {
                                return Err("the month's points");
                            }
                            closed.push(Closed { number, household, approved: None });
                            continue;
                        }
                        given.push((household, row.member, month, points));
                        cost += points;
                        closed.push(Closed { number, household, approved: Some(points) });
                    }
                    Count::Approved(points) => {
                        closed.push(Closed { number, household, approved: Some(points) });
                    }
                }
            }
        }
        if cost > of(&self.budget, &first.branch) {
            return Err("the budget is short");
        }
        Ok(closed)
    }

    fn may_vote(
        &self,
        case: &Case,
        voter: PersonId,
        vote: Vote,
        points: Option<u32>,
    ) -> Result<(), &'static str> {
        if case.handled.contains(&voter) {
            return Err("handled it before");
        }
        let waiting: Vec<&Row> = case.rows.iter().filter(|row| row.state == State::Endorsed).collect();
        if waiting.is_empty() {
            return Err("nothing to vote on");
        }
        if waiting.iter().all(|row| self.is_near(voter, row.household)) {
            return Err("their own or kin");
        }
        if case.ballots.iter().any(|(person, ..)| *person == voter) {
            return Err("voted already");
        }
        for row in waiting.iter().filter(|_| vote == Vote::Approve) {
            let (least, most) = (row.item.points_min, row.item.points_max);
            match points {
                None if least < most => return Err("how many points?"),
                Some(points) if points < least || points > most => return Err("points out of range"),
                _ => {}
            }
        }
        Ok(())
    }

    fn count(&self, case: &Case, row: &Row, ballots: &[(PersonId, Vote, Option<u32>)]) -> Count {
        let seated = self.seated(case.branch);
        let policy = &self.policies[&case.branch];
        let more_than_share = seated.len() * policy.quorum_percent as usize / 100 + 1;
        let needed = more_than_share.max(policy.quorum_min as usize);
        let has_say =
            |person: &PersonId| !self.is_near(*person, row.household) && !case.handled.contains(person);
        let (mut set, mut against, mut silent) = (Vec::new(), 0, 0);
        for person in seated.iter().filter(|person| has_say(person)) {
            match ballots.iter().find(|(voter, ..)| voter == person) {
                None => silent += 1,
                Some((_, Vote::Refuse, _)) => against += 1,
                Some((_, Vote::Approve, points)) => set.push(points.unwrap_or(row.item.points_min)),
            }
        }
        if set.len() >= needed {
            set.sort_unstable();
            // The lower one of the two in the middle.
            let middle = set[(set.len() - 1) / 2];
            let points = i64::from(middle) * i64::from(row.quantity);
            Count::Approved(if row.earns() { points } else { -points })
        } else if against >= needed || against > 0 && set.len() + silent < needed {
            Count::Refused
        } else {
            Count::Open
        }
    }

    /// What item a row is for, where more than one price in points is possible.
    pub fn range(item: &Item) -> Option<(u32, u32)> {
        (item.points_min < item.points_max).then_some((item.points_min, item.points_max))
    }
}

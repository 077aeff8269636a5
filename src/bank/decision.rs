//! The committee's votes and its quorum. A quorum moves the points from budget to notice in the same entry;
//! a short budget refuses the closing vote, it never cuts it.
//!
//! A vote does not count on rows of the voter's own household or kin, nor where the voter filed or reviewed.
//! The points of a row are the lower median of what its approving votes set.

use crate::planted::{self, Bug};

use super::Bank;
use super::account::Movements;
use super::case::{Ballot, Case, Row};
use super::effects::{Account, Change, Effects};
use super::ids::{HouseholdId, PersonId};
use super::refusal::{Refusal, StateName};
use super::time::{Month, Time};
use super::words::{Ground, ItemKind, State, Unit, Vote};

/// Rows that one `Decide` may touch, so that the entry stays a leaf.
pub const DECIDE_ROWS_MAX: usize = 400;

/// One member's vote as asked.
pub(super) struct Asked {
    pub(super) person: PersonId,
    pub(super) vote: Vote,
    pub(super) points: Option<u32>,
    pub(super) ground: Option<Ground>,
}

impl Bank {
    pub(super) fn decide_decide(
        &self,
        declarations: &[u64],
        asked: &Asked,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let mut movements = Movements::new(self);
        let mut changes = Vec::new();
        let mut month_points = Vec::new();
        let mut rows = 0;
        for number in declarations {
            let case = self.case(*number)?;
            rows += case.rows.len();
            self.check_vote(*number, case, asked)?;
        }
        if rows > DECIDE_ROWS_MAX {
            return Err(Refusal::TooManyRows { rows: rows as u32, max: DECIDE_ROWS_MAX as u32 });
        }
        for number in declarations {
            let case = self.case(*number)?;
            let Asked { person, vote, points, .. } = *asked;
            changes.push(Change::Voted { declaration: *number, person, vote, points });
            self.close_rows(*number, case, asked, now, &mut movements, &mut changes, &mut month_points)?;
        }
        Ok(Effects { postings: movements.finish(), changes })
    }

    pub(super) fn check_vote(&self, declaration: u64, case: &Case, asked: &Asked) -> Result<(), Refusal> {
        let person = asked.person;
        if case.filed_or_reviewed(person) {
            return Err(Refusal::ConflictOfInterest { person, why: "handled it before" });
        }
        let waiting: Vec<&Row> = case.rows.iter().filter(|row| row.state == State::Endorsed).collect();
        // Where nothing waits, the rows that once did say whether the member had a say at all.
        let concerned = if waiting.is_empty() { case.rows.iter().collect() } else { waiting.clone() };
        let conflicts = concerned.iter().map(|row| self.conflict(person, row.household));
        if let Some(why) = conflicts.collect::<Option<Vec<_>>>().and_then(|whys| whys.first().copied()) {
            return Err(Refusal::ConflictOfInterest { person, why });
        }
        if waiting.is_empty() {
            let state = case.rows.iter().map(|row| row.state).min().unwrap_or(State::Voided);
            return Err(Refusal::WrongState { declaration, state: StateName(state) });
        }
        let voted = case.ballots.iter().any(|ballot| ballot.person == person);
        if voted && !planted::is(Bug::VoterCountedTwice) {
            return Err(Refusal::AlreadyVoted { declaration, person });
        }
        if asked.vote == Vote::Approve {
            waiting.iter().try_for_each(|row| check_points(row, asked.points))?;
        }
        Ok(())
    }

    /// Closes each waiting row that the votes, this one among them, decide.
    #[allow(clippy::too_many_arguments)]
    fn close_rows(
        &self,
        declaration: u64,
        case: &Case,
        asked: &Asked,
        now: Time,
        movements: &mut Movements,
        changes: &mut Vec<Change>,
        month_points: &mut Vec<(HouseholdId, u8, Month, u32)>,
    ) -> Result<(), Refusal> {
        let policy = self.policy(case.branch);
        let seated = self.seated(case.branch, now);
        let needed = policy.votes_needed(seated.len() as u32) as usize;
        let mut ballots = case.ballots.clone();
        ballots.push(Ballot { person: asked.person, vote: asked.vote, points: asked.points });
        let until = notice_end(now, policy.notice_days);

        for row in case.rows.iter().filter(|row| row.state == State::Endorsed) {
            let counts = |person: PersonId| {
                self.conflict(person, row.household).is_none() && !case.filed_or_reviewed(person)
            };
            // Who has left the committee has no vote there any more.
            let counted: Vec<&Ballot> = ballots
                .iter()
                .filter(|ballot| counts(ballot.person) && seated.contains(&ballot.person))
                .collect();
            let approvals = counted.iter().filter(|ballot| ballot.vote == Vote::Approve).count();
            let refusals = counted.len() - approvals;
            let left = seated
                .iter()
                .filter(|person| counts(**person) && !ballots.iter().any(|ballot| ballot.person == **person))
                .count();
            let moved = |state, points, until, ground| Change::StateChanged {
                declaration,
                household: row.household,
                state,
                points,
                until,
                ground,
            };
            if approvals >= needed {
                let points = approved_points(row, &counted);
                if row.earns() {
                    let month = case.deed_date.month();
                    let pending = |member: Option<u8>| {
                        let of_row = |(id, who, m, _): &&(HouseholdId, u8, Month, u32)| {
                            (*id, *m) == (row.household, month) && member.is_none_or(|member| member == *who)
                        };
                        month_points.iter().filter(of_row).map(|(_, _, _, points)| *points).sum()
                    };
                    let over = self.check_month_points(
                        row.household,
                        row.member,
                        case.deed_date,
                        points as u32,
                        (pending(Some(row.member)), pending(None)),
                    );
                    match over {
                        // One household at its cap does not hold up a whole sheet; the row says why.
                        Err(_) if case.sheet => {
                            changes.push(moved(State::Refused, 0, None, Some(Ground::CapReached)));
                            continue;
                        }
                        over => over?,
                    }
                    month_points.push((row.household, row.member, month, points as u32));
                    if points > 0 {
                        let (source, target) = (Account::Budget(case.branch), Account::Notice(case.branch));
                        movements.transfer(source, target, Unit::Points, points)?;
                    }
                }
                changes.push(moved(State::OnNotice, points, Some(until), None));
            } else if refusals >= needed {
                changes.push(moved(State::Refused, 0, None, asked.ground));
            } else if refusals > 0 && approvals + left < needed {
                changes.push(moved(State::Refused, 0, None, Some(Ground::NoQuorum)));
            }
        }
        Ok(())
    }

    pub(super) fn apply_voted(&mut self, declaration: u64, ballot: Ballot) {
        let case = self.cases.get_mut(&declaration).expect("changes name open declarations");
        if ballot.vote == Vote::Refuse && planted::is(Bug::VoteDropped) {
            return;
        }
        case.ballots.push(ballot);
    }
}

/// The day of posting does not count; notice ends when its last day ends. Zero days: at once.
pub(super) fn notice_end(now: Time, days: u32) -> Time {
    let after = if planted::is(Bug::NoticeDayShort) { 0 } else { 1 };
    if days == 0 { now } else { now.day().plus(days as i32 + after).start() }
}

fn check_points(row: &Row, points: Option<u32>) -> Result<(), Refusal> {
    let (item, min, max) = (row.item.code, row.item.points_min, row.item.points_max);
    match points {
        None if min == max => Ok(()),
        None => Err(Refusal::PointsWanted { item, min, max }),
        Some(asked) if asked < min || asked > max => Err(Refusal::PointsOutOfRange { item, asked, min, max }),
        Some(_) => Ok(()),
    }
}

/// Points of all quantity together; negative for deductions, none for vetoes.
fn approved_points(row: &Row, counted: &[&Ballot]) -> i64 {
    let mut set: Vec<u32> = counted
        .iter()
        .filter(|ballot| ballot.vote == Vote::Approve)
        .map(|ballot| ballot.points.unwrap_or(row.item.points_min))
        .collect();
    set.sort_unstable();
    let unit = set.get((set.len().max(1) - 1) / 2).copied().unwrap_or(row.item.points_min);
    let points = i64::from(unit) * i64::from(row.quantity);
    match row.item.kind {
        ItemKind::Deed | ItemKind::Bonus => points,
        ItemKind::Deduction => -points,
        ItemKind::Veto => 0,
    }
}

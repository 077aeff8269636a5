//! The liaison's verdict: endorse, return or refuse, and never about one's own.

use crate::planted::{self, Bug};

use super::Bank;
use super::effects::{Change, Effects};
use super::ids::PersonId;
use super::memory::RECIPROCITY_DAYS;
use super::refusal::Refusal;
use super::time::Time;
use super::words::{Ground, State, Verdict};

impl Bank {
    pub(super) fn decide_review(
        &self,
        declaration: u64,
        verdict: Verdict,
        ground: Option<Ground>,
        person: PersonId,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let case = self.case(declaration)?;
        let household = case.row(declaration, None)?.household;
        let own = person.household() == Some(household) && planted::is(Bug::OwnReviewed);
        if let Some(why) = self.conflict(person, household).filter(|_| !own) {
            return Err(Refusal::ConflictOfInterest { person, why });
        }
        if case.filers.contains(&person) {
            return Err(Refusal::ConflictOfInterest { person, why: "filed as proxy" });
        }
        if let Some(own) = person.household()
            && let Some(at) = self.reviews.last(household, own, now)
            && !planted::is(Bug::ReciprocityForgotten)
        {
            let until = at.plus_days(RECIPROCITY_DAYS).day();
            return Err(Refusal::ReciprocalReview { household, until });
        }
        self.declaration_in(declaration, &[State::Submitted])?;
        let (state, ground) = match verdict {
            Verdict::Endorse => (State::Endorsed, None),
            Verdict::Return => (State::Returned, ground),
            Verdict::Refuse => (State::Refused, ground),
        };
        let reviewed = Change::Reviewed { declaration, person, verdict, ground };
        let moved = Change::StateChanged { declaration, household, state, points: 0, until: None, ground };
        Ok(Effects { postings: Vec::new(), changes: vec![reviewed, moved] })
    }

    pub(super) fn apply_reviewed(&mut self, declaration: u64, person: PersonId) {
        let now = self.time;
        let case = self.cases.get_mut(&declaration).expect("changes name open declarations");
        case.reviewer = Some(person);
        case.reviewers.push(person);
        let reviewed = case.rows[0].household;
        if let Some(own) = person.household() {
            self.reviews.remember(own, reviewed, now);
        }
    }
}

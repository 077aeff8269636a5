//! Suggestions to a village: received, answered once, and counted. The words are documents; the state holds what is
//! open, with where its words lie, and the newest answers, which everybody may read. Both are bounded.

use serde::{Deserialize, Serialize};

use std::collections::{BTreeMap, VecDeque};

use super::Bank;
use super::authority::{Acting, Party};
use super::effects::{Change, Effects};
use super::ids::{Branch, Digest, HouseholdId, PersonId};
use super::key::Signer;
use super::refusal::Refusal;
use super::time::{Month, Time};

/// Suggestions of one household in one month.
pub const MONTH_SUGGESTIONS_MAX: u32 = 5;
/// Suggestions of one branch that wait for an answer at once.
pub const OPEN_SUGGESTIONS_MAX: usize = 200;
/// Answers of one branch that stay known, the newest.
pub const ANSWERS_KEPT: usize = 20;

/// A suggestion that waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// When it was made.
    pub at: Time,
    /// Whose member or passbook made it.
    pub household: HouseholdId,
    /// Address of its words.
    pub document: Digest,
}

/// An answer that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The suggestion's number: its entry.
    pub suggestion: u64,
    /// When it was answered.
    pub at: Time,
    /// Address of the answer's words, which everybody may read.
    pub document: Digest,
}

/// A branch's suggestions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Suggestions {
    /// Ever received.
    pub received: u64,
    /// Ever answered.
    pub answered: u64,
    /// Waiting, by number; at most [`OPEN_SUGGESTIONS_MAX`].
    pub open: BTreeMap<u64, Suggestion>,
    /// The newest answers, oldest first; at most [`ANSWERS_KEPT`].
    pub answers: VecDeque<Answered>,
}

/// How many suggestions a household made in one month: the month's number above eight bits of the count, because a bank
/// has one of these for each household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Made(u32);

impl Made {
    fn in_month(self, month: Month) -> u32 {
        if self.0 >> 8 == month.0 { self.0 & 0xff } else { 0 }
    }

    fn one_more(self, month: Month) -> Made {
        Made(month.0 << 8 | (self.in_month(month) + 1).min(0xff))
    }
}

impl Bank {
    /// A suggestion that waits: where, and what.
    ///
    /// # Errors
    ///
    /// [`Refusal::SuggestionNotOpen`].
    pub fn suggestion(&self, number: u64) -> Result<(Branch, &Suggestion), Refusal> {
        let found = self
            .branches
            .iter()
            .find_map(|(branch, state)| Some((*branch, state.suggestions.open.get(&number)?)));
        found.ok_or(Refusal::SuggestionNotOpen { suggestion: number })
    }

    pub(super) fn decide_suggest(
        &self,
        branch: Branch,
        document: Digest,
        acting: &Acting,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let person = acting.person(Party::Villager).and_then(PersonId::household);
        let household = match acting.first() {
            Some(Signer::Passbook(id)) => id,
            _ => person.ok_or(Refusal::BranchUnknown { branch })?,
        };
        let used = self.open_household(household)?.suggested.in_month(now.day().month());
        if used >= MONTH_SUGGESTIONS_MAX {
            return Err(Refusal::SuggestionsReached { household, max: MONTH_SUGGESTIONS_MAX });
        }
        let open = self.branch(branch)?.suggestions.open.len();
        if open >= OPEN_SUGGESTIONS_MAX {
            let (open, max) = (open as u32, OPEN_SUGGESTIONS_MAX as u32);
            return Err(Refusal::SuggestionsFull { branch, open, max });
        }
        Ok(Change::Suggested { branch, household, document }.into())
    }

    pub(super) fn decide_answer(
        &self,
        suggestion: u64,
        document: Digest,
        person: PersonId,
    ) -> Result<Effects, Refusal> {
        let (branch, _) = self.suggestion(suggestion)?;
        Ok(Change::SuggestionAnswered { branch, suggestion, person, document }.into())
    }

    pub(super) fn apply_suggested(
        &mut self,
        index: u64,
        branch: Branch,
        household: HouseholdId,
        document: Digest,
    ) {
        let at = self.time;
        let month = at.day().month();
        let book = self.book(household);
        book.suggested = book.suggested.one_more(month);
        let suggestions = &mut self.village(branch).suggestions;
        suggestions.received += 1;
        suggestions.open.insert(index, Suggestion { at, household, document });
    }

    pub(super) fn apply_answered(&mut self, branch: Branch, suggestion: u64, document: Digest) {
        let at = self.time;
        let suggestions = &mut self.village(branch).suggestions;
        assert!(suggestions.open.remove(&suggestion).is_some(), "changes answer suggestions that are open");
        suggestions.answered += 1;
        suggestions.answers.push_back(Answered { suggestion, at, document });
        while suggestions.answers.len() > ANSWERS_KEPT {
            suggestions.answers.pop_front();
        }
    }
}

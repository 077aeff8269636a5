//! Standings of those who agreed, and what was suggested and answered.

use crate::access::documents;
use crate::bank::ids::Branch;
use crate::bank::{BranchState, Place, Standings};
use crate::engine::{Engine, View};
use crate::words::{Lang, mask};

/// Answers that are shown, the newest.
const ANSWERS: usize = 5;

/// The standings.
#[derive(Default)]
pub(super) struct Honours {
    pub(super) month: Vec<Line>,
    pub(super) year: Vec<Line>,
    /// Households that agreed.
    pub(super) agreed: u64,
    /// Households that earned something this year and did not.
    pub(super) unnamed: u64,
}

/// One household.
pub(super) struct Line {
    pub(super) rank: usize,
    pub(super) household: String,
    pub(super) points: i64,
}

impl Honours {
    pub(super) fn of(view: &View, branch: Branch) -> Honours {
        let line = |place: &Place| Line {
            rank: place.rank,
            household: mask::household_tail(place.household),
            points: place.points,
        };
        let Ok(Standings { month, year, agreed, unnamed }) = view.bank.standings(branch, view.now.day())
        else {
            return Honours::default();
        };
        let lines = |places: &[Place]| places.iter().map(line).collect();
        Honours { month: lines(&month), year: lines(&year), agreed, unnamed }
    }
}

/// What was suggested and answered.
pub(super) struct Heard {
    pub(super) received: u64,
    pub(super) answered: u64,
    /// Waiting for an answer.
    pub(super) open: usize,
    /// The newest first.
    pub(super) answers: Vec<Answer>,
}

/// One answer, for everybody.
pub(super) struct Answer {
    pub(super) suggestion: u64,
    pub(super) day: String,
    /// None: erased since.
    pub(super) words: Option<String>,
    document: crate::bank::ids::Digest,
}

impl Heard {
    pub(super) fn of(lang: Lang, state: &BranchState) -> Heard {
        let heard = &state.suggestions;
        let answers = heard.answers.iter().rev().take(ANSWERS).map(|one| Answer {
            suggestion: one.suggestion,
            day: lang.day(one.at.day()),
            words: None,
            document: one.document,
        });
        Heard {
            received: heard.received,
            answered: heard.answered,
            open: heard.open.len(),
            answers: answers.collect(),
        }
    }

    /// Fetches the answers' words, which their givers wrote for everybody.
    pub(super) async fn read(&mut self, engine: &Engine) {
        let addresses = self.answers.iter().map(|one| one.document).collect();
        let found = documents::texts(engine, addresses).await.unwrap_or_default();
        for (answer, words) in self.answers.iter_mut().zip(found) {
            answer.words = words;
        }
    }
}

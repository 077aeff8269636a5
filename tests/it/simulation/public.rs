//! What people tell their village, and what they let it tell of them: suggestions, answers, and who stands on the
//! board. As everywhere, some try what is not theirs.

use civbank::bank::command::Body;
use civbank::bank::ids::Digest;
use ed25519_dalek::SigningKey;

use super::deeds::Thought;
use super::life::Life;
use super::town::{self, COMMITTEE, SUPERVISOR};

impl Life<'_> {
    fn text(&mut self) -> Digest {
        self.texts += 1;
        self.ground.text(self.texts - 1)
    }

    /// A household has something to say; some say it again and again.
    pub fn suggests(&mut self) -> (Body, Vec<SigningKey>) {
        let last = self.model.suggestions.values().next_back().map(|one| town::place(one.household));
        let (village, house) = match last {
            Some(talker) if self.dice.chance(60) => talker,
            _ => self.house(),
        };
        let to = if self.dice.chance(5) { 1 - village } else { village };
        let key = match self.dice.below(10) {
            0 => self.somebody(),
            1..6 => self.card(village, house),
            _ => town::resident(village, house),
        };
        (Body::Suggest { branch: town::branch(to), document: self.text() }, vec![key])
    }

    /// Whoever has an ear for it answers; others would like to, and some answer twice.
    pub fn answers(&mut self) -> Thought {
        let old = self.dice.chance(8);
        let all = self.model.suggestions.iter().filter(|(_, one)| old || one.answered.is_none());
        let all: Vec<_> = all.map(|(number, one)| (*number, town::village(one.household.branch()))).collect();
        let (suggestion, village) = self.pick(all)?;
        let key = match self.dice.below(12) {
            0..4 => town::clerk(village),
            4..6 => town::resident(village, SUPERVISOR),
            6..8 => town::resident(village, COMMITTEE[0]),
            8 => town::resident(village, COMMITTEE[1]),
            9 => town::clerk(1 - village),
            10 => self.somebody(),
            _ => town::officer(),
        };
        Some((Body::AnswerSuggestion { suggestion, document: self.text() }, vec![key]))
    }

    /// A household says whether its points may stand on the board; others would say it for them.
    pub fn publicises(&mut self) -> (Body, Vec<SigningKey>) {
        let (village, house) = self.house();
        let standings = self.dice.chance(70);
        let key = match self.dice.below(12) {
            0 => town::clerk(village),
            1 => self.somebody(),
            2..7 => self.card(village, house),
            _ => town::resident(village, house),
        };
        (Body::SetPublicity { household: town::household(village, house), standings }, vec![key])
    }
}

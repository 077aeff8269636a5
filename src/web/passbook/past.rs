//! One entry of a household's history, cut down to what concerns that household: what a page reads of a
//! sheet of three hundred neighbours is one row.

use crate::bank::effects::{About, Account, Change, Effects, Posting};
use crate::bank::ids::HouseholdId;
use crate::bank::time::Time;
use crate::bank::words::{State, Unit};

/// The cut-down entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Past {
    /// Its position in the log.
    pub index: u64,
    /// When it was decided.
    pub time: Time,
    /// What it did to the household.
    pub effects: Effects,
}

/// A row that came to another state in an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moved {
    /// The declaration or sheet.
    pub declaration: u64,
    /// Where it stands since.
    pub state: State,
    /// Points or score, all quantity together; negative for deductions.
    pub points: i64,
}

impl Past {
    /// Cuts what an entry did down to one household.
    pub(super) fn of(index: u64, time: Time, mut effects: Effects, household: HouseholdId) -> Past {
        effects.postings.retain(|posting| match posting.account {
            Account::Household(id) => id == household,
            _ => true,
        });
        let mut ours = Vec::new();
        effects.changes.retain_mut(|change| {
            let keep = concerns(change, household);
            if let Change::SheetFiled { rows, .. } = change {
                rows.retain(|row| row.household == household);
            }
            if let Change::StateChanged { declaration, .. } = change
                && keep
            {
                ours.push(*declaration);
            }
            keep
        });
        // One vote may be about hundreds of declarations; only those that moved a row of ours say why it did.
        effects.changes.retain(|change| match change {
            Change::Voted { declaration, .. } => ours.contains(declaration),
            _ => true,
        });
        Past { index, time, effects }
    }

    /// What came into the household's book in a unit. An entry holds one posting an account and unit at most.
    pub(super) fn posting(&self, unit: Unit) -> Option<&Posting> {
        self.effects
            .postings
            .iter()
            .find(|posting| matches!(posting.account, Account::Household(_)) && posting.unit == unit)
    }

    /// Whether it is a line of the book.
    pub(super) fn is_line(&self) -> bool {
        self.effects.postings.iter().any(|posting| matches!(posting.account, Account::Household(_)))
    }

    /// Rows of the household that moved.
    pub(super) fn moved(&self) -> impl Iterator<Item = Moved> {
        self.effects.changes.iter().filter_map(|change| match change {
            Change::StateChanged { declaration, state, points, .. } => {
                Some(Moved { declaration: *declaration, state: *state, points: *points })
            }
            _ => None,
        })
    }

    /// Whether the head bank ruled on this declaration here.
    pub(super) fn is_ruling_on(&self, number: u64) -> bool {
        self.effects
            .changes
            .iter()
            .any(|change| matches!(change, Change::Ruled { declaration, .. } if *declaration == number))
    }
}

/// Whether a change says something about the household. Changes that name only a declaration are kept: the
/// entry is in the household's history because of it. That a stage is overdue is told where it is open.
fn concerns(change: &Change, ours: HouseholdId) -> bool {
    match change.about(ours) {
        About::Household => true,
        About::Declaration(_) => !matches!(change, Change::Escalated { .. }),
        About::Nobody => false,
    }
}

//! What of an entry a reader is told: the changes that concern one household, or one declaration's rows, and
//! never who objected unless the reader may see the whole branch.
//!
//! An entry may close the notices of a whole street at once. Its bytes are frozen and whole; what is told here
//! is a part of them.

use crate::bank::effects::{About, Change, Effects};
use crate::bank::ids::{HouseholdId, PersonId};

/// Whether a reader is told who objected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Objectors {
    /// All of them.
    pub(crate) all: bool,
    /// Their own objections at least.
    pub(crate) person: Option<PersonId>,
    /// Their household's at least.
    pub(crate) household: Option<HouseholdId>,
}

impl Objectors {
    /// The change as this reader is told it.
    fn tell(self, change: &Change) -> Change {
        match change {
            Change::Objected { declaration, household, person, by_household, ground, credit } => {
                let own = (self.person.is_some() && self.person == *person)
                    || (self.household.is_some() && self.household == *by_household);
                let shown = self.all || own;
                Change::Objected {
                    declaration: *declaration,
                    household: *household,
                    person: person.filter(|_| shown),
                    by_household: by_household.filter(|_| shown),
                    ground: *ground,
                    credit: *credit,
                }
            }
            change => change.clone(),
        }
    }
}

/// The changes of an entry that concern a household.
pub(crate) fn of_household(effects: &Effects, id: HouseholdId, objectors: Objectors) -> Vec<Change> {
    // Steps that name a declaration only are the household's where the same entry moves its case.
    let cases: Vec<u64> = effects
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::StateChanged { declaration, household, .. }
            | Change::Objected { declaration, household, .. }
            | Change::Ruled { declaration, household, .. }
                if *household == id =>
            {
                Some(*declaration)
            }
            _ => None,
        })
        .collect();
    let concerns = |change: &Change| match change.about(id) {
        About::Household => true,
        About::Declaration(number) => cases.contains(&number),
        About::Nobody => false,
    };
    let told = effects.changes.iter().filter(|change| concerns(change)).map(|change| objectors.tell(change));
    told.map(|change| only_rows(change, |household| household == id)).collect()
}

/// The changes of an entry that are steps of a declaration or sheet, for the rows that `sees` lets through.
/// `index` is the entry's own.
pub(crate) fn of_declaration(
    effects: &Effects,
    index: u64,
    number: u64,
    sees: impl Fn(HouseholdId) -> bool,
    objectors: Objectors,
) -> Vec<Change> {
    let concerns = |change: &Change| match change {
        Change::DeclarationFiled { .. } | Change::SheetFiled { .. } => index == number,
        Change::DeclarationResubmitted { declaration, .. }
        | Change::Reviewed { declaration, .. }
        | Change::Voted { declaration, .. }
        | Change::Escalated { declaration, .. } => *declaration == number,
        Change::StateChanged { declaration, household, .. }
        | Change::Objected { declaration, household, .. }
        | Change::Ruled { declaration, household, .. } => *declaration == number && sees(*household),
        _ => false,
    };
    let told = effects.changes.iter().filter(|change| concerns(change)).map(|change| objectors.tell(change));
    told.map(|change| only_rows(change, &sees)).collect()
}

/// A sheet with the rows that may be seen.
fn only_rows(change: Change, sees: impl Fn(HouseholdId) -> bool) -> Change {
    match change {
        Change::SheetFiled { branch, date, clerk, mut rows, record } => {
            rows.retain(|row| sees(row.household));
            Change::SheetFiled { branch, date, clerk, rows, record }
        }
        change => change,
    }
}

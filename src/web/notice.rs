//! One row of a board, found again by what the board's link names: the declaration and, for a sheet, the row's place.
//! What the board does not show is not found here either.

use crate::access::Denial;
use crate::bank::authority::{Party, Subject};
use crate::bank::ids::{Branch, PublicKey};
use crate::bank::words::{ObjectionGround, State};
use crate::bank::{Case, Row, Signer};
use crate::engine::View;
use crate::wire::pb;
use crate::words::{Lang, mask};

/// What a link of the board names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    /// The declaration or sheet.
    pub(super) declaration: u64,
    /// The row's place in a sheet, from 1; none for a declaration.
    pub(super) row: Option<usize>,
}

/// A reason to object, for a list of choices.
pub(super) struct Choice {
    /// The word on the wire.
    pub(super) name: &'static str,
    /// The word for people.
    pub(super) text: &'static str,
}

/// A row on notice, masked as the board masks it.
pub(super) struct Notice {
    pub(super) declaration: u64,
    /// Its place in a sheet.
    pub(super) place: Option<usize>,
    pub(super) household: String,
    pub(super) title: String,
    pub(super) points: i64,
    /// The last day on which one may object.
    pub(super) last: String,
    pub(super) left: String,
    /// Somebody has objected; nothing is credited until the ruling.
    pub(super) objected: bool,
}

impl Named {
    /// The row, where it stands on its village's board.
    pub(super) fn find<'a>(&self, view: &View<'a>) -> Option<(&'a Case, &'a Row)> {
        let case = view.bank.case(self.declaration).ok()?;
        let row = match (case.sheet, self.row) {
            (true, Some(place)) => case.rows.get(place.checked_sub(1)?)?,
            (false, None) => case.rows.first()?,
            (true, None) | (false, Some(_)) => return None,
        };
        let stands = matches!(row.state, State::OnNotice | State::Objected);
        (stands && row.earns()).then_some((case, row))
    }
}

impl Notice {
    /// One row as the board has it.
    pub(super) fn of(view: &View, lang: Lang, declaration: u64, case: &Case, row: &Row) -> Notice {
        let title = view.bank.item_title(case.branch, row.item.code).unwrap_or(&row.item.title);
        let place = case.rows.iter().position(|one| one.household == row.household);
        // The notice ends at the midnight after its last day.
        let last = row.until.map(|until| until.plus_minutes(-1).day());
        Notice {
            declaration,
            place: place.filter(|_| case.sheet).map(|at| at + 1),
            household: mask::household(row.household),
            title: title.to_owned(),
            points: row.points,
            last: last.map_or(String::new(), |last| lang.month_day(last)),
            left: last.map_or(String::new(), |last| lang.left(view.now.day(), last)),
            objected: row.state == State::Objected,
        }
    }
}

/// Whether this signer may object in a village: as a villager, or as its supervisor.
///
/// # Errors
///
/// `READ_DENIED`.
pub(super) fn check_objector(view: &View, signer: Signer, branch: Branch) -> Result<(), Denial> {
    let subject = Subject::branch(branch);
    let is = |party| view.bank.is_party(signer, party, &subject, view.now);
    if is(Party::Villager) || is(Party::Supervisor) {
        return Ok(());
    }
    Err(Denial::ReadDenied("a household of the branch, or its supervisor"))
}

/// Whoever is signed in, where a page takes their key as well as a card.
pub(super) struct Me {
    /// The key that signed in.
    pub(super) key: String,
    /// Whose it is, for people.
    pub(super) who: String,
}

impl Me {
    pub(super) fn of(lang: Lang, key: PublicKey, signer: Signer) -> Me {
        Me { key: key.to_string(), who: who(lang, signer) }
    }
}

/// Whose key it is, for people.
pub(super) fn who(lang: Lang, signer: Signer) -> String {
    match signer {
        Signer::Person(person) => lang.person(person),
        Signer::Terminal(terminal) => lang.terminal(terminal),
        Signer::Passbook(household) => lang.household(household),
    }
}

/// Every reason to object to what is to be given; the one about deductions is left out where none is meant.
pub(super) fn grounds(lang: Lang, deductions: bool) -> Vec<Choice> {
    let all = ObjectionGround::ALL.iter();
    let fitting = all.filter(|ground| deductions || **ground != ObjectionGround::UnjustDeduction);
    let choice = |ground: &ObjectionGround| {
        let word = pb::ObjectionGround::try_from(ground.number()).unwrap_or_default();
        Choice { name: word.as_str_name(), text: lang.name(*ground) }
    };
    fitting.map(choice).collect()
}

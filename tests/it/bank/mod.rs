//! The `bank` room, tested from outside: what may be done and what it does, told as scripts in `tests/data`;
//! who may sign what, cell by cell; and random commands by random signers.

mod authority;
pub mod fixture;
mod invitations;
mod items;
pub mod names;
mod questions;
pub mod random;
pub mod script;
mod verbs;
pub mod world;

use std::collections::BTreeSet;

use civbank::bank::Refusal;

const REFUSALS: &str = include_str!("../../data/refusals.txt");

/// Refusals that nothing inside the bank produces: a key's weakness and an entry's size are found by those
/// who know curves and bytes.
const FROM_OUTSIDE: [&str; 2] = ["KEY_WEAK", "ENTRY_TOO_LARGE"];

#[test]
fn a_deed_goes_its_way() {
    script::run("process.txt", include_str!("../../data/process.txt"));
}

#[test]
fn committees_decide_by_quorum() {
    script::run("quorum.txt", include_str!("../../data/quorum.txt"));
}

#[test]
fn points_are_credited_spent_and_lapse() {
    script::run("points.txt", include_str!("../../data/points.txt"));
}

#[test]
fn offices_keys_and_cards_come_and_go() {
    script::run("offices.txt", include_str!("../../data/offices.txt"));
}

#[test]
fn a_village_shows_what_it_may_and_hears_what_is_said() {
    script::run("public.txt", include_str!("../../data/public.txt"));
}

#[test]
fn attacks_fail() {
    script::run("attacks.txt", include_str!("../../data/attacks.txt"));
}

/// "✗ EARLY … // before LATE" says that the line earns both; the table must agree on which comes first.
#[test]
fn precedence_is_that_of_the_table() {
    let place = |reason: &str| {
        let found = Refusal::REASONS.iter().position(|known| *known == reason);
        found.unwrap_or_else(|| panic!("{reason} is no reason"))
    };
    let marked = |line: &'static str| {
        let (step, other) = line.split_once("// before ")?;
        let reason = step.split_once('✗')?.1.split_whitespace().next()?;
        Some((reason, other.trim()))
    };
    let pairs: Vec<_> = REFUSALS.lines().filter_map(marked).collect();
    assert!(pairs.len() > 40, "only {} lines show precedence", pairs.len());
    for (early, late) in pairs {
        assert!(place(early) < place(late), "{early} does not come before {late}");
    }
}

#[test]
fn every_refusal_appears_in_order_of_precedence() {
    let met = script::run("refusals.txt", REFUSALS);
    let wanted: BTreeSet<&str> =
        Refusal::REASONS.iter().copied().filter(|reason| !FROM_OUTSIDE.contains(reason)).collect();
    let missing: Vec<_> = wanted.difference(&met).collect();
    assert!(missing.is_empty(), "never refused with {missing:?}");
    let strange: Vec<_> = met.difference(&wanted).collect();
    assert!(strange.is_empty(), "the bank does refuse with {strange:?}: take it off the list");
}

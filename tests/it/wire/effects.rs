//! Effects: every change and every kind of account goes out and comes back the same; what cannot be read is
//! refused by name.

use std::collections::HashSet;

use civbank::bank::effects::Effects;
use civbank::wire::{change_from_pb, change_to_pb, effects_from_pb, effects_to_pb, pb};

use super::samples;

#[test]
fn every_change_reads_back_as_it_was_written() {
    let mut kinds = HashSet::new();
    for change in samples::changes() {
        let message = change_to_pb(&change);
        kinds.insert(std::mem::discriminant(message.body.as_ref().unwrap()));
        assert_eq!(change_from_pb(&message), Ok(change));
    }
    assert_eq!(kinds.len(), 38, "a kind of change has no sample");
}

#[test]
fn postings_of_every_account_read_back() {
    let effects = Effects { postings: samples::postings(), changes: samples::changes() };
    assert_eq!(effects_from_pb(&effects_to_pb(&effects)), Ok(effects));
    assert_eq!(effects_from_pb(&pb::Effects::default()), Ok(Effects::default()));
}

#[test]
fn history_is_not_held_against_todays_limits() {
    let long = "很".repeat(500);
    let message = pb::Change {
        body: Some(pb::change::Body::BranchOpened(pb::BranchOpened {
            branch: "370829199201".to_owned(),
            title: long,
        })),
    };
    assert!(change_from_pb(&message).is_ok());
}

/// Breaks one field of good effects and expects the error that names it.
fn check(edit: impl FnOnce(&mut pb::Effects), error: &str) {
    let mut message = effects_to_pb(&samples::redemption_effects());
    edit(&mut message);
    let found = effects_from_pb(&message).expect_err(error);
    assert_eq!(found.to_string(), error);
}

/// The same for one change.
fn check_change(body: pb::change::Body, error: &str) {
    let found = change_from_pb(&pb::Change { body: Some(body) }).expect_err(error);
    assert_eq!(found.to_string(), error);
}

#[test]
#[rustfmt::skip]
fn what_cannot_be_read_is_named() {
    use pb::change::Body;
    check(|m| m.postings[1].account.clear(), "effects.postings[1].account: is missing");
    check(|m| m.postings[1].account = "till/370829199201".into(), "effects.postings[1].account: wants an account: kind/id or issuance");
    check(|m| m.postings[0].unit = 0, "effects.postings[0].unit: is missing");
    check(|m| m.postings[0].unit = 5, "effects.postings[0].unit: 5 is not a word of this set");
    check(|m| m.changes[2].body = None, "effects.changes[2].body: is missing");
    check(|m| match &mut m.changes[3].body {
        Some(Body::Redeemed(redeemed)) => redeemed.lines[1].sku = "Egg".into(),
        other => panic!("{other:?}"),
    }, "effects.changes[3].redeemed.lines[1].sku: wants goods: 1 to 16 of a-z, 0-9, \"-\"");

    let household = || samples::household().to_string();
    check_change(Body::LotMoved(pb::LotMoved { household: household(), month: u32::MAX, amount: 1 }),
        "change.lot_moved.month: is 4294967295, outside of 24000 to 28799");
    check_change(Body::Vetoed(pb::Vetoed { household: household(), year: 70_000, item: "V1".into() }),
        "change.vetoed.year: is 70000, outside of 2000 to 2199");
    check_change(Body::HouseholdOpened(pb::HouseholdOpened { household: household(), members: 256 }),
        "change.household_opened.members: is 256, outside of 0 to 99");
    check_change(Body::StateChanged(pb::StateChanged { household: household(), state: 4, until_unix_ms: i64::MAX, ..Default::default() }),
        "change.state_changed.until_unix_ms: is 9223372036854775807, outside of 0 to 7258118399999");
    check_change(Body::StateChanged(pb::StateChanged { household: household(), state: 4, ground: 99, ..Default::default() }),
        "change.state_changed.ground: 99 is not a word of this set");
    check_change(Body::KeyRevoked(pb::KeyRevoked { public_key: vec![1; 31] }),
        "change.key_revoked.public_key: has 31 bytes instead of 32");
    check_change(Body::KeyEnrolled(pb::KeyEnrolled { public_key: vec![1; 32], ..Default::default() }),
        "change.key_enrolled.holder: is missing");
    check_change(Body::Invited(pb::Invited { invitation_key: vec![1; 32], ..Default::default() }),
        "change.invited.holder: is missing");
    check_change(Body::Invited(pb::Invited { invitation_key: vec![1; 32],
        holder: Some(pb::invited::Holder::Terminal("370829199201-t1".into())), ..Default::default() }),
        "change.invited.inviter: is missing");
    check_change(Body::InvitationAccepted(pb::InvitationAccepted::default()),
        "change.invitation_accepted.invitation_key: is missing");
    check_change(Body::PolicySet(pb::PolicySet::default()), "change.policy_set.policy: is missing");
    check_change(Body::PolicySet(pb::PolicySet { policy: Some(pb::Policy::default()), bounds: Some(pb::PolicyBounds::default()), ..Default::default() }),
        "change.policy_set.bounds.min: is missing");
}

//! Keys, offices, households, declarations, disputes, sheets and goods.

use civbank::bank::command::Body;
use civbank::bank::words::Role;
use civbank::wire::{command_to_pb, pb};

use super::super::samples;
use super::{BRANCH, DAY, HOUSEHOLD, PERSON, at, refused};

#[test]
#[rustfmt::skip]
fn keys_and_offices() {
    bad!(EnrolKey, |m| m.public_key.clear(), "enrol_key.public_key: is missing");
    bad!(EnrolKey, |m| m.public_key.truncate(31), "enrol_key.public_key: has 31 bytes instead of 32");
    bad!(EnrolKey, |m| m.holder = None, "enrol_key.holder: is missing");
    bad!(EnrolKey, |m| m.holder = Some(pb::enrol_key::Holder::Person("370829199201-00001-0".into())), &at("enrol_key.person", PERSON));
    bad!(EnrolKey, |m| m.holder = Some(pb::enrol_key::Holder::Person("370829199201-00001-100".into())), &at("enrol_key.person", PERSON));
    bad!(EnrolKey, |m| m.holder = Some(pb::enrol_key::Holder::Person("370829199201-00001-+2".into())), &at("enrol_key.person", PERSON));
    bad!(EnrolKey, |m| m.holder = Some(pb::enrol_key::Holder::Terminal("370829199201-t0".into())), "enrol_key.terminal: wants a terminal: branch, \"-t\", 1 to 999");
    bad!(EnrolKey, |m| m.holder = Some(pb::enrol_key::Holder::Terminal(String::new())), "enrol_key.terminal: is missing");
    bad!(EnrolKey, |m| m.valid_until = "2026-13-01".into(), &at("enrol_key.valid_until", DAY));
    bad!(RevokeKey, |m| m.public_key.clear(), "revoke_key.public_key: is missing");
    bad!(RevokeKey, |m| m.ground = 0, "revoke_key.ground: is missing");
    bad!(RevokeKey, |m| m.ground = -1, "revoke_key.ground: -1 is not a word of this set");
    bad!(RotateKey, |m| m.old_key.clear(), "rotate_key.old_key: is missing");
    bad!(RotateKey, |m| m.new_key.push(1), "rotate_key.new_key: has 33 bytes instead of 32");

    bad!(Appoint, |m| m.person = "370829199201-00001".into(), &at("appoint.person", PERSON));
    bad!(Appoint, |m| m.role = 0, "appoint.role: is missing");
    bad!(Appoint, |m| m.role = 9, "appoint.role: 9 is not a word of this set");
    bad!(Appoint, |m| m.branch.clear(), "appoint.branch: is missing");
    bad!(Appoint, |m| m.valid_until = "x".into(), &at("appoint.valid_until", DAY));
    for role in Role::ALL.iter().filter(|role| **role != Role::Committee) {
        let mut message = command_to_pb(&samples::command(Body::Appoint(samples::office(*role))));
        let Some(pb::command::Body::Appoint(m)) = &mut message.body else { unreachable!() };
        m.chair = true;
        refused(&message, "appoint.chair: is only for ROLE_COMMITTEE");
    }
    for role in Role::ALL.iter().filter(|role| !matches!(role, Role::Liaison | Role::Proxy)) {
        let mut message = command_to_pb(&samples::command(Body::Appoint(samples::office(*role))));
        let Some(pb::command::Body::Appoint(m)) = &mut message.body else { unreachable!() };
        m.households.push(samples::household().to_string());
        refused(&message, "appoint.households: is only for ROLE_LIAISON and ROLE_PROXY");
    }
    bad!(Appoint, |m| m.role == 1, |m| m.households.clear(), "appoint.households: has 0 members, not 1 to 1");
    bad!(Appoint, |m| m.role == 1, |m| m.households.push("370829199201-00009".into()), "appoint.households: has 2 members, not 1 to 1");
    bad!(Appoint, |m| m.role == 2, |m| m.households = (1..=51).map(|n| format!("370829199201-{n:05}")).collect(), "appoint.households: has 51 members, not 0 to 50");
    bad!(Appoint, |m| m.role == 2, |m| m.households[1] = m.households[0].clone(), "appoint.households[1]: is the same as member 0");
    bad!(Appoint, |m| m.role == 2, |m| m.households[1] = "370829199201-00000".into(), &at("appoint.households[1]", HOUSEHOLD));

    bad!(Dismiss, |m| m.person.clear(), "dismiss.person: is missing");
    bad!(Dismiss, |m| m.role = 0, "dismiss.role: is missing");
    bad!(Dismiss, |m| m.branch = "0".into(), &at("dismiss.branch", BRANCH));
    bad!(Dismiss, |m| m.household = "0".into(), &at("dismiss.household", HOUSEHOLD));
    bad!(Dismiss, |m| m.role = 2, "dismiss.household: is only for ROLE_PROXY");
}

#[test]
#[rustfmt::skip]
fn invitations() {
    type Holder = pb::invite::Holder;
    let moment = |seconds, nanos| Some(pbjson_types::Timestamp { seconds, nanos });
    bad!(Invite, |m| m.invitation_key.clear(), "invite.invitation_key: is missing");
    bad!(Invite, |m| m.invitation_key.push(1), "invite.invitation_key: has 33 bytes instead of 32");
    bad!(Invite, |m| m.holder = None, "invite.holder: is missing");
    bad!(Invite, |m| m.holder = Some(Holder::Person("370829199201-00001".into())), &at("invite.person", PERSON));
    bad!(Invite, |m| m.holder = Some(Holder::Terminal("370829199201-t1000".into())), "invite.terminal: wants a terminal: branch, \"-t\", 1 to 999");
    bad!(Invite, |m| m.key_valid_until = "2026-02-30".into(), &at("invite.key_valid_until", DAY));
    bad!(Invite, |m| m.expire_time = None, "invite.expire_time: is missing");
    for (time, error) in [
        (moment(-1, 0), "seconds: is -1, outside of 0 to 7258118399"),
        (moment(7_258_118_400, 0), "seconds: is 7258118400, outside of 0 to 7258118399"),
        (moment(0, 1_000_000_000), "nanos: is 1000000000, outside of 0 to 999999999"),
        (moment(0, -1), "nanos: is -1, outside of 0 to 999999999"),
    ] {
        let mut message = good!(Invite);
        let Some(pb::command::Body::Invite(m)) = &mut message.body else { unreachable!() };
        m.expire_time = time;
        refused(&message, &format!("invite.expire_time.{error}"));
    }
    bad!(AcceptInvitation, |m| m.invitation_key.truncate(31), "accept_invitation.invitation_key: has 31 bytes instead of 32");
    bad!(AcceptInvitation, |m| m.public_key.clear(), "accept_invitation.public_key: is missing");
    bad!(AcceptInvitation, |m| m.public_key = m.invitation_key.clone(), "accept_invitation.public_key: wants another key than the invitation's");
    bad!(SetPublicity, |m| m.household.clear(), "set_publicity.household: is missing");
    bad!(Suggest, |m| m.branch.clear(), "suggest.branch: is missing");
    bad!(Suggest, |m| m.document.truncate(31), "suggest.document: has 31 bytes instead of 32");
    bad!(AnswerSuggestion, |m| m.suggestion = 0, "answer_suggestion.suggestion: is missing");
    bad!(AnswerSuggestion, |m| m.document.clear(), "answer_suggestion.document: is missing");
    bad!(CancelInvitation, |m| m.invitation_key.clear(), "cancel_invitation.invitation_key: is missing");
}

#[test]
#[rustfmt::skip]
fn households() {
    bad!(OpenHousehold, |m| m.household = "370829199201-1".into(), &at("open_household.household", HOUSEHOLD));
    bad!(OpenHousehold, |m| m.members.clear(), "open_household.members: has 0 members, not 1 to 30");
    bad!(OpenHousehold, |m| m.members = (0..31).map(|n| vec![n; 32]).collect(), "open_household.members: has 31 members, not 1 to 30");
    bad!(OpenHousehold, |m| m.members[1].clear(), "open_household.members[1]: is missing");
    bad!(OpenHousehold, |m| m.members[1].push(0), "open_household.members[1]: has 33 bytes instead of 32");
    bad!(OpenHousehold, |m| m.members[1] = m.members[0].clone(), "open_household.members[1]: is the same as member 0");
    bad!(OpenHousehold, |m| m.consent.clear(), "open_household.consent: is missing");
    bad!(CloseHousehold, |m| m.household.clear(), "close_household.household: is missing");
    bad!(CloseHousehold, |m| m.successor = "x".into(), &at("close_household.successor", HOUSEHOLD));
    bad!(DeclareKin, |m| m.person.clear(), "declare_kin.person: is missing");
    bad!(DeclareKin, |m| m.other.clear(), "declare_kin.other: is missing");
    bad!(DeclareKin, |m| m.relation = 0, "declare_kin.relation: is missing");
    bad!(DeclareKin, |m| m.relation = 6, "declare_kin.relation: 6 is not a word of this set");
    bad!(IssuePassbook, |m| m.household.clear(), "issue_passbook.household: is missing");
    bad!(IssuePassbook, |m| m.passbook_key.clear(), "issue_passbook.passbook_key: is missing");
    bad!(IssuePassbook, |m| m.view_token_hash = vec![0; 16], "issue_passbook.view_token_hash: has 16 bytes instead of 32");
    bad!(SetPin, |m| m.household.clear(), "set_pin.household: is missing");
    bad!(SetPin, |m| m.pin_document.clear(), "set_pin.pin_document: is missing");
    bad!(Erase, |m| m.document.clear(), "erase.document: is missing");
    bad!(Erase, |m| m.ground = 0, "erase.ground: is missing");
    bad!(Erase, |m| m.ground = 4, "erase.ground: 4 is not a word of this set");
}

#[test]
#[rustfmt::skip]
fn declarations() {
    bad!(Declare, |m| m.household.clear(), "declare.household: is missing");
    bad!(Declare, |m| m.member = 100, "declare.member: is 100, outside of 0 to 99");
    bad!(Declare, |m| m.item.clear(), "declare.item: is missing");
    bad!(Declare, |m| m.quantity = 0, "declare.quantity: is 0, outside of 1 to 1000");
    bad!(Declare, |m| m.quantity = 1_001, "declare.quantity: is 1001, outside of 1 to 1000");
    bad!(Declare, |m| m.deed_date.clear(), "declare.deed_date: is missing");
    bad!(Declare, |m| m.deed_date = "1999-12-31".into(), &at("declare.deed_date", DAY));
    bad!(Declare, |m| m.evidence.push(vec![77; 32]), "declare.evidence: has 10 members, not 0 to 9");
    bad!(Declare, |m| m.evidence[8] = m.evidence[3].clone(), "declare.evidence[8]: is the same as member 3");
    bad!(Declare, |m| m.evidence[8].clear(), "declare.evidence[8]: is missing");
    bad!(Declare, |m| m.note.truncate(31), "declare.note: has 31 bytes instead of 32");
    bad!(Declare, |m| m.channel = 0, "declare.channel: is missing");
    bad!(Declare, |m| m.channel = 4, "declare.channel: 4 is not a word of this set");

    bad!(Resubmit, |m| m.declaration = 0, "resubmit.declaration: is missing");
    bad!(Resubmit, |m| m.quantity = 0, "resubmit.quantity: is 0, outside of 1 to 1000");
    bad!(Resubmit, |m| m.deed_date = "x".into(), &at("resubmit.deed_date", DAY));
    bad!(Resubmit, |m| m.evidence.push(m.evidence[0].clone()), "resubmit.evidence[1]: is the same as member 0");
    bad!(Resubmit, |m| m.evidence = (0..10).map(|n| vec![n; 32]).collect(), "resubmit.evidence: has 10 members, not 0 to 9");
    bad!(Resubmit, |m| m.note.push(0), "resubmit.note: has 33 bytes instead of 32");
    bad!(Withdraw, |m| m.declaration = 0, "withdraw.declaration: is missing");

    bad!(Review, |m| m.declaration = 0, "review.declaration: is missing");
    bad!(Review, |m| m.verdict = 0, "review.verdict: is missing");
    bad!(Review, |m| m.verdict = 4, "review.verdict: 4 is not a word of this set");
    bad!(Review, |m| m.ground = 1, "review.ground: is only for REVIEW_VERDICT_RETURN and _REFUSE");
    bad!(Review, |m| m.verdict = 2, "review.ground: is missing");
    bad!(Review, |m| m.verdict = 3, "review.ground: is missing");
    for ground in 10..=13 {
        let mut message = good!(Review, |m| m.verdict == 2);
        let Some(pb::command::Body::Review(m)) = &mut message.body else { unreachable!() };
        m.ground = ground;
        refused(&message, "review.ground: is only for the bank itself");
        no_vote_for_the_rules(ground);
    }
    bad!(Review, |m| m.verdict == 2, |m| m.ground = 14, "review.ground: 14 is not a word of this set");
    bad!(Review, |m| m.note = vec![1], "review.note: has 1 bytes instead of 32");

    bad!(Decide, |m| m.declarations.clear(), "decide.declarations: has 0 members, not 1 to 256");
    bad!(Decide, |m| m.declarations = (1..=257).collect(), "decide.declarations: has 257 members, not 1 to 256");
    bad!(Decide, |m| m.declarations.push(7), "decide.declarations[3]: is the same as member 1");
    bad!(Decide, |m| m.declarations[2] = 0, "decide.declarations[2]: is missing");
    bad!(Decide, |m| m.vote = 0, "decide.vote: is missing");
    bad!(Decide, |m| m.vote = 3, "decide.vote: 3 is not a word of this set");
    bad!(Decide, |m| m.points = Some(10_001), "decide.points: is 10001, outside of 0 to 10000");
    bad!(Decide, |m| m.ground = 3, "decide.ground: is only for VOTE_REFUSE");
    bad!(Decide, |m| m.vote == 2, |m| m.ground = 0, "decide.ground: is missing");
    bad!(Decide, |m| m.vote == 2, |m| m.points = Some(1), "decide.points: is only for VOTE_APPROVE");
}

/// A committee member may not give the grounds that only the rules give.
fn no_vote_for_the_rules(ground: i32) {
    let mut message = good!(Decide, |m| m.vote == 2);
    let Some(pb::command::Body::Decide(m)) = &mut message.body else { unreachable!() };
    m.ground = ground;
    refused(&message, "decide.ground: is only for the bank itself");
}

#[test]
#[rustfmt::skip]
fn objections_rulings_and_sheets() {
    bad!(Object, |m| m.declaration = 0, "object.declaration: is missing");
    bad!(Object, |m| m.household = "x".into(), &at("object.household", HOUSEHOLD));
    bad!(Object, |m| m.ground = 0, "object.ground: is missing");
    bad!(Object, |m| m.ground = 8, "object.ground: 8 is not a word of this set");
    bad!(Object, |m| m.statement.push(1), "object.statement: has 33 bytes instead of 32");
    bad!(Object, |m| m.credited_by = Some(0), "object.credited_by: is missing");
    bad!(Rule, |m| m.declaration = 0, "rule.declaration: is missing");
    bad!(Rule, |m| m.household = "x".into(), &at("rule.household", HOUSEHOLD));
    bad!(Rule, |m| m.ruling = 0, "rule.ruling: is missing");
    bad!(Rule, |m| m.ruling = 4, "rule.ruling: 4 is not a word of this set");
    bad!(Rule, |m| m.points = 0, "rule.points: is missing");
    bad!(Rule, |m| m.ruling = 1, "rule.points: is only for RULING_PARTIAL");
    bad!(Rule, |m| m.ruling = 3, "rule.points: is only for RULING_PARTIAL");
    bad!(Rule, |m| m.statement.push(1), "rule.statement: has 33 bytes instead of 32");

    bad!(Assess, |m| m.branch.clear(), "assess.branch: is missing");
    bad!(Assess, |m| m.date.clear(), "assess.date: is missing");
    bad!(Assess, |m| m.rows.clear(), "assess.rows: has 0 members, not 1 to 300");
    bad!(Assess, |m| m.rows = vec![m.rows[0].clone(); 301], "assess.rows: has 301 members, not 1 to 300");
    bad!(Assess, |m| m.rows[1].household = m.rows[0].household.clone(), "assess.rows[1]: is the same as member 0");
    bad!(Assess, |m| m.rows[1].household.clear(), "assess.rows[1].household: is missing");
    bad!(Assess, |m| m.rows[1].item = "g".into(), "assess.rows[1].item: wants an item: 1 to 8 of A-Z, 0-9");
    bad!(Assess, |m| m.rows[1].quantity = 0, "assess.rows[1].quantity: is 0, outside of 1 to 1000");
    bad!(Assess, |m| m.rows[1].quantity = 1_001, "assess.rows[1].quantity: is 1001, outside of 1 to 1000");
    bad!(Assess, |m| m.record.clear(), "assess.record: is missing");
}

#[test]
#[rustfmt::skip]
fn goods() {
    const SKU: &str = "wants goods: 1 to 16 of a-z, 0-9, \"-\"";
    bad!(StockIn, |m| m.branch.clear(), "stock_in.branch: is missing");
    bad!(StockIn, |m| m.lines.clear(), "stock_in.lines: has 0 members, not 1 to 50");
    bad!(StockIn, |m| m.lines = vec![m.lines[0].clone(); 51], "stock_in.lines: has 51 members, not 1 to 50");
    bad!(StockIn, |m| m.lines[1].sku = "egg".into(), "stock_in.lines[1]: is the same as member 0");
    bad!(StockIn, |m| m.lines[1].sku = "12345678901234567".into(), &at("stock_in.lines[1].sku", SKU));
    bad!(StockIn, |m| m.lines[0].quantity = 0, "stock_in.lines[0].quantity: is 0, outside of 1 to 1000000");
    bad!(StockIn, |m| m.lines[0].quantity += 1, "stock_in.lines[0].quantity: is 1000001, outside of 1 to 1000000");
    bad!(StockIn, |m| m.lines[0].cost_fen = -1, "stock_in.lines[0].cost_fen: is -1, outside of 0 to 10000000000");
    bad!(StockIn, |m| m.lines[0].cost_fen += 1, "stock_in.lines[0].cost_fen: is 10000000001, outside of 0 to 10000000000");
    bad!(StockIn, |m| m.lines[0].best_before = "x".into(), &at("stock_in.lines[0].best_before", DAY));
    bad!(StockIn, |m| m.source = 0, "stock_in.source: is missing");
    bad!(StockIn, |m| m.receipt = vec![0; 31], "stock_in.receipt: has 31 bytes instead of 32");

    bad!(SetPrice, |m| m.branch.clear(), "set_price.branch: is missing");
    bad!(SetPrice, |m| m.goods.clear(), "set_price.goods: has 0 members, not 1 to 100");
    bad!(SetPrice, |m| m.goods = vec![m.goods[0].clone(); 101], "set_price.goods: has 101 members, not 1 to 100");
    bad!(SetPrice, |m| m.goods.push(m.goods[0].clone()), "set_price.goods[1]: is the same as member 0");
    bad!(SetPrice, |m| m.goods[0].sku.clear(), "set_price.goods[0].sku: is missing");
    bad!(SetPrice, |m| m.goods[0].title.clear(), "set_price.goods[0].title: is missing");
    bad!(SetPrice, |m| m.goods[0].title = "蛋".repeat(41), "set_price.goods[0].title: has 41 characters, more than 40");
    bad!(SetPrice, |m| m.goods[0].measure = "枚".repeat(21), "set_price.goods[0].measure: has 21 characters, more than 20");
    bad!(SetPrice, |m| m.goods[0].measure = "\t".into(), "set_price.goods[0].measure: holds the character U+0009, which is not seen");
    bad!(SetPrice, |m| m.goods[0].points = 0, "set_price.goods[0].points: is 0, outside of 1 to 100000");
    bad!(SetPrice, |m| m.goods[0].points = 100_001, "set_price.goods[0].points: is 100001, outside of 1 to 100000");

    bad!(StockCount, |m| m.branch.clear(), "stock_count.branch: is missing");
    bad!(StockCount, |m| m.lines.clear(), "stock_count.lines: has 0 members, not 1 to 100");
    bad!(StockCount, |m| m.lines = vec![m.lines[0].clone(); 101], "stock_count.lines: has 101 members, not 1 to 100");
    bad!(StockCount, |m| m.lines[1].sku = "egg".into(), "stock_count.lines[1]: is the same as member 0");
    bad!(StockCount, |m| m.lines[1].quantity = 1_000_001, "stock_count.lines[1].quantity: is 1000001, outside of 0 to 1000000");

    bad!(Redeem, |m| m.household.clear(), "redeem.household: is missing");
    bad!(Redeem, |m| m.lines.clear(), "redeem.lines: has 0 members, not 1 to 20");
    bad!(Redeem, |m| m.lines = vec![m.lines[0].clone(); 21], "redeem.lines: has 21 members, not 1 to 20");
    bad!(Redeem, |m| m.lines[1].sku = "egg".into(), "redeem.lines[1]: is the same as member 0");
    bad!(Redeem, |m| m.lines[1].sku = "E".into(), &at("redeem.lines[1].sku", SKU));
    bad!(Redeem, |m| m.lines[1].quantity = 0, "redeem.lines[1].quantity: is 0, outside of 1 to 1000");
    bad!(Redeem, |m| m.lines[1].quantity = u32::MAX, "redeem.lines[1].quantity: is 4294967295, outside of 1 to 1000");
    bad!(Redeem, |m| m.lines[1].price_version = 0, "redeem.lines[1].price_version: is 0, outside of 1 to 4294967295");
    bad!(Redeem, |m| m.lines[1].points = 0, "redeem.lines[1].points: is 0, outside of 1 to 100000");
    bad!(Redeem, |m| m.lines[1].points = 100_001, "redeem.lines[1].points: is 100001, outside of 1 to 100000");
    bad!(Redeem, |m| m.total = 0, "redeem.total: is 0, outside of 1 to 2000000000");
    bad!(Redeem, |m| m.total = u32::MAX, "redeem.total: is 4294967295, outside of 1 to 2000000000");

    bad!(Refund, |m| m.redemption = 0, "refund.redemption: is missing");
    bad!(Refund, |m| m.lines.clear(), "refund.lines: has 0 members, not 1 to 20");
    bad!(Refund, |m| m.lines = vec![m.lines[0].clone(); 21], "refund.lines: has 21 members, not 1 to 20");
    bad!(Refund, |m| m.lines[1].sku = "egg".into(), "refund.lines[1]: is the same as member 0");
    bad!(Refund, |m| m.lines[1].quantity = 0, "refund.lines[1].quantity: is 0, outside of 1 to 1000");
    bad!(Refund, |m| m.lines[1].quantity = 1_001, "refund.lines[1].quantity: is 1001, outside of 1 to 1000");
}

//! Every way in which a field of a command can be wrong, by the name under which it is refused.
//!
//! A row takes a good command of one kind, spoils one thing, and says the error in full. The spoilt message
//! goes through protobuf and, where JSON can say it at all, through JSON: the answer is the same.

use civbank::wire::{PayloadType, command_to_pb, decode_command, pb, read_command};
use prost::Message;

use super::samples;

/// The first sample whose body is of this kind, for editing.
macro_rules! good {
    ($kind:ident) => {
        good!($kind, |_| true)
    };
    ($kind:ident, $wanted:expr) => {{
        let wanted: fn(&pb::$kind) -> bool = $wanted;
        samples::bodies()
            .into_iter()
            .map(|body| command_to_pb(&samples::command(body)))
            .find(|message| matches!(&message.body, Some(pb::command::Body::$kind(m)) if wanted(m)))
            .expect("a sample of this kind")
    }};
}

/// Spoils the first sample of a kind (that fits) and expects the error.
macro_rules! bad {
    ($kind:ident, $edit:expr, $error:expr) => {
        bad!($kind, |_| true, $edit, $error)
    };
    ($kind:ident, $wanted:expr, $edit:expr, $error:expr) => {{
        let mut message = good!($kind, $wanted);
        let edit: fn(&mut pb::$kind) = $edit;
        match &mut message.body {
            Some(pb::command::Body::$kind(body)) => edit(body),
            other => panic!("{other:?}"),
        }
        refused(&message, $error);
    }};
}

/// Refused with these words in both encodings.
fn refused(message: &pb::Command, error: &str) {
    let found = read_command(message).expect_err(error);
    assert_eq!(found.to_string(), error);
    let bytes = message.encode_to_vec();
    assert_eq!(decode_command(PayloadType::Protobuf, &bytes), Err(found.clone()));
    if let Ok(json) = serde_json::to_string(message) {
        assert_eq!(decode_command(PayloadType::Json, json.as_bytes()), Err(found));
    }
}

/// Spoils the command around a good body.
fn bad_head(edit: fn(&mut pb::Command), error: &str) {
    let mut message = good!(Redeem);
    edit(&mut message);
    refused(&message, error);
}

mod people;

const BRANCH: &str = "wants a branch: 12 digits, not beginning with 0";
const HOUSEHOLD: &str = "wants a household: branch, \"-\", 5 digits from 00001";
const PERSON: &str = "wants a person: branch, \"-\", 5 digits, \"-\", member 1 to 99";
const DAY: &str = "wants a date YYYY-MM-DD, years 2000 to 2199";

fn at(field: &str, problem: &str) -> String {
    format!("{field}: {problem}")
}

#[test]
#[rustfmt::skip]
fn the_head() {
    const ORIGIN: &str = "origin: wants an origin: at most 128 printable ASCII characters without blanks and \"+\"";
    bad_head(|m| m.origin.clear(), "origin: is missing");
    bad_head(|m| m.origin = "a b".into(), ORIGIN);
    bad_head(|m| m.origin = "a+b".into(), ORIGIN);
    bad_head(|m| m.origin = "马坡".into(), ORIGIN);
    bad_head(|m| m.origin = "a\n".into(), ORIGIN);
    bad_head(|m| m.origin = "a".repeat(129), ORIGIN);
    bad_head(|m| m.request_id.clear(), "request_id: is missing");
    bad_head(|m| m.request_id.truncate(15), "request_id: has 15 bytes instead of 16");
    bad_head(|m| m.request_id[6] = 0x40, "request_id: wants a UUID of version 7");
    bad_head(|m| m.request_id[8] = 0x40, "request_id: wants a UUID of version 7");
    bad_head(|m| m.request_id[8] = 0xc0, "request_id: wants a UUID of version 7");
    bad_head(|m| m.not_after = None, "not_after: is missing");
    bad_head(|m| m.not_after.as_mut().unwrap().seconds = -1, "not_after.seconds: is -1, outside of 0 to 7258118399");
    bad_head(|m| m.not_after.as_mut().unwrap().seconds = i64::MAX, "not_after.seconds: is 9223372036854775807, outside of 0 to 7258118399");
    bad_head(|m| m.not_after.as_mut().unwrap().nanos = -1, "not_after.nanos: is -1, outside of 0 to 999999999");
    bad_head(|m| m.not_after.as_mut().unwrap().nanos = 1_000_000_000, "not_after.nanos: is 1000000000, outside of 0 to 999999999");
    bad_head(|m| m.body = None, "body: is missing");
}

#[test]
#[rustfmt::skip]
fn the_bank_and_its_branches() {
    bad!(OpenBank, |m| m.head_branch.clear(), "open_bank.head_branch: is missing");
    bad!(OpenBank, |m| m.head_branch = "037082919920".into(), &at("open_bank.head_branch", BRANCH));
    bad!(OpenBank, |m| m.title.clear(), "open_bank.title: is missing");
    bad!(OpenBank, |m| m.policy = None, "open_bank.policy: is missing");
    bad!(OpenBank, |m| m.bounds = None, "open_bank.bounds: is missing");
    bad!(OpenBank, |m| m.bounds.as_mut().unwrap().max = None, "open_bank.bounds.max: is missing");
    bad!(OpenBank, |m| m.bounds.as_mut().unwrap().min.as_mut().unwrap().review_days = 0, "open_bank.bounds.min.review_days: is 0, outside of 1 to 30");
    bad!(OpenBank, |m| m.bounds.as_mut().unwrap().max.as_mut().unwrap().refund_days = 31, "open_bank.bounds.max.refund_days: is 31, outside of 0 to 30");

    bad!(OpenBranch, |m| m.branch = "37082919920".into(), &at("open_branch.branch", BRANCH));
    bad!(OpenBranch, |m| m.branch = "37082919920１".into(), &at("open_branch.branch", BRANCH));
    bad!(OpenBranch, |m| m.title.clear(), "open_branch.title: is missing");
    bad!(OpenBranch, |m| m.title = "村".repeat(41), "open_branch.title: has 41 characters, more than 40");
    bad!(OpenBranch, |m| m.title = " 玉泉".into(), "open_branch.title: begins or ends with white space");
    bad!(OpenBranch, |m| m.title = "玉泉\u{3000}".into(), "open_branch.title: begins or ends with white space");
    for (hidden, name) in [('\n', "000A"), ('\0', "0000"), ('\u{7f}', "007F"), ('\u{85}', "0085"), ('\u{ad}', "00AD"),
        ('\u{200b}', "200B"), ('\u{200d}', "200D"), ('\u{200f}', "200F"), ('\u{202e}', "202E"), ('\u{2028}', "2028"),
        ('\u{2060}', "2060"), ('\u{2066}', "2066"), ('\u{2069}', "2069"), ('\u{feff}', "FEFF"), ('\u{ffff}', "FFFF"),
        ('\u{3164}', "3164"), ('\u{e0041}', "E0041")]
    {
        let mut message = good!(OpenBranch);
        message.body = Some(pb::command::Body::OpenBranch(pb::OpenBranch { branch: samples::branch().to_string(), title: format!("玉{hidden}泉") }));
        refused(&message, &format!("open_branch.title: holds the character U+{name}, which is not seen"));
    }

    bad!(SetPolicy, |m| m.branch = "x".into(), &at("set_policy.branch", BRANCH));
    bad!(SetPolicy, |m| m.policy = None, "set_policy.policy: is missing");
    bad!(SetPolicy, |m| m.bounds = Some(pb::PolicyBounds::default()), "set_policy.bounds: is only for the bank's own settings");
    bad!(SetPolicy, |m| m.branch.is_empty(), |m| m.bounds = Some(pb::PolicyBounds::default()), "set_policy.bounds.min: is missing");

    bad!(FundBudget, |m| m.branch.clear(), "fund_budget.branch: is missing");
    bad!(FundBudget, |m| m.source = 0, "fund_budget.source: is missing");
    bad!(FundBudget, |m| m.source = 5, "fund_budget.source: 5 is not a word of this set");
    bad!(FundBudget, |m| m.fen = -1, "fund_budget.fen: is -1, outside of 0 to 1000000000000");
    bad!(FundBudget, |m| m.fen += 1, "fund_budget.fen: is 1000000000001, outside of 0 to 1000000000000");
    bad!(FundBudget, |m| m.points = 0, "fund_budget.points: is 0, outside of 1 to 10000000000");
    bad!(FundBudget, |m| m.points += 1, "fund_budget.points: is 10000000001, outside of 1 to 10000000000");
    bad!(FundBudget, |m| m.voucher.push(0), "fund_budget.voucher: has 33 bytes instead of 32");
}

#[test]
fn every_setting_has_its_range() {
    type Setting = fn(&mut pb::Policy) -> &mut u32;
    let settings: [(&str, Setting, u32, u32); 12] = [
        ("quorum_min", |p| &mut p.quorum_min, 1, 20),
        ("quorum_percent", |p| &mut p.quorum_percent, 0, 99),
        ("notice_days", |p| &mut p.notice_days, 0, 30),
        ("pin_free_points", |p| &mut p.pin_free_points, 0, 100_000),
        ("person_month_points", |p| &mut p.person_month_points, 0, 100_000),
        ("household_month_points", |p| &mut p.household_month_points, 0, 100_000),
        ("deed_age_days", |p| &mut p.deed_age_days, 1, 366),
        ("review_days", |p| &mut p.review_days, 1, 30),
        ("decide_days", |p| &mut p.decide_days, 1, 60),
        ("pending_days", |p| &mut p.pending_days, 30, 365),
        ("lot_months", |p| &mut p.lot_months, 1, 120),
        ("refund_days", |p| &mut p.refund_days, 0, 30),
    ];
    for (name, setting, min, max) in settings {
        for got in [min.checked_sub(1), Some(min), Some(max), Some(max + 1)].into_iter().flatten() {
            let mut message = good!(SetPolicy);
            let Some(pb::command::Body::SetPolicy(body)) = &mut message.body else { unreachable!() };
            *setting(body.policy.as_mut().unwrap()) = got;
            if (min..=max).contains(&got) {
                assert!(read_command(&message).is_ok(), "{name} = {got}");
            } else {
                let error = format!("set_policy.policy.{name}: is {got}, outside of {min} to {max}");
                refused(&message, &error);
            }
        }
    }
}

#[test]
#[rustfmt::skip]
fn the_catalogue() {
    type Catalogue = pb::PublishCatalogue;
    let head: fn(&Catalogue) -> bool = |m| m.branch.is_empty();
    bad!(PublishCatalogue, |m| m.branch = "1".into(), &at("publish_catalogue.branch", BRANCH));
    bad!(PublishCatalogue, |m| m.valid_from.clear(), "publish_catalogue.valid_from: is missing");
    bad!(PublishCatalogue, |m| m.valid_from = "2026-02-29".into(), &at("publish_catalogue.valid_from", DAY));
    bad!(PublishCatalogue, |m| m.items.clear(), "publish_catalogue.items: has 0 members, not 1 to 200");
    bad!(PublishCatalogue, |m| m.items = vec![m.items[0].clone(); 201], "publish_catalogue.items: has 201 members, not 1 to 200");
    bad!(PublishCatalogue, |m| m.items.push(m.items[0].clone()), "publish_catalogue.items[2]: is the same as member 0");

    const ITEM: &str = "publish_catalogue.items[0]";
    type Edit = fn(&mut pb::CatalogueItem);
    let cases: &[(Edit, &str)] = &[
        (|i| i.code.clear(), "code: is missing"),
        (|i| i.code = "g01".into(), "code: wants an item: 1 to 8 of A-Z, 0-9"),
        (|i| i.code = "G01234567".into(), "code: wants an item: 1 to 8 of A-Z, 0-9"),
        (|i| i.pillar = 0, "pillar: is missing"),
        (|i| i.pillar = 6, "pillar: 6 is not a word of this set"),
        (|i| i.kind = 0, "kind: is missing"),
        (|i| i.kind = 5, "kind: 5 is not a word of this set"),
        (|i| i.title.clear(), "title: is missing"),
        (|i| i.title = "好".repeat(61), "title: has 61 characters, more than 60"),
        (|i| i.title.push(' '), "title: begins or ends with white space"),
        (|i| i.points_min = 10_001, "points_min: is 10001, outside of 0 to 10000"),
        (|i| i.points_max = 10_001, "points_max: is 10001, outside of 2 to 10000"),
        (|i| i.points_max = 1, "points_max: is 1, outside of 2 to 10000"),
        (|i| i.unit = 0, "unit: is missing"),
        (|i| i.unit = 5, "unit: 5 is not a word of this set"),
        (|i| i.unit = 2, "unit: wants POINTS for a deed"),
        (|i| (i.kind, i.unit) = (2, 3), "unit: wants POINTS for a deed"),
        (|i| (i.kind, i.unit) = (3, 3), "unit: wants SCORE or POINTS"),
        (|i| (i.kind, i.unit) = (3, 4), "unit: wants SCORE or POINTS"),
        (|i| i.kind = 4, "points_min: is 2, outside of 0 to 0"),
        (|i| (i.kind, i.points_min) = (4, 0), "points_max: is 5, outside of 0 to 0"),
        (|i| i.score_effect = 201, "score_effect: is 201, outside of -200 to 200"),
        (|i| i.score_effect = -201, "score_effect: is -201, outside of -200 to 200"),
        (|i| i.subject = 0, "subject: is missing"),
        (|i| i.subject = 3, "subject: 3 is not a word of this set"),
        (|i| i.measure.clear(), "measure: is missing"),
        (|i| i.measure = "次".repeat(11), "measure: has 11 characters, more than 10"),
        (|i| i.cap_window = 0, "cap_window: is missing"),
        (|i| i.cap_window = 6, "cap_window: 6 is not a word of this set"),
        (|i| i.cap_window = 1, "cap_count: is 4, outside of 0 to 0"),
        (|i| i.cap_count = 0, "cap_count: is 0, outside of 1 to 10000"),
        (|i| i.cap_count = 10_001, "cap_count: is 10001, outside of 1 to 10000"),
        (|i| i.evidence[1] = 0, "evidence[1]: is missing"),
        (|i| i.evidence[1] = 7, "evidence[1]: 7 is not a word of this set"),
        (|i| i.evidence[1] = i.evidence[0], "evidence[1]: is the same as member 0"),
        (|i| i.valid_from = "today".into(), "valid_from: wants a date YYYY-MM-DD, years 2000 to 2199"),
        (|i| i.valid_to = "2200-01-01".into(), "valid_to: wants a date YYYY-MM-DD, years 2000 to 2199"),
        (|i| i.valid_to = "2026-11-19".into(), "valid_to: wants a day not before valid_from"),
    ];
    for (edit, error) in cases {
        let mut message = good!(PublishCatalogue, head);
        let Some(pb::command::Body::PublishCatalogue(m)) = &mut message.body else { unreachable!() };
        edit(&mut m.items[0]);
        refused(&message, &format!("{ITEM}.{error}"));
    }
    // A deduction may take score or points.
    for unit in [1, 2] {
        let mut message = good!(PublishCatalogue);
        let Some(pb::command::Body::PublishCatalogue(m)) = &mut message.body else { unreachable!() };
        (m.items[0].kind, m.items[0].unit) = (3, unit);
        assert!(read_command(&message).is_ok());
    }
}

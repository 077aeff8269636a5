//! Commands: every kind goes out and comes back the same, in both encodings; one spelling of protobuf; no
//! bytes make the door panic.

use std::collections::BTreeSet;

use civbank::bank::command::{Body, Kind};
use civbank::bank::words;
use civbank::wire::{PayloadType, command_to_pb, decode_command, encode_command, encode_command_json, pb};
use prost::Message;

use super::samples::{self, Dice};

#[test]
fn every_kind_of_command_reads_back_as_it_was_written() {
    let mut kinds = BTreeSet::new();
    for body in samples::bodies() {
        let command = samples::command(body);
        kinds.insert(command.body.kind());
        let bytes = encode_command(&command);
        assert_eq!(decode_command(PayloadType::Protobuf, &bytes).as_ref(), Ok(&command));
        let json = encode_command_json(&command);
        assert_eq!(decode_command(PayloadType::Json, json.as_bytes()).as_ref(), Ok(&command));
    }
    assert_eq!(kinds.len(), Kind::ALL.len(), "a kind has no sample");
}

#[test]
fn a_time_is_cut_to_milliseconds() {
    let mut message = command_to_pb(&samples::command(Body::Withdraw { declaration: 7 }));
    message.not_after = Some(pbjson_types::Timestamp { seconds: 12, nanos: 345_999_999 });
    let command = civbank::wire::read_command(&message).unwrap();
    assert_eq!(command.not_after.0, 12_345);
}

/// Appends a field of number `tag` and type varint that nobody defined.
fn with_unknown_field(mut bytes: Vec<u8>, tag: u32) -> Vec<u8> {
    prost::encoding::uint64::encode(tag, &1, &mut bytes);
    bytes
}

/// The payload of a command whose body, field `tag`, has the bytes `body`.
fn with_body(tag: u32, body: &[u8]) -> Vec<u8> {
    let mut head = command_to_pb(&samples::command(samples::redeem()));
    head.body = None;
    let mut bytes = head.encode_to_vec();
    prost::encoding::bytes::encode(tag, &body.to_vec(), &mut bytes);
    bytes
}

fn redeem_message() -> pb::Redeem {
    match command_to_pb(&samples::command(samples::redeem())).body {
        Some(pb::command::Body::Redeem(redeem)) => redeem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn protobuf_has_one_spelling() {
    let good = encode_command(&samples::command(samples::redeem()));
    let redeem = redeem_message();
    assert_eq!(with_body(36, &redeem.encode_to_vec()), good, "the tests build what the room builds");

    let mut nested = redeem.clone();
    let line = nested.lines.remove(0);
    let mut with_odd_line = pb::Redeem { total: 0, lines: Vec::new(), ..redeem.clone() }.encode_to_vec();
    prost::encoding::bytes::encode(2, &with_unknown_field(line.encode_to_vec(), 99), &mut with_odd_line);
    prost::encoding::uint32::encode(3, &redeem.total, &mut with_odd_line);

    let mut total_first = Vec::new();
    prost::encoding::uint32::encode(3, &redeem.total, &mut total_first);
    total_first.extend(pb::Redeem { total: 0, ..redeem.clone() }.encode_to_vec());

    let mut twice = redeem.encode_to_vec();
    prost::encoding::uint32::encode(3, &redeem.total, &mut twice);

    // 0x18 is field 3, varint; 35 in two bytes instead of one.
    let mut long_number = pb::Redeem { total: 0, ..redeem.clone() }.encode_to_vec();
    long_number.extend([0x18, 0x80 | 35, 0x00]);

    let mut zero = pb::Redeem { total: 0, ..redeem.clone() }.encode_to_vec();
    zero.extend([0x18, 0x00]);

    // A list of one number costs a byte less unpacked: as long as the canonical form with room for more.
    let unpacked = [0x08, 7, 0x10, 1];

    // Truth as 2 is as long as truth as 1.
    let refund = [0x08, 40, 0x12, 7, 0x0a, 3, b'e', b'g', b'g', 0x10, 1, 0x18, 2];

    for (payload, why) in [
        (with_unknown_field(good.clone(), 99), "an unknown field on top"),
        (with_unknown_field(good.clone(), 4), "a field of a number that was never given"),
        (with_body(36, &with_unknown_field(redeem.encode_to_vec(), 99)), "one in the body"),
        (with_body(36, &with_odd_line), "one in a line"),
        (with_body(36, &total_first), "fields out of order"),
        (with_body(36, &twice), "a field twice"),
        (with_body(36, &long_number), "a number in a longer form"),
        (with_body(36, &zero), "a zero that is written out"),
        (with_body(27, &unpacked), "a list that is not packed"),
        (with_body(37, &refund), "a truth that is 2"),
        ([good.clone(), good.clone()].concat(), "the command twice"),
        ([good.clone(), with_body(28, &[8, 7])].concat(), "another body on top"),
    ] {
        let error = decode_command(PayloadType::Protobuf, &payload).expect_err(why);
        assert_eq!(
            error.to_string(),
            "payload: has unknown fields or is not in the canonical encoding",
            "{why}"
        );
    }
}

#[test]
fn damaged_payloads_are_refused_or_mean_what_they_say() {
    let mut dice = Dice::new("damaged_payloads");
    for body in samples::bodies() {
        let good = samples::command(body);
        let (bytes, json) = (encode_command(&good), encode_command_json(&good));
        for end in 0..bytes.len() {
            assert!(decode_command(PayloadType::Protobuf, &bytes[..end]).is_err(), "cut at {end}");
        }
        for end in 0..json.len() {
            assert!(decode_command(PayloadType::Json, &json.as_bytes()[..end]).is_err(), "{end}");
        }
        for _ in 0..200 {
            let damaged = dice.damage(&bytes);
            if let Ok(command) = decode_command(PayloadType::Protobuf, &damaged) {
                let read = pb::Command::decode(damaged.as_slice()).unwrap();
                let expires = match &read.body {
                    Some(pb::command::Body::Invite(invite)) => invite.expire_time,
                    _ => None,
                };
                // The two moments that a command can name are cut to milliseconds.
                let cut = [read.not_after, expires].iter().flatten().any(|t| t.nanos % 1_000_000 != 0);
                assert!(cut || encode_command(&command) == damaged, "{damaged:?}");
            }
            let damaged = dice.damage(json.as_bytes());
            if let Ok(command) = decode_command(PayloadType::Json, &damaged) {
                let again = encode_command_json(&command);
                assert_eq!(decode_command(PayloadType::Json, again.as_bytes()), Ok(command));
            }
        }
    }
    for _ in 0..2_000 {
        let noise: Vec<u8> = (0..dice.below(200)).map(|_| dice.below(256) as u8).collect();
        assert!(decode_command(PayloadType::Protobuf, &noise).is_err());
        assert!(decode_command(PayloadType::Json, &noise).is_err());
    }
}

/// The bank's words and the wire's are the same sets with the same numbers and the same names.
macro_rules! same_words {
    ($($ours:ident as $theirs:ident $prefix:literal),* $(,)?) => {$({
        for word in words::$ours::ALL {
            let message = pb::$theirs::try_from(word.number()).expect("a word without a number");
            let name = message.as_str_name().strip_prefix($prefix).unwrap().replace('_', "");
            assert_eq!(name, format!("{word:?}").to_uppercase());
        }
        let next = words::$ours::ALL.len() as i32 + 1;
        assert!(pb::$theirs::try_from(next).is_err(), "{} has a word more", stringify!($theirs));
        assert!(words::$ours::from_number(0).is_none());
    })*};
}

#[test]
fn words_have_the_same_numbers_on_both_sides() {
    same_words!(
        Unit as Unit "UNIT_",
        Pillar as Pillar "PILLAR_",
        Role as Role "ROLE_",
        ItemKind as ItemKind "ITEM_KIND_",
        ItemSubject as ItemSubject "ITEM_SUBJECT_",
        CapWindow as CapWindow "CAP_WINDOW_",
        EvidenceKind as EvidenceKind "EVIDENCE_KIND_",
        State as DeclarationState "DECLARATION_STATE_",
        Ground as Ground "GROUND_",
        ObjectionGround as ObjectionGround "OBJECTION_GROUND_",
        Ruling as Ruling "RULING_",
        Verdict as ReviewVerdict "REVIEW_VERDICT_",
        Vote as Vote "VOTE_",
        Channel as Channel "CHANNEL_",
        FundSource as FundSource "FUND_SOURCE_",
        KinRelation as KinRelation "KIN_RELATION_",
        RevocationGround as RevocationGround "REVOCATION_GROUND_",
        ErasureGround as ErasureGround "ERASURE_GROUND_",
        InvitationState as InvitationState "INVITATION_STATE_",
    );
}

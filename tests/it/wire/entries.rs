//! Entries: frozen bytes go out and come back, in one spelling, small enough, and never with a panic.

use civbank::bank::command::SystemCommand;
use civbank::bank::effects::Effects;
use civbank::bank::time::Time;
use civbank::wire::limits::ENTRY_BYTES_MAX;
use civbank::wire::{
    BadEntry, Cause, Entry, Outcome, PayloadType, encode_command, encode_command_json, envelope, pb, sign,
    signers_of,
};
use prost::Message;

use super::envelopes::signing_key;
use super::samples::{self, Dice};

fn entry(cause: Cause, effects: Effects) -> Entry {
    Entry { index: 81_235, previous: [7; 32], time: Time(1_795_190_399_000), cause, effects }
}

/// A redemption, signed by a terminal and a passbook.
pub fn redemption(payload_type: PayloadType) -> Entry {
    let command = samples::command(samples::redeem());
    let payload = match payload_type {
        PayloadType::Protobuf => encode_command(&command),
        PayloadType::Json => encode_command_json(&command).into_bytes(),
    };
    let envelope = sign(payload, payload_type, &[&signing_key(1), &signing_key(2)]);
    entry(Cause::Signed(envelope), samples::redemption_effects())
}

pub fn entries() -> Vec<Entry> {
    let household = samples::household();
    let system = |command| entry(Cause::System(command), samples::redemption_effects());
    let all = Effects { postings: samples::postings(), changes: samples::changes() };
    vec![
        redemption(PayloadType::Protobuf),
        redemption(PayloadType::Json),
        system(SystemCommand::CloseNotice { declarations: vec![7, 300, u64::MAX] }),
        system(SystemCommand::Escalate { declaration: 9 }),
        system(SystemCommand::Expire { households: vec![household; 128] }),
        system(SystemCommand::LockPin { household }),
        Entry {
            index: 0,
            previous: [0; 32],
            time: Time(0),
            ..system(SystemCommand::Escalate { declaration: 0 })
        },
        Entry { effects: Effects::default(), ..redemption(PayloadType::Protobuf) },
        Entry { index: u64::MAX, effects: all, ..redemption(PayloadType::Protobuf) },
    ]
}

#[test]
fn entries_read_back_as_they_were_written() {
    for entry in entries() {
        let bytes = entry.encode();
        assert_eq!(Entry::decode(&bytes).as_ref(), Ok(&entry));
    }
}

/// What replay reads flat is what an audit reads by way of messages, for every kind of change and from either side
/// of the end of a command.
#[test]
fn an_outcome_is_what_the_entry_says() {
    for entry in entries() {
        let bytes = entry.encode();
        let heading = match &entry.cause {
            Cause::Signed(signed) => Some(envelope::heading(signed).unwrap()),
            Cause::System(_) => None,
        };
        let signers = match &entry.cause {
            Cause::Signed(signed) => envelope::signers(signed).unwrap(),
            Cause::System(_) => Vec::new(),
        };
        assert_eq!(signers_of(&bytes), Ok(signers));
        let end = heading.map_or(Time(0), |heading| heading.not_after);
        for (since, heading) in [(None, None), (Some(end), heading), (Some(Time(end.0 + 1)), None)] {
            let outcome = Outcome::decode(&bytes, since).unwrap();
            assert_eq!(outcome.heading, Ok(heading));
            assert_eq!((outcome.index, outcome.time), (entry.index, entry.time));
            assert_eq!(outcome.effects, entry.effects);
        }
    }
}

/// Replay reads bytes that are vouched for; other bytes it must survive.
#[test]
fn an_outcome_of_damaged_bytes_is_an_error_or_a_value() {
    let mut dice = Dice::new("an_outcome_of_damaged_bytes_is_an_error_or_a_value");
    let good: Vec<_> = entries().iter().map(Entry::encode).collect();
    for _ in 0..20_000 {
        let one = dice.below(good.len());
        let bytes = dice.damage(&good[one]);
        let _ = (Outcome::decode(&bytes, Some(Time(0))), signers_of(&bytes));
    }
}

#[test]
fn a_redemption_is_small() {
    let bytes = redemption(PayloadType::Protobuf).encode();
    println!("a redemption of two kinds of goods: {} bytes", bytes.len());
    assert!(bytes.len() < 900, "{} bytes", bytes.len());
}

#[test]
fn the_heading_of_an_entry_is_that_of_its_command() {
    for payload_type in [PayloadType::Protobuf, PayloadType::Json] {
        let Cause::Signed(signed) = redemption(payload_type).cause else { unreachable!() };
        let checked = envelope::check(signed.clone()).unwrap();
        let heading = envelope::heading(&signed).unwrap();
        assert_eq!(heading.request_id, checked.command.request_id);
        assert_eq!(heading.not_after, checked.command.not_after);
        assert_eq!(heading.digest, checked.digest);
        assert_eq!(envelope::signers(&signed).unwrap(), checked.signers);
    }
}

#[test]
fn bytes_that_are_no_entry_are_refused() {
    let good = redemption(PayloadType::Protobuf);
    let message = || pb::Entry::decode(good.encode().as_slice()).unwrap();
    let edited = |edit: fn(&mut pb::Entry)| {
        let mut message = message();
        edit(&mut message);
        Entry::decode(&message.encode_to_vec()).unwrap_err().to_string()
    };
    assert_eq!(edited(|m| m.previous = vec![7; 31]), "entry: previous: has 31 bytes instead of 32");
    assert_eq!(edited(|m| m.previous.clear()), "entry: previous: is missing");
    assert_eq!(edited(|m| m.cause = None), "entry: cause: is missing");
    assert_eq!(edited(|m| m.effects = None), "entry: effects: is missing");
    assert_eq!(edited(|m| m.time_unix_ms = -1), "entry: time_unix_ms: is -1, outside of 0 to 7258118399999");
    assert_eq!(
        edited(|m| m.cause = Some(pb::entry::Cause::System(pb::SystemCommand { body: None }))),
        "entry: system.body: is missing"
    );

    let bytes = good.encode();
    let with_unknown = [bytes.as_slice(), &[0x98, 0x06, 1]].concat();
    assert_eq!(Entry::decode(&with_unknown), Err(BadEntry::NotCanonical));
    assert_eq!(Entry::decode(&[0xff; 40]), Err(BadEntry::Undecodable));
    let large = vec![0; ENTRY_BYTES_MAX + 1];
    assert_eq!(Entry::decode(&large), Err(BadEntry::TooLarge { bytes: ENTRY_BYTES_MAX + 1 }));
}

#[test]
fn no_damage_passes_for_another_spelling() {
    let mut dice = Dice::new("no_damage_passes");
    for entry in entries() {
        let good = entry.encode();
        for end in 0..good.len() {
            assert!(Entry::decode(&good[..end]).is_err(), "cut at {end}");
        }
        for _ in 0..500 {
            let damaged = dice.damage(&good);
            if let Ok(read) = Entry::decode(&damaged) {
                assert!(read.encode() == damaged, "{damaged:?}");
            }
        }
    }
}

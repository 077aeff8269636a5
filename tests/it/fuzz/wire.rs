//! Commands, envelopes and entries: one spelling where there is one, and readers that agree.

use civbank::bank::command::Command;
use civbank::bank::time::Time;
use civbank::wire::{
    Cause, Entry, Outcome, PayloadType, check, decode_command, encode_command, encode_command_json, envelope,
    envelope_from_json, envelope_to_json, pb, sign, signers_of, submission_from_json, verify,
};
use prost::Message as _;

use super::mutate::Shape::{Json, Proto};
use super::{Door, Seen, Target, target};
use crate::it::wire::envelopes::signing_key;
use crate::it::wire::{entries, samples};

pub const TARGETS: &[Target] = &[
    // What is accepted says the same in both encodings, and reads back from either.
    target("command-protobuf", Proto, 1, || {
        (commands(PayloadType::Protobuf), command(PayloadType::Protobuf))
    }),
    target("command-json", Json, 1, || (commands(PayloadType::Json), command(PayloadType::Json))),
    // Reading what is claimed, verifying and checking never panic, and agree on who signed.
    target("envelope-protobuf", Proto, 2, envelope_protobuf),
    target("envelope-json", Json, 2, envelope_json),
    target("submission-json", Json, 1, submission_json),
    // Accepted bytes are the only spelling; the flat reader says what the message reader says.
    target("entry", Proto, 1, entry),
    // Bytes that nobody vouches for, read by the reader for vouched ones: an error or a value.
    target("outcome", Proto, 1, outcome),
];

fn commands(payload_type: PayloadType) -> Vec<Vec<u8>> {
    let commands = samples::bodies().into_iter().map(samples::command);
    commands.map(|command| encoded(payload_type, &command)).collect()
}

fn encoded(payload_type: PayloadType, command: &Command) -> Vec<u8> {
    match payload_type {
        PayloadType::Protobuf => encode_command(command),
        PayloadType::Json => encode_command_json(command).into_bytes(),
    }
}

fn command(payload_type: PayloadType) -> Door {
    Box::new(move |input| {
        let read = decode_command(payload_type, input);
        if let Ok(command) = &read {
            for other in [PayloadType::Protobuf, PayloadType::Json] {
                assert_eq!(decode_command(other, &encoded(other, command)).as_ref(), Ok(command));
            }
        }
        Seen::of(&read)
    })
}

fn envelopes() -> Vec<pb::Envelope> {
    let mut all = Vec::new();
    for payload_type in [PayloadType::Protobuf, PayloadType::Json] {
        for body in [samples::redeem(), samples::accept()] {
            let payload = encoded(payload_type, &samples::command(body));
            all.push(sign(payload, payload_type, &[&signing_key(1), &signing_key(2)]));
        }
    }
    all
}

/// Everything that is asked of an envelope.
fn look_at(envelope: &pb::Envelope) {
    let (claims, signers) = (envelope::claims(envelope), envelope::signers(envelope));
    let (verified, checked) = (verify(envelope), check(envelope.clone()));
    let _ = envelope::heading(envelope);
    if let Ok(claims) = &claims {
        let keys: Vec<_> = claims.signatures.iter().map(|(key, _)| *key).collect();
        assert_eq!(signers.as_ref(), Ok(&keys));
        assert_eq!(claims.verify().is_ok(), verified.is_ok());
        let text = envelope_to_json(envelope);
        assert_eq!(envelope_from_json(text.as_bytes()).as_ref(), Ok(envelope));
    }
    if let Ok(checked) = checked {
        assert_eq!(verified, Ok(checked.signers.clone()));
        let heading = envelope::heading(envelope).expect("a heading of what was checked");
        assert_eq!(heading.request_id, checked.command.request_id);
        assert_eq!(heading.not_after, checked.command.not_after);
    }
}

fn envelope_protobuf() -> (Vec<Vec<u8>>, Door) {
    let seeds = envelopes().iter().map(pb::Envelope::encode_to_vec).collect();
    let door = |input: &[u8]| {
        let read = pb::Envelope::decode(input);
        if let Ok(envelope) = &read {
            look_at(envelope);
        }
        Seen::of(&read)
    };
    (seeds, Box::new(door))
}

fn envelope_json() -> (Vec<Vec<u8>>, Door) {
    let seeds = envelopes().iter().map(|envelope| envelope_to_json(envelope).into_bytes()).collect();
    let door = |input: &[u8]| {
        let read = envelope_from_json(input);
        if let Ok(envelope) = &read {
            look_at(envelope);
        }
        Seen::of(&read)
    };
    (seeds, Box::new(door))
}

fn submission_json() -> (Vec<Vec<u8>>, Door) {
    let submission = |envelope: &pb::Envelope| {
        let envelope: serde_json::Value = serde_json::from_str(&envelope_to_json(envelope)).expect("JSON");
        [
            serde_json::json!({ "envelope": envelope }),
            serde_json::json!({ "envelope": envelope, "pin": "123456" }),
        ]
    };
    let seeds = envelopes().iter().flat_map(submission).map(|json| json.to_string().into_bytes()).collect();
    let door = |input: &[u8]| {
        let read = submission_from_json(input);
        if let Ok((envelope, _)) = &read {
            look_at(envelope);
        }
        Seen::of(&read)
    };
    (seeds, Box::new(door))
}

fn entry_seeds() -> Vec<Vec<u8>> {
    entries::entries().iter().map(Entry::encode).collect()
}

fn entry() -> (Vec<Vec<u8>>, Door) {
    let door = |input: &[u8]| {
        let read = Entry::decode(input);
        if let Ok(entry) = &read {
            assert_eq!(entry.encode(), input, "another spelling of an entry");
            let heading = match &entry.cause {
                Cause::Signed(signed) => {
                    if let Ok(signers) = envelope::signers(signed) {
                        assert_eq!(signers_of(input).as_ref(), Ok(&signers));
                    }
                    envelope::heading(signed).map(Some)
                }
                Cause::System(_) => {
                    assert_eq!(signers_of(input), Ok(Vec::new()));
                    Ok(None)
                }
            };
            for (since, heading) in [(None, Ok(None)), (Some(Time(i64::MIN)), heading)] {
                let outcome = Outcome::decode(input, since).expect("what the message reader accepts");
                assert_eq!((outcome.index, outcome.time), (entry.index, entry.time));
                assert_eq!(outcome.effects, entry.effects);
                assert_eq!(outcome.heading, heading);
            }
        }
        Seen::of(&read)
    };
    (entry_seeds(), Box::new(door))
}

fn outcome() -> (Vec<Vec<u8>>, Door) {
    let door = |input: &[u8]| {
        let _ = signers_of(input);
        Seen::of(&Outcome::decode(input, Some(Time(0))))
    };
    (entry_seeds(), Box::new(door))
}

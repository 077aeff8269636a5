//! Checkpoints of the golden log, cosignatures of real witnesses, and refusals.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use civbank::tlog::cosignature::{self, TIME_MAX_S};
use civbank::tlog::{
    Checkpoint, CheckpointError, CosignatureError, Cosigner, Frontier, Hash, KeyId, KeyKind, Note, NoteError,
    SIZE_MAX, Signer, Verifier, empty_root, verify_consistency,
};
use ed25519_dalek::SigningKey;

use super::{base64, golden_leaves, golden_signer};

const GOLDEN_VKEY: &str = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
const SIGSUM_TEXT: &str = "sigsum.org/v1/tree/1643169b32bef33a3f54f8a353b87c475d19b6223cbb106390d10a29978e1cba\n381382\nkB/vxvHZeNLCvtuC1Eh1W83H6GJuZ6x+6Ahzdxvptmc=\n";
const ROME_TEXT: &str = "rome2026h1.example.org\n300\nlCkHUpkmVBEms2r2T1K6Og69+wUuuN3MIEW1/ezu2v0=\n";

fn golden_checkpoint(size: u64) -> Checkpoint {
    let mut frontier = Frontier::new();
    for leaf in golden_leaves().into_iter().take(size as usize) {
        frontier.push(leaf);
    }
    let origin = "example.com/log/testdata";
    Checkpoint::new(origin, frontier.size(), frontier.root()).expect("a checkpoint")
}

#[test]
fn the_golden_log_is_signed_byte_for_byte() {
    let golden = [
        (
            1,
            "0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=",
            "M9e0lhr9kuLxGdAtaUrhm84TQffVsLdcy808sN0a3WyniNlfcr9+bywoiIke1YYciCNjJGkCgIlQ8b16jhsmg/SChAM=",
        ),
        (
            2,
            "T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=",
            "M9e0llH4NKmlf0u7C8tkJioQOmi7l5ELqljXgKRg6R3G5JJ7vx7emDWo5fpqKuA/Dk/jRrI6il+7QCVirNhyUAWGoAk=",
        ),
        (
            15,
            "rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=",
            "M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=",
        ),
    ];
    let signer = golden_signer();
    assert_eq!(signer.verifier().to_string(), GOLDEN_VKEY);
    for (size, root, signature) in golden {
        let checkpoint = golden_checkpoint(size);
        let note = checkpoint.sign(&signer).expect("its own log").to_string();
        let want =
            format!("example.com/log/testdata\n{size}\n{root}\n\n— example.com/log/testdata {signature}\n");
        assert_eq!(note, want);
        let opened = Checkpoint::open(note.as_bytes(), signer.verifier(), &[]).expect("opens");
        assert_eq!(opened.value(), &checkpoint);
        assert_eq!(opened.into_value().root(), &base64(root));
    }
}

#[test]
fn a_checkpoint_has_one_spelling() {
    for text in [SIGSUM_TEXT, ROME_TEXT, &golden_checkpoint(15).text()] {
        let checkpoint = Checkpoint::parse(text).expect("a checkpoint");
        assert_eq!(checkpoint.text(), text);
        assert_eq!(checkpoint.extensions(), "");
    }
    let extended = format!("{ROME_TEXT}one extension\nanother\n");
    let checkpoint = Checkpoint::parse(&extended).expect("extension lines are allowed");
    assert_eq!(checkpoint.extensions(), "one extension\nanother\n");
    assert_eq!(checkpoint.text(), extended);
    assert_eq!((checkpoint.origin(), checkpoint.size()), ("rome2026h1.example.org", 300));
}

#[test]
fn malformed_checkpoints_are_refused_by_name() {
    use CheckpointError::{BadEmptyRoot, BadLines, BadOrigin, BadSize};
    let root = "lCkHUpkmVBEms2r2T1K6Og69+wUuuN3MIEW1/ezu2v0=";
    let empty = empty_root();
    let long = "o".repeat(256);
    let table = [
        (String::new(), BadLines),
        ("o\n1\n".into(), BadLines),
        (format!("o\n1\n{root}"), BadLines),
        (format!("o\n1\n{root}\n\n"), BadLines),
        (format!("o\n1\n{root}\nx\n\n"), BadLines),
        (format!("o\n1\n{root}\nx"), BadLines),
        (format!("o\n1\n{root}\nx\r\n"), BadLines),
        (format!("\n1\n{root}\n"), BadOrigin),
        (format!("o\r\n1\n{root}\n"), BadOrigin),
        (format!("\u{feff}o\n1\n{root}\n"), BadOrigin),
        (format!("{long}\n1\n{root}\n"), BadOrigin),
        (format!("o\n\n{root}\n"), BadSize),
        (format!("o\n+1\n{root}\n"), BadSize),
        (format!("o\n-1\n{root}\n"), BadSize),
        (format!("o\n01\n{root}\n"), BadSize),
        (format!("o\n00\n{empty}\n"), BadSize),
        (format!("o\n 1\n{root}\n"), BadSize),
        (format!("o\n1 \n{root}\n"), BadSize),
        (format!("o\n0x1\n{root}\n"), BadSize),
        (format!("o\n１\n{root}\n"), BadSize),
        (format!("o\n9223372036854775808\n{root}\n"), BadSize),
        (format!("o\n99999999999999999999999\n{root}\n"), BadSize),
        (format!("o\n0\n{root}\n"), BadEmptyRoot),
    ];
    for (text, error) in table {
        assert_eq!(Checkpoint::parse(&text), Err(error), "{text:?}");
    }
    for root in ["", "AAAA", &root[..43], &format!("{root} "), &root.replace("v0=", "v1=")] {
        let parsed = Checkpoint::parse(&format!("o\n1\n{root}\n"));
        assert!(matches!(parsed, Err(CheckpointError::BadRoot(_))), "{root:?}");
    }
    assert!(Checkpoint::parse(&format!("o\n0\n{empty}\n")).is_ok());
    assert!(Checkpoint::parse(&format!("o\n9223372036854775807\n{root}\n")).is_ok());
    assert_eq!(Checkpoint::new("o", SIZE_MAX + 1, empty), Err(BadSize));
    assert_eq!(Checkpoint::new("o", 0, base64(root)), Err(BadEmptyRoot));
    assert_eq!(Checkpoint::new("a\nb", 0, empty), Err(BadOrigin));
}

#[test]
fn a_checkpoint_is_believed_only_from_its_own_log() {
    let log = golden_signer();
    let key = SigningKey::from_bytes(&[9; 32]);
    let stranger = Signer::new("stranger.example", key.clone()).expect("a signer");
    let checkpoint = golden_checkpoint(15);
    let wrong_origin = CheckpointError::WrongOrigin {
        expected: "stranger.example".into(),
        found: "example.com/log/testdata".into(),
    };
    assert_eq!(checkpoint.sign(&stranger), Err(wrong_origin.clone()));

    // A stranger's signature under the right text is not the log's.
    let text = checkpoint.text();
    let by_stranger = Note::new(&text, stranger.sign(&text)).expect("a note");
    let open =
        |note: &Note, log: &Verifier, cosigners: &[Verifier]| Checkpoint::open_note(note, log, cosigners);
    let unverified = CheckpointError::Note(NoteError::Unverified);
    assert_eq!(open(&by_stranger, log.verifier(), &[]), Err(unverified));
    assert_eq!(open(&by_stranger, stranger.verifier(), &[]), Err(wrong_origin));
    let cosigners = [stranger.verifier().clone()];
    let unsigned = Err(CheckpointError::NotSignedByLog);
    assert_eq!(open(&by_stranger, log.verifier(), &cosigners), unsigned);

    // The key of a witness, even of the log's own name, does not speak for the log.
    let namesake = Cosigner::new("example.com/log/testdata", key).expect("a cosigner");
    let cosigned = Note::new(&text, checkpoint.cosign(&namesake, 1).expect("a time"));
    let cosigned = cosigned.expect("a note");
    assert_eq!(open(&cosigned, namesake.verifier(), &[]), unsigned);

    // A good signature over something that is no checkpoint.
    let poem = Note::new("roses\n", log.sign("roses\n")).expect("a note");
    assert_eq!(open(&poem, log.verifier(), &[]), Err(CheckpointError::BadLines));
}

/// The public log and witness whose cosignature is published by Sigsum.
#[test]
fn the_cosignature_of_a_sigsum_witness_verifies() {
    let vkey = "poc.sigsum.org/nisse+ac30be61+BBwl+KRMY1RX4uOR0e+8p9TClRoK7wYiWogeRrmJYqxs";
    let witness = vkey.parse::<Verifier>().expect("a vkey");
    assert_eq!(witness.to_string(), vkey);
    assert_eq!(witness.kind(), KeyKind::Cosigner);
    assert_eq!(
        hex::encode(witness.public_key()),
        "1c25f8a44c635457e2e391d1efbca7d4c2951a0aef06225a881e46b98962ac6c"
    );
    let time = 1_770_193_051_u64;
    let signature = "a1ee1182b265204499cbef3ae59f3ea228b928b3cbda8817a4ed5a12776823e9ad8ef1ce986b9b98d9954f1798ec4315c1820704600a231c69038ccc9726d202";
    let mut payload = time.to_be_bytes().to_vec();
    payload.extend(hex::decode(signature).expect("hex"));
    assert_eq!(witness.verify(SIGSUM_TEXT, &payload), Some(Some(time)));

    // Every byte of text and payload counts.
    for at in 0..payload.len() {
        let mut turned = payload.clone();
        turned[at] ^= 1;
        assert_eq!(witness.verify(SIGSUM_TEXT, &turned), None, "byte {at}");
    }
    assert_eq!(witness.verify(ROME_TEXT, &payload), None);
    for length in [0, 7, 8, 64, 71, 73] {
        payload.resize(length, 0);
        assert_eq!(witness.verify(SIGSUM_TEXT, &payload), None, "{length} bytes");
    }
}

/// From the test data of Sunlight's mirror server.
#[test]
fn the_cosignature_of_a_sunlight_witness_verifies() {
    let vkey = "witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN";
    let line = "— witness.example.org uKLPIAAAAABpVGeAhm2bOvKc3LaB9PFN1ruG19Y5yqslmcAAbhftnn1Zznmo0LXFZq4LGvqKqLX8jWlwLKasxEGTLIqAVusneCBmBw==\n";
    let witness = vkey.parse::<Verifier>().expect("a vkey");
    let note = Note::parse(format!("{ROME_TEXT}\n{line}").as_bytes()).expect("a note");
    let opened = note.open([&witness]).expect("a good cosignature");
    assert_eq!(opened.verified()[0].cosigned_at_s, Some(1_767_139_200));
    let checkpoint = Checkpoint::parse(opened.value()).expect("a checkpoint");
    assert_eq!(checkpoint.size(), 300);
}

#[test]
fn a_cosignature_is_made_for_times_that_exist() {
    let key = SigningKey::from_bytes(&[3; 32]);
    let cosigner = Cosigner::new("witness.example", key).expect("a cosigner");
    let checkpoint = golden_checkpoint(2);
    for time_s in [1, 1_770_193_051, TIME_MAX_S] {
        let signature = checkpoint.cosign(&cosigner, time_s).expect("a time");
        assert_eq!(signature.payload().len(), cosignature::PAYLOAD_BYTES);
        assert_eq!(signature.to_string().rsplit(' ').next().map(str::len), Some(104));
        let verified = cosigner.verifier().verify(&checkpoint.text(), signature.payload());
        assert_eq!(verified, Some(Some(time_s)));
    }
    for time_s in [0, TIME_MAX_S + 1, u64::MAX] {
        let refused = Err(CosignatureError::TimeOutOfRange { time_s });
        assert_eq!(checkpoint.cosign(&cosigner, time_s), refused);
    }
    assert_eq!(cosignature::signed_bytes("o\n0\nr\n", 7), b"cosignature/v1\ntime 7\no\n0\nr\n");
}

#[test]
fn a_cosignature_for_no_time_is_refused_though_it_verifies() {
    use ed25519_dalek::Signer as _;
    let key = SigningKey::from_bytes(&[3; 32]);
    let text = golden_checkpoint(2).text();
    for time_s in [0, TIME_MAX_S + 1] {
        let signature = key.sign(&cosignature::signed_bytes(&text, time_s));
        let mut payload = time_s.to_be_bytes().to_vec();
        payload.extend(signature.to_bytes());
        let verdict = cosignature::verify(&key.verifying_key(), &text, &payload);
        assert_eq!(verdict, Err(CosignatureError::TimeOutOfRange { time_s }));
    }
}

#[test]
fn a_checkpoint_carries_its_cosignatures() {
    let log = golden_signer();
    let witness = |name, seed| Cosigner::new(name, SigningKey::from_bytes(&[seed; 32])).expect("a cosigner");
    let (town, county) = (witness("town.example", 5), witness("county.example", 6));
    let checkpoint = golden_checkpoint(15);
    let mut note = checkpoint.sign(&log).expect("its own log");
    for (cosigner, time_s) in [(&town, 100), (&county, 200), (&town, 300)] {
        note.push(checkpoint.cosign(cosigner, time_s).expect("a time")).expect("room");
    }
    let cosigners = [town.verifier().clone(), county.verifier().clone()];
    let bytes = note.to_string();
    let opened = Checkpoint::open(bytes.as_bytes(), log.verifier(), &cosigners).expect("opens");
    let seen = opened
        .verified()
        .iter()
        .map(|signature| (signature.verifier.name(), signature.cosigned_at_s))
        .collect::<Vec<_>>();
    let want =
        [("example.com/log/testdata", None), ("town.example", Some(100)), ("county.example", Some(200))];
    assert_eq!(seen, want);
    // To a reader without witnesses they are lines like any other.
    let opened = Checkpoint::open(bytes.as_bytes(), log.verifier(), &[]).expect("opens");
    assert_eq!((opened.verified().len(), opened.others().len()), (1, 3));
}

/// The log of the witness conformance script of `litewitness`: three checkpoints that
/// somebody else signed, and the proofs between them.
#[test]
fn the_log_of_the_witness_conformance_script() {
    let origin = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
    let key = "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f";
    let key = *Hash::from_hex(key).expect("32 bytes").as_bytes();
    let log = Verifier::new(origin, KeyKind::Log, &key).expect("a verifier");
    assert_eq!(log.id(), KeyId(0x5202_289b));
    let leaf = |n| {
        let mut bytes = [0; 32];
        (bytes[0], bytes[1]) = (0x2a, n);
        Hash::from_bytes(bytes)
    };
    let signed = [
        (
            1,
            "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=",
        ),
        (
            3,
            "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=",
            "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=",
        ),
        (
            5,
            "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=",
            "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=",
        ),
    ];
    let mut frontier = Frontier::new();
    for (size, root, signature) in signed {
        while frontier.size() < size {
            frontier.push(leaf(frontier.size() as u8));
        }
        assert_eq!(frontier.root(), base64(root), "size {size}");
        let checkpoint = Checkpoint::new(origin, size, frontier.root()).expect("a checkpoint");
        let note = format!("{}\n— {origin} {signature}\n", checkpoint.text());
        let opened = Checkpoint::open(note.as_bytes(), &log, &[]).expect("opens");
        assert_eq!(opened.value(), &checkpoint);
    }
    let root = |at: usize| base64(signed[at].1);
    let one_to_three = [leaf(1), leaf(2)];
    assert_eq!(verify_consistency(&one_to_three, 1, &root(0), 3, &root(1)), Ok(()));
    let pair = base64("wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=");
    let three_to_five = [leaf(2), leaf(3), pair, leaf(4)];
    assert_eq!(verify_consistency(&three_to_five, 3, &root(1), 5, &root(2)), Ok(()));
    // The script's bad signature ends in bits that base64 has no room for.
    assert!(
        STANDARD
            .decode(
                "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6gx="
            )
            .is_err()
    );
}

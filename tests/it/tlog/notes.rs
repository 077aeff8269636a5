//! Keys and signed notes: vectors, what is ignored, what is refused.

use civbank::tlog::note::{self, NOTE_BYTES_MAX, SIGNATURES_MAX};
use civbank::tlog::{KeyError, KeyId, KeyKind, Note, NoteError, NoteSignature, Signer, Verifier};
use ed25519_dalek::SigningKey;

const FOO: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const FOO_NOTE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SIGNER: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn peter() -> Verifier {
    PETER.parse().expect("a vkey")
}

fn signer(name: &str, seed: u8) -> Signer {
    Signer::new(name, SigningKey::from_bytes(&[seed; 32])).expect("a signer")
}

/// A line that looks like a signature and is by nobody we know.
fn grease(name: &str, id: u32) -> String {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend([0x5a; 64]);
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!("— {name} {base64}\n")
}

#[test]
fn the_published_note_opens() {
    let foo = FOO.parse::<Verifier>().expect("a vkey");
    assert_eq!(foo.to_string(), FOO);
    assert_eq!((foo.name(), foo.id()), ("example.com/foo", KeyId(0x530d_903a)));
    assert_eq!(foo.kind(), KeyKind::Log);
    let opened = note::open(FOO_NOTE.as_bytes(), [&foo]).expect("a good note");
    assert_eq!(opened.value(), "This is an example message.\n");
    assert!(opened.is_signed_by(&foo));
    assert_eq!(opened.verified().len(), 1);
    assert_eq!(opened.verified()[0].cosigned_at_s, None);
    assert!(opened.others().is_empty());
}

#[test]
fn the_published_signer_signs_byte_for_byte() {
    let signer = PETER_SIGNER.parse::<Signer>().expect("a signer");
    assert_eq!(signer.verifier().to_string(), PETER);
    let note = Note::new(TEXT, signer.sign(TEXT)).expect("a note");
    assert_eq!(note.to_string(), format!("{TEXT}\n{PETER_LINE}"));
    assert_eq!(Note::parse(note.to_string().as_bytes()), Ok(note));
}

#[test]
fn a_secret_is_not_printed() {
    let signer = PETER_SIGNER.parse::<Signer>().expect("a signer");
    assert_eq!(format!("{signer:?}"), format!("Signer({PETER})"));
}

#[test]
fn a_mangled_key_is_refused() {
    for text in [PETER, PETER_SIGNER] {
        let parses = |text: &str| match text.starts_with("PRIVATE") {
            true => text.parse::<Signer>().is_ok(),
            false => text.parse::<Verifier>().is_ok(),
        };
        assert!(parses(text));
        for start in 0..text.len() {
            for end in start..=text.len() {
                assert!(text.len() == end - start || !parses(&text[start..end]));
            }
        }
        for at in 0..text.len() {
            let mut mangled = text.to_owned().into_bytes();
            mangled[at] += 1;
            assert!(!parses(&String::from_utf8(mangled).expect("ASCII")), "byte {at}");
        }
        for (at, _) in text.char_indices() {
            for c in ["+", " ", "\n", "=", "é"] {
                let mut longer = text.to_owned();
                longer.insert_str(at, c);
                assert!(!parses(&longer), "{c:?} at {at}");
            }
        }
    }
}

#[test]
fn keys_are_refused_by_name() {
    let table = [
        ("", KeyError::BadForm),
        ("name", KeyError::BadForm),
        ("name+c74f20a3", KeyError::BadForm),
        ("name+c74f20a3+", KeyError::BadKey),
        ("name+c74f20a3+AQ==", KeyError::BadKey),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::BadId),
        ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::BadId),
        ("PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::BadId),
        ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::BadName),
        ("文明银行+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::BadName),
        ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::BadName),
        // The same key as a cosigner's has another id.
        ("PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::BadId),
        (
            "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            KeyError::UnknownKind { type_byte: 2 },
        ),
    ];
    for (vkey, error) in table {
        assert_eq!(vkey.parse::<Verifier>(), Err(error), "{vkey}");
    }
    let key = *peter().public_key();
    let name = "n".repeat(255);
    assert!(Verifier::new(&name, KeyKind::Log, &key).is_ok());
    let name = "n".repeat(256);
    assert_eq!(Verifier::new(&name, KeyKind::Log, &key), Err(KeyError::BadName));
    // The neutral point is a key under which one signature fits every message.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert_eq!(Verifier::new("weak", KeyKind::Log, &neutral), Err(KeyError::WeakKey));
    // No point of the curve has this y.
    let mut no_point = [0; 32];
    no_point[0] = 2;
    assert_eq!(Verifier::new("none", KeyKind::Log, &no_point), Err(KeyError::WeakKey));
    let cosigner = PETER_SIGNER.replace("+AYEK", "+BIEK").parse::<Signer>();
    assert_eq!(cosigner.err(), Some(KeyError::UnknownKind { type_byte: 4 }));
}

#[test]
fn lines_by_unknown_keys_are_carried_along() {
    let id = peter().id().0;
    let lines = [
        grease("grease.invalid", 0x1234_5678),
        // One half of the name and id is known: still unknown.
        grease("PeterNeumann", id ^ 1),
        grease("PeterNeuman", id),
        grease("文明银行.example", id),
        PETER_LINE.to_owned(),
        "— short AAAAAAA=\n".to_owned(),
    ];
    let bytes = format!("{TEXT}\n{}", lines.concat());
    let note = Note::parse(bytes.as_bytes()).expect("a well-formed note");
    assert_eq!(note.to_string(), bytes);
    let opened = note.open([&peter()]).expect("one good signature");
    assert_eq!(opened.verified().len(), 1);
    let others = opened.others().iter().map(|line| format!("{line}\n"));
    let want = lines.iter().filter(|line| *line != PETER_LINE).cloned();
    assert!(others.eq(want));
}

#[test]
fn a_wrong_signature_by_a_known_key_condemns_the_note() {
    let (a, b) = (signer("a.example", 1), signer("b.example", 2));
    let good = a.sign(TEXT).to_string();
    let bad = b.sign("another text\n").to_string();
    let bytes = format!("{TEXT}\n{good}\n{bad}\n");
    let invalid = NoteError::InvalidSignature { name: "b.example".into(), id: b.verifier().id() };
    let open = |verifiers: &[&Verifier]| note::open(bytes.as_bytes(), verifiers.iter().copied());
    assert!(open(&[a.verifier()]).is_ok());
    assert_eq!(open(&[a.verifier(), b.verifier()]), Err(invalid.clone()));
    assert_eq!(open(&[b.verifier()]), Err(invalid));
    assert_eq!(open(&[]), Err(NoteError::Unverified));
    assert_eq!(open(&[&peter()]), Err(NoteError::Unverified));
    // A good line does not make up for a bad one by the same key.
    let second = a.sign("another text\n").to_string();
    for lines in [format!("{good}\n{second}\n"), format!("{second}\n{good}\n")] {
        let opened = note::open(format!("{TEXT}\n{lines}").as_bytes(), [a.verifier()]);
        assert!(matches!(opened, Err(NoteError::InvalidSignature { .. })));
    }
}

#[test]
fn every_turned_bit_of_a_signed_note_is_found() {
    let note = format!("{TEXT}\n{PETER_LINE}").into_bytes();
    for at in 0..note.len() {
        for bit in 0..8 {
            let mut turned = note.clone();
            turned[at] ^= 1 << bit;
            assert!(note::open(&turned, [&peter()]).is_err(), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn one_key_counts_once() {
    let bytes = format!("{TEXT}\n{PETER_LINE}{PETER_LINE}");
    let opened = note::open(bytes.as_bytes(), [&peter()]).expect("a good note");
    assert_eq!((opened.verified().len(), opened.others().len()), (1, 0));
    let ambiguous = NoteError::AmbiguousKey { name: "PeterNeumann".into(), id: peter().id() };
    assert_eq!(note::open(bytes.as_bytes(), [&peter(), &peter()]), Err(ambiguous));
    // Two keys of one name that nobody signed with do no harm.
    let foo = FOO.parse::<Verifier>().expect("a vkey");
    assert!(note::open(bytes.as_bytes(), [&foo, &peter(), &foo]).is_ok());
}

#[test]
fn the_last_empty_line_ends_the_text() {
    let signer = signer("a.example", 1);
    for text in ["\n", "a\n", "a\n\nb\n", "a\n\n", "\n\n\n", "— a.example AAAA\n\nb\n"] {
        let note = Note::new(text, signer.sign(text)).expect("a note");
        let bytes = note.to_string();
        let opened = note::open(bytes.as_bytes(), [signer.verifier()]).expect("a good note");
        assert_eq!(opened.value(), text);
    }
}

#[test]
fn malformed_notes_are_refused_by_name() {
    let line = PETER_LINE;
    let bare = line.trim_end();
    let bad = |number| NoteError::BadSignatureLine { number };
    let control = |byte| NoteError::ControlCharacter { byte };
    let table = [
        ("", NoteError::NoSignatures),
        ("text\n", NoteError::NoSignatures),
        ("text\n\n", NoteError::NoSignatures),
        (&format!("text\n{line}"), NoteError::NoSignatures),
        (line, NoteError::NoSignatures),
        (&format!("text\n\n{bare}"), bad(1)),
        (&format!("text\n\n{line}{bare}"), bad(2)),
        (&format!("text\n\n{line}Unexpected.\n"), bad(2)),
        (&format!("text\n\n{line}\n"), NoteError::NoSignatures),
        (&format!("text\r\n\r\n{line}"), control(b'\r')),
        (&format!("text\n\n{bare}\r\n"), control(b'\r')),
        (&format!("te\txt\n\n{line}"), control(b'\t')),
        (&format!("te\0xt\n\n{line}"), control(0)),
        (&format!("\u{feff}text\n\n{line}"), NoteError::NotUtf8),
        (&format!("text\n\n{}", line.replace('—', "-")), bad(1)),
        (&format!("text\n\n{}", line.replace('—', "–")), bad(1)),
        (&format!("text\n\n{}", line.replace("— ", "—")), bad(1)),
        (&format!("text\n\n{}", line.replace("— ", "—  ")), bad(1)),
        (&format!("text\n\n {line}"), bad(1)),
        (&format!("text\n\n{}", line.replace("PeterNeumann", "")), bad(1)),
        (&format!("text\n\n{}", line.replace("PeterNeumann", "Peter Neumann")), bad(1)),
        (&format!("text\n\n{}", line.replace("PeterNeumann", "Peter+Neumann")), bad(1)),
        (&format!("text\n\n{}", line.replace("PeterNeumann", "Peter\u{3000}Neumann")), bad(1)),
        (&format!("text\n\n{}", line.replace("PeterNeumann", "Peter\u{a0}Neumann")), bad(1)),
        (&format!("text\n\n{}", line.replace("PeterNeumann", &"n".repeat(256))), bad(1)),
        (&format!("text\n\n{bare} \n"), bad(1)),
        (&format!("text\n\n{}", line.replace("nAM=", "nAM")), bad(1)),
        (&format!("text\n\n{}", line.replace("nAM=", "nAN=")), bad(1)),
        (&format!("text\n\n{}", line.replace("x08g", "x0*g")), bad(1)),
        ("text\n\n— name \n", bad(1)),
        ("text\n\n— name\n", bad(1)),
        // Three bytes are no key id, and a key id alone is no signature.
        ("text\n\n— name AAAA\n", bad(1)),
        ("text\n\n— name AAAAAA==\n", bad(1)),
        (&format!("text\n\n{}", line.repeat(101)), NoteError::TooManySignatures),
    ];
    for (bytes, error) in table {
        assert_eq!(Note::parse(bytes.as_bytes()), Err(error), "{bytes:?}");
    }
    let not_utf8 = [b"\xfftext\n\n", line.as_bytes()].concat();
    assert_eq!(Note::parse(&not_utf8), Err(NoteError::NotUtf8));
}

#[test]
fn a_note_has_limits_on_both_ways() {
    let line = PETER_LINE;
    let full = format!("text\n\n{}", line.repeat(SIGNATURES_MAX));
    let mut note = Note::parse(full.as_bytes()).expect("as many lines as there may be");
    let one_more = note.signatures()[0].clone();
    assert_eq!(note.push(one_more.clone()), Err(NoteError::TooManySignatures));

    let room = NOTE_BYTES_MAX - 2 - line.len();
    let longest = format!("{}\n\n{line}", "x".repeat(room));
    let mut note = Note::parse(longest.as_bytes()).expect("as long as it may be");
    let length = NOTE_BYTES_MAX + line.len();
    assert_eq!(note.push(one_more.clone()), Err(NoteError::TooLong { length }));
    assert_eq!(note.to_string(), longest);
    let length = NOTE_BYTES_MAX + 1;
    let longer = format!("{}\n\n{line}", "x".repeat(room + 1));
    assert_eq!(Note::parse(longer.as_bytes()), Err(NoteError::TooLong { length }));
    let text = format!("{}\n", "x".repeat(room + 1));
    assert_eq!(Note::new(&text, one_more.clone()), Err(NoteError::TooLong { length }));

    for text in ["", "no newline"] {
        assert_eq!(Note::new(text, one_more.clone()), Err(NoteError::BadText));
    }
    let error = NoteError::ControlCharacter { byte: b'\r' };
    assert_eq!(Note::new("a\r\n", one_more), Err(error));
}

#[test]
fn a_witness_answers_with_bare_lines() {
    let lines = format!("{PETER_LINE}{}", grease("grease.invalid", 7));
    let parsed = note::parse_lines(&lines).expect("two lines");
    assert_eq!(parsed.len(), 2);
    assert_eq!(parsed[0].key_id(), peter().id());
    assert_eq!(parsed[0].payload().len(), 64);
    assert_eq!(parsed[1].name(), "grease.invalid");
    assert_eq!(parsed[1].line_length(), grease("grease.invalid", 7).len());
    assert_eq!(note::parse_lines(""), Err(NoteError::NoSignatures));
    let unended = note::parse_lines(PETER_LINE.trim_end());
    assert_eq!(unended, Err(NoteError::BadSignatureLine { number: 1 }));
    assert_eq!(NoteSignature::parse(PETER_LINE), None);
    assert_eq!(NoteSignature::parse("— na\u{1}me AAAAAAA="), None);
}

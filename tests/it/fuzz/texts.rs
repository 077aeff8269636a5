//! Texts of the log, names of people and things, links, photographs and the index's values.

use std::fmt::Display;
use std::str::FromStr;

use civbank::bank::effects::Account;
use civbank::bank::ids::{Branch, HouseholdId, ItemCode, PersonId, Sku, TerminalId};
use civbank::bank::time::Day;
use civbank::cli::card::Card;
use civbank::cli::link::Link;
use civbank::documents::Address;
use civbank::index::chunk;
use civbank::index::head::Head;
use civbank::tlog::note::parse_lines;
use civbank::tlog::tile::{decode_entries, decode_hashes};
use civbank::tlog::{Checkpoint, Hash, Note, NoteSignature, Signer, Tile, TlogProof, Verifier};
use civbank::web::picture::stripped;
use civbank::wire::PayloadType;

use super::mutate::Shape::{Bytes, Text};
use super::{Door, Seen, Target, target};
use crate::it::tlog::hostile;

pub const TARGETS: &[Target] = &[
    // What is accepted is the only text that says so.
    target("checkpoint", Text, 1, || {
        sample(0..1, |text| canonical(Checkpoint::parse(text).ok(), text, Checkpoint::text))
    }),
    target("note", Text, 1, note),
    target("note-lines", Text, 1, || sample(2..3, |text| spelled(NoteSignature::parse(text), text))),
    target("tlog-proof", Text, 1, tlog_proof),
    target("vkey", Text, 1, || sample(5..6, parsed::<Verifier>)),
    target("skey", Text, 1, || sample(6..7, |text| of(text.parse::<Signer>().is_ok()))),
    target("tile-path", Text, 1, || sample(7..8, parsed::<Tile>)),
    target("hash-base64", Text, 1, || {
        sample(8..9, |text| canonical(Hash::from_base64(text).ok(), text, Hash::to_base64))
    }),
    target("hash-hex", Text, 1, || {
        sample(9..10, |text| canonical(Hash::from_hex(text).ok(), text, Hash::to_hex))
    }),
    // Every door of the log with every text.
    target("log-any", Text, 2, log_any),
    target("entry-bundle", Bytes, 1, entry_bundle),
    target("tile-hashes", Bytes, 1, tile_hashes),
    target("ids", Text, 1, ids),
    target("document-address", Text, 1, || {
        texts(&["0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"], |text| {
            spelled(Address::from_hex(text), text)
        })
    }),
    target("payload-type", Text, 1, || {
        texts(&["application/vnd.civbank.command.v1+json"], |text| spelled(PayloadType::parse(text), text))
    }),
    // What is accepted says itself again; white space around it is ignored.
    target("passbook-card", Text, 1, || {
        texts(&[CARD], |text| {
            let card = Card::parse(text).ok();
            canonical(card, text.trim(), |card| card.text().to_string())
        })
    }),
    target("invitation-link", Text, 1, || {
        texts(&[LINK], |text| canonical(Link::parse(text).ok(), text.trim(), |link| link.text().to_string()))
    }),
    // A photograph: hardly longer than it was (a short JFIF header becomes a whole one), and nothing is left to strip.
    target("picture", Bytes, 1, picture),
    // A chunk ascends and is no longer than its bytes; a head is its bytes.
    target("index-chunk", Bytes, 1, index_chunk),
    target("index-head", Bytes, 1, index_head),
];

const CARD: &str = concat!(
    "https://bank.example/p/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "#ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
);
const LINK: &str = "https://bank.example/join#ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";

fn of(accepted: bool) -> Seen {
    if accepted { Seen::Accepted } else { Seen::Refused }
}

fn canonical<T>(read: Option<T>, text: &str, write: impl Fn(&T) -> String) -> Seen {
    if let Some(value) = &read {
        assert_eq!(write(value), text, "accepted in another spelling");
    }
    of(read.is_some())
}

fn spelled<T: Display>(read: Option<T>, text: &str) -> Seen {
    canonical(read, text, T::to_string)
}

fn parsed<T: FromStr + Display>(text: &str) -> Seen {
    spelled(text.parse::<T>().ok(), text)
}

/// A door for texts; other bytes never get this far.
fn text_door(read: impl Fn(&str) -> Seen + 'static) -> Door {
    Box::new(move |input| str::from_utf8(input).map_or(Seen::Refused, &read))
}

fn texts(seeds: &[&str], read: impl Fn(&str) -> Seen + 'static) -> (Vec<Vec<u8>>, Door) {
    (seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect(), text_door(read))
}

/// Some of the log's well-formed texts.
fn sample(range: std::ops::Range<usize>, read: impl Fn(&str) -> Seen + 'static) -> (Vec<Vec<u8>>, Door) {
    (hostile::samples()[range].to_vec(), text_door(read))
}

fn note() -> (Vec<Vec<u8>>, Door) {
    let door = |input: &[u8]| {
        let note = Note::parse(input);
        if let Ok(note) = &note {
            assert_eq!(note.to_string().as_bytes(), input);
            let _ = str::from_utf8(input).map(parse_lines);
        }
        Seen::of(&note)
    };
    (hostile::samples()[1..2].to_vec(), Box::new(door))
}

fn tlog_proof() -> (Vec<Vec<u8>>, Door) {
    let door = |input: &[u8]| {
        let proof = TlogProof::parse(input);
        if let Ok(proof) = &proof {
            assert_eq!(proof.to_string().as_bytes(), input);
        }
        hostile::knock(input);
        Seen::of(&proof)
    };
    (hostile::samples()[3..5].to_vec(), Box::new(door))
}

fn log_any() -> (Vec<Vec<u8>>, Door) {
    let door = |input: &[u8]| {
        hostile::knock(input);
        Seen::Accepted
    };
    (hostile::samples(), Box::new(door))
}

fn entry_bundle() -> (Vec<Vec<u8>>, Door) {
    // The first byte is the width less one.
    let seeds = vec![b"\x01\0\x03egg\0\x05broom".to_vec(), [&[0, 0xff, 0xff][..], &[7; 0xffff]].concat()];
    let door = |input: &[u8]| {
        let Some((width, bundle)) = input.split_first() else { return Seen::Refused };
        let entries = decode_entries(bundle, u16::from(*width) + 1);
        if let Ok(entries) = &entries {
            let again: Vec<u8> = entries
                .iter()
                .flat_map(|entry| [&(entry.len() as u16).to_be_bytes(), *entry].concat())
                .collect();
            assert_eq!((entries.len(), again.as_slice()), (usize::from(*width) + 1, bundle));
        }
        Seen::of(&entries)
    };
    (seeds, Box::new(door))
}

fn tile_hashes() -> (Vec<Vec<u8>>, Door) {
    let seeds = vec![[&[2][..], &[9; 96]].concat()];
    let door = |input: &[u8]| {
        let Some((width, bytes)) = input.split_first() else { return Seen::Refused };
        let hashes = decode_hashes(bytes, u16::from(*width) + 1);
        if let Ok(hashes) = &hashes {
            assert_eq!(hashes.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>(), bytes);
        }
        Seen::of(&hashes)
    };
    (seeds, Box::new(door))
}

fn ids() -> (Vec<Vec<u8>>, Door) {
    const SEEDS: [&str; 12] = [
        "370829199201",
        "370829199201-00001",
        "370829199201-00001-2",
        "370829199201-00000-7",
        "370829199201-t1",
        "2026-11-20",
        "R01",
        "salt-400g",
        "household/370829199201-00001",
        "budget/370829199201",
        "issuance",
        "0001-01-01",
    ];
    texts(&SEEDS[..11], |text| {
        let read = [
            parsed::<Branch>(text),
            parsed::<HouseholdId>(text),
            parsed::<PersonId>(text),
            parsed::<TerminalId>(text),
            parsed::<Day>(text),
            parsed::<ItemCode>(text),
            parsed::<Sku>(text),
            parsed::<Account>(text),
        ];
        of(read.contains(&Seen::Accepted))
    })
}

fn picture() -> (Vec<Vec<u8>>, Door) {
    let segment = |marker: u8, content: &[u8]| {
        [&[0xFF, marker], &(content.len() as u16 + 2).to_be_bytes()[..], content].concat()
    };
    let jpeg = [
        vec![0xFF, 0xD8],
        segment(0xE0, b"JFIF\0\x01\x02\x01\0\x48\0\x48\0\0"),
        segment(0xE1, b"Exif\0\0where it was"),
        segment(0xE2, b"ICC_PROFILE\0\x01\x01ab"),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01"),
        segment(0xDB, &[7; 65]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4, 0xFF, 0xD9],
    ];
    let chunk = |kind: &[u8], content: &[u8]| {
        [&(content.len() as u32).to_be_bytes()[..], kind, content, b"sum4"].concat()
    };
    let png = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &[0; 13]),
        chunk(b"tEXt", b"where"),
        chunk(b"IDAT", b"pixels"),
        chunk(b"IEND", b""),
    ];
    let part = |kind: &[u8], content: &[u8]| {
        let odd = vec![0; content.len() % 2];
        [kind, &(content.len() as u32).to_le_bytes(), content, &odd].concat()
    };
    let parts =
        [b"WEBP".to_vec(), part(b"VP8X", &[0x0C; 10]), part(b"EXIF", b"where"), part(b"VP8 ", b"pixel")]
            .concat();
    let webp = part(b"RIFF", &parts);
    let door = |input: &[u8]| {
        let kept = stripped(input);
        if let Ok(kept) = &kept {
            assert!(kept.len() <= input.len() + input.len() / 8, "{} bytes of {}", kept.len(), input.len());
            assert_eq!(stripped(kept).as_ref(), Ok(kept), "something was left to strip");
        }
        of(kept.is_ok())
    };
    (vec![jpeg.concat(), png.concat(), webp], Box::new(door))
}

fn index_chunk() -> (Vec<Vec<u8>>, Door) {
    let seeds = vec![vec![0; 8], [&[0, 0, 0, 0, 0, 0, 0, 7][..], &[1, 2, 0x80, 1, 0xff, 0x7f]].concat()];
    let door = |input: &[u8]| {
        let Some((first, value)) = input.split_first_chunk::<8>() else { return Seen::Refused };
        let entries = chunk::entries(u64::from_be_bytes(*first), value);
        if let Some(entries) = &entries {
            assert!(entries.len() <= 1 + value.len() && entries.is_sorted_by(|a, b| a < b));
        }
        of(entries.is_some())
    };
    (seeds, Box::new(door))
}

fn index_head() -> (Vec<Vec<u8>>, Door) {
    let door = |input: &[u8]| {
        let head = Head::from_bytes(input);
        if let Some(head) = head {
            assert_eq!(head.to_bytes(), input);
        }
        of(head.is_some())
    };
    (vec![vec![3; 24]], Box::new(door))
}

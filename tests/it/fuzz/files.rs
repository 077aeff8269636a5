//! Files: the journal's, snapshots, documents, backups' manifests, keys, certificates, and what people write in TOML.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use civbank::bank::Bank;
use civbank::bank::policy::Bounds;
use civbank::cli::config::{Config, Flags};
use civbank::cli::{catalogue_file, key_file};
use civbank::documents::{DocumentError, DocumentKind, Documents};
use civbank::engine::home::{read_key, write_key};
use civbank::index::{HASH_SIZE, HashFile};
use civbank::journal::{Batch, JournalReader};
use civbank::tls::{Files, Tls};
use civbank::upkeep::{MANIFEST, Manifest};
use ed25519_dalek::SigningKey;
use tokio::runtime::Runtime;

use super::mutate::Shape::{Bytes, Json, Text};
use super::{Door, Seen, Target, behind, target};
use crate::it::bank::random;
use crate::it::engine::fixture::{Place, Store};
use crate::it::journal::fixture as journal;
use crate::it::upkeep::town::Town;

pub const TARGETS: &[Target] = &[
    // Whatever the bytes: what is read is what was written, as far as it goes, and opening mends what it accepts.
    target("journal-segment", Bytes, 8, journal_segment),
    // The same with every checksum made right: lengths and counts are all that can lie.
    target("journal-frame", Bytes, 8, journal_frame),
    // The state in a snapshot, as if the seal held: a state or none.
    target("snapshot-state", Bytes, 8, snapshot_state),
    // A snapshot's file beside a whole journal: the engine starts, with the state that the journal makes.
    behind("snapshot-file", Bytes, 400, snapshot_file),
    // A document is what was put, or damaged.
    target("document-file", Bytes, 4, document_file),
    // Whole hashes, and none beyond them.
    target("hash-file", Bytes, 4, hash_file),
    // A manifest that is read is written as it was read.
    target("manifest", Json, 2, manifest),
    // A backup onto what such a manifest says: done or refused.
    behind("backup-onto", Json, 200, backup_onto),
    target("key-file", Text, 4, key),
    target("certificate", Text, 8, certificate),
    target("config", Text, 4, config),
    target("catalogue-file", Text, 8, || {
        toml(CATALOGUE, |path| Seen::of(&catalogue_file::read(path).map_err(said)))
    }),
    target("price-file", Text, 4, || {
        toml(PRICES, |path| Seen::of(&catalogue_file::read_prices(path).map_err(said)))
    }),
    target("bounds-file", Text, 4, || {
        toml(BOUNDS, |path| Seen::of(&catalogue_file::read_bounds(path, Bounds::FORMAT).map_err(said)))
    }),
];

const CATALOGUE: &str = r#"valid_from = "2026-11-02"

[[item]]
code = "R01"
pillar = "living"
title = "门前三包"
points = 20
measure = "次"
cap_window = "month"
cap_count = 1
evidence = ["photo", "record"]

[[item]]
code = "V07"
pillar = "governance"
kind = "veto"
title = "积分造假"
measure = "次"
valid_to = "2027-11-02"
"#;
const PRICES: &str = r#"[[goods]]
sku = "egg"
title = "鸡蛋"
measure = "枚"
points = 5
month_limit = 60
"#;
const BOUNDS: &str = "[min]\nquorum_min = 2\n\n[max]\nnotice_days = 15\n";
const CONFIG: &str = r#"listen = "127.0.0.1:7070"
tls_cert = "server.pem"
tls_key = "server.key"
tls_client_ca = "ca.pem"
tls_client = "required"
allow_plain = false
metrics = "off"
log = "info"
log_format = "json"
segment_bytes = 67108864
disk_reserve = 0
"#;

fn said(failure: civbank::cli::failure::Failure) -> String {
    format!("{failure:?}")
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

/// A door that puts the input into a file of that name first.
fn through(name: &'static str, mut read: impl FnMut(&Path) -> Seen + 'static) -> Door {
    let dir = scratch();
    Box::new(move |input| {
        let path = dir.path().join(name);
        journal::put(&path, input);
        read(&path)
    })
}

fn toml(seed: &str, read: impl FnMut(&Path) -> Seen + 'static) -> (Vec<Vec<u8>>, Door) {
    (vec![seed.as_bytes().to_vec()], through("given.toml", read))
}

/// Batches as a journal holds them, and the bytes of its one segment.
fn segment(batches: &[Batch]) -> Vec<u8> {
    let dir = journal::written(batches, 1 << 20);
    fs::read(&journal::segments(dir.path())[0]).expect("a segment")
}

/// Everything that a reader reads.
fn read_all(reader: &dyn JournalReader) -> Vec<Batch> {
    let batches: Vec<Batch> = reader.batches(0).map_while(Result::ok).collect();
    for batch in &batches {
        for (index, entry) in (batch.first_index..).zip(&batch.entries) {
            assert_eq!(reader.entry(index).expect("what was read before").as_ref(), Some(entry));
        }
    }
    assert_eq!(reader.entry(reader.size()).ok().flatten(), None);
    let _ = reader.last_checkpoint();
    batches
}

/// Reads a segment without and with mending it.
fn segment_door(expected: Option<Vec<Batch>>, make: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Door {
    let dir = scratch();
    Box::new(move |input| {
        let path = dir.path().join("00000000000000000000.seg");
        journal::put(&path, &make(input));
        let audited = journal::audit(dir.path());
        if let Ok((reader, _)) = &audited {
            let batches = read_all(reader);
            if let Some(expected) = &expected {
                assert!(expected.starts_with(&batches), "something that was never written is read");
            }
            let (mended, _) = journal::open(dir.path()).expect("what an audit accepts opens");
            assert_eq!(read_all(&*civbank::journal::Journal::reader(&mended)), batches);
            drop(mended);
            let (reader, outcome) = journal::audit(dir.path()).expect("what was mended is whole");
            assert_eq!((read_all(&reader), outcome.torn_tail.is_none()), (batches, true));
        }
        // Opening leaves other files than the segment; each input begins anew.
        for file in fs::read_dir(dir.path()).expect("the directory") {
            let file = file.expect("a file").path();
            if file != path {
                fs::remove_file(file).expect("a file to remove");
            }
        }
        Seen::of(&audited)
    })
}

fn journal_segment() -> (Vec<Vec<u8>>, Door) {
    let written = journal::batches(&[3, 0, 700, 64, 1]);
    (
        vec![segment(&written), segment(&written[..1]), segment(&[])],
        segment_door(Some(written), <[u8]>::to_vec),
    )
}

fn journal_frame() -> (Vec<Vec<u8>>, Door) {
    let seeds = [[3, 0, 40].as_slice(), &[700], &[0]].map(|lengths| {
        let mut entries = journal::batch(0, 0, 0);
        entries.entries = lengths.iter().map(|length| vec![7; *length]).collect();
        entries.checkpoint = b"signed".to_vec();
        segment(&[entries])
    });
    for seed in &seeds {
        assert_eq!(sealed(seed), *seed, "the tests seal as the room does");
    }
    (seeds.to_vec(), segment_door(None, sealed))
}

/// A segment with one frame, as `docs/format-journal.md` says, and all its checksums made right.
fn sealed(input: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    let sum =
        |parts: &[&[u8]]| <[u8; 16]>::try_from(&blake3::hash(&parts.concat()).as_bytes()[..16]).unwrap();
    if bytes.len() >= 64 {
        let of = sum(&[&bytes[..48]]);
        bytes[48..64].copy_from_slice(&of);
    }
    if bytes.len() >= 64 + 48 + 24 {
        let of = sum(&[&bytes[64..96], &0u64.to_be_bytes(), &64u64.to_be_bytes()]);
        bytes[96..112].copy_from_slice(&of);
        let end = bytes.len() - 24;
        let of = sum(&[&bytes[64..end]]);
        bytes[end..end + 16].copy_from_slice(&of);
        bytes[end + 16..].copy_from_slice(b"civb-end");
    }
    bytes
}

fn snapshot_state() -> (Vec<Vec<u8>>, Door) {
    let state = |steps| postcard::to_allocvec(&random::lived_in(7, steps).world.bank).expect("a state");
    let door = |input: &[u8]| {
        let read = postcard::from_bytes::<Bank>(input);
        if let Ok(bank) = &read {
            let again = postcard::to_allocvec(bank).expect("a state");
            assert!(postcard::from_bytes::<Bank>(&again).is_ok_and(|read| read == *bank));
        }
        Seen::of(&read)
    };
    (vec![state(0), state(300), postcard::to_allocvec(&Bank::new()).expect("a state")], Box::new(door))
}

fn snapshot_file() -> (Vec<Vec<u8>>, Door) {
    let runtime = Runtime::new().expect("a runtime");
    let place = Place::new(Store::Memory);
    let state = runtime.block_on(async {
        let engine = place.open().await;
        let commands = (0..2_100).map(|_| (place.fund(), String::new())).collect();
        for result in engine.submit_batch(commands).await {
            result.expect("an entry");
        }
        let state = engine.read(|view| view.bank.clone()).await.expect("a running engine");
        engine.shutdown().await;
        state
    });
    let dir = place.index_dir().join("snapshots");
    let path = fs::read_dir(&dir).expect("snapshots").next().expect("a snapshot").expect("a file").path();
    let seed = fs::read(&path).expect("a snapshot");
    let door = move |input: &[u8]| {
        journal::put(&path, input);
        runtime.block_on(async {
            let engine = place.start();
            let started = engine.read(|view| view.bank.clone()).await.expect("a running engine");
            assert!(started == state, "another state than the journal's");
            engine.shutdown().await;
        });
        Seen::Accepted
    };
    (vec![seed], Box::new(door))
}

fn document_file() -> (Vec<Vec<u8>>, Door) {
    let dir = scratch();
    let documents = Documents::open(dir.path()).expect("documents");
    let content = b"swept the lane";
    let address = documents.put(DocumentKind::Text, content).expect("a document");
    let name = address.to_string();
    let path = dir.path().join(&name[..2]).join(&name);
    let seed = fs::read(&path).expect("a document");
    let door = move |input: &[u8]| {
        let _ = &dir;
        journal::put(&path, input);
        let found = documents.get(address);
        match &found {
            Ok(found) => assert_eq!(found.as_ref(), Some(&(DocumentKind::Text, content.to_vec()))),
            Err(error) => assert!(matches!(error, DocumentError::Damaged { .. }), "{error}"),
        }
        Seen::of(&found)
    };
    (vec![seed], Box::new(door))
}

fn hash_file() -> (Vec<Vec<u8>>, Door) {
    let door = through("tree.hashes", |path| {
        let given = fs::read(path).expect("the input");
        let file = HashFile::open(path).expect("any bytes are a hash file");
        let whole = given.len() / HASH_SIZE;
        assert_eq!(file.len(), whole as u64);
        for (position, hash) in (0..).zip(given.chunks_exact(HASH_SIZE)) {
            assert_eq!(file.get(position).expect("a hash").as_ref().map(<[u8; 32]>::as_slice), Some(hash));
        }
        assert_eq!(file.get(whole as u64).expect("none"), None);
        Seen::Accepted
    });
    (vec![vec![7; 96], vec![1; 33], Vec::new()], door)
}

/// A bank with a backup, and the backup's manifest.
fn backed_up() -> (Runtime, Town, Vec<u8>) {
    let runtime = Runtime::new().expect("a runtime");
    let town = runtime.block_on(Town::with(9));
    town.back_up("copy").expect("a backup");
    let manifest = fs::read(town.path("copy").join(MANIFEST)).expect("a manifest");
    (runtime, town, manifest)
}

fn manifest() -> (Vec<Vec<u8>>, Door) {
    let (_, _, seed) = backed_up();
    let door = through(MANIFEST, |path| {
        let read = Manifest::read(path.parent().expect("a directory"));
        if let Ok(Some(manifest)) = &read {
            fs::write(path, serde_json::to_vec(manifest).expect("JSON")).expect("a file");
            let again = Manifest::read(path.parent().expect("a directory"));
            assert_eq!(again.expect("what was read").as_ref(), Some(manifest));
        }
        Seen::of(&read)
    });
    (vec![seed], door)
}

fn backup_onto() -> (Vec<Vec<u8>>, Door) {
    let (runtime, town, seed) = backed_up();
    let whole = crate::it::upkeep::town::files_of(&town.path("copy"));
    let door = move |input: &[u8]| {
        let _ = &runtime;
        let copy = town.path("copy");
        fs::remove_dir_all(&copy).expect("a backup to replace");
        for (name, bytes) in &whole {
            let path = copy.join(name);
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(path, bytes).expect("a file");
        }
        fs::write(copy.join(MANIFEST), input).expect("a manifest");
        let again = town.back_up("copy");
        if let Ok(report) = &again {
            assert_eq!(report.entries, 10);
        }
        Seen::of(&again)
    };
    (vec![seed], Box::new(door))
}

fn key() -> (Vec<Vec<u8>>, Door) {
    let dir = scratch();
    let path = dir.path().join("key.pem");
    write_key(&path, &SigningKey::from_bytes(&[7; 32])).expect("a key");
    let seeds = vec![fs::read(&path).expect("a key")];
    let door = through("key.pem", |path| {
        let read = read_key(path);
        let public = key_file::public(path.to_str().expect("UTF-8"));
        if let Ok(key) = &read {
            let key = civbank::wire::signature::public_key(key);
            assert_eq!(public.ok(), Some(key));
        }
        Seen::of(&read)
    });
    (seeds, door)
}

/// RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn certificate() -> (Vec<Vec<u8>>, Door) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec!["bank.example".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    let seed = pem("CERTIFICATE", certificate.der()).into_bytes();
    let dir = scratch();
    let files = Files {
        certificate: dir.path().join("server.pem"),
        key: dir.path().join("server.key"),
        client_ca: None,
    };
    fs::write(&files.key, pem("PRIVATE KEY", &key.serialize_der())).expect("a key");
    let door = move |input: &[u8]| {
        let _ = &dir;
        journal::put(&files.certificate, input);
        Seen::of(&Tls::load(files.clone()).map(|_| ()))
    };
    (vec![seed], Box::new(door))
}

fn config() -> (Vec<Vec<u8>>, Door) {
    let door = through("civbank.toml", |path| {
        let dir = path.parent().expect("a directory");
        Seen::of(&Config::load(dir, &Flags::default(), |_| None).map_err(said))
    });
    (vec![CONFIG.as_bytes().to_vec()], door)
}

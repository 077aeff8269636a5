//! The doctor: each damage is made, and the finding is read. Looking changes nothing.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use civbank::bank::time::Time;
use civbank::documents::Address;
use civbank::engine::{Clock as _, Home, SystemClock};
use civbank::index::Index;
use civbank::journal::{segment_file, segment_lengths};
use civbank::upkeep::MARKER;
use civbank::upkeep::doctor::{Code, Finding, Room, Surroundings, examine};

use super::town::{Town, erase, pay_in, start};

const ROOMY: Room = Room { free: 1 << 40, total: 2 << 40 };

fn world() -> Surroundings {
    Surroundings { now: SystemClock.now(), room: Some(ROOMY) }
}

/// What the doctor finds; the directory is the same after it as before, to the byte.
fn look(dir: &Path) -> Vec<Finding> {
    look_in(dir, world())
}

fn look_in(dir: &Path, world: Surroundings) -> Vec<Finding> {
    let before = everything(dir);
    let found = examine(dir, world, &mut |_, _, _| {});
    assert_eq!(everything(dir), before, "looking changed something");
    found
}

fn everything(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                dirs.push(path.clone());
            }
            found.push((path.clone(), fs::read(&path).unwrap_or_default()));
        }
    }
    found.sort();
    found
}

fn codes(found: &[Finding]) -> Vec<Code> {
    found.iter().map(|finding| finding.code).collect()
}

/// The only finding.
fn only(found: Vec<Finding>, code: Code) -> Finding {
    assert_eq!(codes(&found), [code], "{found:?}");
    found.into_iter().next().expect("one finding")
}

fn copied(town: &Town, name: &str) -> PathBuf {
    let to = town.path(name);
    for (path, bytes) in everything(&town.dir()) {
        let target = to.join(path.strip_prefix(town.dir()).expect("a path below"));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("a directory");
        } else {
            fs::create_dir_all(target.parent().expect("a parent")).expect("a directory");
            fs::write(&target, bytes).expect("a file");
        }
    }
    fs::set_permissions(to.join("log.key"), fs::Permissions::from_mode(0o600)).expect("a mode");
    to
}

fn last_segment(dir: &Path) -> PathBuf {
    let journal = dir.join("journal");
    let (last, _) = *segment_lengths(&journal).expect("segments").last().expect("one");
    segment_file(&journal, last)
}

fn document_file(dir: &Path, address: &Address) -> PathBuf {
    let name = address.to_string();
    dir.join("documents").join(&name[..2]).join(name)
}

#[tokio::test]
async fn health_is_nothing_found_and_a_running_bank_is_a_note() {
    let town = Town::with(25).await;
    assert_eq!(look(&town.dir()), []);
    let engine = town.start();
    let found = examine(&town.dir(), world(), &mut |_, _, _| {});
    let held = only(found, Code::LockHeld);
    assert!(held.what.contains(&format!("process {}", std::process::id())), "{held:?}");
    engine.shutdown().await;
}

#[tokio::test]
async fn keys_origin_and_rooms_on_the_disk() {
    let town = Town::with(3).await;
    type Damage = fn(&Path);
    let cases: [(&str, Damage, &[Code]); 8] = [
        ("no-key", |dir| fs::remove_file(dir.join("log.key")).unwrap(), &[Code::KeyMissing]),
        ("no-pem", |dir| fs::write(dir.join("log.key"), "nonsense").unwrap(), &[Code::KeyUnreadable]),
        ("open-key", |dir| mode(&dir.join("log.key"), 0o644), &[Code::KeyOpen]),
        (
            "open-admin",
            |dir| {
                fs::write(dir.join("admin.pem"), "x").unwrap();
                mode(&dir.join("admin.pem"), 0o640)
            },
            &[Code::KeyOpen],
        ),
        ("no-origin", |dir| fs::remove_file(dir.join("origin")).unwrap(), &[Code::NoBank]),
        ("bad-origin", |dir| fs::write(dir.join("origin"), "a+b\n").unwrap(), &[Code::OriginBad]),
        ("other-key", other_key, &[Code::CheckpointOtherKey]),
        ("no-utf8", |dir| fs::write(dir.join("origin"), [0xff]).unwrap(), &[Code::OriginBad]),
    ];
    for (name, damage, wants) in cases {
        let dir = copied(&town, name);
        damage(&dir);
        assert_eq!(codes(&look(&dir)), wants, "{name}");
    }
    let nowhere = only(look(&town.path("nowhere")), Code::NoBank);
    assert_eq!(nowhere.path, Some(town.path("nowhere")));
    for (room, wants) in [
        (Some(Room { free: 400 << 20, total: 1 << 40 }), &[Code::DiskNearlyFull][..]),
        (Some(Room { free: 4 << 30, total: 1 << 40 }), &[Code::DiskNearlyFull]),
        (Some(Room { free: 4 << 30, total: 20 << 30 }), &[]),
        (None, &[Code::DiskUnknown]),
    ] {
        assert_eq!(codes(&look_in(&town.dir(), Surroundings { room, ..world() })), wants, "{room:?}");
    }
    let early = Surroundings { now: Time(SystemClock.now().0 - 3_600_000), ..world() };
    let behind = only(look_in(&town.dir(), early), Code::ClockBehind);
    assert_eq!(behind.index, Some(3));
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

fn other_key(dir: &Path) {
    let key = civbank::engine::home::new_key().expect("randomness");
    fs::remove_file(dir.join("log.key")).expect("a key");
    civbank::engine::home::write_key(&dir.join("log.key"), &key).expect("another key");
}

#[tokio::test]
async fn the_journal_missing_empty_torn_and_damaged() {
    let town = Town::with(25).await;
    let dir = copied(&town, "missing");
    fs::remove_dir_all(dir.join("journal")).expect("the journal");
    assert_eq!(codes(&look(&dir)), [Code::JournalMissing]);
    fs::create_dir(dir.join("journal")).expect("a directory");
    assert_eq!(codes(&look(&dir)), [Code::JournalMissing]);

    let new = town.path("new");
    Home::at(&new).create("civbank.example/new").expect("a bank");
    let engine = start(&new);
    engine.shutdown().await;
    assert_eq!(codes(&look(&new)), [Code::JournalEmpty]);

    // An unfinished write at the end: what it is, where, and no more than a note.
    let dir = copied(&town, "torn");
    let file = last_segment(&dir);
    let bytes = fs::read(&file).expect("a segment");
    fs::write(&file, [&bytes[..], b"civbatch"].concat()).expect("a torn tail");
    let torn = only(look(&dir), Code::TornTail);
    let wants = (Some(&file), Some(bytes.len() as u64), Some(26));
    assert_eq!((torn.path.as_ref(), torn.offset, torn.index), wants);

    // Damage, wherever: the file, the byte where the frame begins, the first entry that cannot be trusted.
    for (first_index, length) in segment_lengths(&town.dir().join("journal")).expect("segments") {
        for at in [10, 64, 200, length as usize - 1] {
            let name = format!("damaged-{first_index}-{at}");
            let dir = copied(&town, &name);
            let file = segment_file(&dir.join("journal"), first_index);
            let mut bytes = fs::read(&file).expect("a segment");
            bytes[at] ^= 0x20;
            fs::write(&file, bytes).expect("damage");
            let found = only(look(&dir), Code::JournalDamaged);
            assert_eq!(found.path, Some(file), "{name}");
            assert!(found.offset.is_some_and(|offset| offset <= at as u64), "{name}: {found:?}");
            assert!(found.index.is_some_and(|index| index >= first_index && index < 26), "{name}: {found:?}");
            assert!(!found.what.is_empty());
            fs::remove_dir_all(dir).expect("room");
        }
    }

    // A segment in the middle is gone.
    let dir = copied(&town, "gap");
    let (second, _) = segment_lengths(&dir.join("journal")).expect("segments")[1];
    fs::remove_file(segment_file(&dir.join("journal"), second)).expect("a segment");
    let found = only(look(&dir), Code::JournalDamaged);
    assert_eq!(found.index, Some(second));
}

#[tokio::test]
async fn entries_that_are_not_the_checkpoints_are_found() {
    let (town, other) = (Town::with(6).await, Town::with(6).await);
    // Another bank's journal under this bank's key, and this journal under another name.
    let dir = copied(&town, "other");
    fs::remove_dir_all(dir.join("journal")).expect("the journal");
    fs::remove_dir_all(dir.join("index")).expect("the index");
    fs::create_dir(dir.join("journal")).expect("a directory");
    for (first_index, _) in segment_lengths(&other.dir().join("journal")).expect("segments") {
        let from = segment_file(&other.dir().join("journal"), first_index);
        fs::copy(from, segment_file(&dir.join("journal"), first_index)).expect("a copy");
    }
    assert!(codes(&look(&dir)).contains(&Code::CheckpointOtherKey));
    // A batch that was written whole and rightly framed, of an entry that does not link.
    let dir = copied(&town, "broken");
    let options = civbank::journal::Options::default();
    let (mut journal, _) =
        civbank::journal::FileJournal::open(&dir.join("journal"), &options, None).expect("a journal");
    let entry = civbank::journal::Journal::reader(&journal).entry(2).expect("reading").expect("an entry");
    let checkpoint =
        civbank::journal::Journal::reader(&journal).last_checkpoint().expect("reading").expect("one");
    let batch = civbank::journal::Batch { first_index: 7, entries: vec![entry], checkpoint };
    civbank::journal::Journal::append(&mut journal, &batch).expect("a batch");
    drop(journal);
    let broken = only(look(&dir), Code::ChainBroken);
    assert_eq!(broken.index, Some(7));
}

#[tokio::test]
async fn the_index_missing_behind_and_broken_are_notes() {
    let town = Town::with(25).await;
    let hashes = |dir: &Path| dir.join("index/tree.hashes");
    type Damage = fn(&Path);
    let cases: [(&str, Damage, &[Code]); 7] = [
        (
            "none",
            |dir| fs::remove_dir_all(dir.join("index")).unwrap(),
            &[Code::IndexMissing, Code::IndexMissing],
        ),
        ("no-lists", |dir| fs::remove_dir_all(dir.join("index/history")).unwrap(), &[Code::IndexMissing]),
        (
            "short",
            |dir| change(&dir.join("index/tree.hashes"), |bytes| bytes.truncate(96)),
            &[Code::IndexBehind],
        ),
        ("other", |dir| change(&dir.join("index/tree.hashes"), |bytes| bytes[40] ^= 1), &[Code::IndexBroken]),
        (
            "long",
            |dir| change(&dir.join("index/tree.hashes"), |bytes| bytes.extend([7; 64])),
            &[Code::IndexBroken],
        ),
        (
            "no-file",
            |dir| {
                fs::remove_file(dir.join("index/tree.hashes")).unwrap();
                fs::create_dir(dir.join("index/tree.hashes")).unwrap();
            },
            &[Code::IndexBroken],
        ),
        (
            "noise",
            |dir| change(&dir.join("index/history/db"), |bytes| bytes[..4096].fill(9)),
            &[Code::IndexBroken],
        ),
    ];
    for (name, damage, wants) in cases {
        let dir = copied(&town, name);
        assert!(hashes(&dir).exists());
        damage(&dir);
        let found = look(&dir);
        assert_eq!(codes(&found), wants, "{name}: {found:?}");
        assert!(found.iter().all(|finding| !finding.code.needs_a_person()));
        // It is mended by the next start.
        start(&dir).shutdown().await;
        assert_eq!(look(&dir), [], "{name}");
    }
    // A store of fewer entries: an empty one.
    let dir = copied(&town, "behind");
    fs::remove_dir_all(dir.join("index/history")).expect("the store");
    drop(Index::open(&dir.join("index/history")).expect("an empty store"));
    let behind = only(look(&dir), Code::IndexBehind);
    assert!(behind.what.contains("0 of 26"), "{behind:?}");
}

fn change(path: &Path, change: fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("a file");
    change(&mut bytes);
    fs::write(path, bytes).expect("a change");
}

#[tokio::test]
async fn documents_missing_damaged_not_erased_and_unfinished() {
    let town = Town::with(2).await;
    let engine = town.start();
    let (lost, spoilt, erased) = (pay_in(&engine).await, pay_in(&engine).await, pay_in(&engine).await);
    let kept = fs::read(document_file(&town.dir(), &erased)).expect("a document");
    erase(&engine, erased).await;
    engine.shutdown().await;
    assert_eq!(look(&town.dir()), []);
    fs::remove_file(document_file(&town.dir(), &lost)).expect("a document");
    change(&document_file(&town.dir(), &spoilt), |bytes| bytes[20] ^= 1);
    fs::write(document_file(&town.dir(), &erased), kept).expect("a document");
    fs::write(town.dir().join("documents/unfinished/x"), "half").expect("half a document");
    let found = look(&town.dir());
    let wants =
        [Code::DocumentDamaged, Code::DocumentMissing, Code::DocumentNotErased, Code::DocumentUnfinished];
    assert_eq!(codes(&found), wants);
    assert_eq!((found[0].index, found[1].index), (Some(4), Some(3)));
    assert_eq!(found[1].path, Some(document_file(&town.dir(), &lost)));
    assert!(found[..3].iter().all(|one| one.code.needs_a_person()));
    assert!(!found[3].code.needs_a_person());
}

#[tokio::test]
async fn what_was_not_finished_says_so() {
    let town = Town::with(3).await;
    town.back_up_without_key("copy").expect("a backup");
    assert_eq!(codes(&look(&town.path("copy"))), [Code::IsABackup]);
    fs::write(town.path("copy").join(MARKER), "backup\n").expect("a marker");
    assert_eq!(codes(&look(&town.path("copy"))), [Code::UnfinishedBackup, Code::IsABackup]);
    fs::remove_file(town.path("copy").join(MARKER)).expect("a marker");
    // A restore whose audit fails stays unfinished.
    change(&last_segment(&town.path("copy")), |bytes| bytes[100] ^= 1);
    town.restore("copy", "back").expect_err("damage");
    let found = codes(&look(&town.path("back")));
    assert_eq!(found[..2], [Code::UnfinishedRestore, Code::NoBank]);
    fs::write(town.dir().join("demo.seed"), [0; 32]).expect("a seed");
    assert_eq!(codes(&look(&town.dir())), [Code::UnfinishedDemo]);
    fs::write(town.dir().join("demo.done"), "").expect("a mark");
    assert_eq!(look(&town.dir()), []);
}

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let town = Town::with(3).await;
    // Something else stands where a file or a directory should be: also for a user who may read everything.
    type Damage = fn(&Path);
    let cases: [(&str, Damage, Code); 4] = [
        ("marker", |dir| fs::create_dir(dir.join(MARKER)).unwrap(), Code::FileUnreadable),
        ("segment", |dir| instead(&last_segment(dir)), Code::JournalUnreadable),
        ("lock", loops, Code::JournalUnreadable),
        (
            "shelf",
            |dir| {
                fs::remove_dir_all(dir.join("documents")).unwrap();
                fs::create_dir(dir.join("documents")).unwrap();
                fs::write(dir.join("documents/00"), "").unwrap()
            },
            Code::DocumentsUnreadable,
        ),
    ];
    for (name, damage, wants) in cases {
        let dir = copied(&town, name);
        damage(&dir);
        let found = look(&dir);
        assert!(found.iter().any(|one| one.code == wants && one.path.is_some()), "{name}: {found:?}");
    }
}

/// A link to itself, which nobody can open.
fn loops(dir: &Path) {
    fs::remove_file(dir.join("journal/LOCK")).expect("a lock's file");
    std::os::unix::fs::symlink("LOCK", dir.join("journal/LOCK")).expect("a link");
}

/// A directory where a file was.
fn instead(file: &Path) {
    let _ = fs::remove_file(file);
    fs::create_dir(file).expect("a directory");
}

#[test]
fn every_code_is_in_the_manual_with_what_it_asks_for() {
    let manual = include_str!("../../../docs/operate.md");
    for code in Code::ALL {
        let kind = if code.needs_a_person() { "act" } else { "note" };
        assert!(manual.contains(&format!("| `{}` | {kind} |", code.as_str())), "{}", code.as_str());
    }
}

#[test]
fn codes_are_distinct_and_spelled_alike() {
    let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for name in names {
        assert!(name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{name}");
    }
}

//! Backups: what they copy while the bank writes, what they compare, what they refuse, and what a crash in the
//! middle of one leaves.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use civbank::documents::Documents;
use civbank::engine::Home;
use civbank::upkeep::{MANIFEST, MARKER, Manifest, UpkeepError};

use super::town::{Town, erase, files_of, live, pay_in, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_bank_at_work_is_whole_and_the_next_adds_to_it() {
    let town = Town::with(0).await;
    let engine = town.start();
    let writing = {
        let engine = engine.clone();
        tokio::spawn(async move {
            for _ in 0..60 {
                pay_in(&engine).await;
            }
        })
    };
    let (mut entries, mut rounds) = (0, 0);
    while !writing.is_finished() || rounds < 3 {
        let acknowledged = engine.published().size;
        let report =
            tokio::task::block_in_place(|| town.back_up("copy")).expect("a backup of a bank at work");
        assert_eq!(report.entries, entries + report.new_entries);
        assert!(
            report.entries >= acknowledged,
            "{report:?}: {acknowledged} were acknowledged before it began"
        );
        assert_eq!(report.damaged_documents, []);
        let restored = town.restore("copy", &format!("back{rounds}")).expect("what was copied checks");
        assert_eq!((restored.entries, &restored.root), (report.entries, &report.root));
        // Every voucher of an entry is there: entry 0 has none.
        assert!(restored.documents >= report.entries - 1, "{restored:?}");
        (entries, rounds) = (report.entries, rounds + 1);
    }
    writing.await.expect("a writer that ends well");
    let last = town.back_up("copy").expect("the last backup");
    assert_eq!(last.entries, 61);
    let again = town.back_up("copy").expect("nothing is new");
    assert_eq!((again.new_entries, again.new_bytes, again.new_documents), (0, 0, 0));
    assert_eq!(again.root, last.root);
    engine.shutdown().await;
    // What the bank has is what the backup has, to the byte, and several segments of it.
    let ours: Vec<_> = files_of(&town.dir().join("journal"));
    assert!(ours.len() > 3, "{} segments", ours.len());
    assert_eq!(ours, files_of(&town.path("copy/journal")));
}

#[tokio::test]
async fn keys_are_copied_only_when_asked_and_the_backup_says_so() {
    let town = Town::with(3).await;
    fs::write(town.dir().join("admin.pem"), "a key").expect("a key file");
    let without = town.back_up_without_key("copy").expect("a backup");
    assert!(!without.can_serve && without.keys.is_empty());
    assert_eq!(without.keys_left_out, ["admin.pem", "log.key"]);
    assert!(!town.path("copy/log.key").exists());
    let with = town.back_up("copy").expect("a backup with keys");
    assert!(with.can_serve && with.keys_left_out.is_empty());
    for name in ["log.key", "admin.pem"] {
        let copy = town.path("copy").join(name);
        assert_eq!(fs::metadata(&copy).expect("a key").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&copy).ok(), fs::read(town.dir().join(name)).ok());
    }
    // Keys that were copied once stay, and stay said.
    assert!(town.back_up_without_key("copy").expect("a backup").can_serve);
    fs::write(town.dir().join("admin.pem"), "another key").expect("a key file");
    let refused = town.back_up("copy").expect_err("another key under the same name");
    assert!(matches!(&refused, UpkeepError::Differs(path) if path.ends_with("admin.pem")), "{refused}");
}

#[tokio::test]
async fn a_backup_is_no_bank_and_settings_of_before_stay_beside() {
    let town = Town::with(1).await;
    fs::write(town.dir().join("civbank.toml"), "log = \"info\"\n").expect("settings");
    town.back_up("copy").expect("a backup");
    assert!(!Home::at(&town.path("copy")).exists() && !town.path("copy").join(MARKER).exists());
    fs::write(town.dir().join("civbank.toml"), "log = \"warn\"\n").expect("settings");
    fs::write(town.dir().join("scans"), "370829199201 24323 8\n").expect("counts");
    town.back_up("copy").expect("a backup");
    let read = |name: &str| fs::read_to_string(town.path("copy").join(name)).expect("settings");
    assert_eq!(
        (read("civbank.toml").as_str(), read("civbank.toml.before").as_str()),
        ("log = \"warn\"\n", "log = \"info\"\n")
    );
    assert_eq!(
        read("scans"),
        "370829199201 24323 8\n",
        "the newest counts, for there is no truth in old ones"
    );
}

#[tokio::test]
async fn what_the_log_erased_is_erased_and_what_is_merely_missing_stays() {
    let town = Town::with(1).await;
    let engine = town.start();
    let (erased, lost) = (pay_in(&engine).await, pay_in(&engine).await);
    town.back_up("copy").expect("a backup");
    let copies = Documents::at(&town.path("copy/documents"));
    assert!(copies.exists(erased).expect("looking") && copies.exists(lost).expect("looking"));
    erase(&engine, erased).await;
    engine.documents().erase(lost).expect("a file that is lost");
    let report = town.back_up("copy").expect("a backup");
    assert_eq!(report.erased_documents, 1);
    assert!(!copies.exists(erased).expect("looking") && copies.exists(lost).expect("looking"));
    engine.shutdown().await;
}

#[tokio::test]
async fn a_damaged_document_is_named_and_never_spoils_a_good_copy() {
    let town = Town::with(1).await;
    let engine = town.start();
    let (early, late) = (pay_in(&engine).await, pay_in(&engine).await);
    let file = |dir: &Path, address: &civbank::documents::Address| {
        let name = address.to_string();
        dir.join("documents").join(&name[..2]).join(name)
    };
    // Damaged before it was ever copied: left out by name.
    let whole = fs::read(file(&town.dir(), &late)).expect("a document");
    fs::write(file(&town.dir(), &late), b"CIVDOC\x01\x05noise").expect("damage");
    let report = town.back_up("copy").expect("all else is copied");
    assert_eq!(report.damaged_documents, [late]);
    fs::write(file(&town.dir(), &late), whole).expect("mended");
    assert_eq!(town.back_up("copy").expect("a backup").new_documents, 1);
    // Cut short after it was copied: the copy stays as it was.
    fs::write(file(&town.dir(), &early), b"CIVDOC").expect("damage");
    let report = town.back_up("copy").expect("all else is copied");
    assert_eq!(report.damaged_documents, [early]);
    assert!(Documents::at(&town.path("copy/documents")).get(early).expect("a whole copy").is_some());
    engine.shutdown().await;
    // The copy is cut short, the bank's own is whole: refused by name.
    fs::write(file(&town.path("copy"), &late), b"CIVDOC").expect("damage");
    let refused = town.back_up("copy").expect_err("a copy that differs");
    assert!(matches!(&refused, UpkeepError::Differs(path) if path.ends_with(late.to_string())), "{refused}");
}

#[tokio::test]
async fn what_is_there_and_differs_is_refused_by_name_and_stays() {
    let town = Town::with(40).await;
    town.back_up("copy").expect("a backup");
    town.restore("copy", "older").expect("a restore");
    town.live(40).await;
    town.back_up("copy").expect("a backup");
    let before = files_of(&town.path("copy"));
    let from = |dir: &str, to: &str| {
        let result =
            civbank::upkeep::backup::backup(&town.path(dir), &town.path(to), true, None, &mut |_, _, _| {});
        result.expect_err("a backup that must not be made")
    };

    // An older copy of the bank, and one that has gone another way since.
    let refused = from("older", "copy");
    assert!(matches!(refused, UpkeepError::Shorter { backup: 81 }), "{refused}");
    live(&town.path("older"), 60).await;
    let refused = from("older", "copy");
    assert!(matches!(refused, UpkeepError::Forked { .. }), "{refused}");

    let other = Town::with(80).await;
    let refused =
        civbank::upkeep::backup::backup(&other.dir(), &town.path("copy"), true, None, &mut |_, _, _| {});
    assert!(matches!(refused, Err(UpkeepError::OtherBank { .. })), "{refused:?}");
    assert_eq!(before, files_of(&town.path("copy")));

    // A directory with other things in it; one inside the other; a bank's own directory.
    fs::create_dir(town.path("things")).expect("a directory");
    fs::write(town.path("things/letter"), "dear").expect("a file");
    assert!(matches!(from("bank", "things"), UpkeepError::NotABackup(_)));
    assert!(matches!(from("bank", "older"), UpkeepError::NotABackup(_)));
    assert!(matches!(from("bank", "bank/copy"), UpkeepError::Nested));
    assert!(matches!(from("bank", "bank"), UpkeepError::Nested));
    assert!(matches!(from("bank", "."), UpkeepError::Nested));
    assert!(!town.path("bank/copy").exists());
    assert!(matches!(from("nowhere", "new"), UpkeepError::Home(_)));
    assert!(!town.path("new").exists());

    // Somebody touched the backup's journal.
    let last = *Manifest::read(&town.path("copy"))
        .expect("a manifest")
        .expect("one")
        .segments
        .last()
        .expect("a segment");
    let file = civbank::journal::segment_file(&town.path("copy/journal"), last.first_index);
    let whole = fs::read(&file).expect("a segment");
    for changed in [whole[..whole.len() - 1].to_vec(), [&whole[..], b"more"].concat()] {
        fs::write(&file, changed).expect("a change");
        let refused = town.back_up("copy").expect_err("a backup that was altered");
        assert!(matches!(&refused, UpkeepError::Altered(path) if *path == file), "{refused}");
    }
    fs::write(&file, whole).expect("mended");
    town.back_up("copy").expect("a backup");
}

#[tokio::test]
async fn a_journal_that_does_not_check_is_not_copied_over_a_good_one() {
    let town = Town::with(30).await;
    town.back_up("copy").expect("a backup");
    let engine = start(&town.dir());
    for _ in 0..5 {
        pay_in(&engine).await;
    }
    engine.shutdown().await;
    let (last, _) = *civbank::journal::segment_lengths(&town.dir().join("journal"))
        .expect("segments")
        .last()
        .expect("one");
    let file = civbank::journal::segment_file(&town.dir().join("journal"), last);
    let whole = fs::read(&file).expect("a segment");
    let mut bytes = whole.clone();
    let at = bytes.len() - 200;
    bytes[at] ^= 1;
    fs::write(&file, &bytes).expect("damage");
    let refused = town.back_up("copy").expect_err("a damaged journal");
    assert!(matches!(refused, UpkeepError::Journal(_)), "{refused}");
    assert!(town.path("copy").join(MARKER).exists());
    assert_eq!(town.restore("copy", "back").expect("the backup before is whole").entries, 31);
    // A torn tail was never acknowledged: it is left out.
    fs::write(&file, &whole[..whole.len() - 100]).expect("a torn tail");
    let report = town.back_up("copy").expect("a backup without the tail");
    assert_eq!(report.entries, 35);
    fs::write(&file, &whole).expect("the whole write");
    assert_eq!(town.back_up("copy").expect("a backup").new_entries, 1);
}

/// Puts a crash together: the backup of before, the marker, and some of what the next one had written.
fn crashed(
    before: &[(std::path::PathBuf, Vec<u8>)],
    after: &[(std::path::PathBuf, Vec<u8>)],
    pieces: usize,
    dir: &Path,
) {
    let put = |name: &Path, bytes: &[u8]| {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, bytes).expect("a file");
    };
    before.iter().for_each(|(name, bytes)| put(name, bytes));
    put(Path::new(MARKER), b"");
    let fresh = after.iter().filter(|one| !before.contains(one) && !one.0.ends_with(MANIFEST));
    for (name, bytes) in fresh.take(pieces) {
        // A segment's first half: a write may stop anywhere.
        let half = before
            .iter()
            .find(|(known, _)| known == name)
            .map_or(bytes.len() / 2, |(_, known)| known.len() + 7);
        put(name, if name.starts_with("documents") { bytes } else { &bytes[..half] });
    }
}

#[tokio::test]
async fn a_crash_at_any_point_is_said_and_completed() {
    let town = Town::with(20).await;
    let first = {
        town.back_up("copy").expect("a backup");
        files_of(&town.path("copy"))
    };
    town.live(30).await;
    let second = {
        town.back_up("copy").expect("a backup");
        files_of(&town.path("copy"))
    };
    for (case, pieces) in [0, 1, 2, 3, 10, 40].into_iter().enumerate() {
        for (begun, finished) in [(&first, 21), (&Vec::new(), 0)] {
            let name = format!("crash{case}-{finished}");
            crashed(begun, &second, pieces, &town.path(&name));
            match town.restore(&name, &format!("{name}-early")) {
                Ok(report) => assert_eq!((report.entries, report.was_unfinished), (finished, true)),
                Err(error) => assert!(finished == 0 && matches!(error, UpkeepError::NoBackup(_)), "{error}"),
            }
            let report = town.back_up(&name).expect("the next one completes it");
            assert_eq!((report.entries, report.new_entries), (51, 51 - finished));
            assert_eq!(files_of(&town.path(&name)), second, "{name}");
        }
    }
}

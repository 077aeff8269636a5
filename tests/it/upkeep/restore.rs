//! Restores: into nothing only, audited before they count, and finished by the next one after a crash.

use std::fs;
use std::sync::Arc;

use civbank::engine::{Home, HomeError, SystemClock};
use civbank::upkeep::restore::restore;
use civbank::upkeep::{MARKER, Unfinished, UpkeepError, unfinished};

use super::town::{Town, files_of, live};

#[tokio::test]
async fn a_bank_comes_back_and_goes_on() {
    let town = Town::with(25).await;
    fs::write(town.dir().join("civbank.toml"), "log = \"warn\"\n").expect("settings");
    fs::write(town.dir().join("scans"), "370829199201 24323 7\n").expect("counts");
    town.back_up("copy").expect("a backup");
    let report = town.restore("copy", "back").expect("a restore");
    assert_eq!((report.entries, report.signatures, report.documents), (26, 26, 25));
    assert!(report.can_serve && !report.was_unfinished);
    assert_eq!(files_of(&town.path("back")), files_of(&town.dir()));
    assert_eq!(unfinished(&town.path("back")).expect("looking"), None);
    live(&town.path("back"), 3).await;
    assert_eq!(town.restore("copy", "empty").expect("a restore").entries, 26);
}

#[tokio::test]
async fn without_the_key_it_can_be_audited_and_not_served() {
    let town = Town::with(5).await;
    town.back_up_without_key("copy").expect("a backup");
    let report = town.restore("copy", "back").expect("a restore");
    assert!(!report.can_serve);
    let opened = Home::at(&town.path("back")).open(Arc::new(SystemClock), None);
    assert!(matches!(&opened, Err(HomeError::Io { path, .. }) if path.ends_with("log.key")));
    fs::copy(town.dir().join("log.key"), town.path("back/log.key")).expect("the key, put back");
    live(&town.path("back"), 1).await;
}

#[tokio::test]
async fn it_goes_into_nothing_only_and_comes_from_a_backup_only() {
    let town = Town::with(5).await;
    town.back_up("copy").expect("a backup");
    fs::create_dir(town.path("things")).expect("a directory");
    fs::write(town.path("things/letter"), "dear").expect("a file");
    let refused = |from: &str, to: &str| town.restore(from, to).expect_err("a restore that must not be made");
    assert!(matches!(refused("copy", "things"), UpkeepError::NotEmpty(_)));
    assert!(matches!(refused("copy", "bank"), UpkeepError::NotEmpty(_)));
    assert!(matches!(refused("copy", "copy/inside"), UpkeepError::Nested));
    assert!(matches!(refused("bank", "new"), UpkeepError::NoBackup(_)));
    assert!(matches!(refused("nowhere", "new"), UpkeepError::NoBackup(_)));
    assert!(!town.path("new").exists());
    let stranger = Town::with(0).await;
    let theirs = Home::at(&stranger.dir()).signer().expect("a key").verifier().clone();
    let refused = restore(&town.path("copy"), &town.path("new"), Some(theirs), &mut |_, _, _| {});
    assert!(matches!(refused, Err(UpkeepError::OtherBank { .. })));
    assert!(!town.path("new").exists());
}

#[tokio::test]
async fn damage_in_the_backup_is_found_before_it_counts() {
    let town = Town::with(25).await;
    town.back_up("copy").expect("a backup");
    let manifest = fs::read_to_string(town.path("copy/backup.json")).expect("a manifest");
    for (number, (name, bytes)) in files_of(&town.path("copy/journal")).into_iter().enumerate() {
        let path = town.path("copy/journal").join(&name);
        for (kind, at) in [0, 70, bytes.len() / 2, bytes.len() - 30].into_iter().enumerate() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            fs::write(&path, damaged).expect("damage");
            let to = format!("back{number}-{kind}");
            let found = town.restore("copy", &to).expect_err("damage");
            assert!(matches!(found, UpkeepError::Audit(_) | UpkeepError::OtherTree { .. }), "{found}");
            // It is no bank, and says that it is unfinished.
            assert!(!Home::at(&town.path(&to)).exists());
            let said = unfinished(&town.path(&to)).expect("looking").map(|(what, _)| what);
            assert_eq!(said, Some(Unfinished::Restore));
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).expect("a short file");
        let found = town.restore("copy", &format!("short{number}")).expect_err("a short file");
        assert!(matches!(found, UpkeepError::Altered(_)), "{found}");
        fs::write(&path, &bytes).expect("mended");
    }
    // The same directory again, from the backup as it was.
    assert_eq!(town.restore("copy", "back0-0").expect("a restore").entries, 26);
    // A manifest that says another size than there is.
    fs::write(town.path("copy/backup.json"), manifest.replace("\"size\": 26", "\"size\": 27"))
        .expect("a lie");
    let found = town.restore("copy", "lie").expect_err("a lie");
    assert!(matches!(found, UpkeepError::Manifest { .. }), "{found}");
}

#[tokio::test]
async fn a_crash_at_any_point_is_said_and_completed() {
    let town = Town::with(10).await;
    town.back_up("copy").expect("a backup");
    let whole = {
        town.restore("copy", "whole").expect("a restore");
        files_of(&town.path("whole"))
    };
    let marker = {
        // A restore that fails leaves its marker: here because a directory stands where a key should go.
        fs::create_dir(town.path("copy/a.pem")).expect("an obstacle");
        town.restore("copy", "failed").expect_err("a key that cannot be read");
        fs::remove_dir(town.path("copy/a.pem")).expect("no obstacle");
        fs::read(town.path("failed").join(MARKER)).expect("a marker")
    };
    assert_eq!(town.restore("copy", "failed").expect("the next one completes it").entries, 11);
    for (case, pieces) in (0..=whole.len()).step_by(3).enumerate() {
        let dir = town.path(&format!("crash{case}"));
        fs::create_dir_all(&dir).expect("a directory");
        fs::write(dir.join(MARKER), if pieces == 0 { &b""[..] } else { &marker }).expect("a marker");
        for (name, bytes) in whole.iter().filter(|(name, _)| !name.ends_with("origin")).take(pieces) {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            let half = if name.starts_with("journal") { bytes.len() / 2 } else { bytes.len() };
            fs::write(path, &bytes[..half]).expect("a file");
        }
        assert_eq!(town.restore("copy", &format!("crash{case}")).expect("it is completed").entries, 11);
        assert_eq!(files_of(&dir), whole);
    }
    // After the origin, before the marker went: served meanwhile, and nothing of that is lost.
    fs::write(town.path("whole").join(MARKER), &marker).expect("a marker");
    live(&town.path("whole"), 4).await;
    assert_eq!(town.restore("copy", "whole").expect("only the marker goes").entries, 15);
    assert!(!town.path("whole").join(MARKER).exists());
}

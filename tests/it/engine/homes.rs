//! Directories: one bank each, one server each, and errors that say what is there.

use std::fs;
use std::sync::Arc;

use civbank::engine::{Engine, Home, HomeError, SystemClock};
use civbank::journal::OpenError;

use super::fixture::ORIGIN;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_one_directory_hears_who_is_first() {
    let dir = tempfile::tempdir().expect("a directory");
    let home = Home::at(dir.path());
    home.create(ORIGIN).expect("a new bank");
    let (parts, _) = home.open(Arc::new(SystemClock), None).expect("an open directory");
    let first = Engine::start(parts, &mut |_, _, _| {}).expect("an engine");
    let second = home.open(Arc::new(SystemClock), None);
    let Err(HomeError::Journal(OpenError::Locked { holder, .. })) = second else {
        panic!("two servers have one directory")
    };
    assert!(holder.starts_with(&format!("process {}, since 20", std::process::id())), "{holder}");
    first.shutdown().await;
    let (parts, _) = home.open(Arc::new(SystemClock), None).expect("the lock is gone with the first");
    Engine::start(parts, &mut |_, _, _| {}).expect("an engine").shutdown().await;
}

#[test]
fn a_directory_holds_one_bank() {
    let dir = tempfile::tempdir().expect("a directory");
    let home = Home::at(&dir.path().join("bank"));
    assert!(!home.exists());
    assert!(matches!(home.open(Arc::new(SystemClock), None), Err(HomeError::Missing(_))));
    assert!(!home.journal().exists(), "opening what is not there leaves something behind");
    home.create(ORIGIN).expect("a new bank");
    assert!(home.exists());
    assert_eq!(home.origin().expect("an origin"), ORIGIN);
    assert_eq!(home.signer().expect("a key").name(), ORIGIN);
    let key = fs::read(dir.path().join("bank/log.key")).expect("a key file");
    assert!(matches!(home.create("civbank.example/other"), Err(HomeError::Exists(_))));
    assert_eq!(fs::read(dir.path().join("bank/log.key")).expect("a key file"), key);
}

#[test]
fn a_name_that_no_log_can_have_makes_no_bank() {
    for origin in ["", " ", "a b", "a+b", "a\nb"] {
        let dir = tempfile::tempdir().expect("a directory");
        let home = Home::at(dir.path());
        assert!(matches!(home.create(origin), Err(HomeError::Origin(_))), "{origin:?}");
        assert!(!home.exists());
        home.create(ORIGIN).expect("a good name afterwards");
    }
}

#[test]
fn a_key_that_is_not_one_opens_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let home = Home::at(dir.path());
    home.create(ORIGIN).expect("a new bank");
    let path = dir.path().join("log.key");
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(&path).expect("a key file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for text in ["", "not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        fs::write(&path, text).expect("written");
        assert!(matches!(home.signer(), Err(HomeError::Key(_))), "{text:?}");
    }
    fs::remove_file(&path).expect("removed");
    assert!(matches!(home.signer(), Err(HomeError::Io { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_another_log_is_not_served() {
    let place = super::fixture::Place::new(super::fixture::Store::File);
    place.open().await.shutdown().await;
    let home = Home::at(place.dir.path());
    home.create(ORIGIN).expect("a key of its own");
    let (parts, _) = home.open(Arc::new(SystemClock), None).expect("files that are whole");
    let Err(error) = Engine::start(parts, &mut |_, _, _| {}) else { panic!("another key's log is served") };
    assert!(error.to_string().starts_with("the checkpoint after entry 0"), "{error}");
}

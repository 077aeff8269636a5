//! One writer per directory.

use civbank::journal::{Journal, OpenError};

use super::fixture::{audit, batch, check_reads, open};

#[test]
fn the_second_writer_is_told_who_is_first() {
    let dir = tempfile::tempdir().unwrap();
    let (mut first, _) = open(dir.path()).unwrap();
    let Err(OpenError::Locked { path, holder }) = open(dir.path()) else {
        panic!("two writers have one journal");
    };
    assert_eq!(path, dir.path().join("LOCK"));
    let expected = format!("process {}, since 20", std::process::id());
    assert!(holder.starts_with(&expected), "{holder}");
    assert!(holder.ends_with('Z'), "{holder}");

    let kept = batch(0, 1, 10);
    first.append(&kept).unwrap();
    assert!(audit(dir.path()).is_ok(), "an auditor needs no lock");
    drop(first);
    let (second, _) = open(dir.path()).unwrap();
    check_reads(&*second.reader(), &[kept]);
}

#[test]
fn a_lock_file_left_behind_locks_nothing() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("LOCK"), "process 1, since 1970-01-01T00:00:00Z\n").unwrap();
    assert!(open(dir.path()).is_ok());
}

//! Reading a journal's files without being its writer.

use std::fs;
use std::path::Path;

use civbank::journal::{FileJournal, OpenError, Options};

use super::fixture::{audit, batches, check_reads, open, segments, written};

/// Every file of a directory with its bytes.
fn contents(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn an_audit_changes_nothing() {
    let all = batches(&[700, 700, 300]);
    let dir = written(&all, 1_500);
    let last = segments(dir.path()).pop().unwrap();
    let mut torn = fs::read(&last).unwrap();
    torn.truncate(torn.len() - 30);
    fs::write(&last, &torn).unwrap();
    let before = contents(dir.path());
    let (reader, outcome) = audit(dir.path()).unwrap();
    check_reads(&reader, &all[..2]);
    assert!(outcome.torn_tail.is_some());
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn an_audit_of_nothing_finds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (reader, outcome) = audit(dir.path()).unwrap();
    check_reads(&reader, &[]);
    assert_eq!((outcome.size, outcome.segments, outcome.bytes), (0, 0, 0));
    assert!(contents(dir.path()).is_empty());
    let missing = dir.path().join("missing");
    assert!(matches!(audit(&missing), Err(OpenError::Io { .. })));
    assert!(!missing.exists());
}

#[test]
fn other_files_in_the_directory_are_left_alone() {
    let all = batches(&[100]);
    let dir = written(&all, 1_500);
    fs::write(dir.path().join("notes.txt"), "by the operator").unwrap();
    fs::create_dir(dir.path().join("lost+found")).unwrap();
    let (journal, _) = open(dir.path()).unwrap();
    check_reads(&*civbank::journal::Journal::reader(&journal), &all);
}

#[test]
fn progress_is_told_up_to_the_last_byte() {
    let all = batches(&[65_000; 50]);
    let dir = written(&all, 1 << 20);
    let bytes: u64 = segments(dir.path()).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    let mut told = Vec::new();
    let mut on_progress = |done, total| told.push((done, total));
    let options = Options::default();
    let (_, outcome) = FileJournal::open(dir.path(), &options, Some(&mut on_progress)).unwrap();
    assert_eq!(outcome.bytes, bytes);
    assert_eq!(outcome.segments, segments(dir.path()).len());
    assert!(told.len() >= 3);
    assert!(told.is_sorted());
    assert!(told.iter().all(|(_, total)| *total == bytes));
    assert_eq!(told.last(), Some(&(bytes, bytes)));
}

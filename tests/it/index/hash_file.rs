//! The file of hashes: positions, cuts, and reading while another appends.

use std::fs::{self, File};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use civbank::index::{HashFile, HashFileError};

fn hash(number: u64) -> [u8; 32] {
    *blake3::hash(&number.to_be_bytes()).as_bytes()
}

#[test]
fn hashes_are_found_by_position() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hashes");
    let file = HashFile::open(&path).unwrap();
    assert!(file.is_empty());
    assert_eq!(file.get(0).unwrap(), None);
    file.append(0, &[]).unwrap();
    file.append(0, &[hash(0)]).unwrap();
    file.append(1, &[hash(1), hash(2), hash(3)]).unwrap();
    drop(file);
    let file = HashFile::open(&path).unwrap();
    assert_eq!(file.len(), 4);
    for position in 0..4 {
        assert_eq!(file.get(position).unwrap(), Some(hash(position)));
    }
    for position in [4, 5, u64::MAX / 32, u64::MAX / 32 + 1, u64::MAX] {
        assert_eq!(file.get(position).unwrap(), None);
    }
}

#[test]
fn hashes_are_only_added_at_the_end_and_cut_from_it() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hashes");
    let file = HashFile::open(&path).unwrap();
    file.append(0, &[hash(0), hash(1), hash(2)]).unwrap();
    for position in [0, 2, 4, u64::MAX] {
        assert!(matches!(
            file.append(position, &[hash(9)]),
            Err(HashFileError::NotNext { len: 3, first_position }) if first_position == position
        ));
    }
    assert!(matches!(file.truncate(4), Err(HashFileError::TooShort { len: 3, wanted: 4 })));
    assert_eq!(file.len(), 3);
    file.truncate(3).unwrap();
    file.truncate(1).unwrap();
    assert_eq!(file.get(1).unwrap(), None);
    file.append(1, &[hash(7)]).unwrap();
    assert_eq!(file.get(1).unwrap(), Some(hash(7)));
    assert_eq!(fs::metadata(&path).unwrap().len(), 64);
}

#[test]
fn a_hash_file_cut_anywhere_holds_whole_hashes_only() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hashes");
    let bytes: Vec<u8> = (0..4).flat_map(hash).collect();
    for size in 0..=bytes.len() {
        fs::write(&path, &bytes[..size]).unwrap();
        let file = HashFile::open(&path).unwrap();
        let len = size as u64 / 32;
        assert_eq!(file.len(), len);
        for position in 0..6 {
            let wanted = (position < len).then(|| hash(position));
            assert_eq!(file.get(position).unwrap(), wanted, "cut at {size}");
        }
        file.append(len, &[hash(50), hash(51)]).unwrap();
        assert_eq!(HashFile::open(&path).unwrap().get(len + 1).unwrap(), Some(hash(51)));
    }
}

#[test]
fn a_hash_file_cut_under_a_reader_answers_with_nothing() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hashes");
    let file = HashFile::open(&path).unwrap();
    file.append(0, &[hash(0), hash(1), hash(2)]).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(80).unwrap();
    assert_eq!(file.get(1).unwrap(), Some(hash(1)));
    assert_eq!(file.get(2).unwrap(), None);
}

#[test]
fn hashes_are_read_while_others_are_appended() {
    let home = tempfile::tempdir().unwrap();
    let file = HashFile::open(&home.path().join("hashes")).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Acquire) {
                    let Some(newest) = file.len().checked_sub(1) else {
                        continue;
                    };
                    assert_eq!(file.get(newest).unwrap(), Some(hash(newest)));
                    assert_eq!(file.get(newest / 2).unwrap(), Some(hash(newest / 2)));
                }
            });
        }
        for first in (0..10_000).step_by(8) {
            let hashes: Vec<_> = (first..first + 8).map(hash).collect();
            file.append(first, &hashes).unwrap();
        }
        done.store(true, Ordering::Release);
    });
    assert_eq!(file.len(), 10_000);
}

//! Damage to what was acknowledged: every byte flipped, sectors blanked, frames and files moved.
//! The journal stays shut and says where; it never loses or alters an entry in silence.

use std::fs;
use std::path::Path;

use civbank::journal::{Batch, Damage, Journal, JournalError, JournalReader, OpenError};

use super::fixture::{audit, batch, batches, check_reads, frame_bounds, open, put, segments, written};

/// The journal does not open, for the writer or for an auditor, and both name the same place.
fn damage_in(dir: &Path) -> Damage {
    let Err(OpenError::Damaged(seen)) = audit(dir) else {
        panic!("an audit of a damaged journal found nothing");
    };
    let Err(OpenError::Damaged(found)) = open(dir) else {
        panic!("a damaged journal was opened");
    };
    assert_eq!(found, seen);
    found
}

/// Five batches in three segments. The last one has whole sectors with almost nothing in them.
fn small_journal() -> (tempfile::TempDir, Vec<Batch>) {
    let mut sparse = batch(7, 2, 40);
    sparse.entries[1] = (1..=1_500).map(|n| u8::from(n % 400 == 0)).collect();
    let all = vec![batch(0, 3, 150), batch(3, 1, 0), batch(4, 2, 300), batch(6, 1, 10), sparse];
    (written(&all, 1_000), all)
}

#[test]
fn every_flipped_byte_is_found_and_named() {
    let (dir, all) = small_journal();
    let files = segments(dir.path());
    assert_eq!(files.len(), 3);
    for file in &files {
        let whole = fs::read(file).unwrap();
        let bounds = frame_bounds(&whole);
        for at in 0..whole.len() {
            // The last mask blanks the byte; where it is blank already, it is no damage.
            for mask in [0x01, 0x80, 0x18, 0xff, whole[at]] {
                if mask == 0 {
                    continue;
                }
                let mut bytes = whole.clone();
                bytes[at] ^= mask;
                put(file, &bytes);
                let damage = damage_in(dir.path());
                assert_eq!(&damage.file, file);
                let start = bounds.iter().rfind(|start| **start <= at).map_or(0, |s| *s);
                assert_eq!(damage.offset, start as u64, "byte {at} by {mask:#x}: {damage}");
            }
        }
        put(file, &whole);
    }
    check_reads(&audit(dir.path()).unwrap().0, &all);
}

#[test]
fn every_byte_flipped_under_a_reader_is_found() {
    let (dir, all) = small_journal();
    let (reader, _) = audit(dir.path()).unwrap();
    let entries: Vec<_> = all.iter().flat_map(|batch| batch.entries.clone()).collect();
    for file in &segments(dir.path()) {
        let whole = fs::read(file).unwrap();
        for at in 64..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            put(file, &bytes);

            let mut read = Vec::new();
            let mut failed = None;
            for batch in reader.batches(0) {
                assert!(failed.is_none(), "batches follow a damaged one");
                match batch {
                    Ok(batch) => read.push(batch),
                    Err(error) => failed = Some(error),
                }
            }
            assert_eq!(read, all[..read.len()]);
            let Some(JournalError::Damaged(damage)) = failed else {
                panic!("byte {at}: {failed:?}");
            };
            assert_eq!(&damage.file, file);
            assert!(damage.offset <= at as u64);

            let mut damaged = 0;
            for (index, entry) in (0..).zip(&entries) {
                match reader.entry(index) {
                    Ok(read) => assert_eq!(read.as_ref(), Some(entry)),
                    Err(JournalError::Damaged(damage)) => {
                        assert_eq!(damage.index, index);
                        damaged += 1;
                    }
                    Err(other) => panic!("byte {at}: {other}"),
                }
                // Whoever knows the entry gets it where its own bytes are whole, and never another.
                match reader.entry_known_by(index, &|bytes| bytes == entry) {
                    Ok(read) => assert_eq!(read.as_ref(), Some(entry)),
                    Err(JournalError::Damaged(damage)) => assert_eq!(damage.index, index),
                    Err(other) => panic!("byte {at}: {other}"),
                }
            }
            assert!(damaged > 0, "byte {at}");
        }
        put(file, &whole);
    }
}

#[test]
fn a_blank_sector_before_the_last_batch_is_damage() {
    let all = batches(&[900, 700, 1_100, 800]);
    let dir = written(&all, 100_000);
    let file = &segments(dir.path())[0];
    let whole = fs::read(file).unwrap();
    let last = frame_bounds(&whole)[3];
    for sector in 0..last / 512 {
        let mut bytes = whole.clone();
        bytes[sector * 512..(sector + 1) * 512].fill(0);
        put(file, &bytes);
        assert_eq!(damage_in(dir.path()).file, *file);
    }
}

#[test]
fn a_blank_header_before_a_later_batch_is_damage() {
    let all = batches(&[340, 700, 1_100, 10]);
    let dir = written(&all, 100_000);
    let file = &segments(dir.path())[0];
    let whole = fs::read(file).unwrap();
    let bounds = frame_bounds(&whole);
    assert_eq!(bounds[1], 512, "the header starts a sector of its own");
    let mut bytes = whole.clone();
    for until in [560, 1_024, 1_100] {
        bytes[512..until].fill(0);
        put(file, &bytes);
        let damage = damage_in(dir.path());
        assert_eq!((damage.offset, damage.index), (512, 1));
    }
    // Even if all that is left of the later ones is one header.
    bytes[512..].fill(0);
    bytes[bounds[3]..bounds[3] + 48].copy_from_slice(&whole[bounds[3]..][..48]);
    put(file, &bytes);
    assert_eq!(damage_in(dir.path()).offset, 512);
}

#[test]
fn a_blank_sector_before_the_last_segment_is_damage() {
    let all = batches(&[2_000, 100]);
    let dir = written(&all, 1_000);
    let file = &segments(dir.path())[0];
    let whole = fs::read(file).unwrap();
    for sector in 0..whole.len().div_ceil(512) {
        let mut bytes = whole.clone();
        let end = bytes.len().min((sector + 1) * 512);
        bytes[sector * 512..end].fill(0);
        put(file, &bytes);
        assert_eq!(damage_in(dir.path()).file, *file);
    }
    for length in 0..whole.len() {
        put(file, &whole[..length]);
        damage_in(dir.path());
    }
}

#[test]
fn a_flip_and_a_cut_do_not_hide_each_other() {
    let all = batches(&[300, 900]);
    let dir = written(&all, 100_000);
    let file = &segments(dir.path())[0];
    let whole = fs::read(file).unwrap();
    let last = frame_bounds(&whole)[1];
    for flip in last..last + 48 {
        for length in [last + 48, last + 500, whole.len() - 1] {
            let mut bytes = whole[..length].to_vec();
            bytes[flip] ^= 0x04;
            put(file, &bytes);
            assert_eq!(damage_in(dir.path()).offset, last as u64);
        }
    }
}

#[test]
fn frames_in_another_place_are_damage() {
    let all = batches(&[300, 300, 300]);
    let dir = written(&all, 100_000);
    let file = &segments(dir.path())[0];
    let whole = fs::read(file).unwrap();
    let bounds = frame_bounds(&whole);
    let frame = |number: usize| &whole[bounds[number]..bounds[number + 1]];
    let header = &whole[..64];
    for (order, offset) in [
        ([0, 2, 1].as_slice(), bounds[1]),
        (&[1, 0, 2], bounds[0]),
        (&[0, 2], bounds[1]),
        (&[0, 1, 1], bounds[2]),
        (&[0, 1, 2, 2], bounds[3]),
        (&[0, 1, 2, 0], bounds[3]),
        (&[2], bounds[0]),
    ] {
        let frames = order.iter().map(|number| frame(*number));
        let parts: Vec<_> = std::iter::once(header).chain(frames).collect();
        put(file, &parts.concat());
        assert_eq!(damage_in(dir.path()).offset, offset as u64, "{order:?}");
    }
}

#[test]
fn bytes_that_are_no_batch_are_damage() {
    for stray in [&b"x"[..], b"civbutch", &[0x20; 64], &[0xff; 5_000], b"\0\0\0x"] {
        let dir = written(&batches(&[300]), 100_000);
        let file = &segments(dir.path())[0];
        let mut bytes = fs::read(file).unwrap();
        let end = bytes.len() as u64;
        bytes.extend_from_slice(stray);
        put(file, &bytes);
        let damage = damage_in(dir.path());
        assert_eq!((damage.offset, damage.index), (end, 1));
    }
}

#[test]
fn missing_and_renamed_segments_are_damage() {
    let all = batches(&[500, 500, 500, 500]);
    let names: Vec<_> = (0..4).map(|index| format!("{index:020}.seg")).collect();
    let cases = [
        ("the first is gone", 0, None),
        ("one in the middle is gone", 1, None),
        ("the last has another number", 3, Some("00000000000000000005.seg")),
        ("one has no number", 1, Some("one.seg")),
        ("one has too short a number", 0, Some("0.seg")),
    ];
    for (what, number, name) in cases {
        let dir = written(&all, 0);
        assert_eq!(segments(dir.path()).len(), 4);
        let path = dir.path().join(&names[number]);
        match name {
            Some(name) => fs::rename(path, dir.path().join(name)).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        let damage = damage_in(dir.path());
        assert!(damage.file.starts_with(dir.path()), "{what}: {damage}");
    }

    let dir = written(&all, 0);
    let [first, second] = [0, 1].map(|number: usize| dir.path().join(&names[number]));
    let swapped = fs::read(&first).unwrap();
    fs::copy(&second, &first).unwrap();
    put(&second, &swapped);
    assert_eq!(damage_in(dir.path()).file, first);
}

#[test]
fn a_file_that_goes_away_under_a_reader_is_an_error() {
    let (dir, _) = small_journal();
    let (journal, _) = open(dir.path()).unwrap();
    let reader = journal.reader();
    fs::remove_file(&segments(dir.path())[0]).unwrap();
    assert!(matches!(reader.entry(0), Err(JournalError::Io { .. })));
    assert!(matches!(reader.batches(0).next(), Some(Err(JournalError::Io { .. }))));
    assert!(reader.entry(8).unwrap().is_some());
}

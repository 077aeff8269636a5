//! The bytes on disk, put together here by hand from `docs/format-journal.md`.

use std::fs;

use civbank::journal::{Batch, FileJournal, Journal, Options};

use super::fixture::{Dice, audit, batch, check_reads, segments, written};

fn checksum(parts: &[&[u8]]) -> Vec<u8> {
    blake3::hash(&parts.concat()).as_bytes()[..16].to_vec()
}

#[test]
fn a_journal_of_one_batch_has_exactly_these_bytes() {
    let only = Batch {
        first_index: 0,
        entries: vec![b"egg".to_vec(), b"broom".to_vec()],
        checkpoint: b"signed".to_vec(),
    };
    let dir = written(&[only], 1 << 20);
    let path = dir.path().join("00000000000000000000.seg");

    let mut segment_header = b"civbank journal\n\0\0\0\x01\0\0\0\0".to_vec();
    segment_header.extend([0; 24]);
    let segment_checksum = checksum(&[&segment_header]);

    let mut header = b"civbatch\0\0\0\x12\0\0\0\x02".to_vec();
    header.extend(0_u64.to_be_bytes());
    header.extend(6_u32.to_be_bytes());
    header.extend(0_u32.to_be_bytes());
    let header_checksum = checksum(&[&header, &0_u64.to_be_bytes(), &64_u64.to_be_bytes()]);

    let mut frame = [header, header_checksum].concat();
    frame.extend(b"\0\x03\0\x05eggbroomsigned");
    frame.extend([0; 38]);
    let frame_checksum = checksum(&[&frame]);
    let parts = [segment_header, segment_checksum, frame, frame_checksum, b"civb-end".to_vec()];
    assert_eq!(fs::read(path).unwrap(), parts.concat());
}

#[test]
fn the_bytes_of_a_thousand_entries_have_not_changed() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes_max: 50_000 };
    let (mut journal, _) = FileJournal::open(dir.path(), &options, None).unwrap();
    let mut dice = Dice(2026);
    while journal.size() < 1_000 {
        let mut batch = batch(journal.size(), 1 + dice.below(20), 0);
        for entry in &mut batch.entries {
            let length = dice.below(900) as usize;
            *entry = if dice.below(10) == 0 { vec![0; length] } else { dice.bytes(length) };
        }
        journal.append(&batch).unwrap();
    }
    let mut hasher = blake3::Hasher::new();
    for path in segments(dir.path()) {
        hasher.update(path.file_name().unwrap().as_encoded_bytes());
        hasher.update(&fs::read(path).unwrap());
    }
    let hash = hasher.finalize().to_hex();
    assert_eq!(&hash[..32], "cb1add3b9c8576257812dbf6b19d249e");
}

#[test]
fn a_segment_ends_before_it_is_too_long() {
    let all: Vec<_> = (0..40).map(|n| batch(n * 2, 2, 100)).collect();
    let dir = written(&all, 1_000);
    let files = segments(dir.path());
    assert!(files.len() > 5);
    for file in &files {
        assert!(fs::metadata(file).unwrap().len() <= 1_000);
    }
    // A batch longer than that gets a segment of its own.
    let all = vec![batch(0, 1, 10), batch(1, 1, 5_000), batch(2, 1, 10)];
    let dir = written(&all, 1_000);
    assert_eq!(segments(dir.path()).len(), 3);
    check_reads(&audit(dir.path()).unwrap().0, &all);
}

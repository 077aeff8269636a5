//! Writes that never finished: the tail cut at every byte, and every set of sectors left unwritten.
//! Each opens again with all that was acknowledged, says what it cut, and takes new batches.

use std::fs;
use std::path::Path;

use civbank::journal::{Batch, Journal};

use super::fixture::{audit, batch, batches, check_reads, frame_bounds, open, put, segments, written};

/// Opens what a power cut left, and checks that it holds `kept`, and that `torn` bytes were cut
/// from `offset` on; then that it goes on from there.
fn check_recovery(dir: &Path, kept: &[Batch], torn: Option<(usize, usize)>) {
    let size = kept.last().map_or(0, Batch::size_after);
    let (reader, seen) = audit(dir).unwrap();
    check_reads(&reader, kept);
    let (mut journal, outcome) = open(dir).unwrap();
    assert_eq!(outcome.torn_tail, seen.torn_tail);
    assert_eq!((outcome.size, seen.size), (size, size));
    let found = outcome.torn_tail.map(|tail| {
        assert_eq!(tail.index, size);
        assert_eq!(Some(tail.file), segments(dir).pop());
        (tail.offset as usize, tail.bytes as usize)
    });
    assert_eq!(found, torn);

    let mut expected = kept.to_vec();
    check_reads(&*journal.reader(), &expected);
    expected.push(batch(size, 2, 90));
    journal.append(&expected[expected.len() - 1]).unwrap();
    drop(journal);
    let (journal, outcome) = open(dir).unwrap();
    assert_eq!(outcome.torn_tail, None);
    check_reads(&*journal.reader(), &expected);
}

#[test]
fn the_last_segment_may_end_at_any_byte() {
    let all = batches(&[1_500, 10, 300, 700]);
    let dir = written(&all, 1_600);
    let files = segments(dir.path());
    assert_eq!(files.len(), 2);
    let whole = fs::read(&files[1]).unwrap();
    let bounds = frame_bounds(&whole);
    assert_eq!(bounds.len(), 4);
    for length in 0..whole.len() {
        put(&files[1], &whole[..length]);
        let frames = bounds.iter().filter(|end| **end <= length).count().saturating_sub(1);
        let start = if length < 64 { 0 } else { bounds[frames] };
        let torn = (length != start || length == 0).then_some((start, length - start));
        check_recovery(dir.path(), &all[..1 + frames], torn);
        for file in &segments(dir.path())[2..] {
            fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn any_sectors_of_the_last_batch_may_be_unwritten() {
    for before in [10, 100, 150, 300, 350, 400, 460] {
        let all = batches(&[before, 1_500]);
        let dir = written(&all, 100_000);
        let file = &segments(dir.path())[0];
        let whole = fs::read(file).unwrap();
        let start = frame_bounds(&whole)[1];
        let sectors: Vec<_> = (start / 512..whole.len().div_ceil(512)).collect();
        for unwritten in 1_u32..1 << sectors.len() {
            let mut bytes = whole.clone();
            for (bit, sector) in sectors.iter().enumerate() {
                if unwritten & 1 << bit != 0 {
                    let end = bytes.len().min((sector + 1) * 512);
                    bytes[start.max(sector * 512)..end].fill(0);
                }
            }
            put(file, &bytes);
            check_recovery(dir.path(), &all[..1], Some((start, whole.len() - start)));
        }
    }
}

#[test]
fn unwritten_sectors_show_even_among_entries_of_zeros() {
    let mut last = batch(1, 1, 0);
    last.entries = vec![vec![0; 3_000], vec![1], vec![0; 600]];
    let all = [batch(0, 1, 100), last];
    let dir = written(&all, 100_000);
    let file = &segments(dir.path())[0];
    let whole = fs::read(file).unwrap();
    let start = frame_bounds(&whole)[1];
    for sector in start / 512..whole.len().div_ceil(512) {
        let mut bytes = whole.clone();
        let end = bytes.len().min((sector + 1) * 512);
        bytes[start.max(sector * 512)..end].fill(0);
        put(file, &bytes);
        check_recovery(dir.path(), &all[..1], Some((start, whole.len() - start)));
    }
}

#[test]
fn zeros_after_the_last_batch_are_torn_off() {
    let all = batches(&[100, 200]);
    for zeros in [1, 47, 48, 511, 512, 4_096, 100_000] {
        let dir = written(&all, 100_000);
        let file = &segments(dir.path())[0];
        let mut bytes = fs::read(file).unwrap();
        let end = bytes.len();
        bytes.resize(end + zeros, 0);
        put(file, &bytes);
        check_recovery(dir.path(), &all, Some((end, zeros)));
    }
}

#[test]
fn a_new_segment_may_be_blank() {
    let all = batches(&[100, 200]);
    for length in [0, 1, 63, 64] {
        let dir = written(&all, 100_000);
        put(&dir.path().join("00000000000000000002.seg"), &vec![0; length]);
        check_recovery(dir.path(), &all, Some((0, length)));
        let dir = tempfile::tempdir().unwrap();
        put(&dir.path().join("00000000000000000000.seg"), &vec![0; length]);
        check_recovery(dir.path(), &[], Some((0, length)));
    }
}

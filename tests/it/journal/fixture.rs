//! Batches to write, journals in temporary directories, and the check that runs after each step:
//! read everything back and compare it with what was acknowledged.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use civbank::journal::{
    Batch, FileJournal, FileReader, Journal, JournalReader, OpenError, OpenOutcome, Options,
};

use super::flaky_disk::FlakyDisk;

/// A small generator of numbers that look random, for tests that print their seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.roll() as u8).collect()
    }
}

/// A batch of `count` entries of `length` bytes that differ from all others.
pub fn batch(first_index: u64, count: u64, length: usize) -> Batch {
    let mut dice = Dice(first_index);
    Batch {
        first_index,
        entries: (0..count).map(|_| dice.bytes(length)).collect(),
        checkpoint: format!("checkpoint of {}", first_index + count).into_bytes(),
    }
}

/// Batches of one entry of that length each, one batch for each length.
pub fn batches(lengths: &[usize]) -> Vec<Batch> {
    let with_index = lengths.iter().zip(0..);
    with_index.map(|(length, index)| batch(index, 1, *length)).collect()
}

pub fn segments_of(bytes: u64) -> Options {
    Options { segment_bytes_max: bytes }
}

/// Opens the journal on a disk that syncs nothing: these tests open thousands.
pub fn open(dir: &Path) -> Result<(FileJournal, OpenOutcome), OpenError> {
    let disk = Box::new(FlakyDisk::default());
    FileJournal::open_on(disk, dir, &segments_of(2_048), None)
}

pub fn audit(dir: &Path) -> Result<(FileReader, OpenOutcome), OpenError> {
    FileJournal::open_for_audit(dir, None)
}

/// A temporary directory with a journal of `batches` in it, written with segments of that length.
pub fn written(batches: &[Batch], segment_bytes: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let options = segments_of(segment_bytes);
    let (mut journal, _) = FileJournal::open(dir.path(), &options, None).unwrap();
    for batch in batches {
        journal.append(batch).unwrap();
    }
    dir
}

/// The segment files, in order.
pub fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .collect();
    paths.sort();
    paths
}

/// Replaces what a file holds. Never through length 0, which makes some file systems write at once.
pub fn put(path: &Path, bytes: &[u8]) {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(path).unwrap();
    file.write_all_at(bytes, 0).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
}

/// Where the frames of a segment start, and where the last one ends, found by their marks alone.
pub fn frame_bounds(segment: &[u8]) -> Vec<usize> {
    let mut bounds: Vec<_> =
        (64..segment.len()).step_by(64).filter(|at| segment[*at..].starts_with(b"civbatch")).collect();
    bounds.push(segment.len());
    bounds
}

/// Reads the journal in every way there is: it holds `expected`, no less and no more.
pub fn check_reads(reader: &dyn JournalReader, expected: &[Batch]) {
    let size = expected.last().map_or(0, Batch::size_after);
    assert_eq!(reader.size(), size);
    let last = expected.last().map(|batch| batch.checkpoint.clone());
    assert_eq!(reader.last_checkpoint().unwrap(), last);
    for (position, batch) in expected.iter().enumerate() {
        for (index, entry) in (batch.first_index..).zip(&batch.entries) {
            assert_eq!(reader.entry(index).unwrap().as_ref(), Some(entry));
            // By the caller's own knowledge, and by that of one who doubts everything.
            for known in [&**entry, &[]] {
                let read = reader.entry_known_by(index, &|bytes| bytes == known).unwrap();
                assert_eq!(read.as_ref(), Some(entry));
            }
        }
        for from_index in [batch.first_index, batch.size_after() - 1] {
            let read: Result<Vec<_>, _> = reader.batches(from_index).take(3).collect();
            let end = expected.len().min(position + 3);
            assert_eq!(read.unwrap(), expected[position..end]);
        }
    }
    let read: Result<Vec<_>, _> = reader.batches(0).collect();
    assert_eq!(read.unwrap(), expected);
    for beyond in [size, size + 1, u64::MAX] {
        assert_eq!(reader.entry(beyond).unwrap(), None);
        assert_eq!(reader.entry_known_by(beyond, &|_| true).unwrap(), None);
        assert!(reader.batches(beyond).next().is_none());
    }
}

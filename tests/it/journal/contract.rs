//! What every journal promises, whatever it is stored in: one suite, run over each of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use civbank::journal::{
    BATCH_ENTRIES_MAX, Batch, CHECKPOINT_BYTES_MAX, ENTRY_BYTES_MAX, FileJournal, Journal, JournalError,
    JournalReader, LimitExceeded, MemoryJournal,
};

use super::fixture::{Dice, batch, check_reads, segments_of};

#[test]
fn memory_keeps_the_contract() {
    check_contract(&mut || {
        let journal = MemoryJournal::new();
        Box::new(move || Box::new(journal.clone()))
    });
}

#[test]
fn files_keep_the_contract_in_one_segment_or_in_many() {
    for segment_bytes in [0, 1_000, 100_000, u64::MAX] {
        check_contract(&mut || {
            let dir = tempfile::tempdir().unwrap();
            Box::new(move || {
                let options = segments_of(segment_bytes);
                Box::new(FileJournal::open(dir.path(), &options, None).unwrap().0)
            })
        });
    }
}

/// Opens one journal; opens the same one again each time it is called, its last writer being gone.
pub type Opener = Box<dyn FnMut() -> Box<dyn Journal>>;

/// Runs the suite. `new` makes an empty journal and answers with its opener.
pub fn check_contract(new: &mut dyn FnMut() -> Opener) {
    what_is_appended_is_read(new());
    what_was_appended_is_there_after_reopening(new());
    batches_out_of_place_are_refused(new());
    batches_beyond_the_limits_are_refused(new());
    batches_at_the_limits_are_kept(new());
    entries_of_any_bytes_are_kept(new());
    readers_see_whole_batches_while_the_writer_appends(new());
    iterators_end_where_the_journal_ended(new());
}

fn what_is_appended_is_read(mut open: Opener) {
    let mut journal = open();
    let reader = journal.reader();
    let mut expected = Vec::new();
    check_reads(&*reader, &expected);
    for count in [1, 2, 30, 1, 512, 7] {
        let batch = batch(journal.size(), count, 40);
        journal.append(&batch).unwrap();
        expected.push(batch);
        assert_eq!(journal.size(), reader.size());
        check_reads(&*reader, &expected);
    }
    drop(journal);
    check_reads(&*reader, &expected);
}

fn what_was_appended_is_there_after_reopening(mut open: Opener) {
    let mut expected = Vec::new();
    for count in [3, 1, 20, 2] {
        let mut journal = open();
        check_reads(&*journal.reader(), &expected);
        for _ in 0..3 {
            let batch = batch(journal.size(), count, 100);
            journal.append(&batch).unwrap();
            expected.push(batch);
        }
        drop(journal);
    }
    check_reads(&*open().reader(), &expected);
}

fn batches_out_of_place_are_refused(mut open: Opener) {
    let mut journal = open();
    let kept = batch(0, 5, 10);
    journal.append(&kept).unwrap();
    for index in [0, 4, 6, u64::MAX - 1] {
        match journal.append(&batch(index, 1, 10)) {
            Err(JournalError::OutOfPlace { size, first_index }) => {
                assert_eq!((size, first_index), (5, index));
            }
            other => panic!("batch at {index}: {other:?}"),
        }
    }
    check_reads(&*journal.reader(), std::slice::from_ref(&kept));
    let next = batch(5, 1, 10);
    journal.append(&next).unwrap();
    check_reads(&*journal.reader(), &[kept, next]);
}

fn batches_beyond_the_limits_are_refused(mut open: Opener) {
    let mut journal = open();
    let with = |entries, checkpoint| Batch { first_index: 0, entries, checkpoint };
    let cases = [
        (with(vec![], vec![]), LimitExceeded::NoEntries),
        (with(vec![vec![1]; BATCH_ENTRIES_MAX + 1], vec![]), LimitExceeded::Entries(BATCH_ENTRIES_MAX + 1)),
        (
            with(vec![vec![1], vec![1; ENTRY_BYTES_MAX + 1]], vec![]),
            LimitExceeded::EntryBytes { position: 1, bytes: ENTRY_BYTES_MAX + 1 },
        ),
        (
            with(vec![vec![1]], vec![1; CHECKPOINT_BYTES_MAX + 1]),
            LimitExceeded::CheckpointBytes(CHECKPOINT_BYTES_MAX + 1),
        ),
    ];
    for (batch, limit) in cases {
        match journal.append(&batch) {
            Err(JournalError::Limit(exceeded)) => assert_eq!(exceeded, limit),
            other => panic!("expected {limit:?}, got {other:?}"),
        }
    }
    check_reads(&*journal.reader(), &[]);
    journal.append(&batch(0, 1, 10)).unwrap();
}

fn batches_at_the_limits_are_kept(mut open: Opener) {
    let mut journal = open();
    let mut largest = batch(0, BATCH_ENTRIES_MAX as u64, 0);
    let mut dice = Dice(1);
    for entry in &mut largest.entries {
        *entry = vec![dice.roll() as u8; ENTRY_BYTES_MAX];
    }
    largest.checkpoint = dice.bytes(CHECKPOINT_BYTES_MAX);
    journal.append(&largest).unwrap();
    drop(journal);
    let reader = open().reader();
    let last = BATCH_ENTRIES_MAX as u64 - 1;
    assert_eq!(reader.entry(last).unwrap().as_ref(), largest.entries.last());
    let read: Result<Vec<_>, _> = reader.batches(last).collect();
    assert!(read.unwrap() == [largest]);
}

fn entries_of_any_bytes_are_kept(mut open: Opener) {
    let mut journal = open();
    let mut sparse = vec![0; 5_000];
    sparse[2_500] = 1;
    let entries = vec![
        vec![],
        vec![0],
        vec![0; 600],
        vec![0xff; 600],
        sparse,
        b"civbatch".repeat(100),
        b"civb-end".repeat(100),
        vec![0; ENTRY_BYTES_MAX],
        vec![],
    ];
    let together = Batch { first_index: 0, checkpoint: vec![0; 2_000], entries: entries.clone() };
    let mut expected = vec![together];
    for (index, entry) in (entries.len() as u64..).zip(entries) {
        expected.push(Batch { first_index: index, entries: vec![entry], checkpoint: vec![] });
    }
    for batch in &expected {
        journal.append(batch).unwrap();
    }
    check_reads(&*journal.reader(), &expected);
    drop(journal);
    check_reads(&*open().reader(), &expected);
}

fn readers_see_whole_batches_while_the_writer_appends(mut open: Opener) {
    let mut journal = open();
    let all: Vec<Batch> = (0..60).map(|n| batch(n * 3, 3, 200)).collect();
    let finished = AtomicBool::new(false);
    let readers: Vec<_> = (0..3).map(|_| journal.reader()).collect();
    thread::scope(|scope| {
        for (seed, reader) in (0..).zip(&readers) {
            let (all, finished) = (&all, &finished);
            scope.spawn(move || watch(reader, all, finished, Dice(seed)));
        }
        for batch in &all {
            journal.append(batch).unwrap();
        }
        finished.store(true, Ordering::Release);
    });
    check_reads(&*readers[0], &all);
}

/// Reads here and there until the writer has finished; all that is seen is what is being written.
fn watch(reader: &Arc<dyn JournalReader>, all: &[Batch], finished: &AtomicBool, mut dice: Dice) {
    let mut seen = 0;
    while !finished.load(Ordering::Acquire) {
        let size = reader.size();
        assert!(size >= seen && size.is_multiple_of(3), "from {seen} to {size}");
        seen = size;
        if size == 0 {
            continue;
        }
        let index = dice.below(size);
        let batch = &all[(index / 3) as usize];
        let entry = reader.entry(index).unwrap().unwrap();
        assert_eq!(entry, batch.entries[(index % 3) as usize]);
        let read: Result<Vec<_>, _> = reader.batches(index).collect();
        let read = read.unwrap();
        assert!(read.len() as u64 >= size / 3 - index / 3);
        assert_eq!(read, all[(index / 3) as usize..][..read.len()]);
        assert!(reader.last_checkpoint().unwrap().is_some());
    }
}

fn iterators_end_where_the_journal_ended(mut open: Opener) {
    let mut journal = open();
    let first = batch(0, 2, 50);
    journal.append(&first).unwrap();
    let reader = journal.reader();
    let before = reader.batches(0);
    journal.append(&batch(2, 2, 50)).unwrap();
    let read: Result<Vec<_>, _> = before.collect();
    assert_eq!(read.unwrap(), [first]);
    assert_eq!(reader.batches(0).count(), 2);
}

//! Each call to the disk failed in each way, processes that end and power that goes: whatever was
//! acknowledged is there afterwards, and nothing that was never asked for.

use std::path::Path;

use civbank::journal::{Batch, FileJournal, Journal, JournalError, OpenError};

use super::fixture::{Dice, batch, check_reads, segments_of};
use super::flaky_disk::{FAULTS, Fault, FlakyDisk};

/// One journal on a flaky disk, and what its writer has been told.
struct Trial {
    dir: tempfile::TempDir,
    disk: FlakyDisk,
    journal: Option<FileJournal>,
    acknowledged: Vec<Batch>,
    /// The batch whose append failed, until opening tells what became of it.
    unknown: Option<Batch>,
}

impl Trial {
    fn new() -> Trial {
        Trial {
            dir: tempfile::tempdir().unwrap(),
            disk: FlakyDisk::default(),
            journal: None,
            acknowledged: Vec::new(),
            unknown: None,
        }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Opens the journal, if the disk lets it, and checks what is in it.
    fn open(&mut self) {
        self.journal = None;
        let disk = Box::new(self.disk.clone());
        let path = self.path().join("journal");
        let journal = match FileJournal::open_on(disk, &path, &segments_of(1_500), None) {
            Ok((journal, _)) => journal,
            Err(OpenError::Io { .. }) if self.disk.has_failed() => return,
            Err(other) => panic!("{other}"),
        };
        // A batch of unknown outcome is there or is not; once seen, it has to stay.
        if let Some(unknown) = self.unknown.take()
            && journal.size() == unknown.size_after()
        {
            self.acknowledged.push(unknown);
        }
        check_reads(&*journal.reader(), &self.acknowledged);
        self.journal = Some(journal);
    }

    /// Appends one batch. Afterwards the writer is fine, or it is poisoned.
    fn append(&mut self, count: u64, length: usize) {
        let Some(journal) = &mut self.journal else {
            return self.open();
        };
        let batch = batch(journal.size(), count, length);
        let reader = journal.reader();
        match journal.append(&batch) {
            Ok(()) => self.acknowledged.push(batch),
            Err(JournalError::Io { .. }) if self.disk.has_failed() => {
                assert!(matches!(journal.append(&batch), Err(JournalError::Poisoned)));
                assert_eq!(journal.size(), batch.first_index);
                self.journal = None;
                self.unknown = Some(batch);
            }
            Err(other) => panic!("{other}"),
        }
        check_reads(&*reader, &self.acknowledged);
    }

    fn lose_power(&mut self, dice: &mut Dice) {
        self.journal = None;
        self.disk.lose_power(dice);
    }
}

/// What happens between a fault and the next opening.
#[derive(Clone, Copy, Debug)]
enum Interlude {
    ProcessEnds,
    PowerGoes { seed: u64 },
}

#[test]
fn each_call_may_fail_in_each_way() {
    let mut interludes = vec![Interlude::ProcessEnds];
    interludes.extend((0..3).map(|seed| Interlude::PowerGoes { seed }));
    for fault in FAULTS {
        for interlude in &interludes {
            let mut calls = 0;
            while fail_one_call(calls, fault, *interlude) {
                calls += 1;
            }
            assert!(calls > 25, "only {calls} calls were made");
        }
    }
}

/// Runs a short life of a journal whose call number `calls` fails. Says whether it came to that.
fn fail_one_call(calls: u64, fault: Fault, interlude: Interlude) -> bool {
    let mut trial = Trial::new();
    trial.disk.plan(Some((calls, fault)));
    trial.open();
    let mut has_failed = false;
    for length in [100, 900, 700, 20, 1_600, 300] {
        trial.append(2, length);
        if trial.disk.has_failed() && !has_failed {
            has_failed = true;
            if let Interlude::PowerGoes { seed } = interlude {
                trial.lose_power(&mut Dice(seed + calls * 1_000));
            }
            trial.open();
        }
    }
    trial.disk.plan(None);
    // Whatever was seen or acknowledged since then survives a power cut.
    trial.open();
    trial.lose_power(&mut Dice(calls));
    trial.open();
    assert!(trial.acknowledged.len() >= 4);
    has_failed
}

#[test]
fn a_sync_that_failed_is_made_good_on_opening() {
    // The writer's calls: sync parent, create, write, sync, sync names; then write and sync.
    let mut trial = Trial::new();
    trial.open();
    trial.disk.plan(Some((1, Fault::Half)));
    trial.append(1, 1_000);
    assert!(trial.unknown.is_some());
    trial.open();
    assert_eq!(trial.acknowledged.len(), 1, "the batch can be read");
    for seed in 0..20 {
        trial.lose_power(&mut Dice(seed));
        trial.open();
    }
}

#[test]
fn a_long_life_of_faults_and_power_cuts_loses_nothing() {
    for seed in 0..60 {
        println!("seed {seed}");
        let mut dice = Dice(seed);
        let mut trial = Trial::new();
        for _ in 0..40 {
            match dice.below(8) {
                0 => trial.lose_power(&mut dice),
                1 => trial.open(),
                2 => {
                    let fault = FAULTS[dice.below(3) as usize];
                    trial.disk.plan(Some((dice.below(12), fault)));
                }
                _ => {
                    let count = 1 + dice.below(4);
                    let length = dice.below(800) as usize;
                    trial.append(count, length);
                }
            }
        }
        trial.disk.plan(None);
        trial.open();
        assert!(trial.journal.is_some());
    }
}

//! A journal that fails when it is told to, for the rooms above: an append that wrote nothing,
//! and one that wrote everything and still reported a failure.

use std::io;
use std::path::Path;
use std::sync::Arc;

use civbank::journal::{Batch, Journal, JournalError, JournalReader, MemoryJournal};

use super::fixture::{batch, check_reads};

/// How an append fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfortune {
    /// Nothing is written.
    NotWritten,
    /// The batch is written, durably, but the caller hears of a failure.
    WrittenButReportedFailed,
}

/// A journal over another one; its writer fails once, and is poisoned from then on.
pub struct FaultyJournal<J> {
    journal: J,
    /// How many more appends go well, and what happens then.
    plan: Option<(u64, Misfortune)>,
    poisoned: bool,
}

impl<J: Journal> FaultyJournal<J> {
    /// Fails the append after the next `appends`, if there is a plan.
    pub fn new(journal: J, plan: Option<(u64, Misfortune)>) -> Self {
        FaultyJournal { journal, plan, poisoned: false }
    }
}

impl<J: Journal> Journal for FaultyJournal<J> {
    fn size(&self) -> u64 {
        self.journal.size()
    }

    fn append(&mut self, batch: &Batch) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        match &mut self.plan {
            Some((0, misfortune)) => {
                self.poisoned = true;
                if *misfortune == Misfortune::WrittenButReportedFailed {
                    self.journal.append(batch)?;
                }
                Err(JournalError::Io {
                    doing: "writing a batch to",
                    path: Path::new("a faulty journal").to_owned(),
                    source: io::Error::other("misfortune"),
                })
            }
            Some((appends, _)) => {
                *appends -= 1;
                self.journal.append(batch)
            }
            None => self.journal.append(batch),
        }
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        self.journal.reader()
    }
}

#[test]
fn a_faulty_journal_fails_as_planned() {
    let all = [batch(0, 2, 10), batch(2, 1, 10), batch(3, 1, 10)];
    for (misfortune, kept) in [(Misfortune::NotWritten, 1), (Misfortune::WrittenButReportedFailed, 2)] {
        let memory = MemoryJournal::new();
        let mut journal = FaultyJournal::new(memory.clone(), Some((1, misfortune)));
        journal.append(&all[0]).unwrap();
        assert!(matches!(journal.append(&all[1]), Err(JournalError::Io { .. })));
        assert!(matches!(journal.append(&all[1]), Err(JournalError::Poisoned)));
        check_reads(&*memory.reader(), &all[..kept]);

        let mut reopened = FaultyJournal::new(memory, None);
        for batch in &all[kept..] {
            reopened.append(batch).unwrap();
        }
        check_reads(&*reopened.reader(), &all);
    }
}

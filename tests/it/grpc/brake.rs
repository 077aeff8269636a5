//! A brake for the journal: how the server does when the disk is slow, or fails.

use std::sync::{Arc, Condvar, Mutex};

use civbank::journal::{Batch, Journal, JournalError, JournalReader, MemoryJournal};

/// A journal whose appends wait, or fail, when told to.
#[derive(Clone, Default)]
pub struct Brake {
    journal: MemoryJournal,
    hold: Arc<(Mutex<Hold>, Condvar)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Hold {
    /// Appends go through.
    #[default]
    Off,
    /// Appends wait.
    Waiting,
    /// Appends answer that their outcome is unknown.
    Failing,
}

impl Brake {
    pub fn put(&self, hold: Hold) {
        *self.hold.0.lock().unwrap() = hold;
        self.hold.1.notify_all();
    }
}

impl Journal for Brake {
    fn size(&self) -> u64 {
        self.journal.size()
    }

    fn append(&mut self, batch: &Batch) -> Result<(), JournalError> {
        let held = self.hold.0.lock().unwrap();
        let held = self.hold.1.wait_while(held, |hold| *hold == Hold::Waiting).unwrap();
        if *held == Hold::Failing {
            return Err(JournalError::Poisoned);
        }
        self.journal.append(batch)
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        self.journal.reader()
    }
}

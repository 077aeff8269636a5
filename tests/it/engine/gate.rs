//! A journal whose appends wait at a gate, so that a test sees what is answered before a batch is durable.

use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};

use civbank::journal::{Batch, Journal, JournalError, JournalReader};

/// What becomes of the append that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// It is written.
    Written,
    /// It fails, and nothing is written.
    Lost,
}

/// The test's side: how many entries wait at the gate, and the word that lets them pass.
pub struct Gate {
    arrived: Mutex<mpsc::Receiver<usize>>,
    pass: mpsc::Sender<Pass>,
}

/// A journal behind a gate. Once the gate is gone, everything passes.
pub struct GatedJournal<J> {
    journal: J,
    arriving: mpsc::Sender<usize>,
    passing: mpsc::Receiver<Pass>,
}

impl<J: Journal> GatedJournal<J> {
    /// A journal and its gate.
    pub fn new(journal: J) -> (Self, Arc<Gate>) {
        let ((arriving, arrived), (pass, passing)) = (mpsc::channel(), mpsc::channel());
        let gate = Gate { arrived: Mutex::new(arrived), pass };
        (GatedJournal { journal, arriving, passing }, Arc::new(gate))
    }
}

impl Gate {
    /// Waits until a batch stands at the gate; answers how many entries it has.
    pub async fn arrival(self: &Arc<Self>) -> usize {
        let gate = self.clone();
        let waiting = tokio::task::spawn_blocking(move || {
            gate.arrived.lock().unwrap_or_else(PoisonError::into_inner).recv().expect("an append")
        });
        waiting.await.expect("a waiting task")
    }

    /// Lets one append pass.
    pub fn pass(&self, pass: Pass) {
        // Nobody listens once the engine is gone.
        let _ = self.pass.send(pass);
    }
}

impl<J: Journal> Journal for GatedJournal<J> {
    fn size(&self) -> u64 {
        self.journal.size()
    }

    fn append(&mut self, batch: &Batch) -> Result<(), JournalError> {
        let _ = self.arriving.send(batch.entries.len());
        match self.passing.recv().unwrap_or(Pass::Written) {
            Pass::Written => self.journal.append(batch),
            Pass::Lost => Err(JournalError::Io {
                doing: "writing a batch to",
                path: "a gated journal".into(),
                source: std::io::Error::other("lost"),
            }),
        }
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        self.journal.reader()
    }
}

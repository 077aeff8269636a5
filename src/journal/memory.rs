//! The journal of tests and demonstrations: same contract, nothing on disk. "Durable" means for
//! as long as the process lives.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Batch, Batches, Journal, JournalError, JournalReader};

/// A journal held in memory. A clone is the same journal again, as if it had been reopened.
#[derive(Clone, Default)]
pub struct MemoryJournal {
    held: Arc<Held>,
}

/// Shared by the writer and its readers. Only the writer adds to it.
#[derive(Default)]
struct Held {
    batches: RwLock<Vec<Arc<Batch>>>,
}

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Journal for MemoryJournal {
    fn size(&self) -> u64 {
        self.held.size()
    }

    fn append(&mut self, batch: &Batch) -> Result<(), JournalError> {
        batch.check_limits()?;
        let mut batches = self.held.batches.write().unwrap_or_else(PoisonError::into_inner);
        let size = batches.last().map_or(0, |last| last.size_after());
        if batch.first_index != size {
            return Err(JournalError::OutOfPlace { size, first_index: batch.first_index });
        }
        batches.push(Arc::new(batch.clone()));
        Ok(())
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        self.held.clone()
    }
}

impl Held {
    /// The position of the batch that holds `index`, or the number of batches.
    fn position(batches: &[Arc<Batch>], index: u64) -> usize {
        batches.partition_point(|batch| batch.size_after() <= index)
    }
}

impl JournalReader for Held {
    fn size(&self) -> u64 {
        let batches = self.batches.read().unwrap_or_else(PoisonError::into_inner);
        batches.last().map_or(0, |last| last.size_after())
    }

    fn batches(&self, from_index: u64) -> Batches {
        let batches = self.batches.read().unwrap_or_else(PoisonError::into_inner);
        let from = Self::position(&batches, from_index);
        let rest = batches[from..].to_vec();
        Box::new(rest.into_iter().map(|batch| Ok(Batch::clone(&batch))))
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, JournalError> {
        let batches = self.batches.read().unwrap_or_else(PoisonError::into_inner);
        let Some(batch) = batches.get(Self::position(&batches, index)) else {
            return Ok(None);
        };
        let within = (index - batch.first_index) as usize;
        Ok(batch.entries.get(within).cloned())
    }

    fn last_checkpoint(&self) -> Result<Option<Vec<u8>>, JournalError> {
        let batches = self.batches.read().unwrap_or_else(PoisonError::into_inner);
        Ok(batches.last().map(|last| last.checkpoint.clone()))
    }
}

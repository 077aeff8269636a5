//! One batch, the unit of writing, and the limits it has to keep. The limits are part of the
//! format: a journal with a batch beyond them is damaged, so they may be raised but never lowered.

use thiserror::Error;

/// The most entries in one batch.
pub const BATCH_ENTRIES_MAX: usize = 512;

/// The most bytes in one entry. Its length fits the two bytes that tlog entry bundles give it.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// The most bytes in one checkpoint.
pub const CHECKPOINT_BYTES_MAX: usize = 64 * 1024;

/// What is appended at once: entries that follow each other, and the checkpoint that closes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The index of the first entry, counted from 0 at the start of the journal.
    pub first_index: u64,
    /// 1 to [`BATCH_ENTRIES_MAX`] entries of at most [`ENTRY_BYTES_MAX`] bytes each.
    pub entries: Vec<Vec<u8>>,
    /// At most [`CHECKPOINT_BYTES_MAX`] bytes.
    pub checkpoint: Vec<u8>,
}

/// A batch where it lies in its reader's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchView<'a> {
    /// The index of the first entry.
    pub first_index: u64,
    /// The entries' bytes.
    pub entries: Vec<&'a [u8]>,
    /// The checkpoint.
    pub checkpoint: &'a [u8],
}

impl Batch {
    /// The size of the journal once this batch is in it.
    ///
    /// # Panics
    ///
    /// If the batch would end beyond the last index that 64 bits can hold. No journal gets there.
    #[must_use]
    pub fn size_after(&self) -> u64 {
        self.first_index.checked_add(self.entries.len() as u64).expect("a journal ends before its indexes do")
    }

    /// Checks the batch against the limits of the format.
    ///
    /// # Errors
    ///
    /// The first limit that the batch exceeds.
    pub fn check_limits(&self) -> Result<(), LimitExceeded> {
        if self.entries.is_empty() {
            return Err(LimitExceeded::NoEntries);
        }
        if self.entries.len() > BATCH_ENTRIES_MAX {
            return Err(LimitExceeded::Entries(self.entries.len()));
        }
        for (position, entry) in self.entries.iter().enumerate() {
            if entry.len() > ENTRY_BYTES_MAX {
                return Err(LimitExceeded::EntryBytes { position, bytes: entry.len() });
            }
        }
        if self.checkpoint.len() > CHECKPOINT_BYTES_MAX {
            return Err(LimitExceeded::CheckpointBytes(self.checkpoint.len()));
        }
        Ok(())
    }
}

/// The limit that a batch exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LimitExceeded {
    /// A batch without entries would be a checkpoint that nobody asked for.
    #[error("a batch needs at least one entry")]
    NoEntries,
    /// More than [`BATCH_ENTRIES_MAX`] entries.
    #[error("{0} entries in a batch; at most {BATCH_ENTRIES_MAX} fit")]
    Entries(usize),
    /// More than [`ENTRY_BYTES_MAX`] bytes in one entry.
    #[error("entry {position} of the batch has {bytes} bytes; at most {ENTRY_BYTES_MAX} fit")]
    EntryBytes {
        /// Which entry of the batch, counted from 0.
        position: usize,
        /// How long it is.
        bytes: usize,
    },
    /// More than [`CHECKPOINT_BYTES_MAX`] bytes in the checkpoint.
    #[error("a checkpoint of {0} bytes; at most {CHECKPOINT_BYTES_MAX} fit")]
    CheckpointBytes(usize),
}

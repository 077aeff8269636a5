//! The journal: the one place whose bytes are the truth.
//!
//! A journal is a list of opaque entries that only grows, written in batches; each batch carries
//! one opaque checkpoint. This room promises that an append which answered `Ok` survives a power
//! cut, that no byte is served before its checksum was verified, and that damage is never taken
//! for the torn end of a write that nobody was told about.
//!
//! It does not know what an entry, a chain hash, a signature or a checkpoint means. The bytes on
//! disk are drawn in `docs/format-journal.md`.

mod batch;
mod copy;
mod error;
mod memory;

mod file;

mod frame;
mod map;
mod pick;
mod read;
mod scan;
mod segment;
mod tail;

mod disk;
mod lock;

use std::sync::Arc;
use std::time::Duration;

pub use batch::{BATCH_ENTRIES_MAX, Batch, BatchView, CHECKPOINT_BYTES_MAX, ENTRY_BYTES_MAX, LimitExceeded};
pub use copy::{CopyEnd, CopyPiece, copy_pieces, segment_file, segment_lengths};
pub use disk::{Disk, OsDisk, SegmentFile};
pub use error::{Damage, JournalError, OpenError};
pub use file::{FileJournal, OpenOutcome, Options, SEGMENT_BYTES_CAP, SEGMENT_BYTES_DEFAULT};
pub use memory::MemoryJournal;
pub use read::FileReader;
pub use scan::TornTail;

/// The batches of a journal, in order. Ends at the size that was durable when it was made, or
/// after its first error.
pub type Batches = Box<dyn Iterator<Item = Result<Batch, JournalError>> + Send>;

/// How many bytes of the journal start-up has checked, and how many there are.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// The writer's half of a journal. Owned by the sequencer; there is one per ledger.
pub trait Journal: Send {
    /// The number of durable entries, which is the index the next batch has to start at.
    fn size(&self) -> u64;

    /// Writes one batch after all others. When this answers `Ok`, the batch is durable and every
    /// reader sees it; until then no reader sees any of it.
    ///
    /// # Errors
    ///
    /// [`JournalError::Limit`] and [`JournalError::OutOfPlace`] refuse the batch: nothing was
    /// written and the writer is as good as before. [`JournalError::Io`] leaves the outcome
    /// unknown and poisons the writer: every later append answers [`JournalError::Poisoned`], and
    /// only opening the journal anew tells whether the batch is in it.
    fn append(&mut self, batch: &Batch) -> Result<(), JournalError>;

    /// How long the sync of the last append took; `None` where there was none.
    fn last_sync(&self) -> Option<Duration> {
        None
    }

    /// How many bytes the store has room for; `None` where nobody knows an end.
    ///
    /// # Errors
    ///
    /// Those of the operating system. The writer is as good as before.
    fn room(&self) -> std::io::Result<Option<u64>> {
        Ok(None)
    }

    /// A reader of this journal. It stays usable, and keeps its last size, when the writer is gone.
    fn reader(&self) -> Arc<dyn JournalReader>;
}

/// The readers' half of a journal: any number of threads may use it while the writer appends.
/// It never shows what is not durable, and but for [`JournalReader::show_to_prove`] never serves a byte that
/// neither its checksum nor the caller's own proof vouches for.
pub trait JournalReader: Send + Sync {
    /// The number of durable entries. Never falls.
    fn size(&self) -> u64;

    /// The batches from the one that holds `from_index` up to the size that is durable now.
    /// Empty if `from_index` is not below that size.
    ///
    /// The items are [`JournalError::Damaged`] or [`JournalError::Io`] where the bytes cannot be
    /// read back as they were written; the iterator ends there.
    fn batches(&self, from_index: u64) -> Batches;

    /// Shows the same batches, as views, to a caller who proves every byte by other means, a tree's signed root: the
    /// checksums of batches may be left out, so that what is damaged may be shown. Ends early once `see` says no.
    ///
    /// # Errors
    ///
    /// Those of the items of [`JournalReader::batches`], as far as they are looked for.
    fn show_to_prove(
        &self,
        from_index: u64,
        see: &mut dyn FnMut(BatchView<'_>) -> bool,
    ) -> Result<(), JournalError> {
        for batch in self.batches(from_index) {
            let Batch { first_index, entries, checkpoint } = &batch?;
            let entries = entries.iter().map(Vec::as_slice).collect();
            if !see(BatchView { first_index: *first_index, entries, checkpoint }) {
                break;
            }
        }
        Ok(())
    }

    /// The bytes of one entry, or `None` if `index` is not below the size.
    ///
    /// # Errors
    ///
    /// [`JournalError::Damaged`] or [`JournalError::Io`] where the bytes cannot be read back as
    /// they were written.
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, JournalError>;

    /// The bytes of one entry for a caller who can tell whether they are right, as by their hash: then the checksum of
    /// the batch around them need not be computed. Where `is_right` says no, this is [`JournalReader::entry`].
    ///
    /// # Errors
    ///
    /// Those of [`JournalReader::entry`].
    fn entry_known_by(
        &self,
        index: u64,
        is_right: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        let _ = is_right;
        self.entry(index)
    }

    /// The checkpoint of the newest durable batch, or `None` while the journal is empty.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`] where the store cannot be asked.
    fn last_checkpoint(&self) -> Result<Option<Vec<u8>>, JournalError>;

    /// Entries below this one have not been read since the journal was opened: maps of closed segments stood in for
    /// them. Whatever is served of them is verified then; damage elsewhere in them is not known yet. 0 where
    /// everything was read.
    fn unread_below(&self) -> u64 {
        0
    }

    /// Writes down where the frames of closed segments stand, for those of which it is not written down yet, so
    /// that the next opening need not read them. Derived; the journal itself stays as it is.
    ///
    /// # Errors
    ///
    /// [`JournalError::Damaged`] or [`JournalError::Io`]; what was not written costs a longer opening.
    fn draw_maps(&self) -> Result<(), JournalError> {
        Ok(())
    }

    /// Takes back what [`JournalReader::draw_maps`] wrote: the next opening reads every byte, and says what is wrong.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`].
    fn forget_maps(&self) -> Result<(), JournalError> {
        Ok(())
    }
}

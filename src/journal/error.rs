//! How a journal fails. One enum for calls on an open journal, one for opening it, and the place
//! of a damage, which both can name. All but the two refusals in [`JournalError`] are for
//! operators: no caller of the bank can cause them or mend them.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::batch::LimitExceeded;

/// Why an append or a read did not happen.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The batch exceeds a limit of the format. Nothing was written.
    #[error("the batch exceeds a limit of the journal: {0}")]
    Limit(#[from] LimitExceeded),
    /// The batch does not start where the journal ends. Nothing was written.
    #[error("a batch that starts at {first_index} does not follow a journal of {size} entries")]
    OutOfPlace {
        /// The number of entries in the journal.
        size: u64,
        /// Where the batch wanted to start.
        first_index: u64,
    },
    /// An earlier append failed, so the end of the journal is unknown. Open it anew.
    #[error("an earlier append failed: the journal has to be opened anew")]
    Poisoned,
    /// The operating system or the store failed. After an append the outcome is unknown.
    #[error("{doing} {path}", path = .path.display())]
    Io {
        /// What was being done, as in "writing a batch to".
        doing: &'static str,
        /// The file or directory it was done to.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Bytes that were durable cannot be read back as they were written.
    #[error("the journal is damaged: {0}")]
    Damaged(#[from] Damage),
}

/// Why a journal could not be opened. Nothing was changed on disk, except that a torn tail may
/// already have been cut.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process, or another part of this one, has the journal open for writing.
    #[error("{path} is locked by {holder}", path = .path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, in the words of the holder.
        holder: String,
    },
    /// The operating system failed.
    #[error("{doing} {path}", path = .path.display())]
    Io {
        /// What was being done, as in "reading".
        doing: &'static str,
        /// The file or directory it was done to.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The bytes on disk are not what was written. The journal stays shut until an operator has
    /// put an undamaged copy in its place.
    #[error("the journal is damaged: {0}")]
    Damaged(#[from] Damage),
}

/// Where bytes are not what was written, and how one can tell.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}, byte {offset}, entry {index}: {what}", file = .file.display())]
pub struct Damage {
    /// The segment file.
    pub file: PathBuf,
    /// Where in the file the damaged frame or header starts, in bytes.
    pub offset: u64,
    /// The index of the first entry that cannot be trusted.
    pub index: u64,
    /// What does not fit.
    pub what: &'static str,
}

impl JournalError {
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        JournalError::Io { doing, path: path.to_owned(), source }
    }
}

impl OpenError {
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        OpenError::Io { doing, path: path.to_owned(), source }
    }
}

impl From<JournalError> for OpenError {
    /// Start-up reads and writes with the same functions as a running journal does.
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Damaged(damage) => OpenError::Damaged(damage),
            JournalError::Io { doing, path, source } => OpenError::Io { doing, path, source },
            JournalError::Limit(_) | JournalError::OutOfPlace { .. } | JournalError::Poisoned => {
                unreachable!("start-up appends no batch")
            }
        }
    }
}

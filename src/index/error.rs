//! Why the index could not do what was asked. All of these are for operators, except the
//! refusals of a caller's mistake, which name the numbers.

use std::io;
use std::path::PathBuf;

/// A failure of the index. After [`IndexError::Store`], [`IndexError::Panicked`] or
/// [`IndexError::Damaged`] the index answers nothing more until it is opened again.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Another process, or another part of this one, has the index open.
    #[error("the index at {path} is in use")]
    InUse {
        /// The directory of the index.
        path: PathBuf,
    },
    /// Entries must be applied in order, without gaps and without repetition.
    #[error("the index has applied {applied} entries, cannot apply from entry {first_index}")]
    NotNext {
        /// How many entries are applied: the only index that can come next.
        applied: u64,
        /// The index that was offered.
        first_index: u64,
    },
    /// An id is longer than [`super::ID_SIZE_MAX`].
    #[error("an id of {size} bytes is too long to index")]
    IdTooLong {
        /// Its size in bytes.
        size: usize,
    },
    /// More than [`super::APPLY_ENTRIES_MAX`] entries in one step, or more than can be counted.
    #[error("cannot apply {count} entries in one step")]
    TooManyEntries {
        /// How many were offered.
        count: usize,
    },
    /// What is stored contradicts itself.
    #[error("the index is damaged: {what}")]
    Damaged {
        /// What was found.
        what: String,
    },
    /// The store answered with an error.
    #[error("the index failed to {doing}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// The store's own words.
        source: sled::Error,
    },
    /// The store panicked. Its recovery does, on some damage.
    #[error("the index panicked while trying to {doing}: {message}")]
    Panicked {
        /// What was being done.
        doing: &'static str,
        /// What the panic said.
        message: String,
    },
    /// The store did not open in the time given.
    #[error("the index did not open within {seconds} seconds")]
    TooSlow {
        /// The time given.
        seconds: u64,
    },
    /// An earlier failure has closed the index; open it again.
    #[error("the index has failed earlier and must be opened again")]
    Closed,
    /// A file or directory of the index could not be handled.
    #[error("the index failed to {doing} {path}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl IndexError {
    /// Whether the trouble lies with the machine (no space, no permission), so that moving the
    /// index aside would help nobody.
    pub(super) fn is_of_the_machine(&self) -> bool {
        let source = match self {
            Self::Store { source: sled::Error::Io(source), .. } | Self::Io { source, .. } => source,
            Self::InUse { .. } => return true,
            Self::NotNext { .. }
            | Self::IdTooLong { .. }
            | Self::TooManyEntries { .. }
            | Self::Damaged { .. }
            | Self::Store { .. }
            | Self::Panicked { .. }
            | Self::TooSlow { .. }
            | Self::Closed => return false,
        };
        matches!(
            source.kind(),
            io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::PermissionDenied
        )
    }
}

//! Why a backup or a restore was not made. Each refusal has its name; what was there before is as it was.

use std::io;
use std::path::{Path, PathBuf};

use crate::documents::DocumentError;
use crate::engine::audit::AuditError;
use crate::engine::{HomeError, ReplayError};
use crate::journal::OpenError;
use crate::wire::BadEntry;

/// Why upkeep did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// The bank's directory.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The journal cannot be read as it was written.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// The documents.
    #[error(transparent)]
    Documents(#[from] DocumentError),
    /// The journal's chain, tree or checkpoint does not check.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// An entry is none.
    #[error("entry {index}: {source}")]
    Entry {
        /// Its position.
        index: u64,
        /// What is wrong.
        source: BadEntry,
    },
    /// What was put back does not check.
    #[error("what was put back does not check: {0}")]
    Audit(#[from] AuditError),
    /// There is no entry to copy.
    #[error("the journal of {} has no entry yet", .0.display())]
    Empty(PathBuf),
    /// The directory holds other things.
    #[error("{} holds other things than a backup, and nothing is mixed with them", .0.display())]
    NotABackup(PathBuf),
    /// The directory to restore into is not empty.
    #[error("{} is not empty; a restore goes into an empty or missing directory", .0.display())]
    NotEmpty(PathBuf),
    /// One directory lies in the other.
    #[error("the backup and the bank's directory must lie apart")]
    Nested,
    /// The backup is of another bank.
    #[error("the backup is of {theirs}, this bank is {ours}")]
    OtherBank {
        /// The bank's verifier key, which begins with its origin.
        ours: String,
        /// The backup's.
        theirs: String,
    },
    /// The bank's journal is shorter than what was copied before.
    #[error(
        "the backup has {backup} entries and the journal ends before them: it lost entries, or is an older copy"
    )]
    Shorter {
        /// Entries in the backup.
        backup: u64,
    },
    /// The bank's journal went another way than what was copied before.
    #[error("the journal and the backup part before byte {offset} of {}: one of them is a fork", file.display())]
    Forked {
        /// The bank's segment file.
        file: PathBuf,
        /// Where its copy ends.
        offset: u64,
    },
    /// Something in the backup is not as the last backup left it.
    #[error("{} is not as the last backup left it", .0.display())]
    Altered(PathBuf),
    /// A file that is in the backup already differs from the bank's.
    #[error("{} differs from the bank's own and is not overwritten", .0.display())]
    Differs(PathBuf),
    /// The backup says nothing that can be understood about itself.
    #[error("{} cannot be understood: {what}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// There is no finished backup.
    #[error("{} holds no finished backup", .0.display())]
    NoBackup(PathBuf),
    /// What was put back is whole, and not what the backup says it is.
    #[error("the backup says {said} entries with another root than the {found} that were found")]
    OtherTree {
        /// Entries by the backup's own word.
        said: u64,
        /// Entries that the audit found.
        found: u64,
    },
    /// Another backup is being made there.
    #[error("another backup or restore is at work in {}", .0.display())]
    AtWork(PathBuf),
    /// The operating system.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// For `map_err`.
pub(super) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> UpkeepError {
    let path = path.to_owned();
    move |source| UpkeepError::Io { doing, path, source }
}

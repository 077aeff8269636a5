//! Why the engine does not start, does not write, or does not answer.

use crate::bank::Refusal;
use crate::bank::ids::Digest;
use crate::wire::EnvelopeError;

use super::replay::ReplayError;

/// Why an engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal's entries do not check.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The file of the tree's hashes cannot be had, nor a new one begun in its place.
    #[error(
        "the file of the tree's hashes is derived from the journal and cannot be made anew; let the bank's user write \
         in its directory, make room on the disk, and start again: {0}"
    )]
    Hashes(#[from] crate::index::HashFileError),
    /// A document that the log says is erased cannot be erased.
    #[error("erasing a document: {0}")]
    Documents(#[from] crate::documents::DocumentError),
    /// A thread cannot be started.
    #[error("starting a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// The engine stopped, or history is not to be had now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine has stopped; what is written is safe, a restart serves it")]
pub struct Unavailable;

/// The index that history is found by is not to be had now, or did not catch up in time. Nothing is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("history is not to be had now; nothing is lost, the index is built again")]
pub struct HistoryUnavailable;

impl From<HistoryUnavailable> for Unavailable {
    fn from(HistoryUnavailable: HistoryUnavailable) -> Self {
        Unavailable
    }
}

/// Why a command was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Envelope, signature or field.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The bank says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The command names a document that is not there; it is put first.
    #[error("document {address} is not there")]
    DocumentMissing {
        /// Its address.
        address: Digest,
    },
    /// A PIN that is not 4 to 6 digits.
    #[error("the PIN has 4 to 6 digits")]
    PinMalformed,
    /// Too many wrong signatures came from there; this one was not looked at.
    #[error("too many wrong signatures; this one was not looked at")]
    TooManyTries {
        /// How long until the next is.
        retry_after: std::time::Duration,
    },
    /// The queue is full; nothing was written.
    #[error("too many commands are waiting")]
    Busy,
    /// The disk is nearly full; nothing was written.
    #[error("the disk is nearly full; nothing was written")]
    DiskFull,
    /// The engine stopped. Whether the command was written is unknown: send the same bytes again.
    #[error("the engine has stopped; send the same bytes again after a restart")]
    Stopped,
}

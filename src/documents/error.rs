//! Why a document could not be kept, found or opened.

use std::io;
use std::path::PathBuf;

use super::address::Address;
use super::kind::DocumentKind;

/// A refusal (the first) or a failure (the others) of the documents.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The document is larger than its kind may be.
    #[error("a {} of {size} bytes is too large, at most {size_max} are allowed", kind.name())]
    TooLarge {
        /// The kind.
        kind: DocumentKind,
        /// The bytes it has.
        size: usize,
        /// The bytes it may have.
        size_max: usize,
    },
    /// What is stored at this address is not what was put there.
    #[error("document {address} is damaged: {what}")]
    Damaged {
        /// The address of the damaged file.
        address: Address,
        /// What is wrong with it.
        what: &'static str,
    },
    /// These bytes are not the document that the commitment was made for.
    #[error("the sealed document does not match its commitment")]
    WrongSeal,
    /// The machine has no randomness to give.
    #[error("failed to draw random bytes: {0}")]
    Random(getrandom::Error),
    /// A file or directory could not be handled. The outcome of a put or an erase is then
    /// unknown; both may simply be repeated.
    #[error("failed to {doing} {path}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

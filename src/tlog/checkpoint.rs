//! The checkpoint: a log's signed word on how large it is and what it holds.
//!
//! ```text
//! origin
//! size in decimal
//! base64 of the root
//! ```
//!
//! It is the text of a signed note (C2SP `tlog-checkpoint`). A log must never sign
//! two checkpoints with no consistency proof between them; that promise is kept by
//! whoever owns the [`Signer`], this file cannot see it. Nor does it know the leaves.

use std::fmt::Write as _;

use thiserror::Error;

use super::cosignature::CosignatureError;
use super::hash::{Hash, HashError, empty_root};
use super::key::{Cosigner, KeyKind, Signer, Verifier};
use super::note::{Note, NoteError, Opened};
use super::signature::NoteSignature;
use super::strict;
use super::subtree::SIZE_MAX;

/// The longest origin in bytes: that of a key name, which an origin should be.
pub const ORIGIN_BYTES_MAX: usize = super::signature::NAME_BYTES_MAX;

/// Why a text is not a checkpoint, or a checkpoint is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// The origin is empty, longer than [`ORIGIN_BYTES_MAX`], or holds a control
    /// character.
    #[error("an origin is 1 to {ORIGIN_BYTES_MAX} bytes without control characters")]
    BadOrigin,
    /// The size is not a decimal without sign or leading zero, or above [`SIZE_MAX`].
    #[error("the size of a checkpoint is not a decimal below 2^63")]
    BadSize,
    /// The root is not base64 of 32 bytes.
    #[error("the root of a checkpoint is malformed")]
    BadRoot(#[from] HashError),
    /// The size is 0 but the root is not that of the empty tree.
    #[error("an empty tree has only one root, and this is another")]
    BadEmptyRoot,
    /// A line is missing or not ended, or an extension line is empty or holds a
    /// control character.
    #[error("the lines of a checkpoint are malformed")]
    BadLines,
    /// The note around the checkpoint is malformed or not to be believed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The origin is not the name of the log that was asked for, or of the key that
    /// was to sign.
    #[error("the checkpoint is of {found}, not of {expected}")]
    WrongOrigin {
        /// The name of the key.
        expected: String,
        /// The origin of the checkpoint.
        found: String,
    },
    /// Only others have signed, or the key given for the log is that of a witness.
    #[error("the checkpoint is not signed by its log")]
    NotSignedByLog,
}

/// The size and root of a log at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    /// Lines after the third, each with its newline. We write none, others may.
    extensions: String,
}

impl Checkpoint {
    /// The checkpoint of the log `origin` at `size` leaves.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Checkpoint, CheckpointError> {
        let length_fits = (1..=ORIGIN_BYTES_MAX).contains(&origin.len());
        if !length_fits || origin.contains(char::is_control) || origin.starts_with('\u{feff}') {
            return Err(CheckpointError::BadOrigin);
        }
        if size > SIZE_MAX {
            return Err(CheckpointError::BadSize);
        }
        if size == 0 && root != empty_root() {
            return Err(CheckpointError::BadEmptyRoot);
        }
        Ok(Checkpoint { origin: origin.to_owned(), size, root, extensions: String::new() })
    }

    /// Reads the text of a note. [`text`](Checkpoint::text) gives it back unchanged.
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        let mut lines = text.splitn(4, '\n');
        let mut line = || lines.next().ok_or(CheckpointError::BadLines);
        let (origin, size, root, extensions) = (line()?, line()?, line()?, line()?);
        let size = strict::decimal(size).ok_or(CheckpointError::BadSize)?;
        let checkpoint = Checkpoint::new(origin, size, Hash::from_base64(root)?)?;
        let well_formed = |line: &str| {
            line.strip_suffix('\n').is_some_and(|line| !line.is_empty() && !line.contains(char::is_control))
        };
        if !extensions.split_inclusive('\n').all(well_formed) {
            return Err(CheckpointError::BadLines);
        }
        Ok(Checkpoint { extensions: extensions.to_owned(), ..checkpoint })
    }

    /// Reads a note and believes it if `log` has signed it and its origin is the
    /// name of that key. Signatures by `cosigners` are checked where there are any;
    /// how many are enough is for the reader's policy to say.
    pub fn open(
        note: &[u8],
        log: &Verifier,
        cosigners: &[Verifier],
    ) -> Result<Opened<Checkpoint>, CheckpointError> {
        Checkpoint::open_note(&Note::parse(note)?, log, cosigners)
    }

    /// As [`open`](Checkpoint::open), of a note that was parsed before.
    pub fn open_note(
        note: &Note,
        log: &Verifier,
        cosigners: &[Verifier],
    ) -> Result<Opened<Checkpoint>, CheckpointError> {
        let trusted = std::iter::once(log).chain(cosigners);
        let opened = note.open(trusted)?.try_map(|text| Checkpoint::parse(&text))?;
        opened.value().check_origin(log)?;
        if log.kind() != KeyKind::Log || !opened.is_signed_by(log) {
            return Err(CheckpointError::NotSignedByLog);
        }
        Ok(opened)
    }

    /// The name of the log, compared byte for byte.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree over them.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// The extension lines, each with its newline; usually none.
    pub fn extensions(&self) -> &str {
        &self.extensions
    }

    /// The text that is signed, with its last newline.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.origin.len() + self.extensions.len() + 66);
        let Checkpoint { origin, size, root, extensions } = self;
        // Writing to a string cannot fail.
        let _ = write!(text, "{origin}\n{size}\n{root}\n{extensions}");
        text
    }

    /// Signs the checkpoint as its log. The name of the key must be the origin, else
    /// nobody could open the note.
    ///
    /// The caller must have made the leaves durable, and must never sign a smaller
    /// or a conflicting tree afterwards.
    pub fn sign(&self, signer: &Signer) -> Result<Note, CheckpointError> {
        self.check_origin(signer.verifier())?;
        let text = self.text();
        Ok(Note::new(&text, signer.sign(&text))?)
    }

    /// Cosigns the checkpoint as a witness at `time_s`, in POSIX seconds from 1 to
    /// 2^63 - 1. The line is added to the note with [`Note::push`].
    ///
    /// The caller must have proved this checkpoint consistent with the last one that
    /// it cosigned for this origin, and have made it durable, before asking.
    pub fn cosign(&self, cosigner: &Cosigner, time_s: u64) -> Result<NoteSignature, CosignatureError> {
        cosigner.cosign(&self.text(), time_s)
    }

    fn check_origin(&self, log: &Verifier) -> Result<(), CheckpointError> {
        if self.origin != log.name() {
            return Err(CheckpointError::WrongOrigin {
                expected: log.name().to_owned(),
                found: self.origin.clone(),
            });
        }
        Ok(())
    }
}

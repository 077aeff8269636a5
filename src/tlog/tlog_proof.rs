//! The receipt file: an inclusion proof and the checkpoint it leads to
//! (C2SP `tlog-proof`, suffix `.tlog-proof`).
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64>              only if there is any
//! index <n>
//! <base64 hash>               none or more, leaf side first
//!
//! <the checkpoint note>
//! ```
//!
//! With the bytes of the leaf and the public key of the log it proves, on paper and
//! without a network, that the leaf is in the log. The extra line is vouched for by
//! nobody. This file does not know where the leaf's bytes come from.

use std::fmt::{self, Write as _};

use thiserror::Error;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::hash::{Hash, HashError, leaf_hash};
use super::key::Verifier;
use super::note::{NOTE_BYTES_MAX, Note, NoteError, Opened};
use super::proof::{ProofError, verify_inclusion};
use super::strict;
use super::subtree::SIZE_MAX;

/// The most hashes of an inclusion proof: one for each level of the deepest tree.
pub const HASHES_MAX: usize = 63;

/// The longest extra data in bytes, before base64.
pub const EXTRA_BYTES_MAX: usize = 65_535;

/// The longest file in bytes: the longest note under the longest head.
pub const PROOF_BYTES_MAX: usize = NOTE_BYTES_MAX + 100_000;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// Why bytes are not a receipt file, or a receipt does not convince.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TlogProofError {
    /// The file is longer than [`PROOF_BYTES_MAX`].
    #[error("a proof file of {length} bytes is too long")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The bytes are not UTF-8.
    #[error("a proof file is UTF-8")]
    NotUtf8,
    /// The first line is not that of a proof file, or there is no checkpoint.
    #[error("not a proof file")]
    NotAProofFile,
    /// The extra line is empty, not base64, or longer than [`EXTRA_BYTES_MAX`].
    #[error("the extra line of a proof file is malformed")]
    BadExtra,
    /// The index line is missing or not a decimal below [`SIZE_MAX`].
    #[error("the index line of a proof file is malformed")]
    BadIndex,
    /// A hash line is not base64 of 32 bytes.
    #[error("hash {number} of a proof file is malformed: {source}")]
    BadHash {
        /// The number of the hash, from 1.
        number: usize,
        /// What is wrong with it.
        source: HashError,
    },
    /// There are more than [`HASHES_MAX`] hashes.
    #[error("a proof file has more than {HASHES_MAX} hashes")]
    TooManyHashes,
    /// The note is malformed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note is not a checkpoint of the log, or not to be believed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The leaf is not at that index of that tree.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// A well-formed receipt. Nothing in it is verified before
/// [`verify`](TlogProof::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    extra: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: Note,
}

/// Writes a receipt without extra data around a checkpoint note that is already
/// written. All receipts of a batch share the note, so it is not parsed or copied
/// more than once for each.
pub fn write(index: u64, hashes: &[Hash], checkpoint_note: &str) -> String {
    let length = FIRST_LINE.len() + 30 + hashes.len() * 45 + checkpoint_note.len();
    let mut file = String::with_capacity(length);
    // Writing to a string cannot fail.
    let _ = writeln!(file, "{FIRST_LINE}\nindex {index}");
    write_tail(hashes, checkpoint_note, &mut file);
    file
}

fn write_tail(hashes: &[Hash], checkpoint_note: &str, file: &mut String) {
    for hash in hashes {
        strict::base64_append(hash.as_bytes(), file);
        file.push('\n');
    }
    file.push('\n');
    file.push_str(checkpoint_note);
}

impl TlogProof {
    /// The receipt of the leaf at `index`, proved by `hashes` (leaf side first) in
    /// the tree of a checkpoint.
    pub fn new(index: u64, hashes: Vec<Hash>, checkpoint: Note) -> Result<TlogProof, TlogProofError> {
        if index >= SIZE_MAX {
            return Err(TlogProofError::BadIndex);
        }
        if hashes.len() > HASHES_MAX {
            return Err(TlogProofError::TooManyHashes);
        }
        Ok(TlogProof { extra: None, index, hashes, checkpoint })
    }

    /// The same receipt with extra data of 1 to [`EXTRA_BYTES_MAX`] bytes, which no
    /// signature covers.
    pub fn with_extra(self, extra: Vec<u8>) -> Result<TlogProof, TlogProofError> {
        if extra.is_empty() || extra.len() > EXTRA_BYTES_MAX {
            return Err(TlogProofError::BadExtra);
        }
        let extra = Some(extra);
        Ok(TlogProof { extra, ..self })
    }

    /// Reads a receipt file. Writing it again gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<TlogProof, TlogProofError> {
        let length = bytes.len();
        if length > PROOF_BYTES_MAX {
            return Err(TlogProofError::TooLong { length });
        }
        let file = str::from_utf8(bytes).map_err(|_| TlogProofError::NotUtf8)?;
        // The head has no empty line, so the first one ends it.
        let (head, note) = file.split_once("\n\n").ok_or(TlogProofError::NotAProofFile)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(TlogProofError::NotAProofFile);
        }
        let extra = lines
            .next_if(|line| line.starts_with("extra "))
            .and_then(|line| line.strip_prefix("extra "))
            .map(|base64| strict::base64_decode(base64).ok_or(TlogProofError::BadExtra))
            .transpose()?;
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(strict::decimal)
            .ok_or(TlogProofError::BadIndex)?;
        let mut hashes = Vec::new();
        for (line, number) in lines.zip(1..) {
            if number > HASHES_MAX {
                return Err(TlogProofError::TooManyHashes);
            }
            let hash = Hash::from_base64(line);
            hashes.push(hash.map_err(|source| TlogProofError::BadHash { number, source })?);
        }
        let proof = TlogProof::new(index, hashes, Note::parse(note.as_bytes())?)?;
        match extra {
            Some(extra) => proof.with_extra(extra),
            None => Ok(proof),
        }
    }

    /// Checks that `leaf` is in the log: the checkpoint is signed by `log` under its
    /// own name, no known cosignature is wrong, and the proof leads from the leaf to
    /// the root. Whether enough `cosigners` are among the signatures is for the
    /// reader's policy to say.
    pub fn verify(
        &self,
        leaf: &[u8],
        log: &Verifier,
        cosigners: &[Verifier],
    ) -> Result<Opened<Checkpoint>, TlogProofError> {
        let opened = Checkpoint::open_note(&self.checkpoint, log, cosigners)?;
        let (size, root) = (opened.value().size(), opened.value().root());
        verify_inclusion(&self.hashes, self.index, size, &leaf_hash(leaf), root)?;
        Ok(opened)
    }

    /// The extra data, which nobody vouches for.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// The index of the leaf, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The hashes of the inclusion proof, leaf side first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The note of the checkpoint, unverified. More cosignatures may be
    /// [pushed](Note::push) to a copy of it.
    pub fn checkpoint(&self) -> &Note {
        &self.checkpoint
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", strict::base64_encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        let mut tail = String::new();
        write_tail(&self.hashes, &self.checkpoint.to_string(), &mut tail);
        f.write_str(&tail)
    }
}

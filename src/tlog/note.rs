//! The signed note: a text and the signatures under it (C2SP `signed-note`).
//!
//! ```text
//! the text, one or more lines
//!
//! — name base64(key id || signature)
//! ```
//!
//! A [`Note`] is anyone's bytes, well formed and nothing more; an [`Opened`] has come
//! out of [`Note::open`] with keys that the reader trusts. Lines by unknown keys are
//! carried along and ignored; a line by a known key that does not verify condemns
//! the whole note. This file does not know what the text says.

use std::fmt;

use thiserror::Error;

use super::key::Verifier;
use super::signature::{KeyId, NoteSignature};

/// The longest note in bytes.
pub const NOTE_BYTES_MAX: usize = 1_000_000;

/// The most signature lines of a note.
pub const SIGNATURES_MAX: usize = 100;

/// Why bytes are not a note, or a note is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// The note is longer than [`NOTE_BYTES_MAX`].
    #[error("a note of {length} bytes is too long")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The bytes are not UTF-8, or begin with a byte order mark.
    #[error("a note is UTF-8 without a byte order mark")]
    NotUtf8,
    /// There is an ASCII control character other than newline. A carriage return
    /// means that the file was converted on its way.
    #[error("a note holds the control character {byte:#04x}")]
    ControlCharacter {
        /// The first such character.
        byte: u8,
    },
    /// The text is empty or does not end in a newline.
    #[error("the text of a note does not end in a newline")]
    BadText,
    /// There is no empty line with signatures after it.
    #[error("a note has no signatures")]
    NoSignatures,
    /// There are more than [`SIGNATURES_MAX`] signature lines.
    #[error("a note has more than {SIGNATURES_MAX} signatures")]
    TooManySignatures,
    /// A line after the empty line is not a signature line.
    #[error("signature line {number} of a note is malformed")]
    BadSignatureLine {
        /// The number of the line, from 1.
        number: usize,
    },
    /// Two of the given verifiers have the name and id of a signature line.
    #[error("two keys are called {name}+{id}")]
    AmbiguousKey {
        /// The name of both keys.
        name: String,
        /// The id of both keys.
        id: KeyId,
    },
    /// A signature by a known key does not verify.
    #[error("the signature by {name}+{id} does not verify")]
    InvalidSignature {
        /// The name of the key.
        name: String,
        /// The id of the key.
        id: KeyId,
    },
    /// No signature is by a known key.
    #[error("no signature of the note is by a known key")]
    Unverified,
}

/// A well-formed note with at least one signature line. Nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// What came out of a note whose signatures were checked against trusted keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<T> {
    value: T,
    verified: Vec<VerifiedSignature>,
    others: Vec<NoteSignature>,
}

/// A signature by a trusted key, found valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    /// The key.
    pub verifier: Verifier,
    /// When it was made, in POSIX seconds, if it is a cosignature.
    pub cosigned_at_s: Option<u64>,
}

impl Note {
    /// A note of `text`, which must end in a newline, under its first signature.
    pub fn new(text: &str, first: NoteSignature) -> Result<Note, NoteError> {
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::BadText);
        }
        let note = Note { text: text.to_owned(), signatures: vec![first] };
        check_length(note.length())?;
        Ok(note)
    }

    /// Reads a note. Writing it again gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Note, NoteError> {
        check_length(bytes.len())?;
        let note = str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
        check_characters(note)?;
        // The text may hold empty lines: the last one ends it.
        let text_end = bytes.windows(2).rposition(|pair| pair == b"\n\n").ok_or(NoteError::NoSignatures)? + 1;
        let (text, lines) = note.split_at(text_end);
        Ok(Note { text: text.to_owned(), signatures: parse_lines(&lines[1..])? })
    }

    /// The text, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in order, none of them verified.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature line at the end, such as a cosignature that came in later.
    pub fn push(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if self.signatures.len() >= SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        check_length(self.length() + signature.line_length())?;
        self.signatures.push(signature);
        Ok(())
    }

    /// Checks every signature by one of `verifiers`. At least one must be there, and
    /// none may be wrong. A second valid signature by the same key is dropped.
    pub fn open<'a>(
        &self,
        verifiers: impl IntoIterator<Item = &'a Verifier>,
    ) -> Result<Opened<String>, NoteError> {
        let verifiers = verifiers.into_iter().collect::<Vec<_>>();
        let mut verified = Vec::<VerifiedSignature>::new();
        let mut others = Vec::new();
        for signature in &self.signatures {
            let Some(verifier) = signer_of(signature, &verifiers)? else {
                others.push(signature.clone());
                continue;
            };
            let cosigned_at_s = verifier.verify(&self.text, signature.payload()).ok_or_else(|| {
                NoteError::InvalidSignature { name: signature.name().to_owned(), id: signature.key_id() }
            })?;
            if verified.iter().all(|known| known.verifier != *verifier) {
                verified.push(VerifiedSignature { verifier: verifier.clone(), cosigned_at_s });
            }
        }
        if verified.is_empty() {
            return Err(NoteError::Unverified);
        }
        Ok(Opened { value: self.text.clone(), verified, others })
    }

    fn length(&self) -> usize {
        let lines = self.signatures.iter().map(NoteSignature::line_length);
        self.text.len() + 1 + lines.sum::<usize>()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Reads a note and checks it: [`Note::parse`], then [`Note::open`].
pub fn open<'a>(
    bytes: &[u8],
    verifiers: impl IntoIterator<Item = &'a Verifier>,
) -> Result<Opened<String>, NoteError> {
    Note::parse(bytes)?.open(verifiers)
}

/// Reads one or more signature lines, each with its newline: the lower part of a
/// note, and the answer of a witness.
pub fn parse_lines(lines: &str) -> Result<Vec<NoteSignature>, NoteError> {
    if lines.is_empty() {
        return Err(NoteError::NoSignatures);
    }
    let mut signatures = Vec::new();
    for (line, number) in lines.split_inclusive('\n').zip(1..) {
        if number > SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        let signature = line.strip_suffix('\n').and_then(NoteSignature::parse);
        signatures.push(signature.ok_or(NoteError::BadSignatureLine { number })?);
    }
    Ok(signatures)
}

impl<T> Opened<T> {
    /// What the signatures vouch for.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// What the signatures vouch for, without them.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The valid signatures, one for each trusted key, in the order of their lines.
    pub fn verified(&self) -> &[VerifiedSignature] {
        &self.verified
    }

    /// The lines by keys unknown to the reader, unchecked.
    pub fn others(&self) -> &[NoteSignature] {
        &self.others
    }

    /// Whether `verifier`'s key is among those that signed.
    pub fn is_signed_by(&self, verifier: &Verifier) -> bool {
        self.verified.iter().any(|signature| signature.verifier == *verifier)
    }

    /// Reads what the signatures vouch for as something more than text.
    pub(super) fn try_map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Opened<U>, E> {
        Ok(Opened { value: read(self.value)?, verified: self.verified, others: self.others })
    }
}

/// The one verifier with the name and id of a signature line.
fn signer_of<'a>(
    signature: &NoteSignature,
    verifiers: &[&'a Verifier],
) -> Result<Option<&'a Verifier>, NoteError> {
    let mut named = verifiers.iter().filter(|v| v.is_named_by(signature));
    let first = named.next().copied();
    if named.next().is_some() {
        return Err(NoteError::AmbiguousKey { name: signature.name().to_owned(), id: signature.key_id() });
    }
    Ok(first)
}

fn check_length(length: usize) -> Result<(), NoteError> {
    if length > NOTE_BYTES_MAX {
        return Err(NoteError::TooLong { length });
    }
    Ok(())
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    if text.starts_with('\u{feff}') {
        return Err(NoteError::NotUtf8);
    }
    match text.bytes().find(|&byte| byte < 0x20 && byte != b'\n') {
        Some(byte) => Err(NoteError::ControlCharacter { byte }),
        None => Ok(()),
    }
}

//! One signature line of a note, and the id by which it names its key.
//!
//! The line is an em dash, the name of a key, and base64 of the key id and of a
//! payload that only the kind of key can tell apart (C2SP `signed-note`). This file
//! promises that a line has one spelling. It does not know any key, so nothing here
//! is verified.

use std::fmt;

use super::strict;

/// The longest name of a key in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// What a signature line begins with: an em dash and a space.
const LINE_START: &str = "\u{2014} ";

/// The first four bytes, big-endian, of the hash of a key's name, type and public key.
/// Short on purpose: it finds a key, it does not vouch for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

/// One signature line: who says to have signed, and the bytes to check it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    key_id: KeyId,
    payload: Vec<u8>,
}

impl NoteSignature {
    /// The line of a signature that the key of this name and id has just made.
    pub(super) fn new(name: &str, key_id: KeyId, payload: &[u8]) -> NoteSignature {
        NoteSignature { name: name.to_owned(), key_id, payload: payload.to_vec() }
    }

    /// Reads one signature line without its newline; `None` if it is malformed. The
    /// name is 1 to [`NAME_BYTES_MAX`] bytes without Unicode white space or `+`.
    pub fn parse(line: &str) -> Option<NoteSignature> {
        let (name, base64) = line.strip_prefix(LINE_START)?.split_once(' ')?;
        let fits = (1..=NAME_BYTES_MAX).contains(&name.len());
        let refused = |c: char| c.is_whitespace() || c < ' ' || c == '+';
        if !fits || name.contains(refused) {
            return None;
        }
        let bytes = strict::base64_decode(base64)?;
        let (id, payload) = bytes.split_first_chunk::<4>()?;
        if payload.is_empty() {
            return None;
        }
        let key_id = KeyId(u32::from_be_bytes(*id));
        Some(NoteSignature::new(name, key_id, payload))
    }

    /// The name of the key that is said to have signed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key that is said to have signed.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The bytes after the key id.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The length of its line in bytes, with the newline.
    pub fn line_length(&self) -> usize {
        let base64_length = (4 + self.payload.len()).div_ceil(3) * 4;
        LINE_START.len() + self.name.len() + 1 + base64_length + 1
    }
}

/// Writes the line without its newline.
impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.key_id.0.to_be_bytes().to_vec();
        bytes.extend(&self.payload);
        let base64 = strict::base64_encode(&bytes);
        write!(f, "{LINE_START}{} {base64}", self.name)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

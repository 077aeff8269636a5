//! Commitments: what an entry holds in place of a document.
//!
//! A document is sealed with 32 random bytes of salt, which are stored with it and nowhere
//! else. The commitment proves later that this, and only this, was meant; without the salt it
//! tells nothing, not even whether a guess is right. So erasing the document erases the link
//! to the person as well, and the journal stays as it is.

use std::fmt;

use super::error::DocumentError;

/// Bytes of a salt.
pub const SALT_SIZE: usize = 32;

/// Bytes of a commitment.
pub const COMMITMENT_SIZE: usize = 32;

/// BLAKE3 in keyed mode over the content, keyed by the salt. Safe to publish. Two are compared
/// in constant time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Commitment(blake3::Hash);

impl Commitment {
    /// A commitment received from elsewhere.
    pub const fn from_bytes(bytes: [u8; COMMITMENT_SIZE]) -> Self {
        Self(blake3::Hash::from_bytes(bytes))
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; COMMITMENT_SIZE] {
        self.0.as_bytes()
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Commitment({self})")
    }
}

/// A document made ready to be kept. Has no `Debug`: its bytes are about a person.
pub struct SealedDocument {
    /// What the entry holds.
    pub commitment: Commitment,
    /// What goes into the documents: `salt (32) | content`.
    pub bytes: Vec<u8>,
}

/// The commitment to `content` under a known salt.
pub fn commit(salt: &[u8; SALT_SIZE], content: &[u8]) -> Commitment {
    Commitment(blake3::keyed_hash(salt, content))
}

/// Draws a salt and seals `content` with it.
///
/// # Errors
/// [`DocumentError::Random`].
pub fn seal(content: &[u8]) -> Result<SealedDocument, DocumentError> {
    let mut salt = [0; SALT_SIZE];
    getrandom::fill(&mut salt).map_err(DocumentError::Random)?;
    let commitment = commit(&salt, content);
    let mut bytes = Vec::with_capacity(SALT_SIZE + content.len());
    bytes.extend_from_slice(&salt);
    bytes.extend_from_slice(content);
    Ok(SealedDocument { commitment, bytes })
}

/// The content of a sealed document, if it is the one that `commitment` was made for.
///
/// # Errors
/// [`DocumentError::WrongSeal`].
pub fn open_sealed<'a>(bytes: &'a [u8], commitment: &Commitment) -> Result<&'a [u8], DocumentError> {
    let (salt, content) = bytes.split_first_chunk().ok_or(DocumentError::WrongSeal)?;
    if commit(salt, content) != *commitment {
        return Err(DocumentError::WrongSeal);
    }
    Ok(content)
}

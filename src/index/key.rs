//! The names under which entries are found, and their bytes in the store.
//!
//! Promises that no key is a prefix of another key's list: the length of the id comes first,
//! so the lists of "1" and "12" lie in different places. Knows no meaning of kinds or ids.

use super::error::IndexError;

/// The longest id that can be indexed, in bytes.
pub const ID_SIZE_MAX: usize = 64;

/// The first byte of the index's own keys. No list begins with it: a length is at most
/// [`ID_SIZE_MAX`].
pub(super) const OWN: u8 = 0xff;

/// What sort of id a key holds (household, branch, actor…). The numbers are the caller's;
/// they are part of what is stored, so they must not change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(pub u8);

/// One name under which an entry is to be found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key<'a> {
    /// The sort of id.
    pub kind: Kind,
    /// The id itself: any bytes, at most [`ID_SIZE_MAX`] of them.
    pub id: &'a [u8],
}

/// The bytes that all chunks of one list share: `len | kind | id`.
pub(super) fn list_prefix(key: Key<'_>) -> Result<Vec<u8>, IndexError> {
    if key.id.len() > ID_SIZE_MAX {
        return Err(IndexError::IdTooLong { size: key.id.len() });
    }
    // Room for the eight bytes of an entry index, which nearly always follow.
    let mut prefix = Vec::with_capacity(2 + key.id.len() + 8);
    prefix.push(key.id.len() as u8);
    prefix.push(key.kind.0);
    prefix.extend_from_slice(key.id);
    Ok(prefix)
}

/// The stored key of the chunk whose first entry is `index`: `len | kind | id | index_be`.
pub(super) fn chunk_key(prefix: &[u8], index: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(prefix.len() + 8);
    key.extend_from_slice(prefix);
    key.extend_from_slice(&index.to_be_bytes());
    key
}

/// Splits a stored key into the list's prefix and the chunk's first entry; `None` if these
/// bytes are not the key of a chunk.
pub(super) fn split_chunk_key(key: &[u8]) -> Option<(&[u8], u64)> {
    let id_size = usize::from(*key.first()?);
    if id_size > ID_SIZE_MAX || key.len() != 2 + id_size + 8 {
        return None;
    }
    let (prefix, index) = key.split_last_chunk::<8>()?;
    Some((prefix, u64::from_be_bytes(*index)))
}

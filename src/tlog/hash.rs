//! The 32-byte hash, and the three ways RFC 6962 makes one.
//!
//! A leaf and an inner node are hashed under different first bytes, so neither can
//! be passed off as the other. This file promises the bytes of RFC 6962 section 2.1
//! over SHA-256. It does not know the shape of any tree.

use std::fmt;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::strict;

/// The length of every hash in bytes.
pub const HASH_BYTES: usize = 32;

/// A 32-byte hash: a leaf, a node, a root or a link of the chain.
///
/// There is no default: 32 zero bytes mean something only where a format says so.
/// `Debug` writes lowercase hex, `Display` base64 as formats on the wire do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; HASH_BYTES]);

/// Why a piece of text or bytes is not a [`struct@Hash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// Not base64 with padding (RFC 4648 section 4), or its last bits are stray.
    #[error("a hash is not canonical base64")]
    NotBase64,
    /// Not lowercase hexadecimal.
    #[error("a hash is not lowercase hexadecimal")]
    NotHex,
    /// Well spelt, but not 32 bytes long.
    #[error("a hash has {length} bytes instead of 32")]
    WrongLength {
        /// The number of bytes found.
        length: usize,
    },
}

impl Hash {
    /// The hash with exactly these bytes.
    pub const fn from_bytes(bytes: [u8; HASH_BYTES]) -> Hash {
        Hash(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }

    /// Reads 44 characters of base64, as in a checkpoint or a proof.
    pub fn from_base64(text: &str) -> Result<Hash, HashError> {
        let bytes = strict::base64_decode(text).ok_or(HashError::NotBase64)?;
        Hash::try_from(bytes.as_slice())
    }

    /// Writes 44 characters of base64.
    pub fn to_base64(&self) -> String {
        strict::base64_encode(&self.0)
    }

    /// Reads 64 lowercase hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Hash, HashError> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(HashError::NotHex);
        }
        let bytes = hex::decode(text).map_err(|_| HashError::NotHex)?;
        Hash::try_from(bytes.as_slice())
    }

    /// Writes 64 lowercase hexadecimal digits.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Hash, HashError> {
        let length = bytes.len();
        bytes.try_into().map(Hash).map_err(|_| HashError::WrongLength { length })
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}

/// The hash of a leaf: `SHA-256(0x00 || leaf)` (RFC 6962 section 2.1).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let digest = Sha256::new_with_prefix([0x00]).chain_update(leaf);
    Hash(digest.finalize().into())
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)` (RFC 6962 section 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0x01; 1 + 2 * HASH_BYTES];
    bytes[1..1 + HASH_BYTES].copy_from_slice(&left.0);
    bytes[1 + HASH_BYTES..].copy_from_slice(&right.0);
    Hash(Sha256::digest(bytes).into())
}

/// The root of the tree without leaves: `SHA-256("")` (RFC 6962 section 2.1).
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// Joins the roots of neighbouring complete subtrees, largest first, into the one
/// root of RFC 6962's unbalanced tree over them. `None` if there are none.
pub(super) fn join(roots: &[Hash]) -> Option<Hash> {
    let (last, rest) = roots.split_last()?;
    let joined = rest.iter().rev().fold(*last, |right, left| node_hash(left, &right));
    Some(joined)
}

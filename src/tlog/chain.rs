//! The chain: each entry names the hash of the entry before it.
//!
//! A reader who walks the journal in order needs nothing but this hash to see that
//! no entry was changed, dropped or slipped in. The chain lives *inside* the leaves
//! of the tree: a checkpoint commits to the tree alone, never to a chain beside it.
//! BLAKE3 in its key-derivation mode keeps this hash apart from every other use of
//! the same bytes. This file does not know what an entry holds.

use std::sync::LazyLock;

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};

use super::hash::Hash;

/// The BLAKE3 derive-key context of [`chain_hash`]. Changing it changes every link.
pub const CHAIN_CONTEXT: &str = "civbank 2026 entry v1";

/// What entry 0 names as the hash of the entry before it: 32 zero bytes.
pub const FIRST_PREVIOUS: Hash = Hash::from_bytes([0; 32]);

/// The link to an entry: BLAKE3 derive-key over its frozen bytes, under
/// [`CHAIN_CONTEXT`].
pub fn chain_hash(entry_bytes: &[u8]) -> Hash {
    /// The context's own hash, which is the same every time.
    static CONTEXT_KEY: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context(CHAIN_CONTEXT));
    let mut hasher = blake3::Hasher::new_from_context_key(&CONTEXT_KEY);
    Hash::from_bytes(*hasher.update(entry_bytes).finalize().as_bytes())
}

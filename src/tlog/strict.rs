//! The narrow door: the two spellings that every text format here shares.
//!
//! Each value has exactly one accepted spelling, so that parsing and writing again
//! gives the same bytes. Rust's own `u64::from_str` takes `+5` and `007`; these do
//! not. This file does not know which format it is reading.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::subtree::SIZE_MAX;

/// Reads an ASCII decimal from 0 to [`SIZE_MAX`]: digits only, no sign, no leading
/// zero except in `0` itself. `None` for anything else.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let digits_only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.parse().ok().filter(|&number| number <= SIZE_MAX)
}

/// Reads RFC 4648 section 4 base64 with its padding; stray trailing bits, missing
/// padding and white space are refused.
pub(super) fn base64_decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Writes RFC 4648 section 4 base64 with padding.
pub(super) fn base64_encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Appends RFC 4648 section 4 base64 with padding to `out`.
pub(super) fn base64_append(bytes: &[u8], out: &mut String) {
    STANDARD.encode_string(bytes, out);
}

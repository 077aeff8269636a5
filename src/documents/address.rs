//! The address of a document, made from its kind and its bytes.

use std::fmt;

use super::kind::DocumentKind;

/// Bytes of an address.
pub const ADDRESS_SIZE: usize = 32;

/// Keeps these hashes apart from all others that the bank makes.
const CONTEXT: &str = "civbank 2026 document v1";

/// Where a document is found: BLAKE3 in derive-key mode, context `civbank 2026 document v1`,
/// over `kind number (1) | bytes`. Shown as 64 lower-case hexadecimal digits.
///
/// An address tells whether a guess at the content is right. Where the content can be guessed
/// (a phone number), seal it first, and show outsiders the commitment only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address([u8; ADDRESS_SIZE]);

impl Address {
    /// The address that a document of this kind with these bytes has, stored or not.
    pub fn of(kind: DocumentKind, bytes: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(&[kind.number()]).update(bytes);
        Self(*hasher.finalize().as_bytes())
    }

    /// An address received from elsewhere.
    pub const fn from_bytes(bytes: [u8; ADDRESS_SIZE]) -> Self {
        Self(bytes)
    }

    /// An address as it is shown; `None` for anything but 64 lower-case hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let is_lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let mut bytes = [0; ADDRESS_SIZE];
        (text.len() == 2 * ADDRESS_SIZE && is_lower).then_some(())?;
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; ADDRESS_SIZE] {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

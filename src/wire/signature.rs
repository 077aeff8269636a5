//! Ed25519 signatures as the bank accepts them: strict, and never by a weak key.
//!
//! `verify_strict` decides alone what is admitted. An audit of what was admitted verifies many at once
//! (`many.rs`). This file knows neither envelopes nor commands.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::bank::ids::PublicKey;

use super::dsse;

/// Bytes of an Ed25519 public key.
pub const KEY_BYTES: usize = 32;
/// Bytes of an Ed25519 signature.
pub const SIGNATURE_BYTES: usize = 64;

/// What is wrong with a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureProblem {
    /// The 32 bytes are no point of the curve.
    #[error("the key is not an Ed25519 key")]
    NotAKey,
    /// The key is of small order: one signature fits many messages.
    #[error("the key is weak")]
    WeakKey,
    /// The key did not sign these bytes under this type.
    #[error("the signature does not fit")]
    Wrong,
}

/// One message and who is said to have signed it: not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The signed bytes: DSSE's pre-authentication encoding.
    pub message: Vec<u8>,
    /// Key and signature, in the order of the envelope.
    pub signatures: Vec<(PublicKey, [u8; SIGNATURE_BYTES])>,
}

impl Claims {
    /// Verifies each signature strictly.
    ///
    /// # Errors
    ///
    /// The first key whose signature does not hold, and why.
    pub fn verify(&self) -> Result<(), (PublicKey, SignatureProblem)> {
        self.signatures.iter().try_for_each(|(key, signature)| {
            verify_message(key, &self.message, signature).map_err(|problem| (*key, problem))
        })
    }
}

/// The curve point of a key that is neither malformed nor weak.
pub(super) fn usable(key: &PublicKey) -> Result<VerifyingKey, SignatureProblem> {
    let point = VerifyingKey::from_bytes(&key.0).map_err(|_| SignatureProblem::NotAKey)?;
    if point.is_weak() {
        return Err(SignatureProblem::WeakKey);
    }
    Ok(point)
}

/// Whether a key may be enrolled: a point of the curve, and not of small order.
pub fn is_usable_key(key: &PublicKey) -> bool {
    usable(key).is_ok()
}

fn verify_message(
    key: &PublicKey,
    message: &[u8],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), SignatureProblem> {
    usable(key)?
        .verify_strict(message, &Signature::from_bytes(signature))
        .map_err(|_| SignatureProblem::Wrong)
}

/// Verifies one signature over `payload` under `payload_type`, as a session's challenge wants it.
///
/// # Errors
///
/// What is wrong with it.
pub fn verify_one(
    key: &PublicKey,
    payload_type: &str,
    payload: &[u8],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), SignatureProblem> {
    verify_message(key, &dsse::pae(payload_type, payload), signature)
}

/// Signs `payload` under `payload_type`.
pub fn sign_one(key: &SigningKey, payload_type: &str, payload: &[u8]) -> [u8; SIGNATURE_BYTES] {
    key.sign(&dsse::pae(payload_type, payload)).to_bytes()
}

/// The public half of a signing key.
pub fn public_key(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

//! Ed25519 signatures as the bank accepts them: strict, and never by a weak key.
//!
//! What is admitted is what the library's `verify_strict` accepts, signature by signature. It is asked in its cheaper
//! parts: the library's plain `verify` computes R from the message and compares it with the signature's byte by byte,
//! so a signature that passes spells R in its one way, and whether that is one of the eight points of small order can
//! be read off its bytes. `verify_strict` unpacks R to learn the same, for a sixth of its time more. Tests hold the two
//! against each other. An audit of what was admitted verifies many at once (`many.rs`). This file knows neither
//! envelopes nor commands.

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};

use crate::bank::ids::PublicKey;

use super::dsse;

/// Bytes of an Ed25519 public key.
pub const KEY_BYTES: usize = 32;
/// Bytes of an Ed25519 signature.
pub const SIGNATURE_BYTES: usize = 64;

/// The y of the points of small order, without the sign of x.
pub(super) const SMALL_ORDER: [[u8; KEY_BYTES]; 5] = {
    let mut neutral = [0; KEY_BYTES];
    neutral[0] = 1;
    let mut minus_one = [0xff; KEY_BYTES];
    minus_one[0] = 0xec;
    minus_one[KEY_BYTES - 1] = 0x7f;
    [
        [0; KEY_BYTES],
        neutral,
        minus_one,
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]
};

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
    let key = usable(key)?;
    if !is_plain_point(signature) {
        return Err(SignatureProblem::Wrong);
    }
    key.verify(message, &Signature::from_bytes(signature)).map_err(|_| SignatureProblem::Wrong)
}

/// Whether a signature's R is in its one spelling and not of small order, as far as its bytes tell.
pub(super) fn is_plain_point(signature: &[u8; SIGNATURE_BYTES]) -> bool {
    let mut y = [0; KEY_BYTES];
    y.copy_from_slice(&signature[..KEY_BYTES]);
    y[KEY_BYTES - 1] &= 0x7f;
    // From 2^255 - 19 on, y begins again at 0.
    let is_second_spelling =
        y[0] >= 0xed && y[1..KEY_BYTES - 1].iter().all(|byte| *byte == 0xff) && y[KEY_BYTES - 1] == 0x7f;
    !is_second_spelling && !SMALL_ORDER.contains(&y)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_of_a_small_order_point_is_asked_strictly() {
        for y in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut signature = [0; SIGNATURE_BYTES];
                signature[..KEY_BYTES].copy_from_slice(&y);
                signature[KEY_BYTES - 1] |= sign;
                assert!(!is_plain_point(&signature), "{y:02x?}");
                // The list is of small-order points indeed, wherever the sign of x leaves it a point.
                let read = VerifyingKey::from_bytes(signature[..KEY_BYTES].try_into().expect("32 bytes"));
                assert!(read.is_ok_and(|point| point.is_weak()), "{y:02x?}");
            }
        }
        for low in 0xed..=0xff {
            let mut signature = [0xff; SIGNATURE_BYTES];
            signature[0] = low;
            assert!(!is_plain_point(&signature), "{low}");
        }
        assert!(is_plain_point(&SigningKey::from_bytes(&[7; KEY_BYTES]).sign(b"bread").to_bytes()));
    }
}

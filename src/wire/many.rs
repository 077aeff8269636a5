//! Many signatures at once: for an audit of what was admitted one by one.
//!
//! One equation stands for a batch, about two and a half times as fast as one by one. It is laxer than
//! `verify_strict` in three ways, and two of them are closed here: small-order keys and points R, and R in a spelling
//! of its own, are asked strictly. What is left is a signature whose R (or whose key) has a part of small order beside
//! an honest one. Nobody but the key's holder can make it, over nothing but what they sign; the bank never admits it;
//! and a batch refuses it at least every other time, for in each batch a signature that nobody can foresee shifts the
//! weights, so that nobody can choose one that passes. Whatever a batch refuses is asked again, one by one, so that
//! nothing is refused that `verify_strict` accepts. This file knows neither envelopes nor commands.

use std::collections::HashMap;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey, verify_batch};

use crate::bank::ids::PublicKey;

use super::signature::{Claims, KEY_BYTES, SIGNATURE_BYTES, SignatureProblem, usable};

/// Keys that are kept unpacked, for each who verifies; about 200 bytes each.
const KEYS_MAX: usize = 65_536;

/// The y of the points of small order, without the sign of x.
const SMALL_ORDER: [[u8; KEY_BYTES]; 5] = {
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

/// Whoever verifies many claims after each other: keys that come again are unpacked once.
#[derive(Debug, Default)]
pub struct ManyVerifier {
    keys: HashMap<PublicKey, VerifyingKey>,
}

impl ManyVerifier {
    /// Knows no key yet.
    pub fn new() -> Self {
        ManyVerifier::default()
    }

    /// Verifies many claims at once. A few hundred are best: more gain little, and one that does not hold costs the
    /// strict verification of all.
    ///
    /// # Errors
    ///
    /// The position of the first claim that does not hold, its first such key and why, as [`Claims::verify`] says it.
    pub fn verify(&mut self, claims: &[Claims]) -> Result<(), (usize, PublicKey, SignatureProblem)> {
        if self.hold_together(claims) {
            return Ok(());
        }
        let mut claims = claims.iter().enumerate();
        claims.try_for_each(|(at, claim)| claim.verify().map_err(|(key, problem)| (at, key, problem)))
    }

    /// Whether all hold by one equation. "No" says nothing about which, nor that one does not.
    fn hold_together(&mut self, claims: &[Claims]) -> bool {
        let count = claims.iter().map(|claim| claim.signatures.len()).sum::<usize>() + 1;
        let (mut messages, mut signatures, mut keys): (Vec<&[u8]>, Vec<_>, Vec<_>) =
            (Vec::with_capacity(count), Vec::with_capacity(count), Vec::with_capacity(count));
        for claim in claims {
            for (key, signature) in &claim.signatures {
                let Some(key) = self.key(key).filter(|_| is_plain_point(signature)) else { return false };
                keys.push(key);
                signatures.push(Signature::from_bytes(signature));
                messages.push(&claim.message);
            }
        }
        // The weights are made from what is verified: one more signature, which nobody can foresee.
        let mut seed = [0; KEY_BYTES];
        if getrandom::fill(&mut seed).is_err() {
            return false;
        }
        let unforeseen = SigningKey::from_bytes(&seed);
        keys.push(unforeseen.verifying_key());
        signatures.push(unforeseen.sign(&[]));
        messages.push(&[]);
        verify_batch(&messages, &signatures, &keys).is_ok()
    }

    /// A key that is neither malformed nor weak.
    fn key(&mut self, key: &PublicKey) -> Option<VerifyingKey> {
        if let Some(known) = self.keys.get(key) {
            return Some(*known);
        }
        let point = usable(key).ok()?;
        if self.keys.len() >= KEYS_MAX {
            self.keys.clear();
        }
        self.keys.insert(*key, point);
        Some(point)
    }
}

/// Whether a signature's R is in its one spelling and not of small order, as far as its bytes tell.
fn is_plain_point(signature: &[u8; SIGNATURE_BYTES]) -> bool {
    let mut y = [0; KEY_BYTES];
    y.copy_from_slice(&signature[..KEY_BYTES]);
    y[KEY_BYTES - 1] &= 0x7f;
    // From 2^255 - 19 on, y begins again at 0.
    let is_second_spelling =
        y[0] >= 0xed && y[1..KEY_BYTES - 1].iter().all(|byte| *byte == 0xff) && y[KEY_BYTES - 1] == 0x7f;
    !is_second_spelling && !SMALL_ORDER.contains(&y)
}

/// Verifies many claims at once, for whoever does it once; see [`ManyVerifier::verify`].
///
/// # Errors
///
/// The position of the first claim that does not hold, its key and why.
pub fn verify_many(claims: &[Claims]) -> Result<(), (usize, PublicKey, SignatureProblem)> {
    ManyVerifier::new().verify(claims)
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

    #[test]
    fn known_keys_are_bounded_and_never_weak() {
        let mut many = ManyVerifier::new();
        assert_eq!(many.key(&PublicKey(SMALL_ORDER[1])), None);
        assert_eq!(many.key(&PublicKey([2; KEY_BYTES])), None);
        assert!(many.keys.is_empty());
    }
}

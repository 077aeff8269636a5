//! Many signatures at once: for an audit of what was admitted one by one.
//!
//! One equation stands for a batch: the sum of every signature's own, each times a weight of 128 bits that is drawn
//! when all signatures are there and that nobody can foresee. If one does not hold, the sum is zero once in 2^128. It
//! is some three times as fast as one by one, because the doublings are shared by all, and because all that one key
//! signed is one term: a shop's terminal signs every second signature of a journal.
//!
//! The equation is laxer than `verify_strict` in three ways, and two of them are closed here: small-order keys and
//! points R, and R in a spelling of its own, are asked strictly. What is left is a signature whose R (or whose key) has
//! a part of small order beside an honest one: such parts vanish from the sum once in eight times to every other
//! time. Nobody but the key's holder can make one, over nothing but what they sign, and the bank never
//! admits it. Whatever a batch refuses is asked again, one by one, so that nothing is refused that `verify_strict`
//! accepts. This file knows neither envelopes nor commands.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use sha2::{Digest, Sha512};

use crate::bank::ids::PublicKey;

use super::signature::{Claims, KEY_BYTES, SIGNATURE_BYTES, SignatureProblem, is_plain_point, usable};

/// Keys that are kept unpacked, for each who verifies; about 200 bytes each.
const KEYS_MAX: usize = 65_536;

/// Whoever verifies many claims after each other: keys that come again are unpacked once.
#[derive(Debug, Default)]
pub struct ManyVerifier {
    keys: HashMap<PublicKey, EdwardsPoint>,
}

impl ManyVerifier {
    /// Knows no key yet.
    pub fn new() -> Self {
        ManyVerifier::default()
    }

    /// Verifies many claims at once. Some thousands are best: more gain little, and one that does not hold costs the
    /// strict verification of all.
    ///
    /// # Errors
    ///
    /// The position of the first claim that does not hold, its first such key and why, as [`Claims::verify`] says it.
    pub fn verify(&mut self, claims: &[Claims]) -> Result<(), (usize, PublicKey, SignatureProblem)> {
        if self.hold_together(claims) == Some(true) {
            return Ok(());
        }
        let mut claims = claims.iter().enumerate();
        claims.try_for_each(|(at, claim)| claim.verify().map_err(|(key, problem)| (at, key, problem)))
    }

    /// Whether all hold by one equation; none where something has to be asked strictly. Anything but "yes" says
    /// nothing about which, nor that one does not hold.
    fn hold_together(&mut self, claims: &[Claims]) -> Option<bool> {
        let mut weights = Weights::draw()?;
        let mut sum = Sum::default();
        for claim in claims {
            for (key, signature) in &claim.signatures {
                let point = self.key(key).filter(|_| is_plain_point(signature))?;
                sum.add(weights.next(), key, point, &claim.message, signature)?;
            }
        }
        Some(sum.adds_up_to_zero())
    }

    /// A key that is neither malformed nor weak.
    fn key(&mut self, key: &PublicKey) -> Option<EdwardsPoint> {
        if let Some(known) = self.keys.get(key) {
            return Some(*known);
        }
        let point = usable(key).ok()?.to_edwards();
        if self.keys.len() >= KEYS_MAX {
            self.keys.clear();
        }
        self.keys.insert(*key, point);
        Some(point)
    }
}

/// Weights of 128 bits, one after the other, out of a seed that is drawn for one batch.
struct Weights(blake3::OutputReader);

impl Weights {
    /// None where the system has no randomness to give.
    fn draw() -> Option<Weights> {
        let mut seed = [0; blake3::KEY_LEN];
        getrandom::fill(&mut seed).ok()?;
        Some(Weights(blake3::Hasher::new_keyed(&seed).finalize_xof()))
    }

    fn next(&mut self) -> Scalar {
        let mut weight = [0; 16];
        self.0.fill(&mut weight);
        Scalar::from(u128::from_le_bytes(weight))
    }
}

/// The sum of weighted equations, for each signature (R, s) by the key A over M: R + H(R, A, M) A - s B = 0, as RFC
/// 8032, section 5.1.7, has it without the cofactor.
#[derive(Default)]
struct Sum {
    scalars: Vec<Scalar>,
    points: Vec<EdwardsPoint>,
    /// Where the term of each key stands.
    terms: HashMap<PublicKey, usize>,
    /// What is subtracted of the base point B.
    base: Scalar,
}

impl Sum {
    /// None where the signature's R is no point, or its s is not below the order of B.
    fn add(
        &mut self,
        weight: Scalar,
        key: &PublicKey,
        point: EdwardsPoint,
        message: &[u8],
        signature: &[u8; SIGNATURE_BYTES],
    ) -> Option<()> {
        let (r, s) = signature.split_first_chunk::<KEY_BYTES>()?;
        let s: Option<Scalar> = Scalar::from_canonical_bytes(s.try_into().ok()?).into();
        let hash = Sha512::new().chain_update(r).chain_update(key.0).chain_update(message).finalize();
        let hash = Scalar::from_bytes_mod_order_wide(&hash.into());
        self.base += weight * s?;
        self.term(weight, CompressedEdwardsY(*r).decompress()?);
        match self.terms.entry(*key) {
            Entry::Occupied(at) => self.scalars[*at.get()] += weight * hash,
            Entry::Vacant(at) => {
                at.insert(self.scalars.len());
                self.term(weight * hash, point);
            }
        }
        Some(())
    }

    fn term(&mut self, scalar: Scalar, point: EdwardsPoint) {
        self.scalars.push(scalar);
        self.points.push(point);
    }

    fn adds_up_to_zero(mut self) -> bool {
        self.term(-self.base, ED25519_BASEPOINT_POINT);
        EdwardsPoint::vartime_multiscalar_mul(&self.scalars, &self.points).is_identity()
    }
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
    use super::super::signature::SMALL_ORDER;
    use super::*;

    #[test]
    fn known_keys_are_bounded_and_never_weak() {
        let mut many = ManyVerifier::new();
        assert_eq!(many.key(&PublicKey(SMALL_ORDER[1])), None);
        assert_eq!(many.key(&PublicKey([2; KEY_BYTES])), None);
        assert!(many.keys.is_empty());
    }
}

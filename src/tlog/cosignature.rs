//! The timestamped cosignature of a witness, `cosignature/v1` (type 0x04).
//!
//! A cosignature says: at this time, this was the largest consistent tree that I had
//! seen for this origin. It does not say that the entries are right. This file knows
//! the bytes that are signed and the payload of the signature line, as in C2SP
//! `tlog-cosignature`; it does not know names, key ids or notes, and takes the time
//! from its caller.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use thiserror::Error;

use super::subtree::SIZE_MAX;

/// The length in bytes of the payload that follows the key id: an 8-byte big-endian
/// time and a 64-byte Ed25519 signature.
pub const PAYLOAD_BYTES: usize = 8 + 64;

/// The latest time a cosignature may carry, in POSIX seconds: 2^63 - 1.
pub const TIME_MAX_S: u64 = SIZE_MAX;

/// Why a payload is not a cosignature of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CosignatureError {
    /// The payload is not [`PAYLOAD_BYTES`] long.
    #[error("a cosignature has {length} bytes instead of {PAYLOAD_BYTES}")]
    WrongLength {
        /// The number of bytes found.
        length: usize,
    },
    /// The time is 0 or above [`TIME_MAX_S`].
    #[error("{time_s} is not a time of a cosignature")]
    TimeOutOfRange {
        /// The time in POSIX seconds.
        time_s: u64,
    },
    /// The signature is not by this key over this checkpoint and time.
    #[error("the cosignature does not verify")]
    Invalid,
}

/// The bytes that a witness signs: `cosignature/v1`, the time in POSIX seconds, then
/// the whole text of the checkpoint with its last newline and without signatures.
pub fn signed_bytes(checkpoint_text: &str, time_s: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time_s}\n{checkpoint_text}").into_bytes()
}

/// Cosigns the text of a checkpoint at `time_s`, POSIX seconds from 1 to
/// [`TIME_MAX_S`], and returns the payload of the signature line.
///
/// Only a caller that has proved the checkpoint consistent with the last one it
/// cosigned, and has made that durable, may ask for this.
pub fn sign(
    key: &SigningKey,
    checkpoint_text: &str,
    time_s: u64,
) -> Result<[u8; PAYLOAD_BYTES], CosignatureError> {
    check_time(time_s)?;
    let signature = key.sign(&signed_bytes(checkpoint_text, time_s));
    let mut payload = [0; PAYLOAD_BYTES];
    payload[..8].copy_from_slice(&time_s.to_be_bytes());
    payload[8..].copy_from_slice(&signature.to_bytes());
    Ok(payload)
}

/// Checks the payload of a signature line and returns the time it was made at, in
/// POSIX seconds.
pub fn verify(key: &VerifyingKey, checkpoint_text: &str, payload: &[u8]) -> Result<u64, CosignatureError> {
    let length = payload.len();
    let wrong_length = CosignatureError::WrongLength { length };
    let (time, signature) = payload.split_first_chunk::<8>().ok_or(wrong_length)?;
    let signature = Signature::from_slice(signature).map_err(|_| wrong_length)?;
    let time_s = u64::from_be_bytes(*time);
    check_time(time_s)?;
    key.verify_strict(&signed_bytes(checkpoint_text, time_s), &signature)
        .map_err(|_| CosignatureError::Invalid)?;
    Ok(time_s)
}

fn check_time(time_s: u64) -> Result<(), CosignatureError> {
    match time_s {
        1..=TIME_MAX_S => Ok(()),
        _ => Err(CosignatureError::TimeOutOfRange { time_s }),
    }
}

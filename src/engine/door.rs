//! Who stands at the door: asked before signatures are verified, and told what became of them. The engine only asks;
//! how much is allowed to whom is for the face that the callers come through.

use std::time::Duration;

use crate::bank::Refusal;
use crate::bank::ids::PublicKey;
use crate::wire::{Checked, EnvelopeError, check, envelope, pb};

use super::SubmitError;

/// One caller's door.
pub trait Door: Send + Sync {
    /// Whether signatures that name these keys are verified now.
    ///
    /// # Errors
    ///
    /// They are not; how long until they may be.
    fn admits(&self, keys: &[PublicKey]) -> Result<(), Duration>;

    /// They were verified and hold.
    fn was_right(&self);

    /// One by this key does not hold, or the bank does not take the key.
    fn was_wrong(&self, key: &PublicKey);
}

/// Verifies an envelope for whoever the door lets in.
pub(super) fn check_at(door: Option<&dyn Door>, envelope: pb::Envelope) -> Result<Checked, SubmitError> {
    let Some(door) = door else { return Ok(check(envelope)?) };
    // What has no signatures to read is refused before anything is verified.
    if let Ok(keys) = envelope::signers(&envelope) {
        door.admits(&keys).map_err(|retry_after| SubmitError::TooManyTries { retry_after })?;
    }
    let checked = check(envelope);
    // At once, and not when all is done: the next one is asked about in a moment.
    if let Err(EnvelopeError::BadSignature { key, .. }) = &checked {
        door.was_wrong(key);
    }
    Ok(checked?)
}

/// Tells the door what became of a command, where [`check_at`] has not yet.
pub(super) fn tell<T>(door: Option<&dyn Door>, answer: &Result<T, SubmitError>) {
    let Some(door) = door else { return };
    match answer {
        // Never verified, or told already.
        Err(
            SubmitError::PinMalformed
            | SubmitError::TooManyTries { .. }
            | SubmitError::Envelope(EnvelopeError::BadEnvelope(_) | EnvelopeError::BadSignature { .. }),
        ) => {}
        Err(SubmitError::Refused(
            Refusal::KeyUnknown { key } | Refusal::KeyRevoked { key } | Refusal::KeyExpired { key, .. },
        )) => door.was_wrong(key),
        Ok(_)
        | Err(
            SubmitError::Refused(_)
            | SubmitError::Envelope(EnvelopeError::BadField(_))
            | SubmitError::DocumentMissing { .. }
            | SubmitError::Busy
            | SubmitError::DiskFull
            | SubmitError::Stopped,
        ) => door.was_right(),
    }
}

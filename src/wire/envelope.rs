//! Envelopes: a command's bytes as the client made them, and the signatures over exactly those bytes.
//!
//! The order is fixed: limits, then signatures over what was received, and only then what the bytes say. The
//! envelope is kept as received for ever; nothing here encodes a payload again. Which keys are enrolled, and
//! which of them may ask for this, the bank says.

use crate::bank::command::Command;
use crate::bank::ids::PublicKey;
use crate::bank::time::Time;
use ed25519_dalek::SigningKey;

use super::command::{decode_command, read_not_after, read_request_id};
use super::dsse::{self, PayloadType};
use super::field::{At, BadField, Problem};
use super::fields::{Fields, Flat, NotFields, Value};
use super::limits::{PAYLOAD_BYTES_MAX, SIGNATURES_MAX};
use super::pb;
use super::signature::{Claims, KEY_BYTES, SIGNATURE_BYTES, SignatureProblem, public_key, sign_one};

/// An envelope whose signatures hold and whose command was read. Made only by [`check`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Checked {
    /// As received; this goes into the entry.
    pub envelope: pb::Envelope,
    /// How the payload is encoded.
    pub payload_type: PayloadType,
    /// The keys that signed, each once, in the order of the envelope.
    pub signers: Vec<PublicKey>,
    /// What is asked.
    pub command: Command,
    /// First 16 bytes of the payload's BLAKE3 hash: the same command sent again has the same.
    pub digest: [u8; 16],
}

impl Checked {
    /// The signed bytes.
    pub fn payload(&self) -> &[u8] {
        &self.envelope.payload
    }
}

/// Why an envelope is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The envelope itself is malformed.
    #[error("envelope: {0}")]
    BadEnvelope(#[from] BadEnvelope),
    /// A signature does not hold.
    #[error("signature by {key}: {problem}")]
    BadSignature {
        /// Whose it is said to be.
        key: PublicKey,
        /// What is wrong.
        problem: SignatureProblem,
    },
    /// The signatures hold; the command cannot be accepted.
    #[error(transparent)]
    BadField(#[from] BadField),
}

impl EnvelopeError {
    /// The stable reason, UPPER_SNAKE_CASE, for the faces.
    pub fn reason(&self) -> &'static str {
        match self {
            EnvelopeError::BadEnvelope(_) => "BAD_ENVELOPE",
            EnvelopeError::BadSignature { .. } => "BAD_SIGNATURE",
            EnvelopeError::BadField(_) => "BAD_FIELD",
        }
    }
}

/// What is malformed about an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEnvelope {
    /// There is no payload.
    #[error("the payload is missing")]
    NoPayload,
    /// The payload is larger than 48 KiB.
    #[error("the payload has {bytes} bytes, more than {PAYLOAD_BYTES_MAX}")]
    PayloadTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The payload is not of a type that commands have.
    #[error("the payload type is not that of a command")]
    UnknownPayloadType,
    /// Nobody signed, or more than four.
    #[error("there are {signatures} signatures, not 1 to {SIGNATURES_MAX}")]
    SignatureCount {
        /// How many there are.
        signatures: usize,
    },
    /// A key does not have 32 bytes.
    #[error("signature {position} has no key of 32 bytes")]
    KeyLength {
        /// Which signature, from 0.
        position: usize,
    },
    /// A signature does not have 64 bytes.
    #[error("signature {position} does not have 64 bytes")]
    SignatureLength {
        /// Which signature, from 0.
        position: usize,
    },
    /// A key signed twice.
    #[error("signature {position} is by a key that signed already")]
    RepeatedKey {
        /// Which signature, from 0.
        position: usize,
    },
}

/// Takes an envelope in: limits, signatures, then the command.
///
/// # Errors
///
/// [`EnvelopeError`], the first thing that is wrong.
pub fn check(envelope: pb::Envelope) -> Result<Checked, EnvelopeError> {
    let signers = verify(&envelope)?;
    let payload_type = payload_type(&envelope)?;
    let command = decode_command(payload_type, &envelope.payload)?;
    let digest = digest(&envelope.payload);
    Ok(Checked { envelope, payload_type, signers, command, digest })
}

/// Verifies an envelope without reading its command: limits and signatures. Answers the keys that signed.
///
/// # Errors
///
/// [`EnvelopeError::BadEnvelope`] or [`EnvelopeError::BadSignature`].
pub fn verify(envelope: &pb::Envelope) -> Result<Vec<PublicKey>, EnvelopeError> {
    let claims = claims(envelope)?;
    claims.verify().map_err(|(key, problem)| EnvelopeError::BadSignature { key, problem })?;
    Ok(claims.signatures.into_iter().map(|(key, _)| key).collect())
}

/// What an envelope claims: the signed bytes, the keys and the signatures, not verified. An audit collects
/// the claims of many entries for [`super::many::ManyVerifier`].
///
/// # Errors
///
/// What is malformed about the envelope.
pub fn claims(envelope: &pb::Envelope) -> Result<Claims, BadEnvelope> {
    let payload_type = payload_type(envelope)?;
    match envelope.payload.len() {
        0 => return Err(BadEnvelope::NoPayload),
        bytes if bytes > PAYLOAD_BYTES_MAX => return Err(BadEnvelope::PayloadTooLarge { bytes }),
        _ => {}
    }
    let signatures = read_signatures(envelope)?;
    let message = dsse::pae(payload_type.as_str(), &envelope.payload);
    Ok(Claims { message, signatures })
}

/// The keys that an envelope names, not verified: who signed an entry that was admitted long ago.
///
/// # Errors
///
/// What is malformed about the signatures.
pub fn signers(envelope: &pb::Envelope) -> Result<Vec<PublicKey>, BadEnvelope> {
    Ok(read_signatures(envelope)?.into_iter().map(|(key, _)| key).collect())
}

fn payload_type(envelope: &pb::Envelope) -> Result<PayloadType, BadEnvelope> {
    PayloadType::parse(&envelope.payload_type).ok_or(BadEnvelope::UnknownPayloadType)
}

/// Keys and signatures of an envelope: 1 to 4, of the right lengths, no key twice.
fn read_signatures(envelope: &pb::Envelope) -> Result<Vec<(PublicKey, [u8; SIGNATURE_BYTES])>, BadEnvelope> {
    let given = &envelope.signatures;
    if given.is_empty() || given.len() > SIGNATURES_MAX {
        return Err(BadEnvelope::SignatureCount { signatures: given.len() });
    }
    let mut signatures: Vec<(PublicKey, _)> = Vec::with_capacity(given.len());
    for (position, one) in given.iter().enumerate() {
        let key: [u8; KEY_BYTES] =
            one.public_key.as_slice().try_into().map_err(|_| BadEnvelope::KeyLength { position })?;
        let signature =
            one.signature.as_slice().try_into().map_err(|_| BadEnvelope::SignatureLength { position })?;
        if signatures.iter().any(|(earlier, _)| earlier.0 == key) {
            return Err(BadEnvelope::RepeatedKey { position });
        }
        signatures.push((PublicKey(key), signature));
    }
    Ok(signatures)
}

/// First 16 bytes of the payload's BLAKE3 hash.
pub fn digest(payload: &[u8]) -> [u8; 16] {
    let mut head = [0; 16];
    head.copy_from_slice(&blake3::hash(payload).as_bytes()[..16]);
    head
}

/// What is remembered of a command so that it is not done twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading {
    /// The client's id of the command.
    pub request_id: [u8; 16],
    /// Until when the id is remembered.
    pub not_after: Time,
    /// As [`Checked::digest`].
    pub digest: [u8; 16],
}

/// Reads id and time of an envelope that was checked when it was admitted: all that replay needs of it. The
/// body is not read.
///
/// # Errors
///
/// [`EnvelopeError::BadEnvelope`] for an unknown type, [`EnvelopeError::BadField`] for bytes without these
/// fields; neither can come from an entry that this bank wrote.
pub fn heading(envelope: &pb::Envelope) -> Result<Heading, EnvelopeError> {
    let (request_id, not_after) = id_and_end(&envelope.payload_type, &envelope.payload)?;
    Ok(Heading { request_id, not_after, digest: digest(&envelope.payload) })
}

/// The heading of a command that may be sent again at `since` or later; none of one that may not.
pub(super) fn heading_since(
    payload_type: &str,
    payload: &[u8],
    since: Time,
) -> Result<Option<Heading>, EnvelopeError> {
    let (request_id, not_after) = id_and_end(payload_type, payload)?;
    Ok((not_after >= since).then(|| Heading { request_id, not_after, digest: digest(payload) }))
}

fn id_and_end(payload_type: &str, payload: &[u8]) -> Result<([u8; 16], Time), EnvelopeError> {
    match PayloadType::parse(payload_type).ok_or(BadEnvelope::UnknownPayloadType)? {
        PayloadType::Protobuf => {
            let undecodable = |NotFields| At::top("payload").bad(Problem::Undecodable);
            let (mut id, mut end): (&[u8], _) = (&[], None);
            for field in Fields(payload) {
                match field.map_err(undecodable)? {
                    (2, Value::Bytes(bytes)) => id = bytes,
                    (3, Value::Bytes(bytes)) => end = Some(bytes),
                    _ => {}
                }
            }
            let moment = end.map(|end| Flat::read(At::top("not_after"), end)).transpose()?;
            let moment =
                moment.map(|m| pbjson_types::Timestamp { seconds: m.signed(1), nanos: m.signed(2) as i32 });
            Ok((read_request_id(id)?, read_not_after(moment.as_ref())?))
        }
        PayloadType::Json => {
            let command = decode_command(PayloadType::Json, payload)?;
            Ok((command.request_id, command.not_after))
        }
    }
}

/// Makes an envelope, for clients: each key signs the payload under its type.
pub fn sign(payload: Vec<u8>, payload_type: PayloadType, keys: &[&SigningKey]) -> pb::Envelope {
    let signatures = keys
        .iter()
        .map(|key| pb::Signature {
            public_key: public_key(key).0.to_vec(),
            signature: sign_one(key, payload_type.as_str(), &payload).to_vec(),
        })
        .collect();
    pb::Envelope { payload, payload_type: payload_type.as_str().to_owned(), signatures }
}

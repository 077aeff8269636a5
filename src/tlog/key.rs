//! Keys with a name: who signs notes, and whom to believe.
//!
//! A key of a signed note is known by its name and by a short id derived from name,
//! type and public key. Two types are spoken: plain Ed25519 (0x01), with which a log
//! signs its checkpoints, and the timestamped cosignature (0x04) of a witness. A
//! [`Verifier`] is what a reader is configured with; it travels as a line of text,
//! the vkey. This file promises that no weak key becomes a verifier and that no
//! secret is printed. It does not know what the signed text says.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::cosignature::{self, CosignatureError};
use super::signature::{KeyId, NAME_BYTES_MAX, NoteSignature};
use super::strict;

/// What every signer's text begins with.
const SIGNER_PREFIX: &str = "PRIVATE+KEY+";

/// What a key signs with: the type byte of C2SP `signed-note`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Ed25519 over the text of the note: type 0x01, the key of a log.
    Log,
    /// Ed25519 over a time and the text: type 0x04, the key of a witness.
    Cosigner,
}

/// Why a text or a key is not a [`Verifier`] or a signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The name is empty, longer than [`NAME_BYTES_MAX`], or holds something other
    /// than visible ASCII without `+`.
    #[error("a key name is 1 to {NAME_BYTES_MAX} visible ASCII characters without '+'")]
    BadName,
    /// The text is not of the form name `+` id `+` key.
    #[error("the text of a key is not name+id+key")]
    BadForm,
    /// The id is not eight lowercase hexadecimal digits, or not that of the key.
    #[error("the id of a key does not belong to it")]
    BadId,
    /// The key is not base64 of a type byte and 32 bytes.
    #[error("the key is not base64 of a type byte and 32 bytes")]
    BadKey,
    /// The type is one that is not spoken here.
    #[error("keys of type {type_byte:#04x} are not spoken here")]
    UnknownKind {
        /// The type byte found.
        type_byte: u8,
    },
    /// The public key is not a point of the curve, or is one whose signatures fit
    /// many messages.
    #[error("the public key is not a sound Ed25519 key")]
    WeakKey,
}

/// A key to believe: name, kind and public key.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: KeyId,
    kind: KeyKind,
    key: VerifyingKey,
}

impl Verifier {
    /// The verifier of the key `public_key` under `name`. A name is 1 to
    /// [`NAME_BYTES_MAX`] visible ASCII characters without `+`.
    pub fn new(name: &str, kind: KeyKind, public_key: &[u8; 32]) -> Result<Verifier, KeyError> {
        check_name(name)?;
        let key = VerifyingKey::from_bytes(public_key).map_err(|_| KeyError::WeakKey)?;
        if key.is_weak() {
            return Err(KeyError::WeakKey);
        }
        Ok(Verifier { name: name.to_owned(), id: key_id(name, kind, public_key), kind, key })
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What the key signs with.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The 32 bytes of the public key. Two verifiers are of the same signer when
    /// these are equal, whatever their names.
    pub fn public_key(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether a signature line claims to be by this key.
    pub fn is_named_by(&self, signature: &NoteSignature) -> bool {
        signature.key_id() == self.id && signature.name() == self.name
    }

    /// Checks the payload of a signature line over the text of a note. `None` if it
    /// is not by this key; else the time of a cosignature in POSIX seconds, and
    /// nothing for the key of a log.
    pub fn verify(&self, text: &str, payload: &[u8]) -> Option<Option<u64>> {
        match self.kind {
            KeyKind::Log => {
                let signature = Signature::from_slice(payload).ok()?;
                let verified = self.key.verify_strict(text.as_bytes(), &signature);
                verified.ok().map(|()| None)
            }
            KeyKind::Cosigner => {
                let verified = cosignature::verify(&self.key, text, payload);
                verified.ok().map(Some)
            }
        }
    }
}

impl FromStr for Verifier {
    type Err = KeyError;

    /// Reads a vkey: name `+` eight lowercase hexadecimal digits `+` base64 of the
    /// type byte and the public key. The base64 may itself contain `+`.
    fn from_str(vkey: &str) -> Result<Verifier, KeyError> {
        let (name, id, type_byte, key) = split(vkey)?;
        let kind = KeyKind::from_byte(type_byte)?;
        let verifier = Verifier::new(name, kind, &key)?;
        if verifier.id.to_string() != id {
            return Err(KeyError::BadId);
        }
        Ok(verifier)
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.byte()];
        key.extend(self.public_key());
        let key = strict::base64_encode(&key);
        write!(f, "{}+{}+{key}", self.name, self.id)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({self})")
    }
}

/// The key of a log: signs the text of notes (type 0x01). Owned by the one who
/// sequences the log; whoever else holds it can fork the log.
pub struct Signer {
    verifier: Verifier,
    key: SigningKey,
}

impl Signer {
    /// The signer `name` with this key. Refuses names as [`Verifier::new`] does.
    pub fn new(name: &str, key: SigningKey) -> Result<Signer, KeyError> {
        let verifier = Verifier::new(name, KeyKind::Log, key.verifying_key().as_bytes())?;
        Ok(Signer { verifier, key })
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        self.verifier.name()
    }

    /// What to hand to those who shall believe this key.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs the text of a note, which includes its last newline.
    pub fn sign(&self, text: &str) -> NoteSignature {
        let payload = self.key.sign(text.as_bytes()).to_bytes();
        NoteSignature::new(self.name(), self.verifier.id, &payload)
    }
}

impl FromStr for Signer {
    type Err = KeyError;

    /// Reads Go's text of a signer: `PRIVATE+KEY+` name `+` id of the *public* key
    /// `+` base64 of the type byte and the 32-byte seed.
    fn from_str(text: &str) -> Result<Signer, KeyError> {
        let rest = text.strip_prefix(SIGNER_PREFIX).ok_or(KeyError::BadForm)?;
        let (name, id, type_byte, seed) = split(rest)?;
        match KeyKind::from_byte(type_byte)? {
            KeyKind::Log => {}
            KeyKind::Cosigner => return Err(KeyError::UnknownKind { type_byte }),
        }
        let signer = Signer::new(name, SigningKey::from_bytes(&seed))?;
        if signer.verifier.id.to_string() != id {
            return Err(KeyError::BadId);
        }
        Ok(signer)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier)
    }
}

/// The key of a witness: cosigns checkpoints (type 0x04). Never shared between
/// witnesses, and never the key of a log.
pub struct Cosigner {
    verifier: Verifier,
    key: SigningKey,
}

impl Cosigner {
    /// The cosigner `name` with this key. Refuses names as [`Verifier::new`] does.
    pub fn new(name: &str, key: SigningKey) -> Result<Cosigner, KeyError> {
        let verifier = Verifier::new(name, KeyKind::Cosigner, key.verifying_key().as_bytes())?;
        Ok(Cosigner { verifier, key })
    }

    /// What to hand to those who shall believe this key.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Cosigns the text of a checkpoint. The only door to it is the checkpoint's own
    /// `cosign`, so that nothing else is ever cosigned.
    pub(super) fn cosign(
        &self,
        checkpoint_text: &str,
        time_s: u64,
    ) -> Result<NoteSignature, CosignatureError> {
        let payload = cosignature::sign(&self.key, checkpoint_text, time_s)?;
        let Verifier { name, id, .. } = &self.verifier;
        Ok(NoteSignature::new(name, *id, &payload))
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cosigner({})", self.verifier)
    }
}

impl KeyKind {
    /// The type byte.
    pub fn byte(self) -> u8 {
        match self {
            KeyKind::Log => 0x01,
            KeyKind::Cosigner => 0x04,
        }
    }

    fn from_byte(type_byte: u8) -> Result<KeyKind, KeyError> {
        match type_byte {
            0x01 => Ok(KeyKind::Log),
            0x04 => Ok(KeyKind::Cosigner),
            _ => Err(KeyError::UnknownKind { type_byte }),
        }
    }
}

/// `SHA-256(name || 0x0A || type || public key)`, its first four bytes.
fn key_id(name: &str, kind: KeyKind, public_key: &[u8; 32]) -> KeyId {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', kind.byte()])
        .chain_update(public_key)
        .finalize()
        .into();
    let [a, b, c, d, ..] = digest;
    KeyId(u32::from_be_bytes([a, b, c, d]))
}

/// Splits name `+` id `+` base64 at its first two plus signs.
fn split(text: &str) -> Result<(&str, &str, u8, [u8; 32]), KeyError> {
    let (name, rest) = text.split_once('+').ok_or(KeyError::BadForm)?;
    let (id, key) = rest.split_once('+').ok_or(KeyError::BadForm)?;
    let key = strict::base64_decode(key).ok_or(KeyError::BadKey)?;
    let (&type_byte, key) = key.split_first().ok_or(KeyError::BadKey)?;
    let key = key.try_into().map_err(|_| KeyError::BadKey)?;
    Ok((name, id, type_byte, key))
}

/// A note may carry lines of keys with any name the format allows; a key that we
/// sign with or believe has a plain one, which looks the same to every reader.
fn check_name(name: &str) -> Result<(), KeyError> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'+';
    if (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(KeyError::BadName)
    }
}

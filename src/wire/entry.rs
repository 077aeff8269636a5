//! The entry: one line of the ledger, encoded once and then frozen.
//!
//! The bytes are a leaf of the tree and a link of the chain, so they are never encoded again: whoever has
//! them hashes and forwards them as they are. [`Entry::decode`] accepts one spelling only and ignores
//! nothing, so that what a reader sees is all that the hash covers. This file computes no hash and does not
//! know whether the entry's command was allowed.

use prost::Message;
use prost::bytes::Bytes;

use crate::bank::command::SystemCommand;
use crate::bank::effects::Effects;
use crate::bank::ids::PublicKey;
use crate::bank::time::Time;

use super::effects::{effects_to_pb, read_effects};
use super::envelope::{EnvelopeError, Heading, heading_at};
use super::field::{At, BadField};
use super::limits::ENTRY_BYTES_MAX;
use super::pb;
use super::pb::entry::Cause as PbCause;
use super::pb::system_command::Body as PbSystem;
use super::read;

/// What is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Position, from 0.
    pub index: u64,
    /// Chain hash of the entry before; 32 zero bytes for entry 0.
    pub previous: [u8; 32],
    /// When it was decided.
    pub time: Time,
    /// Why it was written.
    pub cause: Cause,
    /// What it did.
    pub effects: Effects,
}

/// Why an entry was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// Somebody's signed command, as received.
    Signed(pb::Envelope),
    /// The bank's own doing, when its time had come.
    System(SystemCommand),
}

/// Bytes that are not an entry of this bank.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// More than 65,535 bytes.
    #[error("the entry has {bytes} bytes, more than {ENTRY_BYTES_MAX}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not protobuf, or not an entry.
    #[error("the bytes are not an entry")]
    Undecodable,
    /// Unknown fields, fields out of order or given twice, or numbers in a longer form.
    #[error("the entry has unknown fields or is not in the canonical encoding")]
    NotCanonical,
    /// A field that cannot be read.
    #[error("entry: {0}")]
    Field(#[from] BadField),
}

impl Entry {
    /// The frozen bytes. More than [`ENTRY_BYTES_MAX`] is for the caller to refuse: such an entry cannot be
    /// read back.
    pub fn encode(&self) -> Vec<u8> {
        self.clone().freeze().0
    }

    /// As [`Entry::encode`], for whoever needs only the effects afterwards: the envelope is not copied.
    pub fn freeze(self) -> (Vec<u8>, Effects) {
        let cause = match self.cause {
            Cause::Signed(envelope) => PbCause::Envelope(envelope),
            Cause::System(command) => PbCause::System(system_to_pb(&command)),
        };
        let message = pb::Entry {
            index: self.index,
            previous: self.previous.to_vec(),
            time_unix_ms: self.time.0,
            cause: Some(cause),
            effects: Some(effects_to_pb(&self.effects)),
        };
        (message.encode_to_vec(), self.effects)
    }

    /// Reads frozen bytes.
    ///
    /// # Errors
    ///
    /// [`BadEntry`]: the bytes are damaged, or of a format that this program does not know.
    pub fn decode(bytes: &[u8]) -> Result<Entry, BadEntry> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(BadEntry::TooLarge { bytes: bytes.len() });
        }
        let message = pb::Entry::decode(bytes).map_err(|_| BadEntry::Undecodable)?;
        // Comparing the bytes finds at any depth what decoding drops or folds together.
        if message.encode_to_vec() != bytes {
            return Err(BadEntry::NotCanonical);
        }
        Ok(Entry {
            index: message.index,
            previous: read::bytes(At::top("previous"), &message.previous)?,
            time: read::time(At::top("time_unix_ms"), message.time_unix_ms)?,
            effects: read_effects(
                At::top("effects"),
                read::present(At::top("effects"), message.effects.as_ref())?,
            )?,
            cause: read_cause(message.cause)?,
        })
    }
}

/// What replay needs of an entry whose bytes a checkpoint vouches for. The signatures and what was asked are
/// skipped, and the spelling is not compared: those are an audit's, which reads [`Entry`]s.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Position, from 0.
    pub index: u64,
    /// When it was decided.
    pub time: Time,
    /// The command's heading; none for the bank's own doing, and for a command that nobody may send again.
    pub heading: Result<Option<Heading>, EnvelopeError>,
    /// What it did.
    pub effects: Effects,
}

/// The fields of an entry that an [`Outcome`] is read from; prost skips the others without building them.
#[derive(Clone, PartialEq, Message)]
struct OutcomeFields {
    #[prost(uint64, tag = "1")]
    index: u64,
    #[prost(int64, tag = "3")]
    time_unix_ms: i64,
    #[prost(message, optional, tag = "4")]
    envelope: Option<Asked>,
    #[prost(message, optional, tag = "6")]
    effects: Option<pb::Effects>,
}

/// An envelope without its signatures; the payload is a view of the entry's bytes.
#[derive(Clone, PartialEq, Message)]
struct Asked {
    #[prost(bytes = "bytes", tag = "1")]
    payload: Bytes,
    #[prost(string, tag = "2")]
    payload_type: String,
}

impl Outcome {
    /// Reads frozen bytes that are known to be what this bank wrote. `now` says which commands nobody may send
    /// again: those that ended before it.
    ///
    /// # Errors
    ///
    /// [`BadEntry`], as far as what is read goes.
    pub fn decode(bytes: Bytes, now: Time) -> Result<Outcome, BadEntry> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(BadEntry::TooLarge { bytes: bytes.len() });
        }
        let fields = OutcomeFields::decode(bytes).map_err(|_| BadEntry::Undecodable)?;
        let effects = read::present(At::top("effects"), fields.effects.as_ref())?;
        Ok(Outcome {
            index: fields.index,
            time: read::time(At::top("time_unix_ms"), fields.time_unix_ms)?,
            heading: fields
                .envelope
                .map_or(Ok(None), |asked| heading_at(&asked.payload_type, &asked.payload, now)),
            effects: read_effects(At::top("effects"), effects)?,
        })
    }
}

/// Of an entry, the keys that its envelope names, and nothing else.
#[derive(Clone, PartialEq, Message)]
struct SignersField {
    #[prost(message, optional, tag = "4")]
    envelope: Option<SignaturesField>,
}

#[derive(Clone, PartialEq, Message)]
struct SignaturesField {
    #[prost(message, repeated, tag = "3")]
    signatures: Vec<KeyField>,
}

#[derive(Clone, PartialEq, Message)]
struct KeyField {
    #[prost(bytes = "vec", tag = "1")]
    public_key: Vec<u8>,
}

/// The keys that signed an entry which this bank wrote; none for the bank's own doing.
///
/// # Errors
///
/// [`BadEntry`], as far as what is read goes.
pub fn signers_of(bytes: &[u8]) -> Result<Vec<PublicKey>, BadEntry> {
    let fields = SignersField::decode(bytes).map_err(|_| BadEntry::Undecodable)?;
    let signatures = fields.envelope.map(|envelope| envelope.signatures).unwrap_or_default();
    let at = At::top("envelope.signatures");
    Ok(signatures.iter().map(|one| read::key(at, &one.public_key)).collect::<Result<_, _>>()?)
}

fn read_cause(cause: Option<PbCause>) -> Result<Cause, BadField> {
    match cause {
        None => Err(At::top("cause").bad(super::Problem::Missing)),
        Some(PbCause::Envelope(envelope)) => Ok(Cause::Signed(envelope)),
        Some(PbCause::System(system)) => read_system(At::top("system"), &system).map(Cause::System),
    }
}

fn read_system(at: At, message: &pb::SystemCommand) -> Result<SystemCommand, BadField> {
    match read::present(at.name("body"), message.body.as_ref())? {
        PbSystem::CloseNotice(m) => Ok(SystemCommand::CloseNotice { declarations: m.declarations.clone() }),
        PbSystem::Escalate(m) => Ok(SystemCommand::Escalate { declaration: m.declaration }),
        PbSystem::Expire(m) => {
            let place = at.name("expire");
            let households =
                read::list(place.name("households"), &m.households, |at, id| read::parsed(at, id))?;
            Ok(SystemCommand::Expire { households })
        }
        PbSystem::LockPin(m) => {
            let place = at.name("lock_pin");
            let household = read::parsed(place.name("household"), &m.household)?;
            Ok(SystemCommand::LockPin { household })
        }
    }
}

fn system_to_pb(command: &SystemCommand) -> pb::SystemCommand {
    let body = match command {
        SystemCommand::CloseNotice { declarations } => {
            PbSystem::CloseNotice(pb::CloseNotice { declarations: declarations.clone() })
        }
        SystemCommand::Escalate { declaration } => {
            PbSystem::Escalate(pb::Escalate { declaration: *declaration })
        }
        SystemCommand::Expire { households } => {
            PbSystem::Expire(pb::Expire { households: read::all_text_of(households) })
        }
        SystemCommand::LockPin { household } => {
            PbSystem::LockPin(pb::LockPin { household: household.to_string() })
        }
    };
    pb::SystemCommand { body: Some(body) }
}

//! The entry: one line of the ledger, encoded once and then frozen.
//!
//! The bytes are a leaf of the tree and a link of the chain, so they are never encoded again: whoever has
//! them hashes and forwards them as they are. [`Entry::decode`] accepts one spelling only and ignores
//! nothing, so that what a reader sees is all that the hash covers. This file computes no hash and does not
//! know whether the entry's command was allowed.

use prost::Message;

use crate::bank::command::SystemCommand;
use crate::bank::effects::Effects;
use crate::bank::time::Time;

use super::effects::{effects_to_pb, read_effects};
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

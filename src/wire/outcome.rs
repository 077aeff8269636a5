//! Of an entry that this bank wrote, only what replay and the index need, read without building messages.
//!
//! A checkpoint vouches for every byte, so spelling is not compared and signatures are not looked at: those are an
//! audit's, which reads whole entries.

use crate::bank::effects::Effects;
use crate::bank::ids::PublicKey;
use crate::bank::time::Time;

use super::effects::flat;
use super::entry::BadEntry;
use super::envelope::{EnvelopeError, Heading, heading_since};
use super::field::{At, Problem};
use super::fields::{Fields, NotFields, Value};
use super::limits::ENTRY_BYTES_MAX;
use super::read;

/// What replay needs of an entry whose bytes a checkpoint vouches for.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Position, from 0.
    pub index: u64,
    /// When it was decided.
    pub time: Time,
    /// The command's heading; none for the bank's own doing, for a command that nobody may send again, and where
    /// it was not asked for.
    pub heading: Result<Option<Heading>, EnvelopeError>,
    /// What it did.
    pub effects: Effects,
}

/// An entry in its parts: what it says about itself, and the bytes of what it did.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeParts<'a> {
    /// As [`Outcome::index`].
    pub index: u64,
    /// As [`Outcome::time`].
    pub time: Time,
    /// As [`Outcome::heading`].
    pub heading: Result<Option<Heading>, EnvelopeError>,
    /// For [`read_effects`].
    pub effects: &'a [u8],
}

/// Reads what an entry did out of [`OutcomeParts::effects`].
///
/// # Errors
///
/// The first field that is wrong.
pub fn read_effects(bytes: &[u8]) -> Result<Effects, BadEntry> {
    Ok(flat::effects(At::top("effects"), bytes)?)
}

impl<'a> OutcomeParts<'a> {
    /// Reads frozen bytes that are known to be what this bank wrote. Commands that ended before `since` may not be
    /// sent again, and their headings are not read; without it none is.
    ///
    /// # Errors
    ///
    /// [`BadEntry`], as far as what is read goes.
    pub fn read(bytes: &'a [u8], since: Option<Time>) -> Result<Self, BadEntry> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(BadEntry::TooLarge { bytes: bytes.len() });
        }
        let (mut index, mut time, mut envelope, mut effects) = (0, 0, None, None);
        for field in Fields(bytes) {
            match field.map_err(|NotFields| BadEntry::Undecodable)? {
                (1, Value::Number(number)) => index = number,
                (3, Value::Number(number)) => time = number as i64,
                (4, Value::Bytes(bytes)) => envelope = Some(bytes),
                (6, Value::Bytes(bytes)) => effects = Some(bytes),
                // The link to the entry before, and the bank's own command: not needed here.
                (2 | 5, Value::Bytes(_)) => {}
                _ => return Err(BadEntry::NotCanonical),
            }
        }
        Ok(OutcomeParts {
            index,
            time: read::time(At::top("time_unix_ms"), time)?,
            heading: match envelope.zip(since) {
                Some((envelope, since)) => {
                    let (kind, payload) = asked(envelope)?;
                    heading_since(kind, payload, since)
                }
                None => Ok(None),
            },
            effects: effects.ok_or_else(|| At::top("effects").bad(Problem::Missing))?,
        })
    }
}

impl Outcome {
    /// Reads frozen bytes, as [`OutcomeParts::read`] does, and what they did.
    ///
    /// # Errors
    ///
    /// [`BadEntry`], as far as what is read goes.
    pub fn decode(bytes: &[u8], since: Option<Time>) -> Result<Outcome, BadEntry> {
        let OutcomeParts { index, time, heading, effects } = OutcomeParts::read(bytes, since)?;
        Ok(Outcome { index, time, heading, effects: read_effects(effects)? })
    }
}

/// Type and payload of an envelope.
fn asked(envelope: &[u8]) -> Result<(&str, &[u8]), BadEntry> {
    let (mut payload, mut kind): (&[u8], &[u8]) = (&[], &[]);
    for field in Fields(envelope) {
        match field.map_err(|NotFields| BadEntry::Undecodable)? {
            (1, Value::Bytes(bytes)) => payload = bytes,
            (2, Value::Bytes(bytes)) => kind = bytes,
            _ => {}
        }
    }
    Ok((std::str::from_utf8(kind).map_err(|_| BadEntry::Undecodable)?, payload))
}

/// The keys that signed an entry which this bank wrote; none for the bank's own doing.
///
/// # Errors
///
/// [`BadEntry`], as far as what is read goes.
pub fn signers_of(bytes: &[u8]) -> Result<Vec<PublicKey>, BadEntry> {
    let at = At::top("envelope.signatures");
    let mut keys = Vec::new();
    for envelope in messages(bytes, 4) {
        for signature in messages(envelope?, 3) {
            let key = messages(signature?, 1).next().unwrap_or(Ok(&[]))?;
            keys.push(read::key(at, key)?);
        }
    }
    Ok(keys)
}

/// The fields of that number which hold bytes.
fn messages(bytes: &[u8], number: u64) -> impl Iterator<Item = Result<&[u8], BadEntry>> {
    Fields(bytes).filter_map(move |field| match field {
        Ok((of, Value::Bytes(bytes))) => (of == number).then_some(Ok(bytes)),
        Ok((_, Value::Number(_))) => None,
        Err(NotFields) => Some(Err(BadEntry::Undecodable)),
    })
}

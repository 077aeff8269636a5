//! The smallest readers: one field of a message to one value of the bank, or an error that names the field.
//!
//! The readers of messages are made of these. Nothing here knows which message a field belongs to.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::bank::ids::{Digest, Malformed, PublicKey};
use crate::bank::time::Time;
use crate::bank::words;

use super::field::{At, BadField, Problem};
use super::limits;

/// A closed set of words with numbers on the wire.
pub(crate) trait Word: Sized {
    /// The word with this number; none for 0 and for numbers that nobody defined.
    fn of(number: i32) -> Option<Self>;
}

macro_rules! words {
    ($($name:ident),* $(,)?) => {$(
        impl Word for words::$name {
            fn of(number: i32) -> Option<Self> {
                words::$name::from_number(number)
            }
        }
    )*};
}
words!(
    Unit,
    Pillar,
    Role,
    ItemKind,
    ItemSubject,
    CapWindow,
    EvidenceKind,
    State,
    Ground,
    ObjectionGround,
    Ruling,
    Verdict,
    Vote,
    Channel,
    FundSource,
    KinRelation,
    RevocationGround,
    ErasureGround,
);

/// A word that has to be given.
pub(crate) fn word<T: Word>(at: At, number: i32) -> Result<T, BadField> {
    match T::of(number) {
        Some(word) => Ok(word),
        None if number == 0 => Err(at.bad(Problem::Missing)),
        None => Err(at.bad(Problem::UnknownWord(number))),
    }
}

/// A word that may be left out.
pub(crate) fn optional_word<T: Word>(at: At, number: i32) -> Result<Option<T>, BadField> {
    if number == 0 { Ok(None) } else { word(at, number).map(Some) }
}

/// A text that parses to a value: an identifier or a day.
pub(crate) fn parsed<T: FromStr<Err = Malformed>>(at: At, text: &str) -> Result<T, BadField> {
    if text.is_empty() {
        return Err(at.bad(Problem::Missing));
    }
    text.parse().map_err(|Malformed(wants)| at.bad(Problem::Malformed(wants)))
}

/// The same, or nothing where the text is empty.
pub(crate) fn optional<T: FromStr<Err = Malformed>>(at: At, text: &str) -> Result<Option<T>, BadField> {
    if text.is_empty() { Ok(None) } else { parsed(at, text).map(Some) }
}

/// Exactly `N` bytes.
pub(crate) fn bytes<const N: usize>(at: At, bytes: &[u8]) -> Result<[u8; N], BadField> {
    match bytes.try_into() {
        Ok(array) => Ok(array),
        Err(_) if bytes.is_empty() => Err(at.bad(Problem::Missing)),
        Err(_) => Err(at.bad(Problem::Length { wants: N, got: bytes.len() })),
    }
}

/// A hash of 32 bytes.
pub(crate) fn digest(at: At, hash: &[u8]) -> Result<Digest, BadField> {
    bytes(at, hash).map(Digest)
}

/// A hash of 32 bytes, or nothing where there are no bytes.
pub(crate) fn optional_digest(at: At, hash: &[u8]) -> Result<Option<Digest>, BadField> {
    if hash.is_empty() { Ok(None) } else { digest(at, hash).map(Some) }
}

/// A list of hashes.
pub(crate) fn digests(at: At, hashes: &[Vec<u8>]) -> Result<Vec<Digest>, BadField> {
    list(at, hashes, |at, hash| digest(at, hash))
}

/// A public key of 32 bytes.
pub(crate) fn key(at: At, key: &[u8]) -> Result<PublicKey, BadField> {
    bytes(at, key).map(PublicKey)
}

/// A number that lies in its range.
pub(crate) fn within<T>(at: At, got: T, range: RangeInclusive<T>) -> Result<T, BadField>
where
    T: PartialOrd + Copy + Into<i64>,
{
    if range.contains(&got) {
        return Ok(got);
    }
    let (min, max) = ((*range.start()).into(), (*range.end()).into());
    Err(at.bad(Problem::OutOfRange { min, max, got: got.into() }))
}

/// The number of a member, 0 being the household.
pub(crate) fn member(at: At, got: u32) -> Result<u8, BadField> {
    within(at, got, limits::MEMBER).map(|member| member as u8)
}

/// The index of an entry that is not the first: entry 0 is the bank's beginning and never what is meant.
pub(crate) fn past_index(at: At, index: u64) -> Result<u64, BadField> {
    if index == 0 { Err(at.bad(Problem::Missing)) } else { Ok(index) }
}

/// Milliseconds since 1970 that the calendar of the rules can hold.
pub(crate) fn time(at: At, milliseconds: i64) -> Result<Time, BadField> {
    within(at, milliseconds, 0..=limits::TIME_MS_END - 1).map(Time)
}

/// A moment of the calendar that the rules know, cut to milliseconds.
pub(crate) fn timestamp(at: At, moment: Option<&pbjson_types::Timestamp>) -> Result<Time, BadField> {
    let moment = present(at, moment)?;
    let seconds = within(at.name("seconds"), moment.seconds, 0..=limits::TIME_MS_END / 1_000 - 1)?;
    let nanos = within(at.name("nanos"), moment.nanos, 0..=999_999_999)?;
    Ok(Time(seconds * 1_000 + i64::from(nanos / 1_000_000)))
}

/// A message that has to be there.
pub(crate) fn present<'m, T>(at: At, message: Option<&'m T>) -> Result<&'m T, BadField> {
    message.ok_or_else(|| at.bad(Problem::Missing))
}

/// Every member of a list.
pub(crate) fn list<M, V>(
    at: At,
    members: &[M],
    read: impl Fn(At, &M) -> Result<V, BadField>,
) -> Result<Vec<V>, BadField> {
    let mut values = Vec::with_capacity(members.len());
    for (position, member) in members.iter().enumerate() {
        values.push(read(at.member(position), member)?);
    }
    Ok(values)
}

/// A list as long as it may be.
pub(crate) fn count<M>(at: At, members: &[M], range: RangeInclusive<usize>) -> Result<(), BadField> {
    if range.contains(&members.len()) {
        return Ok(());
    }
    let (min, max) = (*range.start(), *range.end());
    Err(at.bad(Problem::Count { min, max, got: members.len() }))
}

/// A list without doubles, by what makes a member itself.
pub(crate) fn distinct<K: Ord>(at: At, members: impl Iterator<Item = K>) -> Result<(), BadField> {
    let mut seen = BTreeMap::new();
    for (position, member) in members.enumerate() {
        if let Some(of) = seen.insert(member, position) {
            return Err(at.member(position).bad(Problem::Repeated { of }));
        }
    }
    Ok(())
}

/// The text of an identifier or day that may be left out: empty where it is.
pub(crate) fn text_of<T: Display>(value: &Option<T>) -> String {
    value.as_ref().map(T::to_string).unwrap_or_default()
}

/// The bytes of a hash that may be left out: none where it is.
pub(crate) fn bytes_of(value: &Option<Digest>) -> Vec<u8> {
    value.map(|hash| hash.0.to_vec()).unwrap_or_default()
}

/// The bytes of each hash.
pub(crate) fn all_bytes_of(hashes: &[Digest]) -> Vec<Vec<u8>> {
    hashes.iter().map(|hash| hash.0.to_vec()).collect()
}

/// The text of each identifier.
pub(crate) fn all_text_of<T: Display>(values: &[T]) -> Vec<String> {
    values.iter().map(T::to_string).collect()
}

//! Fields of read requests: text to identifiers, with an error that names the field.

use std::str::FromStr;

use crate::bank::ids::Malformed;
use crate::wire::{BadField, Problem};

use super::denial::Denial;

/// A field that cannot be accepted.
pub(crate) fn bad(field: &str, problem: Problem) -> Denial {
    Denial::Field(BadField { field: field.to_owned(), problem })
}

/// An identifier or day that has to be given.
pub(crate) fn required<T: FromStr<Err = Malformed>>(field: &str, text: &str) -> Result<T, Denial> {
    optional(field, text)?.ok_or_else(|| bad(field, Problem::Missing))
}

/// An identifier or day that may be left out.
pub(crate) fn optional<T: FromStr<Err = Malformed>>(field: &str, text: &str) -> Result<Option<T>, Denial> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|Malformed(wants)| bad(field, Problem::Malformed(wants)))
}

/// Exactly `N` bytes.
pub(crate) fn bytes<const N: usize>(field: &str, given: &[u8]) -> Result<[u8; N], Denial> {
    match given.try_into() {
        Ok(bytes) => Ok(bytes),
        Err(_) if given.is_empty() => Err(bad(field, Problem::Missing)),
        Err(_) => Err(bad(field, Problem::Length { wants: N, got: given.len() })),
    }
}

/// A word of a closed set that may be left out (0); `word` is the set's `from_number`.
pub(crate) fn word<T>(field: &str, number: i32, word: fn(i32) -> Option<T>) -> Result<Option<T>, Denial> {
    match word(number) {
        Some(word) => Ok(Some(word)),
        None if number == 0 => Ok(None),
        None => Err(bad(field, Problem::UnknownWord(number))),
    }
}

//! Protobuf's fields as views of the bytes, one after the other, without building a message.
//!
//! For bytes that this program wrote and somebody vouches for: replay reads millions of entries, and most of what
//! a message costs is texts that are copied only to be parsed. What comes from outside is decoded whole, compared
//! with its canonical spelling, and never by this file.

use std::str::FromStr;

use crate::bank::ids::Malformed;

use super::field::{At, BadField, Problem};
use super::read::{self, Word};

/// Fields of the messages that are read flat have numbers up to this.
const FLAT_MAX: usize = 10;

/// Bytes that are not protobuf, or hold a kind of field that no message of ours has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotFields;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'b> {
    /// A number, a word or a yes, as it is on the wire.
    Number(u64),
    /// Bytes, a text or a message.
    Bytes(&'b [u8]),
}

/// The fields of a message, in the order in which they are written.
#[derive(Debug, Clone)]
pub(super) struct Fields<'b>(pub(super) &'b [u8]);

impl<'b> Fields<'b> {
    #[inline]
    fn varint(&mut self) -> Result<u64, NotFields> {
        match self.0 {
            // Most numbers, and all tags of ours but a few, are of one byte.
            [byte, rest @ ..] if byte & 0x80 == 0 => {
                self.0 = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, NotFields> {
        let mut number = 0;
        for (position, byte) in self.0.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7f) << (7 * position);
            if byte & 0x80 == 0 {
                self.0 = &self.0[position + 1..];
                return Ok(number);
            }
        }
        Err(NotFields)
    }

    #[inline]
    fn field(&mut self) -> Result<(u64, Value<'b>), NotFields> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| NotFields)?;
                let (bytes, rest) = self.0.split_at_checked(length).ok_or(NotFields)?;
                self.0 = rest;
                Value::Bytes(bytes)
            }
            _ => return Err(NotFields),
        };
        Ok((tag >> 3, value))
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = Result<(u64, Value<'b>), NotFields>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| self.field())
    }
}

/// A message of few fields, each by its number; of a repeated one the last. Small, because it is cleared for each
/// message of a journal.
#[derive(Debug, Clone)]
pub(super) struct Flat<'b> {
    bytes: &'b [u8],
    /// Which fields hold a number, and which hold bytes: a bit each.
    numbers: u16,
    texts: u16,
    /// By field: the number, or where its bytes begin and end, 32 bits each.
    values: [u64; FLAT_MAX + 1],
}

impl<'b> Flat<'b> {
    pub(super) fn read(at: At, bytes: &'b [u8]) -> Result<Self, BadField> {
        let mut flat = Flat { bytes, numbers: 0, texts: 0, values: [0; FLAT_MAX + 1] };
        let mut fields = Fields(bytes);
        while let Some(field) = fields.next() {
            let (number, value) = field.map_err(|NotFields| at.bad(Problem::Undecodable))?;
            let number = usize::try_from(number).ok().filter(|number| *number <= FLAT_MAX);
            let number = number.ok_or_else(|| at.bad(Problem::NotCanonical))?;
            let bit = 1 << number;
            match value {
                Value::Number(value) => {
                    (flat.numbers, flat.texts) = (flat.numbers | bit, flat.texts & !bit);
                    flat.values[number] = value;
                }
                Value::Bytes(value) => {
                    (flat.numbers, flat.texts) = (flat.numbers & !bit, flat.texts | bit);
                    // An entry has fewer than 2^32 bytes.
                    let end = bytes.len() - fields.0.len();
                    flat.values[number] = ((end - value.len()) as u64) << 32 | end as u64;
                }
            }
        }
        Ok(flat)
    }

    /// A number; 0 where it is left out.
    pub(super) fn number(&self, number: usize) -> u64 {
        self.present(number).unwrap_or_default()
    }

    /// A number that may be absent.
    pub(super) fn present(&self, number: usize) -> Option<u64> {
        (self.numbers & (1 << number) != 0).then(|| self.values[number])
    }

    /// A number of 32 bits; as prost does, what lies above them is dropped.
    pub(super) fn short(&self, number: usize) -> u32 {
        self.number(number) as u32
    }

    /// A number with a sign, `int64`.
    pub(super) fn signed(&self, number: usize) -> i64 {
        self.number(number) as i64
    }

    /// A number with a sign, `sint64`: the lowest bit says which.
    pub(super) fn zigzag(&self, number: usize) -> i64 {
        let raw = self.number(number);
        (raw >> 1) as i64 ^ -((raw & 1) as i64)
    }

    /// A yes or no.
    pub(super) fn flag(&self, number: usize) -> bool {
        self.number(number) != 0
    }

    /// Bytes; none where they are left out.
    pub(super) fn bytes(&self, number: usize) -> &'b [u8] {
        if self.texts & (1 << number) == 0 {
            return &[];
        }
        let place = self.values[number];
        &self.bytes[(place >> 32) as usize..(place as u32) as usize]
    }

    /// A word that has to be given.
    pub(super) fn word<T: Word>(&self, at: At, number: usize) -> Result<T, BadField> {
        read::word(at, self.number(number) as i32)
    }

    /// A word that may be left out.
    pub(super) fn optional_word<T: Word>(&self, at: At, number: usize) -> Result<Option<T>, BadField> {
        read::optional_word(at, self.number(number) as i32)
    }

    /// A text that parses to a value.
    pub(super) fn parsed<T: FromStr<Err = Malformed>>(&self, at: At, number: usize) -> Result<T, BadField> {
        read::parsed(at, self.text(at, number)?)
    }

    /// The same, or nothing where the text is left out.
    pub(super) fn optional<T: FromStr<Err = Malformed>>(
        &self,
        at: At,
        number: usize,
    ) -> Result<Option<T>, BadField> {
        read::optional(at, self.text(at, number)?)
    }

    /// Each member of a repeated field of bytes, texts or messages.
    pub(super) fn each<T>(
        &self,
        at: At,
        number: u64,
        read: impl Fn(At, &'b [u8]) -> Result<T, BadField>,
    ) -> Result<Vec<T>, BadField> {
        let mut members = Vec::new();
        for field in Fields(self.bytes) {
            if let Ok((of, Value::Bytes(bytes))) = field
                && of == number
            {
                members.push(read(at.member(members.len()), bytes)?);
            }
        }
        Ok(members)
    }

    fn text(&self, at: At, number: usize) -> Result<&'b str, BadField> {
        std::str::from_utf8(self.bytes(number)).map_err(|_| at.bad(Problem::Undecodable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(bytes: &[u8]) -> Result<Vec<(u64, Value<'_>)>, NotFields> {
        Fields(bytes).collect()
    }

    #[test]
    fn numbers_and_bytes_are_read_in_their_order() {
        // Protocol Buffers, "Encoding": 150 as field 1, "testing" as field 2.
        let bytes = [8, 0x96, 1, 0x12, 7, b't', b'e', b's', b't', b'i', b'n', b'g'];
        assert_eq!(fields(&bytes), Ok(vec![(1, Value::Number(150)), (2, Value::Bytes(b"testing"))]));
        assert_eq!(fields(&[]), Ok(vec![]));
    }

    #[test]
    fn signs_are_folded_as_protobuf_folds_them() {
        for (raw, value) in [(0, 0), (1, -1), (2, 1), (3, -2), (u64::MAX - 1, i64::MAX), (u64::MAX, i64::MIN)]
        {
            let mut bytes = vec![8];
            prost::encoding::encode_varint(raw, &mut bytes);
            let flat = Flat::read(At::top("x"), &bytes).expect("a field");
            assert_eq!(flat.zigzag(1), value);
        }
    }

    #[test]
    fn what_is_cut_off_or_of_another_kind_is_not_fields() {
        let cases: [&[u8]; 5] = [
            &[8],
            &[8, 0x80],
            &[0x12, 3, 1, 2],
            &[0x0d, 0, 0, 0, 0],
            &[8, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
        ];
        for bytes in cases {
            assert_eq!(fields(bytes), Err(NotFields), "{bytes:?}");
        }
    }
}

//! The numbers by which the bank knows branches, households, people, terminals, items, goods and keys.
//!
//! Each is made only by parsing (or from parts that were parsed), so a value of the type is in range.
//! They number books, not people: nothing here can hold a name. Text forms are those of
//! `proto/civbank/v1/types.proto`.

use serde::{Deserialize, Serialize};

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

/// Text that is not of the form its type wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("wants {0}")]
pub struct Malformed(pub &'static str);

/// Exactly `width` ASCII digits as a number.
fn digits(text: &str, width: usize, wants: &'static str) -> Result<u64, Malformed> {
    if text.len() != width {
        return Err(Malformed(wants));
    }
    text.bytes().try_fold(0, |number, byte| match byte {
        b'0'..=b'9' => Ok(number * 10 + u64::from(byte - b'0')),
        _ => Err(Malformed(wants)),
    })
}

/// The `width` bytes at the beginning, and what follows the hyphen after them.
fn before_hyphen(text: &str, width: usize) -> Option<(&str, &str)> {
    let (before, after) = text.split_at_checked(width)?;
    Some((before, after.strip_prefix('-')?))
}

/// 1 to `width` ASCII digits without a leading zero, in 1..=`max`.
fn number(text: &str, max: u64, wants: &'static str) -> Result<u64, Malformed> {
    let plain = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u64>() {
        Ok(n) if plain && !text.starts_with('0') && n <= max => Ok(n),
        _ => Err(Malformed(wants)),
    }
}

/// A town, village or community by its 12-digit statistical code; the head bank is one too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Branch(u64);

impl Branch {
    const WANTS: &'static str = "a branch: 12 digits, not beginning with 0";
    const DIGITS: usize = 12;

    /// The code as a number, below 10^12.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The household with serial number `serial` (1 to 99999).
    pub fn household(self, serial: u32) -> Option<HouseholdId> {
        (1..=99_999).contains(&serial).then(|| HouseholdId(self.0 * 100_000 + u64::from(serial)))
    }

    /// Member of staff number `number` (1 to 99) who has no passbook in this branch.
    pub fn staff(self, number: u8) -> Option<PersonId> {
        (1..=99).contains(&number).then(|| PersonId::of(self.0 * 10_000_000 + u64::from(number)))
    }

    /// Terminal number `number` (1 to 999) of this branch.
    pub fn terminal(self, number: u16) -> Option<TerminalId> {
        (1..=999).contains(&number).then(|| TerminalId(self.0 * 1_000 + u64::from(number)))
    }
}

impl FromStr for Branch {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let code = digits(text, Self::DIGITS, Self::WANTS)?;
        if code < 100_000_000_000 { Err(Malformed(Self::WANTS)) } else { Ok(Self(code)) }
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

/// A household's book: branch and a serial number from 1 to 99999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HouseholdId(u64);

impl HouseholdId {
    const WANTS: &'static str = "a household: branch, \"-\", 5 digits from 00001";

    /// The branch that keeps the book.
    pub fn branch(self) -> Branch {
        Branch(self.0 / 100_000)
    }

    /// Its serial number in the branch, 1 to 99999.
    pub fn serial(self) -> u32 {
        (self.0 % 100_000) as u32
    }

    /// Member `member` (1 to 99).
    pub fn member(self, member: u8) -> Option<PersonId> {
        (1..=99).contains(&member).then(|| PersonId::of(self.0 * 100 + u64::from(member)))
    }

    /// First and last possible household of a branch, for range look-ups.
    pub fn range(branch: Branch) -> std::ops::RangeInclusive<HouseholdId> {
        HouseholdId(branch.0 * 100_000)..=HouseholdId(branch.0 * 100_000 + 99_999)
    }

    /// Eight bytes, big-endian: the index's key.
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl FromStr for HouseholdId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (branch, serial) = before_hyphen(text, Branch::DIGITS).ok_or(Malformed(Self::WANTS))?;
        let branch: Branch = branch.parse().map_err(|_| Malformed(Self::WANTS))?;
        let serial = digits(serial, 5, Self::WANTS)?;
        branch.household(serial as u32).ok_or(Malformed(Self::WANTS))
    }
}

impl fmt::Display for HouseholdId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:05}", self.branch(), self.serial())
    }
}

/// A person: a household's member, or a branch's staff (household 00000).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(NonZeroU64);

impl PersonId {
    const WANTS: &'static str = "a person: branch, \"-\", 5 digits, \"-\", member 1 to 99";

    /// Members count from 1, so that no person is zero; a book's record saves the room for saying "none".
    fn of(number: u64) -> Self {
        PersonId(NonZeroU64::new(number).expect("a person's number ends in 1 to 99"))
    }

    fn number(self) -> u64 {
        self.0.get()
    }

    /// The branch of the person's book (or of the staff list).
    pub fn branch(self) -> Branch {
        Branch(self.number() / 10_000_000)
    }

    /// The person's household; none for staff without a passbook.
    pub fn household(self) -> Option<HouseholdId> {
        let id = HouseholdId(self.number() / 100);
        (id.serial() != 0).then_some(id)
    }

    /// Member number, 1 to 99.
    pub fn member(self) -> u8 {
        (self.number() % 100) as u8
    }

    /// Eight bytes, big-endian: the index's key.
    pub fn to_bytes(self) -> [u8; 8] {
        self.number().to_be_bytes()
    }
}

impl FromStr for PersonId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (branch, rest) = before_hyphen(text, Branch::DIGITS).ok_or(Malformed(Self::WANTS))?;
        let (serial, member) = before_hyphen(rest, 5).ok_or(Malformed(Self::WANTS))?;
        let member = number(member, 99, Self::WANTS)? as u8;
        let branch: Branch = branch.parse().map_err(|_| Malformed(Self::WANTS))?;
        let serial = digits(serial, 5, Self::WANTS)?;
        Ok(Self::of((branch.0 * 100_000 + serial) * 100 + u64::from(member)))
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let household = self.number() / 100;
        write!(f, "{:012}-{:05}-{}", household / 100_000, household % 100_000, self.member())
    }
}

/// A terminal of a shop or village hall: branch and a number from 1 to 999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TerminalId(u64);

impl TerminalId {
    const WANTS: &'static str = "a terminal: branch, \"-t\", 1 to 999";

    /// Where it stands.
    pub fn branch(self) -> Branch {
        Branch(self.0 / 1_000)
    }

    /// Eight bytes, big-endian: the index's key. The top bit keeps it apart from people.
    pub fn to_bytes(self) -> [u8; 8] {
        (self.0 | 1 << 63).to_be_bytes()
    }
}

impl FromStr for TerminalId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (branch, number_text) = before_hyphen(text, Branch::DIGITS).ok_or(Malformed(Self::WANTS))?;
        let number_text = number_text.strip_prefix('t').ok_or(Malformed(Self::WANTS))?;
        let branch: Branch = branch.parse().map_err(|_| Malformed(Self::WANTS))?;
        branch.terminal(number(number_text, 999, Self::WANTS)? as u16).ok_or(Malformed(Self::WANTS))
    }
}

impl fmt::Display for TerminalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-t{}", self.branch(), self.0 % 1_000)
    }
}

macro_rules! debug_as_display {
    ($($name:ty),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
debug_as_display!(Branch, HouseholdId, PersonId, TerminalId, ItemCode, Sku);

/// A catalogue item's code: 1 to 8 of `A-Z`, `0-9`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemCode([u8; 8]);

/// A kind of goods: 1 to 16 of `a-z`, `0-9`, `-`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sku([u8; 16]);

/// Bytes of `text`, padded with zeros, where every byte is allowed and the length fits.
fn padded<const N: usize>(text: &str, allowed: fn(u8) -> bool) -> Option<[u8; N]> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > N || !bytes.iter().all(|b| allowed(*b)) {
        return None;
    }
    let mut out = [0; N];
    out[..bytes.len()].copy_from_slice(bytes);
    Some(out)
}

/// The text before the padding; made from ASCII only, so always valid.
fn unpadded(bytes: &[u8]) -> &str {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    std::str::from_utf8(&bytes[..end]).unwrap_or("")
}

impl FromStr for ItemCode {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        padded(text, |b| b.is_ascii_uppercase() || b.is_ascii_digit())
            .map(Self)
            .ok_or(Malformed("an item: 1 to 8 of A-Z, 0-9"))
    }
}

impl fmt::Display for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(unpadded(&self.0))
    }
}

impl FromStr for Sku {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        padded(text, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            .map(Self)
            .ok_or(Malformed("goods: 1 to 16 of a-z, 0-9, \"-\""))
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(unpadded(&self.0))
    }
}

macro_rules! thirty_two_bytes {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The first eight bytes as a number: the key of compact look-ups.
            pub fn prefix(&self) -> u64 {
                let mut head = [0; 8];
                head.copy_from_slice(&self.0[..8]);
                u64::from_be_bytes(head)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = Malformed;
            fn try_from(bytes: &[u8]) -> Result<Self, Malformed> {
                bytes.try_into().map(Self).map_err(|_| Malformed("32 bytes"))
            }
        }
    )*};
}

thirty_two_bytes!(
    /// An Ed25519 public key: how the bank knows who signs.
    PublicKey,
    /// A hash: a document's address, a commitment, or a view token's hash.
    Digest
);

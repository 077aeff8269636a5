//! Tiles: the log cut into files that a static server can hand out for ever
//! (C2SP `tlog-tiles`).
//!
//! A full hash tile holds 256 hashes of one tree level in eight; an entry bundle
//! holds 256 entries, each behind its length. The last file of a row may be partial
//! and says so in its name. This file promises that a path has one spelling and that
//! a bundle is read to its last byte or refused. It reads and serves nothing.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::hash::{HASH_BYTES, Hash};
use super::strict;
use super::subtree::{SIZE_MAX, Subtree};

/// The number of hashes or entries of a full tile.
pub const TILE_WIDTH: u16 = 256;

/// How many levels of the tree a level of tiles spans: 2^8 = 256.
pub const TILE_HEIGHT: u8 = 8;

/// The highest level of tiles that has a path.
pub const TILE_LEVEL_MAX: u8 = 63;

/// The highest number of a tile: that of the last leaf of the largest tree.
pub const TILE_NUMBER_MAX: u64 = SIZE_MAX / TILE_WIDTH as u64;

/// The longest entry that a bundle can hold, in bytes.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TileKind {
    /// Hashes of the subtrees on tree level 8 * `level`.
    Hashes {
        /// The level of tiles, 0 to [`TILE_LEVEL_MAX`]; on 0 are the leaf hashes.
        level: u8,
    },
    /// The entries themselves.
    Entries,
}

/// Why something is not a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TileError {
    /// The path is not that of a tile, or not its one spelling.
    #[error("not the path of a tile")]
    BadPath,
    /// The level is above [`TILE_LEVEL_MAX`].
    #[error("there is no tile level {level}")]
    BadLevel {
        /// The level that was given.
        level: u8,
    },
    /// The number is above [`TILE_NUMBER_MAX`].
    #[error("there is no tile number {number}")]
    BadNumber {
        /// The number that was given.
        number: u64,
    },
    /// The width is not 1 to [`TILE_WIDTH`].
    #[error("a tile is not {width} wide")]
    BadWidth {
        /// The width that was given.
        width: usize,
    },
    /// An entry is longer than [`ENTRY_BYTES_MAX`].
    #[error("an entry of {length} bytes does not fit a bundle")]
    EntryTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The bytes end early or go on after the last entry or hash.
    #[error("the bytes of a tile are cut short or too many")]
    BadLength,
}

/// The name of a tile: what it holds, its number, and how wide it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    kind: TileKind,
    number: u64,
    width: u16,
}

impl Tile {
    /// Tile `number` (from 0) of a row, holding `width` hashes or entries, 1 to
    /// [`TILE_WIDTH`].
    pub fn new(kind: TileKind, number: u64, width: u16) -> Result<Tile, TileError> {
        if let TileKind::Hashes { level } = kind
            && level > TILE_LEVEL_MAX
        {
            return Err(TileError::BadLevel { level });
        }
        if number > TILE_NUMBER_MAX {
            return Err(TileError::BadNumber { number });
        }
        check_width(width.into())?;
        Ok(Tile { kind, number, width })
    }

    /// Tile `number` of a row, as wide as a tree of `size` leaves makes it, or `None`
    /// if that tree does not reach it.
    pub fn in_tree(kind: TileKind, number: u64, size: u64) -> Option<Tile> {
        let reached = row_width(kind, size).checked_sub(number.checked_mul(TILE_WIDTH.into())?)?;
        let width = reached.min(TILE_WIDTH.into()) as u16;
        Tile::new(kind, number, width).ok()
    }

    /// What it holds.
    pub fn kind(&self) -> TileKind {
        self.kind
    }

    /// Its number in its row, from 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// How many hashes or entries it holds, 1 to [`TILE_WIDTH`].
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether it is full, and therefore final.
    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The smallest tree that has this tile at this width; `None` if no tree does,
    /// because its level is higher than any tree.
    pub fn size_min(&self) -> Option<u64> {
        self.place(self.width - 1).map(Subtree::end)
    }

    /// The subtrees whose hashes fill it, in order; for a bundle, the leaves. None
    /// if its level is higher than any tree.
    pub fn subtrees(&self) -> impl Iterator<Item = Subtree> + use<> {
        let tile = *self;
        (0..tile.width).map_while(move |at| tile.place(at))
    }

    fn place(&self, at: u16) -> Option<Subtree> {
        let n = self.number * u64::from(TILE_WIDTH) + u64::from(at);
        Subtree::new(self.kind.tree_level(), n)
    }
}

impl TileKind {
    /// The level of the tree on which it lies; above 62 there is no tree.
    fn tree_level(self) -> u8 {
        match self {
            TileKind::Hashes { level } => level.saturating_mul(TILE_HEIGHT),
            TileKind::Entries => 0,
        }
    }
}

/// How many hashes or entries the whole row of a tree of `size` leaves holds.
fn row_width(kind: TileKind, size: u64) -> u64 {
    size.checked_shr(kind.tree_level().into()).unwrap_or(0)
}

/// The width of the partial tile at the end of a row of a tree of `size` leaves: 0 to
/// 255, where 0 means that there is none.
pub fn partial_width(kind: TileKind, size: u64) -> u16 {
    (row_width(kind, size) % u64::from(TILE_WIDTH)) as u16
}

/// The number of full tiles in a row of a tree of `size` leaves.
pub fn full_tiles(kind: TileKind, size: u64) -> u64 {
    row_width(kind, size) / u64::from(TILE_WIDTH)
}

impl fmt::Display for Tile {
    /// Writes the path below the prefix of the log, such as `tile/0/x001/x234/067.p/8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}")?,
            TileKind::Entries => f.write_str("tile/entries")?,
        }
        // 2^55 has 17 digits: at most six groups of three, the last without an x.
        let divisors = (1..6).rev().map(|groups| 1000_u64.pow(groups));
        for divisor in divisors.filter(|divisor| self.number >= *divisor) {
            write!(f, "/x{:03}", self.number / divisor % 1000)?;
        }
        write!(f, "/{:03}", self.number % 1000)?;
        if !self.is_full() {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for Tile {
    type Err = TileError;

    /// Reads a path below the prefix of the log: the one spelling that `Display`
    /// writes.
    fn from_str(path: &str) -> Result<Tile, TileError> {
        let rest = path.strip_prefix("tile/").ok_or(TileError::BadPath)?;
        let (row, rest) = rest.split_once('/').ok_or(TileError::BadPath)?;
        let kind = match row {
            "entries" => TileKind::Entries,
            level => {
                let level = strict::decimal(level).and_then(|level| u8::try_from(level).ok());
                let level = level.ok_or(TileError::BadPath)?;
                TileKind::Hashes { level }
            }
        };
        let (groups, width) = match rest.split_once(".p/") {
            None => (rest, TILE_WIDTH),
            Some((groups, width)) => (groups, parse_partial(width)?),
        };
        Tile::new(kind, parse_number(groups)?, width)
    }
}

fn parse_partial(width: &str) -> Result<u16, TileError> {
    strict::decimal(width)
        .and_then(|width| u16::try_from(width).ok())
        .filter(|width| (1..TILE_WIDTH).contains(width))
        .ok_or(TileError::BadPath)
}

/// Groups of three digits, all but the last behind an x, the first not `x000`.
fn parse_number(groups: &str) -> Result<u64, TileError> {
    let (front, last) = match groups.rsplit_once('/') {
        None => ("", groups),
        Some((front, last)) => (front, last),
    };
    let mut number = 0_u64;
    if groups.contains('/') {
        for group in front.split('/') {
            let group = group.strip_prefix('x').and_then(three_digits);
            number = append_group(number, group).ok_or(TileError::BadPath)?;
            if number == 0 {
                return Err(TileError::BadPath);
            }
        }
    }
    append_group(number, three_digits(last)).ok_or(TileError::BadPath)
}

fn append_group(number: u64, group: Option<u64>) -> Option<u64> {
    number.checked_mul(1000)?.checked_add(group?)
}

fn three_digits(group: &str) -> Option<u64> {
    let digits = group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| group.parse().ok()).flatten()
}

/// Writes an entry bundle: for each entry, its length as two big-endian bytes, then
/// the entry. 1 to [`TILE_WIDTH`] entries of at most [`ENTRY_BYTES_MAX`] bytes.
pub fn encode_entries<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, TileError> {
    check_width(entries.len())?;
    let mut bundle = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length = entry.len();
        let prefix = u16::try_from(length).map_err(|_| TileError::EntryTooLong { length })?;
        bundle.extend(prefix.to_be_bytes());
        bundle.extend(entry);
    }
    Ok(bundle)
}

/// Reads an entry bundle of exactly `width` entries, which is what the tile's path
/// promises.
pub fn decode_entries(bundle: &[u8], width: u16) -> Result<Vec<&[u8]>, TileError> {
    check_width(width.into())?;
    let mut entries = Vec::with_capacity(width.into());
    let mut rest = bundle;
    for _ in 0..width {
        let (length, after) = rest.split_first_chunk().ok_or(TileError::BadLength)?;
        let length = u16::from_be_bytes(*length).into();
        let (entry, after) = after.split_at_checked(length).ok_or(TileError::BadLength)?;
        entries.push(entry);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(TileError::BadLength);
    }
    Ok(entries)
}

/// Writes a hash tile of 1 to [`TILE_WIDTH`] hashes.
pub fn encode_hashes(hashes: &[Hash]) -> Result<Vec<u8>, TileError> {
    check_width(hashes.len())?;
    let bytes = hashes.iter().flat_map(|hash| *hash.as_bytes());
    Ok(bytes.collect())
}

/// Reads a hash tile of exactly `width` hashes.
pub fn decode_hashes(bytes: &[u8], width: u16) -> Result<Vec<Hash>, TileError> {
    check_width(width.into())?;
    if bytes.len() != usize::from(width) * HASH_BYTES {
        return Err(TileError::BadLength);
    }
    bytes
        .chunks_exact(HASH_BYTES)
        .map(|hash| Hash::try_from(hash).map_err(|_| TileError::BadLength))
        .collect()
}

fn check_width(width: usize) -> Result<(), TileError> {
    if (1..=usize::from(TILE_WIDTH)).contains(&width) { Ok(()) } else { Err(TileError::BadWidth { width }) }
}

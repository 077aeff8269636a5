//! The map of a closed segment: where it ends and where some of its frames start, so that opening need not read it
//! all. Derived from the segment, of use only beside it, and never believed alone: whoever opens by a map also reads
//! the segment's header and its last frame, whose checksum the map names. What lies between is verified whenever it
//! is served, and by whoever reads what [`super::JournalReader::unread_below`] tells of.
//!
//! ```text
//! 00000000000000000000.map       beside the segment of that name
//!
//! "civbank map\n"         12
//! version                  4      1
//! first index              8
//! next index               8      the first of the next segment
//! end                      8      length of the segment in bytes
//! checksum of last frame  16      as it stands in its trailer
//! marks                    8 each: index from the first (4), offset in units of 64 bytes (4)
//! checksum                16      BLAKE3 of all bytes before, its first 16
//! ```
//!
//! Numbers are big-endian. A file that is missing, damaged or of another segment costs a longer opening, nothing else.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::frame::{ALIGNMENT, CHECKSUM_BYTES};
use super::read::{MARK_EVERY_BYTES, Mark};
use super::{SEGMENT_BYTES_CAP, segment};

const TITLE: [u8; 12] = *b"civbank map\n";
const EXTENSION: &str = "map";
const VERSION: [u8; 4] = 1_u32.to_be_bytes();
const HEAD_BYTES: usize = 56;
const MARK_BYTES: usize = 8;
/// The longest map: that of the longest segment, whose last batch may begin at the cap.
const BYTES_MAX: usize =
    HEAD_BYTES + (SEGMENT_BYTES_CAP / MARK_EVERY_BYTES + 2) as usize * MARK_BYTES + CHECKSUM_BYTES;

/// What a map says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Map {
    pub first_index: u64,
    pub next_index: u64,
    /// Length of the segment in bytes.
    pub end: u64,
    /// Checksum of the last frame.
    pub last: [u8; CHECKSUM_BYTES],
    /// In order; the first frame always has its mark.
    pub marks: Vec<Mark>,
}

impl Map {
    /// The map beside the segment that starts at `first_index`; none where there is none that can be read.
    pub fn read(dir: &Path, first_index: u64) -> Option<Map> {
        let mut bytes = Vec::new();
        let file = File::open(path(dir, first_index)).ok()?;
        file.take(BYTES_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
        Map::parse(&bytes).filter(|map| map.first_index == first_index)
    }

    /// Puts the map beside its segment. Not synced: a power cut may leave less, which [`Map::read`] then refuses.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        let path = path(dir, self.first_index);
        let begun = path.with_extension("map.begun");
        File::create(&begun)?.write_all(&self.to_bytes())?;
        fs::rename(&begun, path)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.marks.len() * MARK_BYTES + CHECKSUM_BYTES);
        bytes.extend_from_slice(&TITLE);
        bytes.extend_from_slice(&VERSION);
        for number in [self.first_index, self.next_index, self.end] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&self.last);
        for mark in &self.marks {
            bytes.extend_from_slice(&mark.index.to_be_bytes());
            bytes.extend_from_slice(&mark.offset.to_be_bytes());
        }
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    /// Reads what [`Map::to_bytes`] writes and what a segment can look like, nothing else.
    pub fn parse(bytes: &[u8]) -> Option<Map> {
        let (body, sum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
        if bytes.len() > BYTES_MAX || checksum(body) != *sum {
            return None;
        }
        let (title, rest) = body.split_first_chunk::<12>()?;
        let (version, rest) = rest.split_first_chunk::<4>()?;
        let (first_index, rest) = rest.split_first_chunk::<8>()?;
        let (next_index, rest) = rest.split_first_chunk::<8>()?;
        let (end, rest) = rest.split_first_chunk::<8>()?;
        let (last, rest) = rest.split_first_chunk::<CHECKSUM_BYTES>()?;
        let (marks, left) = rest.as_chunks::<MARK_BYTES>();
        let marks = marks.iter().map(|[a, b, c, d, e, f, g, h]| Mark {
            index: u32::from_be_bytes([*a, *b, *c, *d]),
            offset: u32::from_be_bytes([*e, *f, *g, *h]),
        });
        let map = Map {
            first_index: u64::from_be_bytes(*first_index),
            next_index: u64::from_be_bytes(*next_index),
            end: u64::from_be_bytes(*end),
            last: *last,
            marks: marks.collect(),
        };
        (*title == TITLE && *version == VERSION && left.is_empty() && map.is_possible()).then_some(map)
    }

    /// Marks rise, begin with the first frame and lie within the segment.
    fn is_possible(&self) -> bool {
        let Some(entries) = self.next_index.checked_sub(self.first_index) else { return false };
        let first = Mark { index: 0, offset: (segment::HEADER_BYTES / ALIGNMENT) as u32 };
        let rise = self.marks.is_sorted_by(|a, b| a.index < b.index && a.offset < b.offset);
        let last = self.marks.last();
        self.marks.first() == Some(&first)
            && rise
            && last.is_some_and(|mark| u64::from(mark.index) < entries && mark.offset_bytes() < self.end)
    }
}

/// Removes the maps of a directory: the next opening reads every byte.
///
/// # Errors
///
/// Those of the operating system; the first ends it.
pub(super) fn remove_all(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.copy_from_slice(&blake3::hash(bytes).as_bytes()[..CHECKSUM_BYTES]);
    checksum
}

fn path(dir: &Path, first_index: u64) -> PathBuf {
    segment::path(dir, first_index).with_extension(EXTENSION)
}

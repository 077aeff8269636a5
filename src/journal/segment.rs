//! One segment: a file that holds some of the journal's frames, its name and its header. Pure
//! except for listing a directory.
//!
//! ```text
//! 00000000000000001024.seg       the first index, 20 digits
//!
//! "civbank journal\n"    16
//! version                 4      1
//! zeros                   4
//! first index             8
//! zeros                  16
//! checksum               16      BLAKE3 of the 48 bytes before, its first 16
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The bytes of a segment's header, where its first frame starts.
pub(super) const HEADER_BYTES: usize = 64;

const TITLE: [u8; 16] = *b"civbank journal\n";
const VERSION: u32 = 1;
const CHECKSUM_AT: usize = 48;
const NAME_DIGITS: usize = 20;
const SUFFIX: &str = ".seg";

/// The header of the segment that starts at `first_index`. There is only one right header for a
/// name, so a reader compares all of its bytes.
pub(super) fn header(first_index: u64) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..16].copy_from_slice(&TITLE);
    bytes[16..20].copy_from_slice(&VERSION.to_be_bytes());
    bytes[24..32].copy_from_slice(&first_index.to_be_bytes());
    let checksum = blake3::hash(&bytes[..CHECKSUM_AT]);
    bytes[CHECKSUM_AT..].copy_from_slice(&checksum.as_bytes()[..HEADER_BYTES - CHECKSUM_AT]);
    bytes
}

/// What to say about a header that is not the right one.
pub(super) fn header_fault(found: &[u8], first_index: u64) -> &'static str {
    let right = header(first_index);
    if found.len() == HEADER_BYTES && found[..16] == TITLE && found[16..20] != right[16..20] {
        return "the segment is of a version this program does not know, or its header is damaged";
    }
    "the segment header does not fit the file's name"
}

/// The path of the segment that starts at `first_index`.
pub(super) fn path(dir: &Path, first_index: u64) -> PathBuf {
    dir.join(format!("{first_index:0NAME_DIGITS$}{SUFFIX}"))
}

/// A file that calls itself a segment.
pub(super) struct Listed {
    pub path: PathBuf,
    /// `None` if the name is not one that [`path`] makes.
    pub first_index: Option<u64>,
}

/// The segments of a directory by name, which is also by index. Other files are left alone.
pub(super) fn list(dir: &Path) -> io::Result<Vec<Listed>> {
    let mut listed = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if let Some(stem) = name.strip_suffix(SUFFIX) {
            let is_number = stem.len() == NAME_DIGITS && stem.bytes().all(|b| b.is_ascii_digit());
            listed.push(Listed {
                path: dir.join(&*name),
                first_index: stem.parse().ok().filter(|_| is_number),
            });
        }
    }
    listed.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(listed)
}

//! The ZIP that a workbook is, as far as workbooks go: parts found by the central directory, stored or deflated, never
//! encrypted, never of more than one disk or 4 GiB. What unpacks to more than it may is not read on.

use std::io::Read;

use flate2::read::DeflateDecoder;

/// Parts of a workbook.
const PARTS_MAX: usize = 1_000;
/// The end record without its comment, and the longest comment.
const END_SIZE: usize = 22;
const COMMENT_MAX: usize = 65_535;

/// A workbook's parts, not yet unpacked.
pub(super) struct Pack<'a> {
    bytes: &'a [u8],
    parts: Vec<Part>,
}

struct Part {
    name: String,
    deflated: bool,
    packed: usize,
    /// Of its local header.
    at: usize,
}

impl<'a> Pack<'a> {
    /// The parts that the directory at the file's end lists; none where it is broken, encrypted or of a kind that no
    /// spreadsheet writes.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Pack<'a>> {
        let from = bytes.len().saturating_sub(END_SIZE + COMMENT_MAX);
        let tail = bytes.get(from..)?;
        let end = (0..=tail.len().checked_sub(END_SIZE)?)
            .rev()
            .find(|at| tail[*at..].starts_with(b"PK\x05\x06"))?;
        let end = tail.get(end..)?;
        let count = usize::from(two(end, 10)?);
        if count > PARTS_MAX {
            return None;
        }
        let mut at = usize::try_from(four(end, 16)?).ok()?;
        let mut parts = Vec::with_capacity(count);
        for _ in 0..count {
            let head = bytes.get(at..)?;
            if !head.starts_with(b"PK\x01\x02") {
                return None;
            }
            let (flags, method) = (two(head, 8)?, two(head, 10)?);
            if flags & 1 != 0 || !matches!(method, 0 | 8) {
                return None;
            }
            let lengths = [two(head, 28)?, two(head, 30)?, two(head, 32)?].map(usize::from);
            let name = head.get(46..46 + lengths[0])?;
            parts.push(Part {
                name: String::from_utf8_lossy(name).into_owned(),
                deflated: method == 8,
                packed: four(head, 20)? as usize,
                at: four(head, 42)? as usize,
            });
            at = at.checked_add(46 + lengths.iter().sum::<usize>())?;
        }
        Some(Pack { bytes, parts })
    }

    /// A part as a stream that ends, without a word, after `most` bytes; none where there is none.
    pub(super) fn part(&self, name: &str, most: u64) -> Option<Box<dyn Read + 'a>> {
        let part = self.parts.iter().find(|part| part.name == name)?;
        let head = self.bytes.get(part.at..)?;
        if !head.starts_with(b"PK\x03\x04") {
            return None;
        }
        let begin = 30 + usize::from(two(head, 26)?) + usize::from(two(head, 28)?);
        let packed = head.get(begin..begin.checked_add(part.packed)?)?;
        Some(match part.deflated {
            true => Box::new(DeflateDecoder::new(packed).take(most)),
            false => Box::new(packed.take(most)),
        })
    }
}

fn two(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn four(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

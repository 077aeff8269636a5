//! Torn or damaged? The one judgement that a journal must not get wrong, as a pure function over
//! bytes. Asked only about what follows the last whole frame of the last segment.
//!
//! An append that a power cut stopped was acknowledged to nobody, and may be cut off. Damage to
//! an append that *was* acknowledged looks much the same, and must never be cut off. What tells
//! them apart is how a write can fail to finish: the file may end too early, and a sector may not
//! have been written, in which case it reads as zeros. Nothing else passes as torn.

use super::frame::{ALIGNMENT, FRAME_BYTES_MAX, Fault, HEADER_BYTES, Header, MARK, Place, is_blank, sectors};
use super::segment;

/// What the bytes after the last whole frame are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The unfinished write of one batch that was never acknowledged.
    Torn,
    /// Anything else.
    Damaged(Fault),
}

/// Judges `tail`: all bytes from `place`, where a frame should start, to the end of the last
/// segment. They are not empty and do not start with a whole frame. `next_index` is where
/// the frame should start counting.
pub(super) fn judge(tail: &[u8], place: Place, next_index: u64) -> Verdict {
    if tail.len() > FRAME_BYTES_MAX {
        return Verdict::Damaged("more bytes follow than one batch can have");
    }
    // A header lies in one sector, so it was written whole or not at all.
    if sectors(place.offset, tail).next().is_some_and(is_blank) {
        return judge_headless(tail, place, next_index);
    }
    if tail.len() < HEADER_BYTES {
        let known = tail.len().min(MARK.len());
        return if tail[..known] == MARK[..known] {
            Verdict::Torn
        } else {
            Verdict::Damaged("no batch starts here")
        };
    }
    let header = match Header::parse(tail, place) {
        Ok(header) => header,
        Err(fault) => return Verdict::Damaged(fault),
    };
    if header.first_index != next_index {
        return Verdict::Damaged("the batch does not follow the one before");
    }
    if tail.len() < header.frame_bytes() {
        return Verdict::Torn;
    }
    // The next batch is only written once this one is durable.
    if tail.len() > header.frame_bytes() {
        return Verdict::Damaged("the batch is not whole, yet more bytes follow it");
    }
    // No sector of a frame is written blank.
    if sectors(place.offset, tail).any(is_blank) {
        return Verdict::Torn;
    }
    Verdict::Damaged("the checksum of the batch does not fit")
}

/// Judges a tail whose first sector was not written, so that the length of the frame is unknown;
/// perhaps all of it is blank. If it is torn, then it is the last thing that was written.
fn judge_headless(tail: &[u8], place: Place, next_index: u64) -> Verdict {
    for at in (ALIGNMENT..=tail.len().saturating_sub(HEADER_BYTES)).step_by(ALIGNMENT) {
        let later = Place { offset: place.offset + at as u64, ..place };
        if Header::parse(&tail[at..], later).is_ok_and(|header| header.first_index > next_index) {
            return Verdict::Damaged("the batch header is blank, yet a later batch follows");
        }
    }
    Verdict::Torn
}

/// Judges the last segment of a journal when its header is not the right one. `bytes` are the
/// whole file, or more of it than a header. A header is durable before the first frame is written.
pub(super) fn judge_segment(bytes: &[u8], first_index: u64) -> Verdict {
    let right = segment::header(first_index);
    let is_unfinished = bytes.len() <= right.len() && is_blank(bytes)
        || bytes.len() < right.len() && right.starts_with(bytes);
    if is_unfinished {
        return Verdict::Torn;
    }
    let found = &bytes[..bytes.len().min(right.len())];
    Verdict::Damaged(segment::header_fault(found, first_index))
}

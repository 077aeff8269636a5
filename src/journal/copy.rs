//! Copying a journal's files while its writer appends, without its lock: whole, verified frames in order.
//!
//! Only what is durable is handed out. A frame can be read before its writer has synced it, and a power cut
//! could then take from the journal what the copy has; so each file is synced here, after its length was asked
//! and before anything below that length is read. What a writer is in the middle of is left out.
//!
//! A crash here means nothing to the journal: it is only read.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::frame::{FRAME_BYTES_MAX, Fault, Frame, Place};
use super::read::Walk;
use super::tail::{self, Verdict};
use super::{Batch, Damage, JournalError, OpenError, segment};

/// How much is read at once.
const AHEAD_BYTES: usize = 1 << 20;
/// How often the end is looked at again when it is neither whole nor torn: a write may be under way.
const LOOKS: u32 = 40;
/// How long between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Where a copy has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyEnd {
    /// First index of its last segment.
    pub segment: u64,
    /// Where in that segment it goes on, in bytes; 0 before the segment's header.
    pub offset: u64,
    /// Index of the next entry.
    pub next_index: u64,
}

/// A piece to be written into the copy: a segment's header or a whole frame.
#[derive(Debug)]
pub struct CopyPiece<'a> {
    /// First index of the segment it is in.
    pub segment: u64,
    /// Where in it, in bytes.
    pub offset: u64,
    /// As they are on disk.
    pub bytes: &'a [u8],
    /// What the frame holds; `None` for a header.
    pub batch: Option<Batch>,
}

/// The file of the segment that starts at `first_index`.
pub fn segment_file(dir: &Path, first_index: u64) -> PathBuf {
    segment::path(dir, first_index)
}

/// First indexes and lengths in bytes of the segments in a directory, in order.
///
/// # Errors
///
/// [`OpenError::Io`]; [`OpenError::Damaged`] for a segment with a name that none has.
pub fn segment_lengths(dir: &Path) -> Result<Vec<(u64, u64)>, OpenError> {
    let listed = segment::list(dir).map_err(|e| OpenError::io("listing", dir, e))?;
    let mut lengths = Vec::with_capacity(listed.len());
    for file in listed {
        let what = "no segment has such a name";
        let first_index = file.first_index;
        let first_index = first_index.ok_or(Damage { file: file.path.clone(), offset: 0, index: 0, what })?;
        let metadata =
            std::fs::metadata(&file.path).map_err(|e| OpenError::io("measuring", &file.path, e))?;
        lengths.push((first_index, metadata.len()));
    }
    Ok(lengths)
}

/// Hands every piece from `from` on to `take`, in order, as far as the journal is durable and whole now. Answers
/// where that is; what lies beyond it in the last file is an unfinished write.
///
/// # Errors
///
/// [`OpenError`] as on opening a journal, and whatever `take` answers.
pub fn copy_pieces<E: From<OpenError>>(
    dir: &Path,
    from: CopyEnd,
    take: &mut dyn FnMut(CopyPiece<'_>) -> Result<(), E>,
) -> Result<CopyEnd, E> {
    let segments = segment_lengths(dir)?;
    let mut end = from;
    let at = segments.partition_point(|(first_index, _)| *first_index < from.segment);
    let following = &segments[at..];
    let known = from.offset > 0;
    for (position, (first_index, _)) in following.iter().enumerate() {
        let expected = if known && position == 0 { from.segment } else { end.next_index };
        let file = segment::path(dir, *first_index);
        if *first_index != expected {
            let what = "the segment does not follow the one before it; one may be missing";
            return Err(OpenError::Damaged(Damage { file, offset: 0, index: end.next_index, what }).into());
        }
        if !(known && position == 0) {
            end = CopyEnd { segment: *first_index, offset: 0, ..end };
        }
        let is_last = position + 1 == following.len();
        copy_segment(dir, &mut end, is_last, take)?;
    }
    Ok(end)
}

/// Goes to the end of one segment.
fn copy_segment<E: From<OpenError>>(
    dir: &Path,
    end: &mut CopyEnd,
    is_last: bool,
    take: &mut dyn FnMut(CopyPiece<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut looks = 0;
    loop {
        match copy_durable(dir, end, is_last, take)? {
            Stop::End => return Ok(()),
            // A write that is under way can look like damage for a moment, anywhere but in what stays so.
            Stop::Damaged(damage) if looks == LOOKS || !is_last => {
                return Err(OpenError::Damaged(damage).into());
            }
            Stop::Damaged(_) => {
                looks += 1;
                std::thread::sleep(PAUSE);
            }
        }
    }
}

enum Stop {
    End,
    Damaged(Damage),
}

fn copy_durable<E: From<OpenError>>(
    dir: &Path,
    end: &mut CopyEnd,
    is_last: bool,
    take: &mut dyn FnMut(CopyPiece<'_>) -> Result<(), E>,
) -> Result<Stop, E> {
    let length = durable_length(&segment::path(dir, end.segment))?;
    let place = Place { segment: end.segment, offset: end.offset };
    let mut walk = Walk::start(dir, place, length.max(end.offset), AHEAD_BYTES).map_err(OpenError::from)?;
    if end.offset == 0 {
        let bytes = walk.bytes(segment::HEADER_BYTES + 1).map_err(OpenError::from)?;
        let header = segment::header(end.segment);
        if !bytes.starts_with(&header) {
            return Ok(match tail::judge_segment(bytes, end.segment) {
                Verdict::Torn if is_last => Stop::End,
                Verdict::Torn => {
                    let what = "the segment header is unfinished, yet another segment follows";
                    Stop::Damaged(walk.damage(end.next_index, what))
                }
                Verdict::Damaged(what) => Stop::Damaged(walk.damage(end.next_index, what)),
            });
        }
        take(CopyPiece { segment: end.segment, offset: 0, bytes: &header, batch: None })?;
        end.offset = header.len() as u64;
        walk.advance(header.len());
    }
    while !walk.is_at_end() {
        let place = walk.place();
        match whole_frame(&mut walk, end.next_index).map_err(OpenError::from)? {
            Ok((bytes, batch)) => {
                let (length, next_index) = (bytes.len(), batch.size_after());
                let (segment, offset) = (place.segment, place.offset);
                take(CopyPiece { segment, offset, bytes, batch: Some(batch) })?;
                walk.advance(length);
                end.offset += length as u64;
                end.next_index = next_index;
            }
            Err(fault) => {
                let verdict = if is_last {
                    let bytes = walk.bytes(FRAME_BYTES_MAX + 1).map_err(OpenError::from)?;
                    tail::judge(bytes, place, end.next_index)
                } else {
                    Verdict::Damaged(fault)
                };
                return Ok(match verdict {
                    Verdict::Torn => Stop::End,
                    Verdict::Damaged(what) => Stop::Damaged(walk.damage(end.next_index, what)),
                });
            }
        }
    }
    Ok(Stop::End)
}

/// The length of a file, all of which below it is durable when this returns.
fn durable_length(path: &Path) -> Result<u64, OpenError> {
    let file = File::open(path).map_err(|e| OpenError::io("opening", path, e))?;
    let length = file.metadata().map_err(|e| OpenError::io("measuring", path, e))?.len();
    file.sync_data().map_err(|e| OpenError::io("syncing", path, e))?;
    Ok(length)
}

/// A whole frame's bytes and what it holds, or why there is none.
type Whole<'a> = Result<(&'a [u8], Batch), Fault>;

/// The frame here.
fn whole_frame(walk: &mut Walk, next_index: u64) -> Result<Whole<'_>, JournalError> {
    let place = walk.place();
    let header = match walk.header()? {
        Ok(header) => header,
        Err(fault) => return Ok(Err(fault)),
    };
    if header.first_index != next_index {
        return Ok(Err("the batch does not follow the one before"));
    }
    let bytes = walk.bytes(header.frame_bytes())?;
    Ok(Frame::open(bytes, header, place).map(|frame| (bytes, frame.to_batch())))
}

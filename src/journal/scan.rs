//! Start-up: goes through the segments in order and says what is there. Reads every byte once, or, for a
//! writer, takes closed segments by their maps where those fit. Changes nothing: the writer decides
//! what to do about a torn tail, and an auditor only reports it.

use std::path::{Path, PathBuf};

use super::frame::{self, FRAME_BYTES_MAX, Fault, Frame, Place};
use super::map::Map;
use super::read::{AHEAD_BYTES, Known, LOOK_UP_BYTES, Walk};
use super::tail::{self, Verdict};
use super::{Damage, OpenError, Progress, SEGMENT_BYTES_CAP, segment};

/// How many bytes are checked between two calls to `on_progress`.
const PROGRESS_EVERY_BYTES: u64 = 1 << 20;

/// The unfinished write at the end of a journal: an append that was acknowledged to nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The last segment file.
    pub file: PathBuf,
    /// Where in it the unfinished write starts, in bytes. 0 if it is the segment's own header.
    pub offset: u64,
    /// How many bytes there are from `offset` to the end of the file.
    pub bytes: u64,
    /// The index that the first entry of the unfinished batch has, or would have had.
    pub index: u64,
}

/// What start-up found.
pub(super) struct Scanned {
    pub known: Known,
    /// The length of all segment files in bytes, a torn tail included.
    pub bytes: u64,
    pub torn_tail: Option<TornTail>,
    /// The newest whole piece of the last segment: its last frame, or its header. `None` if there
    /// is no segment, or its header is torn.
    pub newest: Option<Piece>,
}

/// A piece of a segment that was written at once.
pub(super) struct Piece {
    pub place: Place,
    pub bytes: Vec<u8>,
}

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Every byte.
    All,
    /// Of closed segments with a map that fits, header and last frame.
    ByMaps,
}

/// Checks all segments in `dir`: names, headers, checksums, and that the indexes follow each other
/// from 0 without a gap.
pub(super) fn scan(
    dir: &Path,
    depth: Depth,
    on_progress: Option<Progress<'_>>,
) -> Result<Scanned, OpenError> {
    let segments = segments(dir)?;
    let bytes = segments.iter().map(|segment| segment.bytes).sum();
    let mut scan = Scan {
        found: Scanned { known: Known::default(), bytes, torn_tail: None, newest: None },
        on_progress,
        done: 0,
        reported: 0,
    };
    for (position, segment) in segments.iter().enumerate() {
        let is_last = position + 1 == segments.len();
        let by_map = depth == Depth::ByMaps && !is_last && scan.by_map(dir, segment);
        if !by_map {
            scan.segment(dir, segment, is_last)?;
        }
    }
    if let Some(on_progress) = scan.on_progress {
        on_progress(bytes, bytes);
    }
    Ok(scan.found)
}

struct Scan<'a> {
    found: Scanned,
    on_progress: Option<Progress<'a>>,
    done: u64,
    reported: u64,
}

impl Scan<'_> {
    /// Takes in a closed segment by its map; not where there is none or it does not fit. Then every byte is read,
    /// and whatever is wrong is found there.
    fn by_map(&mut self, dir: &Path, file: &SegmentFile) -> bool {
        let Some((map, checkpoint)) = Map::read(dir, file.first_index).and_then(|map| file.fits(dir, map))
        else {
            return false;
        };
        if map.first_index != self.found.known.size() {
            return false;
        }
        self.found.known.add_mapped(map);
        self.found.known.set_checkpoint(&checkpoint);
        self.did(file.bytes);
        true
    }

    fn segment(&mut self, dir: &Path, file: &SegmentFile, is_last: bool) -> Result<(), OpenError> {
        let next_index = self.found.known.size();
        if file.first_index != next_index {
            let what = "the segment does not follow the one before it; one may be missing";
            return Err(file.damage(next_index, what).into());
        }
        if file.bytes > SEGMENT_BYTES_CAP + FRAME_BYTES_MAX as u64 {
            return Err(file.damage(next_index, "the file is longer than a segment gets").into());
        }
        let mut walk = Walk::from_header(dir, file.first_index, file.bytes, AHEAD_BYTES)?;
        // One byte more than a header, to see whether the file goes on.
        let bytes = walk.bytes(segment::HEADER_BYTES + 1)?;
        if !bytes.starts_with(&segment::header(file.first_index)) {
            let verdict = tail::judge_segment(bytes, file.first_index);
            return self.end_early(&walk, verdict, is_last);
        }
        self.found.known.add_segment(file.first_index);
        self.step_over(&mut walk, segment::HEADER_BYTES, is_last)?;
        while !walk.is_at_end() {
            if let Err(fault) = self.frame(&mut walk, is_last)? {
                let (place, next_index) = (walk.place(), self.found.known.size());
                let verdict = if is_last {
                    tail::judge(walk.bytes(FRAME_BYTES_MAX + 1)?, place, next_index)
                } else {
                    Verdict::Damaged(fault)
                };
                return self.end_early(&walk, verdict, is_last);
            }
        }
        Ok(())
    }

    /// Takes in one frame, or says why there is no whole one here.
    fn frame(&mut self, walk: &mut Walk, is_last: bool) -> Result<Result<(), Fault>, OpenError> {
        let place = walk.place();
        let header = match walk.header()? {
            Ok(header) => header,
            Err(fault) => return Ok(Err(fault)),
        };
        let known = &mut self.found.known;
        if header.first_index != known.size() {
            return Ok(Err("the batch does not follow the one before"));
        }
        let bytes = header.frame_bytes();
        match Frame::open(walk.bytes(bytes)?, header, place) {
            Ok(frame) => known.set_checkpoint(frame.checkpoint()),
            Err(fault) => return Ok(Err(fault)),
        }
        known.add_frame(header.first_index, header.next_index(), bytes as u64);
        self.step_over(walk, bytes, is_last)?;
        Ok(Ok(()))
    }

    /// Goes to the end of a whole piece, and keeps a copy if it may be the newest.
    fn step_over(&mut self, walk: &mut Walk, bytes: usize, is_last: bool) -> Result<(), OpenError> {
        if is_last {
            let place = walk.place();
            let newest = self.found.newest.get_or_insert_with(|| Piece { place, bytes: Vec::new() });
            newest.place = place;
            newest.bytes.clear();
            newest.bytes.extend_from_slice(walk.bytes(bytes)?);
        }
        walk.advance(bytes);
        self.did(bytes as u64);
        Ok(())
    }

    fn did(&mut self, bytes: u64) {
        self.done += bytes;
        if self.done - self.reported >= PROGRESS_EVERY_BYTES {
            self.reported = self.done;
            if let Some(on_progress) = &mut self.on_progress {
                on_progress(self.done, self.found.bytes);
            }
        }
    }

    /// The segment does not go on with a whole frame here.
    fn end_early(&mut self, walk: &Walk, verdict: Verdict, is_last: bool) -> Result<(), OpenError> {
        let index = self.found.known.size();
        let what = match verdict {
            Verdict::Torn if is_last => {
                self.found.torn_tail = Some(TornTail {
                    file: walk.path().to_owned(),
                    offset: walk.place().offset,
                    bytes: walk.rest(),
                    index,
                });
                return Ok(());
            }
            Verdict::Torn => "the segment header is unfinished, yet another segment follows",
            Verdict::Damaged(what) => what,
        };
        Err(walk.damage(index, what).into())
    }
}

/// A segment file as the directory lists it.
struct SegmentFile {
    path: PathBuf,
    first_index: u64,
    bytes: u64,
}

impl SegmentFile {
    /// The map and the checkpoint of the last frame, where the file begins, ends and is as long as the map says.
    fn fits(&self, dir: &Path, map: Map) -> Option<(Map, Vec<u8>)> {
        let header = segment::header(self.first_index);
        let mut walk = Walk::from_header(dir, self.first_index, self.bytes, header.len()).ok()?;
        if self.bytes != map.end || walk.bytes(header.len()).ok()? != header {
            return None;
        }
        let place = Place { segment: self.first_index, offset: map.marks.last()?.offset_bytes() };
        let mut walk = Walk::start(dir, place, self.bytes, LOOK_UP_BYTES).ok()?;
        loop {
            let header = walk.header().ok()?.ok()?;
            let (place, bytes) = (walk.place(), header.frame_bytes());
            if (bytes as u64) < walk.rest() {
                walk.advance(bytes);
                continue;
            }
            let bytes = walk.bytes(bytes).ok()?;
            let fits = header.next_index() == map.next_index && frame::checksum(bytes) == map.last;
            let checkpoint = Frame::open(bytes, header, place).ok()?.checkpoint().to_vec();
            return fits.then_some((map, checkpoint));
        }
    }

    fn damage(&self, index: u64, what: Fault) -> Damage {
        Damage { file: self.path.clone(), offset: 0, index, what }
    }
}

/// The segment files by index.
fn segments(dir: &Path) -> Result<Vec<SegmentFile>, OpenError> {
    let listed = segment::list(dir).map_err(|e| OpenError::io("listing", dir, e))?;
    let mut segments = Vec::with_capacity(listed.len());
    for file in listed {
        let Some(first_index) = file.first_index else {
            return Err(OpenError::Damaged(Damage {
                file: file.path,
                offset: 0,
                index: 0,
                what: "no segment has such a name",
            }));
        };
        let metadata =
            std::fs::metadata(&file.path).map_err(|e| OpenError::io("measuring", &file.path, e))?;
        segments.push(SegmentFile { path: file.path, first_index, bytes: metadata.len() });
    }
    Ok(segments)
}

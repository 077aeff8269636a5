//! Reading a journal of files, from many threads, while the writer appends.
//!
//! What is known about the files is held in memory and kept small: for each segment where it
//! ends, and one mark for every 16 KiB of it. The bytes themselves are read with their offset
//! given, so readers share no position, and each frame is verified again whenever anything is
//! served from it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::frame::{self, ALIGNMENT, Fault, Frame, HEADER_BYTES, Header, Place};
use super::map::{self, Map};
use super::pick::{self, Kept, PIECE_BYTES};
use super::{Batch, BatchView, Batches, Damage, JournalError, JournalReader, segment};

/// How much is read at once when batches are read in order.
pub(super) const AHEAD_BYTES: usize = 1 << 20;
/// How much is read at once to find one entry: from a mark to the frame, and mostly the frame.
pub(super) const LOOK_UP_BYTES: usize = 32 << 10;
/// There is one mark in memory for at least so many bytes of a segment.
pub(super) const MARK_EVERY_BYTES: u64 = 16 << 10;

/// The reader of a [`super::FileJournal`], or of its files alone (see
/// [`super::FileJournal::open_for_audit`]). Files are opened when they are needed, so a journal
/// of any length needs few descriptors. A clone reads the same journal.
#[derive(Clone)]
pub struct FileReader {
    shared: Arc<Shared>,
}

/// Owned by the writer and its readers together.
struct Shared {
    dir: PathBuf,
    known: RwLock<Known>,
    kept: Kept,
}

/// What is durable. Changed only by the writer, after its batch is on disk.
#[derive(Default)]
pub(super) struct Known {
    size: u64,
    last_checkpoint: Option<Vec<u8>>,
    segments: Vec<Segment>,
    /// Entries below this one were taken in by maps: their frames have not been read since the journal was opened.
    unread_below: u64,
}

/// What is known of one segment file.
struct Segment {
    first_index: u64,
    /// The offset after the last durable frame, in bytes.
    end: u64,
    /// Where some of the frames start, in order; the first frame always has its mark.
    marks: Vec<Mark>,
    /// There is a map of it beside it.
    mapped: bool,
}

/// Eight bytes for 16 KiB. A segment has fewer than 2^31 bytes, so both numbers fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The frame's first index, counted from the segment's.
    pub index: u32,
    /// The frame's offset in units of [`ALIGNMENT`] bytes.
    pub offset: u32,
}

impl Known {
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a segment without frames.
    pub fn add_segment(&mut self, first_index: u64) {
        assert_eq!(first_index, self.size);
        let end = segment::HEADER_BYTES as u64;
        self.segments.push(Segment { first_index, end, marks: Vec::new(), mapped: false });
    }

    /// Adds a closed segment by its map.
    pub fn add_mapped(&mut self, map: Map) {
        assert_eq!(map.first_index, self.size);
        let Map { first_index, next_index, end, marks, .. } = map;
        self.segments.push(Segment { first_index, end, marks, mapped: true });
        self.size = next_index;
        self.unread_below = next_index;
    }

    /// The map of a closed segment that has none yet, but for its last checksum.
    fn unmapped(&self) -> Option<Map> {
        let mut pairs = self.segments.iter().zip(self.segments.iter().skip(1));
        let (segment, next) = pairs.find(|(segment, _)| !segment.mapped)?;
        Some(Map {
            first_index: segment.first_index,
            next_index: next.first_index,
            end: segment.end,
            last: [0; frame::CHECKSUM_BYTES],
            marks: segment.marks.clone(),
        })
    }

    /// Entries below this one were taken in by maps.
    pub fn unread_below(&self) -> u64 {
        self.unread_below
    }

    fn set_mapped(&mut self, first_index: u64) {
        let found = self.segments.iter_mut().find(|segment| segment.first_index == first_index);
        if let Some(segment) = found {
            segment.mapped = true;
        }
    }

    /// Adds a frame to the last segment.
    pub fn add_frame(&mut self, first_index: u64, next_index: u64, bytes: u64) {
        let segment = self.segments.last_mut().expect("frames are in segments");
        assert_eq!(first_index, self.size);
        let marked = segment.marks.last().map(Mark::offset_bytes);
        if marked.is_none_or(|marked| segment.end - marked >= MARK_EVERY_BYTES) {
            segment.marks.push(Mark {
                index: (first_index - segment.first_index) as u32,
                offset: (segment.end / ALIGNMENT as u64) as u32,
            });
        }
        segment.end += bytes;
        self.size = next_index;
    }

    pub fn set_checkpoint(&mut self, checkpoint: &[u8]) {
        let last = self.last_checkpoint.get_or_insert_default();
        last.clear();
        last.extend_from_slice(checkpoint);
    }

    /// The segment being written and where it ends; `None` if there is none yet.
    pub fn end(&self) -> Option<Place> {
        self.segments.last().map(|segment| Place { segment: segment.first_index, offset: segment.end })
    }

    /// How many segments there are.
    pub fn segments(&self) -> usize {
        self.segments.len()
    }

    /// The nearest mark at or before the frame that holds `index`, which is below the size; and
    /// the end of its segment.
    fn near(&self, index: u64) -> (Place, u64) {
        let after = self.segments.partition_point(|s| s.first_index <= index);
        let segment = &self.segments[after - 1];
        let within = (index - segment.first_index) as u32;
        let after = segment.marks.partition_point(|mark| mark.index <= within);
        let place = Place { segment: segment.first_index, offset: segment.marks[after - 1].offset_bytes() };
        (place, segment.end)
    }
}

impl Mark {
    pub fn offset_bytes(&self) -> u64 {
        u64::from(self.offset) * ALIGNMENT as u64
    }
}

impl FileReader {
    pub(super) fn new(dir: &Path, known: Known) -> Self {
        let shared = Shared { dir: dir.to_owned(), known: RwLock::new(known), kept: Kept::default() };
        FileReader { shared: Arc::new(shared) }
    }

    /// Asks about what is known. Never held across I/O.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Known) -> T) -> T {
        let known = self.shared.known.read();
        question(&known.unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells readers what has become durable. Called by the writer only.
    pub(super) fn publish(&self, change: impl FnOnce(&mut Known)) {
        let known = self.shared.known.write();
        change(&mut known.unwrap_or_else(PoisonError::into_inner));
    }

    fn batches_from(&self, from_index: u64) -> FileBatches {
        FileBatches { reader: self.clone(), next_index: from_index, until: self.size(), walk: None }
    }

    /// Walks to the frame that holds `index`, if that is below the size.
    fn walk_to(&self, index: u64, ahead: usize) -> Result<Option<Walk>, JournalError> {
        let near = self.ask(|known| (index < known.size).then(|| known.near(index)));
        let Some((place, end)) = near else {
            return Ok(None);
        };
        let mut walk = Walk::start(&self.shared.dir, place, end, ahead)?;
        loop {
            let header = walk.sure_header(index)?;
            if index < header.next_index() {
                return Ok(Some(walk));
            }
            walk.advance(header.frame_bytes());
        }
    }
}

impl JournalReader for FileReader {
    fn size(&self) -> u64 {
        self.ask(|known| known.size)
    }

    fn batches(&self, from_index: u64) -> Batches {
        Box::new(self.batches_from(from_index))
    }

    fn show_to_prove(
        &self,
        from_index: u64,
        see: &mut dyn FnMut(BatchView<'_>) -> bool,
    ) -> Result<(), JournalError> {
        let mut batches = self.batches_from(from_index);
        while batches.is_more() && batches.read(Sum::LeftOut, |frame| see(frame.view()))? {}
        Ok(())
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, JournalError> {
        let Some(mut walk) = self.walk_to(index, LOOK_UP_BYTES)? else {
            return Ok(None);
        };
        Ok(Some(walk.frame(Sum::Verified, index)?.entry(index).to_vec()))
    }

    fn entry_known_by(
        &self,
        index: u64,
        is_right: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        let near = self.ask(|known| (index < known.size).then(|| known.near(index)));
        let Some((place, end)) = near else { return Ok(None) };
        let dir = &self.shared.dir;
        let file = self.shared.kept.file(dir, place.segment)?;
        let walk = Walk::on(file, segment::path(dir, place.segment), place, end, PIECE_BYTES);
        match pick::pick(walk, index) {
            Ok(Some(bytes)) if is_right(&bytes) => Ok(Some(bytes)),
            // What is wrong with it, and whether anything is, the whole batch tells.
            _ => self.entry(index),
        }
    }

    fn last_checkpoint(&self) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self.ask(|known| known.last_checkpoint.clone()))
    }

    fn unread_below(&self) -> u64 {
        self.ask(Known::unread_below)
    }

    fn draw_maps(&self) -> Result<(), JournalError> {
        while let Some(mut map) = self.ask(Known::unmapped) {
            let newest = map.next_index - 1;
            let Some(mut walk) = self.walk_to(newest, LOOK_UP_BYTES)? else { return Ok(()) };
            walk.frame(Sum::Verified, newest)?;
            let rest = usize::try_from(walk.rest()).unwrap_or(usize::MAX);
            map.last = frame::checksum(walk.bytes(rest)?);
            let dir = &self.shared.dir;
            map.write(dir).map_err(|e| JournalError::io("drawing a map in", dir, e))?;
            self.publish(|known| known.set_mapped(map.first_index));
        }
        Ok(())
    }

    fn forget_maps(&self) -> Result<(), JournalError> {
        let dir = &self.shared.dir;
        map::remove_all(dir).map_err(|e| JournalError::io("removing maps from", dir, e))
    }
}

/// Whether a frame's checksum is computed.
#[derive(Clone, Copy)]
enum Sum {
    Verified,
    LeftOut,
}

/// Batches in order, segment after segment.
struct FileBatches {
    reader: FileReader,
    next_index: u64,
    until: u64,
    /// The segment being read; `None` before the first one.
    walk: Option<Walk>,
}

impl FileBatches {
    fn is_more(&self) -> bool {
        self.next_index < self.until
    }

    /// Reads the next frame.
    fn read<T>(&mut self, sum: Sum, take: impl FnOnce(&Frame) -> T) -> Result<T, JournalError> {
        if self.walk.as_ref().is_none_or(Walk::is_at_end) {
            self.walk = self.reader.walk_to(self.next_index, AHEAD_BYTES)?;
        }
        let walk = self.walk.as_mut().expect("the index is below the size");
        let frame = walk.frame(sum, self.next_index)?;
        let (taken, header) = (take(&frame), frame.header);
        walk.advance(header.frame_bytes());
        self.next_index = header.next_index();
        Ok(taken)
    }
}

impl Iterator for FileBatches {
    type Item = Result<Batch, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.is_more() {
            return None;
        }
        let result = self.read(Sum::Verified, |frame| frame.to_batch());
        if result.is_err() {
            self.until = 0;
        }
        Some(result)
    }
}

/// A walk along the frames of one segment. Shared by start-up, which walks to the end of the
/// file, and by readers, who stop at the end that is durable.
pub(super) struct Walk {
    path: PathBuf,
    file: Arc<File>,
    place: Place,
    end: u64,
    window: Window,
}

impl Walk {
    pub fn start(dir: &Path, place: Place, end: u64, ahead: usize) -> Result<Walk, JournalError> {
        let path = segment::path(dir, place.segment);
        let file = File::open(&path).map_err(|e| JournalError::io("opening", &path, e))?;
        Ok(Walk::on(Arc::new(file), path, place, end, ahead))
    }

    /// The same on a file that is open already.
    pub fn on(file: Arc<File>, path: PathBuf, place: Place, end: u64, ahead: usize) -> Walk {
        Walk { path, file, place, end, window: Window::new(ahead) }
    }

    /// From the segment's own header on.
    pub fn from_header(dir: &Path, segment: u64, end: u64, ahead: usize) -> Result<Walk, JournalError> {
        Walk::start(dir, Place { segment, offset: 0 }, end, ahead)
    }

    pub fn place(&self) -> Place {
        self.place
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn is_at_end(&self) -> bool {
        self.place.offset >= self.end
    }

    /// The bytes between here and the end.
    pub fn rest(&self) -> u64 {
        self.end - self.place.offset
    }

    /// Up to `length` bytes from here; fewer at the end.
    pub fn bytes(&mut self, length: usize) -> Result<&[u8], JournalError> {
        let length = self.rest().min(length as u64) as usize;
        self.window
            .get(&self.file, self.place.offset, length, self.end)
            .map_err(|e| JournalError::io("reading", &self.path, e))
    }

    pub fn advance(&mut self, bytes: usize) {
        self.place.offset += bytes as u64;
    }

    /// The header of the frame here. `index` is named if it is damaged.
    pub fn sure_header(&mut self, index: u64) -> Result<Header, JournalError> {
        match self.header()? {
            Ok(header) => Ok(header),
            Err(fault) => Err(self.damage(index, fault).into()),
        }
    }

    /// The header of the frame here, or what is wrong with it.
    pub fn header(&mut self) -> Result<Result<Header, Fault>, JournalError> {
        let (place, rest) = (self.place, self.rest());
        let bytes = self.bytes(HEADER_BYTES)?;
        if bytes.len() < HEADER_BYTES {
            return Ok(Err("the file ends inside a batch header"));
        }
        Ok(Header::parse(bytes, place).and_then(|header| {
            if header.frame_bytes() as u64 > rest {
                return Err("the file ends inside a batch");
            }
            Ok(header)
        }))
    }

    /// The frame here, verified. `index`, an index that it should hold, is named if it is damaged.
    fn frame(&mut self, sum: Sum, index: u64) -> Result<Frame<'_>, JournalError> {
        let place = self.place;
        let header = self.sure_header(index)?;
        if !(header.first_index..header.next_index()).contains(&index) {
            let what = "the batch holds other indexes than it should";
            return Err(self.damage(index, what).into());
        }
        let mut damage = self.damage(index, "");
        let bytes = self.bytes(header.frame_bytes())?;
        let frame = match sum {
            Sum::Verified => Frame::open(bytes, header, place),
            Sum::LeftOut => Frame::open_unsummed(bytes, header, place),
        };
        frame.map_err(|fault| {
            damage.what = fault;
            damage.into()
        })
    }

    /// Damage to what is here.
    pub fn damage(&self, index: u64, what: Fault) -> Damage {
        Damage { file: self.path.clone(), offset: self.place.offset, index, what }
    }
}

/// A part of a file in memory, read in one piece ahead of need.
struct Window {
    bytes: Vec<u8>,
    offset: u64,
    ahead: usize,
}

impl Window {
    fn new(ahead: usize) -> Window {
        Window { bytes: Vec::new(), offset: 0, ahead }
    }

    /// `length` bytes from `offset`, both below `end`.
    fn get(&mut self, file: &File, offset: u64, length: usize, end: u64) -> io::Result<&[u8]> {
        let held = self.offset..self.offset + self.bytes.len() as u64;
        if !(held.contains(&offset) && offset + length as u64 <= held.end) {
            let length = (length.max(self.ahead) as u64).min(end - offset) as usize;
            // A failed read must not leave bytes that look as if they were read.
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.resize(length, 0);
            file.read_exact_at(&mut bytes, offset)?;
            self.bytes = bytes;
            self.offset = offset;
        }
        let from = (offset - self.offset) as usize;
        Ok(&self.bytes[from..from + length])
    }
}

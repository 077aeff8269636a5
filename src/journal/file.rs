//! The journal of files: segments in one directory, one writer, one write and one `fdatasync` a
//! batch. The bytes, and why each write is safe, are in `docs/format-journal.md`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::disk::{Disk, OsDisk, SegmentFile};
use super::frame::{self, Place};
use super::lock::Lock;
use super::read::{FileReader, Known};
use super::scan::{self, Depth, Piece, Scanned, TornTail};
use super::{Batch, Journal, JournalError, JournalReader, OpenError, Progress, segment};

/// How long a segment gets unless told otherwise: 64 MiB.
pub const SEGMENT_BYTES_DEFAULT: u64 = 64 << 20;

/// The longest segment one can ask for: 1 GiB.
pub const SEGMENT_BYTES_CAP: u64 = 1 << 30;

/// How a journal of files is written. Reading needs none of it, so it may change between runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// A batch that would make a segment longer than this, in bytes, starts a new one. Every
    /// segment takes at least one batch; more than [`SEGMENT_BYTES_CAP`] counts as that.
    pub segment_bytes_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options { segment_bytes_max: SEGMENT_BYTES_DEFAULT }
    }
}

/// What was found on opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOutcome {
    /// The number of durable entries.
    pub size: u64,
    /// The number of segment files.
    pub segments: usize,
    /// The length of all segment files in bytes.
    pub bytes: u64,
    /// Entries below this one were taken in by the maps of closed segments ([`JournalReader::unread_below`]).
    pub unread_below: u64,
    /// The unfinished write that was found at the end. A writer has cut it off; an audit has not.
    pub torn_tail: Option<TornTail>,
}

impl OpenOutcome {
    fn of(known: &Known, bytes: u64, torn_tail: Option<TornTail>) -> OpenOutcome {
        let (size, segments) = (known.size(), known.segments());
        OpenOutcome { size, segments, bytes, unread_below: known.unread_below(), torn_tail }
    }
}

/// The writer of a journal of files. Holds the lock on its directory.
pub struct FileJournal {
    dir: PathBuf,
    disk: Box<dyn Disk>,
    segment_bytes_max: u64,
    /// The last segment.
    file: Box<dyn SegmentFile>,
    /// Where the next frame goes.
    end: Place,
    size: u64,
    /// Set while an append writes, and for good if it fails.
    poisoned: bool,
    /// How long the last batch's sync took.
    last_sync: Option<Duration>,
    /// The frame being written; kept for its capacity.
    bytes: Vec<u8>,
    reader: FileReader,
    _lock: Lock,
}

impl FileJournal {
    /// Opens the journal in `dir`, or makes a new one there. Reads every byte and checks it, but takes closed
    /// segments by their maps where those fit ([`JournalReader::draw_maps`]); `on_progress` hears how far it got,
    /// about once per MiB.
    ///
    /// A torn tail is cut off, with a warning. The newest batch is written once more, same bytes
    /// in the same place, and synced: a process that ended between its write and its sync leaves
    /// a batch that can be read but is not on disk yet, and a sync that failed leaves one that
    /// only a new write will bring there.
    ///
    /// # Errors
    ///
    /// [`OpenError::Locked`] if another writer has it, [`OpenError::Damaged`] if anything is not
    /// as it was written, [`OpenError::Io`] if the operating system failed.
    pub fn open(
        dir: &Path,
        options: &Options,
        on_progress: Option<Progress<'_>>,
    ) -> Result<(FileJournal, OpenOutcome), OpenError> {
        FileJournal::open_on(Box::new(OsDisk), dir, options, on_progress)
    }

    /// As [`FileJournal::open`], writing to another disk than that of the operating system.
    ///
    /// # Errors
    ///
    /// Those of [`FileJournal::open`].
    pub fn open_on(
        disk: Box<dyn Disk>,
        dir: &Path,
        options: &Options,
        on_progress: Option<Progress<'_>>,
    ) -> Result<(FileJournal, OpenOutcome), OpenError> {
        make_dir(&*disk, dir)?;
        let lock = Lock::take(dir)?;
        let Scanned { mut known, bytes, torn_tail, newest } = scan::scan(dir, Depth::ByMaps, on_progress)?;
        let file = match newest {
            Some(newest) => settle(&*disk, dir, torn_tail.as_ref(), &newest)?,
            None => {
                let file = begin_segment(&*disk, dir, known.size(), torn_tail.as_ref())?;
                known.add_segment(known.size());
                file
            }
        };
        let end = known.end().expect("there is a segment by now");
        let outcome = OpenOutcome::of(&known, bytes, torn_tail);
        let journal = FileJournal {
            dir: dir.to_owned(),
            disk,
            segment_bytes_max: options.segment_bytes_max.min(SEGMENT_BYTES_CAP),
            file,
            end,
            size: known.size(),
            poisoned: false,
            last_sync: None,
            bytes: Vec::new(),
            reader: FileReader::new(dir, known),
            _lock: lock,
        };
        Ok((journal, outcome))
    }

    /// Reads and checks every byte of the journal in `dir`, whatever maps say, takes no lock and
    /// changes nothing: a torn tail is reported and left alone. For auditors, on a copy or while
    /// the server is down. On the files of a running server, the batch being written may show as
    /// a torn tail or as damage, and what is appended later does not show at all.
    ///
    /// # Errors
    ///
    /// [`OpenError::Damaged`] and [`OpenError::Io`], as [`FileJournal::open`].
    pub fn open_for_audit(
        dir: &Path,
        on_progress: Option<Progress<'_>>,
    ) -> Result<(FileReader, OpenOutcome), OpenError> {
        let scanned = scan::scan(dir, Depth::All, on_progress)?;
        let outcome = OpenOutcome::of(&scanned.known, scanned.bytes, scanned.torn_tail);
        Ok((FileReader::new(dir, scanned.known), outcome))
    }

    /// Who has the journal in `dir` open for writing, in their own words; `None` if nobody has.
    ///
    /// # Errors
    ///
    /// The lock's file cannot be read.
    pub fn writer_of(dir: &Path) -> io::Result<Option<String>> {
        super::lock::held_by(dir)
    }

    /// Writes the batch durably. A failure anywhere in it leaves the outcome unknown.
    fn write(&mut self, batch: &Batch) -> Result<(), JournalError> {
        let bytes = frame::encoded_bytes(batch) as u64;
        let is_empty = self.end.offset == segment::HEADER_BYTES as u64;
        if !is_empty && self.end.offset + bytes > self.segment_bytes_max {
            self.file = begin_segment(&*self.disk, &self.dir, self.size, None)?;
            self.reader.publish(|known| known.add_segment(self.size));
            self.end = Place { segment: self.size, offset: segment::HEADER_BYTES as u64 };
        }
        frame::encode(batch, self.end, &mut self.bytes);
        let path = || segment::path(&self.dir, self.end.segment);
        // A crash from here on leaves a torn tail, which start-up cuts, or the whole batch.
        self.file
            .write_all_at(&self.bytes, self.end.offset)
            .map_err(|e| JournalError::io("writing a batch to", &path(), e))?;
        let began = Instant::now();
        self.file.sync().map_err(|e| JournalError::io("syncing a batch to", &path(), e))?;
        self.last_sync = Some(began.elapsed());
        Ok(())
    }
}

impl Journal for FileJournal {
    fn size(&self) -> u64 {
        self.size
    }

    fn append(&mut self, batch: &Batch) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        batch.check_limits()?;
        if batch.first_index != self.size {
            return Err(JournalError::OutOfPlace { size: self.size, first_index: batch.first_index });
        }
        self.poisoned = true;
        self.write(batch)?;
        self.poisoned = false;

        self.size = batch.size_after();
        self.end.offset += self.bytes.len() as u64;
        self.reader.publish(|known| {
            known.add_frame(batch.first_index, self.size, self.bytes.len() as u64);
            known.set_checkpoint(&batch.checkpoint);
        });
        Ok(())
    }

    fn last_sync(&self) -> Option<Duration> {
        self.last_sync
    }

    fn room(&self) -> std::io::Result<Option<u64>> {
        self.disk.room(&self.dir)
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        Arc::new(self.reader.clone())
    }
}

/// Makes the directory and its name durable.
fn make_dir(disk: &dyn Disk, dir: &Path) -> Result<(), OpenError> {
    fs::create_dir_all(dir).map_err(|e| OpenError::io("making", dir, e))?;
    let parent = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => return Ok(()),
    };
    disk.sync_dir(parent).map_err(|e| OpenError::io("syncing", parent, e))
}

/// Makes the segment that starts at `first_index`, durably: file, header and name. If there is
/// already a torn one, takes that.
///
/// A crash in between leaves a file that is empty, blank or short, or one that is whole but whose
/// name may be lost. No batch is in it yet, so each of these is as good as the segment before.
fn begin_segment(
    disk: &dyn Disk,
    dir: &Path,
    first_index: u64,
    torn: Option<&TornTail>,
) -> Result<Box<dyn SegmentFile>, JournalError> {
    let path = segment::path(dir, first_index);
    let failed = |doing| {
        let path = path.clone();
        move |e| JournalError::io(doing, &path, e)
    };
    let mut file = match torn {
        Some(torn) => {
            warn_of(torn);
            let mut file = disk.open(&path).map_err(failed("opening"))?;
            file.cut(0).map_err(failed("cutting"))?;
            file
        }
        None => disk.create(&path).map_err(failed("making"))?,
    };
    file.write_all_at(&segment::header(first_index), 0).map_err(failed("writing the header of"))?;
    file.sync().map_err(failed("syncing the header of"))?;
    disk.sync_dir(dir).map_err(failed("syncing the name of"))?;
    Ok(file)
}

/// Makes what start-up found durable, whatever became of the process that wrote it: cuts the torn
/// tail off the last segment, and writes its newest whole piece again.
///
/// A crash in between leaves what was there, or the same without the torn tail.
fn settle(
    disk: &dyn Disk,
    dir: &Path,
    torn: Option<&TornTail>,
    newest: &Piece,
) -> Result<Box<dyn SegmentFile>, JournalError> {
    let path = segment::path(dir, newest.place.segment);
    let failed = |doing| {
        let path = path.clone();
        move |e| JournalError::io(doing, &path, e)
    };
    let mut file = disk.open(&path).map_err(failed("opening"))?;
    if let Some(torn) = torn {
        warn_of(torn);
        file.cut(torn.offset).map_err(failed("cutting"))?;
    }
    file.write_all_at(&newest.bytes, newest.place.offset)
        .map_err(failed("writing again the newest batch of"))?;
    file.sync().map_err(failed("syncing"))?;
    disk.sync_dir(dir).map_err(failed("syncing the name of"))?;
    Ok(file)
}

fn warn_of(torn: &TornTail) {
    tracing::warn!(
        file = %torn.file.display(),
        offset = torn.offset,
        bytes = torn.bytes,
        index = torn.index,
        "cutting off an append that never finished and was acknowledged to nobody"
    );
}

//! One entry out of its batch, without reading the batch: for a caller who can tell by other means whether the bytes
//! are right, as by the entry's hash in a tree. Whoever cannot, and every doubt, gets the whole batch verified.
//!
//! Headers have checksums of their own, so the walk to the batch is sure; the table of lengths and the entry are not,
//! and nothing of them leaves here but by the caller's word.

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use super::frame::HEADER_BYTES;
use super::read::Walk;
use super::{JournalError, segment};

/// How much is read at once: a header, the lengths of a usual batch, or an entry.
pub(super) const PIECE_BYTES: usize = 2 << 10;

/// The file that was read last, kept open: lines of one book lie in few segments, and a reader asks for one after the
/// other. Owned by all readers of a journal together.
#[derive(Default)]
pub(super) struct Kept(Mutex<Option<(u64, Arc<File>)>>);

impl Kept {
    /// The file of a segment.
    ///
    /// # Errors
    ///
    /// [`JournalError::Io`].
    pub fn file(&self, dir: &std::path::Path, first_index: u64) -> Result<Arc<File>, JournalError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = kept.as_ref().filter(|(segment, _)| *segment == first_index) {
            return Ok(file.clone());
        }
        let path = segment::path(dir, first_index);
        let file = File::open(&path).map_err(|e| JournalError::io("opening", &path, e))?;
        let file = Arc::new(file);
        *kept = Some((first_index, file.clone()));
        Ok(file)
    }
}

/// The entry at `index` of the batch that begins here or later in this segment, as far as the lengths say where it
/// lies. `None` where the batch is veiled, or its lengths lead out of it.
///
/// # Errors
///
/// [`JournalError`] where a header on the way does not fit, or a file cannot be read.
pub(super) fn pick(mut walk: Walk, index: u64) -> Result<Option<Vec<u8>>, JournalError> {
    let header = loop {
        let header = walk.sure_header(index)?;
        if index < header.next_index() {
            break header;
        }
        walk.advance(header.frame_bytes());
    };
    let Some(at) = index.checked_sub(header.first_index).map(|at| at as usize) else { return Ok(None) };
    if header.is_veiled() {
        return Ok(None);
    }
    let entries = HEADER_BYTES + header.lengths_bytes();
    let table = walk.bytes(entries)?;
    let lengths = table.get(HEADER_BYTES..).unwrap_or_default().as_chunks::<2>().0;
    let Some(&length) = lengths.get(at) else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes(length));
    let before: usize = lengths[..at].iter().map(|length| usize::from(u16::from_be_bytes(*length))).sum();
    let from = entries + before;
    if from + length > header.frame_bytes() {
        return Ok(None);
    }
    walk.advance(from);
    Ok(Some(walk.bytes(length)?.to_vec()))
}

//! One batch as bytes: a frame. Pure: bytes in, bytes out, no files.
//!
//! ```text
//! header   mark "civbatch"        8     all non-zero
//!          payload length         4     without padding
//!          entry count            4     1 to 512
//!          first index            8
//!          checkpoint length      4
//!          veil                   4     0: the payload is written as it is
//!          header checksum       16     BLAKE3 of the 32 bytes before, segment, offset
//! payload  entry lengths          2 each
//!          entries
//!          checkpoint
//! padding  zeros, to a multiple of 64 bytes with the trailer
//! trailer  frame checksum        16     BLAKE3 of all bytes before
//!          end mark "civb-end"    8     all non-zero
//! ```
//!
//! Numbers are big-endian; checksums are the first 16 bytes of the hash. Two properties make a
//! write that never finished recognizable, and this file owns both. Frames start and end at
//! multiples of 64 bytes in their segment, so neither header nor trailer is ever split between
//! two disk sectors. And no sector of a frame is ever nearly blank, so a blank one was never
//! written: a payload that would break this is written under a veil (see [`encode`]).

use std::borrow::Cow;

use super::batch::{BATCH_ENTRIES_MAX, Batch, BatchView, CHECKPOINT_BYTES_MAX, ENTRY_BYTES_MAX};

/// The bytes of a frame's header.
pub(super) const HEADER_BYTES: usize = 48;
/// What frames start and end at a multiple of, counted from the start of the segment.
pub(super) const ALIGNMENT: usize = 64;
/// The longest frame that the limits of a batch allow.
pub(super) const FRAME_BYTES_MAX: usize =
    frame_bytes(BATCH_ENTRIES_MAX * (2 + ENTRY_BYTES_MAX) + CHECKPOINT_BYTES_MAX);
/// What a disk writes whole or not at all.
pub(super) const SECTOR_BYTES: usize = 512;
/// The first bytes of each frame. None is zero.
pub(super) const MARK: [u8; 8] = *b"civbatch";

const END_MARK: [u8; 8] = *b"civb-end";
/// The bytes of a checksum.
pub(super) const CHECKSUM_BYTES: usize = 16;
const TRAILER_BYTES: usize = CHECKSUM_BYTES + END_MARK.len();
const CHECKED_BYTES: usize = HEADER_BYTES - CHECKSUM_BYTES;
/// A sector with fewer non-zero bytes is nearly blank: so few could fall to a handful of flipped
/// bits, and then damage would look like a write that never happened.
const DENSE_BYTES: usize = 8;

/// Where a frame stands. Both numbers go into its header checksum, so that a frame which a disk
/// or a person put in another place is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The first index of the segment.
    pub segment: u64,
    /// The offset of the frame in the segment, in bytes.
    pub offset: u64,
}

/// What does not fit in a frame, in words for [`super::Damage`].
pub(super) type Fault = &'static str;

/// A header whose checksum and limits hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    payload_bytes: usize,
    /// At least 1.
    pub entry_count: u32,
    pub first_index: u64,
    checkpoint_bytes: usize,
    veil: u32,
}

impl Header {
    /// Reads the header at the start of `bytes`, which are at least [`HEADER_BYTES`] long.
    pub fn parse(bytes: &[u8], place: Place) -> Result<Header, Fault> {
        if bytes[..MARK.len()] != MARK {
            return Err("no batch starts here");
        }
        let (checked, checksum) = bytes[..HEADER_BYTES].split_at(CHECKED_BYTES);
        if header_checksum(checked, place) != checksum {
            return Err("the checksum of the batch header does not fit");
        }
        let header = Header {
            payload_bytes: u32_at(checked, 8) as usize,
            entry_count: u32_at(checked, 12),
            first_index: u64_at(checked, 16),
            checkpoint_bytes: u32_at(checked, 24) as usize,
            veil: u32_at(checked, 28),
        };
        let least = header.entry_count as usize * 2 + header.checkpoint_bytes;
        let most = least + header.entry_count as usize * ENTRY_BYTES_MAX;
        if !(1..=BATCH_ENTRIES_MAX).contains(&(header.entry_count as usize))
            || header.checkpoint_bytes > CHECKPOINT_BYTES_MAX
            || !(least..=most).contains(&header.payload_bytes)
        {
            return Err("the batch header breaks the limits of the format");
        }
        if header.first_index.checked_add(header.entry_count.into()).is_none() {
            return Err("the indexes of the batch overflow");
        }
        Ok(header)
    }

    /// The length of the whole frame in bytes; at most [`FRAME_BYTES_MAX`].
    pub fn frame_bytes(&self) -> usize {
        frame_bytes(self.payload_bytes)
    }

    /// The index after the last entry of the frame.
    pub fn next_index(&self) -> u64 {
        self.first_index + u64::from(self.entry_count)
    }

    /// The length of the table of lengths that the payload begins with, in bytes.
    pub fn lengths_bytes(&self) -> usize {
        self.entry_count as usize * 2
    }

    /// Whether the payload is written under a veil.
    pub fn is_veiled(&self) -> bool {
        self.veil != 0
    }

    fn write(&self, bytes: &mut [u8], place: Place) {
        let (checked, checksum) = bytes[..HEADER_BYTES].split_at_mut(CHECKED_BYTES);
        checked[..8].copy_from_slice(&MARK);
        checked[8..12].copy_from_slice(&(self.payload_bytes as u32).to_be_bytes());
        checked[12..16].copy_from_slice(&self.entry_count.to_be_bytes());
        checked[16..24].copy_from_slice(&self.first_index.to_be_bytes());
        checked[24..28].copy_from_slice(&(self.checkpoint_bytes as u32).to_be_bytes());
        checked[28..32].copy_from_slice(&self.veil.to_be_bytes());
        checksum.copy_from_slice(&header_checksum(checked, place));
    }
}

/// A frame whose header holds, and whose checksum does where it was opened by that.
pub(super) struct Frame<'a> {
    pub header: Header,
    payload: Cow<'a, [u8]>,
}

impl<'a> Frame<'a> {
    /// Verifies `bytes`, which are exactly the frame that `header` announces.
    pub fn open(bytes: &'a [u8], header: Header, place: Place) -> Result<Frame<'a>, Fault> {
        let (body, trailer) = bytes.split_at(bytes.len() - TRAILER_BYTES);
        if blake3::hash(body).as_bytes()[..CHECKSUM_BYTES] != trailer[..CHECKSUM_BYTES] {
            return Err("the checksum of the batch does not fit");
        }
        Frame::open_unsummed(bytes, header, place)
    }

    /// The same, but for the checksum: for whoever checks what the bytes say by other means.
    pub fn open_unsummed(bytes: &'a [u8], header: Header, place: Place) -> Result<Frame<'a>, Fault> {
        assert_eq!(bytes.len(), header.frame_bytes());
        let (body, trailer) = bytes.split_at(bytes.len() - TRAILER_BYTES);
        let end_mark = &trailer[CHECKSUM_BYTES..];
        if *end_mark != END_MARK {
            return Err("the end mark of the batch does not fit");
        }
        let (payload, padding) = body[HEADER_BYTES..].split_at(header.payload_bytes);
        let payload = if header.veil == 0 {
            Cow::Borrowed(payload)
        } else {
            let mut bare = payload.to_vec();
            toggle_veil(&mut bare, place, header.veil);
            Cow::Owned(bare)
        };
        let frame = Frame { header, payload };
        let entries: usize = frame.lengths().sum();
        if entries + frame.entries_at() + header.checkpoint_bytes != header.payload_bytes {
            return Err("the lengths of the entries do not add up");
        }
        if padding.iter().any(|byte| *byte != 0) {
            return Err("the padding of the batch is not blank");
        }
        Ok(frame)
    }

    /// The entry of that index, which the frame holds.
    pub fn entry(&self, index: u64) -> &[u8] {
        let within = (index - self.header.first_index) as usize;
        let before: usize = self.lengths().take(within).sum();
        let length = self.lengths().nth(within).expect("the frame holds the index");
        &self.payload[self.entries_at() + before..][..length]
    }

    pub fn checkpoint(&self) -> &[u8] {
        &self.payload[self.payload.len() - self.header.checkpoint_bytes..]
    }

    pub fn view(&self) -> BatchView<'_> {
        let mut rest = &self.payload[self.entries_at()..];
        let mut entries = Vec::with_capacity(self.header.entry_count as usize);
        for length in self.lengths() {
            let (entry, after) = rest.split_at(length);
            entries.push(entry);
            rest = after;
        }
        BatchView { first_index: self.header.first_index, entries, checkpoint: rest }
    }

    pub fn to_batch(&self) -> Batch {
        let BatchView { first_index, entries, checkpoint } = self.view();
        let entries = entries.into_iter().map(<[u8]>::to_vec).collect();
        Batch { first_index, entries, checkpoint: checkpoint.to_vec() }
    }

    fn entries_at(&self) -> usize {
        self.header.entry_count as usize * 2
    }

    fn lengths(&self) -> impl Iterator<Item = usize> + '_ {
        let pairs = self.payload[..self.entries_at()].chunks_exact(2);
        pairs.map(|pair| usize::from(u16::from_be_bytes([pair[0], pair[1]])))
    }
}

/// Writes `batch`, which keeps the limits, as the frame for `place` into `out`, replacing what
/// was there.
///
/// Where some sector of the frame would be nearly blank (an entry with hundreds of zeros in a
/// row), the payload is combined by exclusive or with a stream that follows from the place and
/// from the veil's number, and the next number is tried until no sector is. Entries made of
/// hashes and signatures never need it.
pub(super) fn encode(batch: &Batch, place: Place, out: &mut Vec<u8>) {
    let payload_bytes = payload_bytes(batch);
    out.clear();
    out.reserve(frame_bytes(payload_bytes));
    out.resize(HEADER_BYTES, 0);
    for entry in &batch.entries {
        let length = u16::try_from(entry.len()).expect("limits are checked before encoding");
        out.extend_from_slice(&length.to_be_bytes());
    }
    for entry in &batch.entries {
        out.extend_from_slice(entry);
    }
    out.extend_from_slice(&batch.checkpoint);
    out.resize(frame_bytes(payload_bytes), 0);
    let end_mark_at = out.len() - END_MARK.len();
    out[end_mark_at..].copy_from_slice(&END_MARK);

    let mut header = Header {
        payload_bytes,
        entry_count: batch.entries.len() as u32,
        first_index: batch.first_index,
        checkpoint_bytes: batch.checkpoint.len(),
        veil: 0,
    };
    header.write(out, place);
    while sectors(place.offset, out).any(is_nearly_blank) {
        let payload = &mut out[HEADER_BYTES..HEADER_BYTES + payload_bytes];
        if header.veil != 0 {
            toggle_veil(payload, place, header.veil);
        }
        header.veil += 1;
        toggle_veil(payload, place, header.veil);
        header.write(out, place);
    }

    let checksum_at = out.len() - TRAILER_BYTES;
    let checksum = blake3::hash(&out[..checksum_at]);
    out[checksum_at..end_mark_at].copy_from_slice(&checksum.as_bytes()[..CHECKSUM_BYTES]);
}

/// The checksum that stands in the trailer of a whole frame.
pub(super) fn checksum(frame: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.copy_from_slice(&frame[frame.len() - TRAILER_BYTES..][..CHECKSUM_BYTES]);
    checksum
}

/// The length of the frame that `batch` makes, in bytes.
pub(super) fn encoded_bytes(batch: &Batch) -> usize {
    frame_bytes(payload_bytes(batch))
}

/// The parts of `bytes` that lie in the same disk sector each, if they start at `offset`.
pub(super) fn sectors(offset: u64, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let into_sector = (offset % SECTOR_BYTES as u64) as usize;
    let first = (SECTOR_BYTES - into_sector).min(bytes.len());
    let (first, rest) = bytes.split_at(first);
    std::iter::once(first).chain(rest.chunks(SECTOR_BYTES))
}

/// Whether each byte is zero, as a sector reads that was never written.
pub(super) fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

fn is_nearly_blank(sector: &[u8]) -> bool {
    sector.iter().filter(|byte| **byte != 0).take(DENSE_BYTES).count() < DENSE_BYTES
}

fn payload_bytes(batch: &Batch) -> usize {
    let entries: usize = batch.entries.iter().map(|entry| 2 + entry.len()).sum();
    entries + batch.checkpoint.len()
}

const fn frame_bytes(payload_bytes: usize) -> usize {
    (HEADER_BYTES + payload_bytes + TRAILER_BYTES).next_multiple_of(ALIGNMENT)
}

fn header_checksum(checked: &[u8], place: Place) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(checked);
    hasher.update(&place.segment.to_be_bytes());
    hasher.update(&place.offset.to_be_bytes());
    let mut checksum = [0; CHECKSUM_BYTES];
    hasher.finalize_xof().fill(&mut checksum);
    checksum
}

/// Lays the veil of that number over the payload, or takes it off.
fn toggle_veil(payload: &mut [u8], place: Place, veil: u32) {
    let mut hasher = blake3::Hasher::new_derive_key("civbank 2026 journal veil v1");
    hasher.update(&place.segment.to_be_bytes());
    hasher.update(&place.offset.to_be_bytes());
    hasher.update(&veil.to_be_bytes());
    let mut stream = hasher.finalize_xof();
    let mut threads = [0; 4096];
    for part in payload.chunks_mut(threads.len()) {
        stream.fill(&mut threads[..part.len()]);
        for (byte, thread) in part.iter_mut().zip(threads) {
            *byte ^= thread;
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_be_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_be_bytes(word)
}

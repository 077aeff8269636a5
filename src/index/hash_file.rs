//! A flat file of 32-byte hashes, found by their position and added only at the end.
//!
//! Promises that a position is either a whole hash or nothing: a hash that was cut short is
//! dropped at opening, and nothing past the length is ever answered. Derived, so nothing is
//! synced: after a power cut the end may be missing or zero, and the owner, who knows what the
//! hashes must add up to, truncates to what it can prove and appends again. Knows no trees.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::error::IndexError;
use super::opening::move_aside;

/// Bytes of one hash, in memory and in the file.
pub const HASH_SIZE: usize = 32;

/// Why a hash file could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum HashFileError {
    /// Hashes are added at the end, without gaps.
    #[error("the hash file holds {len} hashes, cannot append at position {first_position}")]
    NotNext {
        /// How many hashes there are: the only position that can come next.
        len: u64,
        /// The position that was offered.
        first_position: u64,
    },
    /// A file is only ever truncated to a length that it has.
    #[error("the hash file holds {len} hashes, cannot truncate to {wanted}")]
    TooShort {
        /// How many hashes there are.
        len: u64,
        /// How many were to remain.
        wanted: u64,
    },
    /// A new file is wanted where something is that cannot be moved out of the way.
    #[error("a new hash file is wanted")]
    InTheWay(#[source] Box<IndexError>),
    /// The operating system said no.
    #[error("failed to {doing} the hash file {path}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl HashFileError {
    /// Whether the trouble lies with the machine (no space, no descriptors), so that a new file would fail as well.
    pub fn is_of_the_machine(&self) -> bool {
        let Self::Io { source, .. } = self else { return false };
        let kind = source.kind();
        let is_full = matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        // ENFILE and EMFILE have no kind of their own.
        is_full || kind == io::ErrorKind::OutOfMemory || matches!(source.raw_os_error(), Some(23 | 24))
    }
}

/// An open hash file. One thread at a time writes, any number read meanwhile.
pub struct HashFile {
    path: PathBuf,
    file: File,
    /// Whole hashes that readers may see: raised after they are written, lowered before they
    /// are cut.
    len: AtomicU64,
    /// Held by whoever appends or truncates.
    writing: Mutex<()>,
}

impl HashFile {
    /// Opens the file, or begins an empty one. What is left of a hash that was cut short is
    /// removed.
    ///
    /// # Errors
    /// [`HashFileError::Io`].
    pub fn open(path: &Path) -> Result<Self, HashFileError> {
        let fails = |doing| {
            move |source| {
                let path = path.to_owned();
                HashFileError::Io { doing, path, source }
            }
        };
        let options = File::options().read(true).write(true).create(true).truncate(false).clone();
        let file = options.open(path).map_err(fails("open"))?;
        let size = file.metadata().map_err(fails("measure"))?.len();
        let len = size / HASH_SIZE as u64;
        if size % HASH_SIZE as u64 != 0 {
            file.set_len(len * HASH_SIZE as u64).map_err(fails("cut the end off"))?;
        }
        let path = path.to_owned();
        Ok(Self { path, file, len: AtomicU64::new(len), writing: Mutex::new(()) })
    }

    /// Moves aside whatever is there, as `<path>.broken-<n>`, and begins an empty file. Of what was moved aside the newest
    /// [`super::BROKEN_KEPT`] are kept.
    ///
    /// # Errors
    /// [`HashFileError::InTheWay`] where it cannot be moved; [`HashFileError::Io`].
    pub fn begin_anew(path: &Path) -> Result<Self, HashFileError> {
        // A link that leads nowhere is in the way as well.
        if path.symlink_metadata().is_ok() {
            let aside = move_aside(path).map_err(|error| HashFileError::InTheWay(Box::new(error)))?;
            tracing::warn!(file = %path.display(), aside = %aside.display(), "the file of hashes moved aside");
        }
        Self::open(path)
    }

    /// How many hashes there are: positions 0 up to this one, exclusive.
    pub fn len(&self) -> u64 {
        self.len.load(Ordering::Acquire)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash at a position; `None` past the end.
    ///
    /// # Errors
    /// [`HashFileError::Io`].
    pub fn get(&self, position: u64) -> Result<Option<[u8; HASH_SIZE]>, HashFileError> {
        if position >= self.len() {
            return Ok(None);
        }
        let mut hash = [0; HASH_SIZE];
        match self.file.read_exact_at(&mut hash, position * HASH_SIZE as u64) {
            // A truncation overtook us while we read into its part.
            Ok(()) if position >= self.len() => Ok(None),
            Ok(()) => Ok(Some(hash)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(source) => Err(self.failed("read", source)),
        }
    }

    /// Up to `most` hashes from a position on, in one read; fewer (or none) where the file ends.
    ///
    /// # Errors
    /// [`HashFileError::Io`].
    pub fn read(&self, first_position: u64, most: usize) -> Result<Vec<[u8; HASH_SIZE]>, HashFileError> {
        let there = self.len().saturating_sub(first_position).min(most as u64) as usize;
        let mut hashes = vec![[0; HASH_SIZE]; there];
        let start = first_position * HASH_SIZE as u64;
        let read = self.file.read_exact_at(hashes.as_flattened_mut(), start);
        read.map_err(|source| self.failed("read", source))?;
        Ok(hashes)
    }

    /// Adds hashes at the end; the first of them takes `first_position`, which must be
    /// [`HashFile::len`]. Not synced.
    ///
    /// # Errors
    /// [`HashFileError::NotNext`], with nothing changed; [`HashFileError::Io`], after which the
    /// file is as long as it was.
    pub fn append(&self, first_position: u64, hashes: &[[u8; HASH_SIZE]]) -> Result<(), HashFileError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let len = self.len();
        if first_position != len {
            return Err(HashFileError::NotNext { len, first_position });
        }
        let end = len * HASH_SIZE as u64;
        if let Err(source) = self.file.write_all_at(hashes.as_flattened(), end) {
            // Part may be written. If it cannot be cut off now, the next append writes over
            // it, and after a restart the owner truncates to what it can prove.
            let _ = self.file.set_len(end);
            return Err(self.failed("append to", source));
        }
        self.len.store(len + hashes.len() as u64, Ordering::Release);
        Ok(())
    }

    /// Makes what was appended durable.
    ///
    /// # Errors
    /// [`HashFileError::Io`].
    pub fn sync(&self) -> Result<(), HashFileError> {
        self.file.sync_data().map_err(|source| self.failed("sync", source))
    }

    /// Keeps the first `len` hashes only. For the owner, before readers are let in: one that
    /// reads what is just being cut and appended anew may get either hash, or parts of both.
    ///
    /// # Errors
    /// [`HashFileError::TooShort`] if there are fewer, with nothing changed;
    /// [`HashFileError::Io`].
    pub fn truncate(&self, len: u64) -> Result<(), HashFileError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.len();
        if len > before {
            return Err(HashFileError::TooShort { len: before, wanted: len });
        }
        self.len.store(len, Ordering::Release);
        let cut = self.file.set_len(len * HASH_SIZE as u64);
        cut.map_err(|source| self.failed("truncate", source))
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> HashFileError {
        let path = self.path.clone();
        HashFileError::Io { doing, path, source }
    }
}

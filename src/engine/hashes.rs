//! The tree's stored hashes in a flat file: derived, checked against the journal at every start, appended by
//! the sequencer once a batch is durable. A file that fails is left aside until the next start; commands go on,
//! proofs answer that they are not to be had.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::index::{HashFile, HashFileError};
use crate::journal::JournalReader;
use crate::tlog::{BatchProofs, Hash, Subtree, Verifier, stored};

use super::StartError;
use super::replay::{ReplayError, Replayed, replay};
use super::snapshots::Snapshots;

/// The file's name in the index's directory.
const NAME: &str = "tree.hashes";

/// Hashes read at once while checking.
const CHECK_HASHES: usize = 4_096;

/// The file, and whether it can be trusted to follow.
pub(super) struct Hashes {
    file: HashFile,
    failed: AtomicBool,
    /// A hash that was read did not check.
    doubted: AtomicBool,
}

impl Hashes {
    /// Opens the file in the index's directory, which is made where it is missing. What cannot be opened (another's file,
    /// a directory in its place) is moved aside, and an empty one begun: replay fills it.
    ///
    /// # Errors
    ///
    /// Where there can be no file.
    pub(super) fn open(dir: &Path) -> Result<Self, HashFileError> {
        std::fs::create_dir_all(dir).map_err(|source| {
            let path = dir.to_owned();
            HashFileError::Io { doing: "make the directory of", path, source }
        })?;
        let path = dir.join(NAME);
        match HashFile::open(&path) {
            Ok(file) => Ok(Hashes::of(file)),
            Err(error) => Hashes::anew(&path, error),
        }
    }

    /// Reads the journal back, from a snapshot on where one fits, and brings the file to what it amounts to. A file that
    /// cannot be read to its end, or not be mended, is given up, and every hash computed again.
    ///
    /// # Errors
    ///
    /// The journal does not check, or there can be no file.
    pub(super) fn replayed(
        self,
        dir: &Path,
        journal: &dyn JournalReader,
        verifier: &Verifier,
        snapshots: &Snapshots,
        on_progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Hashes, Replayed), StartError> {
        let snapshot = snapshots.load(journal, &self);
        match replay(journal, verifier, &self, snapshot, on_progress) {
            Ok(replayed) => Ok((self, replayed)),
            Err(ReplayError::Hashes(failure)) => {
                let anew = Hashes::anew(&dir.join(NAME), failure)?;
                match replay(journal, verifier, &anew, None, on_progress) {
                    Ok(replayed) => Ok((anew, replayed)),
                    Err(ReplayError::Hashes(failure)) => Err(StartError::Hashes(failure)),
                    Err(other) => Err(other.into()),
                }
            }
            Err(other) => Err(other.into()),
        }
    }

    /// An empty file in the place of one that failed; what was there is moved aside.
    ///
    /// # Errors
    ///
    /// `failure`, where a new file would fail as well; otherwise why there can be none.
    fn anew(path: &Path, failure: HashFileError) -> Result<Self, HashFileError> {
        if failure.is_of_the_machine() {
            return Err(failure);
        }
        let reason: &dyn std::error::Error = &failure;
        tracing::error!(
            reason,
            "the file of the tree's hashes is given up; it is made anew from the journal"
        );
        Ok(Hashes::of(HashFile::begin_anew(path)?))
    }

    fn of(file: HashFile) -> Self {
        Hashes { file, failed: AtomicBool::new(false), doubted: AtomicBool::new(false) }
    }

    /// One stored hash; none where it is not (or no longer) to be had.
    pub(super) fn get(&self, subtree: Subtree) -> Option<Hash> {
        if self.failed.load(Ordering::Acquire) {
            return None;
        }
        match self.file.get(stored::position(subtree)) {
            Ok(hash) => hash.map(Hash::from_bytes),
            Err(error) => {
                let reason: &dyn std::error::Error = &error;
                tracing::error!(reason, "reading the tree's hashes; restart to mend them");
                self.doubt();
                None
            }
        }
    }

    /// Follows a durable batch.
    pub(super) fn append(&self, proofs: &BatchProofs) {
        if self.failed.load(Ordering::Acquire) {
            return;
        }
        let mut first = None;
        let mut bytes = Vec::new();
        for (subtree, hash) in proofs.stored_hashes() {
            first.get_or_insert_with(|| stored::position(subtree));
            bytes.push(*hash.as_bytes());
        }
        let Some(first) = first else { return };
        if let Err(error) = self.file.append(first, &bytes) {
            tracing::error!(%error, "the tree's hashes do not follow; proofs pause until a restart");
            self.failed.store(true, Ordering::Release);
        }
    }

    /// Makes the file durable.
    pub(super) fn sync(&self) -> Result<(), HashFileError> {
        self.file.sync()
    }

    /// Something that was read did not check, or cannot be read: the next start must read the whole journal.
    pub(super) fn doubt(&self) {
        self.doubted.store(true, Ordering::Release);
    }

    pub(super) fn is_doubted(&self) -> bool {
        self.doubted.load(Ordering::Acquire) || self.failed.load(Ordering::Acquire)
    }

    /// Checks from the hashes of a tree of `size` entries on.
    pub(super) fn checker(&self, size: u64) -> Checker<'_> {
        let position = stored::count(size);
        Checker { hashes: self, position, known: Vec::new(), known_from: position, fresh: Vec::new() }
    }
}

/// Compares the file with hashes computed anew, in order; from the first that differs or is missing on, the
/// computed ones replace it.
pub(super) struct Checker<'a> {
    hashes: &'a Hashes,
    position: u64,
    /// A piece of the file, read ahead.
    known: Vec<[u8; 32]>,
    known_from: u64,
    fresh: Vec<[u8; 32]>,
}

impl Checker<'_> {
    pub(super) fn next(&mut self, hash: &Hash) -> Result<(), HashFileError> {
        if self.fresh.is_empty() && self.position < self.hashes.file.len() {
            if self.position >= self.known_from + self.known.len() as u64 {
                self.known_from = self.position;
                self.known = self.hashes.file.read(self.position, CHECK_HASHES)?;
            }
            let at = (self.position - self.known_from) as usize;
            if self.known.get(at) == Some(hash.as_bytes()) {
                self.position += 1;
                return Ok(());
            }
            tracing::warn!(position = self.position, "the tree's hashes differ from the journal; mended");
            self.hashes.file.truncate(self.position)?;
        }
        self.fresh.push(*hash.as_bytes());
        self.position += 1;
        if self.fresh.len() >= CHECK_HASHES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), HashFileError> {
        let first = self.position - self.fresh.len() as u64;
        self.hashes.file.append(first, &self.fresh)?;
        self.fresh.clear();
        Ok(())
    }

    /// Writes what is left and cuts what the journal does not have.
    pub(super) fn finish(mut self) -> Result<(), HashFileError> {
        if !self.fresh.is_empty() {
            self.flush()?;
        }
        if self.position < self.hashes.file.len() {
            self.hashes.file.truncate(self.position)?;
        }
        Ok(())
    }
}

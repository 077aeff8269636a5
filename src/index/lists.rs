//! The lists: for each id of each kind, the entries that mention it, in order.
//!
//! Promises that one step is applied whole or not at all, together with the position it
//! reaches; that a reader sees all of the entries below [`Index::applied`] and none above; and
//! that after a failure of the store nothing more is answered. It is as durable as sled
//! (killing the process loses nothing that was flushed; a power cut may lose the tail), which
//! is enough for something that is replayed. Knows nothing of what the entries say.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::chunk::{self, Chunk};
use super::error::IndexError;
use super::guard::{caught, caught_within};
use super::head::{Head, List};
use super::key::{Key, Kind, OWN, chunk_key, list_prefix, split_chunk_key};
use super::opening::{self, Opened};

/// The most entries that one step may apply. Larger rebuilds take several steps.
pub const APPLY_ENTRIES_MAX: usize = 16_384;

/// The most entries that one look-up answers; a larger limit is taken as this one.
pub const LIST_LIMIT_MAX: usize = 1_000;

/// Where the head lies in the store.
pub(super) const HEAD_KEY: [u8; 2] = [OWN, b'a'];

/// How long closing may take before the store is left to itself.
const CLOSE_DEADLINE: Duration = Duration::from_secs(30);

/// The open index. One writer applies, any number of threads read.
pub struct Index {
    /// `None` only while dropping.
    store: Option<sled::Db>,
    /// Held as long as the store is open.
    lock: Option<fs::File>,
    /// Owned by the writer; locked for the whole of a step.
    head: Mutex<Head>,
    /// What readers see of the head: raised after the step is in the store.
    applied: AtomicU64,
    /// Set by the first failure of the store, never taken back.
    failed: AtomicBool,
}

impl Index {
    /// Opens the index in `dir`, or begins an empty one. An index that is damaged, of another
    /// format version, or that does not open is moved to `<dir>.broken-<n>`, with the reason
    /// in the log, and an empty one takes its place.
    ///
    /// Everything stored is read and summed once, which costs some seconds for two million
    /// entries. Whoever opens must then apply the entries from [`Index::applied`] on.
    ///
    /// # Errors
    /// [`IndexError::InUse`] if the index is open elsewhere; others if not even an empty index
    /// can be had (no space, no permission).
    pub fn open(dir: &Path) -> Result<Opened, IndexError> {
        opening::open(dir, opening::OPEN_DEADLINE)
    }

    pub(super) fn new(store: sled::Db, lock: fs::File, head: Head) -> Self {
        Self {
            store: Some(store),
            lock: Some(lock),
            head: Mutex::new(head),
            applied: AtomicU64::new(head.applied),
            failed: AtomicBool::new(false),
        }
    }

    /// How many entries are applied: entries 0 up to this one, exclusive.
    pub fn applied(&self) -> u64 {
        self.applied.load(Ordering::Acquire)
    }

    /// Applies the next entries: `keys[i]` are the names of entry `first_index + i`. A key named
    /// twice by an entry counts once. No entries at all is no work, wherever it starts.
    ///
    /// # Errors
    /// Refused, with nothing changed: [`IndexError::NotNext`], [`IndexError::IdTooLong`],
    /// [`IndexError::TooManyEntries`]. After any other error the index is closed.
    pub fn apply(&self, first_index: u64, keys: &[Vec<Key<'_>>]) -> Result<(), IndexError> {
        if keys.is_empty() {
            return Ok(());
        }
        // A panic under this lock closes the index, so its poison says nothing new.
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let applied = head.applied;
        if first_index != applied {
            return Err(IndexError::NotNext { applied, first_index });
        }
        let count = keys.len();
        let after = applied.checked_add(count as u64).filter(|_| count <= APPLY_ENTRIES_MAX);
        let after = after.ok_or(IndexError::TooManyEntries { count })?;
        let additions = by_list(first_index, keys)?;

        let next = self.guarded("apply entries", |store| {
            let mut next = *head;
            next.applied = after;
            let mut batch = sled::Batch::default();
            for (prefix, indexes) in &additions {
                extend(store, prefix, indexes, applied, &mut batch)?;
                let list = List::of(prefix);
                indexes.iter().for_each(|&index| next.count(list, index));
            }
            batch.insert(&HEAD_KEY, &next.to_bytes());
            // A crash here leaves either none or all of the step; replay starts accordingly.
            store.apply_batch(batch).map_err(failed_to("apply entries"))?;
            Ok(next)
        })?;
        *head = next;
        self.applied.store(next.applied, Ordering::Release);
        Ok(())
    }

    /// The entries that name this id, newest first: those below `before` if given, at most
    /// `limit` (and [`LIST_LIMIT_MAX`]). The next page is asked for with the last one answered.
    ///
    /// # Errors
    /// [`IndexError::IdTooLong`]; any other error closes the index.
    pub fn list(
        &self,
        kind: Kind,
        id: &[u8],
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        let prefix = list_prefix(Key { kind, id })?;
        let end = before.unwrap_or(u64::MAX).min(self.applied());
        let limit = limit.min(LIST_LIMIT_MAX);
        if end == 0 {
            return Ok(Vec::new());
        }
        self.guarded("list entries", |store| {
            let mut page = Vec::new();
            for stored in store.range(chunk_key(&prefix, 0)..chunk_key(&prefix, end)).rev() {
                if page.len() == limit {
                    break;
                }
                let chunk = read(stored)?;
                let wanted = chunk.iter().rev().filter(|&&index| index < end);
                page.extend(wanted.take(limit - page.len()));
            }
            Ok(page)
        })
    }

    /// The entries that name this id, oldest first: those above `after` if given, at most
    /// `limit` (and [`LIST_LIMIT_MAX`]). The next page is asked for with the last one answered.
    ///
    /// # Errors
    /// As [`Index::list`].
    pub fn list_forward(
        &self,
        kind: Kind,
        id: &[u8],
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        let prefix = list_prefix(Key { kind, id })?;
        // Read once: a chunk may grow and be followed by another while we walk, and what lies
        // above this mark would then show with a gap.
        let end = self.applied();
        let Some(start) = after.map_or(Some(0), |after| after.checked_add(1)) else {
            return Ok(Vec::new());
        };
        let limit = limit.min(LIST_LIMIT_MAX);
        if start >= end {
            return Ok(Vec::new());
        }
        self.guarded("list entries", |store| {
            // `start` may lie inside a chunk, whose key is then lower.
            let lower = store.range(chunk_key(&prefix, 0)..=chunk_key(&prefix, start)).next_back();
            let from = match lower.transpose().map_err(failed_to("list entries"))? {
                Some((key, _)) => key.to_vec(),
                None => chunk_key(&prefix, start),
            };
            let mut page = Vec::new();
            for stored in store.range(from..chunk_key(&prefix, end)) {
                if page.len() == limit {
                    break;
                }
                let chunk = read(stored)?;
                let wanted = chunk.into_iter().filter(|index| (start..end).contains(index));
                page.extend(wanted.take(limit - page.len()));
            }
            Ok(page)
        })
    }

    /// Bytes that the index takes on disk.
    ///
    /// # Errors
    /// As the store's.
    pub fn size_on_disk(&self) -> Result<u64, IndexError> {
        let doing = "measure itself";
        self.guarded(doing, |store| store.size_on_disk().map_err(failed_to(doing)))
    }

    /// Hands all that is applied to the operating system: what comes before survives the death
    /// of the process, though not surely a power cut. It also happens by itself twice a second.
    ///
    /// # Errors
    /// As the store's.
    pub fn flush(&self) -> Result<(), IndexError> {
        let doing = "flush";
        self.guarded(doing, |store| store.flush().map(|_| ()).map_err(failed_to(doing)))
    }

    /// Runs `work` on the store unless it has failed before; remembers if it fails now.
    fn guarded<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&sled::Db) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let store = self.store.as_ref().filter(|_| !self.failed.load(Ordering::Acquire));
        let store = store.ok_or(IndexError::Closed)?;
        let answer = caught(doing, || work(store));
        if let Err(error) = &answer {
            self.failed.store(true, Ordering::Release);
            tracing::error!(%error, "index closed after a failure");
        }
        answer
    }
}

impl Drop for Index {
    /// Closes the store. If that takes too long it is left behind with its lock, so that the
    /// directory cannot be opened twice.
    fn drop(&mut self) {
        let (store, lock) = (self.store.take(), self.lock.take());
        let closed = caught_within("close", CLOSE_DEADLINE, move || {
            drop(store);
            drop(lock);
            Ok(())
        });
        if let Err(error) = closed {
            tracing::error!(%error, "index not closed in good order");
        }
    }
}

/// What the step adds to each list, by the list's prefix. Sorting gives the store its keys in
/// order, which it likes.
fn by_list(first_index: u64, keys: &[Vec<Key<'_>>]) -> Result<BTreeMap<Vec<u8>, Vec<u64>>, IndexError> {
    let mut additions = BTreeMap::<Vec<u8>, Vec<u64>>::new();
    for (index, keys) in (first_index..).zip(keys) {
        for &key in keys {
            let indexes = additions.entry(list_prefix(key)?).or_default();
            if indexes.last() != Some(&index) {
                indexes.push(index);
            }
        }
    }
    Ok(additions)
}

/// Puts into `batch` what becomes of a list's last chunks when `indexes` are added. All that
/// is stored lies below `applied`, all that is added does not.
fn extend(
    store: &sled::Db,
    prefix: &[u8],
    indexes: &[u64],
    applied: u64,
    batch: &mut sled::Batch,
) -> Result<(), IndexError> {
    let stored = store.range(chunk_key(prefix, 0)..chunk_key(prefix, applied)).next_back();
    let mut last = match stored.transpose().map_err(failed_to("read a list"))? {
        Some((key, value)) => {
            let chunk = split_chunk_key(&key).and_then(|(_, first)| Chunk::read(first, &value));
            let chunk = chunk.ok_or_else(|| damaged("a chunk that cannot be read"))?;
            Some(chunk).filter(|chunk| !chunk.is_full())
        }
        None => None,
    };
    for &index in indexes {
        match &mut last {
            Some(chunk) => chunk.push(index),
            None => last = Some(Chunk::starting_at(index)),
        }
        if let Some(full) = last.take_if(|chunk| chunk.is_full()) {
            batch.insert(chunk_key(prefix, full.first()), full.into_value());
        }
    }
    if let Some(chunk) = last {
        batch.insert(chunk_key(prefix, chunk.first()), chunk.into_value());
    }
    Ok(())
}

/// The entries of a chunk as the store hands it out.
fn read(stored: sled::Result<(sled::IVec, sled::IVec)>) -> Result<Vec<u64>, IndexError> {
    let (key, value) = stored.map_err(failed_to("list entries"))?;
    let entries = split_chunk_key(&key).and_then(|(_, first)| chunk::entries(first, &value));
    entries.ok_or_else(|| damaged("a chunk that cannot be read"))
}

pub(super) fn damaged(what: impl Into<String>) -> IndexError {
    IndexError::Damaged { what: what.into() }
}

pub(super) fn failed_to(doing: &'static str) -> impl FnOnce(sled::Error) -> IndexError {
    move |source| IndexError::Store { doing, source }
}

//! Opening the index, whatever state it is in.
//!
//! Promises that a directory which cannot be trusted is kept for the curious, out of the way,
//! and that the bank gets an index all the same. Takes its own lock before anything is moved:
//! an index that is in use is never taken for a broken one.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::chunk;
use super::error::IndexError;
use super::guard::caught_within;
use super::head::{Head, List};
use super::key::{OWN, split_chunk_key};
use super::lists::{HEAD_KEY, Index, damaged, failed_to};

/// The layout of the store, written into it. Raised with every change to keys or values, and with every new kind of
/// id (2: documents, and a sum that hashes each list once): an index of any other version is moved aside and made anew from the journal.
pub const FORMAT_VERSION: u32 = 2;

/// How many directories that were moved aside are kept; the oldest ones go.
pub const BROKEN_KEPT: usize = 3;

/// How long opening and reading through may take before the index counts as broken: many
/// times what two million entries take. Damage can make the store wait for ever.
pub(super) const OPEN_DEADLINE: Duration = Duration::from_secs(300);

const FORMAT_KEY: [u8; 2] = [OWN, b'f'];
const CACHE_CAPACITY: u64 = 8 << 20;
const SEGMENT_SIZE: usize = 512 << 10;
const FLUSH_EVERY_MS: u64 = 500;

/// How long a store that was just closed may keep its own lock: its threads let go late.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// An index that is ready, and whether it had to be begun anew.
pub struct Opened {
    /// The index. Entries from [`Index::applied`] on are still to be applied.
    pub index: Index,
    /// Whether there was an index that was moved aside, so that this one is empty.
    pub rebuilt: bool,
}

pub(super) fn open(dir: &Path, deadline: Duration) -> Result<Opened, IndexError> {
    let lock = take_lock(dir)?;
    let found = dir.exists();
    match open_checked(dir, deadline) {
        Ok((store, head)) => {
            let index = Index::new(store, lock, head);
            Ok(Opened { index, rebuilt: false })
        }
        Err(error) if error.is_of_the_machine() => Err(error),
        Err(reason) => {
            // A crash here leaves no index, or an empty one: replay does the rest.
            let aside = move_aside(dir)?;
            tracing::warn!(
                dir = %dir.display(),
                aside = %aside.display(),
                reason = %reason_in_full(&reason),
                "index moved aside, it will be rebuilt"
            );
            let (store, head) = open_checked(dir, deadline)?;
            let index = Index::new(store, lock, head);
            Ok(Opened { index, rebuilt: found })
        }
    }
}

/// Opens twice. First without the store's flushing thread, to read everything: damage that
/// makes that thread panic would have us wait for it for ever. Then for use; this is quick,
/// because the first opening has left a fresh snapshot.
///
/// A thread that exceeds the deadline is left behind. If it comes back to life it may write a
/// snapshot of the old index among the files of the new one; the next opening finds that out.
fn open_checked(dir: &Path, deadline: Duration) -> Result<(sled::Db, Head), IndexError> {
    let dir = dir.to_owned();
    caught_within("open", deadline, move || {
        let store = open_store(&dir, None)?;
        let checked = check(&store)?;
        drop(store);
        let store = open_store(&dir, Some(FLUSH_EVERY_MS))?;
        let head = match checked {
            Some(head) => head,
            None => begin(&store)?,
        };
        Ok((store, head))
    })
}

fn open_store(dir: &Path, flush_every_ms: Option<u64>) -> Result<sled::Db, IndexError> {
    let config = sled::Config::new()
        .path(dir)
        .cache_capacity(CACHE_CAPACITY)
        .segment_size(SEGMENT_SIZE)
        .use_compression(false)
        .flush_every_ms(flush_every_ms);
    let start = Instant::now();
    loop {
        match config.open() {
            // We hold our own lock, so this is a store that is still being closed.
            Err(sled::Error::Io(error))
                if error.to_string().contains("could not acquire lock")
                    && start.elapsed() < LOCK_PATIENCE =>
            {
                thread::sleep(Duration::from_millis(10));
            }
            opened => return opened.map_err(failed_to("open the store")),
        }
    }
}

/// Reads the whole store and compares it with its head; `None` if there is nothing in it.
fn check(store: &sled::Db) -> Result<Option<Head>, IndexError> {
    let read = failed_to("read through the store");
    let format = store.get(FORMAT_KEY).map_err(read)?;
    let read = failed_to("read through the store");
    let head = store.get(HEAD_KEY).map_err(read)?;
    let (Some(format), Some(head)) = (format, head) else {
        return match store.iter().next() {
            None => Ok(None),
            Some(_) => Err(damaged("lists, but no head or no format version")),
        };
    };
    if format != FORMAT_VERSION.to_be_bytes() {
        let what = format!("format version {format:02x?}, this is version {FORMAT_VERSION}");
        return Err(damaged(what));
    }
    let head = Head::from_bytes(&head).ok_or_else(|| damaged("a head that cannot be read"))?;
    let mut sum = Head::at(head.applied);
    let mut before = Vec::new();
    for stored in store.iter() {
        let (key, value) = stored.map_err(failed_to("read through the store"))?;
        // A damaged tree may lead in circles; this ends the walk.
        if *key <= *before {
            return Err(damaged("keys out of order"));
        }
        if key.first() != Some(&OWN) {
            count_chunk(&key, &value, &mut sum)?;
        }
        before.clear();
        before.extend_from_slice(&key);
    }
    if sum != head {
        return Err(damaged("the lists do not add up to the head"));
    }
    Ok(Some(head))
}

fn count_chunk(key: &[u8], value: &[u8], sum: &mut Head) -> Result<(), IndexError> {
    let chunk = split_chunk_key(key).and_then(|(prefix, first)| {
        let entries = chunk::entries(first, value)?;
        Some((prefix, entries)).filter(|(_, entries)| entries.last() < Some(&sum.applied))
    });
    let (prefix, entries) = chunk.ok_or_else(|| damaged("a chunk that cannot be read"))?;
    let list = List::of(prefix);
    entries.iter().for_each(|&index| sum.count(list, index));
    Ok(())
}

/// Writes the format version and an empty head into an empty store.
fn begin(store: &sled::Db) -> Result<Head, IndexError> {
    let head = Head::at(0);
    let mut batch = sled::Batch::default();
    batch.insert(&FORMAT_KEY, &FORMAT_VERSION.to_be_bytes());
    batch.insert(&HEAD_KEY, &head.to_bytes());
    store.apply_batch(batch).map_err(failed_to("begin an empty index"))?;
    Ok(head)
}

/// The lock lies beside the directory, so that it stays when the directory is moved.
fn take_lock(dir: &Path) -> Result<File, IndexError> {
    let path = beside(dir, ".lock");
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(io_error("create", parent))?;
    }
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(io_error("open the lock", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(IndexError::InUse { path: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io_error("lock", &path)(source)),
    }
}

/// Renames the directory to `<dir>.broken-<n>`, `n` above all that are there, and removes the
/// oldest of them.
pub(super) fn move_aside(dir: &Path) -> Result<PathBuf, IndexError> {
    let mut broken = broken_beside(dir)?;
    let number = broken.last().map_or(1, |last| last + 1);
    let aside = beside(dir, &format!(".broken-{number}"));
    fs::rename(dir, &aside).map_err(io_error("move aside", dir))?;
    broken.push(number);
    let surplus = broken.len().saturating_sub(BROKEN_KEPT);
    for number in &broken[..surplus] {
        let oldest = beside(dir, &format!(".broken-{number}"));
        // What was moved aside may even have been a plain file.
        let removed = fs::remove_dir_all(&oldest).or_else(|_| fs::remove_file(&oldest));
        if let Err(error) = removed {
            tracing::warn!(dir = %oldest.display(), %error, "old broken index not removed");
        }
    }
    Ok(aside)
}

/// The numbers of the directories that were moved aside, in order.
fn broken_beside(dir: &Path) -> Result<Vec<u64>, IndexError> {
    let start = beside(Path::new(dir.file_name().unwrap_or_default()), ".broken-");
    let parent = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut numbers = Vec::new();
    for entry in fs::read_dir(parent).map_err(io_error("read", parent))? {
        let name = entry.map_err(io_error("read", parent))?.file_name();
        let number = name.to_str().zip(start.to_str());
        let number = number.and_then(|(name, start)| name.strip_prefix(start)?.parse::<u64>().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn beside(dir: &Path, ending: &str) -> PathBuf {
    let mut path = dir.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> IndexError {
    let path = path.to_owned();
    move |source| IndexError::Io { doing, path, source }
}

/// The error and its causes on one line.
fn reason_in_full(error: &IndexError) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

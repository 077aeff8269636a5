//! The follower: fills the index from the journal and takes snapshots, behind the writer. It works in large steps where nobody
//! waits, at once where a reader does. An index that fails is opened anew, aside and empty if need be, and
//! filled again; history waits meanwhile, commands do not.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::bank::Bank;
use crate::bank::ids::{Digest, PublicKey};
use crate::index::{Index, IndexError, Key, Kind, Opened};
use crate::journal::JournalReader;
use crate::wire::{BadEntry, Entry, Outcome, signers_of};

use super::snapshots::Snapshots;
use super::touches::{Touches, may_have_papers, papers_of, touches_of};
use super::{Engine, HistoryUnavailable, Shared, Stage, StartError};

/// Entries in one step of the index, give or take those read at once; large steps make small chunks rare.
const STEP_ENTRIES: usize = 8_192;
/// Entries that are read before the bank is asked who signed them.
const READ_ENTRIES: usize = 1_024;
/// How long the follower lets entries gather when nobody waits for them.
const GATHER: Duration = Duration::from_secs(1);
/// How long a reader waits for the index.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// How long until an index that failed again is tried again, at first; twice as long each time.
const RETRY: Duration = Duration::from_secs(1);
/// The longest of these waits.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// What history is asked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryKind {
    /// A household: `HouseholdId::to_bytes`.
    Household,
    /// A declaration or sheet: its number, eight bytes big-endian.
    Declaration,
    /// A branch: its number, eight bytes big-endian.
    Branch,
    /// A person or terminal who signed: `to_bytes`.
    Actor,
    /// A document that entries show, as [`Touches::documents`]: the first eight bytes of its address. Two may begin
    /// with the same eight; what the entry itself names decides.
    Document,
}

impl HistoryKind {
    /// The number under which it is stored; must not change its meaning.
    fn stored(self) -> Kind {
        Kind(match self {
            HistoryKind::Household => 1,
            HistoryKind::Declaration => 2,
            HistoryKind::Branch => 3,
            HistoryKind::Actor => 4,
            HistoryKind::Document => 5,
        })
    }
}

/// An index that is opened beside other work, or is still to be: reading it through takes a second for millions of
/// entries, as a snapshot does.
pub(super) struct Ahead {
    dir: PathBuf,
    /// None where it was not begun, and once it was asked for.
    opening: Option<JoinHandle<Result<Opened, IndexError>>>,
}

impl Ahead {
    /// Begins to open the index in `dir` if `now`. Whoever replays a whole journal does not wait for the index, and
    /// the threads of the replay want the processors.
    ///
    /// # Errors
    ///
    /// The thread cannot be started.
    pub(super) fn begin(dir: PathBuf, now: bool) -> std::io::Result<Ahead> {
        let path = dir.clone();
        let open = move || Index::open(&path);
        let opening = now.then(|| std::thread::Builder::new().name("index".into()).spawn(open));
        Ok(Ahead { dir, opening: opening.transpose()? })
    }

    fn opened(mut self) -> Result<Opened, IndexError> {
        match self.opening.take().map(JoinHandle::join) {
            Some(Ok(opened)) => opened,
            // Not begun; or it panicked, and is opened again where a panic is caught.
            _ => Index::open(&self.dir),
        }
    }
}

impl Drop for Ahead {
    /// A start that failed leaves no lock behind: the index is closed when this returns.
    fn drop(&mut self) {
        if let Some(opening) = self.opening.take() {
            let _ = opening.join();
        }
    }
}

/// Shared by the follower's thread, the sequencer (which wakes it) and readers.
pub(super) struct Follower {
    dir: PathBuf,
    index: RwLock<Option<Arc<Index>>>,
    applied: watch::Sender<u64>,
    /// Entries that some reader waits for.
    wanted: AtomicU64,
    ending: AtomicBool,
    /// A reader met a failure: the index is to be opened anew.
    failed: AtomicBool,
    /// It failed at the start, or again and again: nobody waits for it until it has caught up.
    ailing: AtomicBool,
    signal: Mutex<()>,
    wake: Condvar,
}

impl Follower {
    /// Takes the index, fills what is missing, and begins to follow. An index that cannot be had holds nothing up: all
    /// else is served, and it is tried again.
    pub(super) fn start(
        shared: Arc<Shared>,
        ahead: Ahead,
        snapshots: Snapshots,
        on_progress: &mut dyn FnMut(Stage, u64, u64),
    ) -> Result<(Arc<Follower>, JoinHandle<()>), StartError> {
        let follower = Arc::new(Follower {
            dir: ahead.dir.clone(),
            index: RwLock::new(None),
            applied: watch::Sender::new(0),
            wanted: AtomicU64::new(0),
            ending: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            ailing: AtomicBool::new(false),
            signal: Mutex::new(()),
            wake: Condvar::new(),
        });
        {
            // At start nobody else has the bank yet.
            let bank = shared.bank.try_read().map_err(|_| std::io::Error::other("the bank is in use"))?;
            if let Err(error) = follower.fill(ahead, &*shared.journal, &bank, on_progress) {
                tracing::error!(
                    %error,
                    "the index cannot be filled; the bank serves without its history and tries again"
                );
                follower.failed.store(true, Ordering::Release);
                follower.ailing.store(true, Ordering::Release);
            }
        }
        let weak = Arc::downgrade(&shared);
        let following = follower.clone();
        let thread = std::thread::Builder::new()
            .name("follower".into())
            .spawn(move || following.run(&weak, &snapshots))?;
        Ok((follower, thread))
    }

    /// Brings the index up to the journal's end.
    fn fill(
        &self,
        ahead: Ahead,
        journal: &dyn JournalReader,
        bank: &Bank,
        on_progress: &mut dyn FnMut(Stage, u64, u64),
    ) -> Result<(), IndexError> {
        let total = journal.size();
        let opened = ahead.opened()?;
        self.put(&mut self.index.write().unwrap_or_else(PoisonError::into_inner), opened, total)?;
        while self.step(journal, |read| names_of(read, bank))? {
            on_progress(Stage::Index, *self.applied.borrow(), total);
        }
        Ok(())
    }

    /// Opens the index anew.
    fn open(&self, size: u64) -> Result<(), IndexError> {
        let mut slot = self.index.write().unwrap_or_else(PoisonError::into_inner);
        *slot = None;
        self.put(&mut slot, Index::open(&self.dir)?, size)
    }

    /// Puts an open index in its place. One that is ahead of the journal belongs to another journal (a restored
    /// backup): it is thrown away.
    fn put(&self, slot: &mut Option<Arc<Index>>, mut opened: Opened, size: u64) -> Result<(), IndexError> {
        if opened.index.applied() > size {
            tracing::warn!("the index is ahead of the journal; it is built anew");
            drop(opened);
            std::fs::remove_dir_all(&self.dir).map_err(|source| IndexError::Io {
                doing: "remove",
                path: self.dir.clone(),
                source,
            })?;
            opened = Index::open(&self.dir)?;
        }
        self.applied.send_replace(opened.index.applied());
        *slot = Some(Arc::new(opened.index));
        Ok(())
    }

    fn index(&self) -> Option<Arc<Index>> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Applies the next entries. Answers whether there were any.
    fn step(
        &self,
        journal: &dyn JournalReader,
        names_of: impl Fn(&[Read]) -> Vec<Names>,
    ) -> Result<bool, IndexError> {
        if self.failed.swap(false, Ordering::AcqRel) {
            return Err(IndexError::Closed);
        }
        let index = self.index().ok_or(IndexError::Closed)?;
        let first = index.applied();
        let (mut names, mut read): (Vec<Names>, Vec<Read>) = (Vec::new(), Vec::new());
        for batch in journal.batches(first) {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    tracing::error!(%error, "the index cannot follow the journal");
                    return Ok(false);
                }
            };
            let skip = first.saturating_sub(batch.first_index) as usize;
            for bytes in batch.entries.into_iter().skip(skip) {
                match read_entry(bytes) {
                    Ok(one) => read.push(one),
                    Err(error) => {
                        tracing::error!(%error, "the index cannot read an entry");
                        return Ok(false);
                    }
                }
            }
            if read.len() >= READ_ENTRIES {
                names.extend(names_of(&read));
                read.clear();
            }
            if names.len() >= STEP_ENTRIES {
                break;
            }
        }
        names.extend(names_of(&read));
        if names.is_empty() {
            return Ok(false);
        }
        let keys: Vec<Vec<Key>> = names
            .iter()
            .map(|names| names.iter().map(|(kind, id)| Key { kind: *kind, id }).collect())
            .collect();
        index.apply(first, &keys)?;
        self.applied.send_replace(first + names.len() as u64);
        Ok(true)
    }

    fn run(&self, shared: &Weak<Shared>, snapshots: &Snapshots) {
        let mut failures = u32::from(self.is_ailing());
        loop {
            let ending = self.ending.load(Ordering::Acquire);
            {
                let Some(shared) = shared.upgrade() else { break };
                // The writer waits for the bank, not for the index.
                let stepped =
                    self.step(&*shared.journal, |read| names_of(read, &shared.bank.blocking_read()));
                match stepped {
                    Ok(true) => continue,
                    Ok(false) => {
                        failures = 0;
                        if self.ailing.swap(false, Ordering::AcqRel) {
                            tracing::info!("the index is there again, and so is history");
                        }
                        snapshots.follow(&shared, ending);
                    }
                    // What is derived is not worth holding up an end.
                    Err(_) if ending => break,
                    Err(error) => {
                        tracing::warn!(%error, "the index failed; it is opened anew");
                        let opened = self.open(shared.journal.size());
                        drop(shared);
                        if let Err(error) = &opened {
                            tracing::error!(%error, "the index cannot be opened; history waits");
                        }
                        failures = failures.saturating_add(1);
                        // Once may be chance; then whoever wants history hears that it is not to be had.
                        if opened.is_err() || failures > 1 {
                            self.ailing.store(true, Ordering::Release);
                            self.rest((RETRY * 2u32.saturating_pow((failures - 1).min(6))).min(RETRY_MAX));
                        }
                        continue;
                    }
                }
            }
            if ending {
                break;
            }
            self.sleep();
        }
        if let Some(index) = self.index()
            && let Err(error) = index.flush()
        {
            tracing::warn!(%error, "flushing the index");
        }
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Sleeps until there is something to do: at once for a waiting reader, else after entries gathered.
    fn sleep(&self) {
        let signal = self.signal.lock().unwrap_or_else(PoisonError::into_inner);
        let pressed = || {
            self.wanted.load(Ordering::Acquire) > *self.applied.borrow()
                || self.ending.load(Ordering::Acquire)
                || self.failed.load(Ordering::Acquire)
        };
        if !pressed() {
            let _ = self.wake.wait_timeout_while(signal, GATHER, |()| !pressed());
        }
    }

    /// Waits before the next try, but not beyond the end.
    fn rest(&self, time: Duration) {
        let signal = self.signal.lock().unwrap_or_else(PoisonError::into_inner);
        let is_going_on = |(): &mut ()| !self.ending.load(Ordering::Acquire);
        let _ = self.wake.wait_timeout_while(signal, time, is_going_on);
    }

    /// Whether the index is not to be had, and tried again.
    pub(super) fn is_ailing(&self) -> bool {
        self.ailing.load(Ordering::Acquire)
    }

    /// The sequencer published a batch. Nothing to do unless somebody waits: the follower looks by itself.
    pub(super) fn wake(&self) {
        if self.wanted.load(Ordering::Acquire) > *self.applied.borrow() {
            self.press();
        }
    }

    /// Entries that the index has.
    pub(super) fn applied(&self) -> u64 {
        *self.applied.borrow()
    }

    fn press(&self) {
        drop(self.signal.lock().unwrap_or_else(PoisonError::into_inner));
        self.wake.notify_all();
    }

    /// Brings the index up to date, flushes and closes it; the thread then ends.
    pub(super) fn finish(&self) {
        self.ending.store(true, Ordering::Release);
        self.press();
    }

    /// Reads a list, once everything below `size` is in the index.
    async fn history(
        &self,
        size: u64,
        read: impl FnOnce(&Index) -> Result<Vec<u64>, IndexError>,
    ) -> Result<Vec<u64>, HistoryUnavailable> {
        if self.is_ailing() {
            return Err(HistoryUnavailable);
        }
        let mut applied = self.applied.subscribe();
        self.wanted.fetch_max(size, Ordering::AcqRel);
        if *applied.borrow() < size {
            self.press();
        }
        let caught_up = applied.wait_for(|applied| *applied >= size);
        if !matches!(tokio::time::timeout(WAIT_MAX, caught_up).await, Ok(Ok(_))) {
            return Err(HistoryUnavailable);
        }
        // It may have been opened anew, and empty, since it had caught up.
        let index = self.index().filter(|index| index.applied() >= size).ok_or(HistoryUnavailable)?;
        read(&index).map_err(|error| {
            tracing::warn!(%error, "reading history");
            if !matches!(error, IndexError::IdTooLong { .. }) {
                self.failed.store(true, Ordering::Release);
                self.press();
            }
            HistoryUnavailable
        })
    }
}

impl Engine {
    /// Entries that touch an id, newest first, below `before`. Waits until the index has followed up to what
    /// was durable when asked.
    ///
    /// # Errors
    ///
    /// [`HistoryUnavailable`] where the index is not to be had or does not catch up in time.
    pub async fn history(
        &self,
        kind: HistoryKind,
        id: &[u8],
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, HistoryUnavailable> {
        let size = self.shared.published.borrow().size;
        self.follower.history(size, |index| index.list(kind.stored(), id, before, limit)).await
    }

    /// Entries that touch an id, oldest first, above `after`; all that was durable when asked is among them, as for
    /// [`Engine::history`].
    ///
    /// # Errors
    ///
    /// As [`Engine::history`].
    pub async fn history_forward(
        &self,
        kind: HistoryKind,
        id: &[u8],
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, HistoryUnavailable> {
        let size = self.shared.published.borrow().size;
        self.follower.history(size, |index| index.list_forward(kind.stored(), id, after, limit)).await
    }
}

/// What the index needs of an entry.
struct Read {
    outcome: Outcome,
    signers: Vec<PublicKey>,
    /// Documents that only the command names.
    papers: Vec<Digest>,
}

fn read_entry(bytes: Vec<u8>) -> Result<Read, BadEntry> {
    let signers = signers_of(&bytes)?;
    let outcome = Outcome::decode(&bytes, None)?;
    // Budgets and deliveries are few; other entries' commands need not be read.
    let papers =
        if may_have_papers(&outcome.effects) { papers_of(&Entry::decode(&bytes)?) } else { Vec::new() };
    Ok(Read { outcome, signers, papers })
}

/// The stored names of what one entry touches.
type Names = Vec<(Kind, [u8; 8])>;

fn names_of(read: &[Read], bank: &Bank) -> Vec<Names> {
    let touched = |Read { outcome, signers, papers }: &Read| {
        let mut touches = touches_of(outcome.index, signers, &outcome.effects, bank);
        touches.documents.extend(papers);
        names(&touches)
    };
    read.iter().map(touched).collect()
}

fn names(touches: &Touches) -> Names {
    let Touches { households, declarations, branches, people, terminals, documents } = touches;
    let under = |kind: HistoryKind| move |id: [u8; 8]| (kind.stored(), id);
    let actors = people.iter().map(|p| p.to_bytes()).chain(terminals.iter().map(|t| t.to_bytes()));
    households
        .iter()
        .map(|id| id.to_bytes())
        .map(under(HistoryKind::Household))
        .chain(declarations.iter().map(|n| n.to_be_bytes()).map(under(HistoryKind::Declaration)))
        .chain(branches.iter().map(|b| b.number().to_be_bytes()).map(under(HistoryKind::Branch)))
        .chain(actors.map(under(HistoryKind::Actor)))
        .chain(
            documents.iter().map(|address| address.prefix().to_be_bytes()).map(under(HistoryKind::Document)),
        )
        .collect()
}

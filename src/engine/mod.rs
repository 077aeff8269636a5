//! The engine: one writer and its readers.
//!
//! Callers verify signatures on their own tasks and put commands in a bounded queue. One sequencer takes what
//! is waiting, reads the clock once, decides, applies, seals, extends the tree, signs one checkpoint, appends
//! one batch, publishes and answers. It holds the bank's write lock from the first decision until the batch is
//! durable, so readers never see what a power cut could take back. Start-up replays the journal through the
//! same `apply`. An append whose outcome is unknown stops the engine; only a restart that replays goes on.
//!
//! It knows no network and no text for people.

pub mod audit;
pub mod clock;
pub mod home;
pub mod touches;

mod admission;
mod counters;
mod door;
mod error;
mod follower;
mod hashes;
mod pins;
mod proofs;
mod recheck;
mod replay;
mod room;
mod seal;
mod sequencer;
mod shared;
mod snapshots;
mod ticker;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::{RwLock, mpsc, oneshot, watch};

use crate::bank::ids::HouseholdId;
use crate::bank::time::Time;
use crate::bank::{Bank, Effects, PinCheck};
use crate::documents::Documents;
use crate::journal::Journal;
use crate::tlog::{Hash, Signer};
use crate::wire::{limits, pb};

pub use admission::named_documents;
pub use clock::{Clock, SystemClock};
pub use counters::{Figures, Times};
pub use door::Door;
pub use error::{HistoryUnavailable, StartError, SubmitError, Unavailable};
pub use follower::HistoryKind;
pub use home::{Home, HomeError};
pub use pins::hash_pin;
pub use proofs::{ConsistencyProof, Proof, ProofError};
pub use replay::{ChainWalk, ReplayError, check_checkpoint};
pub use room::{DISK_RESERVE_DEFAULT, Options};

use follower::{Ahead, Follower};
use hashes::Hashes;
use sequencer::{Answer, Job, Sequencer};
use shared::Shared;
use snapshots::Snapshots;

/// What an engine is made of.
pub struct Parts {
    /// The truth.
    pub journal: Box<dyn Journal>,
    /// Where derived look-ups live; may be empty or missing.
    pub index_dir: PathBuf,
    /// Erasable documents.
    pub documents: Documents,
    /// The log's key; its name is the origin.
    pub signer: Signer,
    /// The one clock.
    pub clock: Arc<dyn Clock>,
}

/// What start-up is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading entries back.
    Replay,
    /// Filling the index.
    Index,
}

/// Whether the engine takes commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineState {
    /// It does.
    Serving,
    /// It answers reads and retries; the disk is nearly full, and nothing is written until there is room.
    ReadOnly,
    /// It does not: an append failed or the rules broke. Restart and replay.
    Stopped,
}

/// The newest durable tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Entries.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
    /// Signed checkpoint; empty before entry 0.
    pub checkpoint: Arc<str>,
}

/// A command's receipt: the entry's bytes and the proof, with the checkpoint inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// Position.
    pub index: u64,
    /// Frozen bytes.
    pub entry: Vec<u8>,
    /// `c2sp.org/tlog-proof@v1` text.
    pub proof: String,
    /// The same command had been written before.
    pub repeated: bool,
}

/// What readers see: durable state, and the clock.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// All current state.
    pub bank: &'a Bank,
    /// Entries that it rests on.
    pub size: u64,
    /// The clock, never before the newest entry.
    pub now: Time,
}

/// One running bank. Cheap to clone; every clone is the same bank.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Job>,
    follower: Arc<Follower>,
    threads: Arc<std::sync::Mutex<Vec<std::thread::JoinHandle<()>>>>,
    /// None: whoever calls is trusted not to send wrong signatures by the thousand.
    door: Option<Arc<dyn Door>>,
}

impl Engine {
    /// Replays the journal and begins to serve. Inside a tokio runtime. `on_progress` hears stage, done and
    /// total, in entries.
    ///
    /// # Errors
    ///
    /// [`StartError`]: nothing is served.
    pub fn start(parts: Parts, on_progress: &mut dyn FnMut(Stage, u64, u64)) -> Result<Engine, StartError> {
        Engine::start_with(parts, &Options::default(), on_progress)
    }

    /// As [`Engine::start`], run otherwise than by default.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::start`].
    pub fn start_with(
        parts: Parts,
        options: &Options,
        on_progress: &mut dyn FnMut(Stage, u64, u64),
    ) -> Result<Engine, StartError> {
        let Parts { journal, index_dir, documents, signer, clock } = parts;
        let reader = journal.reader();
        let hashes = Hashes::open(&index_dir)?;
        let signer = Arc::new(signer);
        let snapshots = Snapshots::at(index_dir.join("snapshots"), signer.clone());
        let ahead = Ahead::begin(index_dir.join("history"), snapshots.are_there())?;
        let (hashes, replayed) =
            hashes.replayed(&index_dir, &*reader, signer.verifier(), &snapshots, &mut |done, total| {
                on_progress(Stage::Replay, done, total);
            })?;
        for address in &replayed.erased {
            documents.erase(crate::documents::Address::from_bytes(address.0))?;
        }
        let checkpoint: Arc<str> = replayed.checkpoint.as_str().into();
        let published = Published { size: replayed.tip.size(), root: replayed.tip.root(), checkpoint };
        let mut room = room::Room::new(options);
        let shared = Arc::new(Shared {
            bank: RwLock::new(replayed.bank),
            stopped: AtomicBool::new(false),
            ended_well: AtomicBool::new(false),
            owes_erasures: AtomicBool::new(false),
            read_only: AtomicBool::new(room.is_low(&*journal)),
            watches_room: room.is_watched(&*journal),
            published: watch::Sender::new(published),
            journal: reader,
            hashes,
            documents,
            clock,
            origin: signer.name().to_owned(),
            vkey: signer.verifier().to_string(),
            pins: pins::Pins::default(),
            counters: counters::Counters::new(),
        });
        let (follower, following) = Follower::start(shared.clone(), ahead, snapshots, on_progress)?;
        let (queue, jobs) = mpsc::channel(limits::QUEUE_LENGTH);
        let runtime = tokio::runtime::Handle::current();
        let sequencer =
            Sequencer::new(shared.clone(), journal, room, signer, replayed.tip, follower.clone(), runtime);
        let sequencing =
            std::thread::Builder::new().name("sequencer".into()).spawn(move || sequencer.run(jobs))?;
        tokio::spawn(ticker::tick(shared.clone(), queue.clone()));
        recheck::begin(&shared)?;
        let threads = Arc::new(std::sync::Mutex::new(vec![sequencing, following]));
        Ok(Engine { shared, queue, follower, threads, door: None })
    }

    /// The same bank for one caller, whose signatures are verified as far as the door lets them in.
    pub fn behind(&self, door: Arc<dyn Door>) -> Engine {
        Engine { door: Some(door), ..self.clone() }
    }

    /// Writes one command. When it answers `Ok`, the entry is durable. Dropping the future neither takes the
    /// command back nor halves it.
    ///
    /// # Errors
    ///
    /// [`SubmitError`]; all but `Stopped` mean that nothing was written.
    pub async fn submit(&self, envelope: pb::Envelope, pin: &str) -> Result<Submitted, SubmitError> {
        let answer = self.submit_uncounted(envelope, pin).await;
        door::tell(self.door.as_deref(), &answer);
        self.shared.counters.answered(&answer);
        answer
    }

    async fn submit_uncounted(&self, envelope: pb::Envelope, pin: &str) -> Result<Submitted, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let job =
            admission::admit(&self.shared, self.door.as_deref(), &self.queue, envelope, pin, reply).await?;
        self.queue.try_send(Job::Command(job)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
            mpsc::error::TrySendError::Closed(_) => SubmitError::Stopped,
        })?;
        self.heard(answer).await
    }

    /// What a caller hears once the sequencer has answered.
    async fn heard(
        &self,
        answer: oneshot::Receiver<Result<Answer, SubmitError>>,
    ) -> Result<Submitted, SubmitError> {
        match answer.await.unwrap_or(Err(SubmitError::Stopped))? {
            Answer::Written(sealed) => Ok(sealed.into_submitted()),
            Answer::Repeated { index } => {
                let first = self.receipt(index).await.map_err(|_| SubmitError::Stopped)?;
                Ok(Submitted { repeated: true, ..first })
            }
        }
    }

    /// Writes commands in order, each by itself; one result for each.
    pub async fn submit_batch(
        &self,
        requests: Vec<(pb::Envelope, String)>,
    ) -> Vec<Result<Submitted, SubmitError>> {
        // Admission runs side by side; the queue is entered in order, so that a later command may rest on an
        // earlier one of the same batch.
        let admissions = requests.into_iter().map(|(envelope, pin)| {
            let engine = self.clone();
            let (reply, answer) = oneshot::channel();
            let admitted = tokio::spawn(async move {
                let door = engine.door.as_deref();
                admission::admit(&engine.shared, door, &engine.queue, envelope, &pin, reply).await
            });
            (admitted, answer)
        });
        let admissions: Vec<_> = admissions.collect();
        let mut waiting = Vec::with_capacity(admissions.len());
        for (admitted, answer) in admissions {
            let queued = match admitted.await {
                Ok(Ok(job)) => self.queue.send(Job::Command(job)).await.map_err(|_| SubmitError::Stopped),
                Ok(Err(error)) => Err(error),
                Err(_) => Err(SubmitError::Stopped),
            };
            waiting.push((queued, answer));
        }
        let mut results = Vec::with_capacity(waiting.len());
        for (queued, answer) in waiting {
            results.push(match queued {
                Err(error) => Err(error),
                Ok(()) => self.heard(answer).await,
            });
        }
        for answer in &results {
            door::tell(self.door.as_deref(), answer);
            self.shared.counters.answered(answer);
        }
        results
    }

    /// What a command would do now; nothing is written.
    ///
    /// # Errors
    ///
    /// As [`Engine::submit`].
    pub async fn preview(&self, envelope: pb::Envelope) -> Result<Effects, SubmitError> {
        let answer = admission::preview(&self.shared, self.door.as_deref(), envelope).await;
        door::tell(self.door.as_deref(), &answer);
        answer
    }

    /// Looks at durable state. The closure should be short: the writer waits for it.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] once the engine has stopped: its state may be ahead of what is durable.
    pub async fn read<R>(&self, look: impl FnOnce(&View) -> R) -> Result<R, Unavailable> {
        self.shared.read(look).await
    }

    /// The newest durable tree.
    pub fn published(&self) -> Published {
        self.shared.published.borrow().clone()
    }

    /// Hears of each durable batch.
    pub fn watch(&self) -> watch::Receiver<Published> {
        self.shared.published.subscribe()
    }

    /// Verifier key of the log.
    pub fn vkey(&self) -> &str {
        &self.shared.vkey
    }

    /// The origin.
    pub fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// The clock now.
    pub fn now(&self) -> Time {
        self.shared.clock.now()
    }

    /// One entry's bytes; none past the end.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] where the journal cannot be read back; the log says why.
    pub fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, Unavailable> {
        self.shared.entry(index)
    }

    /// Up to `limit` entries from `from` on.
    ///
    /// # Errors
    ///
    /// As [`Engine::entry`].
    pub fn entries(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, Unavailable> {
        let mut entries = Vec::new();
        for batch in self.shared.journal.batches(from) {
            let batch = batch.map_err(|error| {
                tracing::error!(%error, "reading entries back");
                Unavailable
            })?;
            let skip = from.saturating_sub(batch.first_index) as usize;
            let left = limit - entries.len();
            entries.extend(batch.entries.into_iter().skip(skip).take(left));
            if entries.len() == limit {
                break;
            }
        }
        Ok(entries)
    }

    /// Proof that an entry is in the tree of `size` entries (0: the newest).
    ///
    /// # Errors
    ///
    /// [`ProofError`].
    pub async fn inclusion_proof(&self, index: u64, size: u64) -> Result<Proof, ProofError> {
        self.shared.inclusion_proof(index, size)
    }

    /// Proof that one tree grew out of another (`new` 0: the newest).
    ///
    /// # Errors
    ///
    /// [`ProofError`].
    pub async fn consistency_proof(&self, old: u64, new: u64) -> Result<ConsistencyProof, ProofError> {
        self.shared.consistency_proof(old, new)
    }

    /// The receipt of an entry against the newest checkpoint.
    ///
    /// # Errors
    ///
    /// [`ProofError`].
    pub async fn receipt(&self, index: u64) -> Result<Submitted, ProofError> {
        self.shared.receipt(index)
    }

    /// Tries a household's PIN for whoever holds its passbook. Tries count together with those at the till: five misses
    /// lock the PIN, and the lock is durable when this answers. `None` where the household has no PIN,
    /// [`PinCheck::NotGiven`] for an empty one.
    ///
    /// # Errors
    ///
    /// [`SubmitError::PinMalformed`], [`SubmitError::DiskFull`] and [`SubmitError::Stopped`].
    pub async fn try_pin(&self, household: HouseholdId, pin: &str) -> Result<Option<PinCheck>, SubmitError> {
        admission::try_pin_of(&self.shared, &self.queue, household, pin).await
    }

    /// Erasable documents.
    pub fn documents(&self) -> &Documents {
        &self.shared.documents
    }

    /// Whether it takes commands.
    pub fn state(&self) -> EngineState {
        match (self.shared.is_stopped(), self.shared.is_read_only()) {
            (true, _) => EngineState::Stopped,
            (false, true) => EngineState::ReadOnly,
            (false, false) => EngineState::Serving,
        }
    }

    /// What was counted since the start, and how the engine stands now. Waits for nobody.
    pub fn figures(&self) -> Figures {
        let tree_size = self.shared.published.borrow().size;
        let queue_capacity = self.queue.max_capacity();
        Figures {
            tree_size,
            queue_capacity,
            queue_length: queue_capacity - self.queue.capacity(),
            index_is_ailing: self.follower.is_ailing(),
            index_lag: tree_size.saturating_sub(self.follower.applied()),
            ..self.shared.counters.figures(self.state())
        }
    }

    /// Lets the bank itself act on what is due, and waits until that is durable. The ticker does this by
    /// itself; whoever moves a clock by hand calls it. While the engine is read-only what is due waits.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] once the engine has stopped.
    pub async fn tick(&self) -> Result<(), Unavailable> {
        // One batch may be too small for all that is due.
        loop {
            let (reply, done) = oneshot::channel();
            self.queue.send(Job::Tick(Some(reply))).await.map_err(|_| Unavailable)?;
            done.await.map_err(|_| Unavailable)?;
            if self.shared.is_read_only() || self.read(|view| view.bank.due(view.now).is_none()).await? {
                return Ok(());
            }
        }
    }

    /// Finishes what was accepted, then stops. The index is brought up to date and flushed.
    pub async fn shutdown(&self) {
        let _ = self.queue.send(Job::Shutdown).await;
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(|e| e.into_inner()));
        let follower = self.follower.clone();
        let joined = tokio::task::spawn_blocking(move || {
            let mut threads = threads.into_iter();
            if let Some(sequencer) = threads.next() {
                let _ = sequencer.join();
            }
            follower.finish();
            for thread in threads {
                let _ = thread.join();
            }
        });
        let _ = joined.await;
    }
}

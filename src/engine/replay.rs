//! Replay: the journal's entries, checked and applied in order. Start-up and audit use the same walk.
//!
//! Two threads: one reads and hashes leaves ([`stages`]); the caller's decodes what entries did and applies it. Start-up
//! trusts that what the journal holds was decided, linked and spelled rightly, and checks that it is whole: positions,
//! time, the tree, and the newest checkpoint's signature and root, which vouch for every byte, the links among them. An
//! audit follows the links too ([`ChainWalk`]).

mod stages;

use crate::bank::ids::Digest;
use crate::bank::time::Time;
use crate::bank::{Applied, Bank, Change, Effects, Request};
use crate::index::HashFileError;
use crate::journal::{JournalError, JournalReader};
use crate::planted::{self, Bug};
use crate::tlog::{
    Checkpoint, CheckpointError, FIRST_PREVIOUS, Frontier, Hash, Verifier, chain_hash, leaf_hash,
};
use crate::wire::{BadEntry, Entry, EnvelopeError, Heading, read_effects};

use super::hashes::Hashes;
use super::seal::Tip;
use super::snapshots::Snapshot;
use stages::{hand_over, hash_batches};

/// Why the journal's content does not check. Nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The journal cannot be read back.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An entry's bytes are not an entry.
    #[error("entry {index}: {source}")]
    Entry {
        /// Its position.
        index: u64,
        /// What is wrong.
        source: BadEntry,
    },
    /// An entry's envelope cannot be read.
    #[error("entry {index}: {source}")]
    Envelope {
        /// Its position.
        index: u64,
        /// What is wrong.
        source: EnvelopeError,
    },
    /// An entry stands elsewhere than it says.
    #[error("entry {index} says that it is entry {says}")]
    Position {
        /// Where it stands.
        index: u64,
        /// What it says.
        says: u64,
    },
    /// An entry does not link to the one before.
    #[error("entry {index} does not link to the entry before it")]
    Chain {
        /// Its position.
        index: u64,
    },
    /// An entry is older than the one before.
    #[error("entry {index} is older than the entry before it")]
    Time {
        /// Its position.
        index: u64,
    },
    /// A checkpoint does not check.
    #[error("the checkpoint after entry {index}: {source}")]
    Checkpoint {
        /// The newest entry under it.
        index: u64,
        /// What is wrong.
        source: CheckpointError,
    },
    /// A checkpoint speaks of another tree.
    #[error("the checkpoint after entry {index} speaks of another tree than the journal's")]
    OtherTree {
        /// The newest entry under it.
        index: u64,
    },
    /// The file of the tree's hashes cannot be written.
    #[error(transparent)]
    Hashes(#[from] HashFileError),
    /// The effects of an entry do not fit the state: journal and rules disagree.
    #[error("entry {index} does not fit what is before it")]
    Misfit {
        /// Its position.
        index: u64,
    },
    /// The reading thread cannot be started or died.
    #[error("the reading thread ended early")]
    Thread,
}

/// What a journal amounts to.
pub(super) struct Replayed {
    pub(super) bank: Bank,
    pub(super) tip: Tip,
    /// Newest checkpoint; empty for an empty journal.
    pub(super) checkpoint: String,
    /// Documents that the log says are erased.
    pub(super) erased: Vec<Digest>,
}

/// Reads the journal back: all of it, or what came after a snapshot.
pub(super) fn replay(
    reader: &dyn JournalReader,
    verifier: &Verifier,
    hashes: &Hashes,
    from: Option<Snapshot>,
    on_progress: &mut dyn FnMut(u64, u64),
) -> Result<Replayed, ReplayError> {
    let total = reader.size();
    let (mut bank, start) = match from {
        Some(Snapshot { bank, tip }) => (bank, tip),
        None => (Bank::new(), Tip::new(FIRST_PREVIOUS, Frontier::new())),
    };
    let begun = start.size();
    let (mut checkpoint, mut done) = (checkpoint_before(reader, begun)?, begun);
    std::thread::scope(|scope| {
        let (hashing, hashed) = hand_over();
        let end = end_of(reader);
        let hashing = scope.spawn(move || hash_batches(reader, hashes, start, end, &hashing));
        let mut erased = Vec::new();
        let stale = (begun > 0 && planted::is(Bug::SnapshotOneStale)).then_some(begun);
        while let Some(mut group) = hashed.next() {
            for (told, bytes) in group.entries().filter(|(told, _)| Some(told.index) != stale) {
                let index = told.index;
                let effects = read_effects(bytes).map_err(|source| ReplayError::Entry { index, source })?;
                apply_parts(&mut bank, index, told.time, || told.heading.clone(), &effects)?;
                erased.extend(effects.changes.iter().filter_map(|change| match change {
                    Change::DocumentErased { document, .. } => Some(*document),
                    _ => None,
                }));
                done = index + 1;
            }
            if let Some(wrong) = group.wrong.take() {
                return Err(wrong);
            }
            checkpoint.clone_from(&group.checkpoint);
            on_progress(done, total);
            hashed.give_back(group);
        }
        let tip = hashing.join().map_err(|_| ReplayError::Thread)??;
        if tip.size() > 0 {
            check_checkpoint(&checkpoint, verifier, tip.size(), &tip.root())?;
        }
        let checkpoint = String::from_utf8(checkpoint).map_err(|_| ReplayError::Thread)?;
        Ok(Replayed { bank, tip, checkpoint, erased })
    })
}

/// The checkpoint of a tree of `size` entries, at which a batch ends; empty for the empty tree.
fn checkpoint_before(reader: &dyn JournalReader, size: u64) -> Result<Vec<u8>, ReplayError> {
    match size.checked_sub(1).and_then(|newest| reader.batches(newest).next()) {
        Some(batch) => Ok(batch?.checkpoint),
        None => Ok(Vec::new()),
    }
}

/// Follows the hash chain through the entries' own words.
#[derive(Debug, Clone)]
pub struct ChainWalk {
    /// The hash of the newest entry that was taken.
    pub previous: Hash,
    /// The tree of the entries that were taken.
    pub frontier: Frontier,
}

impl ChainWalk {
    /// Before entry 0.
    pub fn start() -> Self {
        ChainWalk { previous: FIRST_PREVIOUS, frontier: Frontier::new() }
    }

    /// Checks the next entry's link and answers its leaf hash; the caller pushes it.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Chain`].
    pub fn link(&mut self, bytes: &[u8]) -> Result<Hash, ReplayError> {
        let index = self.frontier.size();
        if previous_of(bytes) != Some(self.previous.as_bytes().as_slice()) {
            return Err(ReplayError::Chain { index });
        }
        self.previous = chain_hash(bytes);
        Ok(leaf_hash(bytes))
    }
}

/// Field 2 of an entry (`previous`), read without decoding the rest: field 1 (`index`, absent when 0), then
/// tag 0x12 and length 32.
fn previous_of(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    if let [0x08, varint @ ..] = rest {
        let length = varint.iter().position(|byte| byte & 0x80 == 0)? + 1;
        rest = &varint[length..];
    }
    match rest {
        [0x12, 32, rest @ ..] => rest.get(..32),
        _ => None,
    }
}

pub(super) fn decode(index: u64, bytes: &[u8]) -> Result<Entry, ReplayError> {
    let entry = Entry::decode(bytes).map_err(|source| ReplayError::Entry { index, source })?;
    if entry.index == index { Ok(entry) } else { Err(ReplayError::Position { index, says: entry.index }) }
}

/// Time of the newest entry. Request ids that ended before it are forgotten by then; where it cannot be had, all
/// are remembered first, and whatever is wrong is found on the way.
fn end_of(reader: &dyn JournalReader) -> Time {
    let newest = reader.size().checked_sub(1).and_then(|index| reader.entry(index).ok()?);
    newest.and_then(|bytes| Entry::decode(&bytes).ok()).map_or(Time(i64::MIN), |entry| entry.time)
}

/// Applies effects to the state before them. The heading is asked for once the time is known to be right.
pub(super) fn apply_parts(
    bank: &mut Bank,
    index: u64,
    time: Time,
    heading: impl FnOnce() -> Result<Option<Heading>, EnvelopeError>,
    effects: &Effects,
) -> Result<(), ReplayError> {
    // Told before a heading that cannot be read: an entry that is out of time is not where it belongs.
    if time < bank.time() {
        return Err(ReplayError::Time { index });
    }
    let heading = heading().map_err(|source| ReplayError::Envelope { index, source })?;
    let heading = heading.filter(|_| !planted::is(Bug::RequestForgottenAtRestart));
    let request = heading.map(|Heading { request_id, not_after, digest }| Request {
        id: request_id,
        payload_digest: digest,
        not_after,
    });
    let applied = Applied { index, time, request };
    // The rules assert that effects fit; for bytes from a disk that is a finding, not a crash.
    let fits = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| bank.apply(&applied, effects)));
    fits.map_err(|_| ReplayError::Misfit { index })
}

/// Opens a checkpoint with the log's key and compares it with the tree.
///
/// # Errors
///
/// [`ReplayError::Checkpoint`], [`ReplayError::OtherTree`].
pub fn check_checkpoint(note: &[u8], verifier: &Verifier, size: u64, root: &Hash) -> Result<(), ReplayError> {
    let index = size.saturating_sub(1);
    let opened =
        Checkpoint::open(note, verifier, &[]).map_err(|source| ReplayError::Checkpoint { index, source })?;
    let checkpoint = opened.value();
    if checkpoint.size() == size && checkpoint.root() == root {
        Ok(())
    } else {
        Err(ReplayError::OtherTree { index })
    }
}

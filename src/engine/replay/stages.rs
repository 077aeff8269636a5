//! The stage before the bank: a thread that reads the journal, hashes leaves, and reads what entries say of themselves.
//!
//! Entries are handed on in groups, because each handing over may wake a thread and batches can be small. A group that is
//! used up comes back to be filled again. What entries did is handed on as bytes and decoded by whoever applies it:
//! decoded it is twice as long, and a third thread for it cost more in carrying it from core to core than it saved.
//! This file knows no rules.

use std::sync::mpsc;

use crate::bank::time::Time;
use crate::journal::{BatchView, JournalReader};
use crate::planted::{self, Bug};
use crate::tlog::{chain_hash, leaf_hash};
use crate::wire::{EnvelopeError, Heading, OutcomeParts};

use super::super::hashes::Hashes;
use super::super::seal::Tip;
use super::ReplayError;

/// Entries that are handed on together.
const TOGETHER: usize = 256;
/// Such groups that may wait. Few: what waits is memory that start-up needs once.
const AHEAD: usize = 2;

/// Where groups come from, and where they go back to.
pub(super) struct Hashed {
    groups: mpsc::Receiver<Group>,
    spent: mpsc::Sender<Group>,
}

/// Where groups go, and come back from.
pub(super) struct Hashing {
    groups: mpsc::SyncSender<Group>,
    spent: mpsc::Receiver<Group>,
}

/// Both ends of the hand-over.
pub(super) fn hand_over() -> (Hashing, Hashed) {
    let (send, groups) = mpsc::sync_channel(AHEAD);
    let (back, spent) = mpsc::channel();
    (Hashing { groups: send, spent }, Hashed { groups, spent: back })
}

impl Hashed {
    /// The next group; none when there are no more.
    pub(super) fn next(&self) -> Option<Group> {
        self.groups.recv().ok()
    }

    /// Gives back one that is used up.
    pub(super) fn give_back(&self, group: Group) {
        // There may be nothing more to read.
        let _ = self.spent.send(group);
    }
}

/// What an entry says about itself, and where in its group the bytes of what it did end.
pub(super) struct Told {
    pub(super) index: u64,
    pub(super) time: Time,
    pub(super) heading: Result<Option<Heading>, EnvelopeError>,
    end: usize,
}

/// Entries that follow each other: whole batches, or those before the first entry that cannot be read.
#[derive(Default)]
pub(super) struct Group {
    entries: Vec<Told>,
    /// What they did, one after the other.
    effects: Vec<u8>,
    /// The newest batch's.
    pub(super) checkpoint: Vec<u8>,
    /// Why the next entry cannot be read. Then there are no more groups.
    pub(super) wrong: Option<ReplayError>,
}

impl Group {
    fn add(&mut self, batch: &BatchView<'_>, end: Time) {
        let mut entries = batch.entries.as_slice();
        if planted::is(Bug::LastOfBatchNotReplayed) && entries.len() > 1 {
            entries = &entries[..entries.len() - 1];
        }
        let mut all = (batch.first_index..).zip(entries);
        self.wrong = all.try_for_each(|(index, bytes)| self.add_entry(index, bytes, end)).err();
        self.checkpoint.clear();
        self.checkpoint.extend_from_slice(batch.checkpoint);
    }

    /// Requests that ended before `end` are not read.
    fn add_entry(&mut self, index: u64, bytes: &[u8], end: Time) -> Result<(), ReplayError> {
        let parts = OutcomeParts::read(bytes, Some(end));
        let parts = parts.map_err(|source| ReplayError::Entry { index, source })?;
        if parts.index != index {
            return Err(ReplayError::Position { index, says: parts.index });
        }
        let OutcomeParts { time, heading, effects, .. } = parts;
        self.effects.extend_from_slice(effects);
        self.entries.push(Told { index, time, heading, end: self.effects.len() });
        Ok(())
    }

    /// Each entry, and the bytes of what it did.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Told, &[u8])> {
        let starts = std::iter::once(0).chain(self.entries.iter().map(|told| told.end));
        starts.zip(&self.entries).map(|(start, told)| (told, &self.effects[start..told.end]))
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.effects.clear();
        self.checkpoint.clear();
    }
}

/// Walks the batches: leaves, tree, and the file of its hashes. Hands them on in groups. Requests that ended before
/// `end` are not read.
pub(super) fn hash_batches(
    reader: &dyn JournalReader,
    hashes: &Hashes,
    from: Tip,
    end: Time,
    to: &Hashing,
) -> Result<Tip, ReplayError> {
    let (mut previous, mut frontier) = from.into_parts();
    let mut checker = hashes.checker(frontier.size());
    let (mut group, mut failed) = (Group::default(), None);
    reader.show_to_prove(frontier.size(), &mut |batch| {
        for bytes in &batch.entries {
            frontier.push_with(leaf_hash(bytes), |_, hash| {
                failed = failed.take().or(checker.next(&hash).err().map(ReplayError::from));
            });
        }
        if failed.is_some() {
            return false;
        }
        group.add(&batch, end);
        let is_last = group.wrong.is_some();
        if group.entries.len() >= TOGETHER || is_last {
            let mut next = to.spent.try_recv().unwrap_or_default();
            next.clear();
            // Whoever applies finds what is wrong, here or there, and says so; the file of hashes stays as it is.
            if to.groups.send(std::mem::replace(&mut group, next)).is_err() || is_last {
                failed = Some(ReplayError::Thread);
            }
        }
        failed.is_none()
    })?;
    if let Some(failed) = failed {
        return Err(failed);
    }
    if !group.entries.is_empty() {
        // Nobody may want it any more; then they say why.
        let _ = to.groups.send(group);
    }
    if let Some(newest) = frontier.size().checked_sub(1)
        && let Some(bytes) = reader.entry(newest)?
    {
        previous = chain_hash(&bytes);
    }
    checker.finish()?;
    Ok(Tip::new(previous, frontier))
}

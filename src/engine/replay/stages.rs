//! The stage before the bank: a thread that reads the journal and hashes leaves.
//!
//! Entries are handed on as bytes, in groups, because each handing over may wake a thread and batches can be small. A
//! group that is used up comes back to be filled again. What entries say is decoded by whoever applies it: their
//! changes are as many bytes as the entry, and to decode them on a third thread cost more in moving them from core to
//! core than it saved. This file knows no rules.

use std::sync::mpsc;

use crate::journal::{BatchView, JournalReader};
use crate::planted::{self, Bug};
use crate::tlog::{chain_hash, leaf_hash};

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

/// Entries that follow each other, as bytes: whole batches.
#[derive(Default)]
pub(super) struct Group {
    /// Of all entries, one after the other.
    bytes: Vec<u8>,
    /// Of each entry its index, and where its bytes end.
    entries: Vec<(u64, usize)>,
    /// The newest batch's.
    pub(super) checkpoint: Vec<u8>,
}

impl Group {
    fn add(&mut self, batch: &BatchView<'_>) {
        let mut batch_entries = batch.entries.as_slice();
        if planted::is(Bug::LastOfBatchNotReplayed) && batch_entries.len() > 1 {
            batch_entries = &batch_entries[..batch_entries.len() - 1];
        }
        for (index, bytes) in (batch.first_index..).zip(batch_entries) {
            self.bytes.extend_from_slice(bytes);
            self.entries.push((index, self.bytes.len()));
        }
        self.checkpoint.clear();
        self.checkpoint.extend_from_slice(batch.checkpoint);
    }

    /// Each entry's index and bytes.
    pub(super) fn entries(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = std::iter::once(0).chain(self.entries.iter().map(|(_, end)| *end));
        starts.zip(&self.entries).map(|(start, (index, end))| (*index, &self.bytes[start..*end]))
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.checkpoint.clear();
    }
}

/// Walks the batches: leaves, tree, and the file of its hashes. Hands them on in groups.
pub(super) fn hash_batches(
    reader: &dyn JournalReader,
    hashes: &Hashes,
    from: Tip,
    to: &Hashing,
) -> Result<Tip, ReplayError> {
    let (mut previous, mut frontier) = from.into_parts();
    let mut checker = hashes.checker(frontier.size());
    let (mut group, mut wrong) = (Group::default(), None);
    reader.show_to_prove(frontier.size(), &mut |batch| {
        for bytes in &batch.entries {
            frontier.push_with(leaf_hash(bytes), |_, hash| {
                wrong = wrong.take().or(checker.next(&hash).err().map(ReplayError::from));
            });
        }
        if wrong.is_some() {
            return false;
        }
        group.add(&batch);
        if group.entries.len() >= TOGETHER {
            previous = batch.entries.last().map_or(previous, |bytes| chain_hash(bytes));
            let mut next = to.spent.try_recv().unwrap_or_default();
            next.clear();
            if to.groups.send(std::mem::replace(&mut group, next)).is_err() {
                // The other side found something wrong and says so.
                wrong = Some(ReplayError::Thread);
            }
        }
        wrong.is_none()
    })?;
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    if let Some((_, bytes)) = group.entries().last() {
        previous = chain_hash(bytes);
    }
    if !group.entries.is_empty() {
        // Nobody may want it any more; then they say why.
        let _ = to.groups.send(group);
    }
    checker.finish()?;
    Ok(Tip::new(previous, frontier))
}

//! The stages before the bank: one thread reads the journal and hashes leaves, one decodes what they say.
//!
//! Entries are handed on in groups, because each handing over may wake a thread and batches can be small. What a stage
//! has used up goes back to the one that made it, to be filled again: memory that one thread takes and another frees is
//! dear. This file knows no rules.

use std::sync::mpsc;

use crate::bank::time::Time;
use crate::journal::{BatchView, JournalReader};
use crate::planted::{self, Bug};
use crate::tlog::{chain_hash, leaf_hash};
use crate::wire::Outcome;

use super::super::hashes::Hashes;
use super::super::seal::Tip;
use super::ReplayError;

/// Entries that are handed on together.
const TOGETHER: usize = 256;
/// Such groups that a stage may be ahead of the next. Few: what waits is memory that start-up needs once.
const AHEAD: usize = 2;

/// The receiving end of a stage: what comes, and the way back for what it was carried in.
pub(super) struct From<T, B> {
    next: mpsc::Receiver<T>,
    back: mpsc::Sender<B>,
}

impl<T, B> From<T, B> {
    /// The next of what comes.
    pub(super) fn next(&self) -> Result<T, mpsc::RecvError> {
        self.next.recv()
    }

    /// Gives back what is used up.
    pub(super) fn give_back(&self, spent: B) {
        // The stage before may have ended.
        let _ = self.back.send(spent);
    }
}

/// Two stages' hand-over: what is sent, what comes, and what comes back.
pub(super) fn hand_over<T, B>() -> (mpsc::SyncSender<T>, From<T, B>, mpsc::Receiver<B>) {
    let (send, next) = mpsc::sync_channel(AHEAD);
    let (back, spent) = mpsc::channel();
    (send, From { next, back }, spent)
}

/// Entries that follow each other, as bytes: whole batches.
#[derive(Default)]
pub(super) struct Group {
    /// Of all entries, one after the other.
    bytes: Vec<u8>,
    /// Of each entry its index, and where its bytes end.
    entries: Vec<(u64, usize)>,
    /// The newest batch's.
    checkpoint: Vec<u8>,
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

    fn entries(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = std::iter::once(0).chain(self.entries.iter().map(|(_, end)| *end));
        starts.zip(&self.entries).map(|(start, (index, end))| (*index, &self.bytes[start..*end]))
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.checkpoint.clear();
    }
}

/// Entries that follow each other, on their way to the bank.
pub(super) struct Decoded {
    /// All of a group's, or those before the first that cannot be read.
    pub(super) outcomes: Vec<Outcome>,
    /// The newest checkpoint, or why the next entry cannot be read.
    pub(super) rest: Result<Vec<u8>, ReplayError>,
}

/// Walks the batches: leaves, tree, and the file of its hashes. Hands them on in groups.
pub(super) fn hash_batches(
    reader: &dyn JournalReader,
    hashes: &Hashes,
    from: Tip,
    send: &mpsc::SyncSender<Group>,
    spent: &mpsc::Receiver<Group>,
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
            let mut next = spent.try_recv().unwrap_or_default();
            next.clear();
            if send.send(std::mem::replace(&mut group, next)).is_err() {
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
    // Nobody may want it any more; then they say why.
    let _ = send.send(group);
    checker.finish()?;
    Ok(Tip::new(previous, frontier))
}

/// Decodes groups and hands them on, until there are no more, one cannot be read, or nobody wants them. Requests that
/// ended before `end` are not read.
pub(super) fn decode_groups(
    groups: &From<Group, Group>,
    end: Time,
    send: &mpsc::SyncSender<Decoded>,
    spent: &mpsc::Receiver<Vec<Outcome>>,
) {
    while let Ok(group) = groups.next() {
        // The last one, where groups end with the journal.
        if group.entries.is_empty() {
            continue;
        }
        let mut outcomes = spent.try_recv().unwrap_or_default();
        outcomes.clear();
        let read = group.entries().try_for_each(|(index, bytes)| {
            outcomes.push(decode_outcome(index, bytes, end)?);
            Ok(())
        });
        let is_last = read.is_err();
        let rest = read.map(|()| group.checkpoint.clone());
        groups.give_back(group);
        if send.send(Decoded { outcomes, rest }).is_err() || is_last {
            return;
        }
    }
}

fn decode_outcome(index: u64, bytes: &[u8], end: Time) -> Result<Outcome, ReplayError> {
    let outcome = Outcome::decode(bytes, Some(end)).map_err(|source| ReplayError::Entry { index, source })?;
    if outcome.index == index {
        Ok(outcome)
    } else {
        Err(ReplayError::Position { index, says: outcome.index })
    }
}

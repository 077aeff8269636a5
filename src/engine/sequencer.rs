//! The one writer. [`Sequencer::run`] only loops; [`Sequencer::step`] is one turn: it decides what is waiting,
//! makes it durable in one batch, and answers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::bank::ids::HouseholdId;
use crate::bank::time::Time;
use crate::bank::{
    Applied, Bank, Change, Cited, Context, Effects, PinCheck, Refusal, Request, SystemCommand,
};
use crate::documents::Address;
use crate::journal::{Batch, Journal};
use crate::planted::{self, Bug};
use crate::tlog::{BatchProofs, Checkpoint, Hash, Signer, tlog_proof};
use crate::wire::{Cause, Checked, limits};

use super::follower::Follower;
use super::room::Room;
use super::seal::{Pending, Tip, TooLarge};
use super::{Published, Shared, SubmitError, Submitted};

/// Commands that one batch takes.
const BATCH_COMMANDS_MAX: usize = 256;
/// Entries that one batch holds: its commands, and what fell due meanwhile.
const BATCH_ENTRIES_MAX: usize = 384;

/// How long a turn waits for more, for each command that came together with another: about what verifying one
/// costs.
const GATHER_EACH: Duration = Duration::from_micros(100);
/// How long a turn waits for more at most.
const GATHER_MAX: Duration = Duration::from_millis(2);

/// Work for the sequencer.
pub(super) enum Job {
    /// Somebody's command.
    Command(Box<CommandJob>),
    /// A PIN has been missed too often; answered when the lock is durable.
    LockPin(HouseholdId, oneshot::Sender<()>),
    /// Something may be due.
    Tick(Option<oneshot::Sender<()>>),
    /// Finish what is queued and end.
    Shutdown,
}

/// A command whose signatures hold, and what was looked up for it.
pub(super) struct CommandJob {
    pub(super) checked: Checked,
    pub(super) pin: PinCheck,
    pub(super) cited: Option<CitedEntry>,
    pub(super) reply: oneshot::Sender<Result<Answer, SubmitError>>,
}

/// A past entry, read back for a command that cites it.
pub(super) struct CitedEntry {
    pub(super) index: u64,
    pub(super) time: Time,
    pub(super) effects: Effects,
}

impl CitedEntry {
    pub(super) fn as_cited(&self) -> Cited<'_> {
        Cited { index: self.index, time: self.time, effects: &self.effects }
    }
}

/// What a written command's caller gets.
pub(super) enum Answer {
    /// A new entry.
    Written(Sealed),
    /// The same command is an entry already.
    Repeated { index: u64 },
}

/// A durable entry with its proof, not yet in text.
pub(super) struct Sealed {
    index: u64,
    entry: Vec<u8>,
    hashes: Vec<Hash>,
    checkpoint: Arc<str>,
}

impl Sealed {
    pub(super) fn into_submitted(self) -> Submitted {
        let proof = tlog_proof::write(self.index, &self.hashes, &self.checkpoint);
        Submitted { index: self.index, entry: self.entry, proof, repeated: false }
    }
}

/// Who waits for what, until the batch is durable.
enum Waiting {
    Entry(oneshot::Sender<Result<Answer, SubmitError>>, u64),
    Repeated(oneshot::Sender<Result<Answer, SubmitError>>, u64),
    Refused(oneshot::Sender<Result<Answer, SubmitError>>, Refusal),
    NoRoom(oneshot::Sender<Result<Answer, SubmitError>>),
    Done(oneshot::Sender<()>),
}

/// The sequencer's own things; nobody else has them.
pub(super) struct Sequencer {
    shared: Arc<Shared>,
    journal: Box<dyn Journal>,
    room: Room,
    signer: Arc<Signer>,
    tip: Tip,
    follower: Arc<Follower>,
    /// Where callers wait for their answers.
    runtime: Handle,
    /// The last turn: the runtime may end right after it.
    is_ending: bool,
}

/// The queue's end that is read. However it comes to be dropped, whoever is just entering the queue then is taken
/// out of it: a job that were left in there would never be answered, and its caller would wait for ever.
struct Jobs(mpsc::Receiver<Job>);

impl Drop for Jobs {
    fn drop(&mut self) {
        self.0.close();
        // Ends only when nobody is on the way in; to drop the receiver alone would not wait for them.
        while self.0.blocking_recv().is_some() {}
    }
}

/// Marks the engine as stopped when a turn does not reach its end, before readers can get in again.
struct StopUnlessDone<'a> {
    shared: &'a Shared,
    done: bool,
}

impl Drop for StopUnlessDone<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.shared.stop();
        }
    }
}

impl Sequencer {
    pub(super) fn new(
        shared: Arc<Shared>,
        journal: Box<dyn Journal>,
        room: Room,
        signer: Arc<Signer>,
        tip: Tip,
        follower: Arc<Follower>,
        runtime: Handle,
    ) -> Self {
        Sequencer { shared, journal, room, signer, tip, follower, runtime, is_ending: false }
    }

    /// Takes what is waiting, again and again, until told to end or until a turn fails.
    pub(super) fn run(mut self, jobs: mpsc::Receiver<Job>) {
        let Jobs(jobs) = &mut Jobs(jobs);
        let mut waiting = Vec::with_capacity(BATCH_COMMANDS_MAX);
        let mut last = 1;
        while jobs.blocking_recv_many(&mut waiting, BATCH_COMMANDS_MAX) > 0 {
            if let Some(pause) = gathering(last, waiting.len()) {
                std::thread::sleep(pause);
                while waiting.len() < BATCH_COMMANDS_MAX
                    && let Ok(job) = jobs.try_recv()
                {
                    waiting.push(job);
                }
            }
            last = waiting.len();
            if waiting.iter().any(|job| matches!(job, Job::Shutdown)) {
                // What was accepted is finished; what comes later hears that the queue is closed.
                jobs.close();
                self.is_ending = true;
            }
            if let Err(error) = self.step(waiting.drain(..)) {
                tracing::error!(error = %error, "the engine stops; restart it to replay the journal");
                return;
            }
        }
        self.shared.stop();
        self.shared.ended_well.store(true, Ordering::Release);
    }

    /// One turn. An error means that what is durable is unknown.
    pub(super) fn step(&mut self, jobs: impl Iterator<Item = Job>) -> Result<(), StepError> {
        let shared = self.shared.clone();
        // Dropped after the lock and the guard: whoever hears of a stop finds the engine stopped.
        let (mut waiting, mut after) = (Vec::new(), Vec::new());
        let mut bank = shared.bank.blocking_write();
        let mut guard = StopUnlessDone { shared: &shared, done: false };
        if shared.is_stopped() {
            return Err(StepError::Stopped);
        }
        let is_low = self.room.is_low(&*self.journal);
        shared.read_only.store(is_low, Ordering::Release);
        let now = shared.now(&bank);
        let mut pending = self.tip.pending();
        for job in jobs {
            match job {
                Job::Command(job) if is_low => waiting.push(without_room(&bank, *job)),
                // Dropping the reply says that it is not written.
                Job::LockPin(..) if is_low => {}
                Job::Command(job) => {
                    waiting.push(take_command(&mut bank, *job, now, &mut pending, &mut after));
                }
                Job::LockPin(household, reply) => {
                    // Another miss may have locked it meanwhile: then nothing is to be written.
                    let lock = SystemCommand::LockPin { household };
                    let _ = take_system(&mut bank, lock, now, &mut pending);
                    waiting.push(Waiting::Done(reply));
                }
                Job::Tick(reply) => waiting.extend(reply.map(Waiting::Done)),
                Job::Shutdown => {}
            }
        }
        while !is_low
            && pending.entries.len() < BATCH_ENTRIES_MAX
            && let Some(due) = bank.due(now)
        {
            // What is due can always be done; otherwise the rules are broken and nothing may go on.
            take_system(&mut bank, due, now, &mut pending)?;
        }
        let sealed = self.write(pending)?;
        guard.done = true;
        drop(guard);
        // Before anybody can set this state aside: a snapshot must not hide an erasure that was not done.
        after.into_iter().for_each(|step| follow_up(&shared, step));
        drop(bank);

        if waiting.len() > 1 && !self.is_ending {
            // One thread to wake instead of one for each who waits.
            self.runtime.spawn(async move { answer(waiting, sealed) });
        } else {
            answer(waiting, sealed);
        }
        Ok(())
    }

    /// Makes a batch durable and publishes it. Nothing is written where nothing was sealed.
    fn write(&mut self, pending: Pending) -> Result<Durable, StepError> {
        let first_index = pending.first_index();
        if pending.entries.is_empty() {
            return Ok(Durable { first_index, entries: Vec::new(), proofs: None, checkpoint: "".into() });
        }
        let proofs = BatchProofs::new(self.tip.frontier(), &pending.leaves);
        let previous = pending.previous();
        let after = proofs.after();
        let (size, root) = (after.size(), after.root());
        let note = Checkpoint::new(self.signer.name(), size, root)
            .and_then(|checkpoint| checkpoint.sign(&self.signer))
            .map_err(StepError::Checkpoint)?
            .to_string();
        let batch = Batch { first_index, entries: pending.entries, checkpoint: note.clone().into_bytes() };
        // A crash before this line leaves the journal at the old size. One after it finds the whole batch.
        let began = Instant::now();
        let appended = self.journal.append(&batch);
        if !planted::is(Bug::AnsweredBeforeDurable) {
            appended.map_err(StepError::Append)?;
        }
        self.shared.counters.appended(batch.entries.len(), began.elapsed(), self.journal.last_sync());
        self.room.wrote(batch.entries.iter().map(|entry| entry.len() as u64).sum());

        let checkpoint: Arc<str> = note.into();
        self.tip.advance(previous, after);
        self.shared.hashes.append(&proofs);
        self.shared.published.send_replace(Published { size, root, checkpoint: checkpoint.clone() });
        self.follower.wake();
        let entries = batch.entries;
        Ok(Durable { first_index, entries, proofs: Some(proofs), checkpoint })
    }
}

/// How long to let commands gather before a turn. A turn costs the processor and the disk much the same however
/// little it writes, so where several commands came together, more are given a moment to join them. Whoever comes
/// alone never waits.
fn gathering(last: usize, waiting: usize) -> Option<Duration> {
    let together = u32::try_from(last.max(waiting)).unwrap_or(u32::MAX);
    let is_full = waiting >= BATCH_COMMANDS_MAX;
    (together > 1 && !is_full).then(|| (GATHER_EACH * (together - 1)).min(GATHER_MAX))
}

/// A batch that is durable (or was empty).
struct Durable {
    first_index: u64,
    entries: Vec<Vec<u8>>,
    proofs: Option<BatchProofs>,
    checkpoint: Arc<str>,
}

/// Why a turn could not be finished.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    #[error("the outcome of an append is unknown: {0}")]
    Append(crate::journal::JournalError),
    #[error("a checkpoint cannot be made: {0}")]
    Checkpoint(crate::tlog::CheckpointError),
    #[error("what fell due was refused: {0}")]
    Due(Refusal),
    #[error("what fell due changes nothing")]
    NothingDue,
    #[error("it was stopped before")]
    Stopped,
}

/// A command while the disk is nearly full: a retry is answered, anything else is not written.
fn without_room(bank: &Bank, job: CommandJob) -> Waiting {
    let known = bank.remembered(&job.checked.command.request_id);
    match known.filter(|known| known.payload_digest == job.checked.digest) {
        Some(known) => Waiting::Repeated(job.reply, known.index),
        None => Waiting::NoRoom(job.reply),
    }
}

fn take_command(
    bank: &mut Bank,
    job: CommandJob,
    now: Time,
    pending: &mut Pending,
    after: &mut Vec<FollowUp>,
) -> Waiting {
    let CommandJob { checked, pin, cited, reply } = job;
    let command = &checked.command;
    if let Some(known) = bank.remembered(&command.request_id)
        && (known.payload_digest == checked.digest || planted::is(Bug::ReusedIdTakenForRetry))
        && !planted::is(Bug::RetryWrittenAgain)
    {
        return Waiting::Repeated(reply, known.index);
    }
    let context = Context {
        now,
        signers: &checked.signers,
        pin,
        cited: cited.as_ref().map(CitedEntry::as_cited),
        payload_digest: checked.digest,
    };
    let effects = match bank.decide(command, &context) {
        Ok(effects) => effects,
        Err(refusal) => return Waiting::Refused(reply, refusal),
    };
    let index = pending.next_index();
    let request =
        Request { id: command.request_id, payload_digest: checked.digest, not_after: command.not_after };
    match pending.seal(now, Cause::Signed(checked.envelope), effects) {
        Ok(effects) => {
            bank.apply(&Applied { index, time: now, request: Some(request) }, &effects);
            after.extend(effects.changes.iter().filter_map(FollowUp::of));
            Waiting::Entry(reply, index)
        }
        Err(TooLarge { bytes }) => {
            let (bytes, max) = (bytes as u64, limits::ENTRY_BYTES_MAX as u64);
            Waiting::Refused(reply, Refusal::EntryTooLarge { bytes, max })
        }
    }
}

fn take_system(
    bank: &mut Bank,
    command: SystemCommand,
    now: Time,
    pending: &mut Pending,
) -> Result<(), StepError> {
    let effects = bank.decide_system(&command, now).map_err(StepError::Due)?;
    if effects.postings.is_empty() && effects.changes.is_empty() {
        // It would stay due for ever and fill the journal with nothing.
        return Err(StepError::NothingDue);
    }
    let index = pending.next_index();
    let effects = pending.seal(now, Cause::System(command), effects).map_err(|TooLarge { bytes }| {
        let (bytes, max) = (bytes as u64, limits::ENTRY_BYTES_MAX as u64);
        StepError::Due(Refusal::EntryTooLarge { bytes, max })
    })?;
    bank.apply(&Applied { index, time: now, request: None }, &effects);
    Ok(())
}

/// What a durable entry asks of other rooms. A crash before it is done loses nothing: start-up erases again,
/// and counts of misses begin anew with the process.
enum FollowUp {
    Erase(Address),
    ForgetMisses(HouseholdId),
}

impl FollowUp {
    fn of(change: &Change) -> Option<FollowUp> {
        match change {
            Change::DocumentErased { document, .. } => Some(FollowUp::Erase(Address::from_bytes(document.0))),
            Change::PinSet { household, .. } => Some(FollowUp::ForgetMisses(*household)),
            _ => None,
        }
    }
}

fn follow_up(shared: &Shared, step: FollowUp) {
    match step {
        FollowUp::Erase(address) => {
            if let Err(error) = shared.documents.erase(address) {
                tracing::error!(%error, "a document that the log erased is still there");
                shared.owes_erasures.store(true, Ordering::Release);
            }
        }
        FollowUp::ForgetMisses(household) => shared.pins.forget(household),
    }
}

/// Answers everybody; a caller who has gone away takes nothing with them.
fn answer(waiting: Vec<Waiting>, durable: Durable) {
    let Durable { first_index, mut entries, proofs, checkpoint } = durable;
    for one in waiting {
        match one {
            Waiting::Entry(reply, index) => {
                let hashes = proofs.as_ref().and_then(|proofs| proofs.inclusion(index));
                let entry = std::mem::take(&mut entries[(index - first_index) as usize]);
                let _ = reply.send(match hashes {
                    Some(hashes) => {
                        let checkpoint = checkpoint.clone();
                        Ok(Answer::Written(Sealed { index, entry, hashes, checkpoint }))
                    }
                    None => Ok(Answer::Repeated { index }),
                });
            }
            Waiting::Repeated(reply, index) => {
                let _ = reply.send(Ok(Answer::Repeated { index }));
            }
            Waiting::Refused(reply, refusal) => {
                let _ = reply.send(Err(SubmitError::Refused(refusal)));
            }
            Waiting::NoRoom(reply) => {
                let _ = reply.send(Err(SubmitError::DiskFull));
            }
            Waiting::Done(reply) => {
                let _ = reply.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by the power cuts of `tests/it/engine/power.rs`: a caller who was just entering the queue was left in
    /// there when the sequencer ended, for as long as anybody held the other end.
    #[test]
    fn nobody_is_left_in_a_queue_that_nobody_reads() {
        for round in 0..3_000 {
            let (queue, jobs) = mpsc::channel(64);
            let callers: Vec<_> = (0..2)
                .map(|_| {
                    let queue = queue.clone();
                    std::thread::spawn(move || {
                        let mut waiting = Vec::new();
                        loop {
                            let (reply, answer) = oneshot::channel::<()>();
                            match queue.try_send(Job::Tick(Some(reply))) {
                                Ok(()) => waiting.push(answer),
                                Err(mpsc::error::TrySendError::Full(_)) => std::thread::yield_now(),
                                Err(mpsc::error::TrySendError::Closed(_)) => return waiting,
                            }
                        }
                    })
                })
                .collect();
            let mut jobs = Jobs(jobs);
            for _ in 0..round % 100 {
                let _ = jobs.0.blocking_recv();
            }
            drop(jobs);
            for caller in callers {
                for mut answer in caller.join().expect("a caller") {
                    let heard = answer.try_recv();
                    assert_eq!(heard, Err(oneshot::error::TryRecvError::Closed), "round {round}");
                }
            }
            drop(queue);
        }
    }
}

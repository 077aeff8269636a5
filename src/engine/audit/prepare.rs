//! The part of an audit that needs no state: links, leaves and checkpoints, what entries say, and who signed them.
//!
//! One thread reads and hashes; as many as there are cores read entries and verify signatures, many at once; whoever
//! asked gets all of it in the journal's order, each finding in its place. This file knows no rules.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::Scope;

use crate::bank::command::Command;
use crate::bank::ids::PublicKey;
use crate::journal::JournalReader;
use crate::tlog::{Hash, Verifier};
use crate::wire::envelope::{claims, digest};
use crate::wire::{Cause, Claims, Entry, EnvelopeError, ManyVerifier, PayloadType, decode_command, pb};

use super::super::replay::{ChainWalk, ReplayError, check_checkpoint, decode};
use super::AuditError;

/// Entries that are verified together, with one or two signatures each: a price of an equation falls with its length.
const TOGETHER: usize = 2_048;
/// Bytes of entries that are enough however few they are: what is on its way is memory.
const TOGETHER_BYTES: usize = 2 << 20;

/// What the audit does next.
pub(super) enum Step {
    /// Decides an entry again and applies it.
    Entry(Box<Prepared>),
    /// A checkpoint was found right; so many entries are under it, and this is their root.
    Checkpoint(u64, Hash),
    /// Ends with a finding.
    Wrong(AuditError),
}

/// An entry whose form and signatures hold.
pub(super) struct Prepared {
    pub(super) entry: Entry,
    /// None for the bank's own doing.
    pub(super) asked: Option<Asked>,
}

/// A command, and who asked for it.
pub(super) struct Asked {
    pub(super) command: Command,
    pub(super) signers: Vec<PublicKey>,
    pub(super) digest: [u8; 16],
}

/// Steps of a group, in order. Ends without an answer only if a thread died.
pub(super) type Group = mpsc::Receiver<Vec<Step>>;

/// What the reading thread found of a batch.
enum Read {
    /// An entry's bytes; its link holds.
    Entry(u64, Vec<u8>),
    /// A checkpoint's note, and the tree that it must speak of.
    Checkpoint(Vec<u8>, u64, Hash),
    /// Nothing after it was read.
    Wrong(AuditError),
}

/// A group to prepare, and where its steps go.
type Job = (Vec<Read>, mpsc::Sender<Vec<Step>>);

/// Begins to prepare everything that a reader reads. Groups come in order; when they are no longer received, all
/// threads end by themselves.
pub(super) fn prepare<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    reader: &'env dyn JournalReader,
    verifier: &'env Verifier,
) -> mpsc::Receiver<Group> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    // What is done and not yet asked for is bounded here.
    let (in_order, groups) = mpsc::sync_channel::<Group>(2 * cores);
    let (send, jobs) = mpsc::sync_channel::<Job>(cores);
    let jobs = std::sync::Arc::new(Mutex::new(jobs));
    for _ in 0..cores {
        let jobs = jobs.clone();
        scope.spawn(move || {
            let mut many = ManyVerifier::new();
            loop {
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok((read, answer)) = job else { return };
                // Nobody may want it any more.
                let _ = answer.send(steps(read, verifier, &mut many));
            }
        });
    }
    scope.spawn(move || {
        read_all(reader, |group| {
            let (answer, steps) = mpsc::channel();
            in_order.send(steps).is_ok() && send.send((group, answer)).is_ok()
        });
    });
    groups
}

/// Reads and hashes, and hands on groups until one is not wanted or something is wrong.
fn read_all(reader: &dyn JournalReader, mut hand_on: impl FnMut(Vec<Read>) -> bool) {
    let mut walk = ChainWalk::start();
    let (mut group, mut entries, mut bytes) = (Vec::new(), 0, 0);
    for batch in reader.batches(0) {
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => {
                group.push(Read::Wrong(ReplayError::from(error).into()));
                break;
            }
        };
        entries += batch.entries.len();
        for (index, entry) in (batch.first_index..).zip(batch.entries) {
            match walk.link(&entry) {
                Ok(leaf) => walk.frontier.push(leaf),
                Err(error) => {
                    group.push(Read::Wrong(error.into()));
                    hand_on(group);
                    return;
                }
            }
            bytes += entry.len();
            group.push(Read::Entry(index, entry));
        }
        group.push(Read::Checkpoint(batch.checkpoint, walk.frontier.size(), walk.frontier.root()));
        if entries >= TOGETHER || bytes >= TOGETHER_BYTES {
            (entries, bytes) = (0, 0);
            if !hand_on(std::mem::take(&mut group)) {
                return;
            }
        }
    }
    hand_on(group);
}

/// Reads a group's entries and verifies what is signed. The first finding ends it.
fn steps(read: Vec<Read>, verifier: &Verifier, many: &mut ManyVerifier) -> Vec<Step> {
    let mut steps = Vec::with_capacity(read.len());
    // What is claimed, and at which step.
    let (mut claimed, mut at) = (Vec::new(), Vec::new());
    for read in read {
        let step = match read {
            Read::Wrong(error) => Err(error),
            Read::Checkpoint(note, size, root) => check_checkpoint(&note, verifier, size, &root)
                .map(|()| Step::Checkpoint(size, root))
                .map_err(AuditError::from),
            Read::Entry(index, bytes) => decode(index, &bytes).map_err(AuditError::from).and_then(|entry| {
                let Cause::Signed(envelope) = &entry.cause else {
                    return Ok(Step::Entry(Box::new(Prepared { entry, asked: None })));
                };
                let wrong = |source| AuditError::Envelope { index, source };
                let claims = claims(envelope).map_err(|bad| wrong(bad.into()))?;
                let asked = asked(envelope, &claims);
                // Signatures come before what the bytes say: their finding, if any, replaces this one.
                claimed.push(claims);
                at.push(steps.len());
                let asked = asked.map_err(wrong)?;
                Ok(Step::Entry(Box::new(Prepared { entry, asked: Some(asked) })))
            }),
        };
        match step {
            Ok(step) => steps.push(step),
            Err(error) => {
                steps.push(Step::Wrong(error));
                break;
            }
        }
    }
    if let Err((claim, key, problem)) = many.verify(&claimed) {
        let bad = at[claim];
        let index = match &steps[bad] {
            Step::Entry(prepared) => Some(prepared.entry.index),
            Step::Wrong(error) => error.index(),
            Step::Checkpoint(..) => None,
        };
        if let Some(index) = index {
            let source = EnvelopeError::BadSignature { key, problem };
            steps.truncate(bad);
            steps.push(Step::Wrong(AuditError::Envelope { index, source }));
        }
    }
    steps
}

/// What is asked, by keys whose signatures are verified elsewhere.
fn asked(envelope: &pb::Envelope, claims: &Claims) -> Result<Asked, EnvelopeError> {
    let payload_type =
        PayloadType::parse(&envelope.payload_type).ok_or(crate::wire::BadEnvelope::UnknownPayloadType)?;
    let command = decode_command(payload_type, &envelope.payload)?;
    let signers = claims.signatures.iter().map(|(key, _)| *key).collect();
    Ok(Asked { command, signers, digest: digest(&envelope.payload) })
}

//! Audit from bytes: every frame, link, leaf, checkpoint, signature and decision of a journal, with nothing
//! trusted but the log's key and these rules. What needs no state is done ahead on all cores (`audit/prepare.rs`),
//! signatures many at once ([`crate::wire::many`] says what that means); deciding and applying is one by one, in
//! order. The verdict names the first bad index.

mod prepare;

use std::path::Path;

use crate::bank::{Bank, Change, Cited, Context, PinCheck};
use crate::journal::{FileJournal, JournalReader, OpenError};
use crate::tlog::{Frontier, Verifier};
use crate::wire::{Cause, Entry, EnvelopeError, Heading};

use super::replay::{ReplayError, apply_parts, decode};
use prepare::{Asked, Prepared, Step, prepare};

/// What an audit found when all was well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Entries.
    pub entries: u64,
    /// Checkpoints, each signed and of the journal's own tree.
    pub checkpoints: u64,
    /// Signatures of commands.
    pub signatures: u64,
    /// Root of the tree, base64.
    pub root: String,
    /// Bytes of an unfinished write at the end that was never acknowledged.
    pub torn_bytes: u64,
}

/// What an audit found wrong, first of all.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The journal's files do not check.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Chain, tree, checkpoint or an entry's form does not check.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// An entry's envelope does not check.
    #[error("entry {index}: {source}")]
    Envelope {
        /// Its position.
        index: u64,
        /// What is wrong.
        source: EnvelopeError,
    },
    /// The rules refuse what an entry did.
    #[error("entry {index}: the rules refuse it: {refusal}")]
    Refused {
        /// Its position.
        index: u64,
        /// Why.
        refusal: Box<crate::bank::Refusal>,
    },
    /// The rules decide otherwise than an entry says.
    #[error("entry {index}: the rules decide otherwise")]
    Otherwise {
        /// Its position.
        index: u64,
    },
    /// The bank that entry 0 opened is not the one whose log this is.
    #[error("entry 0 opens another bank than {origin}")]
    OtherBank {
        /// The log's origin.
        origin: String,
    },
    /// The books do not add up.
    #[error("after entry {index}: {what}")]
    Books {
        /// The newest entry.
        index: u64,
        /// What does not add up.
        what: String,
    },
}

impl AuditError {
    /// The first bad index, where one can be named.
    pub fn index(&self) -> Option<u64> {
        match self {
            AuditError::Open(OpenError::Damaged(damage)) => Some(damage.index),
            AuditError::Open(_) => None,
            AuditError::Replay(error) => match error {
                ReplayError::Entry { index, .. }
                | ReplayError::Envelope { index, .. }
                | ReplayError::Position { index, .. }
                | ReplayError::Chain { index }
                | ReplayError::Time { index }
                | ReplayError::Checkpoint { index, .. }
                | ReplayError::OtherTree { index }
                | ReplayError::Misfit { index } => Some(*index),
                ReplayError::Journal(crate::journal::JournalError::Damaged(damage)) => Some(damage.index),
                ReplayError::Journal(_) | ReplayError::Hashes(_) | ReplayError::Thread => None,
            },
            AuditError::Envelope { index, .. }
            | AuditError::Refused { index, .. }
            | AuditError::Otherwise { index }
            | AuditError::Books { index, .. } => Some(*index),
            AuditError::OtherBank { .. } => Some(0),
        }
    }
}

/// Audits the journal in a directory; it is only read. `on_progress` hears entries done and in all.
///
/// # Errors
///
/// [`AuditError`]: the first thing that does not check.
pub fn audit(
    journal: &Path,
    verifier: &Verifier,
    on_progress: &mut dyn FnMut(u64, u64),
) -> Result<AuditReport, AuditError> {
    let (reader, outcome) = FileJournal::open_for_audit(journal, None)?;
    let torn_bytes = outcome.torn_tail.map_or(0, |tail| tail.bytes);
    let report = audit_reader(&reader, verifier, on_progress)?;
    Ok(AuditReport { torn_bytes, ..report })
}

/// Audits what a reader reads.
///
/// # Errors
///
/// As [`audit`].
pub fn audit_reader(
    reader: &dyn JournalReader,
    verifier: &Verifier,
    on_progress: &mut dyn FnMut(u64, u64),
) -> Result<AuditReport, AuditError> {
    let total = reader.size();
    let mut tally = Tally { bank: Bank::new(), verifier, checkpoints: 0, signatures: 0 };
    let root = std::thread::scope(|scope| {
        let mut root = Frontier::new().root();
        // Whatever ends this loop drops the receiver, and that ends the threads.
        for group in prepare(scope, reader, verifier) {
            for step in group.recv().map_err(|_| ReplayError::Thread)? {
                match step {
                    Step::Entry(prepared) => tally.take(reader, *prepared)?,
                    Step::Checkpoint(size, of) => {
                        root = of;
                        tally.checkpoints += 1;
                        on_progress(size, total);
                    }
                    Step::Wrong(error) => return Err(error),
                }
            }
        }
        Ok(root)
    })?;
    let index = total.saturating_sub(1);
    let Tally { bank, checkpoints, signatures, .. } = tally;
    bank.check_books().map_err(|what| AuditError::Books { index, what })?;
    Ok(AuditReport { entries: total, checkpoints, signatures, root: root.to_base64(), torn_bytes: 0 })
}

/// The state, and what was counted on the way to it.
struct Tally<'v> {
    bank: Bank,
    verifier: &'v Verifier,
    checkpoints: u64,
    signatures: u64,
}

impl Tally<'_> {
    /// Decides an entry again, compares, and applies it.
    fn take(&mut self, reader: &dyn JournalReader, prepared: Prepared) -> Result<(), AuditError> {
        let Prepared { entry, asked } = prepared;
        let index = entry.index;
        decide_again(reader, &self.bank, &entry, asked.as_ref())?;
        let heading = asked.map(|Asked { command, digest, signers }| {
            self.signatures += signers.len() as u64;
            Heading { request_id: command.request_id, not_after: command.not_after, digest }
        });
        apply_parts(&mut self.bank, index, entry.time, || Ok(heading), &entry.effects)?;
        if index == 0 && self.bank.origin() != Some(self.verifier.name()) {
            return Err(AuditError::OtherBank { origin: self.verifier.name().to_owned() });
        }
        Ok(())
    }
}

/// Decides an entry's cause again on the state before it and compares.
fn decide_again(
    reader: &dyn JournalReader,
    bank: &Bank,
    entry: &Entry,
    asked: Option<&Asked>,
) -> Result<(), AuditError> {
    let index = entry.index;
    let decided = match (&entry.cause, asked) {
        (Cause::System(command), _) => bank.decide_system(command, entry.time),
        // Every signed entry comes with what was asked; without it nothing was.
        (Cause::Signed(_), None) => return Err(AuditError::Otherwise { index }),
        (Cause::Signed(_), Some(Asked { command, signers, digest })) => {
            let past = match command.body.cites() {
                Some(cited) if cited < index => match reader.entry(cited).map_err(ReplayError::from)? {
                    Some(bytes) => Some(decode(cited, &bytes)?),
                    None => None,
                },
                _ => None,
            };
            let context = Context {
                now: entry.time,
                signers,
                pin: recorded_pin(entry),
                cited: past.as_ref().map(|past| Cited {
                    index: past.index,
                    time: past.time,
                    effects: &past.effects,
                }),
                payload_digest: *digest,
            };
            bank.decide(command, &context)
        }
    };
    match decided {
        Ok(effects) if effects == entry.effects => Ok(()),
        Ok(_) => Err(AuditError::Otherwise { index }),
        Err(refusal) => Err(AuditError::Refused { index, refusal: Box::new(refusal) }),
    }
}

/// The PIN itself was never written; that it was right, the entry says.
fn recorded_pin(entry: &Entry) -> PinCheck {
    let verified = entry
        .effects
        .changes
        .iter()
        .any(|change| matches!(change, Change::Redeemed { pin_verified: true, .. }));
    if verified { PinCheck::Verified } else { PinCheck::NotGiven }
}

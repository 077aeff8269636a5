//! Audit from bytes: every frame, link, leaf, checkpoint, signature and decision of a journal, with nothing
//! trusted but the log's key and these rules. Signatures are checked strictly, each by itself; the verdict
//! names the first bad index.

use std::path::Path;

use crate::bank::{Bank, Change, Cited, Context, PinCheck};
use crate::journal::{FileJournal, JournalReader, OpenError};
use crate::tlog::Verifier;
use crate::wire::{Cause, Entry, EnvelopeError, check};

use super::replay::{ChainWalk, ReplayError, apply, check_checkpoint, decode};

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
    let mut bank = Bank::new();
    let mut walk = ChainWalk::start();
    let (mut checkpoints, mut signatures) = (0, 0);
    for batch in reader.batches(0) {
        let batch = batch.map_err(ReplayError::from)?;
        for (index, bytes) in (batch.first_index..).zip(&batch.entries) {
            let leaf = walk.link(bytes)?;
            walk.frontier.push(leaf);
            let entry = decode(index, bytes)?;
            signatures += decide_again(reader, &bank, &entry)?;
            apply(&mut bank, index, &entry)?;
            if index == 0 && bank.origin() != Some(verifier.name()) {
                return Err(AuditError::OtherBank { origin: verifier.name().to_owned() });
            }
        }
        check_checkpoint(&batch.checkpoint, verifier, walk.frontier.size(), &walk.frontier.root())?;
        checkpoints += 1;
        on_progress(walk.frontier.size(), total);
    }
    let index = total.saturating_sub(1);
    bank.check_books().map_err(|what| AuditError::Books { index, what })?;
    let root = walk.frontier.root().to_base64();
    Ok(AuditReport { entries: total, checkpoints, signatures, root, torn_bytes: 0 })
}

/// Decides an entry's cause again on the state before it and compares. Answers how many signatures held.
fn decide_again(reader: &dyn JournalReader, bank: &Bank, entry: &Entry) -> Result<u64, AuditError> {
    let index = entry.index;
    let (decided, signatures) = match &entry.cause {
        Cause::System(command) => (bank.decide_system(command, entry.time), 0),
        Cause::Signed(envelope) => {
            let checked = check(envelope.clone()).map_err(|source| AuditError::Envelope { index, source })?;
            let past = match checked.command.body.cites() {
                Some(cited) if cited < index => match reader.entry(cited).map_err(ReplayError::from)? {
                    Some(bytes) => Some(decode(cited, &bytes)?),
                    None => None,
                },
                _ => None,
            };
            let context = Context {
                now: entry.time,
                signers: &checked.signers,
                pin: recorded_pin(entry),
                cited: past.as_ref().map(|past| Cited {
                    index: past.index,
                    time: past.time,
                    effects: &past.effects,
                }),
                payload_digest: checked.digest,
            };
            (bank.decide(&checked.command, &context), checked.signers.len() as u64)
        }
    };
    match decided {
        Ok(effects) if effects == entry.effects => Ok(signatures),
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

//! The journal looked at: frames, chain, tree, the newest checkpoint, and what the entries say of documents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::finding::{Code, Finding};
use crate::bank::Change;
use crate::bank::time::Time;
use crate::documents::Address;
use crate::engine::{ChainWalk, Home, ReplayError, check_checkpoint, named_documents};
use crate::journal::{Batch, CopyEnd, Damage, OpenError, copy_pieces, segment_file, segment_lengths};
use crate::tlog::{Hash, Verifier};
use crate::upkeep::{OnProgress, Stage};
use crate::wire::{BadEntry, Cause, Entry, PayloadType, decode_command};

/// What the journal says.
pub(super) struct ReadJournal {
    pub(super) size: u64,
    /// Time of the newest entry.
    pub(super) newest: Time,
    /// Documents that entries name, and the last one that does.
    pub(super) named: BTreeMap<Address, u64>,
    /// Documents that the log erased.
    pub(super) erased: BTreeSet<Address>,
    /// The tree's hashes as they should be stored.
    pub(super) hashes: Vec<Hash>,
}

/// Why the walk ends early.
enum Stop {
    Open(OpenError),
    Chain(ReplayError),
    Entry(u64, BadEntry),
}

impl From<OpenError> for Stop {
    fn from(error: OpenError) -> Stop {
        Stop::Open(error)
    }
}

struct Walker {
    walk: ChainWalk,
    checkpoint: Vec<u8>,
    read: ReadJournal,
}

/// Looks at the journal; `None` where nothing of it can be believed.
pub(super) fn look(
    home: &Home,
    verifier: Option<&Verifier>,
    is_running: bool,
    found: &mut Vec<Finding>,
    on_progress: OnProgress<'_>,
) -> Option<ReadJournal> {
    let dir = home.journal();
    let segments = match segment_lengths(&dir) {
        Ok(segments) if segments.is_empty() => {
            found.push(Finding::of(Code::JournalMissing).at(&dir));
            return None;
        }
        Ok(segments) => segments,
        Err(_) if !dir.exists() => {
            found.push(Finding::of(Code::JournalMissing).at(&dir));
            return None;
        }
        Err(error) => {
            found.push(of_open(&error));
            return None;
        }
    };
    let total: u64 = segments.iter().map(|(_, bytes)| bytes).sum();
    let read = ReadJournal {
        size: 0,
        newest: Time(0),
        named: BTreeMap::new(),
        erased: BTreeSet::new(),
        hashes: Vec::new(),
    };
    let mut walker = Walker { walk: ChainWalk::start(), checkpoint: Vec::new(), read };
    let mut done = 0;
    let walked = copy_pieces(&dir, CopyEnd::default(), &mut |piece| {
        done += piece.bytes.len() as u64;
        on_progress(Stage::Journal, done, total.max(done));
        piece.batch.map_or(Ok(()), |batch| walker.take(batch))
    });
    match walked {
        Ok(end) => {
            let file = segment_file(&dir, end.segment);
            let beyond = fs::metadata(&file).map_or(0, |file| file.len().saturating_sub(end.offset));
            // A running writer is in the middle of it.
            if beyond > 0 && !is_running {
                let what = format!("{beyond} bytes");
                let torn = Finding::of(Code::TornTail).at(&file).entry(end.next_index);
                found.push(Finding { offset: Some(end.offset), what, ..torn });
            }
            if walker.read.size == 0 {
                found.push(Finding::of(Code::JournalEmpty).at(&dir));
            } else if let Some(verifier) = verifier {
                walker.check(verifier, found);
            }
            Some(walker.read)
        }
        Err(Stop::Open(error)) => {
            found.push(of_open(&error));
            None
        }
        Err(Stop::Chain(error)) => {
            found.push(Finding::of(Code::ChainBroken).at(&dir).entry(walker.read.size).because(&error));
            None
        }
        Err(Stop::Entry(index, error)) => {
            found.push(Finding::of(Code::ChainBroken).at(&dir).entry(index).because(&error));
            None
        }
    }
}

fn of_open(error: &OpenError) -> Finding {
    match error {
        OpenError::Damaged(Damage { file, offset, index, what }) => {
            let damaged = Finding::of(Code::JournalDamaged).at(file).entry(*index);
            Finding { offset: Some(*offset), what: (*what).to_owned(), ..damaged }
        }
        OpenError::Io { path, .. } | OpenError::Locked { path, .. } => {
            Finding::of(Code::JournalUnreadable).at(path).because(error)
        }
    }
}

impl Walker {
    fn take(&mut self, batch: Batch) -> Result<(), Stop> {
        for (index, bytes) in (batch.first_index..).zip(&batch.entries) {
            let leaf = self.walk.link(bytes).map_err(Stop::Chain)?;
            let hashes = &mut self.read.hashes;
            self.walk.frontier.push_with(leaf, |_, hash| hashes.push(hash));
            let entry = Entry::decode(bytes).map_err(|error| Stop::Entry(index, error))?;
            self.read.size = index + 1;
            self.read.newest = self.read.newest.max(entry.time);
            for change in &entry.effects.changes {
                if let Change::DocumentErased { document, .. } = change {
                    self.read.erased.insert(Address::from_bytes(document.0));
                }
            }
            let Cause::Signed(envelope) = &entry.cause else { continue };
            let kind = PayloadType::parse(&envelope.payload_type);
            // A command that cannot be read is the audit's to name.
            let command = kind.and_then(|kind| decode_command(kind, &envelope.payload).ok());
            let named = command.map(|command| named_documents(&command.body)).unwrap_or_default();
            for document in named {
                self.read.named.insert(Address::from_bytes(document.0), index);
            }
        }
        self.checkpoint = batch.checkpoint;
        Ok(())
    }

    /// The newest checkpoint, which vouches for all before it.
    fn check(&self, verifier: &Verifier, found: &mut Vec<Finding>) {
        let frontier = &self.walk.frontier;
        let Err(error) = check_checkpoint(&self.checkpoint, verifier, frontier.size(), &frontier.root())
        else {
            return;
        };
        let code = match error {
            ReplayError::Checkpoint { .. } => Code::CheckpointOtherKey,
            _ => Code::ChainBroken,
        };
        found.push(Finding::of(code).entry(self.read.size.saturating_sub(1)).because(&error));
    }
}

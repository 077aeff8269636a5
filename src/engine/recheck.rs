//! Reading again what start-up took on trust: the frames of closed segments whose maps stood in for them. Goes at a
//! small part of the disk's pace beside everything else, once for each start. Damage that start-up would have
//! refused stops the engine, and takes the maps away, so that the next start refuses and says where.
//!
//! It does not know what entries mean; an audit does that.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::journal::{Batches, JournalError, JournalReader};

use super::Shared;

/// Bytes of entries between two pauses.
const STRIDE_BYTES: usize = 1 << 20;
/// A pause is so many times what the stride before it took: a sixteenth of one core, and of the disk.
const PAUSES: u32 = 15;
/// The longest pause: whoever ends the engine does not wait for this thread, but it should not outlive it by much.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// Begins in a thread of its own, where anything was taken on trust. Holds the engine neither alive nor up.
pub(super) fn begin(shared: &Arc<Shared>) -> std::io::Result<()> {
    let journal = shared.journal.clone();
    let until = journal.unread_below();
    if until == 0 {
        return Ok(());
    }
    let shared = Arc::downgrade(shared);
    std::thread::Builder::new().name("recheck".into()).spawn(move || recheck(&shared, &*journal, until))?;
    Ok(())
}

fn recheck(shared: &Weak<Shared>, journal: &dyn JournalReader, until: u64) {
    let began = Instant::now();
    let mut batches = journal.batches(0);
    let mut checked = 0;
    while checked < until {
        let stride = Instant::now();
        let outcome = go_on(&mut batches);
        // An engine that has ended may have lost its files, and wants to hear nothing more.
        let Some(shared) = shared.upgrade().filter(|shared| !shared.is_stopped()) else { return };
        match outcome {
            Ok(Some(next_index)) => checked = next_index,
            Ok(None) => break,
            Err(error) if !matches!(error, JournalError::Damaged(_)) => {
                // Too many open files, say: what is served is verified all the same.
                tracing::error!(%error, "closed segments cannot be read again; the rest is left to an audit");
                return;
            }
            Err(error) => {
                tracing::error!(%error, "the journal is damaged: the engine stops; restore it from a backup");
                shared.stop();
                if let Err(error) = journal.forget_maps() {
                    tracing::error!(%error, "the next start may not see the damage");
                }
                return;
            }
        }
        drop(shared);
        std::thread::sleep((stride.elapsed() * PAUSES).min(PAUSE_MAX));
    }
    tracing::info!(
        entries = until,
        seconds = began.elapsed().as_secs(),
        "closed segments have been read again"
    );
}

/// Reads a stride. Answers the index after it; none at the end.
fn go_on(batches: &mut Batches) -> Result<Option<u64>, JournalError> {
    let (mut bytes, mut next_index) = (0, None);
    while bytes < STRIDE_BYTES
        && let Some(batch) = batches.next().transpose()?
    {
        bytes += batch.entries.iter().map(Vec::len).sum::<usize>();
        next_index = Some(batch.size_after());
    }
    Ok(next_index)
}

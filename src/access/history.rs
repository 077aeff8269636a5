//! Entries read back from the journal and decoded, off the runtime's own threads.

use crate::engine::{Engine, HistoryKind};
use crate::wire::{Entry, Outcome};

use super::denial::Denial;

/// Most entries that are read for one declaration: its steps are bounded by its rows, its votes and its stages.
const STEPS_MAX: usize = 4_096;
/// Indexes asked for at once.
const CHUNK: usize = 512;

/// One entry; `EntryUnknown` past the end.
pub(crate) fn entry(engine: &Engine, index: u64) -> Result<Entry, Denial> {
    let bytes = engine.entry(index)?.ok_or(Denial::EntryUnknown(index))?;
    Ok(Entry::decode(&bytes)?)
}

/// What one entry did, and when, without what was signed; `EntryUnknown` past the end.
pub(crate) fn outcome(engine: &Engine, index: u64) -> Result<Outcome, Denial> {
    let bytes = engine.entry(index)?.ok_or(Denial::EntryUnknown(index))?;
    Ok(Outcome::decode(&bytes, None)?)
}

/// Runs something that reads files on a thread where that holds nobody up.
pub(crate) async fn aside<R: Send + 'static>(
    engine: &Engine,
    read: impl FnOnce(&Engine) -> Result<R, Denial> + Send + 'static,
) -> Result<R, Denial> {
    let engine = engine.clone();
    tokio::task::spawn_blocking(move || read(&engine)).await?
}

/// Entries at these indexes, in their order.
pub(crate) async fn entries(engine: &Engine, indexes: Vec<u64>) -> Result<Vec<Entry>, Denial> {
    aside(engine, move |engine| indexes.into_iter().map(|index| entry(engine, index)).collect()).await
}

/// Every entry of a declaration or sheet below `before`, oldest first.
pub(crate) async fn of_declaration(engine: &Engine, number: u64, before: u64) -> Result<Vec<Entry>, Denial> {
    let mut indexes = Vec::new();
    let mut below = before;
    while indexes.len() < STEPS_MAX {
        let id = number.to_be_bytes();
        let chunk = engine.history(HistoryKind::Declaration, &id, Some(below), CHUNK).await?;
        let Some(last) = chunk.last() else { break };
        below = *last;
        indexes.extend(chunk);
    }
    indexes.reverse();
    entries(engine, indexes).await
}

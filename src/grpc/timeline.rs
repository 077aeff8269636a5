//! The timeline of a declaration: every entry that is a step of it, with what it changed and one line of
//! Chinese that people may read: offices and numbers, never who objected.

use crate::access::Denial;
use crate::access::concern::{self, Objectors};
use crate::access::titles::with_titles;
use crate::bank::effects::Change;
use crate::bank::ids::{Branch, HouseholdId};
use crate::engine::Engine;
use crate::wire::{Entry, change_to_pb, pb};
use crate::words;
use crate::words::Titles;

/// Steps for a reader who sees these rows; entries that tell them nothing are left out.
pub(super) async fn steps(
    engine: &Engine,
    branch: Branch,
    number: u64,
    entries: &[Entry],
    sees: impl Fn(HouseholdId) -> bool,
    objectors: Objectors,
) -> Result<Vec<pb::TimelineStep>, Denial> {
    let told: Vec<(&Entry, Vec<Change>)> = entries
        .iter()
        .map(|entry| (entry, concern::of_declaration(&entry.effects, entry.index, number, &sees, objectors)))
        .filter(|(_, changes)| !changes.is_empty())
        .collect();
    let texts = with_titles(engine, Some(branch), |titles| {
        told.iter().map(|(_, changes)| text(changes, titles)).collect::<Vec<_>>()
    });
    let steps = told.iter().zip(texts.await?).map(|((entry, changes), text)| pb::TimelineStep {
        index: entry.index,
        time_unix_ms: entry.time.0,
        changes: changes.iter().map(change_to_pb).collect(),
        text,
    });
    Ok(steps.collect())
}

fn text(changes: &[Change], titles: &dyn Titles) -> String {
    let lines: Vec<String> = changes.iter().filter_map(|change| words::change(change, titles)).collect();
    lines.join("；")
}

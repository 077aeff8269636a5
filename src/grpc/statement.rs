//! A household's statement: the lines of its book, newest first.
//!
//! Each posting names the entry of the one before it in the same account and unit, so the lines are found by
//! walking these links back from the newest: exactly the lines and nothing else, and a page proves by its
//! account sequences that none is missing. The index is not needed.

use std::collections::BTreeMap;

use tonic::metadata::MetadataMap;

use crate::access::Denial;
use crate::access::concern::{self, Objectors};
use crate::access::reader::Read;
use crate::access::titles::with_titles;
use crate::access::{field, history};
use crate::bank::authority::Subject;
use crate::bank::effects::{Account, Posting};
use crate::bank::ids::HouseholdId;
use crate::bank::words::Unit;
use crate::engine::Engine;
use crate::wire::limits::STATEMENT_PAGE;
use crate::wire::{Outcome, change_to_pb, pb};
use crate::words;

use super::declarations::objectors;
use super::desk::Desk;
use super::page;

/// No (further) line in a unit.
const NONE: u64 = u64::MAX;

/// Where the walk stands: for each unit, in the order of [`Unit::ALL`], the entry of its newest line that is not
/// yet told.
type Heads = [u64; 4];

pub(super) async fn list(
    desk: &Desk,
    metadata: &MetadataMap,
    request: pb::ListStatementRequest,
) -> Result<pb::ListStatementResponse, Denial> {
    const METHOD: &str = "ListStatement";
    let id: HouseholdId = field::required("household", &request.household)?;
    let size = page::size(STATEMENT_PAGE, request.page_size)?;
    let filter: [&[u8]; 1] = [&id.to_bytes()];
    let cursor = desk.pages.cursor::<4>(METHOD, &filter, &request.page_token)?;
    let newest = desk.look_at(metadata, Read::ListStatement, Subject::household(id), |view, reader| {
        view.bank.household(id)?;
        let newest: Heads = std::array::from_fn(|at| {
            let state = view.bank.account(Account::Household(id), Unit::ALL[at]);
            if state.sequence == 0 { NONE } else { state.last_index }
        });
        Ok((newest, objectors(view, reader, id.branch())))
    });
    let (newest, objectors) = newest.await?;
    let heads = cursor.unwrap_or(newest);
    let (lines, entries, heads) =
        history::aside(&desk.engine, move |engine| walk(engine, id, heads, size)).await?;
    let lines = told(&desk.engine, id, &lines, &entries, objectors).await?;
    let more = heads.iter().any(|head| *head != NONE);
    let next_page_token = if more { desk.pages.token(METHOD, &filter, heads) } else { String::new() };
    Ok(pb::ListStatementResponse { lines, next_page_token })
}

/// Lines as (entry, posting), the entries they stand in, and where the walk goes on.
type Walked = (Vec<(u64, Posting)>, BTreeMap<u64, Outcome>, Heads);

/// Walks back from `heads`, at most `size` lines.
fn walk(engine: &Engine, id: HouseholdId, mut heads: Heads, size: usize) -> Result<Walked, Denial> {
    let mut lines = Vec::new();
    let mut entries = BTreeMap::new();
    while lines.len() < size {
        // The newest entry; of one entry the first unit.
        let newest = heads.iter().filter(|head| **head != NONE).max().copied();
        let Some(index) = newest else { break };
        let Some(at) = heads.iter().position(|head| *head == index) else { break };
        let entry = match entries.entry(index) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => free.insert(history::outcome(engine, index)?),
        };
        let (account, unit) = (Account::Household(id), Unit::ALL[at]);
        let of_unit = |posting: &&Posting| posting.account == account && posting.unit == unit;
        let Some(posting) = entry.effects.postings.iter().find(of_unit).copied() else {
            tracing::error!(index, %account, "a line's link leads to an entry without it");
            return Err(Denial::Damaged);
        };
        let before = posting.account_previous_index.unwrap_or(NONE);
        if before != NONE && before >= index {
            tracing::error!(index, %account, "a line's link does not lead back");
            return Err(Denial::Damaged);
        }
        heads[at] = before;
        lines.push((index, posting));
    }
    Ok((lines, entries, heads))
}

async fn told(
    engine: &Engine,
    id: HouseholdId,
    lines: &[(u64, Posting)],
    entries: &BTreeMap<u64, Outcome>,
    objectors: Objectors,
) -> Result<Vec<pb::StatementLine>, Denial> {
    let reasons = with_titles(engine, Some(id.branch()), |titles| {
        let reason = |entry: &Outcome| words::reason(&entry.effects, id, titles);
        entries.iter().map(|(index, entry)| (*index, reason(entry))).collect::<BTreeMap<_, _>>()
    });
    let reasons = reasons.await?;
    let line = |(index, posting): &(u64, Posting)| {
        let entry = entries.get(index)?;
        let changes = concern::of_household(&entry.effects, id, objectors);
        Some(pb::StatementLine {
            index: *index,
            time_unix_ms: entry.time.0,
            unit: posting.unit.number(),
            amount: posting.amount,
            balance_after: posting.balance_after,
            account_sequence: posting.account_sequence,
            changes: changes.iter().map(change_to_pb).collect(),
            reason: reasons.get(index).cloned().unwrap_or_default(),
        })
    };
    Ok(lines.iter().filter_map(line).collect())
}

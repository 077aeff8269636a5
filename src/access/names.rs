//! The names of a household's members, out of their sealed identities.
//!
//! The log holds commitments: they stand in the command that opened the book, which is the first entry of the
//! household's history. A name is told only where its document is still there and is the one that was committed to;
//! what a document says beside the name is not looked at. Who may read a name is asked before.

use serde::Deserialize;

use crate::bank::command::Body;
use crate::bank::ids::{Digest, HouseholdId};
use crate::documents::{Commitment, DocumentError};
use crate::engine::{Engine, HistoryKind};
use crate::wire::{Cause, PayloadType, decode_command};

use super::denial::Denial;
use super::history;

/// Characters of a name that are shown.
const NAME_MAX: usize = 40;

/// What an identity says, as far as it matters here.
#[derive(Deserialize)]
struct Identity {
    name: String,
}

/// The names of the members in the order of their numbers; none for one that is not to be had.
///
/// # Errors
///
/// The index is behind, or the engine has stopped.
pub(crate) async fn of_household(
    engine: &Engine,
    household: HouseholdId,
) -> Result<Vec<Option<String>>, Denial> {
    let oldest = engine.history_forward(HistoryKind::Household, &household.to_bytes(), None, 1).await?;
    let Some(&opened) = oldest.first() else { return Ok(Vec::new()) };
    history::aside(engine, move |engine| {
        let entry = history::entry(engine, opened)?;
        let Some(members) = members(&entry.cause, household) else { return Ok(Vec::new()) };
        members.iter().map(|commitment| name(engine, commitment)).collect()
    })
    .await
}

/// The commitments to the members of the book that this opened.
fn members(cause: &Cause, household: HouseholdId) -> Option<Vec<Digest>> {
    let Cause::Signed(envelope) = cause else { return None };
    let kind = PayloadType::parse(&envelope.payload_type)?;
    match decode_command(kind, &envelope.payload).ok()?.body {
        Body::OpenHousehold { household: of, members, .. } if of == household => Some(members),
        _ => None,
    }
}

fn name(engine: &Engine, commitment: &Digest) -> Result<Option<String>, Denial> {
    let content = match engine.documents().identity(&Commitment::from_bytes(commitment.0)) {
        Ok(content) => content,
        // One that rotted is as good as gone for a reader; the doctor finds it.
        Err(DocumentError::Damaged { .. } | DocumentError::WrongSeal) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(content.and_then(|content| read(&content)))
}

/// The name, if there is one that can be shown.
fn read(content: &[u8]) -> Option<String> {
    let Identity { name } = serde_json::from_slice(content).ok()?;
    let name: String = name.trim().chars().filter(|letter| !letter.is_control()).take(NAME_MAX).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_and_nothing_beside_it() {
        for (content, name) in [
            ("{\"name\":\"王小明\",\"phone\":\"0001\"}", Some("王小明")),
            ("{\"name\":\" 王\\n明 \"}", Some("王明")),
            ("{\"name\":\"\"}", None),
            ("{\"name\":7}", None),
            ("{}", None),
            ("王小明", None),
            ("", None),
        ] {
            assert_eq!(read(content.as_bytes()).as_deref(), name, "{content}");
        }
        let long = format!("{{\"name\":\"{}\"}}", "王".repeat(1_000));
        assert_eq!(read(long.as_bytes()).map(|name| name.chars().count()), Some(NAME_MAX));
    }
}

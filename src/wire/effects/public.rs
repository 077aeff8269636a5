//! Changes of what a village shows and hears.

use crate::bank::effects::Change;

use super::super::field::{At, BadField};
use super::super::pb;
use super::super::read;

pub(super) fn publicity_set(at: At, m: &pb::PublicitySet) -> Result<Change, BadField> {
    let household = read::parsed(at.name("household"), &m.household)?;
    Ok(Change::PublicitySet { household, standings: m.standings })
}

pub(super) fn suggested(at: At, m: &pb::Suggested) -> Result<Change, BadField> {
    Ok(Change::Suggested {
        branch: read::parsed(at.name("branch"), &m.branch)?,
        household: read::parsed(at.name("household"), &m.household)?,
        document: read::digest(at.name("document"), &m.document)?,
    })
}

pub(super) fn answered(at: At, m: &pb::SuggestionAnswered) -> Result<Change, BadField> {
    Ok(Change::SuggestionAnswered {
        branch: read::parsed(at.name("branch"), &m.branch)?,
        suggestion: m.suggestion,
        person: read::parsed(at.name("person"), &m.person)?,
        document: read::digest(at.name("document"), &m.document)?,
    })
}

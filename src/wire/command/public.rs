//! Commands about what a village shows and hears: publicity, suggestions and their answers.

use crate::bank::command::Body;

use super::super::field::{At, BadField};
use super::super::pb;
use super::super::read;

pub(super) fn set_publicity(at: At, m: &pb::SetPublicity) -> Result<Body, BadField> {
    let household = read::parsed(at.name("household"), &m.household)?;
    Ok(Body::SetPublicity { household, standings: m.standings })
}

pub(super) fn suggest(at: At, m: &pb::Suggest) -> Result<Body, BadField> {
    let branch = read::parsed(at.name("branch"), &m.branch)?;
    Ok(Body::Suggest { branch, document: read::digest(at.name("document"), &m.document)? })
}

pub(super) fn answer_suggestion(at: At, m: &pb::AnswerSuggestion) -> Result<Body, BadField> {
    let suggestion = read::past_index(at.name("suggestion"), m.suggestion)?;
    Ok(Body::AnswerSuggestion { suggestion, document: read::digest(at.name("document"), &m.document)? })
}

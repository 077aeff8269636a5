//! Commands about objections and rulings.

use crate::bank::command::Body;
use crate::bank::words::Ruling;

use super::super::field::{At, BadField, Problem};
use super::super::pb;
use super::super::read;

pub(super) fn object(at: At, m: &pb::Object) -> Result<Body, BadField> {
    Ok(Body::Object {
        declaration: read::past_index(at.name("declaration"), m.declaration)?,
        household: read::optional(at.name("household"), &m.household)?,
        ground: read::word(at.name("ground"), m.ground)?,
        statement: read::optional_digest(at.name("statement"), &m.statement)?,
        credited_by: match m.credited_by {
            None => None,
            Some(index) => Some(read::past_index(at.name("credited_by"), index)?),
        },
    })
}

pub(super) fn rule(at: At, m: &pb::Rule) -> Result<Body, BadField> {
    let declaration = read::past_index(at.name("declaration"), m.declaration)?;
    let household = read::optional(at.name("household"), &m.household)?;
    let ruling = read::word(at.name("ruling"), m.ruling)?;
    let place = at.name("points");
    match ruling {
        Ruling::Partial if m.points == 0 => return Err(place.bad(Problem::Missing)),
        Ruling::Dismiss | Ruling::Uphold if m.points != 0 => {
            return Err(place.bad(Problem::OnlyFor("RULING_PARTIAL")));
        }
        Ruling::Partial | Ruling::Dismiss | Ruling::Uphold => {}
    }
    let statement = read::optional_digest(at.name("statement"), &m.statement)?;
    Ok(Body::Rule { declaration, household, ruling, points: m.points, statement })
}

//! Commands about declarations and inspection sheets, from filing to the vote.

use crate::bank::command::{AssessRow, Body, Declare};
use crate::bank::ids::Digest;
use crate::bank::words::{Ground, Verdict, Vote};

use super::super::field::{At, BadField, Problem};
use super::super::pb;
use super::super::{limits, read};

pub(super) fn declare(at: At, m: &pb::Declare) -> Result<Body, BadField> {
    Ok(Body::Declare(Declare {
        household: read::parsed(at.name("household"), &m.household)?,
        member: read::member(at.name("member"), m.member)?,
        item: read::parsed(at.name("item"), &m.item)?,
        quantity: read::within(at.name("quantity"), m.quantity, limits::DEED_QUANTITY)?,
        deed_date: read::parsed(at.name("deed_date"), &m.deed_date)?,
        evidence: read_evidence(at.name("evidence"), &m.evidence)?,
        note: read::optional_digest(at.name("note"), &m.note)?,
        channel: read::word(at.name("channel"), m.channel)?,
    }))
}

pub(super) fn resubmit(at: At, m: &pb::Resubmit) -> Result<Body, BadField> {
    Ok(Body::Resubmit {
        declaration: read::past_index(at.name("declaration"), m.declaration)?,
        quantity: read::within(at.name("quantity"), m.quantity, limits::DEED_QUANTITY)?,
        deed_date: read::parsed(at.name("deed_date"), &m.deed_date)?,
        evidence: read_evidence(at.name("evidence"), &m.evidence)?,
        note: read::optional_digest(at.name("note"), &m.note)?,
    })
}

fn read_evidence(at: At, evidence: &[Vec<u8>]) -> Result<Vec<Digest>, BadField> {
    read::count(at, evidence, limits::EVIDENCE)?;
    let evidence = read::digests(at, evidence)?;
    read::distinct(at, evidence.iter())?;
    Ok(evidence)
}

pub(super) fn withdraw(at: At, m: &pb::Withdraw) -> Result<Body, BadField> {
    let declaration = read::past_index(at.name("declaration"), m.declaration)?;
    Ok(Body::Withdraw { declaration })
}

pub(super) fn review(at: At, m: &pb::Review) -> Result<Body, BadField> {
    let declaration = read::past_index(at.name("declaration"), m.declaration)?;
    let verdict = read::word(at.name("verdict"), m.verdict)?;
    let ground = match verdict {
        Verdict::Endorse => no_ground(at, m.ground, "REVIEW_VERDICT_RETURN and _REFUSE")?,
        Verdict::Return | Verdict::Refuse => Some(read_ground(at, m.ground)?),
    };
    let note = read::optional_digest(at.name("note"), &m.note)?;
    Ok(Body::Review { declaration, verdict, ground, note })
}

pub(super) fn decide(at: At, m: &pb::Decide) -> Result<Body, BadField> {
    let place = at.name("declarations");
    read::count(place, &m.declarations, limits::DECIDE_DECLARATIONS)?;
    let declarations = read::list(place, &m.declarations, |at, index| read::past_index(at, *index))?;
    read::distinct(place, declarations.iter())?;
    let vote = read::word(at.name("vote"), m.vote)?;
    let points = match (vote, m.points) {
        (_, None) => None,
        (Vote::Approve, Some(points)) => Some(read::within(at.name("points"), points, limits::ITEM_POINTS)?),
        (Vote::Refuse, Some(_)) => {
            return Err(at.name("points").bad(Problem::OnlyFor("VOTE_APPROVE")));
        }
    };
    let ground = match vote {
        Vote::Approve => no_ground(at, m.ground, "VOTE_REFUSE")?,
        Vote::Refuse => Some(read_ground(at, m.ground)?),
    };
    Ok(Body::Decide { declarations, vote, points, ground })
}

/// A ground that a person may give. The others are what the rules themselves say when they end a case.
fn read_ground(at: At, number: i32) -> Result<Ground, BadField> {
    let at = at.name("ground");
    let ground: Ground = read::word(at, number)?;
    if ground.is_given_by_people() { Ok(ground) } else { Err(at.bad(Problem::OnlyFor("the bank itself"))) }
}

/// No ground where none is wanted.
fn no_ground(at: At, number: i32, for_what: &'static str) -> Result<Option<Ground>, BadField> {
    if number == 0 { Ok(None) } else { Err(at.name("ground").bad(Problem::OnlyFor(for_what))) }
}

pub(super) fn assess(at: At, m: &pb::Assess) -> Result<Body, BadField> {
    let branch = read::parsed(at.name("branch"), &m.branch)?;
    let date = read::parsed(at.name("date"), &m.date)?;
    let place = at.name("rows");
    read::count(place, &m.rows, limits::SHEET_ROWS)?;
    let rows = read::list(place, &m.rows, assess_row)?;
    read::distinct(place, rows.iter().map(|row| row.household))?;
    let record = read::digest(at.name("record"), &m.record)?;
    Ok(Body::Assess { branch, date, rows, record })
}

fn assess_row(at: At, m: &pb::AssessRow) -> Result<AssessRow, BadField> {
    Ok(AssessRow {
        household: read::parsed(at.name("household"), &m.household)?,
        item: read::parsed(at.name("item"), &m.item)?,
        quantity: read::within(at.name("quantity"), m.quantity, limits::DEED_QUANTITY)?,
    })
}

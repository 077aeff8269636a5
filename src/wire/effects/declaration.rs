//! Changes of declarations and sheets: filing, verdicts, votes, states, objections, rulings.

use crate::bank::effects::{CatalogueVersion, Change, DisputedCredit, SheetRow};
use crate::bank::time::Time;

use super::super::field::{At, BadField};
use super::super::pb;
use super::super::read;

pub(super) fn filed(at: At, m: &pb::DeclarationFiled) -> Result<Change, BadField> {
    Ok(Change::DeclarationFiled {
        household: read::parsed(at.name("household"), &m.household)?,
        member: read::member(at.name("member"), m.member)?,
        item: read::parsed(at.name("item"), &m.item)?,
        quantity: m.quantity,
        deed_date: read::parsed(at.name("deed_date"), &m.deed_date)?,
        evidence: read::digests(at.name("evidence"), &m.evidence)?,
        channel: read::word(at.name("channel"), m.channel)?,
        proxy: read::optional(at.name("proxy"), &m.proxy)?,
        version: CatalogueVersion { number: m.catalogue_version, of_branch: m.branch_catalogue },
    })
}

pub(super) fn resubmitted(at: At, m: &pb::DeclarationResubmitted) -> Result<Change, BadField> {
    Ok(Change::DeclarationResubmitted {
        declaration: m.declaration,
        quantity: m.quantity,
        deed_date: read::parsed(at.name("deed_date"), &m.deed_date)?,
        evidence: read::digests(at.name("evidence"), &m.evidence)?,
        proxy: read::optional(at.name("proxy"), &m.proxy)?,
    })
}

pub(super) fn sheet_filed(at: At, m: &pb::SheetFiled) -> Result<Change, BadField> {
    Ok(Change::SheetFiled {
        branch: read::parsed(at.name("branch"), &m.branch)?,
        date: read::parsed(at.name("date"), &m.date)?,
        clerk: read::parsed(at.name("clerk"), &m.clerk)?,
        rows: read::list(at.name("rows"), &m.rows, sheet_row)?,
        record: read::digest(at.name("record"), &m.record)?,
    })
}

fn sheet_row(at: At, m: &pb::SheetRow) -> Result<SheetRow, BadField> {
    Ok(SheetRow {
        household: read::parsed(at.name("household"), &m.household)?,
        item: read::parsed(at.name("item"), &m.item)?,
        quantity: m.quantity,
        version: CatalogueVersion { number: m.catalogue_version, of_branch: m.branch_catalogue },
    })
}

pub(super) fn reviewed(at: At, m: &pb::Reviewed) -> Result<Change, BadField> {
    Ok(Change::Reviewed {
        declaration: m.declaration,
        person: read::parsed(at.name("person"), &m.person)?,
        verdict: read::word(at.name("verdict"), m.verdict)?,
        ground: read::optional_word(at.name("ground"), m.ground)?,
    })
}

pub(super) fn voted(at: At, m: &pb::Voted) -> Result<Change, BadField> {
    Ok(Change::Voted {
        declaration: m.declaration,
        person: read::parsed(at.name("person"), &m.person)?,
        vote: read::word(at.name("vote"), m.vote)?,
        points: m.points,
    })
}

pub(super) fn state_changed(at: At, m: &pb::StateChanged) -> Result<Change, BadField> {
    Ok(Change::StateChanged {
        declaration: m.declaration,
        household: read::parsed(at.name("household"), &m.household)?,
        state: read::word(at.name("state"), m.state)?,
        points: m.points,
        until: read_until(at.name("until_unix_ms"), m.until_unix_ms)?,
        ground: read::optional_word(at.name("ground"), m.ground)?,
    })
}

/// The end of notice; 0 where there is none.
pub(super) fn read_until(at: At, milliseconds: i64) -> Result<Option<Time>, BadField> {
    if milliseconds == 0 { Ok(None) } else { read::time(at, milliseconds).map(Some) }
}

pub(super) fn objected(at: At, m: &pb::Objected) -> Result<Change, BadField> {
    Ok(Change::Objected {
        declaration: m.declaration,
        household: read::parsed(at.name("household"), &m.household)?,
        person: read::optional(at.name("person"), &m.person)?,
        by_household: read::optional(at.name("by_household"), &m.by_household)?,
        ground: read::word(at.name("ground"), m.ground)?,
        credit: m
            .credit
            .as_ref()
            .map(|credit| DisputedCredit { points: credit.points, credited_by: credit.credited_by }),
    })
}

pub(super) fn ruled(at: At, m: &pb::Ruled) -> Result<Change, BadField> {
    Ok(Change::Ruled {
        declaration: m.declaration,
        household: read::parsed(at.name("household"), &m.household)?,
        person: read::parsed(at.name("person"), &m.person)?,
        ruling: read::word(at.name("ruling"), m.ruling)?,
        points: m.points,
    })
}

pub(super) fn escalated(m: &pb::Escalated) -> Change {
    Change::Escalated { declaration: m.declaration, level: m.level }
}

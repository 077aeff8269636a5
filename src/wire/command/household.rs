//! Commands about households, their kin, cards and PINs, and the erasing of documents.

use crate::bank::command::Body;

use super::super::field::{At, BadField};
use super::super::pb;
use super::super::{limits, read};

pub(super) fn open_household(at: At, m: &pb::OpenHousehold) -> Result<Body, BadField> {
    let household = read::parsed(at.name("household"), &m.household)?;
    let place = at.name("members");
    read::count(place, &m.members, limits::MEMBERS)?;
    let members = read::digests(place, &m.members)?;
    read::distinct(place, members.iter())?;
    let consent = read::digest(at.name("consent"), &m.consent)?;
    Ok(Body::OpenHousehold { household, members, consent })
}

pub(super) fn close_household(at: At, m: &pb::CloseHousehold) -> Result<Body, BadField> {
    Ok(Body::CloseHousehold {
        household: read::parsed(at.name("household"), &m.household)?,
        successor: read::optional(at.name("successor"), &m.successor)?,
    })
}

pub(super) fn declare_kin(at: At, m: &pb::DeclareKin) -> Result<Body, BadField> {
    Ok(Body::DeclareKin {
        person: read::parsed(at.name("person"), &m.person)?,
        other: read::parsed(at.name("other"), &m.other)?,
        relation: read::word(at.name("relation"), m.relation)?,
    })
}

pub(super) fn issue_passbook(at: At, m: &pb::IssuePassbook) -> Result<Body, BadField> {
    Ok(Body::IssuePassbook {
        household: read::parsed(at.name("household"), &m.household)?,
        key: read::key(at.name("passbook_key"), &m.passbook_key)?,
        view_token_hash: read::digest(at.name("view_token_hash"), &m.view_token_hash)?,
    })
}

pub(super) fn set_pin(at: At, m: &pb::SetPin) -> Result<Body, BadField> {
    Ok(Body::SetPin {
        household: read::parsed(at.name("household"), &m.household)?,
        document: read::digest(at.name("pin_document"), &m.pin_document)?,
    })
}

pub(super) fn erase(at: At, m: &pb::Erase) -> Result<Body, BadField> {
    Ok(Body::Erase {
        document: read::digest(at.name("document"), &m.document)?,
        ground: read::word(at.name("ground"), m.ground)?,
    })
}

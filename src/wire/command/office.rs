//! Commands about offices.

use crate::bank::command::Body;
use crate::bank::words::Role;

use super::super::field::{At, BadField, Problem};
use super::super::parts::appoint as office;
use super::super::pb;
use super::super::read;

pub(super) fn appoint(at: At, m: &pb::Appoint) -> Result<Body, BadField> {
    let appoint = office::read_appoint(at, m)?;
    office::check_appoint(at, &appoint)?;
    Ok(Body::Appoint(appoint))
}

pub(super) fn dismiss(at: At, m: &pb::Dismiss) -> Result<Body, BadField> {
    let person = read::parsed(at.name("person"), &m.person)?;
    let role = read::word(at.name("role"), m.role)?;
    let branch = read::parsed(at.name("branch"), &m.branch)?;
    let household = read::optional(at.name("household"), &m.household)?;
    if household.is_some() && role != Role::Proxy {
        return Err(at.name("household").bad(Problem::OnlyFor("ROLE_PROXY")));
    }
    Ok(Body::Dismiss { person, role, branch, household })
}

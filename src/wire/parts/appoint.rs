//! Offices: the command that gives one, the change that says so, and the row that reads show are the same.

use crate::bank::command::Appoint;
use crate::bank::words::Role;

use super::super::field::{At, BadField, Problem};
use super::super::pb;
use super::super::{limits, read};

/// Reads an office's form.
///
/// # Errors
///
/// An identifier, word or day that is none.
pub fn appoint_from_pb(message: &pb::Appoint) -> Result<Appoint, BadField> {
    read_appoint(At::top("appoint"), message)
}

/// Writes an office.
pub fn appoint_to_pb(appoint: &Appoint) -> pb::Appoint {
    pb::Appoint {
        person: appoint.person.to_string(),
        role: appoint.role.number(),
        branch: appoint.branch.to_string(),
        chair: appoint.chair,
        households: read::all_text_of(&appoint.households),
        valid_until: read::text_of(&appoint.valid_until),
    }
}

pub(crate) fn read_appoint(at: At, message: &pb::Appoint) -> Result<Appoint, BadField> {
    Ok(Appoint {
        person: read::parsed(at.name("person"), &message.person)?,
        role: read::word(at.name("role"), message.role)?,
        branch: read::parsed(at.name("branch"), &message.branch)?,
        chair: message.chair,
        households: read::list(at.name("households"), &message.households, |at, household| {
            read::parsed(at, household)
        })?,
        valid_until: read::optional(at.name("valid_until"), &message.valid_until)?,
    })
}

/// An office whose parts agree with its role.
pub(crate) fn check_appoint(at: At, appoint: &Appoint) -> Result<(), BadField> {
    if appoint.chair && appoint.role != Role::Committee {
        return Err(at.name("chair").bad(Problem::OnlyFor("ROLE_COMMITTEE")));
    }
    let households = at.name("households");
    match appoint.role {
        Role::Liaison => {
            read::count(households, &appoint.households, limits::LIAISON_HOUSEHOLDS)?;
        }
        Role::Proxy => read::count(households, &appoint.households, limits::PROXY_HOUSEHOLDS)?,
        Role::Committee | Role::Supervisor | Role::Clerk | Role::Officer | Role::Cashier | Role::Auditor => {
            if !appoint.households.is_empty() {
                return Err(households.bad(Problem::OnlyFor("ROLE_LIAISON and ROLE_PROXY")));
            }
        }
    }
    read::distinct(households, appoint.households.iter())
}

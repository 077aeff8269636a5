//! Who holds which office, and what a key is good for. People are numbers here.

use crate::access::Denial;
use crate::access::field;
use crate::bank::Office;
use crate::bank::Refusal;
use crate::bank::Signer;
use crate::bank::command::{Appoint, Holder};
use crate::bank::ids::{Branch, PersonId, PublicKey};
use crate::bank::words::Role;
use crate::wire::{appoint_to_pb, pb};

use super::desk::Desk;

pub(super) async fn list(
    desk: &Desk,
    request: pb::ListAppointmentsRequest,
) -> Result<pb::ListAppointmentsResponse, Denial> {
    let branch: Branch = field::required("branch", &request.branch)?;
    let role = field::word("role", request.role, Role::from_number)?;
    desk.look_in_public(|view| {
        view.bank.branch(branch)?;
        let offices = view.bank.offices_of(branch, view.now).into_iter();
        let wanted = offices.filter(|(_, office)| role.is_none_or(|role| office.role == role));
        let appointments = wanted.map(|(person, office)| to_pb(person, office)).collect();
        Ok(pb::ListAppointmentsResponse { appointments })
    })
    .await
}

pub(super) async fn key(desk: &Desk, request: pb::GetKeyRequest) -> Result<pb::GetKeyResponse, Denial> {
    let key = PublicKey(field::bytes("public_key", &request.public_key)?);
    desk.look_in_public(|view| {
        let signer = view.bank.signer(&key, view.now);
        let active = signer.is_ok();
        let Some(record) = view.bank.key(&key) else {
            // A passbook's key: it has no last day, a new card ends it.
            let household = match signer {
                Ok(Signer::Passbook(id)) => id,
                Err(Refusal::PassbookReplaced { household } | Refusal::HouseholdClosed { household }) => {
                    household
                }
                _ => return Err(Denial::KeyNotEnrolled(key)),
            };
            let holder = household.to_string();
            return Ok(pb::GetKeyResponse { holder, active, ..pb::GetKeyResponse::default() });
        };
        let (holder, appointments) = match record.holder {
            Holder::Person(person) => {
                let offices = view.bank.offices(person, view.now);
                (person.to_string(), offices.map(|office| to_pb(person, office)).collect())
            }
            Holder::Terminal(terminal) => (terminal.to_string(), Vec::new()),
        };
        let valid_until = record.valid_until.map(|last| last.to_string()).unwrap_or_default();
        Ok(pb::GetKeyResponse { holder, active, valid_until, appointments })
    })
    .await
}

fn to_pb(person: PersonId, office: &Office) -> pb::Appoint {
    appoint_to_pb(&Appoint {
        person,
        role: office.role,
        branch: office.branch,
        chair: office.chair,
        households: office.households.clone(),
        valid_until: office.valid_until,
    })
}

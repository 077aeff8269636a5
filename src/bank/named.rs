//! What a command names besides its subject: heirs, members, kin, rows. All of it is there before anybody asks
//! who may sign, so that refusals keep their order.

use super::Bank;
use super::command::{Body, Holder};
use super::refusal::Refusal;
use super::time::Time;

impl Bank {
    /// What a command names besides its subject is there too, before anybody asks who may.
    pub(super) fn check_named(&self, body: &Body, now: Time) -> Result<(), Refusal> {
        match body {
            Body::EnrolKey { holder: Holder::Person(person), .. }
            | Body::Invite { holder: Holder::Person(person), .. } => self.check_person(*person),
            Body::AcceptInvitation { invitation, .. } => self.check_acceptable(*invitation, now),
            Body::Appoint(asked) => {
                self.branch(asked.branch)?;
                asked.households.iter().try_for_each(|id| self.open_household(*id).map(|_| ()))?;
                self.check_person(asked.person)
            }
            Body::CloseHousehold { successor: Some(heir), .. } => self.open_household(*heir).map(|_| ()),
            Body::DeclareKin { person, other, .. } => {
                self.check_person(*person)?;
                self.check_person(*other)
            }
            Body::Declare(asked) if asked.member > self.household(asked.household)?.members => {
                Err(Refusal::MemberUnknown { household: asked.household, member: asked.member })
            }
            Body::Rule { declaration, household, .. }
                if self.find_dispute(*declaration, *household).is_none() =>
            {
                self.case(*declaration)?.row(*declaration, *household).map(|_| ())
            }
            Body::Assess { rows, .. } => {
                rows.iter().try_for_each(|row| self.open_household(row.household).map(|_| ()))
            }
            _ => Ok(()),
        }
    }
}

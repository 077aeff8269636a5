//! What an invitation offers, for whoever holds its link: who it is for, and whether it can still be accepted.

use crate::bank::command::Holder;
use crate::bank::ids::PublicKey;
use crate::bank::words::{InvitationState, Role};
use crate::bank::{Office, Refusal};
use crate::engine::View;
use crate::wire::pb;
use crate::words::names;

use super::desk::Desk;
use crate::access::Denial;
use crate::access::field;

pub(super) async fn get(
    desk: &Desk,
    request: pb::GetInvitationRequest,
) -> Result<pb::GetInvitationResponse, Denial> {
    let key = PublicKey(field::bytes("invitation_key", &request.invitation_key)?);
    desk.look_in_public(|view| {
        let invitation = view.bank.invitation(&key).ok_or(Refusal::InvitationUnknown { key })?;
        let (holder, branch, offices) = match invitation.holder {
            Holder::Person(person) => {
                let offices = view.bank.offices(person, view.now).map(|office| in_words(view, office));
                (person.to_string(), person.branch(), offices.collect())
            }
            Holder::Terminal(terminal) => (terminal.to_string(), terminal.branch(), Vec::new()),
        };
        Ok(pb::GetInvitationResponse {
            holder,
            holder_text: names::holder(invitation.holder),
            branch_title: view.bank.branch(branch)?.title.clone(),
            offices,
            key_valid_until: invitation.key_valid_until.map(|last| last.to_string()).unwrap_or_default(),
            expire_unix_ms: invitation.expires.0,
            state: InvitationState::number(invitation.state(view.now)),
        })
    })
    .await
}

/// An office as people say it: 前进村 评价委员（主任）, 镇总行 where the office is the head bank's own.
fn in_words(view: &View, office: &Office) -> String {
    let role = names::role(office.role);
    let chair = if office.chair { "（主任）" } else { "" };
    match (office.role, view.bank.branch(office.branch)) {
        (Role::Officer, _) | (_, Err(_)) => role.to_owned(),
        (_, Ok(branch)) => format!("{} {role}{chair}", branch.title),
    }
}

//! What an invitation offers, for whoever holds its link: who it is for, and whether it can still be accepted.

use crate::access::{Denial, field, invited};
use crate::bank::command::Holder;
use crate::bank::ids::PublicKey;
use crate::bank::words::InvitationState;
use crate::wire::pb;
use crate::words::{Lang, names};

use super::desk::Desk;

pub(super) async fn get(
    desk: &Desk,
    request: pb::GetInvitationRequest,
) -> Result<pb::GetInvitationResponse, Denial> {
    let key = PublicKey(field::bytes("invitation_key", &request.invitation_key)?);
    desk.look_in_public(|view| {
        let offered = invited::offered(view, key, Lang::Zh)?;
        let holder = match offered.holder {
            Holder::Person(person) => person.to_string(),
            Holder::Terminal(terminal) => terminal.to_string(),
        };
        Ok(pb::GetInvitationResponse {
            holder,
            holder_text: names::holder(offered.holder),
            branch_title: offered.branch_title,
            offices: offered.offices,
            key_valid_until: offered.key_valid_until.map(|last| last.to_string()).unwrap_or_default(),
            expire_unix_ms: offered.expires.0,
            state: InvitationState::number(offered.state),
        })
    })
    .await
}

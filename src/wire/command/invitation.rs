//! Commands about invitations. Whether an invitation's end lies near enough depends on the clock: the bank says.

use crate::bank::command::{Body, Holder};

use super::super::field::{At, BadField, Problem};
use super::super::pb;
use super::super::pb::invite::Holder as PbHolder;
use super::super::read;

pub(super) fn invite(at: At, m: &pb::Invite) -> Result<Body, BadField> {
    let invitation = read::key(at.name("invitation_key"), &m.invitation_key)?;
    let holder = match read::present(at.name("holder"), m.holder.as_ref())? {
        PbHolder::Person(id) => Holder::Person(read::parsed(at.name("person"), id)?),
        PbHolder::Terminal(id) => Holder::Terminal(read::parsed(at.name("terminal"), id)?),
    };
    let key_valid_until = read::optional(at.name("key_valid_until"), &m.key_valid_until)?;
    let expires = read::timestamp(at.name("expire_time"), m.expire_time.as_ref())?;
    Ok(Body::Invite { invitation, holder, key_valid_until, expires })
}

/// The new key is another than the invitation's, which is in the link for whoever sees it.
pub(super) fn accept(at: At, m: &pb::AcceptInvitation) -> Result<Body, BadField> {
    let invitation = read::key(at.name("invitation_key"), &m.invitation_key)?;
    let key = read::key(at.name("public_key"), &m.public_key)?;
    if key == invitation {
        return Err(at.name("public_key").bad(Problem::Malformed("another key than the invitation's")));
    }
    Ok(Body::AcceptInvitation { invitation, key })
}

pub(super) fn cancel(at: At, m: &pb::CancelInvitation) -> Result<Body, BadField> {
    Ok(Body::CancelInvitation { invitation: read::key(at.name("invitation_key"), &m.invitation_key)? })
}

//! Changes of invitations.

use crate::bank::command::Holder;
use crate::bank::effects::Change;

use super::super::field::{At, BadField};
use super::super::pb;
use super::super::pb::invited::Holder as PbHolder;
use super::super::read;

pub(super) fn invited(at: At, m: &pb::Invited) -> Result<Change, BadField> {
    let key = read::key(at.name("invitation_key"), &m.invitation_key)?;
    let holder = match read::present(at.name("holder"), m.holder.as_ref())? {
        PbHolder::Person(id) => Holder::Person(read::parsed(at.name("person"), id)?),
        PbHolder::Terminal(id) => Holder::Terminal(read::parsed(at.name("terminal"), id)?),
    };
    let key_valid_until = read::optional(at.name("key_valid_until"), &m.key_valid_until)?;
    let expires = read::time(at.name("expire_unix_ms"), m.expire_unix_ms)?;
    let inviter = read::parsed(at.name("inviter"), &m.inviter)?;
    Ok(Change::Invited { key, holder, key_valid_until, expires, inviter })
}

pub(super) fn accepted(at: At, m: &pb::InvitationAccepted) -> Result<Change, BadField> {
    Ok(Change::InvitationAccepted { key: read::key(at.name("invitation_key"), &m.invitation_key)? })
}

pub(super) fn cancelled(at: At, m: &pb::InvitationCancelled) -> Result<Change, BadField> {
    Ok(Change::InvitationCancelled { key: read::key(at.name("invitation_key"), &m.invitation_key)? })
}

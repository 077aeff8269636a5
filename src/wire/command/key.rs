//! Commands about keys. Whether a key is weak is asked with [`super::super::is_usable_key`]: a weak key is a
//! refusal that people are told, not a broken message.

use crate::bank::command::{Body, Holder};

use super::super::field::{At, BadField};
use super::super::pb;
use super::super::pb::enrol_key::Holder as PbHolder;
use super::super::read;

pub(super) fn enrol_key(at: At, m: &pb::EnrolKey) -> Result<Body, BadField> {
    let key = read::key(at.name("public_key"), &m.public_key)?;
    let holder = match read::present(at.name("holder"), m.holder.as_ref())? {
        PbHolder::Person(id) => Holder::Person(read::parsed(at.name("person"), id)?),
        PbHolder::Terminal(id) => Holder::Terminal(read::parsed(at.name("terminal"), id)?),
    };
    let valid_until = read::optional(at.name("valid_until"), &m.valid_until)?;
    Ok(Body::EnrolKey { key, holder, valid_until })
}

pub(super) fn revoke_key(at: At, m: &pb::RevokeKey) -> Result<Body, BadField> {
    Ok(Body::RevokeKey {
        key: read::key(at.name("public_key"), &m.public_key)?,
        ground: read::word(at.name("ground"), m.ground)?,
    })
}

pub(super) fn rotate_key(at: At, m: &pb::RotateKey) -> Result<Body, BadField> {
    Ok(Body::RotateKey {
        old: read::key(at.name("old_key"), &m.old_key)?,
        new: read::key(at.name("new_key"), &m.new_key)?,
    })
}

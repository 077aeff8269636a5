//! Changes of households: books, kin, cards, PINs, lots, debts, vetoes.

use crate::bank::effects::Change;
use crate::bank::time::Month;

use super::super::field::{At, BadField};
use super::super::pb;
use super::super::{limits, read};

pub(super) fn opened(at: At, m: &pb::HouseholdOpened) -> Result<Change, BadField> {
    Ok(Change::HouseholdOpened {
        household: read::parsed(at.name("household"), &m.household)?,
        members: read::member(at.name("members"), m.members)?,
    })
}

pub(super) fn closed(at: At, m: &pb::HouseholdClosed) -> Result<Change, BadField> {
    Ok(Change::HouseholdClosed {
        household: read::parsed(at.name("household"), &m.household)?,
        successor: read::optional(at.name("successor"), &m.successor)?,
    })
}

pub(super) fn kin_declared(at: At, m: &pb::KinDeclared) -> Result<Change, BadField> {
    Ok(Change::KinDeclared {
        person: read::parsed(at.name("person"), &m.person)?,
        other: read::parsed(at.name("other"), &m.other)?,
    })
}

pub(super) fn passbook_issued(at: At, m: &pb::PassbookIssued) -> Result<Change, BadField> {
    Ok(Change::PassbookIssued {
        household: read::parsed(at.name("household"), &m.household)?,
        key: read::key(at.name("passbook_key"), &m.passbook_key)?,
        view_token_hash: read::digest(at.name("view_token_hash"), &m.view_token_hash)?,
        card: m.card,
    })
}

pub(super) fn pin_set(at: At, m: &pb::PinSet) -> Result<Change, BadField> {
    Ok(Change::PinSet {
        household: read::parsed(at.name("household"), &m.household)?,
        document: read::digest(at.name("pin_document"), &m.pin_document)?,
    })
}

pub(super) fn pin_locked(at: At, m: &pb::PinLocked) -> Result<Change, BadField> {
    Ok(Change::PinLocked { household: read::parsed(at.name("household"), &m.household)? })
}

pub(super) fn lot_moved(at: At, m: &pb::LotMoved) -> Result<Change, BadField> {
    Ok(Change::LotMoved {
        household: read::parsed(at.name("household"), &m.household)?,
        month: read::within(at.name("month"), m.month, limits::LOT_MONTH).map(Month)?,
        amount: m.amount,
    })
}

pub(super) fn debt_set(at: At, m: &pb::DebtSet) -> Result<Change, BadField> {
    Ok(Change::DebtSet { household: read::parsed(at.name("household"), &m.household)?, debt: m.debt })
}

pub(super) fn vetoed(at: At, m: &pb::Vetoed) -> Result<Change, BadField> {
    Ok(Change::Vetoed {
        household: read::parsed(at.name("household"), &m.household)?,
        year: read::within(at.name("year"), m.year, limits::YEAR)? as u16,
        item: read::parsed(at.name("item"), &m.item)?,
    })
}

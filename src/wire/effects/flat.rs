//! Effects straight from an entry's bytes, for replay: the same values as by way of messages, without building
//! them. The changes that fill a journal are read here; the rare ones go by their messages.
//!
//! Only for bytes that are vouched for. Spelling is not compared, and unknown fields are not looked for: an audit
//! does that, which reads whole entries.

use prost::Message;

use crate::bank::command::{Holder, RedeemLine};
use crate::bank::effects::{CatalogueVersion, Change, Effects, Posting};
use crate::bank::time::Month;

use super::super::field::{At, BadField, Problem};
use super::super::fields::{Fields, Flat, NotFields, Value};
use super::super::{limits, pb, read};
use super::declaration::read_until;
use super::read_change;

/// Reads effects from their bytes.
pub(in crate::wire) fn effects(at: At, bytes: &[u8]) -> Result<Effects, BadField> {
    let (mut postings, mut changes) = (Vec::new(), Vec::new());
    for field in Fields(bytes) {
        match field {
            Ok((1, Value::Bytes(bytes))) => {
                postings.push(posting(at.name("postings").member(postings.len()), bytes)?);
            }
            Ok((2, Value::Bytes(bytes))) => {
                changes.push(change(at.name("changes").member(changes.len()), bytes)?);
            }
            Ok(_) => return Err(at.bad(Problem::NotCanonical)),
            Err(NotFields) => return Err(at.bad(Problem::Undecodable)),
        }
    }
    Ok(Effects { postings, changes })
}

fn posting(at: At, bytes: &[u8]) -> Result<Posting, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(Posting {
        account: m.parsed(at.name("account"), 1)?,
        unit: m.word(at.name("unit"), 2)?,
        amount: m.zigzag(3),
        balance_after: m.zigzag(4),
        account_sequence: m.number(5),
        account_previous_index: m.present(6),
    })
}

fn change(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let Some(Ok((kind, Value::Bytes(body)))) = Fields(bytes).next() else {
        return Err(at.name("body").bad(Problem::Missing));
    };
    match kind {
        4 => key_enrolled(at.name("key_enrolled"), body),
        10 => household_opened(at.name("household_opened"), body),
        13 => passbook_issued(at.name("passbook_issued"), body),
        16 => declaration_filed(at.name("declaration_filed"), body),
        19 => reviewed(at.name("reviewed"), body),
        20 => voted(at.name("voted"), body),
        21 => state_changed(at.name("state_changed"), body),
        25 => lot_moved(at.name("lot_moved"), body),
        29 => stock_moved(at.name("stock_moved"), body),
        30 => redeemed(at.name("redeemed"), body),
        _ => read_change(at, &pb::Change::decode(bytes).map_err(|_| at.bad(Problem::Undecodable))?),
    }
}

fn key_enrolled(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let m = Flat::read(at, bytes)?;
    let place = at.name("holder");
    let holder = match m.optional(place.name("person"), 2)? {
        Some(person) => Holder::Person(person),
        None => Holder::Terminal(m.parsed(place.name("terminal"), 3)?),
    };
    let key = read::key(at.name("public_key"), m.bytes(1))?;
    Ok(Change::KeyEnrolled { key, holder, valid_until: m.optional(at.name("valid_until"), 4)? })
}

fn household_opened(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(Change::HouseholdOpened {
        household: m.parsed(at.name("household"), 1)?,
        members: read::member(at.name("members"), m.short(2))?,
    })
}

fn passbook_issued(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(Change::PassbookIssued {
        household: m.parsed(at.name("household"), 1)?,
        key: read::key(at.name("passbook_key"), m.bytes(2))?,
        view_token_hash: read::digest(at.name("view_token_hash"), m.bytes(3))?,
        card: m.short(4),
    })
}

fn declaration_filed(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(Change::DeclarationFiled {
        household: m.parsed(at.name("household"), 1)?,
        member: read::member(at.name("member"), m.short(2))?,
        item: m.parsed(at.name("item"), 3)?,
        quantity: m.short(4),
        deed_date: m.parsed(at.name("deed_date"), 5)?,
        evidence: m.each(at.name("evidence"), 6, read::digest)?,
        channel: m.word(at.name("channel"), 7)?,
        proxy: m.optional(at.name("proxy"), 8)?,
        version: CatalogueVersion { number: m.short(9), of_branch: m.flag(10) },
    })
}

fn reviewed(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(Change::Reviewed {
        declaration: m.number(1),
        person: m.parsed(at.name("person"), 2)?,
        verdict: m.word(at.name("verdict"), 3)?,
        ground: m.optional_word(at.name("ground"), 4)?,
    })
}

fn voted(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(Change::Voted {
        declaration: m.number(1),
        person: m.parsed(at.name("person"), 2)?,
        vote: m.word(at.name("vote"), 3)?,
        points: m.present(4).map(|points| points as u32),
    })
}

fn state_changed(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(Change::StateChanged {
        declaration: m.number(1),
        household: m.parsed(at.name("household"), 2)?,
        state: m.word(at.name("state"), 3)?,
        points: m.zigzag(4),
        until: read_until(at.name("until_unix_ms"), m.signed(5))?,
        ground: m.optional_word(at.name("ground"), 6)?,
    })
}

fn lot_moved(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(Change::LotMoved {
        household: m.parsed(at.name("household"), 1)?,
        month: read::within(at.name("month"), m.short(2), limits::LOT_MONTH).map(Month)?,
        amount: m.zigzag(3),
    })
}

fn stock_moved(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(Change::StockMoved {
        branch: m.parsed(at.name("branch"), 1)?,
        sku: m.parsed(at.name("sku"), 2)?,
        amount: m.zigzag(3),
        stock_after: m.signed(4),
    })
}

fn redeemed(at: At, bytes: &[u8]) -> Result<Change, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(Change::Redeemed {
        household: m.parsed(at.name("household"), 1)?,
        terminal: m.parsed(at.name("terminal"), 2)?,
        lines: m.each(at.name("lines"), 3, redeem_line)?,
        total: m.short(4),
        pin_verified: m.flag(5),
    })
}

fn redeem_line(at: At, bytes: &[u8]) -> Result<RedeemLine, BadField> {
    let m = Flat::read(at, bytes)?;
    Ok(RedeemLine {
        sku: m.parsed(at.name("sku"), 1)?,
        quantity: m.short(2),
        price_version: m.short(3),
        points: m.short(4),
    })
}

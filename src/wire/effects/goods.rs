//! Changes of goods and documents: prices, stock, redemptions, refunds, erasures.

use crate::bank::effects::Change;

use super::super::field::{At, BadField};
use super::super::parts::goods;
use super::super::pb;
use super::super::read;

pub(super) fn price_set(at: At, m: &pb::PriceSet) -> Result<Change, BadField> {
    let place = at.name("price");
    Ok(Change::PriceSet {
        branch: read::parsed(at.name("branch"), &m.branch)?,
        price: goods::read_price(place, read::present(place, m.price.as_ref())?)?,
        version: m.version,
    })
}

pub(super) fn stock_moved(at: At, m: &pb::StockMoved) -> Result<Change, BadField> {
    Ok(Change::StockMoved {
        branch: read::parsed(at.name("branch"), &m.branch)?,
        sku: read::parsed(at.name("sku"), &m.sku)?,
        amount: m.amount,
        stock_after: m.stock_after,
    })
}

pub(super) fn redeemed(at: At, m: &pb::Redeemed) -> Result<Change, BadField> {
    Ok(Change::Redeemed {
        household: read::parsed(at.name("household"), &m.household)?,
        terminal: read::parsed(at.name("terminal"), &m.terminal)?,
        lines: read::list(at.name("lines"), &m.lines, goods::read_redeem_line)?,
        total: m.total,
        pin_verified: m.pin_verified,
    })
}

pub(super) fn refunded(at: At, m: &pb::Refunded) -> Result<Change, BadField> {
    Ok(Change::Refunded {
        redemption: m.redemption,
        household: read::parsed(at.name("household"), &m.household)?,
        lines: read::list(at.name("lines"), &m.lines, goods::read_count)?,
        total: m.total,
    })
}

pub(super) fn document_erased(at: At, m: &pb::DocumentErased) -> Result<Change, BadField> {
    Ok(Change::DocumentErased {
        document: read::digest(at.name("document"), &m.document)?,
        ground: read::word(at.name("ground"), m.ground)?,
    })
}

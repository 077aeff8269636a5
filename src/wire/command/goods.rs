//! Commands about goods: stock, prices, redemptions, refunds.

use crate::bank::command::{Body, StockInLine};

use super::super::field::{At, BadField};
use super::super::parts::goods;
use super::super::pb;
use super::super::{limits, read};

pub(super) fn stock_in(at: At, m: &pb::StockIn) -> Result<Body, BadField> {
    let branch = read::parsed(at.name("branch"), &m.branch)?;
    let place = at.name("lines");
    read::count(place, &m.lines, limits::STOCK_IN_LINES)?;
    let lines = read::list(place, &m.lines, stock_in_line)?;
    read::distinct(place, lines.iter().map(|line| line.sku))?;
    let source = read::word(at.name("source"), m.source)?;
    let receipt = read::optional_digest(at.name("receipt"), &m.receipt)?;
    Ok(Body::StockIn { branch, lines, source, receipt })
}

fn stock_in_line(at: At, m: &pb::StockInLine) -> Result<StockInLine, BadField> {
    Ok(StockInLine {
        sku: read::parsed(at.name("sku"), &m.sku)?,
        quantity: read::within(at.name("quantity"), m.quantity, limits::STOCK_IN_QUANTITY)?,
        cost_fen: read::within(at.name("cost_fen"), m.cost_fen, limits::STOCK_IN_FEN)?,
        best_before: read::optional(at.name("best_before"), &m.best_before)?,
    })
}

pub(super) fn set_price(at: At, m: &pb::SetPrice) -> Result<Body, BadField> {
    let branch = read::parsed(at.name("branch"), &m.branch)?;
    let place = at.name("goods");
    read::count(place, &m.goods, limits::PRICE_GOODS)?;
    let prices = read::list(place, &m.goods, |at, message| {
        let price = goods::read_price(at, message)?;
        goods::check_price(at, &price)?;
        Ok(price)
    })?;
    read::distinct(place, prices.iter().map(|price| price.sku))?;
    Ok(Body::SetPrice { branch, goods: prices })
}

pub(super) fn stock_count(at: At, m: &pb::StockCount) -> Result<Body, BadField> {
    let branch = read::parsed(at.name("branch"), &m.branch)?;
    let place = at.name("lines");
    let lines = read::list(place, &m.lines, goods::read_count)?;
    goods::check_counts(place, &lines, limits::STOCK_COUNT_LINES, limits::STOCK_COUNT_QUANTITY)?;
    Ok(Body::StockCount { branch, lines })
}

pub(super) fn redeem(at: At, m: &pb::Redeem) -> Result<Body, BadField> {
    let household = read::parsed(at.name("household"), &m.household)?;
    let place = at.name("lines");
    read::count(place, &m.lines, limits::REDEEM_LINES)?;
    let lines = read::list(place, &m.lines, |at, message| {
        let line = goods::read_redeem_line(at, message)?;
        goods::check_redeem_line(at, &line)?;
        Ok(line)
    })?;
    read::distinct(place, lines.iter().map(|line| line.sku))?;
    let total = read::within(at.name("total"), m.total, limits::REDEEM_TOTAL)?;
    Ok(Body::Redeem { household, lines, total })
}

pub(super) fn refund(at: At, m: &pb::Refund) -> Result<Body, BadField> {
    let redemption = read::past_index(at.name("redemption"), m.redemption)?;
    let place = at.name("lines");
    let lines = read::list(place, &m.lines, goods::read_count)?;
    goods::check_counts(place, &lines, limits::REDEEM_LINES, limits::REDEEM_QUANTITY)?;
    Ok(Body::Refund { redemption, lines, restock: m.restock })
}

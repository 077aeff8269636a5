//! Goods: prices, and the lines of redemptions, refunds and counts.

use std::ops::RangeInclusive;

use crate::bank::command::{GoodsCount, Price, RedeemLine};

use super::super::field::{At, BadField};
use super::super::pb;
use super::super::{limits, read, text};

/// Reads a price's form.
///
/// # Errors
///
/// Its goods are none.
pub fn price_from_pb(message: &pb::GoodsPrice) -> Result<Price, BadField> {
    read_price(At::top("price"), message)
}

/// Writes a price.
pub fn price_to_pb(price: &Price) -> pb::GoodsPrice {
    pb::GoodsPrice {
        sku: price.sku.to_string(),
        title: price.title.clone(),
        measure: price.measure.clone(),
        points: price.points,
        month_limit: price.month_limit,
    }
}

pub(crate) fn read_price(at: At, message: &pb::GoodsPrice) -> Result<Price, BadField> {
    Ok(Price {
        sku: read::parsed(at.name("sku"), &message.sku)?,
        title: message.title.clone(),
        measure: message.measure.clone(),
        points: message.points,
        month_limit: message.month_limit,
    })
}

/// A price within today's limits.
pub(crate) fn check_price(at: At, price: &Price) -> Result<(), BadField> {
    text::check(at.name("title"), &price.title, limits::GOODS_TITLE_CHARS_MAX)?;
    text::check(at.name("measure"), &price.measure, limits::GOODS_MEASURE_CHARS_MAX)?;
    read::within(at.name("points"), price.points, limits::PRICE_POINTS)?;
    Ok(())
}

pub(crate) fn read_redeem_line(at: At, message: &pb::RedeemLine) -> Result<RedeemLine, BadField> {
    Ok(RedeemLine {
        sku: read::parsed(at.name("sku"), &message.sku)?,
        quantity: message.quantity,
        price_version: message.price_version,
        points: message.points,
    })
}

/// A line of a redemption within today's limits.
pub(crate) fn check_redeem_line(at: At, line: &RedeemLine) -> Result<(), BadField> {
    read::within(at.name("quantity"), line.quantity, limits::REDEEM_QUANTITY)?;
    read::within(at.name("price_version"), line.price_version, 1..=u32::MAX)?;
    read::within(at.name("points"), line.points, limits::PRICE_POINTS)?;
    Ok(())
}

pub(crate) fn redeem_line_to_pb(line: &RedeemLine) -> pb::RedeemLine {
    pb::RedeemLine {
        sku: line.sku.to_string(),
        quantity: line.quantity,
        price_version: line.price_version,
        points: line.points,
    }
}

pub(crate) fn read_count(at: At, message: &pb::GoodsCount) -> Result<GoodsCount, BadField> {
    Ok(GoodsCount { sku: read::parsed(at.name("sku"), &message.sku)?, quantity: message.quantity })
}

/// Counted goods: as many lines as allowed, each goods once, each quantity in its range.
pub(crate) fn check_counts(
    at: At,
    lines: &[GoodsCount],
    many: RangeInclusive<usize>,
    quantity: RangeInclusive<u32>,
) -> Result<(), BadField> {
    read::count(at, lines, many)?;
    for (position, line) in lines.iter().enumerate() {
        read::within(at.member(position).name("quantity"), line.quantity, quantity.clone())?;
    }
    read::distinct(at, lines.iter().map(|line| line.sku))
}

pub(crate) fn count_to_pb(count: &GoodsCount) -> pb::GoodsCount {
    pb::GoodsCount { sku: count.sku.to_string(), quantity: count.quantity }
}

//! Lines of the catalogue.

use crate::bank::command::Item;
use crate::bank::words::{CapWindow, ItemKind, Unit};

use super::super::field::{At, BadField, Problem};
use super::super::pb;
use super::super::{limits, read, text};

/// Reads an item's form.
///
/// # Errors
///
/// An identifier, word or day that is none.
pub fn item_from_pb(message: &pb::CatalogueItem) -> Result<Item, BadField> {
    read_item(At::top("item"), message)
}

/// Writes an item.
pub fn item_to_pb(item: &Item) -> pb::CatalogueItem {
    pb::CatalogueItem {
        code: item.code.to_string(),
        pillar: item.pillar.number(),
        kind: item.kind.number(),
        title: item.title.clone(),
        points_min: item.points_min,
        points_max: item.points_max,
        unit: item.unit.number(),
        score_effect: item.score_effect,
        subject: item.subject.number(),
        measure: item.measure.clone(),
        cap_window: item.cap_window.number(),
        cap_count: item.cap_count,
        evidence: item.evidence.iter().map(|kind| kind.number()).collect(),
        valid_from: read::text_of(&item.valid_from),
        valid_to: read::text_of(&item.valid_to),
    }
}

pub(crate) fn read_item(at: At, message: &pb::CatalogueItem) -> Result<Item, BadField> {
    Ok(Item {
        code: read::parsed(at.name("code"), &message.code)?,
        pillar: read::word(at.name("pillar"), message.pillar)?,
        kind: read::word(at.name("kind"), message.kind)?,
        title: message.title.clone(),
        points_min: message.points_min,
        points_max: message.points_max,
        unit: read::word(at.name("unit"), message.unit)?,
        score_effect: message.score_effect,
        subject: read::word(at.name("subject"), message.subject)?,
        measure: message.measure.clone(),
        cap_window: read::word(at.name("cap_window"), message.cap_window)?,
        cap_count: message.cap_count,
        evidence: read::list(at.name("evidence"), &message.evidence, |at, kind| read::word(at, *kind))?,
        valid_from: read::optional(at.name("valid_from"), &message.valid_from)?,
        valid_to: read::optional(at.name("valid_to"), &message.valid_to)?,
    })
}

/// An item within today's limits whose parts agree with its kind.
pub(crate) fn check_item(at: At, item: &Item) -> Result<(), BadField> {
    text::check(at.name("title"), &item.title, limits::ITEM_TITLE_CHARS_MAX)?;
    check_points(at, item)?;
    read::within(at.name("score_effect"), item.score_effect, limits::ITEM_SCORE_EFFECT)?;
    text::check(at.name("measure"), &item.measure, limits::ITEM_MEASURE_CHARS_MAX)?;
    match item.cap_window {
        CapWindow::Event => read::within(at.name("cap_count"), item.cap_count, 0..=0)?,
        CapWindow::Month | CapWindow::Quarter | CapWindow::Year | CapWindow::Once => {
            read::within(at.name("cap_count"), item.cap_count, limits::ITEM_CAP)?
        }
    };
    read::distinct(at.name("evidence"), item.evidence.iter())?;
    if let (Some(from), Some(to)) = (item.valid_from, item.valid_to)
        && to < from
    {
        return Err(at.name("valid_to").bad(Problem::Malformed("a day not before valid_from")));
    }
    Ok(())
}

/// The points fit the kind: deeds and extras earn points, deductions take score or points, a veto moves none.
fn check_points(at: At, item: &Item) -> Result<(), BadField> {
    let most = if item.kind == ItemKind::Veto { 0 } else { *limits::ITEM_POINTS.end() };
    read::within(at.name("points_min"), item.points_min, 0..=most)?;
    read::within(at.name("points_max"), item.points_max, item.points_min..=most)?;
    let (fits, wants) = match item.kind {
        ItemKind::Deed | ItemKind::Bonus => (item.unit == Unit::Points, "POINTS for a deed"),
        ItemKind::Deduction | ItemKind::Veto => {
            (matches!(item.unit, Unit::Points | Unit::Score), "SCORE or POINTS")
        }
    };
    if fits { Ok(()) } else { Err(at.name("unit").bad(Problem::Malformed(wants))) }
}

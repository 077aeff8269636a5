//! What a till asks: what a card's household may spend, a shelf as it stands, a QR code as a picture.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::{Deserialize, Serialize};

use crate::access::reader::{Read, Reader};
use crate::access::{Credential, Denial, field, look};
use crate::bank::Signer;
use crate::bank::authority::Subject;
use crate::bank::ids::{Branch, HouseholdId};
use crate::engine::View;
use crate::wire::Problem;
use crate::words::names;

use super::super::Web;
use super::super::session::Session;
use super::no::{self, No};
use super::proof::Proof;

/// Bytes of a code's text: what the largest QR code holds with the least correction.
const CODE_BYTES_MAX: usize = 2_900;
/// Up to here a code gets the middle correction: paper is creased.
const PAPER_BYTES_MAX: usize = 300;

/// What a household may spend at this moment.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Purse {
    /// As a command names it.
    household: String,
    /// As people do.
    name: String,
    branch: String,
    points: i64,
    /// Points that need no PIN today any more.
    pin_free: u32,
    pin_set: bool,
    pin_locked: bool,
    /// Pieces taken this month, by goods; only those with some.
    taken: BTreeMap<String, u32>,
}

/// `POST /api/till/card`, with the card's key shown in the header.
pub(super) async fn card(State(web): State<Web>, proof: Proof) -> Result<Response, No> {
    let purse = look(&web.engine, Credential::Key(proof.key), |view, reader| {
        let Reader::Known(Signer::Passbook(id)) = *reader else {
            return Err(Denial::ReadDenied("the passbook"));
        };
        reader.check(view, Read::GetHousehold, &Subject::household(id))?;
        purse(view, id)
    });
    Ok(no::json(&purse.await?))
}

fn purse(view: &View, id: HouseholdId) -> Result<Purse, Denial> {
    let household = view.bank.household(id)?;
    let branch = view.bank.branch(id.branch())?;
    let limit = view.bank.policy(id.branch()).pin_free_points;
    let taken = household.goods_month_taken(view.now).map(|(sku, pieces)| (sku.to_string(), pieces));
    Ok(Purse {
        household: id.to_string(),
        name: names::household(id),
        branch: branch.title.clone(),
        points: household.points.balance,
        pin_free: limit.saturating_sub(household.pin_free_spent(view.now.day())),
        pin_set: household.pin.is_some(),
        pin_locked: household.pin_locked,
        taken: taken.collect(),
    })
}

/// Which shelf.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    branch: String,
}

/// A shop's shelf.
#[derive(Serialize)]
struct Shelf {
    branch: String,
    goods: Vec<Goods>,
}

/// One kind of goods.
#[derive(Serialize)]
struct Goods {
    sku: String,
    title: String,
    measure: String,
    points: u32,
    stock: i64,
}

/// `POST /api/shelf`: what the public board shows, for scripts.
pub(super) async fn shelf(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, No> {
    let asked: Asked = no::read(&no::text(&headers, body)?)?;
    let branch: Branch =
        asked.branch.parse().map_err(|_| field::bad("branch", Problem::Malformed("a branch's 12 digits")))?;
    let shelf = look(&web.engine, Credential::Unasked, |view, _| {
        let state = view.bank.branch(branch)?;
        let goods = state.shelves.iter().map(|(sku, shelf)| Goods {
            sku: sku.to_string(),
            title: shelf.price.title.clone(),
            measure: shelf.price.measure.clone(),
            points: shelf.price.points,
            stock: shelf.stock,
        });
        Ok(Shelf { branch: state.title.clone(), goods: goods.collect() })
    });
    Ok(no::json(&shelf.await?))
}

/// What a code is to say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    text: String,
}

/// `POST /api/code`: for whoever is signed in, so that nobody else makes the bank draw.
pub(super) async fn code(
    State(_): State<Web>,
    _: Session,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, No> {
    let Code { text } = no::read(&no::text(&headers, body)?)?;
    let too_long = || field::bad("text", Problem::Malformed("at most 2900 bytes"));
    if text.len() > CODE_BYTES_MAX {
        return Err(too_long().into());
    }
    let level = if text.len() <= PAPER_BYTES_MAX { EcLevel::M } else { EcLevel::L };
    let code = QrCode::with_error_correction_level(&text, level).map_err(|_| too_long())?;
    let svg = code.render::<svg::Color>().min_dimensions(240, 240).build();
    Ok(no::json(&serde_json::json!({ "svg": svg })))
}

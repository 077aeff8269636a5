//! What a till asks: what a card's household may spend, and a shelf as it stands.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::access::reader::{Read, Reader};
use crate::access::{Credential, Denial, field, look};
use crate::bank::Signer;
use crate::bank::authority::Subject;
use crate::bank::ids::{Branch, HouseholdId, PublicKey};
use crate::engine::View;
use crate::wire::Problem;
use crate::words::Lang;

use super::super::Web;
use super::super::language::Reading;
use super::no::{self, No};
use super::proof::Proof;
use super::session::bytes;

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
pub(super) async fn card(
    State(web): State<Web>,
    Reading(lang): Reading,
    proof: Proof,
) -> Result<Response, No> {
    let purse = look(&web.engine, Credential::Key(proof.key), |view, reader| {
        let Reader::Known(Signer::Passbook(id)) = *reader else {
            return Err(Denial::ReadDenied("the passbook"));
        };
        reader.check(view, Read::GetHousehold, &Subject::household(id))?;
        purse(view, lang, id)
    });
    Ok(no::json_in(lang, &purse.await?))
}

fn purse(view: &View, lang: Lang, id: HouseholdId) -> Result<Purse, Denial> {
    let household = view.bank.household(id)?;
    let branch = view.bank.branch(id.branch())?;
    let limit = view.bank.policy(id.branch()).pin_free_points;
    let taken = household.goods_month_taken(view.now).map(|(sku, pieces)| (sku.to_string(), pieces));
    Ok(Purse {
        household: id.to_string(),
        name: lang.household(id),
        branch: branch.title.clone(),
        points: household.points.balance,
        pin_free: limit.saturating_sub(household.pin_free_spent(view.now.day())),
        pin_set: household.pin.is_some(),
        pin_locked: household.pin_locked,
        taken: taken.collect(),
    })
}

/// Which shelf: a branch's, or that of the shop where a terminal stands. One of the two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    branch: Option<String>,
    /// The terminal's public key, base64.
    terminal: Option<String>,
}

/// A shop's shelf.
#[derive(Serialize)]
struct Shelf {
    branch: String,
    code: String,
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
    let whose = whose(&asked)?;
    let shelf = look(&web.engine, Credential::Unasked, |view, _| {
        let branch = match whose {
            Whose::Branch(branch) => branch,
            Whose::Terminal(key) => match view.bank.signer(&key, view.now)? {
                Signer::Terminal(terminal) => terminal.branch(),
                Signer::Person(_) | Signer::Passbook(_) => {
                    return Err(field::bad("terminal", Problem::Malformed("a terminal's key")));
                }
            },
        };
        let state = view.bank.branch(branch)?;
        let goods = state.shelves.iter().map(|(sku, shelf)| Goods {
            sku: sku.to_string(),
            title: shelf.price.title.clone(),
            measure: shelf.price.measure.clone(),
            points: shelf.price.points,
            stock: shelf.stock,
        });
        Ok(Shelf { branch: state.title.clone(), code: branch.to_string(), goods: goods.collect() })
    });
    Ok(no::json(&shelf.await?))
}

/// Whose shelf.
enum Whose {
    Branch(Branch),
    Terminal(PublicKey),
}

fn whose(asked: &Asked) -> Result<Whose, No> {
    match (&asked.branch, &asked.terminal) {
        (Some(branch), None) => {
            let branch = branch.parse();
            let malformed = |_| field::bad("branch", Problem::Malformed("a branch's 12 digits"));
            Ok(Whose::Branch(branch.map_err(malformed)?))
        }
        (None, Some(key)) => {
            let key = field::bytes("terminal", &bytes("terminal", key)?)?;
            Ok(Whose::Terminal(PublicKey(key)))
        }
        _ => Err(field::bad("branch", Problem::Malformed("a branch, or a terminal's key")).into()),
    }
}

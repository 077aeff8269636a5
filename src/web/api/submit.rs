//! Commands of browsers: submitted, or only looked at.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::access::refused::refused;
use zeroize::Zeroizing;

use crate::access::titles::with_titles;
use crate::access::{Denial, Visitor, field};
use crate::bank::Effects;
use crate::engine::{Engine, SubmitError};
use crate::wire::{Entry, Problem, effects_to_pb, envelope, pb, submission_from_json};
use crate::words::{self, Lang};

use super::super::Web;
use super::super::language::Reading;
use super::no::{self, No};

/// `POST /api/submit`.
pub(super) async fn submit(
    State(web): State<Web>,
    Reading(lang): Reading,
    visitor: Option<Extension<Arc<Visitor>>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, No> {
    let (envelope, pin) = sent(&headers, body)?;
    let kept = envelope.clone();
    match engine_for(&web, visitor).submit(envelope, &pin).await {
        Ok(submitted) => {
            // The receipt stands whatever becomes of the words.
            let (told, time) = match Entry::decode(&submitted.entry) {
                Ok(entry) => {
                    (in_words(&web, lang, &entry.effects).await.unwrap_or_default(), Some(entry.time.0))
                }
                Err(_) => (Vec::new(), None),
            };
            Ok(no::json_in(
                lang,
                &serde_json::json!({
                    "index": submitted.index,
                    "entry": STANDARD.encode(&submitted.entry),
                    "proof": submitted.proof,
                    "repeated": submitted.repeated,
                    "told": told,
                    "unixMs": time,
                }),
            ))
        }
        Err(error) => Err(said_no(&web, error, &kept).await),
    }
}

/// `POST /api/preview`. A PIN has no business here.
pub(super) async fn preview(
    State(web): State<Web>,
    Reading(lang): Reading,
    visitor: Option<Extension<Arc<Visitor>>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, No> {
    let (envelope, pin) = sent(&headers, body)?;
    if !pin.is_empty() {
        return Err(field::bad("pin", Problem::OnlyFor("submitting")).into());
    }
    let kept = envelope.clone();
    let effects = match engine_for(&web, visitor).preview(envelope).await {
        Ok(effects) => effects,
        Err(error) => return Err(said_no(&web, error, &kept).await),
    };
    let told = in_words(&web, lang, &effects).await?;
    Ok(no::json_in(lang, &serde_json::json!({ "effects": effects_to_pb(&effects), "told": told })))
}

/// The command that was sent, and the PIN beside it; empty where there is none.
fn sent(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(pb::Envelope, Zeroizing<String>), No> {
    Ok(submission_from_json(&no::text(headers, body)?).map_err(Denial::from)?)
}

/// What it does, one line for each change that people read.
async fn in_words(web: &Web, lang: Lang, effects: &Effects) -> Result<Vec<String>, Denial> {
    let told = with_titles(&web.engine, None, |titles| {
        effects.changes.iter().filter_map(|change| words::change_in(lang, change, titles)).collect()
    });
    told.await
}

/// The engine as this caller has it.
fn engine_for(web: &Web, visitor: Option<Extension<Arc<Visitor>>>) -> Engine {
    match visitor {
        Some(Extension(visitor)) => web.engine.behind(visitor),
        None => web.engine.clone(),
    }
}

async fn said_no(web: &Web, error: SubmitError, envelope: &pb::Envelope) -> No {
    let signers = envelope::signers(envelope).unwrap_or_default();
    No::counted(web, refused(&web.engine, error, &signers).await)
}

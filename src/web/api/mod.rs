//! What scripts ask: JSON in, JSON out, and every "no" with its stable reason and a sentence for people.
//!
//! | path | takes | answers |
//! |---|---|---|
//! | `POST /api/challenge` | nothing | `{challenge}` |
//! | `POST /api/session` | `{challenge, publicKey, signature}` | `{expireUnixMs}` and the cookie |
//! | `POST /api/sign-out` | nothing | nothing; the cookie ends |
//! | `POST /api/invitation` | `{invitationKey}` | `{holder, terminal, branch, offices, keyUntil, until, state}` |
//! | `POST /api/passbook` | nothing; a card's key in the header, or a member's session | the household, items, caps |
//! | `POST /api/notice` | `{declaration, row?}`; a session or a card's key | the row, and who objects |
//! | `POST /api/till/card` | nothing; a card's key in the header | balance, PIN, goods of the month |
//! | `POST /api/shelf` | `{branch}` or `{terminal}` | goods, prices, stock |
//! | `POST /api/submit` | `{envelope, pin?}` | `{index, entry, proof, repeated, told, unixMs}` |
//! | `POST /api/preview` | `{envelope}` | `{effects, told}` |
//! | `POST /api/document?kind=photo` | the bytes | `{address, size, commitment}` |
//! | `POST /api/sheet?branch=…` | a sheet's bytes | `{homes, faults, more}`; nothing is written |
//!
//! Bytes are base64. Submitting asks for no session: the signatures are the right. A "no" is
//! `{reason, message, metadata}` under a fitting status. The room's other files know no HTTP methods and no
//! limits; those are here. Nothing that is sent here is logged.

mod document;
mod invitation;
mod limit;
mod no;
mod notice;
mod passbook;
mod proof;
mod session;
mod sheet;
mod submit;
mod till;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::post;
use tokio::sync::Semaphore;

use crate::wire::limits::{
    ASK_JSON_BYTES_MAX, DOCUMENT_BYTES_MAX, IMPORT_BYTES_MAX, IMPORTS_AT_ONCE, REQUEST_TIME_MAX,
    SUBMIT_JSON_BYTES_MAX, UPLOAD_TIME_MAX, UPLOADS_AT_ONCE,
};

use super::Web;

pub(super) use no::{No, cross_site};

/// Every path of scripts, each with its limits of size and time.
pub(super) fn router() -> Router<Web> {
    let asks = Router::new()
        .route("/api/challenge", post(session::challenge))
        .route("/api/session", post(session::begin))
        .route("/api/sign-out", post(session::end))
        .route("/api/invitation", post(invitation::get))
        .route("/api/passbook", post(passbook::get))
        .route("/api/notice", post(notice::get))
        .route("/api/till/card", post(till::card))
        .route("/api/shelf", post(till::shelf))
        .layer(DefaultBodyLimit::max(ASK_JSON_BYTES_MAX));
    let commands = Router::new()
        .route("/api/submit", post(submit::submit))
        .route("/api/preview", post(submit::preview))
        .layer(DefaultBodyLimit::max(SUBMIT_JSON_BYTES_MAX));
    let uploads = Arc::new(Semaphore::new(UPLOADS_AT_ONCE));
    let documents = Router::new()
        .route("/api/document", post(document::put))
        .layer(DefaultBodyLimit::max(DOCUMENT_BYTES_MAX))
        .layer(middleware::from_fn_with_state(uploads, limit::in_turn))
        .layer(middleware::from_fn(|request, next| limit::within(UPLOAD_TIME_MAX, request, next)));
    let sheets = Arc::new(Semaphore::new(IMPORTS_AT_ONCE));
    let sheets = Router::new()
        .route("/api/sheet", post(sheet::check))
        .layer(DefaultBodyLimit::max(IMPORT_BYTES_MAX))
        .layer(middleware::from_fn_with_state(sheets, limit::in_turn))
        .layer(middleware::from_fn(|request, next| limit::within(UPLOAD_TIME_MAX, request, next)));
    let asks = limit::sized(asks, ASK_JSON_BYTES_MAX).merge(limit::sized(commands, SUBMIT_JSON_BYTES_MAX));
    asks.layer(middleware::from_fn(|request, next| limit::within(REQUEST_TIME_MAX, request, next)))
        .merge(limit::sized(documents, DOCUMENT_BYTES_MAX))
        .merge(limit::sized(sheets, IMPORT_BYTES_MAX))
}

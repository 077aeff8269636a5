//! Signing in and out: the challenge, the session's cookie, and its end.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::access::{Denial, Visitor, field};
use crate::bank::ids::PublicKey;
use crate::engine::Door;
use crate::wire::Problem;

use super::super::Web;
use super::super::session::{cookie, no_cookie};
use super::no::{self, No};

/// `POST /api/challenge`.
pub(super) async fn challenge(State(web): State<Web>) -> Result<Response, No> {
    let challenge = web.sessions.challenge(web.engine.now())?;
    Ok(no::json(&serde_json::json!({ "challenge": STANDARD.encode(challenge) })))
}

/// The signature over a challenge.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Signed {
    challenge: String,
    public_key: String,
    signature: String,
}

/// `POST /api/session`.
pub(super) async fn begin(
    State(web): State<Web>,
    visitor: Option<Extension<Arc<Visitor>>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, No> {
    let signed: Signed = no::read(&no::text(&headers, body)?)?;
    let key = PublicKey(field::bytes("publicKey", &bytes("publicKey", &signed.public_key)?)?);
    let signature = field::bytes("signature", &bytes("signature", &signed.signature)?)?;
    let challenge = bytes("challenge", &signed.challenge)?;
    let door = visitor.as_ref().map(|Extension(visitor)| &**visitor as &dyn Door);
    let begun = match web.sessions.begin(&web.engine, door, &challenge, key, &signature).await {
        Ok(begun) => begun,
        Err(denial) => return Err(No::counted(&web, denial)),
    };
    let cookie = cookie(&headers, &begun.token, begun.end.0 - web.engine.now().0);
    let mut response = no::json(&serde_json::json!({ "expireUnixMs": begun.end.0 }));
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

/// `POST /api/sign-out`. There is nothing to forget here: the browser is told to.
pub(super) async fn end(headers: HeaderMap) -> Response {
    let cookie: HeaderValue = no_cookie(&headers);
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response()
}

/// Bytes of a field, written as base64 with padding.
pub(super) fn bytes(name: &str, text: &str) -> Result<Vec<u8>, Denial> {
    STANDARD.decode(text).map_err(|_| field::bad(name, Problem::Malformed("base64 with padding")))
}

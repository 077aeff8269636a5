//! A key that is shown with one request, without a session: a challenge signed by it in the `Authorization` header.
//!
//! A card's key is used for one declaration and forgotten; it gets no cookie, which would take the place of the one of
//! whoever is signed in. What it proves is what a session proves, asked in the same way.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::access::{Denial, Visitor, field};
use crate::bank::ids::PublicKey;
use crate::engine::Door;
use crate::wire::Problem;

use super::super::Web;
use super::super::session::Session;
use super::no::No;
use super::session::bytes;

/// How the header begins; then challenge, key and signature, each base64 with padding, with dots between.
const SCHEME: &str = "Civbank ";

/// The key that signed the challenge of this very request.
pub(super) struct Proof {
    /// Good at this moment.
    pub(super) key: PublicKey,
}

/// A session, or a proof in its place. Which of the two it was does not matter to who takes it.
pub(super) struct Shown {
    /// Good at this moment.
    pub(super) key: PublicKey,
}

impl FromRequestParts<Web> for Proof {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let sent = parts.headers.get(AUTHORIZATION).and_then(|sent| sent.to_str().ok());
        let proven = match sent.and_then(|sent| sent.strip_prefix(SCHEME)) {
            Some(sent) => prove(web, parts.extensions.get::<Arc<Visitor>>(), sent).await,
            None => Err(Denial::SessionMissing),
        };
        proven.map(|key| Proof { key }).map_err(|denial| No::counted(web, denial).into_response())
    }
}

async fn prove(web: &Web, visitor: Option<&Arc<Visitor>>, sent: &str) -> Result<PublicKey, Denial> {
    const WANTS: Problem = Problem::Malformed("challenge.key.signature, each in base64");
    let mut parts = sent.trim().splitn(3, '.');
    let mut next =
        |name| parts.next().ok_or_else(|| field::bad("authorization", WANTS)).map(|text| (name, text));
    let (challenge, key, signature) = (next("challenge")?, next("publicKey")?, next("signature")?);
    let challenge = bytes(challenge.0, challenge.1)?;
    let key = PublicKey(field::bytes(key.0, &bytes(key.0, key.1)?)?);
    let signature = field::bytes(signature.0, &bytes(signature.0, signature.1)?)?;
    let door = visitor.map(|visitor| &**visitor as &dyn Door);
    web.sessions.prove(&web.engine, door, &challenge, key, &signature).await?;
    Ok(key)
}

impl FromRequestParts<Web> for Shown {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        if parts.headers.contains_key(AUTHORIZATION) {
            return Proof::from_request_parts(parts, web).await.map(|Proof { key }| Shown { key });
        }
        Session::from_request_parts(parts, web).await.map(|session| Shown { key: session.key })
    }
}

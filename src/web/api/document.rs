//! Photographs and papers from a browser: whoever has a session, or shows a key with the request, may keep one, and what a camera wrote beside the
//! picture (where, when, by which phone) is taken out before anything is kept.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::access::{Denial, documents, field};
use crate::documents::{DocumentKind, commit};
use crate::wire::Problem;
use crate::words::Both;

use super::super::Web;
use super::super::picture::{self, BadPicture};
use super::no::{self, No};
use super::proof::Shown;

/// What is sent.
#[derive(Deserialize)]
pub(super) struct Ask {
    kind: String,
}

/// `POST /api/document?kind=photo|record|identity|text|pin`, the body being the document's bytes.
pub(super) async fn put(
    State(web): State<Web>,
    _: Shown,
    ask: Result<Query<Ask>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, No> {
    let kind = match ask.as_ref().map(|Query(ask)| ask.kind.as_str()) {
        Ok("photo") => DocumentKind::Photo,
        Ok("record") => DocumentKind::Record,
        Ok("identity") => DocumentKind::Identity,
        Ok("text") => DocumentKind::Text,
        Ok("pin") => DocumentKind::PinHash,
        Ok(_) | Err(_) => {
            let wants = Problem::Malformed("photo, record, identity, text or pin");
            return Err(field::bad("kind", wants).into());
        }
    };
    let sent = no::bytes(body)?;
    if sent.len() > kind.size_max() {
        return Err(Denial::DocumentTooLarge { size: sent.len(), max: kind.size_max() }.into());
    }
    let content = match kind {
        DocumentKind::Photo => picture::stripped(&sent).map_err(unreadable)?,
        DocumentKind::Record if sent.starts_with(b"%PDF-") => sent.to_vec(),
        DocumentKind::Record => picture::stripped(&sent).map_err(unreadable)?,
        DocumentKind::Identity | DocumentKind::Text | DocumentKind::PinHash => sent.to_vec(),
    };
    let size = content.len();
    let commitment = sealed(kind, &content);
    let address = documents::put(&web.engine, kind, content).await?;
    let address = STANDARD.encode(address.as_bytes());
    Ok(no::json(&serde_json::json!({ "address": address, "size": size, "commitment": commitment })))
}

/// What an entry holds of a sealed text: its salt comes first. Browsers have no BLAKE3 of their own.
fn sealed(kind: DocumentKind, content: &[u8]) -> Option<String> {
    let (salt, text) = content.split_first_chunk()?;
    let commitment = || STANDARD.encode(commit(salt, text).as_bytes());
    (kind == DocumentKind::Text).then(commitment)
}

fn unreadable(bad: BadPicture) -> No {
    No::picture(match bad {
        BadPicture::UnknownKind => Both::new(
            "只收 JPEG、PNG、WebP 照片，凭证单据另收 PDF。请换一种再传。",
            "Photographs are JPEG, PNG or WebP; papers may be PDF too. Send it in one of these.",
        ),
        BadPicture::Broken => Both::new(
            "照片不完整，打不开。请重新拍一张再传。",
            "The photograph is not whole and cannot be opened. Take another one and send that.",
        ),
    })
}

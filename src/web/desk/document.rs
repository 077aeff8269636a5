//! `GET /desk/document/<address>`: a piece of evidence for whoever may read it, by the same table, noted in the same
//! way, as gRPC's. Only pictures are shown, as pictures: nothing that was put here is ever run or rendered as a page.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::access::{Credential, Denial, documents};
use crate::documents::{Address, DocumentKind};

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::super::session::Session;

/// Documents read at once; more of them wait, and a page's time limits the wait.
static PLACES: Semaphore = Semaphore::const_new(16);

/// A picture is shown and may do nothing.
const PICTURE_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// `GET /desk/document/{address}`; the address in hexadecimal, as the log writes it.
pub(super) async fn page(
    State(web): State<Web>,
    session: Session,
    address: Result<Path<String>, PathRejection>,
) -> Response {
    let address = address.ok().and_then(|Path(address)| Address::from_hex(&address));
    let Some(address) = address else { return answer::trouble(Trouble::NoSuchDocument) };
    let Ok(_place) = PLACES.acquire().await else { return answer::trouble(Trouble::Unavailable) };
    match documents::get(&web.engine, Credential::Key(session.key), address).await {
        Ok((DocumentKind::Photo | DocumentKind::Record, content)) => match kind(&content) {
            Some(kind) => picture(kind, content),
            None => answer::trouble(Trouble::NotAPicture),
        },
        // Names and texts are read with the command line, where each read is one person's deliberate act.
        Ok(_) | Err(Denial::DocumentUnknown) => answer::trouble(Trouble::NoSuchDocument),
        Err(Denial::ReadDenied(_)) => answer::trouble(Trouble::NotYours),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

fn picture(kind: &'static str, content: Vec<u8>) -> Response {
    let mut response = ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, "inline")], content).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PICTURE_POLICY));
    response
}

/// A BMP says its own length.
fn length(content: &[u8]) -> [u8; 4] {
    u32::try_from(content.len()).unwrap_or(0).to_le_bytes()
}

/// The type by the first bytes; none for what is no picture. SVG is a document and not among them.
fn kind(content: &[u8]) -> Option<&'static str> {
    if content.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else if content.starts_with(b"BM") && content.get(2..6) == Some(&length(content)[..]) {
        Some("image/bmp")
    } else {
        None
    }
}

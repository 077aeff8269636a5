//! The one stylesheet, served under a name that holds the hash of its content: it may be kept for ever, and a
//! new version has a new name.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::answer::{self, Trouble};

/// The stylesheet.
const CONTENT: &str = include_str!("assets/civbank.css");

/// Its name, with the first 64 bits of its BLAKE3 hash.
static NAME: LazyLock<String> = LazyLock::new(|| {
    let hash = blake3::hash(CONTENT.as_bytes()).to_hex();
    format!("civbank-{}.css", &hash.as_str()[..16])
});

/// Where pages link to.
pub(super) fn path() -> String {
    format!("/assets/{}", *NAME)
}

/// `GET /assets/{name}`.
pub(super) async fn asset(name: Result<Path<String>, PathRejection>) -> Response {
    match name {
        Ok(Path(name)) if name == *NAME => {
            let headers = [
                (CONTENT_TYPE, "text/css; charset=utf-8"),
                (CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, CONTENT).into_response()
        }
        _ => answer::trouble(Trouble::NoSuchPage),
    }
}

//! The stylesheets and the icon, served under names that hold the hash of their content: they may be kept for
//! ever, and a new version has a new name.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::answer::{self, Trouble};

/// The stylesheet, without what only its authors read: it comes before a page can be seen.
static CONTENT: LazyLock<String> = LazyLock::new(|| lean(include_str!("assets/civbank.css")));

/// What pages that sign have beside it.
const DESK: &str = include_str!("assets/desk.css");

/// What the sheet for the wall has beside it.
const POSTER: &str = include_str!("assets/poster.css");

/// The icon of pages that run scripts; those that do not carry an empty one.
const ICON: &str = include_str!("assets/civbank.svg");

/// Its name, with the first 64 bits of its BLAKE3 hash.
static NAME: LazyLock<String> = LazyLock::new(|| named("civbank", &CONTENT, "css"));

/// That of the pages that sign.
static DESK_NAME: LazyLock<String> = LazyLock::new(|| named("desk", DESK, "css"));

/// That of the sheet for the wall.
static POSTER_NAME: LazyLock<String> = LazyLock::new(|| named("poster", POSTER, "css"));

/// The icon's, likewise.
static ICON_NAME: LazyLock<String> = LazyLock::new(|| named("civbank", ICON, "svg"));

/// Without comments, indentation and ends of lines. Our stylesheets have neither comment marks nor ends of lines in
/// their texts, and end no line where a space means something.
fn lean(css: &str) -> String {
    let mut rest = css;
    let mut plain = String::with_capacity(css.len());
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain.lines().map(str::trim).collect()
}

fn named(name: &str, content: &str, kind: &str) -> String {
    let hash = blake3::hash(content.as_bytes()).to_hex();
    format!("{name}-{}.{kind}", &hash.as_str()[..16])
}

/// Where pages that sign find theirs.
pub(super) fn desk() -> String {
    format!("/assets/{}", *DESK_NAME)
}

/// Where the sheet for the wall finds its own.
pub(super) fn poster() -> String {
    format!("/assets/{}", *POSTER_NAME)
}

/// Where signing pages find the icon.
pub(super) fn icon() -> String {
    format!("/assets/{}", *ICON_NAME)
}

/// Where pages link to.
pub(super) fn path() -> String {
    format!("/assets/{}", *NAME)
}

/// `GET /assets/{name}`.
pub(super) async fn asset(name: Result<Path<String>, PathRejection>) -> Response {
    match name {
        Ok(Path(name)) if name == *NAME => kept("text/css; charset=utf-8", &CONTENT),
        Ok(Path(name)) if name == *DESK_NAME => kept("text/css; charset=utf-8", DESK),
        Ok(Path(name)) if name == *POSTER_NAME => kept("text/css; charset=utf-8", POSTER),
        Ok(Path(name)) if name == *ICON_NAME => kept("image/svg+xml", ICON),
        _ => answer::trouble(Trouble::NoSuchPage),
    }
}

/// Content that never changes under its name.
pub(super) fn kept(kind: &'static str, content: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, content).into_response()
}

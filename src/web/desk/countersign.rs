//! `GET /countersign#<envelope>`: the second person signs what the first one began, on a device of their own. The
//! envelope stands behind the `#` and comes to the server only once it is whole.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::super::language::Reading;
use super::Frame;

#[derive(Template)]
#[template(path = "countersign.html")]
struct CountersignPage {
    frame: Frame,
}

/// `GET /countersign`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading) -> Response {
    match Frame::alone(&web.engine, lang).await {
        Ok(frame) => answer::signing_page_in(lang, &CountersignPage { frame }, false),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

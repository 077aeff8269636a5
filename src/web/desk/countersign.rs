//! `GET /countersign#<envelope>`: the second person signs what the first one began, on a device of their own. The
//! envelope stands behind the `#` and comes to the server only once it is whole.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::words::Lang;

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::Frame;

#[derive(Template)]
#[template(path = "countersign.html")]
struct CountersignPage {
    frame: Frame,
}

/// `GET /countersign`.
pub(super) async fn page(State(web): State<Web>) -> Response {
    match Frame::alone(&web.engine, Lang::Zh).await {
        Ok(frame) => answer::signing_page(&CountersignPage { frame }, false),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

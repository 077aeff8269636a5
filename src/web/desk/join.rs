//! `GET /join#<seed>`: whoever was invited makes a key here and takes the invitation. The seed stands behind the
//! `#` and never comes to the server.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::words::Lang;

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::Frame;

#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage {
    frame: Frame,
}

/// `GET /join`.
pub(super) async fn page(State(web): State<Web>) -> Response {
    match Frame::alone(&web.engine, Lang::Zh).await {
        Ok(frame) => answer::signing_page(&JoinPage { frame }, false),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

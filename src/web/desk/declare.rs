//! `GET /declare#<card>`: a resident declares a deed with their card. What stands behind the `#`, or is pasted, never
//! comes to the server: the page's scripts sign with it and forget it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::Frame;

#[derive(Template)]
#[template(path = "declare.html")]
struct DeclarePage {
    frame: Frame,
}

/// `GET /declare`.
pub(super) async fn page(State(web): State<Web>) -> Response {
    match Frame::alone(&web.engine).await {
        Ok(frame) => answer::signing_page(&DeclarePage { frame }, false),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

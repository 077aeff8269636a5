//! `GET /join#<seed>`: whoever was invited makes a key here and takes the invitation. The seed stands behind the
//! `#` and never comes to the server.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::super::Web;
use super::super::language::Reading;
use super::{Frame, shown};

#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage {
    frame: Frame,
}

/// `GET /join`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading) -> Response {
    shown(lang, Frame::alone(&web.engine, lang).await.map(|frame| JoinPage { frame }), false)
}

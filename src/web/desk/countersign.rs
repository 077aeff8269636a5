//! `GET /countersign#<envelope>`: the second person signs what the first one began, on a device of their own. The
//! envelope stands behind the `#` and comes to the server only once it is whole.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::super::Web;
use super::super::language::Reading;
use super::{Frame, shown};

#[derive(Template)]
#[template(path = "countersign.html")]
struct CountersignPage {
    frame: Frame,
}

/// `GET /countersign`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading) -> Response {
    shown(lang, Frame::alone(&web.engine, lang).await.map(|frame| CountersignPage { frame }), false)
}

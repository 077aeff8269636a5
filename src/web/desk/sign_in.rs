//! `GET /sign-in`: a key that lies in this browser signs a challenge; where there is none, one is made and an
//! officer is asked to enrol it.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::super::Web;
use super::super::language::Reading;
use super::{Frame, shown};

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    frame: Frame,
    /// A session that was there is over.
    ended: bool,
}

/// `GET /sign-in`.
pub(super) async fn page(
    State(web): State<Web>,
    Reading(lang): Reading,
    RawQuery(query): RawQuery,
) -> Response {
    let ended = query.is_some_and(|query| query == "ended");
    shown(lang, Frame::alone(&web.engine, lang).await.map(|frame| SignInPage { frame, ended }), false)
}

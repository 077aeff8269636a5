//! `GET /desk/cards`: the cards that this browser made with an import, drawn to be printed. Their secrets were never on
//! the server; the page's scripts take them from the browser, and throw them away once they are on paper.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::{Credential, Denial, look};
use crate::bank::words::Role;

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::{Frame, shown};

#[derive(Template)]
#[template(path = "cards.html")]
struct CardsPage {
    frame: Frame,
}

/// `GET /desk/cards`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    let clerk = !session.branches(Role::Clerk).is_empty();
    let composed = look(&web.engine, Credential::Key(session.key), |view, _| match clerk {
        true => Ok(CardsPage { frame: Frame::of(&web.engine, view, lang) }),
        false => Err(Denial::ReadDenied("clerk of the branch")),
    });
    shown(lang, composed.await, false)
}

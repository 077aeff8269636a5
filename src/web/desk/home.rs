//! The own household of whoever is signed in, for pages that take a member's key as well as a card.

use askama::Template;
use axum::response::Response;

use crate::engine::View;
use crate::words::Lang;

use super::super::Web;
use super::super::notice::Me;
use super::super::session::Session;
use super::frame::{Frame, shown};

/// A member's own household, whose book is open.
pub(super) struct Home {
    /// Whoever is signed in.
    pub(super) me: Me,
    /// As a command names it.
    pub(super) household: String,
    /// As people do.
    pub(super) name: String,
    /// Its points may stand on the board.
    pub(super) standings: bool,
}

impl Home {
    /// None where nobody is signed in, or nobody who is a member: they show a card.
    fn of(view: &View, lang: Lang, session: Result<Session, Response>) -> Option<Home> {
        let Session { key, signer, .. } = session.ok()?;
        let id = signer.person()?.household()?;
        let book = view.bank.household(id).ok().filter(|book| !book.closed)?;
        Some(Home {
            me: Me::of(lang, key, signer),
            household: id.to_string(),
            name: lang.household(id),
            standings: book.standings,
        })
    }
}

/// Such a page: beside the frame it needs the household only, and without one it asks for the card.
pub(super) async fn page<T: Template>(
    web: &Web,
    lang: Lang,
    session: Result<Session, Response>,
    page: impl FnOnce(Frame, Option<Home>) -> T,
) -> Response {
    let composed = web.engine.read(|view| {
        let home = Home::of(view, lang, session);
        page(Frame::of(&web.engine, view, lang), home)
    });
    shown(lang, composed.await, true)
}

//! The own household of whoever is signed in, for pages that take a member's key as well as a card.

use axum::response::Response;

use crate::engine::View;
use crate::words::Lang;

use super::super::notice::Me;
use super::super::session::Session;

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
    pub(super) fn of(view: &View, lang: Lang, session: Result<Session, Response>) -> Option<Home> {
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

//! What every page that signs has around its own content.

use askama::Template;
use axum::response::Response;

use crate::access::Denial;
use crate::access::titles::InBank;
use crate::engine::{Engine, View};
use crate::words::Lang;

use super::super::answer::{self, Trouble};
use super::super::{scripts, stylesheet};

/// The frame: where styles and scripts are, which bank this is, and what its clock says.
pub(in crate::web) struct Frame {
    /// The language of the page and of what its scripts say.
    pub(in crate::web) lang: Lang,
    /// Path of the stylesheet.
    pub(in crate::web) stylesheet: String,
    /// Path of what these pages have beside it.
    pub(in crate::web) desk_stylesheet: String,
    /// Path of the icon.
    pub(in crate::web) icon: String,
    /// Path before a script's name, without a slash at the end.
    pub(in crate::web) scripts: String,
    /// The origin that a command must name.
    pub(in crate::web) origin: String,
    /// The bank's clock in milliseconds: a phone's own may be wrong.
    pub(in crate::web) now_ms: i64,
    /// The head bank's name; empty before the bank has begun.
    pub(in crate::web) bank: String,
}

impl Frame {
    /// The frame, from a look that the page takes anyway.
    pub(in crate::web) fn of(engine: &Engine, view: &View, lang: Lang) -> Frame {
        let bank = view.bank;
        let title = bank.origin().and_then(|_| InBank { bank, home: bank.head() }.branch(bank.head()));
        Frame {
            lang,
            stylesheet: stylesheet::path(),
            desk_stylesheet: stylesheet::desk(),
            icon: stylesheet::icon(),
            scripts: scripts::base(),
            origin: engine.origin().to_owned(),
            now_ms: view.now.0,
            bank: title.unwrap_or_default(),
        }
    }

    /// One of two texts, by the page's language.
    pub(in crate::web) const fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.lang.t(zh, en)
    }

    /// A text that goes on paper for a resident: Chinese, whoever sits before the page.
    pub(in crate::web) const fn written<'a>(&self, text: &'a str) -> &'a str {
        text
    }

    /// The frame of a page that looks at nothing else.
    ///
    /// # Errors
    ///
    /// The engine has stopped.
    pub(in crate::web) async fn alone(engine: &Engine, lang: Lang) -> Result<Frame, Denial> {
        Ok(engine.read(|view| Frame::of(engine, view, lang)).await?)
    }
}

/// A page that signs, or why there is none; `camera` for pages that ask for a card.
pub(super) fn shown<T: Template>(
    lang: Lang,
    composed: Result<T, impl Into<Denial>>,
    camera: bool,
) -> Response {
    match composed.map_err(Into::into) {
        Ok(page) => answer::signing_page_in(lang, &page, camera),
        Err(Denial::ReadDenied(_)) => answer::trouble(Trouble::NotYours),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

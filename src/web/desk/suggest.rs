//! `GET /suggest?branch=370829199201` and `GET /publicity`: a household says what it thinks, and whether its points may
//! stand on the board; with its card, or with the key that is signed in.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::bank::authority::{Act, Subject};
use crate::bank::ids::Branch;
use crate::bank::{MONTH_SUGGESTIONS_MAX, Signer};
use crate::engine::View;

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::super::language::Reading;
use super::super::notice::Me;
use super::super::session::Session;
use super::Frame;
use super::home::{self, Home};

/// Which village.
#[derive(Deserialize)]
pub(super) struct Ask {
    branch: String,
}

#[derive(Template)]
#[template(path = "suggest.html")]
struct SuggestPage {
    frame: Frame,
    branch: String,
    code: String,
    at_most: u32,
    me: Option<Me>,
}

#[derive(Template)]
#[template(path = "publicity.html")]
struct PublicityPage {
    frame: Frame,
    home: Option<Home>,
}

/// `GET /suggest`. What is no village is a page that nobody knows.
pub(super) async fn page(
    State(web): State<Web>,
    Reading(lang): Reading,
    session: Result<Session, Response>,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Response {
    let branch: Option<Branch> = ask.ok().and_then(|Query(ask)| ask.branch.parse().ok());
    let Some(branch) = branch else { return answer::trouble(Trouble::NoSuchPage) };
    // Whoever is not signed in speaks with a card.
    let signer = session.ok().map(|session| (session.key, session.signer));
    let composed = web.engine.read(|view| {
        let (_, title) = super::super::board::titles(view, branch)?;
        let me = signer.filter(|(_, signer)| speaks(view, *signer, branch));
        Some(SuggestPage {
            frame: Frame::of(&web.engine, view, lang),
            branch: title,
            code: branch.to_string(),
            at_most: MONTH_SUGGESTIONS_MAX,
            me: me.map(|(key, signer)| Me::of(lang, key, signer)),
        })
    });
    match composed.await {
        Ok(Some(page)) => answer::signing_page_in(lang, &page, true),
        Ok(None) => answer::trouble(Trouble::NoSuchPage),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

fn speaks(view: &View, signer: Signer, branch: Branch) -> bool {
    view.bank.may(Act::Suggest, signer, &Subject::branch(branch), view.now)
}

/// `GET /publicity`.
pub(super) async fn publicity(
    State(web): State<Web>,
    Reading(lang): Reading,
    session: Result<Session, Response>,
) -> Response {
    home::page(&web, lang, session, |frame, home| PublicityPage { frame, home }).await
}

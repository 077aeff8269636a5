//! `GET /declare#<card>`: a resident declares a deed with their card, or with the key that is signed in. What stands behind the `#`, or is pasted, never
//! comes to the server: the page's scripts sign with it and forget it.
//!
//! `GET /desk/declare`: the same page for a liaison or proxy, who files for a household that asked them to.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::Denial;
use crate::access::{Credential, look};
use crate::bank::words::Role;

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::home::{self, Home};
use super::{Frame, shown};

#[derive(Template)]
#[template(path = "declare.html")]
struct DeclarePage {
    frame: Frame,
    /// Whoever files for others.
    proxy: Option<Proxy>,
    /// The household of whoever is signed in.
    home: Option<Home>,
}

/// A person who files for others.
struct Proxy {
    /// The key that signed in.
    key: String,
    /// As a command names them.
    person: String,
    /// As people do.
    who: String,
    /// Households that asked them to, with a space between.
    homes: String,
}

/// `GET /declare`.
pub(super) async fn page(
    State(web): State<Web>,
    Reading(lang): Reading,
    session: Result<Session, Response>,
) -> Response {
    home::page(&web, lang, session, |frame, home| DeclarePage { frame, proxy: None, home }).await
}

/// `GET /desk/declare`.
pub(super) async fn for_others(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    let composed = look(&web.engine, Credential::Key(session.key), |view, reader| {
        let person = reader.person().ok_or(Denial::ReadDenied("liaison or proxy"))?;
        let offices: Vec<_> = view.bank.offices(person, view.now).collect();
        if !offices.iter().any(|office| matches!(office.role, Role::Liaison | Role::Proxy)) {
            return Err(Denial::ReadDenied("liaison or proxy"));
        }
        let served = offices.iter().filter(|office| office.role == Role::Proxy);
        let homes: Vec<String> =
            served.flat_map(|office| &office.households).map(|household| household.to_string()).collect();
        let proxy = Proxy {
            key: session.key.to_string(),
            person: person.to_string(),
            who: lang.person(person),
            homes: homes.join(" "),
        };
        Ok(DeclarePage { frame: Frame::of(&web.engine, view, lang), proxy: Some(proxy), home: None })
    });
    shown(lang, composed.await, true)
}

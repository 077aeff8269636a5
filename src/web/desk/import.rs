//! `GET /desk/import`: a clerk opens many households from one sheet. The page's scripts have the sheet checked, make
//! cards and commands, and send them; what was made stays in the browser until its cards are printed.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::titles::InBank;
use crate::access::{Credential, Denial, look};
use crate::bank::ids::Branch;
use crate::bank::words::Role;
use crate::engine::View;
use crate::wire::limits::{IMPORT_BYTES_MAX, IMPORT_ROWS_MAX, MEMBERS};

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::{Frame, shown};

/// A branch whose clerk the person is.
struct Desk {
    code: String,
    title: String,
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    frame: Frame,
    key: String,
    desks: Vec<Desk>,
    rows: usize,
    members: usize,
    megabytes: usize,
}

/// `GET /desk/import`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    let branches = session.branches(Role::Clerk);
    let composed = look(&web.engine, Credential::Key(session.key), |view, _| {
        if branches.is_empty() {
            return Err(Denial::ReadDenied("clerk of the branch"));
        }
        Ok(ImportPage {
            frame: Frame::of(&web.engine, view, lang),
            key: session.key.to_string(),
            desks: branches.iter().map(|branch| desk(view, *branch)).collect(),
            rows: IMPORT_ROWS_MAX,
            members: *MEMBERS.end(),
            megabytes: IMPORT_BYTES_MAX >> 20,
        })
    });
    shown(lang, composed.await, false)
}

fn desk(view: &View, branch: Branch) -> Desk {
    let title = InBank { bank: view.bank, home: branch }.branch(branch);
    Desk { code: branch.to_string(), title: title.unwrap_or_default() }
}

//! `GET /object?declaration=7`: whoever thinks that a row on the board is wrong objects to it here, with the
//! household's card or with their own key, or reads to whom they can say it by name instead.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::bank::Bank;
use crate::bank::ids::Branch;
use crate::bank::time::Time;
use crate::bank::words::Role;
use crate::engine::View;
use crate::words::Lang;

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::super::language::Reading;
use super::super::notice::{self, Choice, Me, Named, Notice};
use super::super::session::Session;
use super::Frame;

#[derive(Template)]
#[template(path = "object.html")]
struct ObjectPage {
    frame: Frame,
    branch: String,
    code: String,
    notice: Notice,
    grounds: Vec<Choice>,
    supervisors: Vec<String>,
    me: Option<Me>,
}

/// `GET /object`. What the board does not show is a page that nobody knows.
pub(super) async fn page(
    State(web): State<Web>,
    Reading(lang): Reading,
    session: Result<Session, Response>,
    named: Result<Query<Named>, QueryRejection>,
) -> Response {
    let Ok(Query(named)) = named else { return answer::trouble(Trouble::NotOnNotice) };
    // Whoever is not signed in objects with a card.
    let session = session.ok();
    let composed = web.engine.read(|view| compose(&web, view, lang, session.as_ref(), named)).await;
    match composed {
        Ok(Some(page)) => answer::signing_page_in(lang, &page, true),
        Ok(None) => answer::trouble(Trouble::NotOnNotice),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

fn compose(
    web: &Web,
    view: &View,
    lang: Lang,
    session: Option<&Session>,
    named: Named,
) -> Option<ObjectPage> {
    let (case, row) = named.find(view)?;
    let me = session.filter(|one| notice::check_objector(view, one.signer, case.branch).is_ok());
    Some(ObjectPage {
        frame: Frame::of(&web.engine, view, lang),
        branch: view.bank.branch(case.branch).ok()?.title.clone(),
        code: case.branch.to_string(),
        notice: Notice::of(view, lang, named.declaration, case, row),
        grounds: notice::grounds(lang, false),
        supervisors: supervisors(view.bank, lang, case.branch, view.now),
        me: me.map(|one| Me::of(lang, one.key, one.signer)),
    })
}

/// Who watches over a village, by their number: names do not stand in the log.
fn supervisors(bank: &Bank, lang: Lang, branch: Branch, now: Time) -> Vec<String> {
    let offices = bank.offices_of(branch, now);
    let watching = offices.iter().filter(|(_, office)| office.role == Role::Supervisor);
    watching.map(|(person, _)| lang.person(*person)).collect()
}

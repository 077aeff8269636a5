//! `GET /b/{branch}`: a village's public board, for whoever stands before the poster on its wall.
//!
//! What is on notice and until when, what waits where, the money and the points, the goods and what they cost, and
//! the catalogue in force. Everything is current state of one moment. Neighbours are masked as on paper boards;
//! deductions and vetoes are told to the household alone and only counted here.

mod catalogue;
mod funds;
mod notices;
mod poster;
mod public;
mod shelf;

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::Method;
use axum::response::{IntoResponse, Redirect, Response};

use crate::bank::Counts;
use crate::bank::ids::Branch;
use crate::engine::View;
use crate::words::Lang;

use super::answer::{self, Trouble};
use super::language::Reading;
use super::passbook::Checkpoint;
use super::witnesses::{Seen, Witness};
use super::{Web, stylesheet};

use catalogue::Beauty;
use notices::Notices;

use public::{Heard, Honours};

pub(super) use funds::Funds;
pub(super) use shelf::Shelf;

pub(super) use poster::page as poster;

/// A board at one moment.
struct Board {
    bank: String,
    branch: String,
    code: String,
    now: String,
    households: u64,
    /// Committee members in office.
    seated: usize,
    /// Votes that decide.
    quorum: u32,
    notices: Notices,
    /// Declarations and sheets that wait for a liaison.
    reviewing: u64,
    /// Declarations and sheets that wait for the committee.
    deciding: u64,
    /// Those with a stage past its deadline.
    overdue: u64,
    /// Rows with an open objection.
    objected: u64,
    /// Deductions and vetoes on notice.
    deductions: u64,
    /// This month.
    month: Counts,
    /// Since the branch opened.
    total: Counts,
    honours: Honours,
    heard: Heard,
    funds: Funds,
    shelf: Shelf,
    beauties: Vec<Beauty>,
    catalogue_version: String,
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    stylesheet: String,
    lang: Lang,
    board: Board,
    checkpoint: Checkpoint,
    /// Name of the log's key.
    origin: String,
    /// Scans of the poster this month.
    scans: u64,
    seen: Arc<Seen>,
}

impl BoardPage {
    /// When a witness saw the tree.
    fn seen_at(&self, witness: &Witness) -> String {
        witness.at.map_or(String::new(), |at| self.lang.time(at))
    }
}

/// `GET /b/{branch}`. A code that is not a village's gets the page for paths that nobody knows.
///
/// `?s=1` is what the poster's code says: it is counted, and sent on to the plain address, so that looking again is no
/// further scan.
pub(super) async fn page(
    State(web): State<Web>,
    Reading(lang): Reading,
    method: Method,
    RawQuery(query): RawQuery,
    code: Result<Path<String>, PathRejection>,
) -> Response {
    let branch: Option<Branch> = code.ok().and_then(|Path(code)| code.parse().ok());
    let Some(branch) = branch else { return answer::trouble(Trouble::NoSuchPage) };
    let scanned = query.is_some_and(|query| query == "s=1");
    if scanned {
        let found = web.engine.read(|view| (titles(view, branch).is_some(), view.now.day().month())).await;
        return match found {
            Ok((true, month)) => {
                // A look at the headers alone is no scan.
                if method == Method::GET {
                    web.scans.count(branch, month);
                }
                Redirect::to(&format!("/b/{branch}")).into_response()
            }
            Ok((false, _)) => answer::trouble(Trouble::NoSuchPage),
            Err(_) => answer::trouble(Trouble::Unavailable),
        };
    }
    let looked =
        web.engine.read(|view| (board(view, lang, branch), web.engine.published(), view.now.day().month()));
    match looked.await {
        Ok((Some(mut board), published, month)) => {
            board.heard.read(&web.engine).await;
            let page = BoardPage {
                stylesheet: stylesheet::path(),
                lang,
                board,
                checkpoint: Checkpoint::of(&published),
                origin: web.engine.origin().to_owned(),
                scans: web.scans.of(branch, month),
                seen: web.witnesses.seen(&web.engine).await,
            };
            answer::page_in(lang, &page)
        }
        Ok((None, ..)) => answer::trouble(Trouble::NoSuchPage),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

/// Names of the bank and of a village; none of the head bank, which keeps no households.
pub(super) fn titles(view: &View, branch: Branch) -> Option<(String, String)> {
    let bank = view.bank;
    // A bank that has not begun has no branches, and no head either.
    let title = bank.branch(branch).ok()?.title.clone();
    let head = bank.head();
    let bank = bank.branch(head).map_or(String::new(), |head| head.title.clone());
    (branch != head).then_some((bank, title))
}

/// The board of a village; the head bank has none, for it keeps no households.
fn board(view: &View, lang: Lang, branch: Branch) -> Option<Board> {
    let bank = view.bank;
    // A bank that has not begun has no branches, and no head either.
    let state = bank.branch(branch).ok()?;
    let head = bank.head();
    if branch == head {
        return None;
    }
    let waiting = bank.board(branch).ok()?;
    let seated = bank.seated(branch, view.now).len();
    let (beauties, catalogue_version) = catalogue::in_force(view, lang, branch);
    Some(Board {
        bank: bank.branch(head).map_or(String::new(), |head| head.title.clone()),
        branch: state.title.clone(),
        code: branch.to_string(),
        now: lang.time(view.now),
        households: state.open_households,
        seated,
        quorum: bank.policy(branch).votes_needed(seated as u32),
        notices: Notices::of(view, lang, &waiting),
        reviewing: waiting.waiting_review,
        deciding: waiting.waiting_decision,
        overdue: waiting.overdue,
        objected: waiting.objections,
        deductions: waiting.deductions,
        month: state.record.month(view.now.day()),
        total: state.record.total,
        honours: Honours::of(view, branch),
        heard: Heard::of(lang, state),
        funds: Funds::of(view, lang, branch, state),
        shelf: Shelf::of(state),
        beauties,
        catalogue_version,
    })
}

//! `GET /b/{branch}`: a village's public board, for whoever stands before the poster on its wall.
//!
//! What is on notice and until when, what waits where, the money and the points, the goods and what they cost, and
//! the catalogue in force. Everything is current state of one moment. Neighbours are masked as on paper boards;
//! deductions and vetoes are told to the household alone and only counted here.

mod catalogue;
mod funds;
mod notices;
mod shelf;

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::bank::ids::Branch;
use crate::engine::View;
use crate::words::date;

use super::answer::{self, Trouble};
use super::passbook::Checkpoint;
use super::{Web, stylesheet};

use catalogue::Beauty;
use notices::Notices;

pub(super) use funds::Funds;
pub(super) use shelf::Shelf;

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
    credited: u64,
    refused: u64,
    funds: Funds,
    shelf: Shelf,
    beauties: Vec<Beauty>,
    catalogue_version: String,
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    stylesheet: String,
    board: Board,
    checkpoint: Checkpoint,
}

/// `GET /b/{branch}`. A code that is not a village's gets the page for paths that nobody knows.
pub(super) async fn page(State(web): State<Web>, code: Result<Path<String>, PathRejection>) -> Response {
    let branch: Option<Branch> = code.ok().and_then(|Path(code)| code.parse().ok());
    let Some(branch) = branch else { return answer::trouble(Trouble::NoSuchPage) };
    match web.engine.read(|view| (board(view, branch), web.engine.published())).await {
        Ok((Some(board), published)) => {
            let checkpoint = Checkpoint::of(&published);
            answer::page(&BoardPage { stylesheet: stylesheet::path(), board, checkpoint })
        }
        Ok((None, _)) => answer::trouble(Trouble::NoSuchPage),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

/// The board of a village; the head bank has none, for it keeps no households.
fn board(view: &View, branch: Branch) -> Option<Board> {
    let bank = view.bank;
    // A bank that has not begun has no branches, and no head either.
    let state = bank.branch(branch).ok()?;
    let head = bank.head();
    if branch == head {
        return None;
    }
    let waiting = bank.board(branch).ok()?;
    let seated = bank.seated(branch, view.now).len();
    let (beauties, catalogue_version) = catalogue::in_force(view, branch);
    Some(Board {
        bank: bank.branch(head).map_or(String::new(), |head| head.title.clone()),
        branch: state.title.clone(),
        code: branch.to_string(),
        now: date::time(view.now),
        households: state.open_households,
        seated,
        quorum: bank.policy(branch).votes_needed(seated as u32),
        notices: Notices::of(view, branch, &waiting),
        reviewing: waiting.waiting_review,
        deciding: waiting.waiting_decision,
        overdue: waiting.overdue,
        objected: waiting.objections,
        deductions: waiting.deductions,
        credited: state.credited_total,
        refused: state.refused_total,
        funds: Funds::of(view, branch, state),
        shelf: Shelf::of(state),
        beauties,
        catalogue_version,
    })
}

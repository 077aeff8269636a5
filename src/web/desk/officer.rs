//! `GET /desk/officer`: the head bank's desk. Every branch at a glance: what waits where and what is late, points that
//! are left to give, whether the shelf covers what households hold, and goods that run out. The parts stand behind
//! links.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::reader::{Reader, Sight};
use crate::access::{Credential, Denial, look};
use crate::bank::BranchState;
use crate::bank::authority::Subject;
use crate::bank::ids::Branch;
use crate::engine::View;
use crate::words::Lang;

use super::super::Web;
use super::super::board::{Funds, Shelf};
use super::super::language::Reading;
use super::super::session::Session;
use super::{Frame, shown};

/// Pieces below which goods count as running out: the bank knows no reorder level of its own.
const FEW_PIECES: i64 = 10;

/// One branch.
struct Glance {
    code: String,
    title: String,
    households: u64,
    reviewing: u64,
    deciding: u64,
    notice: u64,
    objected: u64,
    overdue: u64,
    /// Points that are left to give.
    budget: i64,
    /// Points issued so far, and the money behind them.
    issued: i64,
    money: String,
    /// What the shelf is worth against what households hold, in percent; none where they hold nothing.
    cover: Option<i64>,
    /// Kinds of goods that are out, and that are nearly so.
    out: usize,
    few: usize,
}

#[derive(Template)]
#[template(path = "officer.html")]
struct OfficerPage {
    frame: Frame,
    branches: Vec<Glance>,
    /// Objections and disputes that wait for a ruling.
    rulings: usize,
    few: i64,
}

/// Only an officer of the head bank sees the desk's parts.
pub(super) fn officer_only(view: &View, reader: &Reader) -> Result<(), Denial> {
    match reader.is(view, Sight::Officer, &Subject::default()) {
        true => Ok(()),
        false => Err(Denial::ReadDenied("officer of the head bank")),
    }
}

/// `GET /desk/officer`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    let composed = look(&web.engine, Credential::Key(session.key), |view, reader| {
        officer_only(view, reader)?;
        let head = view.bank.head();
        let villages = view.bank.branches(None).filter(|(code, _)| *code != head);
        let branches: Vec<Glance> =
            villages.filter_map(|(code, state)| glance(view, lang, code, state)).collect();
        let objected: u64 = branches.iter().map(|branch| branch.objected).sum();
        Ok(OfficerPage {
            frame: Frame::of(&web.engine, view, lang),
            rulings: objected as usize + view.bank.disputes().count(),
            branches,
            few: FEW_PIECES,
        })
    });
    shown(lang, composed.await, false)
}

fn glance(view: &View, lang: Lang, code: Branch, state: &BranchState) -> Option<Glance> {
    let board = view.bank.board(code).ok()?;
    let (funds, shelf) = (Funds::of(view, lang, code, state), Shelf::of(state));
    let on_notice = board.lines.iter().filter(|line| !line.objected).count() as u64;
    let money = state.funds.values().map(|(fen, _)| fen).sum();
    Some(Glance {
        code: code.to_string(),
        title: state.title.clone(),
        households: state.open_households,
        reviewing: board.waiting_review,
        deciding: board.waiting_decision,
        notice: on_notice + board.deductions,
        objected: board.objections,
        overdue: board.overdue,
        budget: funds.budget,
        issued: funds.issued,
        money: lang.yuan(money),
        cover: (funds.outstanding > 0).then(|| shelf.worth.saturating_mul(100) / funds.outstanding),
        out: shelf.goods.iter().filter(|goods| goods.stock <= 0).count(),
        few: shelf.goods.iter().filter(|goods| (1..FEW_PIECES).contains(&goods.stock)).count(),
    })
}

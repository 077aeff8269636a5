//! `GET /desk/budget`: points are issued to a branch against money, with the voucher that shows it. Beside the form
//! stands what every branch was given so far, by source, and what is left of it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::{Credential, look};
use crate::bank::BranchState;
use crate::bank::ids::Branch;
use crate::bank::words::FundSource;
use crate::engine::View;
use crate::wire::limits::{BUDGET_FEN, BUDGET_POINTS};
use crate::wire::pb;
use crate::words::Lang;

use super::super::Web;
use super::super::board::Funds;
use super::super::language::Reading;
use super::super::session::Session;
use super::facts::Reason;
use super::officer::officer_only;
use super::{Frame, shown};

/// One branch's points.
struct Purse {
    code: String,
    title: String,
    funds: Funds,
    /// Money in all.
    money: String,
    /// Points that the cases now waiting for the committee would take at most.
    waiting: u64,
    /// They would not all find points.
    short: bool,
}

#[derive(Template)]
#[template(path = "budget.html")]
struct BudgetPage {
    frame: Frame,
    key: String,
    purses: Vec<Purse>,
    sources: Vec<Reason>,
    today: String,
    points_max: i64,
    yuan_max: i64,
}

/// `GET /desk/budget`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    let composed = look(&web.engine, Credential::Key(session.key), |view, reader| {
        officer_only(view, reader)?;
        let head = view.bank.head();
        let villages = view.bank.branches(None).filter(|(code, _)| *code != head);
        Ok(BudgetPage {
            frame: Frame::of(&web.engine, view, lang),
            key: session.key.to_string(),
            purses: villages.map(|(code, state)| purse(view, lang, code, state)).collect(),
            sources: FundSource::ALL.iter().map(|source| source_named(lang, *source)).collect(),
            today: lang.day(view.now.day()),
            points_max: *BUDGET_POINTS.end(),
            yuan_max: *BUDGET_FEN.end() / 100,
        })
    });
    shown(lang, composed.await, false)
}

fn source_named(lang: Lang, source: FundSource) -> Reason {
    let word = pb::FundSource::try_from(source.number()).unwrap_or_default();
    Reason { name: word.as_str_name(), text: lang.name(source) }
}

fn purse(view: &View, lang: Lang, code: Branch, state: &BranchState) -> Purse {
    let cases = state.cases.iter().filter_map(|number| view.bank.case(*number).ok());
    let rows = cases.flat_map(|case| &case.rows);
    let waits = rows.filter(|row| row.state == crate::bank::words::State::Endorsed && row.earns());
    let waiting: u64 = waits.map(|row| u64::from(row.item.points_max) * u64::from(row.quantity)).sum();
    let money = state.funds.values().map(|(fen, _)| fen).sum();
    let funds = Funds::of(view, lang, code, state);
    Purse {
        code: code.to_string(),
        title: state.title.clone(),
        short: waiting > u64::try_from(funds.budget).unwrap_or(0),
        funds,
        money: lang.yuan(money),
        waiting,
    }
}

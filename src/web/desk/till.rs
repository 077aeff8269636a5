//! `GET /till`: a shop's till in a browser. It sells with the terminal's key and the customer's card, takes goods back,
//! and begins the count at shift close; a cashier with a key of their own sees the same and may count.
//!
//! The page shows the shelf, what was sold and came back today, and what of the days before may still come back, as the
//! log has it. What a card may spend is asked by
//! scripts once there is one (`api/till.rs`).

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::titles::InBank;
use crate::access::{Credential, Denial, history, look};
use crate::bank::Signer;
use crate::bank::effects::Change;
use crate::bank::ids::{Branch, Sku, TerminalId};
use crate::bank::time::Time;
use crate::bank::words::Role;
use crate::engine::{Engine, HistoryKind, View};
use crate::wire::Entry;
use crate::words::{Lang, date, sentence};

use super::super::Web;
use super::super::language::Reading;
use super::super::notice::who;
use super::super::session::Session;
use super::{Frame, shown};

/// Entries that are read: a till that did more says so.
const ENTRIES_MAX: usize = 2_000;
/// Indexes asked for at once.
const CHUNK: usize = 256;

/// Whose till it is, and what of the log is its day.
#[derive(Clone, Copy)]
enum Till {
    /// It sells.
    Terminal(TerminalId),
    /// A cashier's own key: every till of the branch is shown, none can sell.
    Cashier(Branch),
}

/// One kind of goods.
struct Goods {
    sku: String,
    title: String,
    measure: String,
    points: u32,
    version: u32,
    stock: i64,
    /// Pieces for one household in one month; 0: no limit.
    limit: u32,
}

/// Sales of days before that are shown.
const EARLIER_MAX: usize = 100;

/// One redemption.
struct Sale {
    number: u64,
    /// `14:05`; of a day before with the day.
    at: String,
    household: String,
    name: String,
    total: u32,
    lines: Vec<Line>,
    /// Something of it can still come back.
    open: bool,
}

/// Goods of a redemption.
struct Line {
    sku: String,
    title: String,
    measure: String,
    quantity: u32,
    back: u32,
    left: u32,
}

/// What happened today, and what of before may come back.
#[derive(Default)]
struct Day {
    /// Newest first.
    sales: Vec<Sale>,
    /// Of the days before, within the refund days: those of which something is left. Newest first.
    earlier: Vec<Sale>,
    sold: i64,
    refunds: usize,
    returned: i64,
    /// There was more than is shown.
    cut: bool,
}

#[derive(Template)]
#[template(path = "till.html")]
struct TillPage {
    frame: Frame,
    key: String,
    /// As the slip has it, in Chinese.
    who: String,
    branch: String,
    title: String,
    selling: bool,
    today: String,
    refund_days: u32,
    goods: Vec<Goods>,
    /// None where history is not to be had: selling goes on.
    day: Option<Day>,
}

/// `GET /till`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    let composed = composed(&web, lang, &session).await;
    let selling = composed.as_ref().is_ok_and(|page| page.selling);
    shown(lang, composed, selling)
}

async fn composed(web: &Web, lang: Lang, session: &Session) -> Result<TillPage, Denial> {
    let till = till(session)?;
    let entries = match recent(&web.engine, till).await {
        Ok(entries) => Some(entries),
        Err(Denial::HistoryUnavailable) => None,
        Err(denial) => return Err(denial),
    };
    look(&web.engine, Credential::Key(session.key), |view, _| {
        compose(web, view, lang, session, till, entries)
    })
    .await
}

fn till(session: &Session) -> Result<Till, Denial> {
    match session.signer {
        Signer::Terminal(terminal) => Ok(Till::Terminal(terminal)),
        Signer::Person(_) | Signer::Passbook(_) => {
            let branch = session.branches(Role::Cashier).first().copied();
            branch.map(Till::Cashier).ok_or(Denial::ReadDenied("a terminal, or a cashier of the branch"))
        }
    }
}

/// The till's entries of today and, where it sells, of the days whose sales may come back; newest first, and whether
/// there were more.
async fn recent(engine: &Engine, till: Till) -> Result<(Vec<Entry>, bool), Denial> {
    let (kind, id, days) = match till {
        Till::Terminal(terminal) => {
            let days = engine.read(|view| view.bank.policy(terminal.branch()).refund_days).await?;
            (HistoryKind::Actor, terminal.to_bytes(), days)
        }
        Till::Cashier(branch) => (HistoryKind::Branch, branch.number().to_be_bytes(), 0),
    };
    let since = engine.now().day().plus(-(days as i32)).start();
    let (mut found, mut before) = (Vec::new(), None);
    while found.len() < ENTRIES_MAX {
        let indexes = engine.history(kind, &id, before, CHUNK).await?;
        let Some(last) = indexes.last() else { return Ok((found, false)) };
        before = Some(*last);
        for entry in history::entries(engine, indexes).await? {
            if entry.time < since {
                return Ok((found, false));
            }
            found.push(entry);
        }
    }
    Ok((found, true))
}

fn compose(
    web: &Web,
    view: &View,
    lang: Lang,
    session: &Session,
    till: Till,
    entries: Option<(Vec<Entry>, bool)>,
) -> Result<TillPage, Denial> {
    let branch = match till {
        Till::Terminal(terminal) => terminal.branch(),
        Till::Cashier(branch) => branch,
    };
    let state = view.bank.branch(branch)?;
    let mut goods: Vec<Goods> = state
        .shelves
        .iter()
        .map(|(sku, shelf)| Goods {
            sku: sku.to_string(),
            title: shelf.price.title.clone(),
            measure: shelf.price.measure.clone(),
            points: shelf.price.points,
            version: shelf.version,
            stock: shelf.stock,
            limit: shelf.price.month_limit,
        })
        .collect();
    goods.sort_by(|a, b| (a.points, &a.sku).cmp(&(b.points, &b.sku)));
    Ok(TillPage {
        frame: Frame::of(&web.engine, view, lang),
        key: session.key.to_string(),
        who: who(Lang::Zh, session.signer),
        branch: branch.to_string(),
        title: state.title.clone(),
        selling: matches!(till, Till::Terminal(_)),
        today: lang.day(view.now.day()),
        refund_days: view.bank.policy(branch).refund_days,
        goods,
        day: entries.map(|(entries, cut)| Day { cut, ..day(view, lang, branch, &entries) }),
    })
}

/// What of these entries, newest first, was sold in this branch and came back.
fn day(view: &View, lang: Lang, branch: Branch, entries: &[Entry]) -> Day {
    let (bank, start) = (view.bank, view.now.day().start());
    let titles = InBank { bank, home: branch };
    let mut day = Day::default();
    let mut back: BTreeMap<(u64, Sku), u32> = BTreeMap::new();
    for entry in entries {
        let today = entry.time >= start;
        for change in &entry.effects.changes {
            match change {
                Change::Refunded { redemption, lines, total, .. } => {
                    day.refunds += usize::from(today);
                    day.returned += if today { i64::from(*total) } else { 0 };
                    for line in lines {
                        *back.entry((*redemption, line.sku)).or_default() += line.quantity;
                    }
                }
                Change::Redeemed { household, terminal, lines, total, .. } if terminal.branch() == branch => {
                    let line = |line: &crate::bank::command::RedeemLine| {
                        let back = back.get(&(entry.index, line.sku)).copied().unwrap_or_default();
                        let shelf = bank.shelf(branch, line.sku).ok();
                        Line {
                            sku: line.sku.to_string(),
                            title: titles.goods(branch, line.sku).unwrap_or_else(|| line.sku.to_string()),
                            measure: shelf.map_or_else(String::new, |shelf| shelf.price.measure.clone()),
                            quantity: line.quantity,
                            back,
                            left: line.quantity.saturating_sub(back),
                        }
                    };
                    let lines: Vec<Line> = lines.iter().map(line).collect();
                    let sale = Sale {
                        number: entry.index,
                        at: if today { clock(entry.time) } else { date::time_digits(entry.time) },
                        household: household.to_string(),
                        name: sentence(&lang.household(*household)),
                        total: *total,
                        open: lines.iter().any(|line| line.left > 0),
                        lines,
                    };
                    if today {
                        day.sold += i64::from(*total);
                        day.sales.push(sale);
                    } else if sale.open && day.earlier.len() < EARLIER_MAX {
                        day.earlier.push(sale);
                    }
                }
                _ => {}
            }
        }
    }
    day
}

/// The time of day in Shanghai.
fn clock(time: Time) -> String {
    let whole = date::time_digits(time);
    whole.split(' ').next_back().unwrap_or_default().to_owned()
}

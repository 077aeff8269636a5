//! A sheet of households, looked at before anything is signed: either every household that it would open, or
//! everything that is wrong with it, line by line. Nothing is written and nothing is kept.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::access::{Denial, field};
use crate::bank::ids::Branch;
use crate::bank::words::Role;
use crate::wire::Problem;
use crate::wire::limits::IMPORT_FAULTS_MAX;
use crate::words::Lang;

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::super::sheet::{self, Fault, Home};
use super::no::{self, No};

/// Whose households they are to be.
#[derive(Deserialize)]
pub(super) struct Ask {
    branch: String,
}

/// The answer; `homes` is empty where anything is wrong.
#[derive(Serialize)]
struct Checked {
    homes: Vec<Told>,
    faults: Vec<Wrong>,
    /// Faults beyond those told.
    more: usize,
}

#[derive(Serialize)]
struct Told {
    row: u32,
    /// As a command names it.
    household: String,
    /// As people do.
    name: String,
    members: Vec<String>,
}

#[derive(Serialize)]
struct Wrong {
    /// 0: the sheet as a whole.
    row: u32,
    /// A, B, …; empty: the line as a whole.
    column: String,
    what: String,
}

/// `POST /api/sheet?branch=370829199201`, the body being the file's bytes. For the clerk of the branch, who alone may
/// open households.
pub(super) async fn check(
    State(web): State<Web>,
    Reading(lang): Reading,
    session: Session,
    ask: Result<Query<Ask>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, No> {
    let code = ask.map(|Query(ask)| ask.branch).unwrap_or_default();
    let branch: Branch = code.parse().map_err(|_| field::bad("branch", Problem::Malformed("a branch")))?;
    if !session.branches(Role::Clerk).contains(&branch) {
        return Err(Denial::ReadDenied("clerk of the branch").into());
    }
    let bytes = no::bytes(body)?;
    let read = tokio::task::spawn_blocking(move || match sheet::read(&bytes) {
        Ok(lines) => sheet::homes(&lines, branch),
        Err(fault) => (Vec::new(), vec![fault]),
    });
    let (homes, mut faults) = read.await.map_err(|_| Denial::Internal)?;
    // Households that are there already are faults of the sheet.
    let looked = web.engine.read(|view| {
        let there = homes.iter().filter(|home| view.bank.household(home.id).is_ok());
        there.map(Home::exists).collect::<Vec<Fault>>()
    });
    faults.extend(looked.await.map_err(Denial::from)?);
    faults.sort_by_key(|fault| (fault.row, fault.column));
    Ok(no::json_in(lang, &told(lang, homes, faults)))
}

fn told(lang: Lang, homes: Vec<Home>, faults: Vec<Fault>) -> Checked {
    let homes = if faults.is_empty() { homes } else { Vec::new() };
    let homes = homes.into_iter().map(|home| Told {
        row: home.row,
        household: home.id.to_string(),
        name: lang.household(home.id),
        members: home.members,
    });
    let more = faults.len().saturating_sub(IMPORT_FAULTS_MAX);
    let faults = faults.into_iter().take(IMPORT_FAULTS_MAX).map(|fault| Wrong {
        row: fault.row,
        column: fault.column_name(),
        what: fault.what.told(lang).to_owned(),
    });
    Checked { homes: homes.collect(), faults: faults.collect(), more }
}

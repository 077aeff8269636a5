//! The front page: what this is, how to see one's passbook, the branches, and the log's newest checkpoint.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::bank::ids::Branch;
use crate::engine::View;
use crate::words::Lang;

use super::answer::{self, Trouble};
use super::language::Reading;
use super::passbook::Checkpoint;
use super::{Web, stylesheet};

/// Branches on one page.
const BRANCHES: usize = 100;

/// Which page.
#[derive(serde::Deserialize)]
pub(super) struct Ask {
    /// The last branch of the page before.
    after: Option<String>,
}

/// One branch of the list.
struct Village {
    title: String,
    code: String,
    households: u64,
}

/// A bank that has begun.
struct Opened {
    title: String,
    branch_count: usize,
    villages: Vec<Village>,
    /// The page after this one begins behind this branch.
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    stylesheet: String,
    lang: Lang,
    bank: Option<Opened>,
    checkpoint: Checkpoint,
}

/// `GET /`.
pub(super) async fn page(
    State(web): State<Web>,
    Reading(lang): Reading,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Response {
    // Whatever does not read as a branch begins the list.
    let after = ask.ok().and_then(|Query(ask)| ask.after?.parse().ok());
    let Ok(bank) = web.engine.read(|view| opened(view, after)).await else {
        return answer::trouble(Trouble::Unavailable);
    };
    let checkpoint = Checkpoint::of(&web.engine.published());
    answer::page_in(lang, &FrontPage { stylesheet: stylesheet::path(), lang, bank, checkpoint })
}

fn opened(view: &View, after: Option<Branch>) -> Option<Opened> {
    let bank = view.bank;
    bank.origin()?;
    let head = bank.head();
    let title = bank.branch(head).map_or(String::new(), |head| head.title.clone());
    // The head bank keeps no households and is not a village.
    let mut rest = bank.branches(after).filter(|(code, _)| *code != head);
    let page: Vec<_> = rest.by_ref().take(BRANCHES).collect();
    let next = rest.next().and_then(|_| page.last()).map(|(code, _)| code.to_string());
    let villages = page.into_iter().map(|(code, branch)| Village {
        title: branch.title.clone(),
        code: code.to_string(),
        households: branch.open_households,
    });
    let branch_count = bank.branches(None).count().saturating_sub(1);
    Some(Opened { title, branch_count, villages: villages.collect(), next })
}

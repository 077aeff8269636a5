//! `GET /p/{view token}`: the passbook of a household, as its card's QR code opens it.
//!
//! The token is 32 bytes in base64url without padding; the log holds its BLAKE3 hash. Current state is looked
//! at once, history is read below the size that it stood at: balance, lines and open declarations of a page
//! belong to one moment. A token that is malformed, unknown or replaced gets one and the same answer.

mod page;

pub(super) mod line;

mod history;
pub(super) mod people;
mod standing;
mod statement;

mod beauties;
mod lines;
mod refusals;
mod stages;

mod past;
mod slips;
mod titles;

#[cfg(test)]
mod tests;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::bank::ids::Digest;
use crate::bank::time::Month;
use crate::engine::{Engine, Unavailable};
use crate::words::Lang;

use super::Web;
use super::answer::{self, Trouble};
use super::language::Reading;

use history::Wanted;
use page::Page;
use standing::Standing;
use statement::Statement;

pub(super) use page::Checkpoint;

/// Which page of the book.
#[derive(serde::Deserialize)]
pub(super) struct Ask {
    /// Lines older than this entry; none: the newest.
    before: Option<u64>,
    /// A statement of this month instead, `2026-11`.
    month: Option<String>,
    /// One line of the book instead, by its entry.
    line: Option<u64>,
}

/// `GET /p/{token}`.
pub(super) async fn page(
    State(web): State<Web>,
    Reading(lang): Reading,
    token: Result<Path<String>, PathRejection>,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Response {
    // Whatever does not read as an entry's number opens the book at its newest page.
    let ask = ask.map_or(Ask { before: None, month: None, line: None }, |Query(ask)| ask);
    let Ok(Path(token)) = token else { return answer::trouble(Trouble::NoSuchPassbook) };
    let standing = match open(&web, &token).await {
        Ok(standing) => standing,
        Err(trouble) => return answer::trouble(trouble),
    };
    if let Some(index) = ask.line {
        return line::page(&web, lang, token, standing, index).await;
    }
    let answered = match ask.month.as_deref().and_then(statement::read_month) {
        Some(month) => {
            print(&web.engine, lang, standing, month).await.map(|page| answer::page_in(lang, &page))
        }
        None if ask.before.is_none() => {
            let people = people::masked(&web.engine, standing.household);
            return people::newest(&web.engine, lang, standing, people).await;
        }
        None => {
            let page = compose(&web.engine, lang, standing, ask.before).await;
            page.map(|page| answer::page_in(lang, &page))
        }
    };
    answered.unwrap_or_else(|Unavailable| answer::trouble(Trouble::Unavailable))
}

/// The book that a token opens. One that is malformed, unknown or replaced is told alike, and counted.
async fn open(web: &Web, token: &str) -> Result<Standing, Trouble> {
    let found = match token_hash(token) {
        Some(hash) => web.engine.read(|view| Standing::find(view, &hash)).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(standing)) => Ok(standing),
        Ok(None) if web.admits_miss() => Err(Trouble::NoSuchPassbook),
        Ok(None) => Err(Trouble::TooManyMisses),
        Err(Unavailable) => Err(Trouble::Unavailable),
    }
}

/// The hash of a token as it is printed; none for what cannot be one.
fn token_hash(token: &str) -> Option<Digest> {
    let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
    Some(Digest(*blake3::hash(&bytes).as_bytes()))
}

/// Reads the history that this page needs, and puts the page together.
async fn compose(
    engine: &Engine,
    lang: Lang,
    standing: Standing,
    before: Option<u64>,
) -> Result<Page, Unavailable> {
    let wanted = wanted(&standing, before);
    let history = history::read(engine, standing.household, &wanted).await?;
    let published = engine.published();
    let newest = before.is_none();
    engine.read(|view| page::compose(view.bank, lang, &standing, &history, &published, newest)).await
}

/// The same for a month's statement.
async fn print(
    engine: &Engine,
    lang: Lang,
    standing: Standing,
    month: Month,
) -> Result<Statement, Unavailable> {
    let history = history::read(engine, standing.household, &statement::wanted(&standing, month)).await?;
    let published = engine.published();
    engine.read(|view| statement::compose(view.bank, lang, &standing, &history, &published, month)).await
}

/// What this page needs. Older pages show lines only; the first also needs the year, what was refused lately,
/// and the beginning of what is still open.
fn wanted(standing: &Standing, before: Option<u64>) -> Wanted {
    // One line more than is shown says whether there is an older page.
    let lines = lines::LINES + 1;
    match before {
        Some(before) => {
            Wanted { before: before.min(standing.size), lines, since: standing.now.plus_days(1), disputes: 0 }
        }
        None => {
            let recent = standing.now.plus_days(-refusals::DAYS);
            let since = page::year_start(standing.now).min(recent);
            Wanted {
                before: standing.size,
                lines,
                since: standing.open_since.map_or(since, |open| since.min(open)),
                disputes: standing.disputes as usize,
            }
        }
    }
}

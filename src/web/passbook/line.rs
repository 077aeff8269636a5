//! `GET /p/{view token}?line={entry}`: one line of the book with everything behind it: the steps that led to it, who
//! took them by office and number, the catalogue's version, and the receipt, which the reader's own phone checks.
//!
//! The receipt is the entry's whole bytes and its proof, as gRPC gives them to whom the entry concerns. An entry may
//! close the notices of a whole street; what neighbours' rows say there are numbers of households, points and
//! deductions. A part of the bytes would prove nothing: a leaf is the hash of all of them.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::access::concern::{self, Objectors};
use crate::access::titles::with_titles;
use crate::access::{Denial, history as entries};
use crate::bank::effects::{Account, CatalogueVersion, Change, Posting};
use crate::bank::ids::HouseholdId;
use crate::bank::words::Unit;
use crate::engine::{Engine, ProofError, Submitted};
use crate::wire::Entry;
use crate::words::{self, Lang, Titles};

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::super::{scripts, stylesheet};
use super::lines::{self, Amount, Line};
use super::page::Checkpoint;
use super::past::Past;
use super::standing::Standing;

/// Declarations whose steps one line tells. A line of more is a sheet's or a closed book's; its reason names them.
const CASES_MAX: usize = 4;
/// Bytes of a receipt that a QR code takes and a phone's camera still reads.
const QR_BYTES_MAX: usize = 2_200;

/// A step of a declaration.
struct Step {
    index: u64,
    time: String,
    text: String,
}

/// A declaration or sheet that the line comes from.
struct Case {
    number: u64,
    title: String,
    /// Which catalogue the points were taken from.
    version: Option<String>,
    steps: Vec<Step>,
}

#[derive(Template)]
#[template(path = "line.html")]
struct LinePage {
    stylesheet: String,
    lang: Lang,
    icon: String,
    scripts: String,
    bank: String,
    branch: String,
    household: String,
    time: String,
    origin: String,
    /// The log's public key, as C2SP's notes spell it.
    vkey: String,
    /// As postings spell the household's account.
    account: String,
    /// Before the names of the receipt's files, without a slash at the end.
    path: String,
    /// The book.
    book: String,
    line: Line,
    /// What is shown of a posting, and the posting.
    amounts: Vec<(Amount, Posting)>,
    cases: Vec<Case>,
    checkpoint: Checkpoint,
}

type Where = Result<Path<(String, u64)>, PathRejection>;

/// What the address names: a book in force, and an entry that is a line of it.
struct Found {
    standing: Standing,
    entry: Entry,
    past: Past,
}

/// The page of a line.
pub(super) async fn page(web: &Web, lang: Lang, token: String, standing: Standing, index: u64) -> Response {
    let found = match find(web, standing, index).await {
        Ok(found) => found,
        Err(trouble) => return answer::trouble(trouble),
    };
    match compose(&web.engine, lang, token, found).await {
        Ok(page) => answer::signing_page_in(lang, &page, false),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

/// `GET /p/{token}/line/{entry}/receipt.tlog-proof`.
pub(in crate::web) async fn proof(State(web): State<Web>, at: Where) -> Response {
    file(receipt(&web, at).await.map(|receipt| ("text/plain; charset=utf-8", receipt.proof.into_bytes())))
}

/// `GET /p/{token}/line/{entry}/receipt.leaf`: the entry's bytes.
pub(in crate::web) async fn leaf(State(web): State<Web>, at: Where) -> Response {
    file(receipt(&web, at).await.map(|receipt| ("application/octet-stream", receipt.entry)))
}

/// `GET /p/{token}/line/{entry}/receipt.svg`: the proof as a QR code.
pub(in crate::web) async fn code(State(web): State<Web>, at: Where) -> Response {
    let receipt = match receipt(&web, at).await {
        Ok(receipt) => receipt,
        Err(trouble) => return answer::trouble(trouble),
    };
    let text = receipt.proof.as_bytes();
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok();
    match code.filter(|_| text.len() <= QR_BYTES_MAX) {
        Some(code) => {
            let picture = code.render::<svg::Color>().min_dimensions(300, 300).build();
            ([(CONTENT_TYPE, "image/svg+xml")], picture).into_response()
        }
        None => answer::trouble(Trouble::NoSuchPage),
    }
}

fn file(content: Result<(&'static str, Vec<u8>), Trouble>) -> Response {
    match content {
        Ok((kind, bytes)) => {
            ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, "attachment")], bytes).into_response()
        }
        Err(trouble) => answer::trouble(trouble),
    }
}

async fn receipt(web: &Web, at: Where) -> Result<Submitted, Trouble> {
    let Ok(Path((token, index))) = at else { return Err(Trouble::NoSuchPage) };
    let standing = super::open(web, &token).await?;
    let found = find(web, standing, index).await?;
    web.engine.receipt(found.entry.index).await.map_err(|error| match error {
        // Its index was just read.
        ProofError::Range(_) | ProofError::NotYet { .. } | ProofError::Unavailable => Trouble::Unavailable,
    })
}

async fn find(web: &Web, standing: Standing, index: u64) -> Result<Found, Trouble> {
    // An entry that is not there and one that is not of this book are told alike.
    let read = entries::aside(&web.engine, move |engine| entries::entry(engine, index)).await;
    let entry = match read {
        Ok(entry) if index < standing.size => entry,
        Ok(_) | Err(Denial::EntryUnknown(_)) => return Err(Trouble::NoSuchPage),
        Err(_) => return Err(Trouble::Unavailable),
    };
    let past = Past::of(entry.index, entry.time, entry.effects.clone(), standing.household);
    if !past.is_line() {
        return Err(Trouble::NoSuchPage);
    }
    Ok(Found { standing, entry, past })
}

async fn compose(engine: &Engine, lang: Lang, token: String, found: Found) -> Result<LinePage, Denial> {
    let Found { standing, past, .. } = found;
    let (household, branch) = (standing.household, standing.household.branch());
    let mut numbers: Vec<u64> = past.moved().map(|moved| moved.declaration).collect();
    numbers.dedup();
    numbers.truncate(CASES_MAX);
    let mut cases = Vec::with_capacity(numbers.len());
    for number in numbers {
        cases.push(case(engine, lang, household, number, past.index + 1).await?);
    }
    let reason =
        with_titles(engine, Some(branch), |titles| words::reason_in(lang, &past.effects, household, titles))
            .await?;
    let score_before = match past.posting(Unit::Score).and_then(|posting| posting.account_previous_index) {
        Some(earlier) => {
            let earlier = entries::aside(engine, move |engine| entries::entry(engine, earlier)).await?;
            Some(earlier.time)
        }
        None => None,
    };
    let line = lines::line(lang, &past, reason, score_before);
    let postings = line.amounts.iter().map(|amount| {
        let posting = past.posting(if amount.score { Unit::Score } else { Unit::Points });
        posting.map(|posting| (amount.clone(), *posting))
    });
    Ok(LinePage {
        stylesheet: stylesheet::path(),
        lang,
        icon: stylesheet::icon(),
        scripts: scripts::base(),
        bank: standing.bank.clone(),
        branch: standing.branch.clone(),
        household: words::sentence(&lang.household(household)),
        time: lang.time(past.time),
        origin: engine.origin().to_owned(),
        vkey: engine.vkey().to_owned(),
        account: Account::Household(household).to_string(),
        path: format!("/p/{token}/line/{}", past.index),
        book: format!("/p/{token}"),
        amounts: postings.flatten().collect(),
        line,
        cases,
        checkpoint: Checkpoint::of(&engine.published()),
    })
}

/// The steps of a declaration up to the line, as the household may see them.
async fn case(
    engine: &Engine,
    lang: Lang,
    household: HouseholdId,
    number: u64,
    before: u64,
) -> Result<Case, Denial> {
    let branch = household.branch();
    let entries = entries::of_declaration(engine, number, before).await?;
    let objectors = Objectors { all: false, person: None, household: Some(household) };
    let told: Vec<(u64, String, Vec<Change>)> = entries
        .iter()
        .map(|entry| {
            let sees = |id| id == household;
            let changes = concern::of_declaration(&entry.effects, entry.index, number, sees, objectors);
            (entry.index, lang.time(entry.time), changes)
        })
        .filter(|(_, _, changes)| !changes.is_empty())
        .collect();
    let (title, steps) = with_titles(engine, Some(branch), |titles| {
        let steps = told.iter().map(|(index, time, changes)| {
            let texts: Vec<String> = changes.iter().filter_map(|change| step(lang, change, titles)).collect();
            Step { index: *index, time: time.clone(), text: lang.clauses(&texts) }
        });
        let title = titles.declared(number, household).map_or_else(
            || lang.with("申报 {} 号", "declaration {}", number),
            |declared| words::slip(lang, titles, declared, number),
        );
        (title, steps.collect::<Vec<_>>())
    })
    .await?;
    let version = told
        .iter()
        .flat_map(|(_, _, changes)| changes)
        .find_map(version)
        .map(|version| version_words(lang, version));
    Ok(Case { number, title, version, steps })
}

/// A change in words, with who it was by office and number.
fn step(lang: Lang, change: &Change, titles: &dyn Titles) -> Option<String> {
    let text = words::change_in(lang, change, titles)?;
    let who = match change {
        Change::Reviewed { person, .. } | Change::Voted { person, .. } | Change::Ruled { person, .. } => {
            person
        }
        _ => return Some(text),
    };
    Some(lang.with_two("{}（{}）", "{} ({})", text, lang.person(*who)))
}

fn version(change: &Change) -> Option<CatalogueVersion> {
    match change {
        Change::DeclarationFiled { version, .. } => Some(*version),
        Change::SheetFiled { rows, .. } => rows.first().map(|row| row.version),
        _ => None,
    }
}

fn version_words(lang: Lang, version: CatalogueVersion) -> String {
    match version.of_branch {
        true => lang.with("本村积分目录第 {} 版", "version {} of the village's catalogue", version.number),
        false => lang.with("全镇积分目录第 {} 版", "version {} of the town's catalogue", version.number),
    }
}

/// What is asked of the tree.
#[derive(serde::Deserialize)]
pub(in crate::web) struct Growth {
    old: u64,
    new: u64,
}

/// `GET /tree/consistency?old=&new=`: the proof that one tree is the beginning of another, a hash in base64 each line.
pub(in crate::web) async fn consistency(
    State(web): State<Web>,
    growth: Result<axum::extract::Query<Growth>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(axum::extract::Query(Growth { old, new })) = growth else {
        return answer::trouble(Trouble::NoSuchPage);
    };
    match web.engine.consistency_proof(old, new).await {
        Ok(proof) => {
            let lines: Vec<String> =
                proof.hashes.iter().map(|hash| STANDARD.encode(hash.as_bytes()) + "\n").collect();
            ([(CONTENT_TYPE, "text/plain; charset=utf-8")], lines.concat()).into_response()
        }
        Err(ProofError::Unavailable) => answer::trouble(Trouble::Unavailable),
        Err(_) => answer::trouble(Trouble::NoSuchPage),
    }
}

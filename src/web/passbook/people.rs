//! Who the household is: the head's name masked, and all names for whoever gives the passbook's PIN.
//!
//! The PIN comes in the body of a POST, is tried by the engine as at the till (five misses lock it), and is forgotten:
//! no cookie, no address and no line of the program's log holds it. Names shown in full stand in that one answer, and
//! are noted like every unmasked read.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use zeroize::Zeroizing;

use crate::access::names;
use crate::bank::PinCheck;
use crate::bank::ids::HouseholdId;
use crate::engine::{Engine, SubmitError};
use crate::words::{Lang, mask};

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::super::language::Reading;
use super::page::Page;
use super::standing::Standing;

/// Longest body that is read: a PIN has six digits.
pub(in crate::web) const BODY_BYTES_MAX: usize = 64;

/// Names that take longer are left off.
const NAMES_TIME_MAX: Duration = Duration::from_secs(1);

/// Of reading pages, but that this one may send its own form.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// What the page says of the household's people.
pub(in crate::web) struct People {
    /// The head's name, masked.
    pub(super) head: String,
    /// Members of the book.
    pub(super) count: usize,
    /// Every name with the member's number; filled after the right PIN alone.
    pub(super) names: Vec<(usize, Option<String>)>,
    /// The PIN that was given is wrong, and how many tries are left.
    pub(super) misses_left: Option<u32>,
    /// What was given is no PIN.
    pub(super) malformed: bool,
}

/// The people as everybody with the link sees them; none where the head's name is not to be had.
pub(super) async fn masked(engine: &Engine, household: HouseholdId) -> Option<People> {
    let names = named(engine, household).await;
    let head = names.first()?.as_deref().map(mask::name)?;
    Some(People { head, count: names.len(), names: Vec::new(), misses_left: None, malformed: false })
}

/// Names help a reader and carry no number of the book: a page does without where they are not to be had.
async fn named(engine: &Engine, household: HouseholdId) -> Vec<Option<String>> {
    let read = names::of_household(engine, household);
    match tokio::time::timeout(NAMES_TIME_MAX, read).await {
        Ok(Ok(names)) => names,
        Ok(Err(error)) => {
            tracing::warn!(?error, "reading a household's names");
            Vec::new()
        }
        // The documents are being gone through; that goes on, and later pages have the names.
        Err(_) => Vec::new(),
    }
}

/// `POST /p/{token}` with `pin=`: the book's newest page, with all names where the PIN is right.
pub(in crate::web) async fn unmasked(
    State(web): State<Web>,
    Reading(lang): Reading,
    token: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(Path(token)) = token else { return answer::trouble(Trouble::NoSuchPassbook) };
    let standing = match super::open(&web, &token).await {
        Ok(standing) => standing,
        Err(trouble) => return answer::trouble(trouble),
    };
    let pin = body.ok().and_then(|body| read(&body));
    let household = standing.household;
    // Where there are no names a try would buy nothing, and is not counted.
    let Some(mut people) = masked(&web.engine, household).await else {
        return answer::trouble(Trouble::WrongMethod);
    };
    let tried = match &pin {
        Some(pin) => web.engine.try_pin(household, pin).await,
        None => Err(SubmitError::PinMalformed),
    };
    let status = match tried {
        Ok(Some(PinCheck::Verified)) => {
            let names = named(&web.engine, household).await;
            people.names = names.into_iter().enumerate().map(|(at, name)| (at + 1, name)).collect();
            tracing::info!(target: "civbank::unmasked", %household, kind = "names", "document read");
            StatusCode::OK
        }
        Ok(Some(PinCheck::Wrong { misses_left })) => {
            people.misses_left = Some(misses_left);
            StatusCode::FORBIDDEN
        }
        Ok(Some(PinCheck::NotGiven)) | Err(SubmitError::PinMalformed) => {
            people.malformed = true;
            StatusCode::BAD_REQUEST
        }
        // Without a PIN the page says how one is set.
        Ok(None) => StatusCode::FORBIDDEN,
        Err(_) => return answer::trouble(Trouble::Unavailable),
    };
    // What the try changed, a lock among it, is on the page.
    let standing = match super::open(&web, &token).await {
        Ok(standing) => standing,
        Err(trouble) => return answer::trouble(trouble),
    };
    let mut response = newest(&web.engine, lang, standing, std::future::ready(Some(people))).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}

/// The newest page of the book with these people, who are looked up while the book is.
pub(super) async fn newest(
    engine: &Engine,
    lang: Lang,
    standing: Standing,
    people: impl Future<Output = Option<People>>,
) -> Response {
    let (people, page) = tokio::join!(people, super::compose(engine, lang, standing, None));
    match page {
        Ok(page) => {
            let page = Page { people, ..page };
            let mut response = answer::page_in(lang, &page);
            if page.people.is_some() {
                let headers = response.headers_mut();
                headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
            }
            response
        }
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

/// `pin=1234`, as a form sends it.
fn read(body: &[u8]) -> Option<Zeroizing<String>> {
    let text = std::str::from_utf8(body).ok()?.strip_prefix("pin=")?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| Zeroizing::new(text.to_owned()))
}

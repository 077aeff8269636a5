//! Every "no" that a script hears, as JSON, and the HTTP status that fits it.
//!
//! A status below 500 is an answer: the same request would hear the same. From 500 on the request was not
//! answered, and sending the same bytes again is right; scripts lean on that.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::access::{Denial, field};
use crate::bank::Refusal;
use crate::wire::{EnvelopeError, Problem};
use crate::words::{Both, Lang};

use super::super::Web;

/// A "no".
#[derive(Debug, Clone)]
pub(in crate::web) struct No {
    /// Stable, UPPER_SNAKE_CASE.
    reason: &'static str,
    /// One or two sentences.
    message: Both,
    /// The numbers behind it.
    metadata: BTreeMap<&'static str, String>,
    status: StatusCode,
}

/// What goes over the wire.
#[derive(Serialize)]
struct Told<'a> {
    reason: &'static str,
    message: &'a str,
    metadata: &'a BTreeMap<&'static str, String>,
}

impl From<Denial> for No {
    fn from(denial: Denial) -> Self {
        No {
            reason: denial.reason(),
            message: Both::new(denial.chinese(), english(&denial)),
            metadata: denial.numbers().into_iter().collect(),
            status: status(&denial),
        }
    }
}

impl No {
    fn ours(status: StatusCode, reason: &'static str, message: Both) -> No {
        No { reason, message, metadata: BTreeMap::new(), status }
    }

    /// More bytes than this path takes.
    pub(super) fn too_large() -> No {
        let message =
            Both::new("内容太大，请缩小再提交。", "This is too large; make it smaller and send it again.");
        No::ours(StatusCode::PAYLOAD_TOO_LARGE, "REQUEST_TOO_LARGE", message)
    }

    /// Whether it says that a signature or key was wrong: of those only so many are answered in full.
    fn is_wrong_signature(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// Instead of the reason, after too many wrong signatures.
    pub(super) fn too_many() -> No {
        let message = Both::new(
            "不对的签名试得太多了，请歇一分钟再试。",
            "There were too many wrong signatures; rest for a minute and try again.",
        );
        No::ours(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_TRIES", message)
    }

    /// The answer, or that there were too many of its kind.
    pub(super) fn counted(web: &Web, denial: Denial) -> No {
        let no = No::from(denial);
        if no.is_wrong_signature() && !web.admits_miss() { No::too_many() } else { no }
    }

    /// Neither an image nor a paper that is kept.
    pub(super) fn picture(what: Both) -> No {
        No::ours(StatusCode::UNSUPPORTED_MEDIA_TYPE, "PICTURE_UNREADABLE", what)
    }

    /// The answer in the reader's language.
    pub(in crate::web) fn told(&self, lang: Lang) -> Response {
        let No { reason, message, metadata, status } = self;
        let mut response = json_in(lang, &Told { reason, message: message.told(lang), metadata });
        *response.status_mut() = *status;
        let wait = match *status {
            StatusCode::SERVICE_UNAVAILABLE => Some("5"),
            StatusCode::TOO_MANY_REQUESTS => Some("60"),
            _ => None,
        };
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        response
    }
}

/// A form or script of another site asked.
pub(in crate::web) fn cross_site() -> No {
    let message = Both::new(
        "这个请求不是从本行的页面发出的，没有办理。请从本行页面重新操作。",
        "This did not come from a page of the bank, and nothing was done. Begin again on the bank's own page.",
    );
    No::ours(StatusCode::FORBIDDEN, "CROSS_SITE", message)
}

/// In Chinese, with the "no" itself as a note beside it: whoever reads English gets it anew on its way out.
impl IntoResponse for No {
    fn into_response(self) -> Response {
        let mut response = self.told(Lang::Zh);
        response.extensions_mut().insert(self);
        response
    }
}

/// What people read in English. The texts of [`Denial::english`] are for programmers; most of them do for people too.
fn english(denial: &Denial) -> String {
    let text = match denial {
        Denial::SessionMissing => "You are not signed in; sign in first.",
        Denial::SessionInvalid | Denial::SessionExpired => "You are signed in no more; sign in again.",
        Denial::ChallengeInvalid | Denial::ChallengeExpired => "Signing in took too long; sign in again.",
        Denial::ChallengeSignature => "The signature does not hold; sign in with a key that is enrolled.",
        Denial::ReadDenied(_) => "You may not see this. If you think that you should, ask the branch clerk.",
        Denial::Envelope(EnvelopeError::BadEnvelope(_)) => {
            "What was sent cannot be read. Load the page anew and try again."
        }
        Denial::Envelope(EnvelopeError::BadSignature { .. }) => {
            "The signature does not hold; sign again with a key that is enrolled."
        }
        Denial::DocumentMissing(_) => "The evidence is not there yet; send it first, then sign again.",
        Denial::ViewTokenUnknown => "There is no such passbook; if there is a newer card, use that one.",
        Denial::KeyNotEnrolled(_) => "This key is not enrolled; ask the branch clerk.",
        Denial::ProofOutOfRange(_) => "The ledger has no such entry; check the number.",
        Denial::DeadlineExceeded => {
            "This took too long, and nobody knows whether it was done. Send it again; nothing is done twice."
        }
        Denial::Stopped => {
            "The bank has stopped, and nobody knows whether this was done. Send it again later; nothing is done twice."
        }
        Denial::Damaged | Denial::Internal => "The bank made a mistake of its own; tell its operator.",
        other => return other.english(),
    };
    text.to_owned()
}

/// An answer with words in it, made in the reader's language.
pub(super) fn json_in(lang: Lang, answer: &impl Serialize) -> Response {
    let mut response = json(answer);
    response.extensions_mut().insert(lang);
    response
}

/// An answer.
pub(super) fn json(answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(text) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "writing an answer for a script");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The body, where it is JSON by its own word: a form of another site cannot send such a type unasked.
pub(super) fn text(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, No> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().is_none_or(|kind| kind.trim() != "application/json") {
        let what = Both::new("只收 application/json。", "Only application/json is taken.");
        return Err(No::ours(StatusCode::UNSUPPORTED_MEDIA_TYPE, "NOT_JSON", what));
    }
    bytes(body)
}

/// The body within its limit.
pub(super) fn bytes(body: Result<Bytes, BytesRejection>) -> Result<Bytes, No> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => No::too_large(),
        _ => {
            let message = Both::new("内容没有收全，请再试一次。", "Not all of it came; please try again.");
            No::ours(StatusCode::BAD_REQUEST, "REQUEST_BROKEN_OFF", message)
        }
    })
}

/// Reads a script's small question.
pub(super) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, No> {
    serde_json::from_slice(text)
        .map_err(|_| field::bad("request", Problem::Malformed("JSON of this path")).into())
}

fn status(denial: &Denial) -> StatusCode {
    match denial {
        Denial::Refused(refusal, _) => of_refusal(refusal),
        Denial::Envelope(EnvelopeError::BadSignature { .. })
        | Denial::SessionMissing
        | Denial::SessionInvalid
        | Denial::SessionExpired
        | Denial::ChallengeInvalid
        | Denial::ChallengeExpired
        | Denial::ChallengeSignature => StatusCode::UNAUTHORIZED,
        Denial::Envelope(EnvelopeError::BadEnvelope(_) | EnvelopeError::BadField(_))
        | Denial::Field(_)
        | Denial::PageToken => StatusCode::BAD_REQUEST,
        Denial::DocumentTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Denial::DocumentMissing(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Denial::ReadDenied(_) => StatusCode::FORBIDDEN,
        Denial::EntryUnknown(_)
        | Denial::DeclarationUnknown(_)
        | Denial::ViewTokenUnknown
        | Denial::KeyNotEnrolled(_)
        | Denial::DocumentUnknown
        | Denial::ProofOutOfRange(_) => StatusCode::NOT_FOUND,
        Denial::TooManyWatchers | Denial::WatcherTooSlow | Denial::TooManyTries(_) => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Denial::HistoryUnavailable
        | Denial::Recovering
        | Denial::Busy
        | Denial::Overloaded
        | Denial::DiskFull
        | Denial::Stopped
        | Denial::ShuttingDown
        | Denial::ProofUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        Denial::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Denial::Damaged | Denial::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The bank's own refusals: whose signature it is, who may, a reused id; all others say what is wrong with what
/// was asked.
fn of_refusal(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::KeyUnknown { .. }
        | Refusal::KeyRevoked { .. }
        | Refusal::KeyExpired { .. }
        | Refusal::PassbookReplaced { .. } => StatusCode::UNAUTHORIZED,
        Refusal::NotAuthorised { .. }
        | Refusal::SignatureMissing { .. }
        | Refusal::ConflictOfInterest { .. }
        | Refusal::ReciprocalReview { .. }
        | Refusal::CashierHousehold { .. }
        | Refusal::PinWrong { .. } => StatusCode::FORBIDDEN,
        Refusal::RequestIdReused { .. } => StatusCode::CONFLICT,
        // Before entry 0 there is nothing to answer from.
        Refusal::BankNotOpen { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

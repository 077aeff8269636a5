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

use super::super::Web;

/// A "no".
#[derive(Debug, Serialize)]
pub(in crate::web) struct No {
    /// Stable, UPPER_SNAKE_CASE.
    reason: &'static str,
    /// One or two Chinese sentences.
    message: String,
    /// The numbers behind it.
    metadata: BTreeMap<&'static str, String>,
    #[serde(skip)]
    status: StatusCode,
}

impl From<Denial> for No {
    fn from(denial: Denial) -> Self {
        No {
            reason: denial.reason(),
            message: denial.chinese(),
            metadata: denial.numbers().into_iter().collect(),
            status: status(&denial),
        }
    }
}

impl No {
    fn ours(status: StatusCode, reason: &'static str, message: &str) -> No {
        No { reason, message: message.to_owned(), metadata: BTreeMap::new(), status }
    }

    /// More bytes than this path takes.
    pub(super) fn too_large() -> No {
        No::ours(StatusCode::PAYLOAD_TOO_LARGE, "REQUEST_TOO_LARGE", "内容太大，请缩小再提交。")
    }

    /// Whether it says that a signature or key was wrong: of those only so many are answered in full.
    fn is_wrong_signature(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// Instead of the reason, after too many wrong signatures.
    pub(super) fn too_many() -> No {
        No::ours(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_TRIES", "不对的签名试得太多了，请歇一分钟再试。")
    }

    /// The answer, or that there were too many of its kind.
    pub(super) fn counted(web: &Web, denial: Denial) -> No {
        let no = No::from(denial);
        if no.is_wrong_signature() && !web.admits_miss() { No::too_many() } else { no }
    }

    /// Neither an image nor a paper that is kept.
    pub(super) fn picture(what: &'static str) -> No {
        No::ours(StatusCode::UNSUPPORTED_MEDIA_TYPE, "PICTURE_UNREADABLE", what)
    }
}

/// A form or script of another site asked.
pub(in crate::web) fn cross_site() -> No {
    No::ours(
        StatusCode::FORBIDDEN,
        "CROSS_SITE",
        "这个请求不是从本行的页面发出的，没有办理。请从本行页面重新操作。",
    )
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let mut response = json(&self);
        *response.status_mut() = self.status;
        let wait = match self.status {
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
        let what = "只收 application/json。";
        return Err(No::ours(StatusCode::UNSUPPORTED_MEDIA_TYPE, "NOT_JSON", what));
    }
    bytes(body)
}

/// The body within its limit.
pub(super) fn bytes(body: Result<Bytes, BytesRejection>) -> Result<Bytes, No> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => No::too_large(),
        _ => No::ours(StatusCode::BAD_REQUEST, "REQUEST_BROKEN_OFF", "内容没有收全，请再试一次。"),
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

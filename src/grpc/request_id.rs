//! Request ids: each request has one, in the span that its log lines stand in and in its answer's headers
//! (`x-request-id`, for gRPC the answer's metadata). A caller's own is taken where it is a plain short word.
//!
//! The span holds the id and nothing else: paths hold view tokens, headers hold sessions, and neither is ever
//! logged.

use std::time::Instant;

use axum::body::Body;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use tracing::Instrument as _;
use uuid::Uuid;

const NAME: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id of a caller's own, in bytes.
const BYTES_MAX: usize = 64;

/// Gives a request its id.
pub(super) async fn identify(request: Request<Body>, next: Next) -> Response {
    let id = id_of(request.headers());
    // An error's span is there whatever is logged.
    let span = tracing::error_span!("request", id = id.to_str().unwrap_or_default());
    let answered = async {
        let began = Instant::now();
        let answer = next.run(request).await;
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(status = answer.status().as_u16(), micros, "answered");
        answer
    };
    let mut answer = answered.instrument(span).await;
    answer.headers_mut().insert(NAME, id);
    answer
}

/// The caller's own id, or a new one.
fn id_of(headers: &HeaderMap) -> HeaderValue {
    let is_plain = |id: &&HeaderValue| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (1..=BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(plain)
    };
    headers.get(NAME).filter(is_plain).cloned().unwrap_or_else(|| {
        let id = Uuid::now_v7().to_string();
        HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_own_id_is_taken_where_it_is_plain() {
        let longest = "a".repeat(BYTES_MAX);
        let longer = "a".repeat(BYTES_MAX + 1);
        for (given, taken) in [
            ("0193a1b2-7c3d-7000-8000-000000000000", true),
            ("proxy_1.2-3", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            ("", false),
            ("two words", false),
            ("id\u{7f}", false),
            ("\"quoted\"", false),
            ("a=b", false),
            ("编号", false),
        ] {
            let mut headers = HeaderMap::new();
            let Ok(value) = HeaderValue::from_bytes(given.as_bytes()) else { continue };
            headers.insert(NAME, value);
            let id = id_of(&headers);
            assert_eq!(id.as_bytes() == given.as_bytes(), taken, "{given}");
            if !taken {
                let id: Uuid = id.to_str().unwrap().parse().unwrap();
                assert_eq!(id.get_version_num(), 7);
            }
        }
        assert_ne!(id_of(&HeaderMap::new()), id_of(&HeaderMap::new()));
    }
}

//! Request ids: each request has one, in the span that its log lines stand in and in its answer's headers
//! (`x-request-id`, for gRPC the answer's metadata). A caller's own is taken where it is a plain short word.
//!
//! The span holds the id and nothing else: paths hold view tokens, headers hold sessions, and neither is ever
//! logged.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use tracing::Instrument as _;
use uuid::Uuid;

const NAME: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id of a caller's own, in bytes.
const BYTES_MAX: usize = 64;

/// Gives a request its id.
pub(super) async fn identify<F>(request: Request<Body>, next: impl FnOnce(Request<Body>) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let id = id_of(request.headers());
    // An error's span is there whatever is logged.
    let span = tracing::error_span!("request", id = id.to_str().unwrap_or_default());
    let answered = async {
        let began = Instant::now();
        let answer = next(request).await;
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
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(fresh().hyphenated().encode_lower(&mut text))
            .unwrap_or(HeaderValue::from_static("none"))
    })
}

/// A version 7 UUID (RFC 9562, 5.7). Nobody must be kept from guessing it, so that its random part is a keyed hash of a
/// count: a call of the system for each request would cost more than the rest of this.
fn fresh() -> Uuid {
    static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
    let [low, high] = [&KEYS[0], &KEYS[1]].map(|key| key.hash_one(count));
    let random = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
    let mut ten = [0; 10];
    ten.copy_from_slice(&random[..10]);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(millis).unwrap_or(0), &ten).into_uuid()
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

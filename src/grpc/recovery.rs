//! A bank that is starting: the port is open, and whoever asks hears that it recovers, how far it is, and when to come
//! again. Health says that nothing serves; the rest is answered once the bank is there, on the same connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderName, HeaderValue, Request, StatusCode, header};

use crate::access::Denial;
use crate::engine::Stage;

use super::gate::Caller;
use super::metrics::{MetricsFor, is_for};

/// In the metadata of every answer of health: `recovering`, `serving`, `read-only` or `stopped`.
pub(super) const STATE: HeaderName = HeaderName::from_static("civbank-state");
/// The same, where the index of the history is not to be had: `unavailable`.
pub(super) const HISTORY: HeaderName = HeaderName::from_static("civbank-history");
/// Every method of health begins so.
pub(super) const HEALTH_PATH: &str = "/grpc.health.v1.Health/";
/// When to come again, in seconds.
const COME_AGAIN: HeaderValue = HeaderValue::from_static("5");

/// How far a start is. Told by whoever starts, shown to whoever asks.
#[derive(Debug, Default)]
pub struct Recovery {
    stage: Mutex<Option<Stage>>,
    done: AtomicU64,
    total: AtomicU64,
}

impl Recovery {
    /// Nothing is done yet.
    pub fn new() -> Arc<Recovery> {
        Arc::default()
    }

    /// What is at work, with how much of how many entries (or bytes, while the journal is checked) done.
    pub fn report(&self, stage: Option<Stage>, done: u64, total: u64) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    fn figures(&self) -> (&'static str, u64, u64) {
        let stage = match *self.stage.lock().unwrap_or_else(PoisonError::into_inner) {
            None => "journal",
            Some(Stage::Replay) => "replay",
            Some(Stage::Index) => "index",
        };
        (stage, self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

/// What is answered until the bank is there. `health` is the service of health.
pub(super) fn router(recovery: &Arc<Recovery>, health: Router, whom: MetricsFor) -> Router {
    let state = async |mut response: Response| {
        response.headers_mut().insert(STATE, HeaderValue::from_static("recovering"));
        response
    };
    let mut router: Router<Arc<Recovery>> = Router::new().route("/healthz", get(healthz)).fallback(not_yet);
    if whom != MetricsFor::Nobody {
        router = router.route(
            "/metrics",
            get(
                async move |State(recovery): State<Arc<Recovery>>, request: Request<Body>| {
                    if is_for(whom, &request) { metrics(&recovery) } else { not_yet(request).await }
                },
            ),
        );
    }
    let health = health.reset_fallback().layer(axum::middleware::map_response(state));
    router.with_state(recovery.clone()).merge(health)
}

async fn healthz(State(recovery): State<Arc<Recovery>>) -> Response {
    let (stage, done, total) = recovery.figures();
    let text = format!("recovering\n{stage} {done} of {total}\n");
    let headers =
        [(header::RETRY_AFTER, COME_AGAIN), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
}

fn metrics(recovery: &Recovery) -> Response {
    let (stage, done, total) = recovery.figures();
    let kind = [
        (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (kind, super::metrics::recovering(stage, done, total)).into_response()
}

async fn not_yet(request: Request<Body>) -> Response {
    Caller::of(request.headers()).deny(Denial::Recovering)
}

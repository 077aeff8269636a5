//! The pages: a resident's passbook, a village's public board, the front door, and what is shown when something is not there.
//!
//! Server-rendered Chinese, readable on an old phone with scripts off and from paper. Every number on a page
//! comes from durable state ([`Engine::read`]) or from entries of the log, as they stood at one size of the
//! log; nothing is remembered between two requests but how many wrong links came lately. Every page forbids
//! scripts, frames, other hosts, caches and the passing on of its address; a view token is never logged.
//!
//! The room only reads. It knows no sessions and no forms, and not where it is served: the router is merged
//! with the gRPC services on the same port, and answers unknown gRPC methods as gRPC wants.

mod board;
mod passbook;

mod front;

mod answer;
mod misses;
mod stylesheet;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, body::Body};
use tower_http::catch_panic::CatchPanicLayer;

use crate::engine::{Engine, EngineState};

use answer::Trouble;
use misses::Misses;

/// A page that takes longer is given up: the phone at the other end has long turned away.
const PAGE_TIME_MAX: Duration = Duration::from_secs(10);

/// What every page stands on.
#[derive(Clone)]
struct Web {
    engine: Engine,
    /// Shared by all requests; held for a few instructions.
    misses: Arc<Mutex<Misses>>,
}

impl Web {
    /// Whether one more wrong link is answered in full. Hits never ask: a flood of guesses shuts nobody out.
    fn admits_miss(&self) -> bool {
        // The bucket is two numbers; a panic elsewhere cannot leave them half changed.
        let mut misses = self.misses.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        misses.admit(Instant::now())
    }
}

/// Every page, with its headers, limits and fallback.
///
/// | path | what |
/// |---|---|
/// | `GET /` | the front page: what this is, the branches; `?after=<branch>` pages |
/// | `GET /p/{view token}` | a passbook: the token is 32 bytes in base64url; `?before=<entry>` pages, `?month=2026-11` prints |
/// | `GET /b/{branch}` | a village's public board |
/// | `GET /assets/{name}` | the stylesheet; its name holds the hash of its content |
/// | `GET /healthz` | 200 `ok` while the bank takes commands, 200 `read-only` while the disk is nearly full (pages go on), else 503 `stopped` |
///
/// The router brings the server's one fallback: a router merged with it must have none. Paths that nobody
/// knows get a page with 404, or gRPC's status 12 (`UNIMPLEMENTED`) where the request is gRPC.
pub fn router(engine: Engine) -> Router {
    let web = Web { engine, misses: Arc::new(Mutex::new(Misses::new(Instant::now()))) };
    Router::new()
        .route("/", get(front::page))
        .route("/p/{token}", get(passbook::page))
        .route("/b/{branch}", get(board::page))
        .route("/healthz", get(health))
        .route("/assets/{name}", get(stylesheet::asset))
        .method_not_allowed_fallback(wrong_method)
        .fallback(unknown_path)
        .layer(middleware::from_fn(in_time))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .layer(middleware::map_response(answer::secured))
        .with_state(web)
}

/// For load balancers and service units.
async fn health(State(web): State<Web>) -> Response {
    match web.engine.state() {
        EngineState::Serving => (StatusCode::OK, "ok\n").into_response(),
        EngineState::ReadOnly => (StatusCode::OK, "read-only\n").into_response(),
        EngineState::Stopped => (StatusCode::SERVICE_UNAVAILABLE, "stopped\n").into_response(),
    }
}

async fn wrong_method() -> Response {
    answer::trouble(Trouble::WrongMethod)
}

/// The server's fallback. A page answered to a gRPC client would reach it as UNKNOWN, so those get the status
/// that the protocol has for it.
async fn unknown_path(request: Request<Body>) -> Response {
    let kind = request.headers().get("content-type");
    match kind.and_then(|kind| kind.to_str().ok()) {
        Some(kind) if kind.starts_with("application/grpc") => {
            let kind = kind.to_owned();
            ([("content-type", kind.as_str()), ("grpc-status", "12")], ()).into_response()
        }
        _ => answer::trouble(Trouble::NoSuchPage),
    }
}

/// Gives a page up when its time is over.
async fn in_time(request: Request<Body>, next: Next) -> Response {
    match tokio::time::timeout(PAGE_TIME_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

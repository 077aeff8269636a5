//! The pages: a resident's passbook, a village's public board, the front door, and what is shown when something is not there.
//!
//! Server-rendered Chinese, readable on an old phone with scripts off and from paper. Every number on a page
//! comes from durable state ([`Engine::read`]) or from entries of the log, as they stood at one size of the
//! log; nothing is remembered between two requests but how many wrong links and signatures came lately. Every
//! page forbids frames, other hosts, caches and the passing on of its address; a view token is never logged.
//!
//! Pages that are only read forbid scripts too. Pages that sign (`desk/`) run scripts of our own, which keep the
//! person's key in the browser and talk to `api/` alone: what was signed there is as good as from any other
//! client, and nothing here can sign for anybody. The room does not know where it is served: the router is
//! merged with the gRPC services on the same port, and answers unknown gRPC methods as gRPC wants.

mod board;
mod passbook;

mod front;

mod desk;

mod api;
mod session;
mod sheet;

mod answer;
mod foreign;
mod language;
mod notice;
pub mod picture;
mod scans;
mod scripts;
mod stylesheet;
mod witnesses;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, body::Body};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionLayer, CompressionLevel};

use crate::access::{Allowance, Bucket, Sessions};
use crate::engine::{Engine, EngineState};
use crate::wire::limits::WEB_SESSION_LIFE;

use answer::Trouble;
use scans::Scans;
use witnesses::Witnesses;

/// A page that takes longer is given up: the phone at the other end has long turned away.
const PAGE_TIME_MAX: Duration = Duration::from_secs(10);

/// Wrong passbook links that are answered in full. A view token has 256 bits, so nobody guesses one; this bounds what
/// a scanner's noise costs, and how fast an attacker hears "no".
const MISSES: Allowance = Allowance { burst: 30, refill: Duration::from_secs(2) };

/// What every page stands on.
#[derive(Clone)]
struct Web {
    engine: Engine,
    /// Shared by all requests; held for a few instructions.
    misses: Arc<Mutex<Bucket>>,
    /// Of browsers; void with the process.
    sessions: Arc<Sessions>,
    scans: Scans,
    witnesses: Witnesses,
    /// As [`Settings`] has it.
    public_url: Option<Arc<str>>,
    /// `https` or `http`.
    scheme: &'static str,
}

/// What pages are told by whoever runs the bank.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Scheme and host under which others reach the bank, such as `https://bank.example`, without a slash at the end;
    /// none: what the browser asked for.
    pub public_url: Option<String>,
    /// The port itself has TLS.
    pub tls: bool,
    /// File in which scans of the posters are counted; none: in memory only.
    pub scans: Option<PathBuf>,
    /// Directory of witnesses' keys and notes; none: no witnesses.
    pub witnesses: Option<PathBuf>,
}

impl Web {
    /// Whether one more wrong link or signature is answered in full. Hits never ask: a flood of guesses shuts nobody out.
    fn admits_miss(&self) -> bool {
        // The bucket is two numbers; a panic elsewhere cannot leave them half changed.
        let mut misses = self.misses.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        misses.take(Instant::now())
    }
}

/// Every page, with its headers, limits and fallback.
///
/// | path | what |
/// |---|---|
/// | `GET /` | the front page: what this is, the branches; `?after=<branch>` pages |
/// | `GET /p/{view token}` | a passbook: the token is 32 bytes in base64url; `?before=<entry>` pages, `?month=2026-11` prints, `?line=<entry>` is one line: why, and checking it in the phone |
/// | `POST /p/{view token}` | the same with the members' names, where `pin=` is right |
/// | `GET /p/{view token}/line/{entry}/receipt.tlog-proof`, `.leaf`, `.svg` | the line's receipt |
/// | `GET /tree/consistency?old=&new=` | that one tree is the beginning of another |
/// | `GET /b/{branch}` | a village's public board; `?s=1` is a scan, counted and sent on |
/// | `GET /b/{branch}/poster` | the sheet for its wall |
/// | `GET /object` | where a neighbour objects to a row of the board |
/// | `GET /sign-in`, `GET /join` | where a key that lies in the browser is used, or made |
/// | `GET /declare` | where a resident declares a deed with their card |
/// | `GET /desk` | what a signed-in person starts from |
/// | `GET /desk/declare` | the same for a liaison or proxy, who files for a household |
/// | `GET /till` | a shop's till |
/// | `GET /countersign` | the second signature under a count |
/// | `GET /desk/committee`, `GET /desk/liaison` | what waits for a vote or a verdict |
/// | `GET /desk/officer`, `GET /desk/roles`, `GET /desk/catalogue`, `GET /desk/budget`, `GET /desk/rulings` | the head bank's desk and its parts |
/// | `GET /desk/import`, `GET /desk/cards` | a clerk opens households from a sheet, and prints their cards |
/// | `GET /desk/document/{address}` | a piece of evidence, where it is a picture |
/// | `POST /api/…` | what scripts ask; see `docs/pages.md` |
/// | `GET /assets/{name}` | stylesheet and icon; the name holds the hash of the content |
/// | `GET /js/{hash}/{name}` | scripts; the hash is that of all of them |
/// | `GET /healthz` | 200 `ok` while the bank takes commands, 200 `read-only` while the disk is nearly full (pages go on), else 503 `stopped` |
///
/// The router brings the server's one fallback: a router merged with it must have none. Paths that nobody
/// knows get a page with 404, or gRPC's status 12 (`UNIMPLEMENTED`) where the request is gRPC.
///
/// Every POST that a browser says comes from another site is refused, whatever its path.
///
/// # Errors
///
/// The machine has no randomness to give for the key of sessions.
pub fn router(engine: Engine) -> Result<Router, getrandom::Error> {
    router_with(engine, Settings::default())
}

/// As [`router`], with settings.
///
/// # Errors
///
/// As [`router`].
pub fn router_with(engine: Engine, settings: Settings) -> Result<Router, getrandom::Error> {
    let misses = Arc::new(Mutex::new(Bucket::new(MISSES, Instant::now())));
    let web = Web {
        engine,
        misses,
        sessions: Arc::new(Sessions::new(WEB_SESSION_LIFE)?),
        scans: Scans::at(settings.scans),
        witnesses: Witnesses::at(settings.witnesses),
        public_url: settings.public_url.map(Arc::from),
        scheme: if settings.tls { "https" } else { "http" },
    };
    let unmasking =
        post(passbook::people::unmasked).layer(DefaultBodyLimit::max(passbook::people::BODY_BYTES_MAX));
    let pages = Router::new()
        .route("/", get(front::page))
        .route("/p/{token}", get(passbook::page).merge(unmasking))
        .route("/p/{token}/line/{entry}/receipt.tlog-proof", get(passbook::line::proof))
        .route("/p/{token}/line/{entry}/receipt.leaf", get(passbook::line::leaf))
        .route("/p/{token}/line/{entry}/receipt.svg", get(passbook::line::code))
        .route("/tree/consistency", get(passbook::line::consistency))
        .route("/b/{branch}", get(board::page))
        .route("/b/{branch}/poster", get(board::poster))
        .merge(desk::router())
        .route("/healthz", get(health))
        .route("/js/{hash}/{*name}", get(scripts::script))
        .route("/assets/{name}", get(stylesheet::asset))
        .fallback(unknown_path)
        .layer(middleware::from_fn(in_time));
    // Scripts' paths keep their own time.
    let router = pages
        .merge(api::router())
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(foreign::turned_away))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .layer(middleware::from_fn(language::spoken))
        // A page is small, and waited for: the best level would take a third of its time for a tenth of its bytes.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::map_response(answer::secured));
    Ok(router.with_state(web))
}

/// For load balancers and service units.
async fn health(State(web): State<Web>) -> Response {
    // A line of its own: whoever compares the first word is not misled.
    let ailing = web.engine.figures().index_is_ailing;
    let history = if ailing { "history unavailable\n" } else { "" };
    match web.engine.state() {
        EngineState::Serving => (StatusCode::OK, format!("ok\n{history}")).into_response(),
        EngineState::ReadOnly => (StatusCode::OK, format!("read-only\n{history}")).into_response(),
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

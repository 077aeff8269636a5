//! `/metrics`: what operators watch, as Prometheus text, on the server's own port.
//!
//! Unless told otherwise it is for callers on this machine only, and a proxy on this machine is not one of them: a
//! request that was passed on for somebody else says so in its headers. Whoever may not read it gets the answer
//! for a page that is not there. Nothing in it is about a person.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{Request, StatusCode, header};
use tokio::sync::Semaphore;
use tonic::transport::server::TcpConnectInfo;

use crate::engine::{Engine, EngineState, Times};

use super::connections::Connections;

/// Who may read the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsFor {
    /// Callers on this machine, and not through a proxy.
    Loopback,
    /// Everybody who reaches the port.
    Everybody,
    /// Nobody: there is no such page.
    Nobody,
}

/// Headers by which proxies say for whom they ask.
const PASSED_ON: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// What is looked at: the engine, and places with how many there are in all.
#[derive(Clone)]
pub(super) struct AtWork {
    pub(super) engine: Engine,
    pub(super) requests: (Arc<Semaphore>, usize),
    pub(super) watchers: (Arc<Semaphore>, usize),
    pub(super) connections: Arc<Connections>,
}

/// Adds the page to a router, for whom it is.
pub(super) fn add(app: Router, at_work: AtWork, whom: MetricsFor) -> Router {
    if whom == MetricsFor::Nobody {
        return app;
    }
    app.route("/metrics", get(async move |request: Request<Body>| page(&at_work, whom, &request)))
}

fn page(at_work: &AtWork, whom: MetricsFor, request: &Request<Body>) -> Response {
    if !is_for(whom, request) {
        return (StatusCode::NOT_FOUND, "没有这个页面。").into_response();
    }
    let kind = [
        (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (kind, text(at_work)).into_response()
}

/// Whether this request may read the page.
pub(super) fn is_for(whom: MetricsFor, request: &Request<Body>) -> bool {
    match whom {
        MetricsFor::Loopback => is_from_here(request),
        MetricsFor::Everybody => true,
        MetricsFor::Nobody => false,
    }
}

/// The page of a bank that is starting.
pub(super) fn recovering(stage: &str, done: u64, total: u64) -> String {
    let mut page = Page(String::with_capacity(2 << 10));
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    page.head("civbank_build_info", "gauge", "The program that serves.");
    page.line("civbank_build_info", &version, 1);
    page.one("civbank_engine_serving", "gauge", "1 while commands are taken.", 0);
    page.one("civbank_engine_recovering", "gauge", RECOVERING_HELP, 1);
    for (name, help, value) in [
        ("civbank_recovery_done", "How much of a stage of the start is done.", done),
        ("civbank_recovery_total", "How much a stage of the start has in all.", total),
    ] {
        page.head(name, "gauge", help);
        page.line(name, &format!("stage=\"{stage}\""), value);
    }
    if let Some(bytes) = resident_bytes() {
        page.one("process_resident_memory_bytes", "gauge", "Resident memory, in bytes.", bytes);
    }
    page.0
}

const RECOVERING_HELP: &str = "1 while the bank starts: it reads its entries back and answers nothing else.";

fn is_from_here(request: &Request<Body>) -> bool {
    let info = request.extensions().get::<TcpConnectInfo>();
    let peer = info.and_then(TcpConnectInfo::remote_addr);
    // A socket for both families shows the older one's loopback in the newer one's form.
    let is_loopback = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    is_loopback && !PASSED_ON.iter().any(|name| request.headers().contains_key(*name))
}

/// The whole page.
fn text(at_work: &AtWork) -> String {
    let figures = at_work.engine.figures();
    let mut page = Page(String::with_capacity(16 << 10));
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    page.head("civbank_build_info", "gauge", "The program that serves.");
    page.line("civbank_build_info", &version, 1);
    let serving = u64::from(figures.state == EngineState::Serving);
    page.one(
        "civbank_engine_serving",
        "gauge",
        "1 while commands are taken, 0 once the engine stopped or while it is read-only.",
        serving,
    );
    let read_only = u64::from(figures.state == EngineState::ReadOnly);
    let help = "1 while the disk is nearly full: reads go on, commands are refused.";
    page.one("civbank_engine_read_only", "gauge", help, read_only);

    page.one("civbank_engine_recovering", "gauge", RECOVERING_HELP, 0);
    let help = "1 while the index of the history is not to be had; all else goes on, and it is tried again.";
    page.one("civbank_index_unavailable", "gauge", help, u64::from(figures.index_is_ailing));

    let refused: u64 = figures.refused.iter().map(|(_, count)| count).sum();
    let name = "civbank_commands_total";
    page.head(name, "counter", "Commands by outcome; failed: the outcome is unknown, the engine stopped.");
    for (outcome, count) in [
        ("written", figures.written),
        ("repeated", figures.repeated),
        ("refused", refused),
        ("failed", figures.failed),
    ] {
        page.line(name, &format!("outcome=\"{outcome}\""), count);
    }
    let name = "civbank_refusals_total";
    page.head(name, "counter", "Commands that were refused, by stable reason.");
    for (reason, count) in &figures.refused {
        page.line(name, &format!("reason=\"{reason}\""), *count);
    }
    page.one("civbank_batches_total", "counter", "Batches made durable.", figures.batches);
    page.one("civbank_entries_total", "counter", "Entries made durable since the start.", figures.entries);
    page.one("civbank_tree_size", "gauge", "Entries in the log.", figures.tree_size);
    page.times("civbank_append_seconds", "Making a batch durable: write and sync.", &figures.append);
    page.times("civbank_sync_seconds", "The sync of a batch alone.", &figures.sync);

    let tried = at_work.connections.tries().tried();
    let name = "civbank_signatures_total";
    page.head(
        name,
        "counter",
        "Requests with signatures: right, wrong, and not looked at after too many wrong ones.",
    );
    for (outcome, count) in [("right", tried.right), ("wrong", tried.wrong), ("unverified", tried.unverified)]
    {
        page.line(name, &format!("outcome=\"{outcome}\""), count);
    }
    let connections = at_work.connections.counts();
    let name = "civbank_connections_closed_total";
    page.head(name, "counter", "Connections that were closed, or not taken in, for others' sake.");
    for (why, count) in [
        ("gave_way", connections.gave_way),
        ("turned_away", connections.turned_away),
        ("stalled", connections.stalled),
    ] {
        page.line(name, &format!("why=\"{why}\""), count);
    }

    let places = |(free, all): &(Arc<Semaphore>, usize)| all.saturating_sub(free.available_permits()) as u64;
    for (name, help, value) in [
        ("civbank_queue_length", "Commands that wait for the sequencer.", figures.queue_length as u64),
        ("civbank_queue_capacity", "Commands that may wait.", figures.queue_capacity as u64),
        ("civbank_requests_at_work", "Requests and pages at work.", places(&at_work.requests)),
        (
            "civbank_requests_at_work_max",
            "Requests and pages that may be at work.",
            at_work.requests.1 as u64,
        ),
        ("civbank_connections", "Connections.", connections.open as u64),
        ("civbank_connections_max", "Connections that may be.", connections.most as u64),
        (
            "civbank_answers_unread_bytes",
            "Bytes of answers that were not taken yet.",
            connections.unread as u64,
        ),
        ("civbank_watchers", "Watchers of entries.", places(&at_work.watchers)),
        ("civbank_index_lag_entries", "Entries that the index has not yet.", figures.index_lag),
    ] {
        page.one(name, "gauge", help, value);
    }
    if let Some(bytes) = resident_bytes() {
        page.one("process_resident_memory_bytes", "gauge", "Resident memory, in bytes.", bytes);
    }
    page.0
}

/// Writing to a `String` cannot fail.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: u64) {
        let _ = writeln!(self.0, "{name}{{{labels}}} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn times(&mut self, name: &str, help: &str, times: &Times) {
        self.head(name, "histogram", help);
        let seconds = |time: Duration| time.as_secs_f64();
        for (end, count) in &times.buckets {
            let _ = writeln!(self.0, "{name}_bucket{{le=\"{}\"}} {count}", seconds(*end));
        }
        let _ = writeln!(self.0, "{name}_bucket{{le=\"+Inf\"}} {}", times.count);
        let _ = writeln!(self.0, "{name}_sum {}\n{name}_count {}", seconds(times.sum), times.count);
    }
}

/// Resident memory; `None` where the system does not say it in Linux's way.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_caller_on_this_machine_that_asks_for_itself_is_from_here() {
        for (peer, header, wanted) in [
            (Some("127.0.0.1:1"), None, true),
            (Some("127.8.8.8:1"), None, true),
            (Some("[::1]:1"), None, true),
            (Some("[::ffff:127.0.0.1]:1"), None, true),
            (Some("192.168.1.7:1"), None, false),
            (Some("[::ffff:192.168.1.7]:1"), None, false),
            (Some("[fe80::1]:1"), None, false),
            (None, None, false),
            (Some("127.0.0.1:1"), Some("x-forwarded-for"), false),
            (Some("127.0.0.1:1"), Some("forwarded"), false),
            (Some("127.0.0.1:1"), Some("x-real-ip"), false),
            (Some("127.0.0.1:1"), Some("via"), false),
            (Some("127.0.0.1:1"), Some("accept"), true),
        ] {
            let mut request = Request::new(Body::empty());
            let remote_addr = peer.map(|peer| peer.parse().unwrap());
            request.extensions_mut().insert(TcpConnectInfo { local_addr: None, remote_addr });
            if let Some(name) = header {
                request.headers_mut().insert(name, "127.0.0.1".parse().unwrap());
            }
            assert_eq!(is_from_here(&request), wanted, "{peer:?} {header:?}");
        }
        assert!(!is_from_here(&Request::new(Body::empty())));
    }
}

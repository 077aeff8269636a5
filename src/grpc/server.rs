//! The server: one port for gRPC, gRPC-web, reflection, health and pages, and an orderly end.
//!
//! With a certificate it speaks TLS and nothing else; without one plain text, for loopback or for a proxy that
//! ends TLS. The end goes in this order: health
//! says no, a moment for those who balance loads, streams end, connections hear that no more is served, requests
//! at work are finished, and after a hard limit the rest is dropped; then the engine finishes what it accepted.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Request, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic_health::server::HealthReporter;
use tonic_web::GrpcWebLayer;
use tower::{Service as _, ServiceExt as _};

use crate::access::{MacKey, Sessions, Tries};
use crate::engine::{Engine, EngineState};
use crate::tls::Tls;
use crate::wire::pb::bank_service_server::BankServiceServer;
use crate::wire::pb::document_service_server::DocumentServiceServer;
use crate::wire::pb::ledger_service_server::LedgerServiceServer;
use crate::wire::pb::session_service_server::SessionServiceServer;
use crate::wire::{FILE_DESCRIPTOR_SET, limits};

use super::bank::BankDesk;
use super::connections::Connections;
use super::desk::Desk;
use super::document::DocumentDesk;
use super::gate::{Caller, GateLayer};
use super::handshakes::Handshakes;
use super::health;
use super::incoming::Incoming;
use super::ledger::LedgerDesk;
use super::metrics::{self, MetricsFor};
use super::page::Pages;
use super::recovery::{self, Recovery};
use super::request_id;
use super::session::SessionDesk;
use super::visit;

/// How the server is set. [`Options::default`] is what a bank wants.
#[derive(Debug, Clone)]
pub struct Options {
    /// What TLS handshakes are made with; none: plain text.
    pub tls: Option<Tls>,
    /// Serve plain text on an address that is not loopback: a proxy on another machine ends TLS.
    pub allow_plain: bool,
    /// Connections at once, at least 1; where one more comes, somebody idle gives way.
    pub connections_at_once: usize,
    /// Time in which something has to be asked on a connection.
    pub first_request_time: Duration,
    /// Time for which a caller may take nothing of its answers.
    pub answer_stall: Duration,
    /// Time for which nothing may be asked on a connection of HTTP/1.1 between two requests; the head of the next is part
    /// of it. Above 30 s the transport's own 30 s hold.
    pub quiet_time: Duration,
    /// Longest time in which the body of a page's request comes.
    pub body_time: Duration,
    /// TLS handshakes at work at once, at least 1.
    pub handshakes_at_once: usize,
    /// Time of a TLS handshake.
    pub handshake_time: Duration,
    /// Who may read `/metrics`.
    pub metrics: MetricsFor,
    /// Tell clients the services' descriptors.
    pub reflection: bool,
    /// gRPC requests and pages at work at once.
    pub requests_at_once: usize,
    /// Requests of megabytes (documents, batches) at work at once, among the others.
    pub large_requests_at_once: usize,
    /// Longest time of a gRPC call, to the head of its answer.
    pub request_time: Duration,
    /// Longest time in which a document is put.
    pub upload_time: Duration,
    /// Watchers of entries at once.
    pub watchers: usize,
    /// How long a watcher may not read.
    pub watch_patience: Duration,
    /// How long health says no before connections are turned away.
    pub drain: Duration,
    /// How long requests at work are waited for.
    pub grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            tls: None,
            allow_plain: false,
            connections_at_once: limits::CONNECTIONS_AT_ONCE,
            first_request_time: limits::FIRST_REQUEST_TIME_MAX,
            answer_stall: limits::ANSWER_STALL_MAX,
            quiet_time: limits::QUIET_TIME_MAX,
            body_time: limits::BODY_TIME_MAX,
            handshakes_at_once: limits::HANDSHAKES_AT_ONCE,
            handshake_time: limits::HANDSHAKE_TIME_MAX,
            metrics: MetricsFor::Loopback,
            reflection: true,
            requests_at_once: limits::REQUESTS_AT_ONCE,
            large_requests_at_once: 64,
            request_time: limits::REQUEST_TIME_MAX,
            upload_time: Duration::from_secs(60),
            watchers: limits::WATCHERS_MAX,
            watch_patience: Duration::from_secs(30),
            drain: Duration::from_secs(1),
            grace: Duration::from_secs(10),
        }
    }
}

/// Why the server does not serve (any more).
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Plain text would leave the machine.
    #[error("{address} is not loopback: it wants a certificate, or plain text allowed with TLS before it")]
    PlainNotAllowed {
        /// Where it should have listened.
        address: SocketAddr,
    },
    /// The listener's address cannot be asked.
    #[error("the listener: {0}")]
    Listener(#[from] std::io::Error),
    /// No randomness for the keys of sessions.
    #[error("the machine has no randomness to give: {0}")]
    Random(getrandom::Error),
    /// The descriptors do not read; they are this program's own.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the transport: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves until `shutdown` is ready, then ends in order. The engine is shut down when this returns, however it
/// returns. `web` answers every path that is not a gRPC service's; it may have a fallback of its own.
///
/// # Errors
///
/// [`ServeError`]; nothing was served, or the transport failed.
pub async fn serve(
    listener: TcpListener,
    engine: Engine,
    web: Option<Router>,
    options: Options,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let kept = engine.clone();
    let starting = std::future::ready(Ok::<_, Infallible>((engine, web)));
    let served = serve_from_start(listener, options, Recovery::new(), starting, |_| Ok(()), shutdown).await;
    // Also where nothing was begun.
    kept.shutdown().await;
    served.map(|started| match started {
        Ok(()) => {}
        Err(never) => match never {},
    })
}

/// As [`serve`], with the port open while the bank is still starting: until `starting` answers the engine and the
/// pages, health says that nothing serves, and whoever asks hears that the bank recovers and how far `recovery` says it
/// is. `ready` hears of the engine once it is served. A shutdown that comes before leaves the start to itself.
///
/// # Errors
///
/// As [`serve`]; inside, what `starting` or `ready` failed with.
pub async fn serve_from_start<E>(
    listener: TcpListener,
    options: Options,
    recovery: Arc<Recovery>,
    starting: impl Future<Output = Result<(Engine, Option<Router>), E>>,
    ready: impl FnOnce(&Engine) -> Result<(), E>,
    shutdown: impl Future<Output = ()>,
) -> Result<Result<(), E>, ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() && options.tls.is_none() && !options.allow_plain {
        return Err(ServeError::PlainNotAllowed { address });
    }
    let reporter = HealthReporter::new();
    health::recovering(&reporter).await;
    let connections =
        Connections::new(options.connections_at_once, options.answer_stall, options.quiet_time, Tries::new());
    let early = recovery::router(&recovery, health_routes(&reporter), options.metrics);
    let there = Arc::new(OnceLock::new());
    let front = front(early, there.clone());

    let going = CancellationToken::new();
    let router = transport().add_routes(Routes::from(front));
    let handshakes = options
        .tls
        .clone()
        .map(|tls| Handshakes::new(tls, options.handshakes_at_once, options.handshake_time));
    let incoming = Incoming::new(listener, connections.clone(), options.first_request_time, handshakes);
    let _watching = AbortOnDrop(tokio::spawn(connections.clone().watch_over()).abort_handle());
    let mut serving = pin!(router.serve_with_incoming_shutdown(incoming, going.clone().cancelled_owned()));
    let mut shutdown = pin!(shutdown);
    let started = tokio::select! {
        biased;
        started = starting => started,
        ended = &mut serving => return Ok(Ok(ended?)),
        () = &mut shutdown => return Ok(Ok(())),
    };
    let (engine, web) = match started {
        Ok(started) => started,
        Err(error) => return Ok(Err(error)),
    };
    let served = async {
        let desk = desk(&engine, &options)?;
        let app = routes(&desk, &reporter, web, &options, &connections)?;
        health::begin(&reporter).await;
        // Nobody else sets it.
        let _ = there.set(app);
        if let Err(error) = ready(&engine) {
            return Ok(Err(error));
        }
        let following = tokio::spawn(health::follow(engine.clone(), reporter.clone()));
        let _following = AbortOnDrop(following.abort_handle());
        tokio::select! {
            ended = &mut serving => return Ok(Ok(ended?)),
            () = shutdown => {}
        }
        following.abort();
        health::leave(&reporter).await;
        tracing::info!("going away");
        tokio::select! {
            ended = &mut serving => return Ok(Ok(ended?)),
            () = tokio::time::sleep(options.drain) => {}
        }
        desk.closing.cancel();
        going.cancel();
        health::end(reporter).await;
        match tokio::time::timeout(options.grace, serving).await {
            Ok(ended) => Ok(Ok(ended?)),
            Err(_) => {
                tracing::warn!("some connections did not end in time; they are dropped");
                Ok(Ok(()))
            }
        }
    };
    let served = served.await;
    engine.shutdown().await;
    served
}

/// What every service shares.
fn desk(engine: &Engine, options: &Options) -> Result<Arc<Desk>, ServeError> {
    Ok(Arc::new(Desk {
        engine: engine.clone(),
        sessions: Sessions::new(limits::SESSION_LIFE).map_err(ServeError::Random)?,
        pages: Pages(MacKey::random().map_err(ServeError::Random)?),
        watchers: Arc::new(Semaphore::new(options.watchers)),
        patience: options.watch_patience,
        closing: CancellationToken::new(),
    }))
}

/// Everything that comes in: first to those who answer early, and to the bank once it is there.
fn front(early: Router, there: Arc<OnceLock<App>>) -> Router {
    let front = Arc::new((early, there));
    let answer = tower::service_fn(move |request: Request<Body>| {
        let front = front.clone();
        async move {
            let (early, there) = &*front;
            let bank = async |request| match there.get() {
                Some(app) => app.answer(request).await,
                None => routed(early, request).await,
            };
            let identified = async |request| request_id::identify(request, bank).await;
            Ok::<_, Infallible>(visit::received(request, identified).await)
        }
    });
    Router::new().fallback_service(answer)
}

/// Paths of the service of commands and entries.
const LEDGER_PATH: &str = "/civbank.v1.LedgerService/";

/// The bank's services and pages.
struct App {
    /// Commands and entries: the one service that is asked for all day long goes past the routers.
    ledger: LedgerServiceServer<LedgerDesk>,
    gate: GateLayer,
    /// Everything, the same service among it.
    all: Router,
}

impl App {
    async fn answer(&self, request: Request<Body>) -> Response {
        // gRPC-web, and gRPC over HTTP/1.1, have layers of their own.
        let is_plain = request.version() == http::Version::HTTP_2
            && request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/grpc");
        if !is_plain || !request.uri().path().starts_with(LEDGER_PATH) {
            return routed(&self.all, request).await;
        }
        let mut ledger = self.ledger.clone();
        let answer = async move |request| match ledger.call(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        };
        self.gate.pass(request, answer).await
    }
}

async fn routed(router: &Router, request: Request<Body>) -> Response {
    match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Health alone.
fn health_routes(reporter: &HealthReporter) -> Router {
    let health = tonic_health::server::HealthService::from_health_reporter(reporter.clone());
    let health = tonic_health::pb::health_server::HealthServer::new(health)
        .max_decoding_message_size(limits::READ_MESSAGE_BYTES_MAX);
    Routes::new(health).into_axum_router()
}

/// Says in every answer of health how the engine stands.
async fn stands(engine: Engine, request: Request<Body>, next: Next) -> Response {
    let is_health = request.uri().path().starts_with(recovery::HEALTH_PATH);
    let mut answer = next.run(request).await;
    if is_health {
        let state = match engine.state() {
            EngineState::Serving => "serving",
            EngineState::ReadOnly => "read-only",
            EngineState::Stopped => "stopped",
        };
        answer.headers_mut().insert(recovery::STATE, HeaderValue::from_static(state));
        if engine.figures().index_is_ailing {
            answer.headers_mut().insert(recovery::HISTORY, HeaderValue::from_static("unavailable"));
        }
    }
    answer
}

/// Ends a task with whoever began it.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Every route behind the gate.
fn routes(
    desk: &Arc<Desk>,
    reporter: &HealthReporter,
    web: Option<Router>,
    options: &Options,
    connections: &Arc<Connections>,
) -> Result<App, ServeError> {
    let ledger = LedgerServiceServer::new(LedgerDesk(desk.clone()))
        .max_decoding_message_size(limits::LEDGER_MESSAGE_BYTES_MAX);
    let bank = BankServiceServer::new(BankDesk(desk.clone()))
        .max_decoding_message_size(limits::READ_MESSAGE_BYTES_MAX);
    let document = DocumentServiceServer::new(DocumentDesk(desk.clone()))
        .max_decoding_message_size(limits::DOCUMENT_MESSAGE_BYTES_MAX);
    let session = SessionServiceServer::new(SessionDesk(desk.clone()))
        .max_decoding_message_size(limits::READ_MESSAGE_BYTES_MAX);
    let health = tonic_health::server::HealthService::from_health_reporter(reporter.clone());
    let health = tonic_health::pb::health_server::HealthServer::new(health)
        .max_decoding_message_size(limits::READ_MESSAGE_BYTES_MAX);
    let mut routes = Routes::new(ledger.clone())
        .add_service(bank)
        .add_service(document)
        .add_service(session)
        .add_service(health);
    if options.reflection {
        let descriptors = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        // Old clients know the older name only.
        routes = routes.add_service(descriptors().build_v1()?).add_service(descriptors().build_v1alpha()?);
    }
    let gate = GateLayer {
        places: Arc::new(Semaphore::new(options.requests_at_once)),
        large_places: Arc::new(Semaphore::new(options.large_requests_at_once)),
        page_places: Arc::new(Semaphore::new(limits::ENTRY_PAGES_AT_ONCE)),
        request_time: options.request_time,
        upload_time: options.upload_time,
        body_time: options.body_time,
        senders: Arc::default(),
    };
    // gRPC-web is for the services' routes only: it turns every other HTTP/1.1 request away.
    let grpc = routes.into_axum_router().reset_fallback().route_layer(GrpcWebLayer::new());
    let pages = web.unwrap_or_else(|| Router::new().fallback(no_page));
    let elsewhere = tower::service_fn(move |request| elsewhere(pages.clone(), request));
    let at_work = metrics::AtWork {
        engine: desk.engine.clone(),
        requests: (gate.places.clone(), options.requests_at_once),
        watchers: (desk.watchers.clone(), options.watchers),
        connections: connections.clone(),
    };
    let engine = desk.engine.clone();
    let stands = axum::middleware::from_fn(move |request, next| stands(engine.clone(), request, next));
    let app = grpc.fallback_service(elsewhere).layer(gate.clone()).layer(stands);
    // Beside the gate: a server with no place left is looked at all the more.
    let all = metrics::add(app, at_work, options.metrics);
    Ok(App { ledger, gate, all })
}

/// Paths of no service: a gRPC caller hears UNIMPLEMENTED, everybody else gets a page.
async fn elsewhere(pages: Router, request: Request<Body>) -> Result<Response, std::convert::Infallible> {
    match Caller::of(request.headers()) {
        caller @ Caller::Grpc { .. } => Ok(caller.answer(Status::unimplemented("There is no such service."))),
        Caller::Browser => pages.oneshot(request).await,
    }
}

async fn no_page() -> Response {
    let text = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::NOT_FOUND, text, "没有这个页面。").into_response()
}

/// hyper's guards and ours; tonic by itself unsets most of them.
fn transport() -> Server {
    Server::builder()
        .accept_http1(true)
        .max_concurrent_streams(limits::STREAMS_AT_ONCE)
        .http2_max_local_error_reset_streams(Some(limits::LOCAL_ERROR_RESETS_MAX))
        .http2_max_pending_accept_reset_streams(Some(limits::PENDING_RESETS_MAX))
        .http2_max_header_list_size(limits::HEADER_BYTES_MAX)
        .initial_stream_window_size(limits::STREAM_WINDOW_BYTES)
        .initial_connection_window_size(limits::CONNECTION_WINDOW_BYTES)
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_keepalive_timeout(Some(Duration::from_secs(20)))
        // Without a grace of its own: with one, tonic would cut connections off unannounced.
        .max_connection_age(Duration::from_secs(30 * 60))
}

//! What `serve`, `demo`, `init` and `reindex` share: the runtime, an engine that shows how far it starts, and a
//! server that stops when it is told to.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::config::{Config, LogFormat, Metrics};
use super::descriptors;
use super::failure::{Failure, Lang};
use super::local::whole;
use super::progress::Bar;
use super::trust::unusable;
use crate::engine::{Engine, Options, Parts, Stage};
use crate::tls::{Facts, Tls};
use crate::{grpc, web};

/// A runtime for a server: one worker a core.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| no_runtime(&error))
}

/// A runtime for a client: this thread.
pub(super) fn small_runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| no_runtime(&error))
}

fn no_runtime(error: &std::io::Error) -> Failure {
    Failure::failed(format!("程序起不来：{error}"), format!("the runtime does not start: {error}"))
}

/// Starts an engine and shows how far it is. Inside a runtime.
pub(super) fn start(parts: Parts, options: &Options, lang: Lang) -> Result<Engine, Failure> {
    start_and_tell(parts, options, lang, |_, _, _| {})
}

/// As [`start`], telling somebody else too.
pub(super) fn start_and_tell(
    parts: Parts,
    options: &Options,
    lang: Lang,
    tell: impl Fn(Stage, u64, u64),
) -> Result<Engine, Failure> {
    let mut bar = Bar::new();
    let mut on_progress = |stage, done, total| {
        tell(stage, done, total);
        bar.show(name(stage, lang), done, total);
    };
    Engine::start_with(parts, options, &mut on_progress).map_err(|error| {
        let what = whole(&error);
        Failure::failed(format!("银行打不开：{what}"), format!("the bank does not start: {what}"))
    })
}

fn name(stage: Stage, lang: Lang) -> &'static str {
    match (stage, lang) {
        (Stage::Replay, Lang::Zh) => "重放账目",
        (Stage::Replay, Lang::En) => "replaying",
        (Stage::Index, Lang::Zh) => "建立索引",
        (Stage::Index, Lang::En) => "indexing",
    }
}

/// Log lines on stderr. Once a process: whoever comes second keeps what the first one set.
pub(super) fn log(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&config.log)
        .map_err(|error| Failure::usage(format!("log 不对：{error}"), format!("the log filter: {error}")))?;
    // Colours are for eyes: in a file or a pipe they stand between a word and whoever looks for it.
    let is_coloured =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    let lines =
        tracing_subscriber::fmt().with_ansi(is_coloured).with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber in one process is a test's doing and changes nothing.
    let _ = match config.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    Ok(())
}

/// Reads the certificate, if there is one to serve with, and from then on reads it again at each SIGHUP. With none a
/// SIGHUP changes nothing. Inside a runtime, and before anybody is told that the server is there: without this a SIGHUP
/// ends the process.
pub(super) fn tls(config: &Config) -> Result<Option<Tls>, Failure> {
    let Some(files) = &config.tls else {
        let mut hangups = hangups()?;
        tokio::spawn(async move {
            while hangups.recv().await.is_some() {
                tracing::info!("SIGHUP: there is no TLS certificate, so there is nothing to read again");
            }
        });
        return Ok(None);
    };
    let (tls, facts) = Tls::load(files.clone()).map_err(|error| unusable(&error))?;
    say("TLS certificate loaded", &facts);
    let mut hangups = hangups()?;
    let reloaded = tls.clone();
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match reloaded.reload() {
                Ok(facts) => say("TLS certificate reloaded", &facts),
                Err(error) => {
                    let (file, reason) = (error.file.display(), &error.trouble);
                    tracing::error!(%file, %reason, "TLS certificate not reloaded; the old one stays");
                }
            }
        }
    });
    Ok(Some(tls))
}

fn hangups() -> Result<Signal, Failure> {
    signal(SignalKind::hangup())
        .map_err(|error| Failure::failed(format!("收不到信号：{error}"), format!("no signals: {error}")))
}

/// A certificate that has ended is served all the same: clients say so, and the operator is told here.
fn say(what: &str, facts: &Facts) {
    let (not_after, fingerprint, chain) = (facts.ends(), &facts.fingerprint, facts.chain);
    if facts.not_after.is_some_and(|end| end <= jiff::Timestamp::now()) {
        tracing::warn!(%not_after, %fingerprint, chain, "{what}; it has EXPIRED");
    } else {
        tracing::info!(%not_after, %fingerprint, chain, "{what}");
    }
}

/// The address as clients write it.
pub(super) fn url(config: &Config, address: SocketAddr) -> String {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// Takes the address, before long work begins: a second server on it is told at once.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::failed(
            format!("占不住地址 {address}：{error}"),
            format!("cannot listen on {address}: {error}"),
        )
    })
}

/// Serves until SIGINT or SIGTERM, then finishes what was accepted and stops the engine.
pub(super) async fn serve(
    engine: Engine,
    listener: TcpListener,
    tls: Option<Tls>,
    config: &Config,
    dir: &Path,
) -> Result<(), Failure> {
    let starting = std::future::ready(Ok(engine));
    serve_from_start(listener, tls, config, dir, grpc::Recovery::new(), starting, |_| Ok(())).await
}

/// As [`serve`], from before the engine is there: those who ask meanwhile hear how far it is. `ready` hears of it once
/// it is served.
pub(super) async fn serve_from_start(
    listener: TcpListener,
    tls: Option<Tls>,
    config: &Config,
    dir: &Path,
    recovery: Arc<grpc::Recovery>,
    starting: impl Future<Output = Result<Engine, Failure>>,
    ready: impl FnOnce(&Engine) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let settings = web::Settings {
        public_url: config.public_url.clone(),
        tls: config.tls.is_some(),
        scans: Some(dir.join("scans")),
        witnesses: Some(dir.join("witnesses")),
    };
    let starting = async {
        let engine = starting.await?;
        let pages = web::router_with(engine.clone(), settings).map_err(|error| {
            Failure::failed(
                format!("机器给不出随机数：{error}"),
                format!("no randomness for sessions: {error}"),
            )
        })?;
        Ok((engine, Some(pages)))
    };
    let metrics = match config.metrics {
        Metrics::Loopback => grpc::MetricsFor::Loopback,
        Metrics::All => grpc::MetricsFor::Everybody,
        Metrics::Off => grpc::MetricsFor::Nobody,
    };
    let options = grpc::Options {
        tls,
        allow_plain: config.allow_plain,
        metrics,
        connections_at_once: descriptors::connections(config.connections),
        ..grpc::Options::default()
    };
    let served = grpc::serve_from_start(listener, options, recovery, starting, ready, told_to_stop());
    served.await.map_err(|error| {
        let what = whole(&error);
        Failure::failed(format!("服务中断：{what}"), format!("the server failed: {what}"))
    })?
}

/// Resolves on the first SIGINT or SIGTERM. Where signals cannot be had, never: the process is then killed.
async fn told_to_stop() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

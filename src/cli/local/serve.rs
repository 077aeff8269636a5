//! A bank's server.

use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::{Dir, home_failure};
use crate::cli::config::{Config, Flags};
use crate::cli::failure::Failure;
use crate::cli::output::Printer;
use crate::cli::progress::Bar;
use crate::cli::serving;
use crate::engine::{Engine, Home, Options, SystemClock};
use crate::grpc::Recovery;
use crate::journal;

/// Serves a bank until SIGINT or SIGTERM.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    dir: Dir,
    #[command(flatten)]
    flags: Flags,
}

impl Serve {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<(), Failure> {
        let config = Config::load(&self.dir.dir, &self.flags, |name| std::env::var(name).ok())?;
        config.check_plain()?;
        serving::log(&config)?;
        let home = Home::at(&self.dir.dir);
        home.origin().map_err(|error| home_failure(&error))?;
        let runtime = serving::runtime()?;
        let served = runtime.block_on(async {
            let tls = serving::tls(&config)?;
            let listener = serving::bind(config.listen).await?;
            let url = serving::url(&config, listener.local_addr()?);
            let recovery = Recovery::new();
            let starting = start(home, &config, printer, recovery.clone());
            let ready = |engine: &Engine| tell(engine, url, printer);
            serving::serve_from_start(listener, tls, &config, &self.dir.dir, recovery, starting, ready).await
        });
        // Told to stop while it was starting, the start may go on in its thread: nothing of it is waited for.
        runtime.shutdown_background();
        served
    }
}

/// Opens the directory and starts the engine on a thread of its own: the port is served meanwhile.
fn start(
    home: Home,
    config: &Config,
    printer: &Printer,
    recovery: Arc<Recovery>,
) -> impl Future<Output = Result<Engine, Failure>> + use<> {
    let what = printer.say("检查账本", "checking the journal").to_owned();
    let lang = printer.lang();
    let journal_options = journal::Options { segment_bytes_max: config.segment_bytes };
    let options = Options { disk_reserve: config.disk_reserve };
    let started = tokio::task::spawn_blocking(move || {
        let mut bar = Bar::new();
        let mut on_progress = |done, total| {
            recovery.report(None, done, total);
            bar.show(&what, done, total);
        };
        let opened = home.open_with(Arc::new(SystemClock), &journal_options, Some(&mut on_progress));
        let (parts, _) = opened.map_err(|error| home_failure(&error))?;
        drop(bar);
        serving::start_and_tell(parts, &options, lang, |stage, done, total| {
            recovery.report(Some(stage), done, total);
        })
    });
    async {
        started.await.map_err(|error| {
            Failure::failed(format!("银行打不开：{error}"), format!("the bank does not start: {error}"))
        })?
    }
}

/// Says that the bank is open.
fn tell(engine: &Engine, url: String, printer: &mut Printer) -> Result<(), Failure> {
    let (origin, entries) = (engine.origin().to_owned(), engine.published().size);
    if printer.is_json() {
        printer.json_line(&json!({
            "serving": url, "origin": origin, "vkey": engine.vkey(),
            "entries": entries,
        }))?;
    } else {
        printer.facts(&[
            ("开门营业", "serving", url),
            ("银行", "origin", origin),
            ("验证钥", "verifier key", engine.vkey().to_owned()),
            ("账目", "entries", entries.to_string()),
        ])?;
    }
    Ok(())
}

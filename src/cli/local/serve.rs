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
use crate::engine::{Home, Options, SystemClock};
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
        serving::runtime()?.block_on(async {
            let tls = serving::tls(&config)?;
            let listener = serving::bind(config.listen).await?;
            let mut bar = Bar::new();
            let what = printer.say("检查账本", "checking the journal").to_owned();
            let mut on_progress = |done, total| bar.show(&what, done, total);
            let options = journal::Options { segment_bytes_max: config.segment_bytes };
            let opened = home.open_with(Arc::new(SystemClock), &options, Some(&mut on_progress));
            let (parts, _) = opened.map_err(|error| home_failure(&error))?;
            drop(bar);
            let engine =
                serving::start(parts, &Options { disk_reserve: config.disk_reserve }, printer.lang())?;
            let url = serving::url(&config, listener.local_addr()?);
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
            serving::serve(engine, listener, tls, &config).await
        })
    }
}

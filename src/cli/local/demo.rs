//! The demo: made or resumed, then served.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::shown;
use crate::bank::time::Day;
use crate::cli::config::{Config, Flags};
use crate::cli::failure::Failure;
use crate::cli::output::Printer;
use crate::cli::progress::Bar;
use crate::cli::serving;
use crate::demo::{self, resident_link, show_links, show_seats};

/// Makes or resumes the demo and serves it.
#[derive(Debug, Args)]
pub struct Demo {
    /// Where the demo lives; made where it is missing.
    #[arg(long, value_name = "DIR", default_value = "./demo-bank")]
    dir: PathBuf,
    /// First day of the demo's life; without it 61 days ago.
    #[arg(long, value_name = "DATE")]
    clock_start: Option<Day>,
    #[command(flatten)]
    flags: Flags,
}

impl Demo {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<(), Failure> {
        let quiet = Flags { log: self.flags.log.clone().or(Some("warn".to_owned())), ..self.flags.clone() };
        let config = Config::load(&self.dir, &quiet, |name| std::env::var(name).ok())?;
        config.check_plain()?;
        serving::log(&config)?;
        serving::runtime()?.block_on(async {
            let began = Instant::now();
            let tls = serving::tls(&config)?;
            let listener = serving::bind(config.listen).await?;
            let base = config.public_url.clone();
            let base = base.map_or_else(|| listener.local_addr().map(|at| serving::url(&config, at)), Ok)?;
            let mut bar = Bar::new();
            let what = printer.say("两个月的日子", "two months of life").to_owned();
            let mut on_progress = |done, total| bar.show(&what, done, total);
            let opened = demo::open(&self.dir, self.clock_start, &base, &mut on_progress).await;
            let demo = opened.map_err(|error| failure(&error))?;
            drop(bar);
            let entries = demo.engine.published().size;
            // A bank that writes nothing now (a full disk) is shown all the same.
            let seats = demo.town.seats(&demo.engine, &base).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "no invitations for visitors");
                Vec::new()
            });
            if printer.is_json() {
                let seats: serde_json::Map<String, serde_json::Value> =
                    seats.iter().map(|seat| (seat.name.to_owned(), seat.link.clone().into())).collect();
                printer.json_line(&json!({
                    "serving": base, "dir": shown(&self.dir), "vkey": demo.engine.vkey(), "entries": entries,
                    "resumed": demo.resumed, "invitations": seats, "resident": resident_link(&demo.town, &base),
                }))?;
            } else {
                let links = show_links(&self.dir, &demo.town, &base).map_err(|error| failure(&error))?;
                printer.line(&links)?;
                printer.line(&show_seats(&seats))?;
                let seconds = format!("{:.1} s", began.elapsed().as_secs_f64());
                printer.facts(&[
                    ("开门营业", "serving", base),
                    ("账目", "entries", entries.to_string()),
                    ("验证钥", "verifier key", demo.engine.vkey().to_owned()),
                    ("用时", "ready in", seconds),
                ])?;
            }
            serving::serve(demo.engine, listener, tls, &config, &self.dir).await
        })
    }
}

fn failure(error: &demo::DemoError) -> Failure {
    let what = super::whole(error);
    Failure::failed(format!("演示开不起来：{what}"), format!("the demo does not start: {what}"))
}

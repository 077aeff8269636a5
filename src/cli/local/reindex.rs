//! The index thrown away and built anew.

use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::{Dir, home_failure};
use crate::cli::failure::Failure;
use crate::cli::output::Printer;
use crate::cli::serving;
use crate::engine::{Home, Options, SystemClock};

/// Builds the index anew.
#[derive(Debug, Args)]
pub struct Reindex {
    #[command(flatten)]
    dir: Dir,
}

impl Reindex {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<(), Failure> {
        let home = Home::at(&self.dir.dir);
        // The lock comes first: a server that runs keeps its index.
        let (parts, _) = home.open(Arc::new(SystemClock), None).map_err(|error| home_failure(&error))?;
        let index = home.index();
        match std::fs::remove_dir_all(&index) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::writing(&index, error)),
        }
        let entries = serving::runtime()?.block_on(async {
            let engine = serving::start(parts, &Options::default(), printer.lang())?;
            let entries = engine.published().size;
            let cannot = engine.figures().index_is_ailing;
            // Brings the index up to date and flushes it.
            engine.shutdown().await;
            if cannot {
                return Err(Failure::failed(
                    "索引建不起来，原因见日志",
                    "the index cannot be built; the log says why",
                ));
            }
            Ok::<_, Failure>(entries)
        })?;
        if printer.is_json() {
            return printer.json(&json!({"entries": entries}));
        }
        printer.facts(&[("已编入索引的账目", "entries in the index", entries.to_string())])
    }
}

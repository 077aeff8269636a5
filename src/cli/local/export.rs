//! Every entry as a line of JSON, read from the journal's files: the record outlives this program.
//!
//! A line holds the entry as proto3 JSON, its command decoded, and the frozen bytes in base64, so that hashes
//! can be checked by anybody. The file appears whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::json;

use super::{Dir, shown};
use crate::cli::failure::Failure;
use crate::cli::output::Printer;
use crate::cli::progress::Bar;
use crate::cli::read::entry_json;
use crate::engine::Home;
use crate::journal::{FileJournal, FileReader, JournalReader as _};

/// Writes every entry.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    dir: Dir,
    /// File for the lines; "-" is stdout.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Export {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<(), Failure> {
        let home = Home::at(&self.dir.dir);
        home.origin().map_err(|error| super::home_failure(&error))?;
        let (reader, _) =
            FileJournal::open_for_audit(&home.journal(), None).map_err(|error| unreadable(&error))?;
        let size = reader.size();
        let mut bar = Bar::new();
        let what = printer.say("导出", "exporting").to_owned();
        let mut on_progress = |done| bar.show(&what, done, size);
        if self.out == Path::new("-") {
            return write_lines(&reader, &mut std::io::stdout().lock(), &mut on_progress);
        }
        let unfinished = self.out.with_added_extension("unfinished");
        let written = File::create(&unfinished)
            .map_err(|error| Failure::writing(&unfinished, error))
            .and_then(|file| {
                let mut out = BufWriter::new(&file);
                write_lines(&reader, &mut out, &mut on_progress)?;
                out.flush()?;
                file.sync_all()?;
                fs::rename(&unfinished, &self.out).map_err(|error| Failure::writing(&self.out, error))
            });
        if written.is_err() {
            // What is unfinished is worth nothing; if it stays, its name says so.
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        drop(bar);
        if printer.is_json() {
            return printer.json(&json!({"entries": size, "file": shown(&self.out)}));
        }
        printer.facts(&[("账目", "entries", size.to_string()), ("文件", "file", shown(&self.out))])
    }
}

fn write_lines(
    reader: &FileReader,
    out: &mut impl Write,
    on_progress: &mut impl FnMut(u64),
) -> Result<(), Failure> {
    for batch in reader.batches(0) {
        let batch = batch.map_err(|error| unreadable(&error))?;
        for bytes in &batch.entries {
            let mut line = entry_json(bytes)?;
            line["raw"] = STANDARD.encode(bytes).into();
            writeln!(out, "{line}")?;
        }
        on_progress(batch.size_after());
    }
    Ok(())
}

fn unreadable(error: &dyn std::error::Error) -> Failure {
    let what = super::whole(error);
    Failure::failed(format!("账本读不了：{what}"), format!("the journal cannot be read: {what}"))
}

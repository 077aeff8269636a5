//! Ours: the real server on a directory. Once to make the town, then to serve it, and to be restarted.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;
use tokio::net::TcpListener;

use civbank::engine::{Engine, Home, Stage, SystemClock};
use civbank::grpc;

use super::county::{County, ORIGIN, Size};
use super::grow;
use super::machine::resident_bytes;
use super::process::{flag, number, say, told_to_end};
use super::reads;

/// A runtime with a thread for each core.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// In the directory that the arguments name, makes the villages where there is no bank yet, else the households
/// in them and `--records=N` records for sheets to come. Says how much memory that took.
pub fn make(args: &[String]) -> anyhow::Result<()> {
    let dir = Path::new(args.first().context("a directory")?);
    let size = Size::of(args)?;
    runtime()?.block_on(async {
        let home = Home::at(dir);
        let is_new = !home.exists();
        if is_new {
            home.create(ORIGIN)?;
        }
        let (parts, _) = home.open(Arc::new(SystemClock), None)?;
        let engine = Engine::start(parts, &mut |_, _, _| {})?;
        let county = County::new(size)?;
        let start = Instant::now();
        let before = resident_bytes(std::process::id())?;
        if is_new {
            county.found(&engine).await?
        } else {
            let telling = tokio::spawn(grow::tell(engine.clone(), size.entries()));
            let settled = county.settle(&engine).await;
            telling.abort();
            settled?;
            county.keep_records(&engine, number(args, "records")?.unwrap_or(0))?;
        }
        let seconds = start.elapsed().as_secs_f64();
        let entries = engine.published().size;
        let after = resident_bytes(std::process::id())?;
        engine.shutdown().await;
        say(&json!({ "before": before, "after": after, "entries": entries, "seconds": seconds }))
    })
}

/// Starts the bank in the directory (from its snapshot where `--snapshot` is given), says how long that took,
/// serves gRPC and pages until told to end.
pub fn serve(args: &[String]) -> anyhow::Result<()> {
    let dir = Path::new(args.first().context("a directory")?);
    runtime()?.block_on(async {
        if !flag(args, "snapshot") {
            let _ = std::fs::remove_dir_all(dir.join("index").join("snapshots"));
        }
        let start = Instant::now();
        let (parts, outcome) = Home::at(dir).open(Arc::new(SystemClock), None)?;
        let open_s = start.elapsed().as_secs_f64();
        let replaying = Instant::now();
        let (mut replayed_s, mut state) = (0.0, None);
        let engine = Engine::start(parts, &mut |stage, done, total| {
            if stage == Stage::Replay && done == total {
                replayed_s = replaying.elapsed().as_secs_f64();
                state = resident_bytes(std::process::id()).ok();
            }
        })?;
        let start_s = replaying.elapsed().as_secs_f64();
        // Where a size is given there are balances to read.
        let balance = match Size::of(args) {
            Ok(size) => Some(reads::balance(&engine, &County::new(size)?).await?),
            Err(_) => None,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        say(&json!({
            "address": listener.local_addr()?.to_string(),
            "entries": outcome.size,
            "bytes": outcome.bytes,
            "open_s": open_s,
            "replay_s": replayed_s,
            "start_s": start_s,
            "state": state,
            "resident": resident_bytes(std::process::id())?,
            "balance_us": balance.map(|(median, _)| median),
            "balance_p99_us": balance.map(|(_, p99)| p99),
        }))?;
        let options = grpc::Options { drain: std::time::Duration::ZERO, ..grpc::Options::default() };
        let pages = civbank::web::router(engine.clone())?;
        Ok(grpc::serve(listener, engine, Some(pages), options, told_to_end()).await?)
    })
}

//! Ours: the real server on a directory. Once to make the town, then to serve it, and to be restarted.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;
use tokio::net::TcpListener;

use civbank::engine::{Engine, Home, Stage, SystemClock};
use civbank::grpc;

use super::machine::resident_bytes;
use super::process::{say, told_to_end};
use super::scale::Scale;
use super::town::{County, ORIGIN};

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// In the directory that the arguments name, makes the villages where there is no bank yet, else the households
/// in them. Says how much memory that took.
pub fn make(args: &[String]) -> anyhow::Result<()> {
    let dir = Path::new(args.first().context("a directory")?);
    let scale = if args.iter().any(|arg| arg == "--smoke") { Scale::SMOKE } else { Scale::FULL };
    runtime()?.block_on(async {
        let home = Home::at(dir);
        let is_new = !home.exists();
        if is_new {
            home.create(ORIGIN)?;
        }
        let (parts, _) = home.open(Arc::new(SystemClock), None)?;
        let engine = Engine::start(parts, &mut |_, _, _| {})?;
        let county = County::new(&scale)?;
        let before = resident_bytes(std::process::id())?;
        if is_new {
            county.found(&engine).await?
        } else {
            county.settle(&engine).await?
        }
        let after = resident_bytes(std::process::id())?;
        engine.shutdown().await;
        say(&json!({ "before": before, "after": after }))
    })
}

/// Starts the bank in the directory (from its snapshot where `--snapshot` is given), says how long that took, serves until told to end.
pub fn serve(args: &[String]) -> anyhow::Result<()> {
    let dir = Path::new(args.first().context("a directory")?);
    runtime()?.block_on(async {
        if !args.iter().any(|arg| arg == "--snapshot") {
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
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        say(&json!({
            "address": listener.local_addr()?.to_string(),
            "entries": outcome.size,
            "bytes": outcome.bytes_checked,
            "open_s": open_s,
            "replay_s": replayed_s,
            "start_s": start_s,
            "state": state,
            "resident": resident_bytes(std::process::id())?,
        }))?;
        let options = grpc::Options { drain: std::time::Duration::ZERO, ..grpc::Options::default() };
        Ok(grpc::serve(listener, engine, None, options, told_to_end()).await?)
    })
}

//! What the benchmarks of large banks have in common: a restart with and without a snapshot, and the same
//! redemptions sent to several servers in turns.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::county::Size;
use super::figures::{Sample, float, text, whole};
use super::machine::{processor_seconds, resident_bytes};
use super::process::{Process, Role};

/// A bank that serves.
pub struct Server {
    process: Process,
    /// Where it listens.
    pub address: String,
    /// What it said when it began.
    pub said: Value,
}

impl Server {
    /// Starts the bank in a directory, by replay or from its snapshot.
    pub fn start(dir: &Path, size: Size, from_snapshot: bool) -> anyhow::Result<Server> {
        let mut args = vec![path(dir)?];
        args.extend(size.args());
        args.extend(from_snapshot.then(|| "--snapshot".to_owned()));
        Server::of(Process::start(Role::Bank, &args)?)
    }

    /// Starts the null service, which answers as many bytes as ours does.
    pub fn null(client: &mut Process, like: &Server) -> anyhow::Result<Server> {
        client.ask(&json!({ "sign": 64 }))?;
        let said = client.ask(&json!({ "send": like.address, "clients": 8 }))?;
        let sizes = [whole(&said, "entry_bytes")?, whole(&said, "proof_bytes")?].map(|n| n.to_string());
        Server::of(Process::start(Role::Null, &sizes)?)
    }

    fn of(mut process: Process) -> anyhow::Result<Server> {
        let said = process.hear()?;
        Ok(Server { address: text(&said, "address")?, process, said })
    }

    /// Bytes of memory that it holds.
    pub fn resident(&self) -> anyhow::Result<u64> {
        resident_bytes(self.process.id())
    }

    /// Seconds from its start until it served.
    pub fn started_s(&self) -> anyhow::Result<f64> {
        Ok(float(&self.said, "open_s")? + float(&self.said, "start_s")?)
    }

    /// Its orderly end.
    pub fn end(self) -> anyhow::Result<()> {
        self.process.end()
    }
}

/// A restart by replay, an orderly end, and a restart from what that set aside.
pub fn restart(dir: &Path, size: Size) -> anyhow::Result<(Value, Server)> {
    let replayed = Server::start(dir, size, false)?;
    let (mut said, started_s) = (replayed.said.clone(), replayed.started_s()?);
    replayed.end()?;
    let server = Server::start(dir, size, true)?;
    said["by_replay_s"] = json!(started_s);
    said["from_snapshot_s"] = json!(server.started_s()?);
    said["replay_per_second"] = json!(float(&said, "entries")? / float(&said, "replay_s")?);
    said["state_from_snapshot"] = server.said["state"].clone();
    said["resident_from_snapshot"] = server.said["resident"].clone();
    said["balance_us"] = server.said["balance_us"].clone();
    said["balance_p99_us"] = server.said["balance_p99_us"].clone();
    Ok((said, server))
}

/// The same signed redemptions to each server, another one first in each round; a sample of each.
pub fn turns(
    client: &mut Process,
    servers: &[&Server],
    clients: usize,
    redemptions: usize,
    round: usize,
) -> anyhow::Result<Vec<Sample>> {
    client.ask(&json!({ "sign": redemptions }))?;
    let mut samples = vec![None; servers.len()];
    for turn in 0..servers.len() {
        let at = (turn + round) % servers.len();
        let (server, process) = (servers[at], servers[at].process.id());
        let busy = processor_seconds(process)?;
        let said = client.ask(&json!({ "send": server.address, "clients": clients, "keep": true }))?;
        let processor_us = (processor_seconds(process)? - busy) * 1e6 / redemptions as f64;
        samples[at] = Some(Sample { processor_us, ..Sample::of(&said)? });
    }
    samples.into_iter().map(|sample| sample.context("every server has its turn")).collect()
}

/// Runs a process of a role to its end and answers what it said.
pub fn done(role: Role, dir: &Path, rest: &[String]) -> anyhow::Result<Value> {
    let mut process = Process::start(role, &[&[path(dir)?][..], rest].concat())?;
    let said = process.hear()?;
    process.end()?;
    Ok(said)
}

fn path(dir: &Path) -> anyhow::Result<String> {
    Ok(dir.to_str().context("a path in UTF-8")?.to_owned())
}

//! The course of one run: make the town, warm up, measure ours and null in turns, watch memory, restart.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::machine::{self, directory_bytes, processor_seconds, resident_bytes, sync_time};
use super::process::{Process, Role};
use super::report::{Figures, LoadFigures, Restart, Sample, float};
use super::scale::{Load, Scale};

/// Redemptions signed at once outside of timed runs.
const CHUNK: usize = 20_000;
/// Clients outside of timed runs.
const CLIENTS: usize = 64;

/// Runs everything and prints the report.
pub fn run(scale: Scale) -> anyhow::Result<()> {
    let load_before = machine::load();
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bank_dir = dir.path().join("bank");
    let path = bank_dir.to_str().context("a path in UTF-8")?;
    let smoke: &[&str] = if scale.smoke { &["--smoke"] } else { &[] };
    let (journal, index) = (bank_dir.join("journal"), bank_dir.join("index"));

    eprintln!("making {} households", scale.households_in_all());
    make(path, smoke)?;
    let mut empty = Process::start(Role::Bank, &[path])?;
    let empty_bank = empty.hear()?;
    empty.end()?;
    let made = make(path, smoke)?;
    let index_before = directory_bytes(&index)?;

    let mut client = Process::start(Role::Client, smoke)?;
    client.hear()?;
    let mut bank = Process::start(Role::Bank, &[path])?;
    let started = bank.hear()?;
    let ours = text(&started, "address")?;

    eprintln!("one redemption for each household");
    let sizes = pass_all(&mut client, &ours, scale.households_in_all())?;
    let warm = resident_bytes(bank.id())?;
    let sizes = [number(&sizes, "entry_bytes")?, number(&sizes, "proof_bytes")?].map(|n| n.to_string());
    let mut null = Process::start(Role::Null, &[&sizes[0], &sizes[1]])?;
    let nulls = text(&null.hear()?, "address")?;
    let services = [
        Service { address: ours.clone(), process: bank.id(), journal: Some(&journal) },
        Service { address: nulls, process: null.id(), journal: None },
    ];

    let mut figures = Figures::new(scale, load_before);
    let mut passed = 0;
    for round in 0..scale.rounds {
        eprintln!("round {} of {}", round + 1, scale.rounds);
        for (load, into) in scale.loads.iter().zip(&mut figures.loads) {
            timed(&mut client, *load, &services, round, into)?;
            into.sync_us.push(sync_time(dir.path(), scale.syncs)?.as_nanos() as f64 / 1_000.0);
            passed += load.redemptions;
        }
    }
    // Retries are remembered for a while, so memory is compared under the same load on both sides of what passes.
    eprintln!("as many redemptions as there are households, then {} more", scale.passing);
    pass_all(&mut client, &ours, scale.households_in_all())?;
    let before = resident_bytes(bank.id())?;
    pass_all(&mut client, &ours, scale.passing)?;
    let end = resident_bytes(bank.id())?;
    passed += scale.households_in_all() + scale.passing;
    null.end()?;
    bank.end()?;
    client.end()?;

    let redemptions = (passed + scale.households_in_all()) as f64;
    figures.index_bytes = (directory_bytes(&index)? as f64 - index_before as f64) / redemptions;
    let households = scale.households_in_all() as f64;
    let made = number(&made, "after")? as f64 - number(&made, "before")? as f64;
    figures.household_bytes_made = made / households;
    let more = |of: &str, than: &Value, now: u64| -> anyhow::Result<f64> {
        Ok((now as f64 - number(than, of)? as f64) / households)
    };
    figures.household_bytes = more("state", &empty_bank, number(&started, "state")?)?;
    figures.household_bytes_serving = more("resident", &empty_bank, number(&started, "resident")?)?;
    figures.household_bytes_warm = more("resident", &empty_bank, warm)?;
    figures.growth_bytes = end as f64 - before as f64;
    figures.warm_bytes = before as f64;
    figures.passed = scale.passing;
    for number in 0..scale.restarts {
        eprintln!("restart {} of {}", number + 1, scale.restarts);
        let mut bank = Process::start(Role::Bank, &[path])?;
        figures.restarts.push(Restart::of(&bank.hear()?)?);
        // An orderly end sets the state aside; the next start goes on from there.
        bank.end()?;
        let mut bank = Process::start(Role::Bank, &[path, "--snapshot"])?;
        let answer = bank.hear()?;
        figures.from_snapshot_s.push(float(&answer, "open_s")? + float(&answer, "start_s")?);
        bank.end()?;
    }
    figures.print()
}

/// One step of making the town: villages first, households then.
fn make(path: &str, smoke: &[&str]) -> anyhow::Result<Value> {
    let mut maker = Process::start(Role::Make, &[&[path], smoke].concat())?;
    let made = maker.hear()?;
    maker.end()?;
    Ok(made)
}

/// Sends redemptions that nobody times, a chunk at a time; the sizes of the newest receipt.
fn pass_all(client: &mut Process, address: &str, count: usize) -> anyhow::Result<Value> {
    let (mut sizes, mut left) = (Value::Null, count);
    while left > 0 {
        let count = left.min(CHUNK);
        sizes = pass(client, address, count)?;
        left -= count;
    }
    Ok(sizes)
}

fn pass(client: &mut Process, address: &str, count: usize) -> anyhow::Result<Value> {
    client.ask(&json!({ "sign": count }))?;
    client.ask(&json!({ "send": address, "clients": CLIENTS, "keep": false }))
}

/// Who is timed.
struct Service<'a> {
    address: String,
    process: u32,
    /// Ours has one.
    journal: Option<&'a Path>,
}

/// The same signed redemptions to both services, each going first in every other round.
fn timed(
    client: &mut Process,
    load: Load,
    services: &[Service; 2],
    round: usize,
    into: &mut LoadFigures,
) -> anyhow::Result<()> {
    client.ask(&json!({ "sign": load.redemptions }))?;
    let [ours, null] = services;
    let order = if round.is_multiple_of(2) { [ours, null] } else { [null, ours] };
    for Service { address, process, journal } in order {
        let bytes = || journal.map_or(Ok(0), directory_bytes);
        let (before, busy) = (bytes()?, processor_seconds(*process)?);
        let answer = client.ask(&json!({ "send": address, "clients": load.clients, "keep": true }))?;
        let each = |all: f64| all / load.redemptions as f64;
        let processor_us = each((processor_seconds(*process)? - busy) * 1e6);
        let sample = Sample::of(&answer, processor_us)?;
        if journal.is_some() {
            into.journal_bytes.push(each((bytes()? - before) as f64));
            into.ours.push(sample);
        } else {
            into.null.push(sample);
        }
    }
    Ok(())
}

fn number(answer: &Value, name: &str) -> anyhow::Result<u64> {
    answer[name].as_u64().with_context(|| format!("{name} in {answer}"))
}

fn text(answer: &Value, name: &str) -> anyhow::Result<String> {
    Ok(answer[name].as_str().with_context(|| format!("{name} in {answer}"))?.to_owned())
}

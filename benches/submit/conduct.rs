//! The course of one run: make the county, warm up, measure in turns, watch memory, restart.

use anyhow::Context;
use serde_json::{Value, json};

use crate::common::bank::runtime;
use crate::common::county::County;
use crate::common::figures::{float, text, whole};
use crate::common::machine::{self, directory_bytes, resident_bytes, sync_time};
use crate::common::null::AS_THE_BANK;
use crate::common::process::{Process, Role};
use crate::common::reads;

use super::report::{Figures, Restart};
use super::scale::{LOADS, Scale};
use super::timed::{self, Service, Whose};

/// Where this is `1` nothing may be left out: the test command sets it.
const MUST_RUN: &str = "CIVBANK_TESTS_MUST_RUN";
/// Redemptions signed at once outside of timed runs: few, for a signed one does not live long.
const CHUNK: usize = 2_000;
/// Clients outside of timed runs.
const CLIENTS: usize = 64;
/// Clients that send sheets.
const SHEET_CLIENTS: usize = 16;

/// Runs everything and prints the report.
pub fn run(scale: Scale) -> anyhow::Result<()> {
    let load_before = machine::load();
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bank_dir = dir.path().join("bank");
    let path = bank_dir.to_str().context("a path in UTF-8")?;
    let size = scale.county.args();
    let (journal, index) = (bank_dir.join("journal"), bank_dir.join("index"));
    let households = scale.county.households_in_all();

    let mut postgres = Process::start(Role::Postgres, &[dir.path()])?;
    let found = postgres.hear()?;
    let socket = found["socket"].as_str().map(str::to_owned);
    if socket.is_none() {
        let missing = format!("no PostgreSQL, so no ratios to it: {}", found["missing"]);
        anyhow::ensure!(std::env::var_os(MUST_RUN).is_none_or(|must| must != "1"), "{missing}");
        eprintln!("{missing}");
    }

    eprintln!("making {households} households");
    let records = format!("--records={}", scale.sheets * scale.rounds);
    let maker = |rest: &[String]| -> anyhow::Result<Value> {
        let mut maker = Process::start(Role::Make, &[&[path.to_owned()][..], rest].concat())?;
        let made = maker.hear()?;
        maker.end()?;
        Ok(made)
    };
    maker(&size)?;
    let mut empty = Process::start(Role::Bank, &[path])?;
    let empty_bank = empty.hear()?;
    empty.end()?;
    let made = maker(&[&size[..], &[records]].concat())?;
    let index_before = directory_bytes(&index)?;

    let mut client = Process::start(Role::Client, &size)?;
    client.hear()?;
    let mut bank = Process::start(Role::Bank, &[path])?;
    let started = bank.hear()?;
    let ours = text(&started, "address")?;

    eprintln!("one redemption for each household");
    let sizes = pass_all(&mut client, &ours, households)?;
    let warm = resident_bytes(bank.id())?;
    let sizes = [whole(&sizes, "entry_bytes")?, whole(&sizes, "proof_bytes")?].map(|n| n.to_string());
    let as_the_bank = [&sizes[..], &[AS_THE_BANK.to_owned()]].concat();
    let mut nulls = [Process::start(Role::Null, &sizes)?, Process::start(Role::Null, &as_the_bank)?];
    let mut services = vec![Service {
        whose: Whose::Ours,
        address: ours.clone(),
        process: bank.id(),
        journal: Some(&journal),
    }];
    for (null, whose) in nulls.iter_mut().zip([Whose::Null, Whose::NullAsTheBank]) {
        let address = text(&null.hear()?, "address")?;
        services.push(Service { whose, address, process: null.id(), journal: None });
    }

    let mut figures = Figures::new(scale, load_before);
    if let Some(socket) = &socket {
        figures.postgres = Some(client.ask(&json!({ "tables": socket }))?);
    }
    let mut passed = 0;
    for round in 0..scale.rounds {
        for (load, into) in LOADS.iter().zip(&mut figures.loads) {
            eprintln!("round {} of {}: {}", round + 1, scale.rounds, load.name());
            let count = scale.redemptions(load);
            timed::grpc(&mut client, load, count, &services, round, into)?;
            into.sync_us.push(sync_time(dir.path(), scale.syncs)?.as_nanos() as f64 / 1_000.0);
            passed += count;
            if let Some(socket) = socket.as_deref().filter(|_| load.batch == 1) {
                timed::sql(&mut client, load, count, socket, round, into)?;
            }
        }
    }
    // Retries are remembered for a while, so memory is compared under the same load on both sides of what passes.
    eprintln!("as many redemptions as there are households, then {} more", scale.passing);
    pass_all(&mut client, &ours, households)?;
    let before = resident_bytes(bank.id())?;
    pass_all(&mut client, &ours, scale.passing)?;
    let end = resident_bytes(bank.id())?;
    passed += households + scale.passing;
    for process in nulls.into_iter().chain([bank, postgres]) {
        process.end()?;
    }

    let redemptions = (passed + households) as f64;
    figures.index_bytes = (directory_bytes(&index)? as f64 - index_before as f64) / redemptions;
    let each = |bytes: f64| bytes / households as f64;
    figures.household_bytes_made = each(float(&made, "after")? - float(&made, "before")?);
    let more = |of: &str, now: u64| Ok::<_, anyhow::Error>(each(now as f64 - float(&empty_bank, of)?));
    figures.household_bytes = more("state", whole(&started, "state")?)?;
    figures.household_bytes_serving = more("resident", whole(&started, "resident")?)?;
    figures.household_bytes_warm = more("resident", warm)?;
    figures.growth_bytes = end as f64 - before as f64;
    figures.warm_bytes = before as f64;
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
    // Last, because a sheet writes as much as hundreds of redemptions.
    let mut bank = Process::start(Role::Bank, &[path, "--snapshot"])?;
    let ours = text(&bank.hear()?, "address")?;
    eprintln!("passbooks");
    figures.pages = runtime()?.block_on(reads::pages(&ours, &County::new(scale.county)?, scale.pages))?;
    for round in 0..scale.rounds {
        eprintln!("sheets, round {} of {}", round + 1, scale.rounds);
        let asked = json!({ "sheets": scale.sheets, "send": ours, "clients": SHEET_CLIENTS });
        figures.sheets.push(client.ask(&asked)?);
    }
    bank.end()?;
    client.end()?;
    figures.print()
}

/// Sends redemptions that nobody times, a chunk at a time; the sizes of the newest receipt.
fn pass_all(client: &mut Process, address: &str, count: usize) -> anyhow::Result<Value> {
    let (mut sizes, mut left) = (Value::Null, count);
    while left > 0 {
        let count = left.min(CHUNK);
        client.ask(&json!({ "sign": count }))?;
        sizes = client.ask(&json!({ "send": address, "clients": CLIENTS }))?;
        left -= count;
    }
    Ok(sizes)
}

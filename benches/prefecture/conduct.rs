//! The course of one run: settle the prefecture, live the month, restart, measure.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::bank::runtime;
use crate::common::county::County;
use crate::common::figures::{Sample, float, whole};
use crate::common::grow::Course;
use crate::common::machine::{self, directory_bytes};
use crate::common::process::{Process, Role};
use crate::common::reads;
use crate::common::rounds::{Server, done, restart, turns};

use super::report::{self, Figures};
use super::scale::Scale;

/// The household whose book is read.
const READER: usize = 11;
/// Clients of the timed runs.
pub const CLIENTS: [usize; 2] = [1, 64];

/// Runs everything and prints the report.
pub fn run(scale: &Scale) -> anyhow::Result<()> {
    let load_before = machine::load();
    let thrown_away = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let dir = scale.dir.as_deref().unwrap_or(thrown_away.path());
    fs::create_dir_all(dir)?;
    let bank = dir.join("bank");
    let settled = kept(dir, "settled", || settle(scale, &bank))?;
    let month = kept(dir, "month", || live(scale, &bank, &settled))?;

    eprintln!("restarting");
    let (restarted, server) = restart(&bank, scale.county)?;
    let mut client = Process::start(Role::Client, &scale.county.args())?;
    client.hear()?;
    let null = Server::null(&mut client, &server)?;
    let mut loads: [[Vec<Sample>; 2]; 2] = Default::default();
    for round in 0..scale.rounds {
        for (into, clients) in loads.iter_mut().zip(CLIENTS) {
            eprintln!("round {} of {}, clients: {clients}", round + 1, scale.rounds);
            let count = if clients == 1 { (scale.redemptions / 5).max(20) } else { scale.redemptions };
            let samples = turns(&mut client, &[&server, &null], clients, count, round)?;
            into.iter_mut().zip(samples).for_each(|(into, sample)| into.push(sample));
        }
    }
    let resident = server.resident()?;
    let county = County::new(scale.county)?;
    let book = runtime()?.block_on(reads::book(&server.address, &county, READER, scale.reads))?;
    server.end()?;
    null.end()?;
    client.end()?;
    let bytes = ["journal", "index"].map(|part| directory_bytes(&bank.join(part)));
    let [journal_bytes, index_bytes] = bytes;
    report::print(
        scale,
        &Figures {
            load_before,
            settled,
            month,
            restarted,
            loads,
            resident,
            book,
            journal_bytes: journal_bytes?,
            index_bytes: index_bytes?,
        },
    )
}

/// What a step said, done now or in a run before.
fn kept(dir: &Path, step: &str, doing: impl FnOnce() -> anyhow::Result<Value>) -> anyhow::Result<Value> {
    let path = dir.join(format!("{step}.json"));
    if path.exists() {
        eprintln!("{step}: done before");
        return Ok(serde_json::from_slice(&fs::read(path)?)?);
    }
    let said = doing()?;
    fs::write(path, said.to_string())?;
    Ok(said)
}

/// Villages, then households, cards, volunteers and points.
fn settle(scale: &Scale, bank: &Path) -> anyhow::Result<Value> {
    eprintln!(
        "settling {} households, about {} entries",
        scale.county.households_in_all(),
        scale.county.entries()
    );
    // What a run that was broken off has left is no prefecture.
    let _ = fs::remove_dir_all(bank);
    let founded = done(Role::Make, bank, &scale.county.args())?;
    let mut settled = done(Role::Make, bank, &scale.county.args())?;
    let entries = whole(&settled, "entries")? - whole(&founded, "entries")?;
    settled["per_second"] = json!(entries as f64 / float(&settled, "seconds")?);
    Ok(settled)
}

/// The month's redemptions. A run that was broken off goes on.
fn live(scale: &Scale, bank: &Path, settled: &Value) -> anyhow::Result<Value> {
    let settled = whole(settled, "entries")?;
    eprintln!("a month: {} redemptions", scale.month);
    let course = Course::new(scale.county.households_in_all(), settled, 0, &[]);
    let to = format!("--to={}", settled + scale.month);
    done(Role::Grow, bank, &[&scale.county.args()[..], &course.args(), &[to]].concat())
}

//! The course of one run: make the bank, let it grow from size to size, measure it at each.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::bank::runtime;
use crate::common::county::County;
use crate::common::figures::{Sample, float, median, middle, whole};
use crate::common::grow::Course;
use crate::common::machine;
use crate::common::process::{Process, Role};
use crate::common::reads;
use crate::common::rounds::{Server, done, restart, turns};

use super::report;
use super::scale::{CLIENTS, Scale};

/// Runs everything and prints the report.
pub fn run(scale: &Scale) -> anyhow::Result<()> {
    let load_before = machine::load();
    let thrown_away = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let dir = scale.dir.as_deref().unwrap_or(thrown_away.path());
    fs::create_dir_all(dir)?;
    let settled = settle(scale, dir)?;
    let course = Course::new(scale.county.households_in_all(), settled, scale.lines, &scale.sizes);
    let mut figures = Vec::new();
    for number in 0..scale.sizes.len() {
        figures.push(at_size(scale, dir, &course, number)?);
    }
    report::print(scale, load_before, &figures)
}

/// Makes the bank unless it is there; the entries that it had when it was settled.
fn settle(scale: &Scale, dir: &Path) -> anyhow::Result<u64> {
    let kept = dir.join("settled.json");
    if !kept.exists() {
        eprintln!("making {} households", scale.county.households_in_all());
        // What a run that was broken off has left is no bank to grow.
        let _ = fs::remove_dir_all(dir.join("bank"));
        done(Role::Make, &dir.join("bank"), &scale.county.args())?;
        let made = done(Role::Make, &dir.join("bank"), &scale.county.args())?;
        fs::write(&kept, made.to_string())?;
    }
    whole(&serde_json::from_slice(&fs::read(&kept)?)?, "entries")
}

/// Lets the bank grow to a size and measures it there, unless that was done before.
fn at_size(scale: &Scale, dir: &Path, course: &Course, number: usize) -> anyhow::Result<Value> {
    let size = scale.sizes[number];
    let kept = dir.join(format!("size-{size}.json"));
    if kept.exists() {
        eprintln!("{size} entries: measured before");
        return Ok(serde_json::from_slice(&fs::read(&kept)?)?);
    }
    eprintln!("growing to {size} entries");
    let bank = dir.join("bank");
    let args = [&scale.county.args()[..], &course.args(), &[format!("--to={size}")]].concat();
    let grown = done(Role::Grow, &bank, &args)?;
    let (restarted, server) = restart(&bank, scale.county)?;

    // The bank as it was at the first size, to be measured beside the large one within the same minutes.
    let (first, young) = (dir.join("first"), dir.join("young"));
    if number == 0 {
        let _ = fs::remove_dir_all(&first);
        // A bank that serves has bytes in flight: the copy is taken of one that rests.
        server.end()?;
        copy(&bank, &first)?;
        return measured(scale, dir, number, &grown, &restarted, None);
    }
    server.end()?;
    let _ = fs::remove_dir_all(&young);
    copy(&first, &young)?;
    let figures = measured(scale, dir, number, &grown, &restarted, Some(&young));
    fs::remove_dir_all(&young)?;
    figures
}

/// Everything that is measured while it serves; kept when it is whole.
fn measured(
    scale: &Scale,
    dir: &Path,
    number: usize,
    grown: &Value,
    restarted: &Value,
    young: Option<&Path>,
) -> anyhow::Result<Value> {
    let size = scale.sizes[number];
    let server = Server::start(&dir.join("bank"), scale.county, true)?;
    let young = young.map(|dir| Server::start(dir, scale.county, true)).transpose()?;
    let mut client = Process::start(Role::Client, &scale.county.args())?;
    client.hear()?;
    let null = Server::null(&mut client, &server)?;
    let servers: Vec<&Server> = [Some(&server), Some(&null), young.as_ref()].into_iter().flatten().collect();
    // Once unmeasured: caches, connections, the allocator.
    turns(&mut client, &servers, CLIENTS, scale.redemptions, 0)?;
    let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); servers.len()];
    for round in 0..scale.rounds {
        eprintln!("{size} entries: round {} of {}", round + 1, scale.rounds);
        for (into, sample) in
            samples.iter_mut().zip(turns(&mut client, &servers, CLIENTS, scale.redemptions, round)?)
        {
            into.push(sample);
        }
    }
    let resident = server.resident()?;
    let county = County::new(scale.county)?;
    let book = runtime()?.block_on(reads::book(&server.address, &county, number, scale.reads))?;
    let rate = |samples: &[Sample]| middle(samples, |sample| sample.per_second);
    // Of each round the ratio, then the middle: the machine is not the same from one round to the next.
    let ratio = |samples: &[Sample], of: &[Sample]| {
        median(samples.iter().zip(of).map(|(one, of)| one.per_second / of.per_second).collect())
    };
    let figures = json!({
        "size": size,
        "grown_per_second": float(grown, "per_second")?.round(),
        "per_second": rate(&samples[0]).round(),
        "median_us": middle(&samples[0], |sample| sample.median_us).round(),
        "p99_us": middle(&samples[0], |sample| sample.p99_us).round(),
        "processor_us": middle(&samples[0], |sample| sample.processor_us).round(),
        "null_per_second": rate(&samples[1]).round(),
        "null_ratio": ratio(&samples[0], &samples[1]),
        "young_per_second": samples.get(2).map(|young| rate(young).round()),
        "young_ratio": samples.get(2).map(|young| ratio(&samples[0], young)),
        "resident": resident,
        "book": book,
        "restart": restarted,
    });
    for server in [Some(server), Some(null), young].into_iter().flatten() {
        server.end()?;
    }
    client.end()?;
    fs::write(dir.join(format!("size-{size}.json")), figures.to_string())?;
    Ok(figures)
}

/// Copies a directory with everything in it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        let target = to.join(file.file_name());
        if file.file_type()?.is_dir() {
            copy(&file.path(), &target)?;
        } else {
            fs::copy(file.path(), target)?;
        }
    }
    Ok(())
}

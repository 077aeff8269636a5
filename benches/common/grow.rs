//! Lets a bank grow in process, as fast as it takes redemptions: signed on all cores, submitted in batches. Who
//! redeems follows from the entry's number alone, so growing may stop anywhere and go on later.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use ed25519_dalek::SigningKey;
use serde_json::json;
use tokio::sync::{Mutex, mpsc};

use civbank::engine::{Engine, Home, SystemClock};
use civbank::wire::pb;

use super::bank::runtime;
use super::county::{Basket, County, Pen, Size, submit_all};
use super::machine::resident_bytes;
use super::process::{number, option, say};

/// Redemptions of one call.
const WAVE: u64 = 256;
/// Calls at once.
const CALLS: usize = 4;
/// Signed waves that wait.
const WAITING: usize = 8;
/// How long a redemption lives: the bank remembers each id for so long.
const LIFE_MS: i64 = 20_000;
/// Between two lines of progress.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// Neighbours in the journal are households of different villages.
const STRIDE: u64 = 7_919;

/// Who redeems when. The first households are set apart: each gets its lines spread evenly until the bank has the
/// size it stands for, so that at that size its book is as long as wanted and as old as the bank.
#[derive(Debug, Clone)]
pub struct Course {
    households: u64,
    /// Entries before the first redemption.
    settled: u64,
    /// Lines of each book that is set apart.
    lines: u64,
    /// Sizes, one for each household that is set apart.
    sizes: Vec<u64>,
}

impl Course {
    /// For a bank of so many households, settled at so many entries.
    pub fn new(households: usize, settled: u64, lines: u64, sizes: &[u64]) -> Course {
        Course { households: households as u64, settled, lines, sizes: sizes.to_vec() }
    }

    /// As arguments of a process.
    pub fn args(&self) -> [String; 3] {
        let sizes: Vec<String> = self.sizes.iter().map(u64::to_string).collect();
        [
            format!("--settled={}", self.settled),
            format!("--lines={}", self.lines),
            format!("--sizes={}", sizes.join(",")),
        ]
    }

    fn of(args: &[String], households: usize) -> anyhow::Result<Course> {
        let sizes = option(args, "sizes").unwrap_or_default().split(',').filter(|size| !size.is_empty());
        let sizes = sizes.map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let settled = number(args, "settled")?.unwrap_or(0);
        Ok(Course::new(households, settled, number(args, "lines")?.unwrap_or(0), &sizes))
    }

    /// The number of the household whose redemption is to be this entry.
    fn household(&self, entry: u64) -> usize {
        let since = entry.saturating_sub(self.settled);
        let apart = self.sizes.iter().position(|size| {
            let all = size.saturating_sub(self.settled).max(1);
            let due = |since: u64| since * self.lines / all;
            since > 0 && since <= all && due(since) != due(since - 1)
        });
        let others = self.households - self.sizes.len() as u64;
        apart.unwrap_or(self.sizes.len() + (entry.wrapping_mul(STRIDE) % others) as usize)
    }
}

/// Grows the bank in the directory that the arguments name to `--to=N` entries, and says how fast that was.
pub fn run(args: &[String]) -> anyhow::Result<()> {
    let dir = Path::new(args.first().context("a directory")?);
    let county = County::new(Size::of(args)?)?;
    let course = Course::of(args, county.size().households_in_all())?;
    let to: u64 = number(args, "to")?.context("to")?;
    runtime()?.block_on(async {
        let (parts, _) = Home::at(dir).open(Arc::new(SystemClock), None)?;
        let engine = Engine::start(parts, &mut |_, _, _| {})?;
        let from = engine.published().size;
        let start = Instant::now();
        grow(&engine, &county, &course, to).await?;
        let seconds = start.elapsed().as_secs_f64();
        let resident = resident_bytes(std::process::id())?;
        let size = engine.published().size;
        engine.shutdown().await;
        let per_second = (size - from) as f64 / seconds;
        say(&json!({ "entries": size, "seconds": seconds, "per_second": per_second, "resident": resident }))
    })
}

/// Writes redemptions until the bank has so many entries.
async fn grow(engine: &Engine, county: &County, course: &Course, to: u64) -> anyhow::Result<()> {
    let from = engine.published().size;
    let (send, waves) = mpsc::channel(WAITING);
    let next = Arc::new(AtomicU64::new(from));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut signers = Vec::new();
    for number in 0..cores {
        let mut signing = Signing {
            pen: Pen::new(&format!("grow {number}"))?,
            basket: Basket::new(),
            terminals: county.villages().iter().map(|branch| county.terminal(*branch)).collect(),
            county: county.clone(),
            course: course.clone(),
        };
        let (next, send) = (next.clone(), send.clone());
        signers.push(tokio::task::spawn_blocking(move || signing.run(&next, to, &send)));
    }
    drop(send);
    let waves = Arc::new(Mutex::new(waves));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..CALLS {
        let (engine, waves) = (engine.clone(), waves.clone());
        calls.spawn(async move {
            loop {
                let wave = waves.lock().await.recv().await;
                let Some(wave) = wave else { return Ok::<_, anyhow::Error>(()) };
                submit_all(&engine, wave).await?;
            }
        });
    }
    let telling = tokio::spawn(tell(engine.clone(), to));
    while let Some(call) = calls.join_next().await {
        call??;
    }
    telling.abort();
    for signer in signers {
        signer.await??;
    }
    Ok(())
}

/// A line of progress now and then, until it is aborted. `to` is how many entries there will be, more or less.
pub async fn tell(engine: Engine, to: u64) {
    let (start, from) = (Instant::now(), engine.published().size);
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        let size = engine.published().size;
        let rate = (size - from) as f64 / start.elapsed().as_secs_f64();
        eprintln!("{size} of {to} entries, {rate:.0}/s");
    }
}

struct Signing {
    pen: Pen,
    basket: Basket,
    terminals: Vec<SigningKey>,
    county: County,
    course: Course,
}

impl Signing {
    /// Signs the next wave again and again, until there are none or nobody wants them.
    fn run(
        &mut self,
        next: &AtomicU64,
        to: u64,
        send: &mpsc::Sender<Vec<pb::Envelope>>,
    ) -> anyhow::Result<()> {
        loop {
            let first = next.fetch_add(WAVE, Ordering::Relaxed);
            if first >= to {
                return Ok(());
            }
            let wave = (first..(first + WAVE).min(to)).map(|entry| self.redemption(entry));
            if send.blocking_send(wave.collect::<anyhow::Result<_>>()?).is_err() {
                return Ok(());
            }
        }
    }

    fn redemption(&mut self, entry: u64) -> anyhow::Result<pb::Envelope> {
        let number = self.course.household(entry);
        let household = self.county.household(number)?;
        let terminal = &self.terminals[number / self.county.size().households as usize];
        let keys = [terminal, &self.county.card(household)];
        Ok(self.pen.write(self.basket.redeem(household), &keys, LIFE_MS))
    }
}

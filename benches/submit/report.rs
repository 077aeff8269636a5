//! Figures, their medians, the targets, and how they are printed.

use anyhow::Context;
use serde_json::{Value, json};

use super::machine;
use super::scale::{Load, Scale};

/// One timed run.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    per_second: f64,
    median_us: f64,
    p99_us: f64,
    processor_us: f64,
}

impl Sample {
    /// As the client says it, and the server's processor time for each redemption.
    pub fn of(answer: &Value, processor_us: f64) -> anyhow::Result<Sample> {
        Ok(Sample {
            processor_us,
            per_second: float(answer, "per_second")?,
            median_us: float(answer, "median_us")?,
            p99_us: float(answer, "p99_us")?,
        })
    }
}

/// One restart.
#[derive(Debug, Clone, Copy)]
pub struct Restart {
    entries: f64,
    open_s: f64,
    replay_s: f64,
    start_s: f64,
}

impl Restart {
    /// As the bank says it.
    pub fn of(answer: &Value) -> anyhow::Result<Restart> {
        Ok(Restart {
            entries: float(answer, "entries")?,
            open_s: float(answer, "open_s")?,
            replay_s: float(answer, "replay_s")?,
            start_s: float(answer, "start_s")?,
        })
    }
}

/// All runs of one load.
#[derive(Debug, Clone)]
pub struct LoadFigures {
    load: Load,
    /// Ours, a run each.
    pub ours: Vec<Sample>,
    /// The null service, a run each.
    pub null: Vec<Sample>,
    /// Bytes that the journal grew by for each redemption, checkpoints and framing among them.
    pub journal_bytes: Vec<f64>,
    /// `fdatasync` of an append beside each run, microseconds.
    pub sync_us: Vec<f64>,
}

/// Everything that was measured.
#[derive(Debug, Clone)]
pub struct Figures {
    scale: Scale,
    load_before: f64,
    /// By load.
    pub loads: Vec<LoadFigures>,
    /// Memory of a household, by the growth of the process that made them.
    pub household_bytes_made: f64,
    /// State of a household: a process that has replayed them, less one that has replayed villages only.
    pub household_bytes: f64,
    /// The same with the index open beside it, whose store keeps a cache.
    pub household_bytes_serving: f64,
    /// The same again, once every household has redeemed once over gRPC.
    pub household_bytes_warm: f64,
    /// Memory once every household had redeemed once.
    pub warm_bytes: f64,
    /// How much more after `passed` redemptions.
    pub growth_bytes: f64,
    /// Redemptions between the two.
    pub passed: usize,
    /// Bytes of the index for each redemption.
    pub index_bytes: f64,
    /// Restarts on the whole journal.
    pub restarts: Vec<Restart>,
    /// Seconds until it serves, started from a snapshot of everything.
    pub from_snapshot_s: Vec<f64>,
}

/// What was wanted and what was found.
struct Line {
    what: String,
    found: String,
    /// None: a figure without a target.
    target: Option<(&'static str, bool)>,
}

impl Figures {
    /// Nothing measured yet.
    pub fn new(scale: Scale, load_before: f64) -> Figures {
        let none = |load: &Load| LoadFigures {
            load: *load,
            ours: Vec::new(),
            null: Vec::new(),
            journal_bytes: Vec::new(),
            sync_us: Vec::new(),
        };
        Figures {
            scale,
            load_before,
            loads: scale.loads.iter().map(none).collect(),
            household_bytes_made: 0.0,
            household_bytes: 0.0,
            household_bytes_serving: 0.0,
            household_bytes_warm: 0.0,
            warm_bytes: 0.0,
            growth_bytes: 0.0,
            passed: 0,
            index_bytes: 0.0,
            restarts: Vec::new(),
            from_snapshot_s: Vec::new(),
        }
    }

    /// The line of JSON and the table.
    pub fn print(&self) -> anyhow::Result<()> {
        let lines = self.lines()?;
        println!("{}", self.json(&lines)?);
        println!();
        println!("| what | found | target | met |");
        println!("|---|---|---|---|");
        for Line { what, found, target } in &lines {
            let (wanted, met) = target.map_or(("", ""), |(wanted, met)| (wanted, yes(met)));
            println!("| {what} | {found} | {wanted} | {met} |");
        }
        Ok(())
    }

    fn lines(&self) -> anyhow::Result<Vec<Line>> {
        let mut lines = Vec::new();
        for figures in &self.loads {
            let (ours, null) = (rate(&figures.ours), rate(&figures.null));
            let clients = figures.load.clients;
            lines.push(Line {
                what: format!("redemptions/s, {clients} clients: ours / null service"),
                found: format!("{ours:.0} / {null:.0}"),
                target: None,
            });
            let ratio = ours / null;
            lines.push(Line {
                what: format!("ratio, {clients} clients"),
                found: format!("{ratio:.2}"),
                target: (clients == 64).then_some(("at least 0.70", ratio >= 0.7)),
            });
            let (ours, null) = (processor(&figures.ours), processor(&figures.null));
            lines.push(Line {
                what: format!("server's processor time a redemption, {clients} clients: ours / null service"),
                found: format!("{ours:.0} / {null:.0} µs"),
                target: None,
            });
        }
        let one = self.loads.first().context("a load")?;
        let many = self.loads.last().context("a load")?;
        let (ours, null, sync) = (latency(&one.ours), latency(&one.null), median(one.sync_us.clone()));
        lines.push(Line {
            what: "latency at 1 client, median / 99 %: ours".into(),
            found: format!("{:.0} / {:.0} µs", ours.0, ours.1),
            target: None,
        });
        lines.push(Line {
            what: "latency at 1 client, median / 99 %: null service".into(),
            found: format!("{:.0} / {:.0} µs", null.0, null.1),
            target: None,
        });
        lines.push(Line {
            what: "median above the null service's, in `fdatasync` of the run".into(),
            found: format!("{:.2} x {sync:.0} µs", (ours.0 - null.0) / sync),
            target: Some(("at most 3", ours.0 <= null.0 + 3.0 * sync)),
        });
        let journal = median(many.journal_bytes.clone());
        lines.push(Line {
            what: "journal, bytes a redemption at 64 clients".into(),
            found: format!("{journal:.0}"),
            target: Some(("at most 900", journal <= 900.0)),
        });
        lines.push(Line {
            what: "index and tree hashes, bytes a redemption".into(),
            found: format!("{:.0}", self.index_bytes),
            target: Some(("at most 900", self.index_bytes <= 900.0)),
        });
        lines.push(Line {
            what: "memory, bytes a household in state, right after replay".into(),
            found: format!("{:.0}", self.household_bytes),
            target: Some(("at most 600", self.household_bytes <= 600.0)),
        });
        lines.push(Line {
            what: "the same once the index is open, its store's cache included".into(),
            found: format!("{:.0}", self.household_bytes_serving),
            target: None,
        });
        lines.push(Line {
            what: "the same in the process that wrote them, retries and queues included".into(),
            found: format!("{:.0}", self.household_bytes_made),
            target: None,
        });
        lines.push(Line {
            what: "the same in the server once each has redeemed, buffers of 64 clients included".into(),
            found: format!("{:.0}", self.household_bytes_warm),
            target: None,
        });
        let growth = self.growth_bytes / self.warm_bytes * 100.0;
        lines.push(Line {
            what: format!("memory growth over {} redemptions", self.passed),
            found: format!("{:.1} MB, {growth:.1} %", self.growth_bytes / 1e6),
            target: Some(("flat (at most 5 %)", growth <= 5.0)),
        });
        let replay = median(self.restarts.iter().map(|r| r.entries / r.replay_s).collect());
        let entries = self.restarts.first().map_or(0.0, |r| r.entries);
        lines.push(Line {
            what: format!("replay of {entries:.0} entries, chain and tree checked, entries/s"),
            found: format!("{replay:.0}"),
            target: Some(("at least 200,000", replay >= 200_000.0)),
        });
        lines.push(Line {
            what: "restart from a snapshot, frames checked, until it serves".into(),
            found: format!("{:.2} s", median(self.from_snapshot_s.clone())),
            target: None,
        });
        let all = |of: fn(&Restart) -> f64| median(self.restarts.iter().map(of).collect());
        lines.push(Line {
            what: "restart: frames checked / replayed / all until it serves".into(),
            found: format!(
                "{:.2} / {:.2} / {:.2} s",
                all(|r| r.open_s),
                all(|r| r.replay_s),
                all(|r| r.open_s + r.start_s)
            ),
            target: None,
        });
        Ok(lines)
    }

    fn json(&self, lines: &[Line]) -> anyhow::Result<Value> {
        let loads: Vec<Value> = self
            .loads
            .iter()
            .map(|figures| {
                let (ours, nulls) = (rate(&figures.ours), rate(&figures.null));
                json!({
                    "clients": figures.load.clients,
                    "ours_per_second": ours.round(),
                    "null_per_second": nulls.round(),
                    "ratio": round(ours / nulls),
                    "ours_median_us": latency(&figures.ours).0.round(),
                    "ours_p99_us": latency(&figures.ours).1.round(),
                    "null_median_us": latency(&figures.null).0.round(),
                    "null_p99_us": latency(&figures.null).1.round(),
                    "ours_processor_us": processor(&figures.ours).round(),
                    "null_processor_us": processor(&figures.null).round(),
                    "fdatasync_us": median(figures.sync_us.clone()).round(),
                    "journal_bytes": median(figures.journal_bytes.clone()).round(),
                })
            })
            .collect();
        let of_restarts = |of: fn(&Restart) -> f64| median(self.restarts.iter().map(of).collect());
        let missed: Vec<&str> = lines
            .iter()
            .filter(|line| line.target.is_some_and(|(_, met)| !met))
            .map(|line| line.what.as_str())
            .collect();
        Ok(json!({
            "bench": "submit",
            "smoke": self.scale.smoke,
            "machine": machine::description(),
            "load_before": self.load_before,
            "households": self.scale.households_in_all(),
            "rounds": self.scale.rounds,
            "loads": loads,
            "household_bytes": self.household_bytes.round(),
            "household_bytes_made": self.household_bytes_made.round(),
            "household_bytes_serving": self.household_bytes_serving.round(),
            "household_bytes_warm": self.household_bytes_warm.round(),
            "memory_warm_bytes": self.warm_bytes,
            "memory_growth_bytes": self.growth_bytes,
            "redemptions_passed": self.passed,
            "index_bytes": self.index_bytes.round(),
            "restart_entries": of_restarts(|r| r.entries),
            "restart_open_s": round(of_restarts(|r| r.open_s)),
            "restart_replay_s": round(of_restarts(|r| r.replay_s)),
            "restart_start_s": round(of_restarts(|r| r.start_s)),
            "restart_from_snapshot_s": round(median(self.from_snapshot_s.clone())),
            "replay_per_second": of_restarts(|r| r.entries / r.replay_s).round(),
            "missed": missed,
        }))
    }
}

fn yes(met: bool) -> &'static str {
    if met { "yes" } else { "**no**" }
}

fn rate(samples: &[Sample]) -> f64 {
    median(samples.iter().map(|sample| sample.per_second).collect())
}

fn processor(samples: &[Sample]) -> f64 {
    median(samples.iter().map(|sample| sample.processor_us).collect())
}

fn latency(samples: &[Sample]) -> (f64, f64) {
    let median_us = median(samples.iter().map(|sample| sample.median_us).collect());
    (median_us, median(samples.iter().map(|sample| sample.p99_us).collect()))
}

/// The middle value; 0 of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

pub fn float(answer: &Value, name: &str) -> anyhow::Result<f64> {
    answer[name].as_f64().with_context(|| format!("{name} in {answer}"))
}

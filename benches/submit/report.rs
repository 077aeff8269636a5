//! What was measured, as one line of JSON and as a table with the targets.

use anyhow::Context;
use serde_json::{Value, json};

use crate::common::figures::{Line, Sample, float, median, middle, missed, print, rate, round, thousands};
use crate::common::machine;
use crate::common::picks::Pick;

use super::scale::{BATCH, LOADS, Load, Scale};

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
    /// The null service that verifies as the bank does; empty under most loads.
    pub null_as_the_bank: Vec<Sample>,
    /// PostgreSQL without the village's account; empty where there is none at hand.
    pub sql_plain: Vec<Sample>,
    /// PostgreSQL with it.
    pub sql_hot: Vec<Sample>,
    /// What the cores verify of a batch's commands when nothing else is done; as the client says it.
    pub verified: Vec<Value>,
    /// Bytes that the journal grew by for each redemption, checkpoints and framing among them.
    pub journal_bytes: Vec<f64>,
    /// `fdatasync` of an append beside each run, microseconds.
    pub sync_us: Vec<f64>,
}

impl LoadFigures {
    fn ratio(&self) -> f64 {
        rate(&self.ours) / rate(&self.null)
    }

    /// PostgreSQL's better rate, and which that is; none where there is no PostgreSQL.
    fn sql(&self) -> Option<(f64, &'static str)> {
        let (plain, hot) = (rate(&self.sql_plain), rate(&self.sql_hot));
        if plain <= 0.0 {
            return None;
        }
        Some(if plain >= hot { (plain, "without the village's account") } else { (hot, "with it") })
    }

    fn latency(&self) -> (f64, f64) {
        (middle(&self.ours, |s| s.median_us), middle(&self.ours, |s| s.p99_us))
    }

    /// Commands a second that the cores check, and whose signatures they verify, when nothing else is done.
    fn verified(&self, name: &str) -> f64 {
        median(self.verified.iter().filter_map(|said| said[name].as_f64()).collect())
    }
}

/// Everything that was measured.
#[derive(Debug, Clone)]
pub struct Figures {
    scale: Scale,
    load_before: f64,
    /// PostgreSQL's version; none where there is none at hand.
    pub postgres: Option<Value>,
    /// By load.
    pub loads: Vec<LoadFigures>,
    /// Runs of sheets, as the client says them.
    pub sheets: Vec<Value>,
    /// What reading passbooks took.
    pub pages: Value,
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
    /// How much more after redemptions have passed.
    pub growth_bytes: f64,
    /// Bytes of the index for each redemption.
    pub index_bytes: f64,
    /// Restarts on the whole journal.
    pub restarts: Vec<Restart>,
    /// Seconds until it serves, started from a snapshot of everything.
    pub from_snapshot_s: Vec<f64>,
}

impl Figures {
    /// Nothing measured yet.
    pub fn new(scale: Scale, load_before: f64) -> Figures {
        let none = |load: &Load| LoadFigures {
            load: *load,
            ours: Vec::new(),
            null: Vec::new(),
            null_as_the_bank: Vec::new(),
            sql_plain: Vec::new(),
            sql_hot: Vec::new(),
            verified: Vec::new(),
            journal_bytes: Vec::new(),
            sync_us: Vec::new(),
        };
        Figures {
            scale,
            load_before,
            postgres: None,
            loads: LOADS.iter().map(none).collect(),
            sheets: Vec::new(),
            pages: Value::Null,
            household_bytes_made: 0.0,
            household_bytes: 0.0,
            household_bytes_serving: 0.0,
            household_bytes_warm: 0.0,
            warm_bytes: 0.0,
            growth_bytes: 0.0,
            index_bytes: 0.0,
            restarts: Vec::new(),
            from_snapshot_s: Vec::new(),
        }
    }

    /// The line of JSON and the table.
    pub fn print(&self) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        self.loads.iter().for_each(|figures| load_lines(figures, &mut lines));
        self.alone(&mut lines)?;
        self.sheet_lines(&mut lines);
        self.page_lines(&mut lines)?;
        self.state_lines(&mut lines)?;
        print(&self.json(&lines), &lines);
        Ok(())
    }

    fn uniform(&self, clients: usize) -> anyhow::Result<&LoadFigures> {
        let is = |f: &&LoadFigures| f.load.clients == clients && f.load.pick == Pick::Uniform;
        self.loads.iter().find(is).context("a load of so many clients")
    }

    /// What only a client that comes alone sees.
    fn alone(&self, lines: &mut Vec<Line>) -> anyhow::Result<()> {
        let one = self.uniform(1)?;
        let (found, sync) = (one.latency(), median(one.sync_us.clone()));
        let null = (middle(&one.null, |s| s.median_us), middle(&one.null, |s| s.p99_us));
        lines.push(Line::plain(
            "latency, 1 client, median / 99 %: ours; null service",
            format!("{:.0} / {:.0}; {:.0} / {:.0} µs", found.0, found.1, null.0, null.1),
        ));
        lines.push(Line::target(
            "median, 1 client, above the null service's, in `fdatasync` of the run",
            format!("{:.2} x {sync:.0} µs", (found.0 - null.0) / sync),
            "at most 1.5",
            found.0 <= null.0 + 1.5 * sync,
        ));
        lines.push(Line::target(
            "99 % above the median, 1 client, ours",
            format!("{:.2} ms", (found.1 - found.0) / 1e3),
            "at most 3 ms",
            found.1 - found.0 <= 3_000.0,
        ));
        Ok(())
    }

    fn sheet(&self, name: &str) -> f64 {
        median(self.sheets.iter().filter_map(|said| said[name].as_f64()).collect())
    }

    fn sheet_lines(&self, lines: &mut Vec<Line>) {
        let filed = self.sheet("filed_per_second");
        lines.push(Line::target(
            format!("households/s, sheets of {:.0}, 16 clients, the sheet durable", self.sheet("rows")),
            thousands(filed),
            "at least 100,000",
            filed >= 100_000.0,
        ));
        lines.push(Line::plain(
            "the same with the committee's vote (a quorum of 1) and the points credited",
            thousands(self.sheet("credited_per_second")),
        ));
    }

    fn page_lines(&self, lines: &mut Vec<Line>) -> anyhow::Result<()> {
        let of = |name| float(&self.pages, name);
        let (taken, late, bytes) = (of("page_us")?, of("page_p99_us")?, of("page_bytes")?);
        lines.push(Line::target(
            "a passbook's page over HTTP, a connection each, median / 99 %",
            format!("{:.2} / {:.2} ms", taken / 1e3, late / 1e3),
            "at most 2 ms",
            taken <= 2_000.0,
        ));
        lines.push(Line::target(
            "the longest of them, head and all, bytes compressed / plain",
            format!("{} / {}", thousands(bytes), thousands(of("page_plain_bytes")?)),
            "at most 30,000",
            bytes <= 30_000.0,
        ));
        Ok(())
    }

    fn state_lines(&self, lines: &mut Vec<Line>) -> anyhow::Result<()> {
        let journal = median(self.uniform(64)?.journal_bytes.clone());
        let line = |what: &str, bytes: f64, most: f64, wanted: &'static str| {
            Line::target(what, format!("{bytes:.0}"), wanted, bytes <= most)
        };
        lines.push(line("journal, bytes a redemption at 64 clients", journal, 900.0, "at most 900"));
        lines.push(line("index and tree hashes, bytes a redemption", self.index_bytes, 900.0, "at most 900"));
        lines.push(line(
            "memory, bytes a household in state, right after replay",
            self.household_bytes,
            600.0,
            "at most 600",
        ));
        let plain = |what: &str, bytes: f64| Line::plain(what, format!("{bytes:.0}"));
        lines
            .push(plain("the same once the index is open, its cache included", self.household_bytes_serving));
        lines.push(plain("the same in the process that wrote them", self.household_bytes_made));
        lines.push(plain("the same in the server once each has redeemed", self.household_bytes_warm));
        let growth = self.growth_bytes / self.warm_bytes * 100.0;
        lines.push(Line::target(
            format!("memory growth over {} redemptions", thousands(self.scale.passing as f64)),
            format!("{:.1} MB, {growth:.1} %", self.growth_bytes / 1e6),
            "flat (at most 5 %)",
            growth <= 5.0,
        ));
        let all = |of: fn(&Restart) -> f64| median(self.restarts.iter().map(of).collect());
        let replay = all(|r| r.entries / r.replay_s);
        lines.push(Line::target(
            format!("replay of {} entries, chain and tree checked, entries/s", thousands(all(|r| r.entries))),
            thousands(replay),
            "at least 400,000",
            replay >= 400_000.0,
        ));
        lines.push(Line::plain(
            "restart by replay: frames checked / replayed / all until it serves",
            format!(
                "{:.2} / {:.2} / {:.2} s",
                all(|r| r.open_s),
                all(|r| r.replay_s),
                all(|r| r.open_s + r.start_s)
            ),
        ));
        lines.push(Line::plain(
            "restart from a snapshot, frames checked, until it serves",
            format!("{:.2} s", median(self.from_snapshot_s.clone())),
        ));
        Ok(())
    }

    fn json(&self, lines: &[Line]) -> Value {
        let restarts = |of: fn(&Restart) -> f64| median(self.restarts.iter().map(of).collect());
        json!({
            "bench": "submit",
            "scale": self.scale.name,
            "machine": machine::description(),
            "load_before": self.load_before,
            "postgres": self.postgres,
            "households": self.scale.county.households_in_all(),
            "rounds": self.scale.rounds,
            "loads": self.loads.iter().map(load_json).collect::<Vec<_>>(),
            "sheet_rows": self.sheet("rows"),
            "sheet_entry_bytes": self.sheet("entry_bytes"),
            "sheet_filed_per_second": self.sheet("filed_per_second").round(),
            "sheet_credited_per_second": self.sheet("credited_per_second").round(),
            "pages": self.pages,
            "household_bytes": self.household_bytes.round(),
            "household_bytes_made": self.household_bytes_made.round(),
            "household_bytes_serving": self.household_bytes_serving.round(),
            "household_bytes_warm": self.household_bytes_warm.round(),
            "memory_warm_bytes": self.warm_bytes,
            "memory_growth_bytes": self.growth_bytes,
            "redemptions_passed": self.scale.passing,
            "index_bytes": self.index_bytes.round(),
            "restart_entries": restarts(|r| r.entries),
            "restart_open_s": round(restarts(|r| r.open_s)),
            "restart_replay_s": round(restarts(|r| r.replay_s)),
            "restart_start_s": round(restarts(|r| r.start_s)),
            "restart_from_snapshot_s": round(median(self.from_snapshot_s.clone())),
            "replay_per_second": restarts(|r| r.entries / r.replay_s).round(),
            "missed": missed(lines),
        })
    }
}

/// Rates and ratios of one load.
fn load_lines(figures: &LoadFigures, lines: &mut Vec<Line>) {
    let (name, ours, null) = (figures.load.name(), rate(&figures.ours), rate(&figures.null));
    let is_plain = figures.load.pick == Pick::Uniform;
    let what = format!("redemptions/s, {name}: ours / null service (ratio)");
    let found = format!("{} / {} ({:.2})", thousands(ours), thousands(null), figures.ratio());
    lines.push(match figures.load.clients {
        64 if is_plain => Line::target(what, found, "at least 0.85", figures.ratio() >= 0.85),
        _ => Line::plain(what, found),
    });
    if !figures.null_as_the_bank.is_empty() {
        let null = rate(&figures.null_as_the_bank);
        lines.push(Line::plain(
            format!(
                "the same, {name}: ours / a null service that verifies signatures as the bank does (ratio)"
            ),
            format!("{} / {} ({:.2})", thousands(ours), thousands(null), ours / null),
        ));
    }
    if let Some((better, which)) = figures.sql() {
        let (plain, hot) = (thousands(rate(&figures.sql_plain)), thousands(rate(&figures.sql_hot)));
        let ratio = ours / better;
        let what =
            format!("the same, {name}: PostgreSQL without / with the village's account (ours to the better)");
        let found = format!("{plain} / {hot} ({ratio:.2}, {which})");
        lines.push(match figures.load.clients {
            1 => Line::target(what, found, "at least 1", ratio >= 1.0),
            64 if is_plain => Line::target(what, found, "at least 1.5", ratio >= 1.5),
            _ => Line::plain(what, found),
        });
    }
    if figures.load.batch > 1 {
        let strict = figures.verified("strict_per_second");
        lines.push(Line::target(
            format!("ours to what all cores verify alone, by the library's `verify_strict` ({BATCH} a call)"),
            format!("{} ({:.2})", thousands(strict), ours / strict),
            "at least 0.9",
            ours >= 0.9 * strict,
        ));
        let (own, checked) = (figures.verified("own_per_second"), figures.verified("checked_per_second"));
        lines.push(Line::plain(
            "the same: as the bank verifies signatures / and reads every field",
            format!(
                "{} / {} ({:.2} / {:.2})",
                thousands(own),
                thousands(checked),
                ours / own,
                ours / checked
            ),
        ));
    }
    lines.push(Line::plain(
        format!("server's processor time a redemption, {name}: ours / null service"),
        format!(
            "{:.0} / {:.0} µs",
            middle(&figures.ours, |s| s.processor_us),
            middle(&figures.null, |s| s.processor_us)
        ),
    ));
}

fn load_json(figures: &LoadFigures) -> Value {
    let samples = |samples: &[Sample]| {
        json!({
            "per_second": rate(samples).round(),
            "median_us": middle(samples, |s| s.median_us).round(),
            "p99_us": middle(samples, |s| s.p99_us).round(),
            "processor_us": middle(samples, |s| s.processor_us).round(),
        })
    };
    let sql = figures.sql();
    let mut told = json!({
        "load": figures.load.name(),
        "clients": figures.load.clients,
        "batch": figures.load.batch,
        "pick": figures.load.pick.name(),
        "ours": samples(&figures.ours),
        "null": samples(&figures.null),
        "ratio": round(figures.ratio()),
        "fdatasync_us": median(figures.sync_us.clone()).round(),
        "journal_bytes": median(figures.journal_bytes.clone()).round(),
    });
    if !figures.null_as_the_bank.is_empty() {
        told["null_as_the_bank"] = samples(&figures.null_as_the_bank);
    }
    if let Some((better, which)) = sql {
        told["postgres_plain"] = samples(&figures.sql_plain);
        told["postgres_hot"] = samples(&figures.sql_hot);
        told["postgres_ratio"] = json!(round(rate(&figures.ours) / better));
        told["postgres_better"] = json!(which);
    }
    if figures.load.batch > 1 {
        told["strict_per_second"] = json!(figures.verified("strict_per_second").round());
        told["own_per_second"] = json!(figures.verified("own_per_second").round());
        told["checked_per_second"] = json!(figures.verified("checked_per_second").round());
    }
    told
}

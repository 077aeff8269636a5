//! What was measured of a prefecture, as one line of JSON and as a table with the targets.

use serde_json::{Value, json};

use crate::common::figures::{self, Line, Sample, float, median, middle, missed, rate, round, thousands};
use crate::common::machine;

use super::conduct::CLIENTS;
use super::scale::Scale;

/// Most bytes of memory.
const MEMORY: f64 = 1.6 * 1024.0 * 1024.0 * 1024.0;

/// Everything that was measured.
pub struct Figures {
    /// The machine's load before the run added its own.
    pub load_before: f64,
    /// What settling said.
    pub settled: Value,
    /// What the month said.
    pub month: Value,
    /// What the restarts said.
    pub restarted: Value,
    /// For each of [`CLIENTS`] ours and the null service, a run each.
    pub loads: [[Vec<Sample>; 2]; 2],
    /// Bytes of memory once it has been used.
    pub resident: u64,
    /// What reading a book took.
    pub book: Value,
    /// Bytes of the journal.
    pub journal_bytes: u64,
    /// Bytes of index, snapshots and tree hashes.
    pub index_bytes: u64,
}

/// The line of JSON and the table.
pub fn print(scale: &Scale, figures: &Figures) -> anyhow::Result<()> {
    let Figures { settled, month, restarted, loads, book, .. } = figures;
    let gib = |bytes: f64| format!("{:.2} GiB", bytes / 1024.0 / 1024.0 / 1024.0);
    let seconds = |value: f64| format!("{value:.2} s");
    let size = scale.county;
    let volunteers = f64::from(size.villages) * f64::from(size.volunteers.min(size.households));
    let mut lines = vec![
        Line::plain(
            "villages / households / volunteers with a key",
            format!(
                "{} / {} / {}",
                thousands(f64::from(size.villages)),
                thousands(size.households_in_all() as f64),
                thousands(volunteers)
            ),
        ),
        Line::plain(
            "settling in process: entries, seconds, entries/s",
            format!(
                "{}, {:.0} s, {}",
                thousands(float(settled, "entries")?),
                float(settled, "seconds")?,
                thousands(float(settled, "per_second")?)
            ),
        ),
        Line::plain(
            "the month's redemptions in process, entries/s",
            format!("{}, {}", thousands(scale.month as f64), thousands(float(month, "per_second")?)),
        ),
    ];
    let resident = figures.resident as f64;
    lines.push(Line::target(
        "memory of the server once it has been used",
        gib(resident),
        "at most 1.6 GiB",
        resident <= MEMORY,
    ));
    lines.push(Line::plain(
        "the same right after replay / with the index open / started from a snapshot",
        format!(
            "{} / {} / {}",
            gib(float(restarted, "state")?),
            gib(float(restarted, "resident")?),
            gib(float(restarted, "resident_from_snapshot")?)
        ),
    ));
    let mut told = Vec::new();
    for ([ours, null], clients) in loads.iter().zip(CLIENTS) {
        // Of each round the ratio, then the middle: the machine is not the same from one round to the next.
        let ratios = ours.iter().zip(null).map(|(ours, null)| ours.per_second / null.per_second);
        let ratio = median(ratios.collect());
        let who = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
        let what = format!("redemptions/s, {who}: ours / null service (ratio)");
        let found = format!("{} / {} ({ratio:.2})", thousands(rate(ours)), thousands(rate(null)));
        lines.push(match clients {
            64 => Line::target(what, found, "at least 0.85", ratio >= 0.85),
            _ => Line::plain(what, found),
        });
        let (median_us, p99_us) = (middle(ours, |s| s.median_us), middle(ours, |s| s.p99_us));
        lines.push(Line::plain(
            format!("latency, {who}, median / 99 %"),
            format!("{median_us:.0} / {p99_us:.0} µs"),
        ));
        told.push(json!({
            "clients": clients,
            "ours_per_second": rate(ours).round(),
            "null_per_second": rate(null).round(),
            "ratio": round(ratio),
            "median_us": median_us.round(),
            "p99_us": p99_us.round(),
            "processor_us": middle(ours, |s| s.processor_us).round(),
        }));
    }
    for (what, name) in [
        ("a book: a page of its statement (50 lines) over gRPC, median", "usual_statement_us"),
        ("a book: its page over HTTP, median", "page_us"),
    ] {
        let taken = float(book, name)?;
        lines.push(Line::target(what, format!("{taken:.0} µs"), "at most 3 ms", taken <= 3_000.0));
    }
    let balance = float(restarted, "balance_us")?;
    lines.push(Line::target(
        "balance read in process, median",
        format!("{balance:.2} µs"),
        "at most 20 µs",
        balance <= 20.0,
    ));
    lines.push(Line::plain(
        "restart: from a snapshot / by replay, frames checked",
        format!(
            "{} / {}",
            seconds(float(restarted, "from_snapshot_s")?),
            seconds(float(restarted, "by_replay_s")?)
        ),
    ));
    lines.push(Line::plain("replay, entries/s", thousands(float(restarted, "replay_per_second")?)));
    lines.push(Line::plain(
        "journal / index with snapshots",
        format!("{} / {}", gib(figures.journal_bytes as f64), gib(figures.index_bytes as f64)),
    ));
    let json = json!({
        "bench": "prefecture",
        "smoke": scale.smoke,
        "machine": machine::description(),
        "load_before": figures.load_before,
        "villages": size.villages,
        "households": size.households_in_all(),
        "volunteers": volunteers,
        "rounds": scale.rounds,
        "settled": settled,
        "month": month,
        "restart": restarted,
        "loads": told,
        "resident": figures.resident,
        "book": book,
        "journal_bytes": figures.journal_bytes,
        "index_bytes": figures.index_bytes,
        "missed": missed(&lines),
    });
    figures::print(&json, &lines);
    Ok(())
}

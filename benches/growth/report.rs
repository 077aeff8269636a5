//! What was measured at each size, as one line of JSON and as a table with the targets.

use serde_json::{Value, json};

use crate::common::figures::{self, Line, float, missed, thousands};
use crate::common::machine;

use super::scale::{CLIENTS, Scale};

/// Longest time of a balance read in process, microseconds.
const BALANCE_US: f64 = 20.0;
/// Longest time of a page of a book, microseconds.
const PAGE_US: f64 = 3_000.0;
/// Longest restart from a snapshot, seconds.
const RESTART_S: f64 = 3.0;
/// Least entries that are replayed in a second.
const REPLAY: f64 = 400_000.0;

/// The line of JSON and the table.
pub fn print(scale: &Scale, load_before: f64, sizes: &[Value]) -> anyhow::Result<()> {
    let series =
        |of: &dyn Fn(&Value) -> anyhow::Result<f64>| sizes.iter().map(of).collect::<Result<Vec<_>, _>>();
    let one = |name: &'static str| move |size: &Value| float(size, name);
    let of = |part: &'static str, name: &'static str| move |size: &Value| float(&size[part], name);
    let told = |values: &[f64], as_text: &dyn Fn(f64) -> String| {
        values.iter().map(|value| as_text(*value)).collect::<Vec<_>>().join(" / ")
    };
    let two = |value: f64| format!("{value:.2}");
    let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let last = |values: &[f64]| values.last().copied().unwrap_or(0.0);

    let entries = series(&one("size"))?;
    let mut lines = vec![Line::plain("entries", told(&entries, &thousands))];
    let plain = |what: &str, values: &[f64], as_text: &dyn Fn(f64) -> String| {
        Line::plain(what, told(values, as_text))
    };
    lines.push(plain(
        &format!("redemptions/s over gRPC, {CLIENTS} clients"),
        &series(&one("per_second"))?,
        &thousands,
    ));
    lines.push(plain("ratio to the null service in the same rounds", &series(&one("null_ratio"))?, &two));
    let young: Vec<f64> = sizes.iter().filter_map(|size| size["young_ratio"].as_f64()).collect();
    if !young.is_empty() {
        let what =
            "ratio to the bank as it was at the first size, in the same rounds (from the second size on)";
        lines.push(Line::target(what, told(&young, &two), "at least 0.9 at the last", last(&young) >= 0.9));
    }
    lines.push(plain("latency, median, µs", &series(&one("median_us"))?, &thousands));
    lines.push(plain("latency, 99 %, µs", &series(&one("p99_us"))?, &thousands));
    let resident = series(&one("resident"))?;
    let megabytes = |bytes: f64| format!("{:.1}", bytes / 1e6);
    let what = "memory once it has been used, MB";
    lines.push(match resident[..] {
        // The index's cache fills on the way to the second size, however old the bank gets afterwards.
        [_, second, .., last] => Line::target(
            what,
            told(&resident, &megabytes),
            "at most 1.1 of the second size's",
            last <= 1.1 * second,
        ),
        _ => plain(what, &resident, &megabytes),
    });
    let lines_read = series(&of("book", "lines"))?;
    lines.push(plain("a book: lines of its statement", &lines_read, &thousands));
    let usual: Vec<f64> =
        sizes.iter().filter_map(|size| size["book"]["usual_statement_us"].as_f64()).collect();
    let page = series(&of("book", "page_us"))?;
    for (what, taken) in [
        ("a book: a page of its statement (50 lines) over gRPC, median, µs", usual),
        ("a book: its page over HTTP, a connection each, median, µs", page),
    ] {
        let met = !taken.is_empty() && most(&taken) <= PAGE_US;
        lines.push(Line::target(what, told(&taken, &thousands), "at most 3,000", met));
    }
    let whole = series(&of("book", "statement_us"))?;
    lines.push(plain("a book: up to 500 lines of its statement in one page, median, µs", &whole, &thousands));
    let balance = series(&of("restart", "balance_us"))?;
    lines.push(Line::target(
        "balance read in process, median, µs",
        told(&balance, &two),
        "at most 20",
        most(&balance) <= BALANCE_US,
    ));
    let from_snapshot = series(&of("restart", "from_snapshot_s"))?;
    lines.push(Line::target(
        "restart from a snapshot of everything, frames checked, s",
        told(&from_snapshot, &two),
        "at most 3",
        most(&from_snapshot) <= RESTART_S,
    ));
    lines.push(plain("restart by replay, frames checked, s", &series(&of("restart", "by_replay_s"))?, &two));
    let replay = series(&of("restart", "replay_per_second"))?;
    lines.push(Line::target(
        "replay, entries/s",
        told(&replay, &thousands),
        "at least 400,000 at the last",
        last(&replay) >= REPLAY,
    ));
    lines.push(plain(
        "growing in process, batches, signing and verifying on the same cores, entries/s",
        &series(&one("grown_per_second"))?,
        &thousands,
    ));
    let json = json!({
        "bench": "growth",
        "smoke": scale.smoke,
        "machine": machine::description(),
        "load_before": load_before,
        "households": scale.county.households_in_all(),
        "rounds": scale.rounds,
        "sizes": sizes,
        "missed": missed(&lines),
    });
    figures::print(&json, &lines);
    Ok(())
}

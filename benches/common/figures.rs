//! Figures, their medians, targets, and how a table of them is printed.

use anyhow::Context;
use serde_json::Value;

/// One timed run.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Operations a second.
    pub per_second: f64,
    /// The middle one's time.
    pub median_us: f64,
    /// What 99 of 100 take at most.
    pub p99_us: f64,
    /// Processor time of the server for each operation; 0 where it was not taken.
    pub processor_us: f64,
}

impl Sample {
    /// As the client says it.
    pub fn of(answer: &Value) -> anyhow::Result<Sample> {
        Ok(Sample {
            processor_us: 0.0,
            per_second: float(answer, "per_second")?,
            median_us: float(answer, "median_us")?,
            p99_us: float(answer, "p99_us")?,
        })
    }
}

/// The median of one of the figures.
pub fn middle(samples: &[Sample], of: fn(&Sample) -> f64) -> f64 {
    median(samples.iter().map(of).collect())
}

/// The median rate.
pub fn rate(samples: &[Sample]) -> f64 {
    middle(samples, |sample| sample.per_second)
}

/// What was wanted and what was found.
pub struct Line {
    what: String,
    found: String,
    /// None: a figure without a target.
    target: Option<(&'static str, bool)>,
}

impl Line {
    /// A figure without a target.
    pub fn plain(what: impl Into<String>, found: impl Into<String>) -> Line {
        Line { what: what.into(), found: found.into(), target: None }
    }

    /// A figure, what was wanted, and whether it was met.
    pub fn target(
        what: impl Into<String>,
        found: impl Into<String>,
        wanted: &'static str,
        met: bool,
    ) -> Line {
        Line { what: what.into(), found: found.into(), target: Some((wanted, met)) }
    }
}

/// What was missed.
pub fn missed(lines: &[Line]) -> Vec<&str> {
    lines.iter().filter(|line| line.target.is_some_and(|(_, met)| !met)).map(|l| l.what.as_str()).collect()
}

/// The line of JSON, and the Markdown table.
pub fn print(json: &Value, lines: &[Line]) {
    println!("{json}");
    println!();
    println!("| what | found | target | met |");
    println!("|---|---|---|---|");
    for Line { what, found, target } in lines {
        let (wanted, met) =
            target.map_or(("", ""), |(wanted, met)| (wanted, if met { "yes" } else { "**no**" }));
        println!("| {what} | {found} | {wanted} | {met} |");
    }
}

/// The middle value; 0 of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// To a thousandth.
pub fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// A number with its thousands apart.
pub fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value <= -0.5 { format!("-{text}") } else { text }
}

/// A number that a process said.
pub fn float(answer: &Value, name: &str) -> anyhow::Result<f64> {
    answer[name].as_f64().with_context(|| format!("{name} in {answer}"))
}

/// A whole number that a process said.
pub fn whole(answer: &Value, name: &str) -> anyhow::Result<u64> {
    answer[name].as_u64().with_context(|| format!("{name} in {answer}"))
}

/// A text that a process said.
pub fn text(answer: &Value, name: &str) -> anyhow::Result<String> {
    Ok(answer[name].as_str().with_context(|| format!("{name} in {answer}"))?.to_owned())
}

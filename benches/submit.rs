//! What a redemption costs, end to end: `cargo bench --bench submit`.
//!
//! The same run measures ours and a *null service* (same tonic server and client, same messages, same signature
//! checks, no ledger), so that figures of a shared machine mean something: they are ratios. Servers and the
//! client are processes of their own on loopback; this program starts itself again for each of them. It prints
//! one line of JSON and a Markdown table, with each target and whether it was met, and always ends well: a
//! missed target is a figure, not a failure. `-- --smoke` runs a tiny bank in a few seconds, so that this does
//! not rot; so does a run by `cargo test`. `docs/performance.md` keeps the figures.

mod submit {
    pub mod conduct;
    pub mod report;
    pub mod scale;

    pub mod bank;
    pub mod client;
    pub mod null;

    pub mod town;

    pub mod machine;
    pub mod process;
}

use submit::scale::Scale;
use submit::{bank, client, conduct, null, process};

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    match process::role(&given) {
        Some((process::Role::Make, rest)) => bank::make(rest),
        Some((process::Role::Bank, rest)) => bank::serve(rest),
        Some((process::Role::Null, rest)) => null::serve(rest),
        Some((process::Role::Client, rest)) => client::run(rest),
        None => {
            // Cargo gives `--bench` to a benchmark and nothing to a test of one.
            let smoke = given.iter().any(|arg| arg == "--smoke") || !given.iter().any(|arg| arg == "--bench");
            conduct::run(if smoke { Scale::SMOKE } else { Scale::FULL })
        }
    }
}

//! What a redemption costs, end to end: `cargo bench --bench submit`.
//!
//! The same run measures ours, a *null service* (same tonic server and client, same messages, same signature
//! checks, no ledger) and plain PostgreSQL where a server is at hand, so that figures of a shared machine mean
//! something: they are ratios. Servers and the client are processes of their own on one machine; this program
//! starts itself again for each of them. It prints one line of JSON and a Markdown table, with each target and
//! whether it was met, and always ends well: a missed target is a figure, not a failure. `-- --small` takes a
//! minute, `-- --smoke` runs a tiny bank in seconds, so that this does not rot; so does a run by `cargo test`.
//! `docs/performance.md` keeps the figures.

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod common;
mod submit {
    pub mod conduct;
    pub mod report;
    pub mod scale;
    pub mod timed;
}

use submit::conduct;
use submit::scale::Scale;

fn main() -> anyhow::Result<()> {
    common::play(|given| conduct::run(Scale::of(given)?))
}

//! Whether a bank slows down as it ages: `cargo bench --bench growth`.
//!
//! One bank with the same households grows to 10,000, 100,000, 1,000,000 and 5,000,000 entries. At each size it is
//! restarted (by replay and from a snapshot) and measured: redemptions over gRPC in turns with a copy of the bank
//! as it was at the first size and with the null service, memory, a book of 500 lines, a balance. It prints one
//! line of JSON and a Markdown table and always ends well: a missed target is a figure, not a failure.
//!
//! | argument | what |
//! |---|---|
//! | `--to=N` | stop at this size (also `CIVBANK_GROWTH_TO`) |
//! | `--dir=DIR` | keep the bank and its figures there, and go on from them the next time |
//! | `--rounds=N` | timed runs of each, 3 unless told |
//! | `--smoke` | tiny, in seconds; so does a run by `cargo test` |

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod common;
mod growth {
    pub mod conduct;
    pub mod report;
    pub mod scale;
}

use growth::conduct;
use growth::scale::Scale;

fn main() -> anyhow::Result<()> {
    common::play(|given| conduct::run(&Scale::of(given)?))
}

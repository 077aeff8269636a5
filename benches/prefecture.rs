//! A whole prefecture on one small box: `cargo bench --bench prefecture`.
//!
//! 1,224 villages, 2.6 million households with a book, a card and points, 1.5 million volunteers with a key of their
//! own, every one of them by a signed command through the engine; then a month: an inspection of every household
//! (part of settling, that is where the points come from) and redemptions. Then it is restarted and measured: memory,
//! redemptions over gRPC beside the null service, a book, a balance. It prints one line of JSON and a Markdown table
//! and always ends well: a missed target is a figure, not a failure.
//!
//! | argument | what |
//! |---|---|
//! | `--villages=N --households=N --volunteers=N` | another size; the last two are of one village |
//! | `--month=N` | redemptions of the month, 1,000,000 unless told |
//! | `--dir=DIR` | keep the bank there, and go on from it the next time |
//! | `--rounds=N` | timed runs of each, 3 unless told |
//! | `--smoke` | tiny, in seconds; so does a run by `cargo test` |

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod common;
mod prefecture {
    pub mod conduct;
    pub mod report;
    pub mod scale;
}

use prefecture::conduct;
use prefecture::scale::Scale;

fn main() -> anyhow::Result<()> {
    common::play(|given| conduct::run(&Scale::of(given)?))
}

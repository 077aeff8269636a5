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

use common::process::{Role, role};
use common::{bank, client, grow, null};
use prefecture::conduct;
use prefecture::scale::Scale;

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    match role(&given) {
        Some((Role::Make, rest)) => bank::make(rest),
        Some((Role::Bank, rest)) => bank::serve(rest),
        Some((Role::Null, rest)) => null::serve(rest),
        Some((Role::Client, rest)) => client::run(rest),
        Some((Role::Grow, rest)) => grow::run(rest),
        Some((Role::Postgres, _)) => anyhow::bail!("PostgreSQL has no part in this benchmark"),
        None => conduct::run(&Scale::of(&given)?),
    }
}

//! What the benchmarks share: a county to measure, the processes that serve it, the client that loads them, and
//! how figures are told. Each benchmark uses a part of it.

pub mod bank;
pub mod client;
pub mod county;
pub mod figures;
pub mod grow;
pub mod machine;
pub mod null;
pub mod picks;
pub mod postgres;
pub mod process;
pub mod reads;
pub mod rounds;
pub mod send;
pub mod sheets;
pub mod sql;
pub mod verify;

use process::{Role, role};

/// Plays the role that the arguments name; without one this is the run itself, which `conduct` does.
pub fn play(conduct: impl FnOnce(&[String]) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    match role(&given) {
        Some((Role::Make, rest)) => bank::make(rest),
        Some((Role::Bank, rest)) => bank::serve(rest),
        Some((Role::Null, rest)) => null::serve(rest),
        Some((Role::Client, rest)) => client::run(rest),
        Some((Role::Postgres, rest)) => postgres::serve(rest),
        Some((Role::Grow, rest)) => grow::run(rest),
        None => conduct(&given),
    }
}

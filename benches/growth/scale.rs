//! How far a bank grows, and how much is measured on the way.

use std::path::PathBuf;

use anyhow::Context;

use crate::common::county::Size;
use crate::common::process::{is_smoke, number, option};

/// Sizes of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// A tiny run that only shows that everything works.
    pub smoke: bool,
    /// Villages and households: few, so that the first size is mostly redemptions.
    pub county: Size,
    /// Entries at which it is measured, smallest first.
    pub sizes: Vec<u64>,
    /// Lines of the book that is read.
    pub lines: u64,
    /// Redemptions of one timed run.
    pub redemptions: usize,
    /// Timed runs of each.
    pub rounds: usize,
    /// Reads of a book.
    pub reads: usize,
    /// Where the bank is kept; none: thrown away.
    pub dir: Option<PathBuf>,
}

/// Clients of the timed runs.
pub const CLIENTS: usize = 64;
/// Most entries: what lies on the shelves is for so many redemptions.
const TO_MAX: u64 = 9_000_000;
/// Says where to stop, as `--to` does.
const TO: &str = "CIVBANK_GROWTH_TO";

impl Scale {
    /// As the arguments say.
    pub fn of(given: &[String]) -> anyhow::Result<Scale> {
        let mut scale = if is_smoke(given) {
            Scale {
                smoke: true,
                county: Size { villages: 2, households: 40, volunteers: 0 },
                sizes: vec![800, 3_000],
                lines: 40,
                redemptions: 320,
                rounds: 1,
                reads: 5,
                dir: None,
            }
        } else {
            Scale {
                smoke: false,
                county: Size { villages: 20, households: 100, volunteers: 0 },
                sizes: vec![10_000, 100_000, 1_000_000, 5_000_000],
                lines: 500,
                redemptions: 6_000,
                rounds: 3,
                reads: 200,
                dir: None,
            }
        };
        let told = std::env::var(TO).ok().map(|to| to.parse().with_context(|| format!("{TO}={to}")));
        if let Some(to) = number(given, "to")?.or(told.transpose()?) {
            anyhow::ensure!(to <= TO_MAX, "beyond {TO_MAX} entries the shelves are empty");
            scale.sizes.retain(|size| *size < to);
            scale.sizes.push(to);
        }
        scale.rounds = number(given, "rounds")?.unwrap_or(scale.rounds).max(1);
        scale.dir = option(given, "dir").map(PathBuf::from);
        Ok(scale)
    }
}

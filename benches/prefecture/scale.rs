//! How large a prefecture is, and how much is measured.

use std::path::PathBuf;

use crate::common::county::Size;
use crate::common::process::{is_smoke, number, option};

/// Sizes of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// A tiny run that only shows that everything works.
    pub smoke: bool,
    /// Villages, households and volunteers.
    pub county: Size,
    /// Redemptions of the month.
    pub month: u64,
    /// Redemptions of one timed run of 64 clients; one client sends a fifth of them.
    pub redemptions: usize,
    /// Timed runs of each.
    pub rounds: usize,
    /// Reads of a book.
    pub reads: usize,
    /// Where the bank is kept; none: thrown away.
    pub dir: Option<PathBuf>,
}

impl Scale {
    /// As the arguments say.
    pub fn of(given: &[String]) -> anyhow::Result<Scale> {
        let mut scale = if is_smoke(given) {
            Scale {
                smoke: true,
                county: Size { villages: 3, households: 40, volunteers: 20 },
                month: 512,
                redemptions: 320,
                rounds: 1,
                reads: 5,
                dir: None,
            }
        } else {
            Scale {
                smoke: false,
                // 2,599,776 households and 1,500,624 volunteers in all.
                county: Size { villages: 1_224, households: 2_124, volunteers: 1_226 },
                month: 1_000_000,
                redemptions: 20_000,
                rounds: 3,
                reads: 200,
                dir: None,
            }
        };
        let Size { villages, households, volunteers } = &mut scale.county;
        for (name, of) in [("villages", villages), ("households", households), ("volunteers", volunteers)] {
            *of = number(given, name)?.unwrap_or(*of);
        }
        anyhow::ensure!(scale.county.villages > 0 && scale.county.households > 2, "too small a prefecture");
        scale.month = number(given, "month")?.unwrap_or(scale.month);
        scale.rounds = number(given, "rounds")?.unwrap_or(scale.rounds).max(1);
        scale.dir = option(given, "dir").map(PathBuf::from);
        Ok(scale)
    }
}

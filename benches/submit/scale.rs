//! How much is measured.

use crate::common::county::{REDEMPTION_POINTS, Size};
use crate::common::picks::Pick;
use crate::common::process::{flag, is_smoke, number};

/// Sizes of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Its name in the line of JSON.
    pub name: &'static str,
    /// Villages and households.
    pub county: Size,
    /// Timed runs are this part of what [`LOADS`] says.
    pub part: usize,
    /// Interleaved runs of each load.
    pub rounds: usize,
    /// Sheets of one timed run.
    pub sheets: usize,
    /// Redemptions that pass while memory is watched.
    pub passing: usize,
    /// Appends in one measurement of `fdatasync`.
    pub syncs: usize,
    /// Restarts.
    pub restarts: usize,
    /// Passbooks read.
    pub pages: usize,
}

/// One load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Clients that wait for one answer each.
    pub clients: usize,
    /// Commands in one call.
    pub batch: usize,
    /// Who redeems.
    pub pick: Pick,
    /// Redemptions of one timed run of a full run.
    pub redemptions: usize,
}

const fn load(clients: usize, batch: usize, pick: Pick, redemptions: usize) -> Load {
    Load { clients, batch, pick, redemptions }
}

/// Points that one household spends in all timed runs: somewhat less than a day's without a PIN, and than it has.
const HOUSEHOLD_POINTS: usize = 95_000;
/// Commands of one `SubmitBatch`.
pub const BATCH: usize = 256;

/// The loads, in the order of the report.
pub const LOADS: [Load; 8] = [
    load(1, 1, Pick::Uniform, 4_000),
    load(16, 1, Pick::Uniform, 16_000),
    load(64, 1, Pick::Uniform, 20_000),
    load(256, 1, Pick::Uniform, 20_000),
    load(64, 1, Pick::Zipf, 20_000),
    load(64, 1, Pick::Household, 10_000),
    load(64, 1, Pick::Village, 20_000),
    load(2, BATCH, Pick::Uniform, 40_960),
];

impl Load {
    /// The load of the first targets.
    pub fn is_main(&self) -> bool {
        (self.clients, self.batch, self.pick) == (64, 1, Pick::Uniform)
    }

    /// Its name in the report.
    pub fn name(&self) -> String {
        match (self.batch, self.pick) {
            (1, Pick::Uniform) if self.clients == 1 => "1 client".into(),
            (1, Pick::Uniform) => format!("{} clients", self.clients),
            (1, pick) => format!("{} clients, {}", self.clients, pick.name()),
            (batch, _) => format!("{} clients, batches of {batch}", self.clients),
        }
    }
}

impl Scale {
    /// What `docs/performance.md` reports.
    const FULL: Scale = Scale {
        name: "full",
        county: Size { villages: 100, households: 1_000, volunteers: 0 },
        part: 1,
        rounds: 3,
        sheets: 300,
        passing: 200_000,
        syncs: 400,
        restarts: 3,
        pages: 2_000,
    };

    /// A minute: to see what a change does.
    const SMALL: Scale = Scale {
        name: "small",
        county: Size { villages: 20, households: 500, volunteers: 0 },
        part: 8,
        rounds: 1,
        sheets: 60,
        passing: 20_000,
        syncs: 100,
        restarts: 1,
        pages: 200,
    };

    /// A few seconds: to see that it runs.
    const SMOKE: Scale = Scale {
        name: "smoke",
        county: Size { villages: 2, households: 100, volunteers: 0 },
        part: 80,
        rounds: 1,
        sheets: 4,
        passing: 800,
        syncs: 10,
        restarts: 1,
        pages: 20,
    };

    /// As the arguments say: `--smoke`, `--small`, `--rounds=N`.
    pub fn of(given: &[String]) -> anyhow::Result<Scale> {
        let scale = match () {
            () if is_smoke(given) => Scale::SMOKE,
            () if flag(given, "small") => Scale::SMALL,
            () => Scale::FULL,
        };
        Ok(Scale { rounds: number(given, "rounds")?.unwrap_or(scale.rounds).clamp(1, 15), ..scale })
    }

    /// Redemptions of one timed run.
    pub fn redemptions(&self, load: &Load) -> usize {
        // What one household may spend in a day without a PIN is for all rounds together.
        let most = match load.pick {
            Pick::Household => HOUSEHOLD_POINTS / REDEMPTION_POINTS as usize / self.rounds,
            _ => usize::MAX,
        };
        (load.redemptions / self.part).max(20).min(most)
    }
}

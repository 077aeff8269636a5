//! How much is measured.

/// Sizes of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// A tiny run that only shows that everything works.
    pub smoke: bool,
    /// Villages.
    pub villages: u32,
    /// Households of each village.
    pub households: u32,
    /// Concurrent clients, and the redemptions of one timed run of so many.
    pub loads: [Load; 3],
    /// Interleaved runs of each load.
    pub rounds: usize,
    /// Redemptions that pass while memory is watched, the timed ones among them.
    pub passing: usize,
    /// Appends in one measurement of `fdatasync`.
    pub syncs: usize,
    /// Restarts.
    pub restarts: usize,
}

/// One load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Clients that wait for one answer each.
    pub clients: usize,
    /// Redemptions of one timed run.
    pub redemptions: usize,
}

impl Scale {
    /// What `docs/performance.md` reports.
    pub const FULL: Scale = Scale {
        smoke: false,
        villages: 100,
        households: 1_000,
        loads: [
            Load { clients: 1, redemptions: 4_000 },
            Load { clients: 16, redemptions: 16_000 },
            Load { clients: 64, redemptions: 20_000 },
        ],
        rounds: 3,
        passing: 200_000,
        syncs: 400,
        restarts: 3,
    };

    /// A few seconds.
    pub const SMOKE: Scale = Scale {
        smoke: true,
        villages: 2,
        households: 100,
        loads: [
            Load { clients: 1, redemptions: 20 },
            Load { clients: 16, redemptions: 160 },
            Load { clients: 64, redemptions: 320 },
        ],
        rounds: 1,
        passing: 800,
        syncs: 10,
        restarts: 1,
    };

    /// Households in all.
    pub fn households_in_all(&self) -> usize {
        (self.villages * self.households) as usize
    }
}

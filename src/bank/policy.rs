//! The settings a bank or a branch may choose, and the bounds the head bank sets for branches.

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;

/// Every setting. Ranges are those of `Policy` in `proto/civbank/v1/types.proto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Fewest approving votes of a quorum, 1 to 20.
    pub quorum_min: u32,
    /// More than this share of the seated must agree, percent, 0 to 99.
    pub quorum_percent: u32,
    /// Days of public notice after the day of approval, 0 to 30.
    pub notice_days: u32,
    /// Points spendable in a day without the PIN, 0 to 100,000.
    pub pin_free_points: u32,
    /// Cap on one person's points of a month, 0 for none.
    pub person_month_points: u32,
    /// Cap on one household's points of a month, 0 for none.
    pub household_month_points: u32,
    /// Days after a deed in which it may be declared, 1 to 366.
    pub deed_age_days: u32,
    /// Working days for the liaison, 1 to 30.
    pub review_days: u32,
    /// Working days for the committee, 1 to 60.
    pub decide_days: u32,
    /// Days from approval to the void of what has not ended, 30 to 365.
    pub pending_days: u32,
    /// Months that points live, 1 to 120.
    pub lot_months: u32,
    /// Days in which a redemption may be refunded, 0 to 30.
    pub refund_days: u32,
}

impl Policy {
    /// Defaults of the rulebook: more than half of the seated and at least 2; 7 days of notice; 3 and 5
    /// working days; 60 days; lots of 24 months; refunds within 7 days.
    pub const DEFAULT: Policy = Policy {
        quorum_min: 2,
        quorum_percent: 50,
        notice_days: 7,
        pin_free_points: 100,
        person_month_points: 300,
        household_month_points: 500,
        deed_age_days: 30,
        review_days: 3,
        decide_days: 5,
        pending_days: 60,
        lot_months: 24,
        refund_days: 7,
    };

    /// The least that the format allows.
    pub const LEAST: Policy = Policy {
        quorum_min: 1,
        quorum_percent: 0,
        notice_days: 0,
        pin_free_points: 0,
        person_month_points: 0,
        household_month_points: 0,
        deed_age_days: 1,
        review_days: 1,
        decide_days: 1,
        pending_days: 30,
        lot_months: 1,
        refund_days: 0,
    };

    /// The most that the format allows.
    pub const MOST: Policy = Policy {
        quorum_min: 20,
        quorum_percent: 99,
        notice_days: 30,
        pin_free_points: 100_000,
        person_month_points: 100_000,
        household_month_points: 100_000,
        deed_age_days: 366,
        review_days: 30,
        decide_days: 60,
        pending_days: 365,
        lot_months: 120,
        refund_days: 30,
    };

    /// Name and value of each setting, in the order of the wire.
    pub fn numbers(&self) -> [(&'static str, u32); 12] {
        [
            ("quorum_min", self.quorum_min),
            ("quorum_percent", self.quorum_percent),
            ("notice_days", self.notice_days),
            ("pin_free_points", self.pin_free_points),
            ("person_month_points", self.person_month_points),
            ("household_month_points", self.household_month_points),
            ("deed_age_days", self.deed_age_days),
            ("review_days", self.review_days),
            ("decide_days", self.decide_days),
            ("pending_days", self.pending_days),
            ("lot_months", self.lot_months),
            ("refund_days", self.refund_days),
        ]
    }

    /// How many approving votes close a declaration where `seated` members sit.
    pub fn votes_needed(&self, seated: u32) -> u32 {
        self.quorum_min.max(seated * self.quorum_percent / 100 + 1)
    }
}

/// The least and the most that a branch may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Least of each setting.
    pub min: Policy,
    /// Most of each setting.
    pub max: Policy,
}

impl Bounds {
    /// Everything that the format allows.
    pub const FORMAT: Bounds = Bounds { min: Policy::LEAST, max: Policy::MOST };

    /// Refuses the first setting of `policy` that lies outside.
    pub fn check(&self, policy: &Policy) -> Result<(), Refusal> {
        let bounds = self.min.numbers().into_iter().zip(self.max.numbers());
        for ((setting, asked), ((_, min), (_, max))) in policy.numbers().into_iter().zip(bounds) {
            if asked < min || asked > max {
                return Err(Refusal::PolicyOutOfBounds { setting, asked, min, max });
            }
        }
        Ok(())
    }
}

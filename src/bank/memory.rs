//! What the bank remembers for a while only: request ids, evidence seen, who reviewed whom, what was
//! refunded. Each forgets by itself as time passes, so memory grows with what is open, not with years.

use serde::{Deserialize, Serialize};

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::planted::{self, Bug};

use super::ids::{Digest, HouseholdId, Sku};
use super::time::{Day, Month, Time};

/// Where a request id went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// Its entry.
    pub index: u64,
    /// First 16 bytes of the payload's BLAKE3 hash.
    pub payload_digest: [u8; 16],
}

/// Request ids until their `not_after`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Requests {
    by_id: HashMap<[u8; 16], Remembered>,
    by_end: BTreeSet<(Time, [u8; 16])>,
}

impl Requests {
    pub(super) fn get(&self, id: &[u8; 16]) -> Option<Remembered> {
        self.by_id.get(id).copied()
    }

    pub(super) fn remember(&mut self, id: [u8; 16], not_after: Time, remembered: Remembered) {
        self.by_id.insert(id, remembered);
        self.by_end.insert((not_after, id));
    }

    pub(super) fn forget_before(&mut self, now: Time) {
        let early = if planted::is(Bug::RequestForgottenEarly) { 30 } else { 0 };
        while let Some((end, id)) = self.by_end.first().copied() {
            if end >= now.plus_minutes(early) {
                break;
            }
            self.by_end.pop_first();
            self.by_id.remove(&id);
        }
    }
}

/// Evidence stays known this many months; a deed may be declared for at most a year after it.
const EVIDENCE_MONTHS: u32 = 13;

/// Evidence that was used, by the first eight bytes of its address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Evidence {
    months: BTreeMap<Month, HashSet<u64>>,
}

impl Evidence {
    pub(super) fn seen(&self, evidence: &Digest) -> bool {
        let seen = self.months.values().any(|month| month.contains(&evidence.prefix()));
        seen && !planted::is(Bug::EvidenceTwice)
    }

    /// Evidence of what was withdrawn may be used again, for the same deed declared rightly.
    pub(super) fn forget(&mut self, evidence: &[Digest]) {
        for month in self.months.values_mut() {
            evidence.iter().for_each(|address| {
                month.remove(&address.prefix());
            });
        }
    }

    pub(super) fn remember(&mut self, today: Day, evidence: &[Digest]) {
        if !evidence.is_empty() {
            let month = today.month();
            self.months.retain(|old, _| old.0 + EVIDENCE_MONTHS >= month.0);
            self.months.entry(month).or_default().extend(evidence.iter().map(Digest::prefix));
        }
    }
}

/// Who may not review back stays known this many days.
pub(super) const RECIPROCITY_DAYS: i64 = 30;

/// Which household's member reviewed which household, and when last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Reviews {
    last: HashMap<(HouseholdId, HouseholdId), Time>,
    order: BTreeSet<(Time, HouseholdId, HouseholdId)>,
}

impl Reviews {
    /// When a member of `reviewer` last reviewed `reviewed`, within the days that count.
    pub(super) fn last(&self, reviewer: HouseholdId, reviewed: HouseholdId, now: Time) -> Option<Time> {
        let at = *self.last.get(&(reviewer, reviewed))?;
        (at.plus_days(RECIPROCITY_DAYS) > now).then_some(at)
    }

    pub(super) fn remember(&mut self, reviewer: HouseholdId, reviewed: HouseholdId, now: Time) {
        if let Some(before) = self.last.insert((reviewer, reviewed), now) {
            self.order.remove(&(before, reviewer, reviewed));
        }
        self.order.insert((now, reviewer, reviewed));
        while let Some((at, reviewer, reviewed)) = self.order.first().copied() {
            if at.plus_days(RECIPROCITY_DAYS) > now {
                break;
            }
            self.order.pop_first();
            self.last.remove(&(reviewer, reviewed));
        }
    }
}

/// What came back of one redemption.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Returned {
    pub(super) lines: Vec<(Sku, u32)>,
    pub(super) points: i64,
    /// No refund can ask for it after this.
    pub(super) until: Time,
}

/// Redemptions of which something came back, while more may.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Refunds {
    by_redemption: BTreeMap<u64, Returned>,
}

impl Refunds {
    pub(super) fn get(&self, redemption: u64) -> Returned {
        self.by_redemption.get(&redemption).cloned().unwrap_or_default()
    }

    pub(super) fn add(&mut self, redemption: u64, lines: &[(Sku, u32)], points: i64, now: Time, until: Time) {
        self.by_redemption.retain(|_, returned| returned.until >= now);
        let returned = self.by_redemption.entry(redemption).or_default();
        for (sku, quantity) in lines {
            match returned.lines.iter_mut().find(|(known, _)| known == sku) {
                Some((_, sum)) => *sum += quantity,
                None => returned.lines.push((*sku, *quantity)),
            }
        }
        returned.points += points;
        returned.until = until;
    }
}

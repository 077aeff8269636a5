//! Settings and their bounds.

use crate::bank::policy::{Bounds, Policy};

use super::super::field::{At, BadField};
use super::super::pb;
use super::super::read;

/// Reads settings. Every number is of the right form already.
pub fn policy_from_pb(message: &pb::Policy) -> Policy {
    Policy {
        quorum_min: message.quorum_min,
        quorum_percent: message.quorum_percent,
        notice_days: message.notice_days,
        pin_free_points: message.pin_free_points,
        person_month_points: message.person_month_points,
        household_month_points: message.household_month_points,
        deed_age_days: message.deed_age_days,
        review_days: message.review_days,
        decide_days: message.decide_days,
        pending_days: message.pending_days,
        lot_months: message.lot_months,
        refund_days: message.refund_days,
    }
}

/// Writes settings.
pub fn policy_to_pb(policy: &Policy) -> pb::Policy {
    pb::Policy {
        quorum_min: policy.quorum_min,
        quorum_percent: policy.quorum_percent,
        notice_days: policy.notice_days,
        pin_free_points: policy.pin_free_points,
        person_month_points: policy.person_month_points,
        household_month_points: policy.household_month_points,
        deed_age_days: policy.deed_age_days,
        review_days: policy.review_days,
        decide_days: policy.decide_days,
        pending_days: policy.pending_days,
        lot_months: policy.lot_months,
        refund_days: policy.refund_days,
    }
}

/// Reads bounds.
///
/// # Errors
///
/// `min` or `max` is missing.
pub fn bounds_from_pb(message: &pb::PolicyBounds) -> Result<Bounds, BadField> {
    read_bounds(At::top("bounds"), message)
}

/// Writes bounds.
pub fn bounds_to_pb(bounds: &Bounds) -> pb::PolicyBounds {
    pb::PolicyBounds { min: Some(policy_to_pb(&bounds.min)), max: Some(policy_to_pb(&bounds.max)) }
}

pub(crate) fn read_policy(at: At, message: Option<&pb::Policy>) -> Result<Policy, BadField> {
    read::present(at, message).map(policy_from_pb)
}

pub(crate) fn read_bounds(at: At, message: &pb::PolicyBounds) -> Result<Bounds, BadField> {
    Ok(Bounds {
        min: read_policy(at.name("min"), message.min.as_ref())?,
        max: read_policy(at.name("max"), message.max.as_ref())?,
    })
}

/// Each setting lies in the range of its proto comment.
pub(crate) fn check_policy(at: At, policy: &Policy) -> Result<(), BadField> {
    let ranges = Policy::LEAST.numbers().into_iter().zip(Policy::MOST.numbers());
    for ((setting, got), ((_, min), (_, max))) in policy.numbers().into_iter().zip(ranges) {
        read::within(at.name(setting), got, min..=max)?;
    }
    Ok(())
}

/// Each bound lies in the range of its setting.
pub(crate) fn check_bounds(at: At, bounds: &Bounds) -> Result<(), BadField> {
    check_policy(at.name("min"), &bounds.min)?;
    check_policy(at.name("max"), &bounds.max)
}

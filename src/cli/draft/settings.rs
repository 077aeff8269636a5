//! The twelve settings of a policy, as options and in files: each may be left out, and then stays as it is.

use clap::Args;
use serde::Deserialize;

use crate::bank::policy::Policy;

/// Some settings. Meanings and ranges are those of the message `Policy`.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    /// 最少同意票数
    #[arg(long, value_name = "N")]
    quorum_min: Option<u32>,
    /// 同意票比例（%）
    #[arg(long, value_name = "N")]
    quorum_percent: Option<u32>,
    /// 公示天数
    #[arg(long, value_name = "N")]
    notice_days: Option<u32>,
    /// 每天免密积分
    #[arg(long, value_name = "N")]
    pin_free_points: Option<u32>,
    /// 每人每月封顶分
    #[arg(long, value_name = "N")]
    person_month_points: Option<u32>,
    /// 每户每月封顶分
    #[arg(long, value_name = "N")]
    household_month_points: Option<u32>,
    /// 申报期限（天）
    #[arg(long, value_name = "N")]
    deed_age_days: Option<u32>,
    /// 审核期限（工作日）
    #[arg(long, value_name = "N")]
    review_days: Option<u32>,
    /// 评审期限（工作日）
    #[arg(long, value_name = "N")]
    decide_days: Option<u32>,
    /// 最长办理天数
    #[arg(long, value_name = "N")]
    pending_days: Option<u32>,
    /// 积分有效期（月）
    #[arg(long, value_name = "N")]
    lot_months: Option<u32>,
    /// 退货期限（天）
    #[arg(long, value_name = "N")]
    refund_days: Option<u32>,
}

impl Settings {
    /// These settings over those of now.
    pub(super) fn over(&self, now: Policy) -> Policy {
        Policy {
            quorum_min: self.quorum_min.unwrap_or(now.quorum_min),
            quorum_percent: self.quorum_percent.unwrap_or(now.quorum_percent),
            notice_days: self.notice_days.unwrap_or(now.notice_days),
            pin_free_points: self.pin_free_points.unwrap_or(now.pin_free_points),
            person_month_points: self.person_month_points.unwrap_or(now.person_month_points),
            household_month_points: self.household_month_points.unwrap_or(now.household_month_points),
            deed_age_days: self.deed_age_days.unwrap_or(now.deed_age_days),
            review_days: self.review_days.unwrap_or(now.review_days),
            decide_days: self.decide_days.unwrap_or(now.decide_days),
            pending_days: self.pending_days.unwrap_or(now.pending_days),
            lot_months: self.lot_months.unwrap_or(now.lot_months),
            refund_days: self.refund_days.unwrap_or(now.refund_days),
        }
    }
}

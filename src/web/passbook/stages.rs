//! What is under way: for each open declaration or row of a sheet where it stands, whose turn it is, and
//! until when. Deadlines are worked out as the rules do, from when the stage began; a deadline that passed is
//! said so, never hidden.

use crate::bank::RULING_DAYS;
use crate::bank::policy::Policy;
use crate::bank::time::{Day, Time};
use crate::bank::words::{Ground, ItemKind, State};
use crate::words::{amount, date, names};

/// One open row of the household, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenRow {
    /// The declaration or sheet.
    pub number: u64,
    /// A row of an inspection sheet.
    pub by_sheet: bool,
    /// The item's title as it was in force on the day.
    pub title: String,
    /// What the item does.
    pub kind: ItemKind,
    /// Units of quantity.
    pub quantity: u32,
    /// Day of the deed or inspection.
    pub deed_date: Day,
    /// Where it stands.
    pub state: State,
    /// When this stage began.
    pub since: Time,
    /// End of notice, exclusive.
    pub until: Option<Time>,
    /// Approved so far; negative for deductions.
    pub points: i64,
    /// Times escalated in this stage.
    pub escalated: u32,
    /// Approving votes that count.
    pub approvals: u32,
    /// Votes that close it.
    pub needed: u32,
}

/// The same, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stage {
    /// 志愿服务 ×2.
    pub title: String,
    /// 申报 12 号，11月20日做的.
    pub slip: String,
    /// 待审核.
    pub state: &'static str,
    /// 等联户党员审核.
    pub turn: String,
    /// 还有 2 天（最晚11月25日）; none where nothing falls due.
    pub until: Option<String>,
    /// Past its deadline.
    pub late: bool,
    /// Further facts: votes, points, why it was returned.
    pub detail: Option<String>,
    /// It is the household's turn.
    pub ours: bool,
}

/// The stage of a row today. `returned_for` is why the liaison sent it back.
pub(super) fn stage(row: &OpenRow, policy: &Policy, now: Time, returned_for: Option<Ground>) -> Stage {
    let slip = if row.by_sheet {
        format!("检查表 {} 号，{}检查", row.number, date::month_day(row.deed_date))
    } else {
        format!("申报 {} 号，{}做的", row.number, date::month_day(row.deed_date))
    };
    let last = last_day(row, policy);
    Stage {
        title: format!("{} ×{}", row.title, row.quantity),
        slip,
        state: names::state(row.state),
        turn: turn(row, now),
        until: last.map(|last| format!("{}（{}）", date::left(now.day(), last), final_day(row, last))),
        late: last.is_some_and(|last| last < now.day()) || row.escalated > 0,
        detail: detail(row, returned_for),
        ours: row.state == State::Returned,
    }
}

/// Last day of the stage; none where nothing falls due.
fn last_day(row: &OpenRow, policy: &Policy) -> Option<Day> {
    let working = |days| row.since.day().after_working_days(days).plus(-1);
    // A stage that ends at a moment has that moment's day as its last.
    let before = |end: Time| Time(end.0 - 1).day();
    match row.state {
        State::Submitted => Some(working(policy.review_days)),
        State::Endorsed => Some(working(policy.decide_days)),
        State::Returned => Some(before(row.since.plus_days(i64::from(policy.pending_days)))),
        State::OnNotice => row.until.map(before),
        State::Objected => Some(before(row.since.plus_days(RULING_DAYS))),
        State::Disputed
        | State::Credited
        | State::Refused
        | State::Withdrawn
        | State::Voided
        | State::Reversed => None,
    }
}

fn final_day(row: &OpenRow, last: Day) -> String {
    let last = date::month_day(last);
    match row.state {
        State::OnNotice => format!("公示到{last}"),
        _ => format!("最晚{last}"),
    }
}

/// Whose turn it is.
fn turn(row: &OpenRow, now: Time) -> String {
    match (row.state, row.escalated) {
        (State::Submitted, 0) => "等联户党员审核".to_owned(),
        (State::Submitted, 1) => "审核超期，本村其他联户党员也可以审核".to_owned(),
        (State::Submitted, _) => "审核超期两次，评价委员也可以审核".to_owned(),
        (State::Returned, _) => "等您家补充后再报".to_owned(),
        (State::Endorsed, 0) => "等评价委员会评审".to_owned(),
        (State::Endorsed, _) => "评审超期，还在等评价委员会评审".to_owned(),
        (State::OnNotice, _) => match row.until {
            Some(until) if until > now => "正在公示，等公示期满".to_owned(),
            _ => "公示期满，马上办结".to_owned(),
        },
        (State::Objected, _) => "有人提出异议，等总行裁定".to_owned(),
        (State::Disputed, _) => "入账以后有人提出异议，等总行裁定".to_owned(),
        (
            state @ (State::Credited | State::Refused | State::Withdrawn | State::Voided | State::Reversed),
            _,
        ) => names::state(state).to_owned(),
    }
}

/// What else there is to know.
fn detail(row: &OpenRow, returned_for: Option<Ground>) -> Option<String> {
    match row.state {
        State::Returned => returned_for.map(|ground| format!("退回原因：{}", names::ground(ground))),
        State::Endorsed => Some(format!("已有 {} 票同意，满 {} 票通过", row.approvals, row.needed)),
        State::OnNotice => Some(match (row.kind, row.points) {
            (ItemKind::Veto, _) => "没有异议，期满后取消当年评星评优".to_owned(),
            (ItemKind::Deduction, points) => format!("没有异议，期满后扣 {}", amount::points(points.abs())),
            (ItemKind::Deed | ItemKind::Bonus, points) => {
                format!("没有异议，期满后入账 {}", amount::points(points))
            }
        }),
        State::Objected | State::Disputed => {
            Some(format!("涉及 {}，裁定前不动", amount::points(row.points.abs())))
        }
        State::Submitted
        | State::Credited
        | State::Refused
        | State::Withdrawn
        | State::Voided
        | State::Reversed => None,
    }
}

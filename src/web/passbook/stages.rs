//! What is under way: for each open declaration or row of a sheet where it stands, whose turn it is, and
//! until when. Deadlines are worked out as the rules do, from when the stage began; a deadline that passed is
//! said so, never hidden.

use crate::bank::RULING_DAYS;
use crate::bank::policy::Policy;
use crate::bank::time::{Day, Time};
use crate::bank::words::{Ground, ItemKind, ObjectionGround, Ruling, State};
use crate::words::{Lang, sentence};

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

/// What was said on the way to where a row stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    /// Why the liaison sent it back last.
    pub returned_for: Option<Ground>,
    /// How the newest objection ended, where it did not void the row.
    pub ruled: Option<Ruled>,
}

/// An objection during the notice, and what the head bank said to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ruled {
    /// What was objected; none where history does not reach back to it.
    pub ground: Option<ObjectionGround>,
    /// Day of the ruling.
    pub day: Day,
    /// What it was.
    pub ruling: Ruling,
    /// Points before it; negative for deductions.
    pub before: i64,
    /// Points that stand after it.
    pub stands: i64,
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
    /// What was objected, and what became of it, while the row goes on.
    pub ruled: Option<String>,
    /// It is the household's turn.
    pub ours: bool,
}

/// The stage of a row today.
pub(super) fn stage(lang: Lang, row: &OpenRow, policy: &Policy, now: Time, said: Said) -> Stage {
    // What was ruled counts while the notice goes on, and while the next objection to it waits.
    let goes_on = matches!(row.state, State::OnNotice | State::Objected);
    let ruled = said.ruled.filter(|_| goes_on);
    let on = lang.month_day(row.deed_date);
    let slip = if row.by_sheet {
        lang.with_two("检查表 {} 号，{}检查", "Sheet {}, inspected on {}", row.number, on)
    } else {
        lang.with_two("申报 {} 号，{}做的", "Declaration {}, done {}", row.number, on)
    };
    let last = last_day(row, policy);
    Stage {
        title: format!("{} ×{}", row.title, row.quantity),
        slip,
        state: lang.name(row.state),
        turn: turn(lang, row, now),
        until: last.map(|last| {
            let (left, last) = (lang.left(now.day(), last), final_day(lang, row, last));
            lang.with_two("{}（{}）", "{} ({})", left, last)
        }),
        late: last.is_some_and(|last| last < now.day()) || row.escalated > 0,
        detail: detail(lang, row, said.returned_for, ruled.is_some()),
        ruled: ruled.map(|ruled| ruling(lang, ruled)),
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

fn final_day(lang: Lang, row: &OpenRow, last: Day) -> String {
    let last = lang.month_day(last);
    match row.state {
        State::OnNotice => lang.with("公示到{}", "on notice until {}", last),
        _ => lang.with("最晚{}", "by {}", last),
    }
}

/// Whose turn it is.
fn turn(lang: Lang, row: &OpenRow, now: Time) -> String {
    let text = match (row.state, row.escalated) {
        (State::Submitted, 0) => lang.t("等联户党员审核", "Waiting for the liaison's review"),
        (State::Submitted, 1) => lang.t(
            "审核超期，本村其他联户党员也可以审核",
            "The review is overdue; the village's other liaisons may do it too",
        ),
        (State::Submitted, _) => lang.t(
            "审核超期两次，评价委员也可以审核",
            "The review is overdue twice; committee members may do it too",
        ),
        (State::Returned, _) => {
            lang.t("等您家补充后再报", "Waiting for you to complete it and declare it again")
        }
        (State::Endorsed, 0) => lang.t("等评价委员会评审", "Waiting for the vote"),
        (State::Endorsed, _) => {
            lang.t("评审超期，还在等评价委员会评审", "The vote is overdue; still waiting for the committee")
        }
        (State::OnNotice, _) => match row.until {
            Some(until) if until > now => {
                lang.t("正在公示，等公示期满", "On notice, waiting for the notice to end")
            }
            _ => lang.t("公示期满，马上办结", "The notice has ended; it is closed any moment"),
        },
        (State::Objected, _) => {
            lang.t("有人提出异议，等总行裁定", "Somebody objected; waiting for the head bank's ruling")
        }
        (State::Disputed, _) => lang.t(
            "入账以后有人提出异议，等总行裁定",
            "Somebody objected after it was credited; waiting for the head bank's ruling",
        ),
        (
            state @ (State::Credited | State::Refused | State::Withdrawn | State::Voided | State::Reversed),
            _,
        ) => return sentence(lang.name(state)),
    };
    text.to_owned()
}

/// The objection by its ground, the day, the ruling, and what it changed.
fn ruling(lang: Lang, ruled: Ruled) -> String {
    let objected = match ruled.ground {
        Some(ground) => lang.with("有人提出异议（{}）", "Somebody objected ({})", lang.name(ground)),
        None => lang.t("有人提出异议", "Somebody objected").to_owned(),
    };
    let (day, name) = (lang.month_day(ruled.day), lang.name(ruled.ruling));
    let ruling = lang.with_two("{}总行裁定：{}", "the head bank's ruling of {}: {}", day, name);
    let mut parts = vec![objected, ruling];
    if ruled.ruling == Ruling::Partial {
        let (before, stands) = (lang.points(ruled.before.abs()), lang.points(ruled.stands.abs()));
        parts.push(lang.with_two("由 {}改为 {}", "{} became {}", before, stands));
    }
    parts.join(lang.t("，", ", "))
}

/// What else there is to know. `ruled`: somebody has objected already.
fn detail(lang: Lang, row: &OpenRow, returned_for: Option<Ground>, ruled: bool) -> Option<String> {
    let unless = match ruled {
        true => lang.t("没有别的异议", "Without another objection"),
        false => lang.t("没有异议", "Without objection"),
    };
    match row.state {
        State::Returned => {
            returned_for.map(|ground| lang.with("退回原因：{}", "Sent back because {}", lang.name(ground)))
        }
        State::Endorsed => Some(lang.with_two(
            "已有 {} 票同意，满 {} 票通过",
            "Votes in favour: {} of {} needed",
            row.approvals,
            row.needed,
        )),
        State::OnNotice => Some(match (row.kind, row.points) {
            (ItemKind::Veto, _) => {
                lang.with("{}，期满后取消当年评星评优", "{}: no stars and honours this year", unless)
            }
            (ItemKind::Deduction, points) => lang.with_two(
                "{}，期满后扣 {}",
                "{}: {} off when the notice ends",
                unless,
                lang.points(points.abs()),
            ),
            (ItemKind::Deed | ItemKind::Bonus, points) => lang.with_two(
                "{}，期满后入账 {}",
                "{}: {} credited when the notice ends",
                unless,
                lang.points(points),
            ),
        }),
        State::Objected | State::Disputed => Some(lang.with(
            "涉及 {}，裁定前不动",
            "About {}, untouched until the ruling",
            lang.points(row.points.abs()),
        )),
        State::Submitted
        | State::Credited
        | State::Refused
        | State::Withdrawn
        | State::Voided
        | State::Reversed => None,
    }
}

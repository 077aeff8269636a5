//! Whose turn it is and until when, stage by stage.

use super::super::stages::{OpenRow, Ruled, Said, stage};
use super::{day, morning};
use crate::bank::policy::Policy;
use crate::bank::words::*;
use crate::words::Lang;

fn row(state: State, since: &str) -> OpenRow {
    OpenRow {
        number: 12,
        by_sheet: false,
        title: "志愿服务".to_owned(),
        kind: ItemKind::Deed,
        quantity: 2,
        deed_date: day("2026-11-15"),
        state,
        since: morning(since),
        until: None,
        points: 0,
        escalated: 0,
        approvals: 0,
        needed: 3,
    }
}

#[test]
fn every_stage_says_whose_turn_it_is_and_until_when() {
    // 2026-11-20 is a Friday. Review 3 and decision 5 working days, rulings 10 days, pending 60.
    let friday = "2026-11-20";
    let notice_end = Some(day("2026-11-28").start());
    let cases = [
        (
            row(State::Submitted, friday),
            "2026-11-20",
            "等联户党员审核",
            Some("还有 5 天（最晚11月25日）"),
            false,
        ),
        (
            row(State::Submitted, friday),
            "2026-11-25",
            "等联户党员审核",
            Some("今天截止（最晚11月25日）"),
            false,
        ),
        (
            row(State::Submitted, friday),
            "2026-11-26",
            "等联户党员审核",
            Some("已过 1 天（最晚11月25日）"),
            true,
        ),
        (
            OpenRow { escalated: 1, ..row(State::Submitted, friday) },
            "2026-11-27",
            "审核超期，本村其他联户党员也可以审核",
            Some("已过 2 天（最晚11月25日）"),
            true,
        ),
        (
            OpenRow { escalated: 2, ..row(State::Submitted, friday) },
            "2026-12-03",
            "审核超期两次，评价委员也可以审核",
            Some("已过 8 天（最晚11月25日）"),
            true,
        ),
        (
            row(State::Returned, friday),
            "2026-11-21",
            "等您家补充后再报",
            Some("还有 59 天（最晚1月19日）"),
            false,
        ),
        (
            row(State::Endorsed, friday),
            "2026-11-23",
            "等评价委员会评审",
            Some("还有 4 天（最晚11月27日）"),
            false,
        ),
        (
            OpenRow { escalated: 1, ..row(State::Endorsed, friday) },
            "2026-11-30",
            "评审超期，还在等评价委员会评审",
            Some("已过 3 天（最晚11月27日）"),
            true,
        ),
        (
            OpenRow { until: notice_end, ..row(State::OnNotice, friday) },
            "2026-11-21",
            "正在公示，等公示期满",
            Some("还有 6 天（公示到11月27日）"),
            false,
        ),
        (
            OpenRow { until: notice_end, ..row(State::OnNotice, friday) },
            "2026-11-28",
            "公示期满，马上办结",
            Some("已过 1 天（公示到11月27日）"),
            true,
        ),
        (
            row(State::Objected, friday),
            "2026-11-22",
            "有人提出异议，等总行裁定",
            Some("还有 8 天（最晚11月30日）"),
            false,
        ),
        (row(State::Disputed, friday), "2027-03-01", "入账以后有人提出异议，等总行裁定", None, false),
    ];
    for (row, today, turn, until, late) in cases {
        let shown = stage(Lang::Zh, &row, &Policy::DEFAULT, morning(today), Said::default());
        let got = (shown.turn.as_str(), shown.until.as_deref(), shown.late);
        assert_eq!(got, (turn, until, late), "{:?} on {today}", row.state);
    }
}

#[test]
fn stages_tell_votes_points_and_why_something_came_back() {
    let now = morning("2026-11-20");
    let detail = |row: &OpenRow, returned_for| {
        stage(Lang::Zh, row, &Policy::DEFAULT, now, Said { returned_for, ruled: None }).detail
    };
    let endorsed = OpenRow { approvals: 2, ..row(State::Endorsed, "2026-11-20") };
    assert_eq!(detail(&endorsed, None).unwrap(), "已有 2 票同意，满 3 票通过");
    let returned = row(State::Returned, "2026-11-20");
    assert_eq!(detail(&returned, Some(Ground::EvidenceUnclear)).unwrap(), "退回原因：凭证看不清");
    assert_eq!(detail(&returned, None), None);
    assert!(stage(Lang::Zh, &returned, &Policy::DEFAULT, now, Said::default()).ours);
    for (kind, points, text) in [
        (ItemKind::Deed, 40, "没有异议，期满后入账 40 分"),
        (ItemKind::Bonus, 30, "没有异议，期满后入账 30 分"),
        (ItemKind::Deduction, -5, "没有异议，期满后扣 5 分"),
        (ItemKind::Veto, 0, "没有异议，期满后取消当年评星评优"),
    ] {
        let on_notice = OpenRow { kind, points, ..row(State::OnNotice, "2026-11-20") };
        assert_eq!(detail(&on_notice, None).unwrap(), text);
    }
    let sheet = OpenRow { by_sheet: true, ..row(State::Endorsed, "2026-11-20") };
    assert_eq!(
        stage(Lang::Zh, &sheet, &Policy::DEFAULT, now, Said::default()).slip,
        "检查表 12 号，11月15日检查"
    );
    assert_eq!(
        stage(Lang::Zh, &endorsed, &Policy::DEFAULT, now, Said::default()).slip,
        "申报 12 号，11月15日做的"
    );
}

#[test]
fn an_objection_that_was_ruled_on_is_told_while_the_notice_goes_on() {
    let now = morning("2026-11-20");
    let ruled = |ruling, before, stands| Ruled {
        ground: Some(ObjectionGround::Exaggerated),
        day: day("2026-11-19"),
        ruling,
        before,
        stands,
    };
    let told = |lang, row: &OpenRow, ruled| {
        let stage = stage(lang, row, &Policy::DEFAULT, now, Said { returned_for: None, ruled: Some(ruled) });
        (stage.ruled.unwrap_or_default(), stage.detail.unwrap_or_default())
    };
    let on_notice = OpenRow { points: 20, ..row(State::OnNotice, "2026-11-16") };
    let partial = ruled(Ruling::Partial, 30, 20);
    for (lang, ruled, said, detail) in [
        (
            Lang::Zh,
            partial,
            "有人提出异议（报多了），11月19日总行裁定：异议部分成立，由 30 分改为 20 分",
            "没有别的异议，期满后入账 20 分",
        ),
        (
            Lang::En,
            partial,
            "Somebody objected (too much was declared), the head bank's ruling of 19 Nov: \
             the objection is upheld in part, 30 points became 20 points",
            "Without another objection: 20 points credited when the notice ends",
        ),
        (
            Lang::Zh,
            Ruled { ground: None, ..ruled(Ruling::Dismiss, 20, 20) },
            "有人提出异议，11月19日总行裁定：异议不成立",
            "没有别的异议，期满后入账 20 分",
        ),
    ] {
        assert_eq!(told(lang, &on_notice, ruled), (said.to_owned(), detail.to_owned()));
    }
    // A deduction's points are told as they are spoken of.
    let deduction = OpenRow { kind: ItemKind::Deduction, points: -3, ..on_notice.clone() };
    let (said, detail) = told(Lang::Zh, &deduction, ruled(Ruling::Partial, -5, -3));
    assert!(said.ends_with("由 5 分改为 3 分") && detail == "没有别的异议，期满后扣 3 分", "{said} {detail}");
    // The next objection waits beside it; what has come into the book tells of it elsewhere.
    assert!(
        told(Lang::Zh, &OpenRow { state: State::Objected, ..on_notice.clone() }, partial)
            .0
            .contains("部分成立")
    );
    assert_eq!(told(Lang::Zh, &OpenRow { state: State::Disputed, ..on_notice }, partial).0, "");
}

//! Why a household's book moved, as its passbook says it.

use civbank::bank::effects::{Account, Change, Effects, Posting};
use civbank::bank::time::Month;
use civbank::bank::words::*;
use civbank::words::{Lang, NoTitles, Titles, change, reason, reason_in};

use super::*;

/// What moved in the book of household 12, and the changes beside it.
fn entry(points: i64, score: i64, changes: Vec<Change>) -> Effects {
    let posting = |account, unit, amount| Posting {
        account,
        unit,
        amount,
        balance_after: 0,
        account_sequence: 1,
        account_previous_index: None,
    };
    let mut postings = Vec::new();
    for (unit, amount) in [(Unit::Points, points), (Unit::Score, score)] {
        if amount != 0 {
            postings.push(posting(Account::Household(home(12)), unit, amount));
            postings.push(posting(Account::Expired(branch()), unit, -amount));
        }
    }
    Effects { postings, changes }
}

#[test]
fn the_passbook_says_why_it_moved() {
    let debt = |debt| Change::DebtSet { household: home(12), debt };
    let lot = |amount| Change::LotMoved { household: home(12), month: Month(24_324), amount };
    let closed = |from, successor| Change::HouseholdClosed { household: home(from), successor };
    let veto = Change::Vetoed { household: home(12), year: 2026, item: item("V07") };
    let voted = Change::Voted { declaration: 123, person: person(9), vote: Vote::Approve, points: None };
    let credited = |number, points| state(number, 12, State::Credited, points);
    let table = [
        (entry(0, 0, vec![Change::HouseholdOpened { household: home(12), members: 4 }]), "设立账户"),
        (entry(20, 0, vec![credited(123, 20), lot(20)]), "公示期满入账：志愿服务 ×2（申报 123 号）"),
        (entry(20, 0, vec![credited(999, 20)]), "公示期满入账：申报 999 号"),
        (entry(20, 0, vec![credited(45, 20)]), "公示期满入账：门前三包 ×1（检查表 45 号）"),
        (
            entry(40, 0, vec![credited(123, 20), state(7, 13, State::Credited, 9), credited(124, 20)]),
            "公示期满入账：志愿服务 ×2（申报 123 号）；门前三包 ×1（申报 124 号）",
        ),
        (
            entry(40, 0, (1..=5).map(|number| credited(number, 8)).collect()),
            "公示期满入账：申报 1 号；申报 2 号；申报 3 号 等 5 项",
        ),
        (
            entry(10, 0, vec![credited(123, 20), debt(15)]),
            "公示期满入账：志愿服务 ×2（申报 123 号），还欠 15 分",
        ),
        (
            entry(10, 0, vec![credited(123, 20), debt(0)]),
            "公示期满入账：志愿服务 ×2（申报 123 号），欠分已还清",
        ),
        (entry(20, 0, vec![voted, credited(123, 20)]), "评审通过入账：志愿服务 ×2（申报 123 号）"),
        (entry(0, -5, vec![credited(46, -5)]), "扣分：乱堆乱放 ×1（检查表 46 号）"),
        (entry(0, -5, vec![credited(998, -5)]), "扣分：检查表 998 号"),
        (
            entry(20, -5, vec![credited(123, 20), credited(46, -5)]),
            "公示期满入账：志愿服务 ×2（申报 123 号）；扣分：乱堆乱放 ×1（检查表 46 号）",
        ),
        (entry(0, 0, vec![veto, credited(50, 0)]), "一票否决：积分造假（取消 2026 年评星评优）"),
        (
            entry(-10, 0, vec![ruled(123, Ruling::Partial, 10), credited(123, 10), lot(-10)]),
            "经裁定收回一部分：志愿服务 ×2（申报 123 号）",
        ),
        (
            entry(0, 0, vec![ruled(123, Ruling::Dismiss, 20), credited(123, 20)]),
            "经裁定维持：志愿服务 ×2（申报 123 号）",
        ),
        (
            entry(-20, 0, vec![ruled(123, Ruling::Uphold, 0), state(123, 12, State::Reversed, 0)]),
            "经裁定收回积分：志愿服务 ×2（申报 123 号）",
        ),
        (
            entry(0, 0, vec![ruled(123, Ruling::Uphold, 0), state(123, 12, State::Reversed, 0), debt(20)]),
            "经裁定收回积分：志愿服务 ×2（申报 123 号），还欠 20 分",
        ),
        (
            entry(0, 5, vec![ruled(46, Ruling::Uphold, 0), state(46, 12, State::Reversed, 0)]),
            "经裁定撤销扣分：乱堆乱放 ×1（检查表 46 号）",
        ),
        (entry(0, 0, vec![state(123, 12, State::OnNotice, 20)]), "公示中：志愿服务 ×2（申报 123 号）"),
        (entry(-35, 0, vec![redeemed(12, branch()), lot(-35)]), "兑换 鸡蛋×2、肥皂×1（文明超市）"),
        (
            entry(-35, 0, vec![redeemed(12, "370829199202".parse().unwrap()), lot(-35)]),
            "兑换 土鸡蛋×2、肥皂×1（河东村文明超市）",
        ),
        (entry(25, 0, vec![refunded(), lot(25)]), "退货 肥皂×1（兑换 88 号）"),
        (entry(-8, 0, vec![lot(-8)]), "积分到期"),
        (entry(-9, 0, vec![lot(-9), closed(12, None)]), "销户，剩余积分作废"),
        (entry(-9, 0, vec![lot(-9), closed(12, Some(home(7)))]), "销户，积分转给00007 号户"),
        (entry(9, 0, vec![lot(9), closed(7, Some(home(12)))]), "00007 号户销户，积分转入"),
        // Nothing here is about household 12.
        (entry(3, 0, vec![redeemed(13, branch()), closed(7, None)]), "账户变动"),
        (Effects::default(), "账户变动"),
    ];
    for (effects, line) in table {
        assert_eq!(reason(&effects, home(12), &Village), line, "{effects:?}");
        let english = reason_in(Lang::En, &effects, home(12), &NoTitles);
        assert!(!has_chinese(&english) && !english.contains(['，', '：', '；', '（', '、']), "{english}");
        assert!(english.starts_with(char::is_uppercase), "{english}");
    }
}

#[test]
fn without_titles_lines_show_codes() {
    let line = |effects: &Effects, titles: &dyn Titles| reason(effects, home(12), titles);
    let bought = entry(-35, 0, vec![redeemed(12, branch())]);
    assert_eq!(line(&bought, &NoTitles), "兑换 egg×2、soap×1（文明超市）");
    let away = entry(-35, 0, vec![redeemed(12, "370829199202".parse().unwrap())]);
    assert_eq!(line(&away, &NoTitles), "兑换 egg×2、soap×1（370829199202文明超市）");
    // A blank title is no title.
    let veto = Change::Vetoed { household: home(12), year: 2026, item: item("E00") };
    assert_eq!(change(&veto, &Village).unwrap(), "一票否决：E00，取消 2026 年评星评优");
}

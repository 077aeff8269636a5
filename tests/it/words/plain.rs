//! Names of all words, amounts, dates and masks.

use std::collections::BTreeSet;

use civbank::bank::command::Kind;
use civbank::bank::ids::*;
use civbank::bank::policy::Policy;
use civbank::bank::time::Time;
use civbank::bank::words::*;
use civbank::words::{Lang, amount, date, mask, names};

use super::*;

#[test]
fn every_word_has_a_name_of_its_own() {
    macro_rules! check {
        ($($set:ident by $name:path),*) => {$({
            let mut seen = BTreeSet::new();
            for word in $set::ALL {
                let name = $name(*word);
                assert!(has_chinese(name), "{word:?}: {name}");
                assert!(seen.insert(name), "{word:?} is called as another: {name}");
            }
        })*};
    }
    check!(
        Unit by names::unit, Pillar by names::pillar, Role by names::role, ItemKind by names::item_kind,
        ItemSubject by names::item_subject, CapWindow by names::cap_window,
        EvidenceKind by names::evidence, State by names::state, Ground by names::ground,
        ObjectionGround by names::objection_ground, Ruling by names::ruling, Verdict by names::verdict,
        Vote by names::vote, Channel by names::channel, FundSource by names::fund_source,
        KinRelation by names::kin, RevocationGround by names::revocation_ground,
        ErasureGround by names::erasure_ground, InvitationState by names::invitation_state, Kind by names::command
    );
    let pillars: Vec<_> = Pillar::ALL.iter().map(|word| names::pillar(*word)).collect();
    assert_eq!(pillars, ["人居环境美", "家庭和睦美", "乡村发展美", "公益奉献美", "自治守法美"]);
    let roles: Vec<_> = Role::ALL.iter().map(|word| names::role(*word)).collect();
    let want = "代办员 联户党员 评价委员 村务监督 支行文书 镇总行 超市收银 审计";
    assert_eq!(roles.join(" "), want);

    let settings: BTreeSet<_> =
        Policy::DEFAULT.numbers().iter().filter_map(|(name, _)| names::setting(name)).collect();
    assert_eq!(settings.len(), Policy::DEFAULT.numbers().len());
    assert_eq!(names::setting("no_such_setting"), None);

    let accounts = "household/370829199201-00012 budget/370829199201 notice/370829199201 \
         redeemed/370829199201 expired/370829199201 recovered/370829199201 issuance";
    let called: Vec<_> = accounts.split(' ').map(|text| names::account(&text.parse().unwrap())).collect();
    assert_eq!(called.join(" "), "存折 积分预算 公示中 已兑换 已到期 已收回 总发行");
}

#[test]
fn people_and_things_are_called_by_number() {
    assert_eq!(names::household(home(12)), "00012 号户");
    assert_eq!(names::person(person(12)), "00012 号户 2 号成员");
    assert_eq!(names::person(branch().staff(3).unwrap()), "支行 3 号工作人员");
    assert_eq!(names::terminal(branch().terminal(14).unwrap()), "14 号终端");
    assert_eq!(names::key(&KEY), "abababab");
    assert_eq!(names::digest(&Digest([0; 32])), "00000000");
}

#[test]
fn amounts_read_as_in_a_passbook() {
    assert_eq!(amount::points(70), "70 分");
    for (unit, count, plain, signed) in [
        (Unit::Points, 20, "20 分", "+20 分"),
        (Unit::Points, 0, "0 分", "0 分"),
        (Unit::Score, -5, "-5 分", "-5 分"),
        (Unit::Minutes, 45, "45 分钟", "+45 分钟"),
        (Unit::Minutes, 120, "2 小时", "+2 小时"),
        (Unit::Minutes, -90, "-1 小时 30 分钟", "-1 小时 30 分钟"),
        (Unit::Minutes, 0, "0 分钟", "0 分钟"),
        (Unit::Fen, 12_345, "123.45 元", "+123.45 元"),
        (Unit::Fen, -5, "-0.05 元", "-0.05 元"),
    ] {
        assert_eq!(amount::of(unit, count), plain);
        assert_eq!(amount::signed(unit, count), signed);
    }
    assert_eq!(amount::signed_points(20), "+20 分");
}

#[test]
fn times_are_shanghais() {
    assert_eq!(date::time(Time(NOON)), "2026年11月20日 14:05");
    assert_eq!(date::time_digits(Time(NOON)), "2026-11-20 14:05");
    // 15:59:59.999 UTC is still that day in Shanghai; a millisecond later it is not.
    let midnight = day("2026-11-21").start();
    assert_eq!(date::time(Time(midnight.0 - 1)), "2026年11月20日 23:59");
    assert_eq!(date::time(midnight), "2026年11月21日 00:00");
    assert_eq!(date::last_before(midnight), "2026年11月20日");
    assert_eq!(date::last_before(Time(midnight.0 + 1)), "2026年11月21日 00:00");
    assert_eq!(date::day(day("2027-01-03")), "2027年1月3日");
    assert_eq!(date::month_day(day("2027-01-03")), "1月3日");
    assert_eq!(date::day_digits(day("2027-01-03")), "2027-01-03");
    assert_eq!(date::month(day("2028-12-31").month()), "2028年12月");
    let today = day("2026-12-30");
    for (last, said) in [("2027-01-02", "还有 3 天"), ("2026-12-30", "今天截止"), ("2026-12-28", "已过 2 天")]
    {
        assert_eq!(date::left(today, day(last)), said);
    }
}

#[test]
fn names_and_numbers_on_boards_are_masked() {
    for (full, masked) in [
        ("王小明", "王**"),
        ("王明", "王**"),
        ("王", "王**"),
        ("欧阳修", "欧阳**"),
        ("司马相如", "司马**"),
        ("欧阳", "欧**"),
        ("东方", "东**"),
        ("阿依古丽·买买提", "阿**"),
        (" 李四 ", "李**"),
        ("𠮷野", "𠮷**"),
        ("Smith", "S**"),
        ("", "**"),
        ("　", "**"),
    ] {
        assert_eq!(mask::name(full), masked, "{full}");
    }
    for (serial, masked) in [(1, "000**"), (112, "001**"), (99_999, "999**")] {
        assert_eq!(mask::household(home(serial)), masked);
    }
}

#[test]
fn every_word_has_an_english_name_of_its_own() {
    macro_rules! check {
        ($($set:ident),*) => {$({
            let mut seen = BTreeSet::new();
            for word in $set::ALL {
                let name = Lang::En.name(*word);
                assert!(!name.is_empty() && name.is_ascii(), "{word:?}: {name}");
                assert!(seen.insert(name), "{word:?} is called as another: {name}");
                assert!(has_chinese(Lang::Zh.name(*word)), "{word:?}");
            }
        })*};
    }
    check!(
        Unit,
        Pillar,
        Role,
        ItemKind,
        ItemSubject,
        CapWindow,
        EvidenceKind,
        State,
        Ground,
        ObjectionGround,
        Ruling,
        Verdict,
        Vote,
        Channel,
        FundSource,
        KinRelation,
        RevocationGround,
        ErasureGround,
        InvitationState
    );
}

#[test]
fn english_days_amounts_and_numbers() {
    let (zh, en) = (Lang::Zh, Lang::En);
    let midnight = day("2026-11-21").start();
    for (chinese, english, said) in [
        (zh.time(Time(NOON)), en.time(Time(NOON)), ["2026年11月20日 14:05", "20 Nov 2026 14:05"]),
        (zh.day(day("2027-01-03")), en.day(day("2027-01-03")), ["2027年1月3日", "3 Jan 2027"]),
        (zh.month_day(day("2027-01-03")), en.month_day(day("2027-01-03")), ["1月3日", "3 Jan"]),
        (
            zh.month(day("2028-12-31").month()),
            en.month(day("2028-12-31").month()),
            ["2028年12月", "Dec 2028"],
        ),
        (zh.last_before(midnight), en.last_before(midnight), ["2026年11月20日", "20 Nov 2026"]),
        (
            zh.last_before(Time(NOON)),
            en.last_before(Time(NOON)),
            ["2026年11月20日 14:05", "20 Nov 2026 14:05"],
        ),
        (zh.points(1), en.points(1), ["1 分", "1 point"]),
        (zh.points(-5), en.points(-5), ["-5 分", "-5 points"]),
        (zh.signed_points(20), en.signed_points(20), ["+20 分", "+20 points"]),
        (zh.signed_points(0), en.signed_points(0), ["0 分", "0 points"]),
        (zh.yuan(-12_345), en.yuan(-12_345), ["-123.45 元", "-123.45 yuan"]),
        (zh.household(home(12)), en.household(home(12)), ["00012 号户", "household 00012"]),
        (
            zh.person(person(12)),
            en.person(person(12)),
            ["00012 号户 2 号成员", "member 2 of household 00012"],
        ),
        (
            zh.person(branch().staff(3).unwrap()),
            en.person(branch().staff(3).unwrap()),
            ["支行 3 号工作人员", "staff member 3"],
        ),
        (
            zh.terminal(branch().terminal(14).unwrap()),
            en.terminal(branch().terminal(14).unwrap()),
            ["14 号终端", "terminal 14"],
        ),
    ] {
        assert_eq!([chinese.as_str(), english.as_str()], said);
    }
    let today = day("2026-12-30");
    for (last, said) in [
        ("2027-01-02", "3 days left"),
        ("2026-12-31", "1 day left"),
        ("2026-12-30", "last day today"),
        ("2026-12-28", "2 days overdue"),
    ] {
        assert_eq!(en.left(today, day(last)), said);
    }
    // Nonsense of a command is shown as the nearest day that can be.
    for nonsense in [i64::MIN, i64::MAX] {
        assert!(en.time(Time(nonsense)).is_ascii());
    }
    // What somebody wrote may look like a place to fill.
    assert_eq!(en.with_two("{}和{}", "{} and {}", "{}", "乙"), "{} and 乙");
    assert_eq!(zh.with("甲{}", "{}", "{}"), "甲{}");
}

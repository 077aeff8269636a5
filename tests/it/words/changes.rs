//! Each change of the log as a line.

use civbank::bank::command::{Appoint, Holder, Price};
use civbank::bank::effects::{CatalogueVersion, Change, DisputedCredit};
use civbank::bank::ids::*;
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::time::Month;
use civbank::bank::words::*;
use civbank::words::{Lang, NoTitles, change, change_in};

use super::*;

#[test]
fn each_change_is_a_line() {
    let elsewhere: Branch = "370829199202".parse().unwrap();
    let midnight = day("2026-11-28").start();
    let on_notice = Change::StateChanged {
        declaration: 123,
        household: home(12),
        state: State::OnNotice,
        points: 20,
        until: Some(midnight),
        ground: None,
    };
    let refused = Change::StateChanged {
        declaration: 123,
        household: home(12),
        state: State::Refused,
        points: 0,
        until: None,
        ground: Some(Ground::NoQuorum),
    };
    let waiting = Change::StateChanged {
        declaration: 123,
        household: home(12),
        state: State::Submitted,
        points: 0,
        until: Some(midnight),
        ground: None,
    };
    let filed = |member, proxy, evidence| Change::DeclarationFiled {
        household: home(12),
        member,
        item: item("G01"),
        quantity: 2,
        deed_date: day("2026-11-20"),
        evidence,
        channel: Channel::Paper,
        proxy,
        version: CatalogueVersion { number: 1, of_branch: false },
    };
    let appoint = |role, chair, households, valid_until| {
        Change::Appointed(Appoint {
            person: person(12),
            role,
            branch: branch(),
            chair,
            households,
            valid_until,
        })
    };
    let objected = |credit| Change::Objected {
        declaration: 123,
        household: home(12),
        person: Some(person(77)),
        by_household: Some(home(77)),
        ground: ObjectionGround::Favouritism,
        credit,
    };
    let price = |month_limit| Change::PriceSet {
        branch: branch(),
        price: Price {
            sku: sku("egg"),
            title: "鸡蛋".to_owned(),
            measure: "枚".to_owned(),
            points: 5,
            month_limit,
        },
        version: 2,
    };
    let table: Vec<(Change, &str)> = vec![
        (
            Change::BankOpened { origin: "o".to_owned(), head: branch(), bounds: Box::new(Bounds::FORMAT) },
            "银行开业：前进村",
        ),
        (Change::BranchOpened { branch: branch(), title: "前进村".to_owned() }, "支行开业：前进村"),
        (
            Change::PolicySet {
                branch: None,
                policy: Policy::DEFAULT,
                bounds: Some(Box::new(Bounds::FORMAT)),
            },
            "调整全行规则和支行可调范围",
        ),
        (
            Change::PolicySet { branch: Some(branch()), policy: Policy::DEFAULT, bounds: None },
            "调整前进村规则",
        ),
        (
            Change::KeyEnrolled { key: KEY, holder: Holder::Person(person(12)), valid_until: None },
            "登记密钥：00012 号户 2 号成员",
        ),
        (
            Change::KeyEnrolled {
                key: KEY,
                holder: Holder::Terminal(branch().terminal(1).unwrap()),
                valid_until: Some(day("2027-01-03")),
            },
            "登记密钥：1 号终端，到2027年1月3日为止",
        ),
        (Change::KeyRevoked { key: KEY }, "密钥作废（abababab…）"),
        (appoint(Role::Committee, true, vec![], None), "任命评价委员（主任）：00012 号户 2 号成员"),
        (
            appoint(Role::Liaison, false, vec![home(1), home(2)], Some(day("2027-01-03"))),
            "任命联户党员：00012 号户 2 号成员，联系 2 户，到2027年1月3日为止",
        ),
        (appoint(Role::Proxy, false, vec![home(1)], None), "任命代办员：00012 号户 2 号成员，代办 1 户"),
        (
            Change::Dismissed { person: person(12), role: Role::Clerk, branch: branch(), household: None },
            "免去支行文书：00012 号户 2 号成员",
        ),
        (
            Change::Dismissed {
                person: person(12),
                role: Role::Proxy,
                branch: branch(),
                household: Some(home(1)),
            },
            "00001 号户不再由00012 号户 2 号成员代办",
        ),
        (
            Change::CataloguePublished {
                branch: None,
                version: 3,
                valid_from: day("2027-01-03"),
                items: vec![],
            },
            "发布积分目录第 3 版，共 0 项，2027年1月3日起用",
        ),
        (
            Change::BudgetFunded { branch: branch(), source: FundSource::Town, fen: 160_000, points: 10_000 },
            "拨付前进村积分预算 10000 分（镇级拨款 1600.00 元）",
        ),
        (Change::HouseholdOpened { household: home(12), members: 4 }, "设立账户，登记 4 人"),
        (Change::HouseholdClosed { household: home(12), successor: None }, "销户，剩余积分作废"),
        (
            Change::HouseholdClosed { household: home(12), successor: Some(home(7)) },
            "销户，积分转给00007 号户",
        ),
        (
            Change::KinDeclared { person: person(12), other: person(13) },
            "登记亲属：00012 号户 2 号成员与00013 号户 2 号成员",
        ),
        (
            Change::PassbookIssued { household: home(12), key: KEY, view_token_hash: DIGEST, card: 1 },
            "发放存折",
        ),
        (
            Change::PassbookIssued { household: home(12), key: KEY, view_token_hash: DIGEST, card: 2 },
            "换发第 2 本存折，旧存折作废",
        ),
        (Change::PinSet { household: home(12), document: DIGEST }, "设置存折密码"),
        (Change::PinLocked { household: home(12) }, "密码错误太多，存折密码锁住"),
        (filed(0, None, vec![]), "申报：志愿服务 ×2，2026年11月20日做的，纸质单申报"),
        (
            filed(3, Some(person(9)), vec![DIGEST]),
            "申报：志愿服务 ×2（3 号成员），2026年11月20日做的，纸质单申报（代办员代报），凭证 1 份",
        ),
        (
            Change::DeclarationResubmitted {
                declaration: 123,
                quantity: 1,
                deed_date: day("2026-11-20"),
                evidence: vec![DIGEST, DIGEST],
                proxy: None,
            },
            "补充后再报：×1，2026年11月20日做的，凭证 2 份",
        ),
        (
            Change::SheetFiled {
                branch: branch(),
                date: day("2026-11-20"),
                clerk: person(9),
                rows: vec![],
                record: Digest([9; 32]),
            },
            "录入检查表：2026年11月20日检查，共 0 户",
        ),
        (
            Change::Reviewed {
                declaration: 123,
                person: person(9),
                verdict: Verdict::Return,
                ground: Some(Ground::EvidenceUnclear),
            },
            "联户党员审核：退回补充，因为凭证看不清",
        ),
        (
            Change::Voted { declaration: 123, person: person(9), vote: Vote::Approve, points: Some(20) },
            "评委投票：同意，每份 20 分",
        ),
        (
            Change::Voted { declaration: 123, person: person(9), vote: Vote::Refuse, points: None },
            "评委投票：不同意",
        ),
        (waiting, "待审核，最晚2026年11月27日办"),
        (on_notice, "公示中，+20 分，公示到2026年11月27日"),
        (refused, "未通过，因为同意票不够"),
        (state(46, 12, State::Credited, -5), "已入账，-5 分"),
        // Who objected is nobody's business on a timeline.
        (objected(None), "有人提出异议：优亲厚友"),
        (
            objected(Some(DisputedCredit { points: 20, credited_by: 99 })),
            "有人提出异议：优亲厚友，涉及第 99 号账目的 20 分",
        ),
        (ruled(123, Ruling::Partial, 10), "总行裁定：异议部分成立，认定 10 分"),
        (Change::Escalated { declaration: 123, level: 2 }, "超过期限，第 2 次催办"),
        (Change::DebtSet { household: home(12), debt: 30 }, "还欠 30 分，以后得分时抵扣"),
        (Change::DebtSet { household: home(12), debt: 0 }, "欠分已还清"),
        (
            Change::Vetoed { household: home(12), year: 2026, item: item("V07") },
            "一票否决：积分造假，取消 2026 年评星评优",
        ),
        (price(0), "定价：鸡蛋（枚）每件 5 分（第 2 版）"),
        (price(60), "定价：鸡蛋（枚）每件 5 分，每户每月限 60 件（第 2 版）"),
        (
            Change::StockMoved { branch: branch(), sku: sku("egg"), amount: -2, stock_after: 118 },
            "库存：鸡蛋 减少 2 件，现有 118 件",
        ),
        (
            Change::StockMoved { branch: branch(), sku: sku("tea"), amount: 9, stock_after: 9 },
            "库存：tea 增加 9 件，现有 9 件",
        ),
        (redeemed(12, branch()), "兑换 鸡蛋×2、肥皂×1，共 35 分（文明超市）"),
        (redeemed(12, elsewhere), "兑换 土鸡蛋×2、肥皂×1，共 35 分（河东村文明超市）"),
        (refunded(), "退货 肥皂×1，退回 25 分（兑换 88 号）"),
        (
            Change::DocumentErased { document: DIGEST, ground: ErasureGround::Requested },
            "删除资料（本人要求）",
        ),
        (
            Change::Invited {
                key: KEY,
                holder: Holder::Person(person(12)),
                key_valid_until: None,
                expires: midnight,
                inviter: person(9),
            },
            "邀请登记密钥：00012 号户 2 号成员，邀请2026年11月28日 00:00截止",
        ),
        (
            Change::Invited {
                key: KEY,
                holder: Holder::Terminal(branch().terminal(1).unwrap()),
                key_valid_until: Some(day("2027-01-03")),
                expires: midnight,
                inviter: person(9),
            },
            "邀请登记密钥：1 号终端，到2027年1月3日为止，邀请2026年11月28日 00:00截止",
        ),
        (Change::InvitationAccepted { key: KEY }, "接受邀请（abababab…）"),
        (Change::InvitationCancelled { key: KEY }, "取消邀请（abababab…）"),
        (Change::PublicitySet { household: home(12), standings: true }, "同意积分上公开栏的光荣榜"),
        (Change::PublicitySet { household: home(12), standings: false }, "积分不上公开栏的光荣榜"),
        (
            Change::Suggested { branch: branch(), household: home(12), document: Digest([9; 32]) },
            "向村里提了一条建议",
        ),
        (
            Change::SuggestionAnswered {
                branch: branch(),
                suggestion: 47,
                person: person(12),
                document: Digest([9; 32]),
            },
            "答复 47 号建议",
        ),
    ];
    for (of, line) in table {
        assert_eq!(change(&of, &Village).as_deref(), Some(line), "{of:?}");
        assert!(change(&of, &NoTitles).is_some_and(|line| has_chinese(&line)), "{of:?}");
        // Prices and branches bring along what people wrote.
        let english = change_in(Lang::En, &of, &NoTitles).expect("a line");
        let ours = english.replace("鸡蛋", "").replace('枚', "").replace("前进村", "");
        assert!(
            !has_chinese(&ours) && !ours.contains(['，', '。', '：', '；', '（', '）', '、']),
            "{english}"
        );
        assert!(ours.starts_with(char::is_uppercase), "{english}");
    }
    let lot = Change::LotMoved { household: home(12), month: Month(24_324), amount: -5 };
    assert_eq!(change(&lot, &Village), None);
}

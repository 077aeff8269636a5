//! Every refusal's sentence, in both tongues.

use std::collections::BTreeSet;

use civbank::bank::authority::{Act, Party};
use civbank::bank::ids::*;
use civbank::bank::refusal::{Refusal, StateName};
use civbank::bank::time::{Day, Month, Time};
use civbank::bank::words::*;
use civbank::words::{amount, date, english, names, refusal, refusal_at};

use super::*;

macro_rules! samples {
    ($($variant:ident { $($field:ident: $value:expr),* })*) => {
        vec![$(Refusal::$variant { $($field: $value),* }),*]
    };
}

/// One of each, its numbers told apart.
fn samples() -> Vec<Refusal> {
    let (early, late) = (day("2026-11-20"), day("2027-01-03"));
    samples! {
        BankNotOpen {}
        BankAlreadyOpen {}
        WrongOrigin { origin: "other.example/bank".to_owned() }
        CommandExpired { not_after_ms: NOON, now_ms: NOON + 120_000 }
        NotAfterTooFar { not_after_ms: NOON + 8 * 86_400_000, now_ms: NOON }
        RequestIdReused { index: 4711 }
        KeyUnknown { key: KEY }
        KeyRevoked { key: KEY }
        KeyExpired { key: KEY, last_day: early }
        PassbookReplaced { household: home(12) }
        InvitationUnknown { key: KEY }
        InvitationAccepted { key: KEY }
        InvitationCancelled { key: KEY }
        InvitationExpired { key: KEY, expire_ms: NOON }
        BranchUnknown { branch: branch() }
        HouseholdUnknown { household: home(12) }
        HouseholdClosed { household: home(12) }
        MemberUnknown { household: home(12), member: 9 }
        DeclarationNotOpen { declaration: 123 }
        RowUnknown { declaration: 124 }
        SuggestionNotOpen { suggestion: 131 }
        CitationWrong { index: 4712 }
        NotAuthorised { command: "Redeem", needs: "the terminal and the passbook" }
        SignatureMissing { command: "IssuePassbook", needs: "a clerk" }
        ConflictOfInterest { person: person(12), why: "kin" }
        ReciprocalReview { household: home(12), until: late }
        BranchExists { branch: branch() }
        PolicyOutOfBounds { setting: "notice_days", asked: 31, min: 3, max: 30 }
        BoundsCrossed { setting: "review_days" }
        KeyWeak { key: KEY }
        KeyInUse { key: KEY }
        DatePast { date: early, today: late }
        DateTooFar { date: late, today: early }
        ExpireTimePast { expire_ms: NOON, now_ms: NOON + 120_000 }
        ExpireTimeTooFar { expire_ms: NOON + 31 * 86_400_000, now_ms: NOON }
        InvitationsFull { whose: "holder", open: 7, max: 5 }
        PersonElsewhere { person: person(12), branch: branch() }
        OfficeHeld { person: person(12) }
        OfficeNotHeld { person: person(12) }
        OfficesClash { person: person(12), held: "clerk" }
        ChairTaken { chair: person(13) }
        OfficeMisplaced { branch: branch() }
        ProxyFull { person: person(12), households: 5 }
        LastOfficer { person: branch().staff(3).unwrap() }
        ItemNotAtHead { item: item("X01") }
        OverrideOutOfBounds { item: item("G01"), min: 5, max: 15 }
        CatalogueOutOfOrder { valid_from: early, newest: late }
        AmountOverflow {}
        HouseholdExists { household: home(12) }
        HouseholdBusy { household: home(12), open: 7 }
        SameHousehold { household: home(12) }
        KinDeclared { person: person(12), other: person(13) }
        ViewTokenInUse {}
        ItemUnknown { item: item("Q99") }
        ItemNotInForce { item: item("G01"), date: early }
        ItemNotDeclarable { item: item("D01") }
        ItemSubjectMismatch { item: item("G01"), wants: "member" }
        DeedInFuture { date: late, today: early }
        DeedTooOld { date: early, days: 30 }
        EvidenceWanted { item: item("G01") }
        EvidenceReused { evidence: DIGEST }
        EvidenceTooMuch { has: 8, asked: 3, max: 9 }
        CapReached { household: home(12), item: item("G01"), cap: 40, used: 38, asked: 6 }
        MonthPointsReached { household: home(12), whose: "person", cap: 300, used: 285, asked: 20 }
        WrongState { declaration: 123, state: StateName(State::OnNotice) }
        AlreadyVoted { declaration: 123, person: person(12) }
        PointsWanted { item: item("J02"), min: 50, max: 500 }
        PointsOutOfRange { item: item("J02"), asked: 501, min: 50, max: 500 }
        TooManyRows { rows: 401, max: 400 }
        BudgetExhausted { has: 90, asked: 120 }
        DisputeTooLate { last_day: late }
        PartOutOfRange { points: 25, approved: 20 }
        GoodsUnknown { sku: sku("umbrella") }
        PriceChanged { sku: sku("egg"), points: 6, price_version: 2 }
        TotalWrong { total: 35, lines: 40 }
        CashierHousehold { household: home(12) }
        OutOfStock { sku: sku("egg"), has: 3, asked: 10 }
        MonthLimitReached { sku: sku("egg"), limit: 60, used: 58, asked: 4 }
        InsufficientPoints { has: 70, asked: 71 }
        PinNotSet { free: 100, asked: 125 }
        PinLocked { household: home(12) }
        PinRequired { free: 100, asked: 126 }
        PinWrong { misses_left: 4 }
        RefundTooLate { last_day: late }
        RefundTooMuch { sku: sku("soap"), bought: 5, returned: 2, asked: 4 }
        SuggestionsReached { household: home(12), max: 5 }
        SuggestionsFull { branch: branch(), open: 201, max: 200 }
        EntryTooLarge { bytes: 70_000, max: 65_535 }
    }
}

/// Words of the rules that are put into Chinese, not shown.
const TRANSLATED: &[&str] = &["command", "needs", "why", "held", "wants", "whose", "setting"];

/// The forms in which a sentence may show a refusal's number.
fn shown_as(name: &str, value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    if name.ends_with("_ms") {
        let time = Time(value.parse().unwrap());
        forms = vec![date::time(time), date::time_digits(time)];
    } else if let Ok(day) = value.parse::<Day>() {
        forms.push(date::day(day));
    } else if let Ok(id) = value.parse::<HouseholdId>() {
        forms.push(names::household(id));
    } else if let Ok(id) = value.parse::<PersonId>() {
        forms.push(names::person(id));
    } else if value.len() == 64 {
        forms.push(value[..8].to_owned());
    } else if let Some(state) = State::ALL.iter().find(|s| StateName(**s).to_string() == value) {
        forms.push(names::state(*state).to_owned());
    }
    forms
}

/// Whether `number` stands in `text` and is not a part of a longer number.
fn stands_alone(text: &str, number: &str) -> bool {
    let joined =
        |a: Option<char>, b: Option<char>| [a, b].iter().all(|c| c.is_some_and(|c| c.is_ascii_digit()));
    text.match_indices(number).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + number.len()..]);
        let begins_inside = joined(before.chars().next_back(), number.chars().next());
        let ends_inside = joined(number.chars().next_back(), after.chars().next());
        !begins_inside && !ends_inside
    })
}

#[test]
fn there_is_a_sample_of_every_refusal() {
    let reasons: Vec<&str> = samples().iter().map(Refusal::reason).collect();
    assert_eq!(reasons, Refusal::REASONS);
}

#[test]
fn every_refusal_is_a_sentence_of_its_own_with_its_numbers() {
    let (mut chinese, mut plain) = (BTreeSet::new(), BTreeSet::new());
    for sample in samples() {
        let (zh, en) = (refusal(&sample), english(&sample));
        assert!(has_chinese(&zh) && zh.ends_with('。') && !zh.contains('\n'), "{zh}");
        assert!(!has_chinese(&en) && en.ends_with('.') && !en.contains('\n'), "{en}");
        // What is wrong, and what to do next.
        assert!(zh.matches(['。', '；', '，', '：']).count() >= 2, "{zh}");
        assert!(zh.chars().count() <= 90, "{} characters: {zh}", zh.chars().count());
        for (name, value) in sample.numbers() {
            let forms = shown_as(name, &value);
            let told = |text: &str| forms.iter().any(|form| stands_alone(text, form));
            assert!(told(&en), "{name}={value} is missing: {en}");
            assert!(TRANSLATED.contains(&name) || told(&zh), "{name}={value} is missing: {zh}");
        }
        assert!(chinese.insert(zh.clone()), "said twice: {zh}");
        assert!(plain.insert(en.clone()), "said twice: {en}");
    }
}

#[test]
fn refusals_say_what_follows_from_their_numbers() {
    let cases = samples! {
        InsufficientPoints { has: 70, asked: 71 }
        BudgetExhausted { has: 90, asked: 120 }
        CapReached { household: home(12), item: item("G01"), cap: 40, used: 38, asked: 6 }
        CapReached { household: home(12), item: item("G01"), cap: 40, used: 40, asked: 1 }
        MonthPointsReached { household: home(12), whose: "household", cap: 500, used: 490, asked: 20 }
        MonthLimitReached { sku: sku("egg"), limit: 60, used: 60, asked: 4 }
        RefundTooMuch { sku: sku("soap"), bought: 5, returned: 2, asked: 4 }
        PinRequired { free: 30, asked: 35 }
        PinWrong { misses_left: 4 }
        PinWrong { misses_left: 0 }
        PartOutOfRange { points: 25, approved: -20 }
        DeedInFuture { date: day("2026-11-21"), today: day("2026-11-20") }
        ItemSubjectMismatch { item: item("R01"), wants: "household" }
        ItemSubjectMismatch { item: item("G01"), wants: "member" }
    };
    let said = [
        "积分不够：存折里有 70 分，这次要 71 分，还差 1 分。请少兑一些，或攒够再来。",
        "支行的积分预算不够：还有 90 分，这次要 120 分，差 30 分。申报不作废，请报镇总行追加预算后再评。",
        "00012 号户的“G01”这一期最多报 40，已经报了 38，这次又报 6，超过了。这一期还能报 2，请改少一些。",
        "00012 号户的“G01”这一期最多报 40，已经报了 40，这次又报 1，超过了。这一期已报满，请等下一期。",
        "00012 号户到封顶了：每户每月最多得 500 分，那个月已有 490 分，这次要加 20 分。那个月还能加 10 分，请改少一些。",
        "“egg”每户每月限 60 件，这个月已兑 60 件，这次要 4 件，超过了。请下个月再来，或换一样。",
        "“soap”买了 5 件，退过 2 件，现在要退 4 件，多了。最多还能退 3 件，请改好数量。",
        "今天免密还能用 30 分，这次要 35 分。请输入存折密码。",
        "密码不对，还能试 4 次。请再输一遍；想不起来，请找支行文书重设。",
        "密码不对，还能试 0 次，已经锁住。请带存折找支行文书重设。",
        "认定一部分，要多于 0 分、少于原来的 20 分，您填的是 25 分。请改好再提交。",
        "您填的是2026年11月21日做的事，今天才2026年11月20日，还没到。请做完再来申报。",
        "“R01”是按户算的，不用填成员。请去掉成员再提交。",
        "“G01”是按人算的，要写明是家里哪一位做的。请补上，或由本人申报。",
    ];
    assert_eq!(cases.iter().map(refusal).collect::<Vec<_>>(), said);
}

#[test]
fn refusals_take_titles_where_they_are_known() {
    let short = Refusal::OutOfStock { sku: sku("egg"), has: 3, asked: 10 };
    let said = "“鸡蛋”不够了：还有 3 件，您要 10 件。请少要一些，或换一样。";
    assert_eq!(refusal_at(&short, Some(branch()), &Village), said);
    assert_eq!(refusal_at(&short, None, &Village), said.replace("鸡蛋", "egg"));
    let wanted = Refusal::EvidenceWanted { item: item("G01") };
    let said = "申报“志愿服务”要有凭证，比如照片、签到表或证书。请补上再提交。";
    assert_eq!(refusal_at(&wanted, None, &Village), said);
}

#[test]
fn every_row_of_the_authority_table_says_who_signs() {
    for act in Act::ALL {
        let (command, needs) = (act.name(), act.needs());
        let (doing, who) = (names::act(*act), names::signers(*act));
        let said = refusal(&Refusal::NotAuthorised { command, needs });
        assert_eq!(said, format!("您的签名办不了“{doing}”：要由{who}签名。请找他们来办。"));
        let said = refusal(&Refusal::SignatureMissing { command, needs });
        assert_eq!(said, format!("办理“{doing}”的签名不齐：要由{who}签名。请补签后再提交。"));
        assert!(english(&Refusal::NotAuthorised { command, needs }).contains(needs));
        for party in act.rows().iter().copied().flatten() {
            let named = party_names(*party).iter().any(|name| who.contains(name));
            assert!(named, "{act:?} may be signed by {party:?}: {who}");
        }
    }
}

/// What `names::signers` may call a party.
fn party_names(party: Party) -> &'static [&'static str] {
    match party {
        Party::Officer => &["镇总行"],
        Party::Chair => &["评委会主任"],
        Party::Committee => &["评价委员"],
        Party::Clerk => &["支行文书"],
        Party::Supervisor => &["村务监督"],
        Party::Cashier => &["超市收银"],
        Party::Liaison | Party::BranchLiaison => &["联户党员"],
        Party::Proxy => &["代办员"],
        Party::Member => &["本户"],
        Party::Passbook => &["存折", "本户"],
        Party::Villager => &["住户"],
        Party::Self_ => &["本人", "两人中的一位"],
        Party::Terminal => &["终端"],
    }
}

#[test]
fn words_of_the_rules_are_said_in_chinese() {
    let signed = |command, needs| refusal(&Refusal::SignatureMissing { command, needs });
    for (command, said) in [
        ("RotateKey", "办理“更换密钥”的签名不齐：要由旧密钥和新密钥签名。请补签后再提交。"),
        ("AcceptInvitation", "办理“接受邀请”的签名不齐：要由邀请链接和新密钥签名。请补签后再提交。"),
        ("OpenBank", "办理“银行开业”的签名不齐：要由总行管理员签名。请补签后再提交。"),
        ("Withdraw", "办理“撤回申报”的签名不齐。请问一问支行文书，补签后再提交。"),
        ("Nothing", "办理“这件事”的签名不齐。请问一问支行文书，补签后再提交。"),
    ] {
        assert_eq!(signed(command, "somebody"), said);
    }
    for (why, cause) in [
        ("own household", "这是本人自己家的事"),
        ("kin", "是当事人的亲属"),
        ("filed as proxy", "这件事是本人代办申报的"),
        ("handled it before", "这件事本人经手过"),
        ("something new", "与这件事有关联"),
        ("", "与这件事有关联"),
    ] {
        let said = refusal(&Refusal::ConflictOfInterest { person: person(12), why });
        let want = format!("00012 号户 2 号成员要回避：{cause}。请换一位没有关系的人来办。");
        assert_eq!(said, want, "{why}");
    }
    for (held, office) in [
        ("proxy", "代办员"),
        ("liaison", "联户党员"),
        ("committee", "评价委员"),
        ("supervisor", "村务监督"),
        ("clerk", "支行文书"),
        ("officer", "镇总行"),
        ("cashier", "超市收银"),
        ("auditor", "审计"),
        ("king", "另一个职务"),
    ] {
        let said = refusal(&Refusal::OfficesClash { person: person(12), held });
        assert!(said.starts_with(&format!("00012 号户 2 号成员已经担任{office}，")), "{said}");
    }
    for (whose, said) in [("holder", "这位持有人"), ("bank", "全行"), ("village", "这里")] {
        let full = refusal(&Refusal::InvitationsFull { whose, open: 7, max: 5 });
        let want =
            format!("{said}已有 7 个没用的邀请，最多 5 个。请先取消不要的，或等用掉、过期以后再邀请。");
        assert_eq!(full, want);
    }
    let wants = |wants| refusal(&Refusal::ItemSubjectMismatch { item: item("R01"), wants });
    assert_eq!(wants("neither"), "“R01”按户算还是按人算，填得不对。请对照目录改好。");
}

#[test]
fn numbers_out_of_all_bounds_still_get_an_answer() {
    let (first, last) = (Day(i32::MIN), Day(i32::MAX));
    let cases = samples! {
        CommandExpired { not_after_ms: i64::MIN, now_ms: i64::MAX }
        NotAfterTooFar { not_after_ms: i64::MAX, now_ms: i64::MIN }
        DatePast { date: first, today: last }
        RefundTooLate { last_day: last }
        BudgetExhausted { has: i64::MIN, asked: i64::MAX }
        InsufficientPoints { has: i64::MAX, asked: i64::MIN }
        PartOutOfRange { points: u32::MAX, approved: i64::MIN }
        CapReached { household: home(12), item: item("G01"), cap: 0, used: u32::MAX, asked: u32::MAX }
        RefundTooMuch { sku: sku("egg"), bought: 0, returned: u32::MAX, asked: u32::MAX }
    };
    for case in cases {
        assert!(has_chinese(&refusal(&case)), "{}", case.reason());
        assert!(english(&case).ends_with('.'), "{}", case.reason());
    }
    assert_eq!(date::left(first, last), "还有 4294967295 天");
    assert_eq!(date::month(Month(u32::MAX)), "357913941年4月");
    assert_eq!(date::last_before(Time(i64::MIN)), "0年1月1日 00:00");
    assert_eq!(date::last_before(Time(i64::MAX)), "9999年12月31日 23:59");
    assert_eq!(amount::points(i64::MIN), "-9223372036854775808 分");
    assert_eq!(amount::minutes(i64::MIN), "-153722867280912930 小时 8 分钟");
    assert_eq!(amount::yuan(i64::MIN), "-92233720368547758.08 元");
}

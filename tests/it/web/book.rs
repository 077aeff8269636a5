//! The passbook's numbers and lines, against the log that they come from.

use civbank::bank::effects::{Account, Change};
use civbank::bank::words::*;
use civbank::wire::Entry;

use super::http::{Answer, ask, get, serve};
use super::village::{Village, home, link};

/// The page's lines, newest first: the entry and the text.
fn lines(page: &Answer) -> Vec<(u64, String)> {
    let list = page.body.split("<ol class=\"lines\">").nth(1).expect("a list of lines");
    let list = list.split("</ol>").next().unwrap_or_default();
    list.split("<li>").skip(1).map(|line| (entry_of(line), line.to_owned())).collect()
}

fn entry_of(line: &str) -> u64 {
    let number = line.split("账目 ").nth(1).and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).expect("an entry's number")
}

/// Every line of every page of a book.
async fn whole_book(address: std::net::SocketAddr, path: &str) -> Vec<(u64, String)> {
    let mut all = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(at) = next {
        let page = get(address, &at).await;
        assert_eq!(page.status, 200, "{at}");
        let told = lines(&page);
        assert!(told.len() <= 30);
        all.extend(told);
        let older = page.body.split("href=\"?before=").nth(1).and_then(|rest| rest.split('"').next());
        next = older.map(|before| format!("{path}?before={before}"));
        assert_eq!(next.is_none(), page.says("这是最早的一笔"));
    }
    all
}

/// What the log has for a household: entry, unit, balance and number of each line, newest first.
fn posted(village: &Village, serial: u32) -> Vec<(u64, Unit, i64, u64)> {
    let mut posted = Vec::new();
    for bytes in village.engine.entries(0, usize::MAX).expect("entries") {
        let entry = Entry::decode(&bytes).expect("an entry");
        let ours = |posting: &&civbank::bank::Posting| posting.account == Account::Household(home(serial));
        for posting in entry.effects.postings.iter().filter(ours) {
            posted.push((entry.index, posting.unit, posting.balance_after, posting.account_sequence));
        }
    }
    posted.reverse();
    posted
}

/// Every posting of the log is on the page with its numbers, and nothing else is.
fn check_against_log(village: &Village, serial: u32, told: &[(u64, String)]) {
    let posted = posted(village, serial);
    let mut entries: Vec<u64> = posted.iter().map(|(index, ..)| *index).collect();
    entries.dedup();
    let shown: Vec<u64> = told.iter().map(|(index, _)| *index).collect();
    assert_eq!(shown, entries, "the lines are the log's, newest first, none twice");
    for (index, unit, balance, sequence) in posted {
        let (_, text) = told.iter().find(|(of, _)| *of == index).expect("a line");
        let numbers = match unit {
            Unit::Score => format!("评价分 {balance} · 评价第 {sequence} 行"),
            _ => format!("余额 {balance} · 第 {sequence} 行"),
        };
        assert!(text.contains(&numbers), "{numbers} in {text}");
    }
}

#[tokio::test]
async fn a_year_of_a_household_is_told_as_the_log_has_it() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;

    let fresh = get(address, &link(1, 1)).await;
    assert!(fresh.says("00001 号户 存折") && fresh.says("明德镇文明银行总行 · 前进村"));
    assert!(fresh.says("还没有账目") && fresh.says("现在没有正在办的申报"));
    assert!(fresh.says("第 1 张卡 查于 2026年11月2日 09:00"));

    let volunteer = village.declare(1, "G01", 4).await;
    let gate = village.declare(1, "R01", 1).await;
    let meeting = village.declare(1, "Z01", 2).await;
    village.approve(&[volunteer, gate, meeting]).await;
    let sheet = village.assess(&[(1, "D01"), (2, "R01"), (3, "V07")]).await;
    village.vote("seat2", &[sheet], Vote::Approve, None).await;
    village.vote("seat3", &[sheet], Vote::Approve, None).await;
    village.at("2026-11-11").await;
    let soap = village.redeem(1, &[("egg", 3, 5), ("soap", 1, 25)]).await;

    let page = get(address, &link(1, 1)).await;
    // 40 + 20 + 30 credited, 40 spent; score +4 for the two meetings, less 5.
    assert!(page.says("可兑积分 50 分 ≈ 10 个鸡蛋（每个 5 分）"), "{}", page.text());
    assert!(page.says("文明评价分 99 分 今年没有一票否决。"));
    assert!(page.says("2026 年五美得分 人居环境美 20 分 家庭和睦美 0 分 乡村发展美 0 分 公益奉献美 40 分 自治守法美 30 分 合计 90 分"));
    // The longest bar fills the drawing, half of it is half as wide.
    assert!(page.body.contains("<rect class=\"p4\" width=\"100\""));
    assert!(page.body.contains("<rect class=\"p1\" width=\"50\""));
    let told = lines(&page);
    assert_eq!(told[0].0, soap);
    assert!(told[0].1.contains("兑换 鸡蛋×3、"), "{}", told[0].1);
    assert!(told[0].1.contains("-40 分"));
    let credit = &told[1].1;
    assert!(credit.contains(&format!("志愿服务 ×4（申报 {volunteer} 号）")), "{credit}");
    assert!(credit.contains("+90 分"), "{credit}");
    // The year's first score posting carries the base of 100; what people read is the change.
    assert!(credit.contains("评价 -1 分"), "{credit}");
    check_against_log(&village, 1, &whole_book(address, &link(1, 1)).await);

    // Of household 3: vetoed, told apart from points, and no line in the book.
    let vetoed = get(address, &link(3, 1)).await;
    assert!(vetoed.says("今年被一票否决（积分造假）：不能评星评优。可兑积分照常能用。"), "{}", vetoed.text());
    assert!(vetoed.says("可兑积分 0 分") && !vetoed.says("个鸡蛋"));

    // Its own neighbour's page says nothing of household 1.
    let neighbour = get(address, &link(2, 1)).await;
    assert!(neighbour.says("可兑积分 20 分") && !neighbour.says("志愿服务"));
    assert!(
        neighbour.says(&format!("公示期满入账：门前三包 ×1（检查表 {sheet} 号）")),
        "{}",
        neighbour.text()
    );
}

#[tokio::test]
async fn a_long_book_is_paged_without_gap_or_double() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let mut deeds = Vec::new();
    for _ in 0..6 {
        deeds.push(village.declare(1, "F07", 2).await);
    }
    village.approve(&deeds).await;
    village.at("2026-11-11").await;
    for count in 0..70 {
        if count % 15 == 14 {
            village.at(&format!("2026-11-{}", 12 + count / 15)).await;
        }
        village.redeem(1, &[("egg", 1, 5)]).await;
    }
    let told = whole_book(address, &link(1, 1)).await;
    assert_eq!(told.len(), 71);
    check_against_log(&village, 1, &told);

    // Older pages are lines and where to go back to.
    let second = get(address, &format!("{}?before={}", link(1, 1), told[29].0)).await;
    assert_eq!(lines(&second)[0], told[30]);
    assert!(second.says("这一页是以前的账") && !second.says("五美得分") && !second.says("正在办的"));

    // Odd questions open the book somewhere sensible.
    for (ask, first) in [
        ("?before=abc", Some(told[0].0)),
        ("?before=-1", Some(told[0].0)),
        ("?before=18446744073709551616", Some(told[0].0)),
        ("?before=18446744073709551615", Some(told[0].0)),
        ("?after=1", Some(told[0].0)),
        ("?before=0", None),
    ] {
        let page = get(address, &format!("{}{ask}", link(1, 1))).await;
        assert_eq!(page.status, 200, "{ask}");
        assert_eq!(lines(&page).first().map(|(index, _)| *index), first, "{ask}");
    }
}

#[tokio::test]
async fn text_from_the_catalogue_and_the_shop_is_escaped() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let deed = village.declare(1, "X01", 20).await;
    village.approve(&[deed]).await;
    let open = get(address, &link(1, 1)).await;
    village.at("2026-11-11").await;
    village.redeem(1, &[("soap", 1, 25)]).await;
    let refused = village.declare(1, "X01", 1).await;
    village.review(refused, Verdict::Refuse, Some(Ground::NotDone)).await;
    for page in [open, get(address, &link(1, 1)).await] {
        assert!(!page.body.contains("<script") && !page.body.contains("<b>清扫"), "{}", page.body);
        assert!(page.body.contains("&#60;b&#62;清扫&#60;/b&#62;&#38;&#34;巷道&#34;"), "{}", page.body);
    }
    assert!(get(address, &link(1, 1)).await.body.contains("&#60;script&#62;alert(1)&#60;/script&#62;×1"));
}

#[tokio::test]
async fn lots_that_lapse_soon_are_pointed_out_and_wait_for_objections() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let deed = village.declare(1, "F07", 1).await;
    village.approve(&[deed]).await;
    village.at("2026-11-11").await;
    let credited_by = posted(&village, 1)[0].0;
    // 24 months to a month's end: 2028-11-30.
    village.at("2028-08-31").await;
    assert!(!get(address, &link(1, 1)).await.says("快到期的积分"));
    village.at("2028-09-01").await;
    let soon = get(address, &link(1, 1)).await;
    assert!(soon.says("50 分 用到 2028年11月30日为止（还有 90 天）"), "{}", soon.text());
    assert!(soon.says("先到期的先用"));

    village.object(deed, None, Some(credited_by)).await;
    let disputed = get(address, &link(1, 1)).await;
    assert!(disputed.says("裁定以前不会过期"));
    // The case was closed two years ago; history still knows it.
    assert!(disputed.says("合理化建议 ×1 有争议 入账以后有人提出异议，等总行裁定"), "{}", disputed.text());
    village.at("2028-12-05").await;
    let late = get(address, &link(1, 1)).await;
    assert!(late.says("50 分 用到 2028年11月30日为止（已过 5 天）"), "{}", late.text());

    village.rule(deed, Ruling::Partial, 30).await;
    village.engine.tick().await.expect("a running engine");
    let lapsed = get(address, &link(1, 1)).await;
    assert!(lapsed.says("可兑积分 0 分") && !lapsed.says("快到期的积分"), "{}", lapsed.text());
    assert!(lapsed.says("积分到期") && lapsed.says("-30 分") && lapsed.says("-20 分"));
    // The score begins anew with the year; nothing was earned in this one.
    assert!(lapsed.says("文明评价分 100 分") && lapsed.says("合计 0 分"));
    check_against_log(&village, 1, &whole_book(address, &link(1, 1)).await);
}

#[tokio::test]
async fn a_full_page_stays_below_thirty_kilobytes() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let mut deeds = Vec::new();
    for _ in 0..30 {
        for code in ["X01", "F07"] {
            deeds.push(village.declare(1, code, 3).await);
        }
    }
    village.approve(&deeds).await;
    village.at("2026-11-11").await;
    for _ in 0..15 {
        village.redeem(1, &[("egg", 1, 5)]).await;
        village.at("2026-11-12").await;
    }
    for _ in 0..25 {
        let deed = village.declare(1, "X01", 1).await;
        village.review(deed, Verdict::Endorse, None).await;
    }
    for _ in 0..12 {
        let deed = village.declare(1, "X01", 1).await;
        village.review(deed, Verdict::Refuse, Some(Ground::EvidenceUnclear)).await;
    }
    for day in 13..28 {
        village.at(&format!("2026-11-{day}")).await;
        village.redeem(1, &[("soap", 3, 25), ("egg", 4, 5)]).await;
    }
    let page = get(address, &link(1, 1)).await;
    assert_eq!(lines(&page).len(), 30);
    assert!(page.says("另有 5 项也在办"));
    let style = page.body.split("href=\"/assets/").nth(1).and_then(|rest| rest.split('"').next());
    let style = get(address, &format!("/assets/{}", style.expect("a stylesheet"))).await;
    println!("page {} bytes, stylesheet {} bytes", page.bytes, style.bytes);
    assert!(page.bytes + style.bytes <= 30 * 1024, "{} + {}", page.bytes, style.bytes);

    let english = ask(address, "GET", &link(1, 1), "Accept-Language: en\r\n").await;
    assert!(english.says("5 more are under way"), "{}", english.text());
    println!("page in English {} bytes", english.bytes);
    assert!(english.bytes + style.bytes <= 30 * 1024, "{} + {}", english.bytes, style.bytes);

    // Ten of twelve refusals are shown; the log has the others.
    let refused = village.engine.entries(0, usize::MAX).expect("entries");
    let refused = refused.iter().filter(|bytes| {
        let entry = Entry::decode(bytes).expect("an entry");
        entry
            .effects
            .changes
            .iter()
            .any(|change| matches!(change, Change::StateChanged { state: State::Refused, .. }))
    });
    assert_eq!(refused.count(), 12);
    assert_eq!(page.text().matches("联户党员：凭证看不清").count(), 10);
}

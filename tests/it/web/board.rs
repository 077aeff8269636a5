//! The public board: what a villager before the poster reads, and what is nobody's business there.

use civbank::bank::words::{Ground, Ruling, Verdict, Vote};

use super::http::{get, serve};
use super::village::{Village, link};

const BOARD: &str = "/b/370829199201";

#[tokio::test]
async fn what_is_on_notice_stands_on_the_board_until_its_last_day() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let empty = get(address, BOARD).await;
    assert_eq!(empty.status, 200);
    assert!(empty.says("明德镇文明银行总行 前进村 公开栏"), "{}", empty.text());
    assert!(empty.says("现在没有正在公示的") && empty.says("评价委员会在任 3 人，满 2 票才算数"));

    let declared = village.declare(1, "R01", 1).await;
    let waiting = get(address, BOARD).await;
    assert!(waiting.says("等联户党员审核 1 件") && waiting.says("等委员会评审 0 件"), "{}", waiting.text());
    village.review(declared, Verdict::Endorse, None).await;
    let endorsed = get(address, BOARD).await;
    assert!(endorsed.says("等联户党员审核 0 件") && endorsed.says("等委员会评审 1 件"));
    village.vote("seat2", &[declared], Vote::Approve, None).await;
    village.vote("seat3", &[declared], Vote::Approve, None).await;

    let noticed = get(address, BOARD).await;
    assert!(noticed.says("门前三包 +20 分"), "{}", noticed.text());
    assert!(noticed.says(&format!("第 {declared} 号申报")));
    assert!(noticed.says("000** 号户，公示到") && noticed.says("还有"), "{}", noticed.text());
    assert!(!noticed.body.contains("00001"), "a household's number in full");
    assert!(noticed.says("公示中 20 分"));

    village.object(declared, None, None).await;
    let objected = get(address, BOARD).await;
    assert!(
        objected.says("000** 号户，有异议，等总行裁定") && objected.says("有异议、等裁定 1 条"),
        "{}",
        objected.text()
    );
    village.rule(declared, Ruling::Dismiss, 0).await;
    assert!(get(address, BOARD).await.says("有异议、等裁定 0 条"));
    village.at("2026-11-20").await;
    let credited = get(address, BOARD).await;
    assert!(credited.says("现在没有正在公示的") && credited.says("开行以来入账 1 条"), "{}", credited.text());
    assert!(credited.says("在各户存折里 20 分"));
}

#[tokio::test]
async fn money_and_points_add_up_before_everybody() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let declared = village.declare(1, "J05", 1).await;
    village.approve(&[declared]).await;
    village.at("2026-11-20").await;
    village.redeem(1, &[("egg", 2, 5)]).await;
    let refused = village.declare(2, "R01", 1).await;
    village.review(refused, Verdict::Refuse, Some(Ground::NotDone)).await;
    let board = get(address, BOARD).await;
    assert!(board.says("1600.00 元") || board.says("1,600 元") || board.says("1600 元"), "{}", board.text());
    for line in ["还没发出去 99970 分", "在各户存折里 20 分", "已经兑换 10 分", "合计 100000 分"]
    {
        assert!(board.says(line), "{line}\n{}", board.text());
    }
    assert!(board.says("正好是发放的总额度") && board.says("开行以来没有通过 1 条"));
    assert!(board.says("鸡蛋 5 分 9998 个"), "{}", board.text());
}

#[tokio::test]
async fn deductions_are_counted_and_told_to_nobody_else() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let sheet = village.assess(&[(1, "R01"), (2, "D01")]).await;
    village.vote("seat2", &[sheet], Vote::Approve, None).await;
    village.vote("seat3", &[sheet], Vote::Approve, None).await;
    let board = get(address, BOARD).await;
    let notice = board.text();
    let notice = notice.split("评价委员会在任").next().unwrap_or_default();
    assert!(notice.contains("门前三包") && !notice.contains("乱堆乱放"), "{notice}");
    assert!(board.says("扣分公示中（只告知本户） 1 条"), "{}", board.text());
}

#[tokio::test]
async fn the_catalogue_is_there_by_beauty_and_markup_stays_text() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let board = get(address, BOARD).await;
    assert!(board.says("总行目录第 1 版"), "{}", board.text());
    for line in ["门前三包 +20 分", "乱堆乱放 扣评价分 5 分", "积分造假 一票否决"] {
        assert!(board.says(line), "{line}\n{}", board.text());
    }
    assert!(!board.body.contains("<script") && !board.body.contains("<b>清扫"));
    assert!(board.says("&lt;script&gt;") || board.body.contains("&#60;script"), "{}", board.body);
}

#[tokio::test]
async fn what_is_no_village_has_no_board() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    for path in
        ["/b/370829199000", "/b/370829199999", "/b/x", "/b/", "/b/%00", "/b/37082919920", &link(1, 1)[2..]]
    {
        let answer = get(address, path).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let front = get(address, "/").await;
    assert!(front.body.contains("href=\"/b/370829199201\""));
    // A bank that has not begun: no village, and no page that breaks over it.
    let before = Village::empty();
    let address = serve(&before.engine).await;
    assert_eq!(get(address, BOARD).await.status, 404);
}

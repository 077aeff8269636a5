//! A month of the book on paper: it opens where the month before closed, and every line is there once.

use super::http::{get, serve};
use super::village::{Village, link};

/// The number after a label on the page.
fn sum(text: &str, label: &str) -> i64 {
    let rest = text.split(label).nth(1).unwrap_or_else(|| panic!("{label} in {text}"));
    rest.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{rest}"))
}

#[tokio::test]
async fn months_follow_each_other_and_add_up() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let first = village.declare(1, "J05", 1).await;
    village.approve(&[first]).await;
    village.at("2026-11-20").await;
    village.redeem(1, &[("egg", 2, 5)]).await;
    let second = village.declare(1, "Z01", 1).await;
    village.approve(&[second]).await;
    village.at("2026-12-10").await;
    village.redeem(1, &[("egg", 1, 5)]).await;
    village.at("2027-02-03").await;

    let mut carried = 0;
    for (month, earned, spent, lines) in [
        ("2026-10", 0, 0, 0),
        ("2026-11", 30, 10, 2),
        ("2026-12", 15, 5, 2),
        ("2027-01", 0, 0, 0),
        ("2027-02", 0, 0, 0),
    ] {
        let page = get(address, &format!("{}?month={month}", link(1, 1))).await;
        let text = page.text();
        assert_eq!(page.status, 200, "{month}");
        assert_eq!(sum(&text, "月初结存"), carried, "{month}: {text}");
        assert_eq!((sum(&text, "本月得分"), sum(&text, "本月用去")), (earned, spent), "{month}: {text}");
        let label = if month == "2027-02" { "现在结存" } else { "月末结存" };
        assert_eq!(sum(&text, label), carried + earned - spent, "{month}: {text}");
        carried += earned - spent;
        assert_eq!(text.matches(" · 账目 ").count(), lines, "{month}: {text}");
        assert_eq!(page.says("这个月没有账目"), lines == 0, "{month}");
        assert_eq!(page.body.contains("下一个月"), month != "2027-02", "{month}");
    }
    let november = get(address, &format!("{}?month=2026-11", link(1, 1))).await.text();
    let (credit, eggs) = (november.find("家风家训"), november.find("鸡蛋"));
    assert!(credit.is_some() && credit < eggs, "oldest first: {november}");
}

#[tokio::test]
async fn what_is_no_month_opens_the_book() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    for month in
        ["", "2026", "2026-13", "2026-00", "2026-1", "0000-01", "9999-99", "-2026-11", "%00", "2026-11-01"]
    {
        let page = get(address, &format!("{}?month={month}", link(1, 1))).await;
        assert_eq!(page.status, 200, "{month}");
        assert!(page.says("每一笔账") && !page.says("对账单 户号"), "{month}");
    }
    let future = get(address, &format!("{}?month=2999-01", link(1, 1))).await;
    assert!(future.status == 200 && future.says("这个月没有账目"), "{}", future.text());
    let book = get(address, &link(1, 1)).await;
    assert!(book.body.contains("href=\"?month=2026-11\""));
    assert!(book.body.contains("href=\"/b/370829199201\""));
}

//! In a browser that prefers English: the reading pages fit, the check in the phone speaks English, and the PIN is given
//! by keyboard, without scripts.

use serde_json::json;

use super::{Browser, Kind, PHONE};
use crate::it::web::village::{Village, link};

/// From here on this browser asks for English.
pub async fn prefer_english(browser: &Browser) {
    browser.command("Network.enable", json!({})).await;
    let headers = json!({ "headers": { "Accept-Language": "en-GB,en;q=0.9" } });
    browser.command("Network.setExtraHTTPHeaders", headers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_english_checks_a_line_in_the_phone() {
    let village = Village::open().await;
    village.open_named(4, &["王小明", "欧阳修"]).await;
    village.set_pin(4, "274619").await;
    let deed = village.declare(1, "R01", 1).await;
    village.approve(&[deed]).await;
    village.at("2026-11-12").await;
    let line = village.engine.published().size - 1;
    let Some(mut browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    // The path that nobody knows.
    browser.expect_error("404");
    prefer_english(&browser).await;
    for (path, name, says) in [
        ("/".to_owned(), "front", "What this is"),
        ("/b/370829199201".to_owned(), "board", "Money and points"),
        (link(1, 1), "book", "Points to spend"),
        (format!("{}?month=2026-11", link(1, 1)), "statement", "At the month's beginning"),
        ("/nothing".to_owned(), "trouble", "There is no such page"),
    ] {
        browser.open(&path).await;
        browser.wait_for(says).await;
        browser.check_fits().await;
        browser.screenshot(&format!("english-{name}")).await;
    }
    browser.open(&format!("{}?line={line}", link(1, 1))).await;
    browser.click("Check on this phone").await;
    browser.wait_for("All is well").await;
    browser.wait_for("This phone keeps the fingerprint").await;
    browser.check_fits().await;
    browser.screenshot("english-line").await;
    let lie = "document.querySelector('[data-unit]').dataset.balance = '9999'";
    browser.script(lie, json!(null)).await;
    browser.click("Check on this phone").await;
    browser.wait_for("This did not hold: the numbers on the page are not those of the entry.").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pin_is_given_by_keyboard_and_without_scripts() {
    let village = Village::open().await;
    village.open_named(4, &["王小明", "欧阳修"]).await;
    village.set_pin(4, "274619").await;
    let Some(mut browser) = Browser::start(&village, Kind::NoScripts, PHONE).await else { return };
    // The wrong PIN's answer.
    browser.expect_error("403");
    browser.open(&link(4, 1)).await;
    browser.wait_for("户主 王**").await;
    browser.check_fits().await;
    browser.screenshot("names-masked").await;
    browser.fill("存折密码", "1234").await;
    browser.click("看全名").await;
    browser.wait_for("密码不对，还能试 4 次").await;
    browser.fill("存折密码", "274619").await;
    browser.click("看全名").await;
    browser.wait_for("欧阳修").await;
    browser.check_fits().await;
    browser.screenshot("names-shown").await;
    let address = browser.path().await;
    assert!(!address.contains("274619"), "{address}");
    browser.open(&link(4, 1)).await;
    browser.wait_for("户主 王**").await;
    assert!(!browser.text().await.contains("王小明"));
    browser.finish().await;
}

//! Signing in and out: with a key that the browser keeps, with one under a PIN, with none, with a wrong one.

use civbank::bank::command::{Body, Holder};
use civbank::bank::words::RevocationGround;

use super::{Browser, DESKTOP, Kind, PHONE, enrolled, signed_in};
use crate::it::web::village::{Village, staff};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_browser_s_own_signs_in_and_out() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    let key = signed_in(&browser, &village, Holder::Person(staff(2)), None).await;
    let text = browser.text().await;
    assert!(text.contains("前进村：评价委员") && text.contains(&key.to_string()), "{text}");
    assert!(text.contains("由这个浏览器保管，取不出来"), "{text}");
    browser.check_fits().await;
    browser.screenshot("desk-320").await;
    let taken = "return indexedDB.databases().then(() => document.cookie)";
    assert_eq!(browser.script(taken, ().into()).await, "", "no script sees the session");

    browser.click("退出登录").await;
    browser.wait_at("/sign-in").await;
    browser.open("/desk").await;
    browser.wait_at("/sign-in").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_browser_keeps_the_key_under_a_pin() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Old, PHONE).await else { return };
    enrolled(&browser, &village, Holder::Person(staff(2)), Some("274619")).await;
    browser.check_fits().await;
    browser.screenshot("sign-in-old-320").await;
    browser.fill("本机密码", "274610").await;
    browser.click("登录").await;
    browser.wait_for("本机密码不对").await;
    browser.fill("本机密码", "274619").await;
    browser.click("登录").await;
    browser.wait_at("/desk").await;
    browser.wait_for("用本机密码锁着").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_pin_makes_no_key() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Old, PHONE).await else { return };
    browser.visit("/sign-in").await;
    // Past the form's own check, as a script would.
    browser.script("document.getElementById('make-pin').minLength = 0", ().into()).await;
    browser.fill("新定本机密码", "1234").await;
    browser.click("新做密钥").await;
    browser.wait_for("本机密码至少要 6 位").await;
    assert!(browser.text().await.contains("这台设备里没有密钥"));
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_nobody_enrolled_hears_why() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    browser.expect_error("status of 401");
    browser.visit("/sign-in").await;
    assert!(browser.text().await.contains("这台设备里没有密钥"));
    browser.click("新做密钥").await;
    browser.wait_for("密钥做好了").await;
    browser.click("登录").await;
    browser.wait_for("银行不认得这把密钥").await;
    assert_eq!(browser.path().await, "/sign-in");
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_out_at_once() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    browser.expect_error("status of 401");
    let key = signed_in(&browser, &village, Holder::Person(staff(2)), None).await;
    let revoke = Body::RevokeKey { key, ground: RevocationGround::Lost };
    village.try_officer(revoke).await.expect("revoked");
    browser.open("/desk").await;
    browser.wait_for("上次的登录已经失效").await;
    browser.click("登录").await;
    browser.wait_for("作废").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_the_page_says_what_it_needs() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::NoScripts, PHONE).await else { return };
    browser.open("/desk").await;
    assert_eq!(browser.path().await, "/sign-in");
    browser.wait_for("这一页要用脚本才能签名").await;
    browser.check_fits().await;
    browser.finish().await;
}

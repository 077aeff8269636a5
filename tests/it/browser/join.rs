//! Joining: the seed behind the `#` stays in the browser, what is signed names both keys, and whoever was invited
//! stands at the desk afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use civbank::bank::command::{Body, Holder};
use civbank::bank::ids::PublicKey;
use ed25519_dalek::SigningKey;

use super::{Browser, DESKTOP, Kind, PHONE};
use crate::it::web::village::{Village, home, staff};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_an_invitation_says_so() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    for path in ["/join", "/join#", "/join#AAAA", "/join#%"] {
        browser.visit("/sign-in").await;
        browser.open(path).await;
        browser.wait_for("链接里没有邀请").await;
    }
    browser.check_fits().await;
    browser.finish().await;
}

/// A link's own key.
fn link(name: &str) -> SigningKey {
    SigningKey::from_bytes(blake3::hash(name.as_bytes()).as_bytes())
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

/// The officer invites; answers the path that the link opens.
pub async fn invite(village: &Village, holder: Holder, name: &str, days: i64) -> String {
    let key = link(name);
    let expires = village.engine.now().plus_days(days);
    let body = Body::Invite { invitation: public(&key), holder, key_valid_until: None, expires };
    village.try_officer(body).await.expect("invited");
    format!("/join#{}", URL_SAFE_NO_PAD.encode(key.to_bytes()))
}

/// From the officer's invitation to the desk that shows the office.
async fn join(kind: Kind, pin: Option<&str>, size: (u32, u32)) {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, kind, size).await else { return };
    let path = invite(&village, Holder::Person(staff(3)), "for the committee", 7).await;
    browser.open(&path).await;
    browser.wait_for("您收到一份邀请").await;
    for shown in ["支行 3 号工作人员", "前进村", "前进村 评价委员", "2026年11月9日"] {
        browser.wait_for(shown).await;
    }
    browser.wait_for(&public(&link("for the committee")).to_string()).await;
    browser.check_fits().await;
    browser.screenshot(&format!("join-{}", size.0)).await;
    if let Some(pin) = pin {
        browser.fill("新定本机密码", pin).await;
    }
    browser.click("做密钥，看原文").await;
    browser.wait_for("请核对，再签名").await;
    let shown: serde_json::Value = serde_json::from_str(&browser.part("signing-text").await).expect("JSON");
    let accepted = &shown["acceptInvitation"];
    assert_eq!(accepted["invitationKey"], STANDARD.encode(public(&link("for the committee")).0));
    assert_ne!(accepted["publicKey"], accepted["invitationKey"]);
    assert_eq!(shown["origin"], village.engine.origin());
    if let Some(pin) = pin {
        browser.fill("本机密码", pin).await;
    }
    browser.click("签名并提交").await;
    browser.wait_at("/desk").await;
    let text = browser.text().await;
    assert!(text.contains("支行 3 号工作人员") && text.contains("评价委员"), "{text}");
    let key = accepted["publicKey"].as_str().and_then(|key| STANDARD.decode(key).ok()).expect("a key");
    assert!(text.contains(&hex::encode(key)), "the key that was enrolled is the one that signed in: {text}");

    // Once is once: the link tells whoever opens it later, here or elsewhere.
    browser.visit("/sign-in").await;
    browser.open(&path).await;
    browser.wait_for("这个邀请已经用过了").await;
    assert!(!browser.text().await.contains("做密钥"));
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_invited_comes_to_the_desk_with_a_key_of_their_own() {
    join(Kind::Today, None, PHONE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_browser_joins_with_a_pin() {
    join(Kind::Old, Some("274619"), DESKTOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_cannot_be_accepted_says_why_and_what_to_do() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    browser.expect_error("api/invitation");
    let person = Holder::Person(home(2).member(1).expect("a person"));
    let withdrawn = invite(&village, person, "withdrawn", 7).await;
    let cancel = Body::CancelInvitation { invitation: public(&link("withdrawn")) };
    village.try_officer(cancel).await.expect("cancelled");
    let old = invite(&village, person, "old", 1).await;
    let open = invite(&village, person, "open", 7).await;
    village.at("2026-11-04").await;
    let unknown = format!("/join#{}", URL_SAFE_NO_PAD.encode(link("nobody's").to_bytes()));
    for (path, says) in [
        (withdrawn, "这个邀请已经取消"),
        (old, "这个邀请已经过期"),
        (unknown, "查不到这个邀请"),
        (open, "现在没有担任职务"),
    ] {
        browser.visit("/sign-in").await;
        browser.open(&path).await;
        browser.wait_for(says).await;
        assert_eq!(browser.text().await.contains("做密钥"), says == "现在没有担任职务", "{says}");
        browser.check_fits().await;
    }
    // It is withdrawn while somebody reads it: the signature is refused in words, and the page says what became.
    browser.expect_error("api/submit");
    browser.click("做密钥，看原文").await;
    browser.wait_for("请核对，再签名").await;
    let cancel = Body::CancelInvitation { invitation: public(&link("open")) };
    village.try_officer(cancel).await.expect("cancelled");
    browser.click("签名并提交").await;
    browser.wait_for("这个邀请已经取消").await;
    browser.wait_for("不能再用").await;
    browser.finish().await;
}

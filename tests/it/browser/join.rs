//! Joining: the seed behind the `#` stays in the browser, and what is signed names both keys.

use ed25519_dalek::SigningKey;

use super::{Browser, DESKTOP, Kind, PHONE};
use crate::it::web::village::Village;

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_an_invitation_says_so() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    for path in ["/join", "/join#", "/join#AAAA", "/join#%"] {
        browser.open("/sign-in").await;
        browser.open(path).await;
        browser.wait_for("链接里没有邀请").await;
    }
    browser.check_fits().await;
    browser.finish().await;
}

/// Opens an invitation and comes to the text that would be signed.
async fn read(kind: Kind, pin: Option<&str>) {
    use base64::Engine as _;
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, kind, DESKTOP).await else { return };
    let seed = *blake3::hash(b"invitation").as_bytes();
    let invitation = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    let fragment = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(seed);
    browser.open(&format!("/join#{fragment}")).await;
    browser.wait_for("您收到一份邀请").await;
    browser.wait_for(&hex::encode(invitation)).await;
    if let Some(pin) = pin {
        browser.fill("新定本机密码", pin).await;
    }
    browser.click("做密钥，看原文").await;
    browser.wait_for("请核对，再签名").await;
    let shown: serde_json::Value = serde_json::from_str(&browser.part("signing-text").await).expect("JSON");
    let standard = base64::engine::general_purpose::STANDARD;
    let accepted = &shown["acceptInvitation"];
    assert_eq!(accepted["invitationKey"], standard.encode(invitation));
    assert_ne!(accepted["publicKey"], accepted["invitationKey"]);
    assert_eq!(shown["origin"], village.engine.origin());
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_read_from_the_address_alone() {
    read(Kind::Today, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_browser_joins_with_a_pin() {
    read(Kind::Old, Some("274619")).await;
}

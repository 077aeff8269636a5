//! The desk: what is signed is what was shown, and nobody is there who did not sign in.

use civbank::bank::command::Holder;
use civbank::wire::{Cause, Entry};

use super::{Browser, DESKTOP, Kind, PHONE, signed_in};
use crate::it::web::village::{Village, home, staff};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_at_the_desk_who_did_not_sign_in() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    browser.open("/desk").await;
    browser.wait_at("/sign-in").await;
    browser.finish().await;
}

/// Changes the key at the desk, and holds the text that was shown against the bytes in the log.
async fn renew(kind: Kind, pin: Option<&str>, size: (u32, u32)) {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, kind, size).await else { return };
    let old = signed_in(&browser, &village, Holder::Person(staff(2)), pin).await;
    if let Some(pin) = pin {
        browser.fill("新密钥的本机密码", pin).await;
    }
    browser.click("换一把新密钥").await;
    browser.wait_for("请核对，再签名").await;
    browser.check_fits().await;
    browser.screenshot(&format!("signing-{}", size.0)).await;
    let shown = browser.part("signing-text").await;
    assert!(browser.text().await.contains("\"rotateKey\": {"), "the text is shown");
    if let Some(pin) = pin {
        browser.fill("本机密码", pin).await;
    }
    browser.click("签名并提交").await;
    browser.wait_for_another_key(&old.to_string()).await;
    let newest = village.engine.published().size - 1;
    let entry = village.engine.entry(newest).expect("a log").expect("an entry");
    let entry = Entry::decode(&entry).expect("an entry");
    let Cause::Signed(envelope) = entry.cause else { panic!("{:?}", entry.cause) };
    assert_eq!(String::from_utf8(envelope.payload).expect("text"), shown);
    assert_eq!(envelope.signatures.len(), 2, "the old key and the new one");
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shown_is_what_was_signed() {
    renew(Kind::Today, None, PHONE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_browser_signs_the_same() {
    renew(Kind::Old, Some("274619"), DESKTOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_no_signs_nothing() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    signed_in(&browser, &village, Holder::Person(home(2).member(1).expect("a person")), None).await;
    assert!(browser.text().await.contains("现在没有担任职务"));
    let before = village.engine.published().size;
    browser.click("换一把新密钥").await;
    browser.wait_for("请核对，再签名").await;
    browser.click("不签").await;
    let text = browser.text().await;
    assert!(!text.contains("请核对，再签名"), "{text}");
    assert_eq!(village.engine.published().size, before);
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_answered_is_sent_again_as_it_was() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    browser.expect_error("ERR_FAILED");
    let old = signed_in(&browser, &village, Holder::Person(staff(2)), None).await;
    let before = village.engine.published().size;
    // The answer is lost on its way; the command is not.
    let lose = "const real = window.fetch; window.fetch = async (...given) => { \
                await real(...given); window.fetch = real; throw new TypeError('lost'); }; return true";
    browser.click("换一把新密钥").await;
    browser.wait_for("请核对，再签名").await;
    browser.script(lose, ().into()).await;
    browser.click("签名并提交").await;
    browser.wait_for("办没办成还不知道").await;
    browser.wait_for("还没有回音的").await;
    assert_eq!(village.engine.published().size, before + 1, "it was written");
    browser.click("再送一次").await;
    browser.wait_for(&format!("账目 {before} 号")).await;
    assert_eq!(village.engine.published().size, before + 1, "and not twice");
    assert!(!browser.text().await.contains("还没有回音的"));
    assert!(browser.part("key-card").await.contains(&old.to_string()));
    browser.finish().await;
}

/// Serves one page to whoever comes, on a host that is not the bank's.
async fn other_site(page: String) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n";
            let answer = format!("{head}Content-Length: {}\r\n\r\n{page}", page.len());
            let _ = socket.read(&mut [0; 4_096]).await;
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_does_nothing_here() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    browser.expect_error("status of 403");
    signed_in(&browser, &village, Holder::Person(staff(2)), None).await;
    let action = format!("http://{}/api/sign-out", browser.address());
    let form = format!(
        "<!doctype html><link rel=icon href=\"data:,\"><form method=post action=\"{action}\"><button>领奖</button></form>"
    );
    let other = other_site(form).await;
    browser.open_elsewhere(&format!("http://localhost:{}/", other.port())).await;
    browser.click("领奖").await;
    browser.wait_for("CROSS_SITE").await;
    browser.visit("/desk").await;
    browser.finish().await;
}

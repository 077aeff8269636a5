//! The whole way of a deed in browsers: declared from the card with a photograph, endorsed at the liaison's desk,
//! decided at three members' desks, put on notice, and read in the passbook.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use civbank::bank::command::{Body, Holder, Item};
use civbank::bank::policy::Policy;
use civbank::bank::words::*;
use civbank::documents::Address;
use serde_json::{Value, json};

use super::{Browser, Kind, PHONE, card_path, newest, photograph, signed_in};
use crate::it::web::village::{Village, home, item, liaison, link, passbook, staff};

/// Each member's, twice a month, with a photograph.
fn care() -> Item {
    let care = item("G03", Pillar::Service, ItemKind::Deed, "照看孤寡老人", 10);
    let (subject, cap_window, evidence) = (ItemSubject::Person, CapWindow::Month, vec![EvidenceKind::Photo]);
    Item { subject, cap_window, cap_count: 2, evidence, ..care }
}

async fn publish(village: &Village) {
    let items = vec![care(), item("R01", Pillar::Living, ItemKind::Deed, "门前三包", 20)];
    let valid_from = village.engine.now().day();
    village.try_officer(Body::PublishCatalogue { branch: None, valid_from, items }).await.expect("items");
}

/// A JPEG as a phone held upright takes it: lying, with a note that it is to be turned, and the phone's name.
fn as_taken(jpeg: &[u8]) -> Vec<u8> {
    let note = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0PhoneOfMine";
    let length = u16::try_from(note.len() + 2).expect("short").to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, note, &jpeg[2..]].concat()
}

/// Width and height of a JPEG, from its frame header.
fn size(jpeg: &[u8]) -> (u16, u16) {
    let mut at = 2;
    loop {
        let number = |at: usize| u16::from_be_bytes([jpeg[at], jpeg[at + 1]]);
        if matches!(jpeg[at + 1], 0xC0..=0xC2) {
            return (number(at + 7), number(at + 5));
        }
        at += 2 + usize::from(number(at + 2));
    }
}

/// Signs what is shown and waits until it is written.
async fn sign(browser: &Browser) {
    browser.sign(None).await;
    browser.wait_for("办成了").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deed_goes_from_the_card_to_the_passbook() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    publish(&village).await;
    let policy = Policy { quorum_min: 3, household_month_points: 500, ..Policy::DEFAULT };
    village.try_officer(Body::SetPolicy { branch: None, policy, bounds: None }).await.expect("set");

    // The reading page links there, and carries nothing along.
    browser.open(&link(1, 1)).await;
    browser.click("申报一件好事").await;
    browser.wait_at("/declare").await;
    browser.check_fits().await;
    browser.screenshot("declare-card-320").await;
    browser.take_link("https://bank.example/p/abc").await;
    browser.wait_for("链接不完整").await;
    browser.take(1).await;
    browser.wait_for("00001 号户申报").await;
    browser.wait_for("每户每月最多得 500 分，这个月已得 0 分").await;
    assert!(!browser.text().await.contains("链接不完整"));

    browser.click("看原文，签名").await;
    browser.wait_for("请先选做了哪一件").await;
    browser.click("公益奉献美（1 项）").await;
    let pick = "document.querySelector('input[value=G03]').click(); return document.querySelector('#chosen').textContent";
    let told = browser.script(pick, Value::Null).await;
    assert_eq!(
        told,
        "照看孤寡老人：每次 10 分。按人，每月最多 2 次，按今天算已报 0 次，还能报 2 次。要附：照片。"
    );
    browser.set("member", "2").await;
    browser.click("看原文，签名").await;
    browser.wait_for("请先选照片").await;

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("taken.jpg");
    std::fs::write(&file, as_taken(&photograph(&browser, 3000, 2000).await)).expect("a file");
    browser.attach("photos", &file).await;
    browser.wait_for("去掉照片 1").await;
    browser.check_fits().await;
    browser.screenshot("declare-320").await;
    browser.script("document.getElementById('items').scrollIntoView()", Value::Null).await;
    browser.screenshot("declare-320-items").await;
    browser.script("document.getElementById('date').scrollIntoView()", Value::Null).await;
    browser.screenshot("declare-320-below").await;
    browser.click("看原文，签名").await;
    sign(&browser).await;
    browser.wait_for("报上去了").await;
    browser.check_fits().await;
    browser.screenshot("declare-receipt-320").await;
    let number: u64 = browser.part("receipt-number").await.parse().expect("a number");
    assert_eq!(number, village.engine.published().size - 1);
    let asked = newest(&village)["declare"].clone();
    assert_eq!((&asked["household"], &asked["member"]), (&json!(home(1).to_string()), &json!(2)));
    assert_eq!((&asked["item"], &asked["channel"]), (&json!("G03"), &json!("CHANNEL_APP")));

    // The picture stands upright, is small, and says nothing of the phone.
    let evidence = village.engine.read(|view| view.bank.case(number).expect("open").evidence.clone()).await;
    let [address] = evidence.expect("running")[..] else { panic!("one photograph") };
    let (_, kept) =
        village.engine.documents().get(Address::from_bytes(address.0)).expect("kept").expect("kept");
    assert_eq!(size(&kept), (1067, 1600));
    let says = |part: &[u8]| kept.windows(part.len()).any(|window| window == part);
    assert!(!says(b"Exif") && !says(b"PhoneOfMine"), "{} bytes", kept.len());

    // Nothing of the card stays: not in the page, not in the address, not in what the browser keeps.
    let seed = URL_SAFE_NO_PAD.encode(passbook(1, 1).to_bytes());
    let left = "return [location.href, document.body.innerHTML, JSON.stringify(localStorage), \
                JSON.stringify(sessionStorage), document.getElementById('card-text').value].join(' ')";
    let left = browser.script(left, Value::Null).await.to_string();
    assert!(!left.contains(&seed), "{left}");
    browser.click("看存折").await;
    browser.wait_for("等联户党员审核").await;

    signed_in(&browser, &village, Holder::Person(liaison()), None).await;
    browser.visit("/desk/liaison").await;
    browser.wait_for("00001 号户 2 号成员").await;
    browser.click_in(&format!("case-{number}"), "通过").await;
    sign(&browser).await;
    for seat in [2, 3, 4] {
        signed_in(&browser, &village, Holder::Person(staff(seat)), None).await;
        browser.click("评审会").await;
        browser.wait_at("/desk/committee").await;
        browser.wait_for(&format!("已投 {} 票", seat - 2)).await;
        browser.click_in(&format!("case-{number}"), "同意").await;
        sign(&browser).await;
    }
    browser.wait_for("公示中，+10 分，公示到2026年11月9日").await;

    browser.open(&link(1, 1)).await;
    browser.wait_for("公示").await;
    village.at("2026-11-10").await;
    browser.open(&link(1, 1)).await;
    browser.wait_for("照看孤寡老人").await;
    let text = browser.text().await;
    let points = text.split_once("可兑积分").expect("points").1.split_whitespace().next();
    assert_eq!(points, Some("10"), "{text}");
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_browser_declares_from_the_address_and_hears_a_no_in_words() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Old, PHONE).await else { return };
    browser.expect_error("api/");
    publish(&village).await;
    let behind = card_path(2)
        .replace("/p/", "/declare#")
        .replacen('#', "\u{0}", 1)
        .replace('#', ".")
        .replace('\u{0}', "#");
    browser.open(&behind).await;
    browser.wait_for("00002 号户申报").await;
    assert_eq!(browser.path().await, "/declare", "the card is not left in the address");
    browser.click("人居环境美（1 项）").await;
    browser.script("document.querySelector('input[value=R01]').click()", Value::Null).await;
    // The item was not in force on that day: the form says so itself; the bank does where the form is bypassed.
    browser.script("document.getElementById('date').min = ''", Value::Null).await;
    browser.set("date", "2026-09-01").await;
    browser.click("看原文，签名").await;
    browser.wait_for("请核对，再签名").await;
    let before = village.engine.published().size;
    browser.click("签名并提交").await;
    browser.wait_for("不能用").await;
    assert_eq!(village.engine.published().size, before);
    // The card is still there for another try, until the page is left.
    browser.set("date", "2026-11-02").await;
    browser.click("看原文，签名").await;
    browser.sign(None).await;
    browser.wait_for("报上去了").await;

    // A card that was replaced opens nothing.
    village.replace_card(2, 2).await;
    browser.click("再报一件").await;
    browser.take(2).await;
    browser.wait_for("已经换了新存折").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_declares_with_the_phones_own_key() {
    let village = Village::open().await;
    publish(&village).await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    let member = home(1).member(1).expect("a member");
    signed_in(&browser, &village, Holder::Person(member), None).await;
    browser.visit("/declare").await;
    browser.click("替00001 号户申报").await;
    browser.click("公益奉献美（1 项）").await;
    browser.wait_for("照看孤寡老人").await;
    browser.check_fits().await;
    let item = "[...document.querySelectorAll('#items label')].find((one) => one.textContent.includes('照看孤寡老人')).click()";
    browser.script(item, Value::Null).await;
    // A session shows whose the photograph is; no card is needed for it.
    let picture = tempfile::Builder::new().suffix(".jpg").tempfile().expect("a file");
    std::fs::write(picture.path(), photograph(&browser, 300, 200).await).expect("written");
    browser.attach("photos", picture.path()).await;
    let listed = "return document.querySelectorAll('#photo-list li').length";
    let began = std::time::Instant::now();
    while browser.script(listed, Value::Null).await != json!(1) {
        assert!(began.elapsed() < super::PATIENCE, "the photograph is not listed");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    browser.click("看原文，签名").await;
    sign(&browser).await;
    browser.wait_for("报上去了").await;
    let written = newest(&village);
    assert_eq!(written["declare"]["household"], json!(home(1).to_string()));
    assert_eq!(written["declare"]["evidence"].as_array().map(Vec::len), Some(1));
    browser.finish().await;
}

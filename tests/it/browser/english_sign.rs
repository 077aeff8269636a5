//! Pages that sign, in a browser that prefers English: joining, signing in, a declaration, an objection, a suggestion,
//! the standings, and a count that two sign. Whatever a page or its scripts say is English.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use civbank::bank::command::{Body, Command, GoodsCount, Holder};
use civbank::wire::{PayloadType, encode_command_json};
use serde_json::{Value, json};

use super::english::prefer_english;
use super::join::invite;
use super::{Browser, DESKTOP, Kind, PHONE, enrolled, newest, photograph};
use crate::it::web::busy::Busy;
use crate::it::web::english::{first_chinese, ours};
use crate::it::web::village::{Village, branch, key, staff};

/// All that is on the page, shown or hidden, is English, but for what people wrote; and nothing sticks out.
pub async fn check_english(browser: &Browser) {
    let script = "const said = [document.documentElement.lang, document.title, document.body.textContent]; \
                  for (const one of document.querySelectorAll('*')) \
                    for (const name of ['aria-label', 'alt', 'placeholder', 'title', 'label', 'data-short']) \
                      if (one.hasAttribute(name)) said.push(one.getAttribute(name)); \
                  return said.join('\\n')";
    let said = browser.script(script, Value::Null).await;
    let said = said.as_str().expect("text");
    assert!(said.starts_with("en\n"), "{}", browser.path().await);
    assert_eq!(first_chinese(&ours(said)), "", "{}", browser.path().await);
    browser.check_fits().await;
}

/// As [`super::signed_in`], with a look at the page between.
async fn signed_in(browser: &Browser, village: &Village, holder: Holder) {
    enrolled(browser, village, holder, None).await;
    check_english(browser).await;
    browser.enter(None).await;
}

/// Signs what is shown and waits until it is written.
pub async fn sign(browser: &Browser) {
    browser.wait_for("Check, then sign").await;
    check_english(browser).await;
    browser.click("Sign and send").await;
    browser.wait_for("Done: ").await;
    check_english(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_english_joins_signs_in_and_changes_the_key() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Old, PHONE).await else { return };
    browser.expect_error("api/");
    prefer_english(&browser).await;
    browser.open("/join#AAAA").await;
    browser.wait_for("There is no invitation in the link").await;
    let path = invite(&village, Holder::Person(staff(3)), "in English", 7).await;
    browser.open("/sign-in").await;
    browser.open(&path).await;
    browser.wait_for("You are invited").await;
    for shown in ["Staff member 3", "前进村: committee member", "9 Nov 2026"] {
        browser.wait_for(shown).await;
    }
    check_english(&browser).await;
    browser.screenshot("english-join-320").await;
    browser.click("Make the key, see the text").await;
    browser.wait_for("The PIN of this device has 6 characters at least.").await;
    browser.fill("New PIN of this device", "274619").await;
    browser.click("Make the key, see the text").await;
    browser.fill("PIN of this device", "000000").await;
    browser.click("Sign and send").await;
    browser.wait_for("The PIN of this device is wrong; type it again.").await;
    browser.fill("PIN of this device", "274619").await;
    browser.click("Sign and send").await;
    browser.wait_at("/desk").await;
    for shown in ["Staff member 3", "前进村: committee member", "It has no last day.", "Sign out"] {
        browser.wait_for(shown).await;
    }
    check_english(&browser).await;
    browser.screenshot("english-desk-320").await;

    let old = browser.part("key-card").await;
    browser.fill("PIN of this device for the new key", "918273").await;
    browser.click("Change for a new key").await;
    browser.wait_for("Change of keys: ").await;
    check_english(&browser).await;
    browser.fill("PIN of this device", "274619").await;
    browser.click("Sign and send").await;
    browser.wait_for_another_key(&old).await;
    browser.wait_for("It lies in this browser, locked under the PIN of this device.").await;
    browser.click("Sign out").await;
    browser.wait_at("/sign-in").await;
    browser.wait_for("With the key on this device").await;
    check_english(&browser).await;
    browser.screenshot("english-sign-in-320").await;
    browser.open(&path).await;
    browser.wait_for("This invitation was used already").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_english_declares_with_the_card_and_with_a_key() {
    let busy = Busy::open("").await;
    let village = &busy.village;
    let Some(mut browser) = Browser::start(village, Kind::Today, PHONE).await else { return };
    browser.expect_error("api/");
    prefer_english(&browser).await;
    browser.visit("/declare").await;
    check_english(&browser).await;
    browser.screenshot("english-declare-card-320").await;
    browser.take_link("https://bank.example/p/abc").await;
    browser.wait_for("The link is not whole").await;
    browser.take_link("https://bank.example/p/abc#abc").await;
    browser.wait_for("This is not the link of a passbook").await;
    browser.take(1).await;
    browser.wait_for("Declare for household 00001").await;
    browser.click("See the text and sign").await;
    browser.wait_for("First choose what was done.").await;
    browser.click("Service to others (1)").await;
    browser.script("document.querySelector('input[value=G02]').click()", Value::Null).await;
    browser.wait_for("照看孤寡老人, each 次: 5 to 10 points. To be added: photograph.").await;
    browser.click("See the text and sign").await;
    browser.wait_for("This has to be added: photograph. First choose a photograph.").await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("taken.jpg");
    std::fs::write(&file, photograph(&browser, 400, 300).await).expect("a file");
    browser.attach("photos", &file).await;
    browser.wait_for("Remove photograph 1").await;
    check_english(&browser).await;
    browser.scroll_to("items").await;
    browser.screenshot("english-declare-320").await;
    browser.click("See the text and sign").await;
    browser
        .wait_for("Declaration for household 00001, the whole household, 2026-11-13: 照看孤寡老人 1 次")
        .await;
    browser.scroll_to("signing").await;
    browser.screenshot("english-declare-signing-320").await;
    sign(&browser).await;
    browser.wait_for("Declared: 照看孤寡老人 ×1, done on 13 Nov 2026, by phone, pieces of evidence: 1").await;
    browser.wait_for("It is declared").await;
    assert_eq!(newest(village)["declare"]["item"], json!("G02"));
    browser.click("Declare another").await;
    browser.wait_for("First, the passbook").await;

    // A liaison declares for a household, whose card makes them its proxy first.
    signed_in(&browser, village, Holder::Person(crate::it::web::village::liaison())).await;
    check_english(&browser).await;
    browser.click("Declare for others").await;
    browser.wait_at("/desk/declare").await;
    browser.take(2).await;
    browser.wait_for("You are not the proxy of household 00002 yet").await;
    check_english(&browser).await;
    browser.screenshot("english-entrust-320").await;
    browser.click("See the text, sign with the passbook").await;
    sign(&browser).await;
    browser.wait_for("Appointed as proxy: member 1 of household 00009").await;
    browser.script("document.querySelector('input[value=J05]').click()", Value::Null).await;
    browser.wait_for("A household a month: 3 次 at most; 1 declared by today, 2 left.").await;
    browser.set("quantity", "3").await;
    browser.click("See the text and sign").await;
    browser.sign(None).await;
    browser.wait_for("The cap of J05").await;
    check_english(&browser).await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_english_objects_suggests_and_says_what_the_board_may_show() {
    let busy = Busy::open("").await;
    let village = &busy.village;
    let Some(mut browser) = Browser::start(village, Kind::Today, PHONE).await else { return };
    browser.expect_error("api/");
    prefer_english(&browser).await;
    let declared = busy.notice;
    browser.open(&format!("/object?declaration={declared}")).await;
    browser.wait_for("what is on notice").await;
    check_english(&browser).await;
    browser.screenshot("english-object-320").await;
    browser.take(3).await;
    browser.wait_for("Whoever objects: household 00003").await;
    browser.click("See the text and sign").await;
    browser.wait_for("First choose why.").await;
    browser.script("document.querySelector('input[value$=EXAGGERATED]').click()", Value::Null).await;
    browser.fill("In your words (not needed)", "Only half of the lane").await;
    browser.click("See the text and sign").await;
    browser.wait_for("Objection (too much was declared): ").await;
    browser.scroll_to("signing").await;
    browser.screenshot("english-object-signing-320").await;
    sign(&browser).await;
    browser.wait_for("You have objected").await;
    browser.wait_for("The number of your words").await;
    browser.open(&format!("/object?declaration={declared}")).await;
    browser.wait_for("somebody has objected, waiting for the head bank's ruling").await;
    check_english(&browser).await;

    browser.open(&format!("/suggest?branch={}", branch())).await;
    browser.take(1).await;
    browser.wait_for("From household 00001.").await;
    browser.fill("What do you want to say?", "A lamp by the well").await;
    browser.click("See the text and sign").await;
    browser.wait_for("Suggestion: A lamp by the well").await;
    sign(&browser).await;
    browser.wait_for("A suggestion to the village.").await;
    browser.wait_for("It has arrived").await;

    browser.open("/publicity").await;
    browser.take(1).await;
    browser.wait_for("Now: listed.").await;
    check_english(&browser).await;
    browser.screenshot("english-publicity-320").await;
    browser.click("Do not list us").await;
    browser.wait_for("Household 00001 is not to be on the standings").await;
    sign(&browser).await;
    assert_eq!(newest(village)["setPublicity"]["household"], json!("370829199201-00001"));
    browser.finish().await;
}

/// What a till's address holds once its terminal has signed a count.
fn count_by_the_till(village: &Village) -> String {
    let lines = vec![GoodsCount { sku: "egg".parse().expect("a sku"), quantity: 9_000 }];
    let body = Body::StockCount { branch: branch(), lines };
    let mut request_id = [9; 16];
    (request_id[6], request_id[8]) = (0x70, 0x80);
    let not_after = village.engine.now().plus_minutes(60);
    let command = Command { origin: village.engine.origin().to_owned(), request_id, not_after, body };
    let payload = encode_command_json(&command).into_bytes();
    let envelope = civbank::wire::envelope_to_json(&civbank::wire::sign(
        payload.clone(),
        PayloadType::Json,
        &[&key("till")],
    ));
    let envelope: Value = serde_json::from_str(&envelope).expect("JSON");
    let signature = envelope["signatures"][0]["sig"].as_str().expect("a signature");
    let signature = STANDARD.decode(signature).expect("base64");
    let mut path = "/countersign#".to_owned();
    let public = key("till").verifying_key().to_bytes();
    let parts = [&payload[..], &public[..], &signature[..]].map(|part| URL_SAFE_NO_PAD.encode(part));
    write!(path, "{}", parts.join(".")).expect("memory");
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_english_witnesses_a_count() {
    let busy = Busy::open("").await;
    let village = &busy.village;
    let Some(browser) = Browser::start(village, Kind::Today, DESKTOP).await else { return };
    prefer_english(&browser).await;
    browser.open("/countersign").await;
    browser.wait_for("There is nothing to sign in the link").await;
    check_english(&browser).await;
    signed_in(&browser, village, Holder::Person(staff(5))).await;
    for shown in ["Supervisors", "Answer suggestions"] {
        browser.wait_for(shown).await;
    }
    browser.screenshot("english-desk-1280").await;
    browser.open(&count_by_the_till(village)).await;
    browser.wait_for("A count in 前进村").await;
    browser.wait_for("fewer").await;
    check_english(&browser).await;
    browser.screenshot("english-countersign-1280").await;
    browser.click("See the text and sign").await;
    browser.wait_for("Witness of a count in 前进村: 鸡蛋 ").await;
    sign(&browser).await;
    browser.wait_for("It is written").await;
    assert_eq!(newest(village)["stockCount"]["lines"][0]["sku"], json!("egg"));
    browser.finish().await;
}

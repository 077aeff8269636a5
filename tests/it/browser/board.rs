//! The public board in a browser: a neighbour objects with the card, the supervisor objects for somebody, and the
//! poster's code opens the board.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use civbank::bank::command::Holder;
use civbank::bank::words::*;
use civbank::documents::{Address, commit};
use serde_json::{Value, json};

use super::{Browser, DESKTOP, Kind, PHONE, card_path, newest, photograph, signed_in};
use crate::it::web::village::{Village, home, passbook, staff};

const BOARD: &str = "/b/370829199201";

/// Signs what is shown and waits until it is written.
async fn sign(browser: &Browser) {
    browser.sign(None).await;
    browser.wait_for("办成了").await;
}

/// The words of a sealed text, and the commitment to it.
fn opened(village: &Village, address: &str) -> (String, Vec<u8>) {
    let address = Address::from_hex(address).expect("an address");
    let (_, sealed) = village.engine.documents().get(address).expect("readable").expect("kept");
    let (salt, text) = sealed.split_first_chunk().expect("a salt");
    (String::from_utf8(text.to_vec()).expect("text"), commit(salt, text).as_bytes().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_objects_from_the_board_with_the_card() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    let declared = village.declare(1, "R01", 1).await;
    village.approve(&[declared]).await;

    browser.open(BOARD).await;
    browser.check_fits().await;
    browser.screenshot("board-320").await;
    browser.click(&format!("我有异议：第 {declared} 号申报，门前三包")).await;
    browser.wait_at(&format!("/object?declaration={declared}")).await;
    browser.check_fits().await;
    browser.wait_for("支行 5 号工作人员").await;
    assert!(!browser.text().await.contains("00001"), "the neighbour is masked");
    browser.screenshot("object-320-card").await;
    browser.take(2).await;
    browser.wait_for("提异议的是 00002 号户").await;
    browser.click("看原文，签名").await;
    browser.wait_for("请先选为什么").await;
    browser.script("document.querySelector('input[value$=EXAGGERATED]').click()", Value::Null).await;
    browser.fill("说明（可以不写）", "<b>只扫了半条巷子</b>").await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("taken.jpg");
    std::fs::write(&file, photograph(&browser, 400, 300).await).expect("a file");
    browser.attach("photo", &file).await;
    browser.scroll_to("book").await;
    browser.screenshot("object-320").await;
    browser.click("看原文，签名").await;
    sign(&browser).await;
    browser.wait_for("异议提上去了").await;
    browser.check_fits().await;
    browser.screenshot("object-320-receipt").await;

    let asked = newest(&village)["object"].clone();
    assert_eq!(asked["declaration"], json!(declared.to_string()));
    assert_eq!(asked["ground"], json!("OBJECTION_GROUND_EXAGGERATED"));
    let (text, commitment) = opened(&village, &browser.part("receipt-address").await);
    let (words, photo) = text.split_once("\n照片 ").expect("two lines");
    assert_eq!(words, "<b>只扫了半条巷子</b>");
    assert_eq!(asked["statement"], json!(STANDARD.encode(commitment)));
    let photo = Address::from_hex(photo).expect("an address");
    assert!(village.engine.documents().exists(photo).expect("readable"));
    let state = village.engine.read(|view| view.bank.case(declared).expect("open").rows[0].state).await;
    assert_eq!(state, Ok(State::Objected));
    let left =
        browser.script("return document.body.innerHTML + location.href", Value::Null).await.to_string();
    assert!(!left.contains(&URL_SAFE_NO_PAD.encode(passbook(2, 1).to_bytes())), "the card is forgotten");

    browser.open(BOARD).await;
    browser.wait_for("有异议，等总行裁定").await;
    assert!(!browser.text().await.contains("我有异议"));
    // The link of an old look at the board.
    browser.open(&format!("/object?declaration={declared}")).await;
    browser.wait_for("已经有人提了异议").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_a_sheet_is_objected_to_by_its_place_and_by_the_supervisor() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    browser.expect_error("api/");
    let sheet = village.assess(&[(1, "R01"), (2, "R01"), (3, "D01")]).await;
    village.vote("seat2", &[sheet], Vote::Approve, None).await;
    village.vote("seat3", &[sheet], Vote::Approve, None).await;

    // From behind the address, as a phone's camera opens it; a card of another place is told why not.
    let behind =
        card_path(9).replace("/p/", &format!("/object?declaration={sheet}&row=2#")).replacen('#', "\0", 1);
    browser.open(&behind.replace('#', ".").replace('\0', "#")).await;
    browser.wait_for("提异议的是 00009 号户").await;
    browser.script("document.querySelector('input[value$=NOT_DONE]').click()", Value::Null).await;
    browser.click("看原文，签名").await;
    sign(&browser).await;
    let asked = newest(&village)["object"].clone();
    assert_eq!(asked["household"], json!(home(2).to_string()), "only who objects learns which household");
    assert!(asked.get("statement").is_none_or(Value::is_null), "nothing was said");

    signed_in(&browser, &village, Holder::Person(staff(5)), None).await;
    browser.click("村务监督").await;
    browser.wait_at("/desk/supervisor").await;
    browser.wait_for("00002 号户“门前三包”").await;
    browser.check_fits().await;
    browser.screenshot("supervisor-320").await;
    let id = format!("case-{sheet}-00003");
    assert!(browser.part(&id).await.contains("扣文明评价分 5 分"), "deductions too");
    browser.click_in(&id, "提异议…").await;
    browser.set(&format!("ground-{id}"), "OBJECTION_GROUND_UNJUST_DEDUCTION").await;
    browser.set(&format!("words-{id}"), "当天已经清走").await;
    browser.screenshot("supervisor-320-object").await;
    browser.click_in(&id, "提异议").await;
    sign(&browser).await;
    browser.wait_for("00003 号户“乱堆乱放”").await;
    let asked = newest(&village)["object"].clone();
    assert_eq!(asked["household"], json!(home(3).to_string()));
    assert!(asked["statement"].is_string());
    // Signed in, the page offers that key too, and has it sign for the village.
    browser.visit(&format!("/object?declaration={sheet}&row=1")).await;
    browser.click("用这个身份提异议").await;
    browser.wait_for("提异议的是 支行 5 号工作人员").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_posters_code_opens_the_board() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    let declared = village.declare(1, "R01", 1).await;
    village.approve(&[declared]).await;
    browser.open(BOARD).await;
    browser.screenshot("board-desktop").await;
    browser.scroll_to("poster").await;
    browser.screenshot("board-desktop-below").await;
    browser.click("打印海报").await;
    browser.wait_for("手机扫一扫").await;
    browser.check_fits().await;
    // As the printer gets it: A4 at 96 dots an inch.
    browser.command("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
    let paper = json!({ "width": 688, "height": 1017, "deviceScaleFactor": 1, "mobile": false });
    browser.command("Emulation.setDeviceMetricsOverride", paper).await;
    let picture = browser.screenshot("poster-a4").await;
    let height = browser.script("return document.documentElement.scrollHeight", Value::Null).await;
    assert!(height.as_u64() <= Some(1017), "one sheet: {height}");
    let read = std::process::Command::new("zbarimg").args(["--raw", "--quiet"]).arg(&picture).output();
    let said = read.map(|read| String::from_utf8_lossy(&read.stdout).trim().to_owned());
    let expected = format!("http://{}{BOARD}?s=1", browser.address());
    match said {
        Ok(said) => assert_eq!(said, expected),
        Err(error) => assert!(std::env::var_os("CIVBANK_TESTS_MUST_RUN").is_none(), "no zbarimg: {error}"),
    }
    browser.open(&expected[expected.find("/b/").expect("a path")..]).await;
    assert_eq!(browser.path().await, BOARD, "sent on, so that looking again counts once");
    browser.wait_for("这个月扫码 1 次").await;
    browser.open(BOARD).await;
    browser.wait_for("这个月扫码 1 次").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_made_with_the_card_and_answered_at_the_desk() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    browser.open(BOARD).await;
    browser.click("我要提建议").await;
    browser.wait_at("/suggest?branch=370829199201").await;
    browser.take(1).await;
    browser.wait_for("提建议的是 00001 号户").await;
    browser.fill("想说什么", "村口<b>路灯</b>坏了").await;
    browser.check_fits().await;
    browser.screenshot("suggest-320").await;
    browser.click("看原文，签名").await;
    sign(&browser).await;
    browser.wait_for("收到了").await;
    let number = browser.part("receipt-number").await;
    let asked = newest(&village)["suggest"].clone();
    assert_eq!(asked["branch"], json!("370829199201"));

    signed_in(&browser, &village, Holder::Person(staff(5)), None).await;
    browser.click("答复建议").await;
    browser.wait_at("/desk/suggestions").await;
    browser.wait_for("村口<b>路灯</b>坏了").await;
    let id = format!("suggestion-{number}");
    browser.click_in(&id, "答复").await;
    browser.wait_for("请先写答复").await;
    browser.set(&format!("answer-{number}"), "月底修好").await;
    browser.check_fits().await;
    browser.screenshot("suggestions-320").await;
    browser.click_in(&id, "答复").await;
    sign(&browser).await;
    browser.wait_for("现在没有等着答复的建议").await;
    browser.open(BOARD).await;
    browser.wait_for("收到 1 条，答复了 1 条").await;
    browser.wait_for("月底修好").await;
    assert!(!browser.text().await.contains("路灯"));
    browser.scroll_to("heard").await;
    browser.screenshot("board-320-heard").await;
    // A member without an office that answers sees nothing of it.
    signed_in(&browser, &village, Holder::Person(staff(2)), None).await;
    assert!(!browser.text().await.contains("答复建议"));
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_decides_with_the_card_whether_it_stands_on_the_board() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Old, PHONE).await else { return };
    let declared = village.declare(1, "R01", 1).await;
    village.approve(&[declared]).await;
    village.at("2026-11-20").await;
    browser.open(BOARD).await;
    browser.click("我家上不上榜，自己定").await;
    browser.wait_at("/publicity").await;
    for (now, choice, after) in
        [("现在：不上榜", "同意上榜", "***01 号户"), ("现在：同意上榜", "不上榜", "还没有哪一户")]
    {
        browser.visit("/publicity").await;
        browser.take(1).await;
        browser.wait_for(now).await;
        browser.check_fits().await;
        browser.screenshot("publicity-320").await;
        browser.click(choice).await;
        sign(&browser).await;
        browser.open(BOARD).await;
        browser.wait_for(after).await;
        if choice == "同意上榜" {
            browser.scroll_to("honours").await;
            browser.check_fits().await;
            browser.screenshot("board-320-honours").await;
            browser.scroll_to("record").await;
            browser.screenshot("board-320-record").await;
        }
    }
    // A member decides with a key of their own, and changes their mind without coming again.
    let member = Holder::Person(home(1).member(1).expect("a member"));
    signed_in(&browser, &village, member, Some("246810")).await;
    browser.visit("/publicity").await;
    browser.screenshot("publicity-own-320").await;
    for (now, choice) in [("现在：不上榜", "同意上榜"), ("现在：同意上榜", "不上榜")] {
        browser.click("替00001 号户定").await;
        browser.wait_for(now).await;
        browser.click(choice).await;
        browser.sign(Some("246810")).await;
        browser.wait_for("办成了").await;
        let wanted = json!({ "household": home(1).to_string(), "standings": choice == "同意上榜" });
        assert_eq!(newest(&village)["setPublicity"]["household"], wanted["household"]);
    }
    browser.finish().await;
}

//! The committee's desk in a browser: several at once, one by one, and what the later of two desks is told.

use civbank::bank::command::{Body, Holder};
use civbank::bank::ids::Digest;
use civbank::bank::words::*;
use civbank::documents::DocumentKind;
use serde_json::{Value, json};

use super::{Browser, Kind, PHONE, newest, photograph, signed_in};
use crate::it::web::village::{Village, home, item, staff};

#[tokio::test(flavor = "multi_thread")]
async fn several_at_once_and_one_by_one_with_conflicts_told_before() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    browser.expect_error("api/submit");
    let kin = Body::DeclareKin {
        person: staff(4),
        other: home(3).member(1).expect("a person"),
        relation: KinRelation::Spouse,
    };
    village.try_officer(kin).await.expect("kin");
    let mut range = item("G02", Pillar::Service, ItemKind::Deed, "照看老人", 5);
    range.points_max = 10;
    let fixed = item("R01", Pillar::Living, ItemKind::Deed, "门前三包", 20);
    let (valid_from, items) = (village.engine.now().day(), vec![range, fixed]);
    village.try_officer(Body::PublishCatalogue { branch: None, valid_from, items }).await.expect("items");

    signed_in(&browser, &village, Holder::Person(staff(4)), None).await;
    let picture = photograph(&browser, 400, 300).await;
    let photo = village.engine.documents().put(DocumentKind::Photo, &picture).expect("kept");
    let first = village.declare_with(1, "R01", 1, vec![Digest(*photo.as_bytes())]).await;
    let second = village.declare(2, "R01", 2).await;
    let ranged = village.declare(2, "G02", 3).await;
    let kins = village.declare(3, "R01", 1).await;
    for number in [first, second, ranged, kins] {
        village.review(number, Verdict::Endorse, None).await;
    }

    browser.click("评审会").await;
    browser.wait_at("/desk/committee").await;
    browser.check_fits().await;
    browser.screenshot("committee-320").await;
    browser.script("window.scrollTo(0, 700)", Value::Null).await;
    browser.screenshot("committee-320-below").await;
    let kin_card = browser.part(&format!("case-{kins}")).await;
    assert!(kin_card.contains("亲属") && !kin_card.contains("投不同意票"), "{kin_card}");
    let loaded = "const picture = document.querySelector('.photos img'); picture.scrollIntoView(); \
                  return picture.complete && picture.naturalWidth === 400";
    let began = std::time::Instant::now();
    while browser.script(loaded, Value::Null).await != json!(true) {
        assert!(began.elapsed() < super::PATIENCE, "the photograph is not shown");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    // All at once need one number of points: the page says so before anything is signed.
    browser.click("全部勾选").await;
    browser.click("同意勾选的").await;
    browser.wait_for("请填每份给几分").await;
    browser.click_in(&format!("case-{ranged}"), "勾选，一起表决").await;
    browser.click("同意勾选的").await;
    browser.wait_for("请核对，再签名").await;
    browser.wait_for("同意 2 项").await;
    let shown = browser.part("signing-text").await;
    browser.screenshot("committee-signing-320").await;
    browser.click("签名并提交").await;
    browser.wait_for("办成了：同意 2 项").await;
    browser.wait_for("评委投票：同意").await;
    let written = newest(&village);
    assert_eq!(written, serde_json::from_str::<Value>(&shown).expect("JSON"), "what was shown was signed");
    assert_eq!(written["decide"]["declarations"], json!([first.to_string(), second.to_string()]));
    // The list was looked at again: these two are voted on, the ranged one still waits.
    browser.wait_for("投过票了").await;
    assert!(browser.part(&format!("case-{first}")).await.contains("已投 1 票"));

    // One by one, with points.
    browser.set(&format!("points-{ranged}"), "8").await;
    browser.click_in(&format!("case-{ranged}"), "同意").await;
    browser.wait_for("每份 8 分").await;
    browser.click("签名并提交").await;
    browser.wait_for("办成了：同意：00002 号户").await;
    assert_eq!(newest(&village)["decide"]["points"], json!(8));

    // Two desks at once: this one reads and signs while the others have decided already.
    signed_in(&browser, &village, Holder::Person(staff(3)), None).await;
    browser.visit("/desk/committee?by=item").await;
    browser.click_in(&format!("case-{second}"), "不同意…").await;
    browser.set(&format!("ground-{second}"), "GROUND_NOT_DONE").await;
    browser.click_in(&format!("case-{second}"), "投不同意票").await;
    browser.wait_for("请核对，再签名").await;
    village.vote("seat2", &[first, second], Vote::Approve, None).await;
    let before = village.engine.published().size;
    browser.click("签名并提交").await;
    browser.wait_for("公示中").await;
    assert_eq!(village.engine.published().size, before, "nothing was written");
    let text = browser.text().await;
    assert!(!text.contains("请核对，再签名"), "{text}");
    assert!(!text.contains(&format!("申报 {second} 号 ")), "the list is the newest: {text}");
    assert!(text.contains("照看老人"), "{text}");
    browser.check_fits().await;
    browser.finish().await;
}

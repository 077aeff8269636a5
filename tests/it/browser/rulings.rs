//! The head bank rules on an objection in a browser: the story and the evidence are there, a conflict is told before,
//! and what is signed is what was chosen.

use civbank::bank::command::{Body, Holder};
use civbank::bank::words::*;
use civbank::wire::{Cause, Entry};
use serde_json::{Value, json};

use super::{Browser, Kind, PHONE, signed_in};
use crate::it::web::village::{Village, head, home};

/// The text of the newest command that somebody signed: a notice that is over closes right after a ruling.
fn newest_signed(village: &Village) -> Value {
    let entries = (0..village.engine.published().size).rev();
    let mut causes = entries.map(|index| {
        let entry = village.engine.entry(index).expect("a log").expect("an entry");
        Entry::decode(&entry).expect("an entry").cause
    });
    let signed = causes.find_map(|cause| match cause {
        Cause::Signed(envelope) => Some(envelope),
        _ => None,
    });
    serde_json::from_slice(&signed.expect("a command").payload).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_is_ruled_on_with_its_story_before_the_eyes() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    let officer = head().staff(2).expect("a person");
    let appoint = civbank::bank::command::Appoint {
        person: officer,
        role: Role::Officer,
        branch: officer.branch(),
        chair: false,
        households: Vec::new(),
        valid_until: None,
    };
    village.try_officer(Body::Appoint(appoint)).await.expect("appointed");
    let kin = Body::DeclareKin {
        person: officer,
        other: home(3).member(1).expect("a person"),
        relation: KinRelation::InLaw,
    };
    village.try_officer(kin).await.expect("kin");
    let part = village.declare(1, "F07", 2).await;
    let kins = village.declare(3, "R01", 1).await;
    let paid = village.declare(2, "J05", 1).await;
    village.approve(&[part, kins, paid]).await;
    village.object(part, None, None).await;
    village.object(kins, None, None).await;
    village.at("2026-11-10").await;
    let credited = village.engine.published().size - 1;
    village.object(paid, None, Some(credited)).await;

    signed_in(&browser, &village, Holder::Person(officer), None).await;
    browser.click("总行").await;
    browser.wait_at("/desk/officer").await;
    let wide = "const box = document.querySelector('.wide'); return innerWidth > 640 || box.scrollWidth <= box.clientWidth";
    assert_eq!(browser.script(wide, Value::Null).await, json!(true), "a phone pushes no table about");
    browser.check_fits().await;
    browser.screenshot("officer-320").await;
    browser.wait_for("有 3 条异议").await;
    browser.click("裁定").await;
    browser.wait_at("/desk/rulings").await;
    browser.check_fits().await;
    browser.screenshot("rulings-320").await;
    let case = |number: u64, serial: u32| format!("case-{number}-{}", home(serial));
    let told = browser.part(&case(kins, 3)).await;
    assert!(told.contains("亲属") && !told.contains("怎么裁定"), "{told}");
    let told = browser.part(&case(part, 1)).await;
    for says in [
        "报多了（支行 5 号工作人员）",
        "合理化建议",
        "100 分",
        "还在公示",
        "评委投票：同意",
        "联户党员审核：通过",
    ] {
        assert!(told.contains(says), "{says}: {told}");
    }

    browser.click_in(&case(part, 1), "裁定").await;
    browser.wait_for("请先选怎么裁定").await;
    browser.click_in(&case(part, 1), "部分成立：只留一部分").await;
    browser.click_in(&case(part, 1), "裁定").await;
    browser.wait_for("请填留几分（1～99）").await;
    browser.set(&format!("points-{part}-{}", home(1)), "60").await;
    browser.click_in(&case(part, 1), "裁定").await;
    browser.wait_for("裁定异议部分成立，留 60 分").await;
    browser.screenshot("rulings-signing-320").await;
    browser.click("签名并提交").await;
    browser.wait_for("办成了：裁定异议部分成立").await;
    let signed = newest_signed(&village);
    assert_eq!(signed["rule"]["points"], json!(60));
    assert_eq!(signed["rule"]["ruling"], "RULING_PARTIAL");
    // 100 were set aside; 40 go back to the budget, 60 stand on notice again and are credited in their time.
    let dispute = browser.part(&case(paid, 2)).await;
    assert!(dispute.contains("已经入账") && dispute.contains("入账的分收回"), "{dispute}");
    browser.click_in(&case(paid, 2), "异议成立：入账的分收回").await;
    browser.click_in(&case(paid, 2), "裁定").await;
    browser.sign(None).await;
    browser.wait_for("办成了：裁定异议成立").await;
    browser.wait_for("共 1 条").await;
    let points = village
        .engine
        .read(|view| [1, 2].map(|serial| view.bank.household(home(serial)).map(|book| book.points.balance)));
    assert_eq!(points.await.expect("a bank"), [Ok(60), Ok(0)]);
    browser.check_fits().await;
    browser.finish().await;
}

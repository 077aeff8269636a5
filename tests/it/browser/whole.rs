//! The whole life of a few points in one village, each person with a browser of their own: two deeds declared with the
//! card, endorsed, decided by three, one of them objected to from the board and ruled on, both credited when their notice
//! ends, eggs bought, and the sale checked in the resident's phone. Nothing is written but through pages.

use civbank::bank::command::{Body, Holder};
use civbank::bank::policy::Policy;
use serde_json::{Value, json};

use super::{Browser, DESKTOP, Kind, PHONE, signed_in};
use crate::it::web::busy::{appointed, officer};
use crate::it::web::village::{Village, branch, head, home, liaison, link, staff};

const BOARD: &str = "/b/370829199201";
const PIN: &str = "274619";

/// Declares with the card; answers the declaration's number.
async fn declare(browser: &Browser, code: &str) -> u64 {
    browser.visit("/declare").await;
    browser.take(1).await;
    browser.wait_for("00001 号户申报").await;
    let pick = "document.querySelector(`input[value=${arguments[0]}]`).click()";
    browser.script(pick, json!(code)).await;
    browser.click("看原文，签名").await;
    browser.sign(None).await;
    browser.wait_for("报上去了").await;
    browser.part("receipt-number").await.parse().expect("a number")
}

/// The part of the passbook that says how many points may be spent.
async fn points(browser: &Browser) -> String {
    browser.open(&link(1, 1)).await;
    let text = browser.text().await;
    let after = text.split_once("可兑积分").expect("points").1;
    after.split_whitespace().next().expect("a number").to_owned()
}

/// Two deeds from the card to the notice.
async fn on_notice(village: &Village) -> Option<(u64, u64)> {
    let resident = Browser::start(village, Kind::Today, PHONE).await?;
    let (deed, advice) = (declare(&resident, "R01").await, declare(&resident, "F07").await);
    resident.click("看存折").await;
    resident.wait_for("等联户党员审核").await;
    resident.finish().await;

    let phone = Browser::start(village, Kind::Old, PHONE).await?;
    signed_in(&phone, village, Holder::Person(liaison()), Some(PIN)).await;
    phone.click("审核").await;
    phone.wait_at("/desk/liaison").await;
    for number in [deed, advice] {
        phone.click_in(&format!("case-{number}"), "通过").await;
        phone.sign(Some(PIN)).await;
        phone.wait_for("办成了").await;
    }
    phone.wait_for("现在没有等您审核的").await;
    phone.finish().await;

    for (seat, kind, size) in [(2, Kind::Today, PHONE), (3, Kind::Old, PHONE), (4, Kind::Today, DESKTOP)] {
        let pin = (kind == Kind::Old).then_some(PIN);
        let desk = Browser::start(village, kind, size).await?;
        signed_in(&desk, village, Holder::Person(staff(seat)), pin).await;
        desk.click("评审会").await;
        desk.wait_at("/desk/committee").await;
        desk.wait_for(&format!("已投 {} 票", seat - 2)).await;
        desk.click("全部勾选").await;
        desk.click("同意勾选的").await;
        desk.sign(pin).await;
        desk.wait_for("办成了：同意 2 项").await;
        desk.finish().await;
    }
    Some((deed, advice))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deed_becomes_eggs_and_a_neighbour_is_heard() {
    let village = Village::open().await;
    appointed(&village, "officer 2", officer(), civbank::bank::words::Role::Officer, head(), &[]).await;
    let policy =
        Policy { quorum_min: 3, household_month_points: 0, person_month_points: 0, ..Policy::DEFAULT };
    village.try_officer(Body::SetPolicy { branch: None, policy, bounds: None }).await.expect("set");
    let Some((deed, advice)) = on_notice(&village).await else { return };

    // A neighbour reads the board and says with the own card that it was less than was told.
    let Some(neighbour) = Browser::start(&village, Kind::Old, PHONE).await else { return };
    neighbour.open(BOARD).await;
    neighbour.wait_for("+50 分").await;
    neighbour.click(&format!("我有异议：第 {advice} 号申报，合理化建议")).await;
    neighbour.wait_at(&format!("/object?declaration={advice}")).await;
    neighbour.take(2).await;
    neighbour.wait_for("提异议的是 00002 号户").await;
    neighbour.script("document.querySelector('input[value$=EXAGGERATED]').click()", Value::Null).await;
    neighbour.click("看原文，签名").await;
    neighbour.sign(None).await;
    neighbour.wait_for("异议提上去了").await;
    neighbour.open(BOARD).await;
    neighbour.wait_for("有异议，等总行裁定").await;
    neighbour.wait_for("有人异议").await;
    neighbour.finish().await;

    // The head bank rules: it was worth thirty.
    let Some(desk) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    signed_in(&desk, &village, Holder::Person(officer()), None).await;
    desk.visit("/desk/rulings").await;
    let case = format!("case-{advice}-{}", home(1));
    desk.click_in(&case, "部分成立：只留一部分").await;
    desk.set(&format!("points-{advice}-{}", home(1)), "30").await;
    desk.click_in(&case, "裁定").await;
    desk.sign(None).await;
    desk.wait_for("办成了：裁定异议部分成立").await;
    desk.wait_for("现在没有等裁定的异议").await;
    desk.finish().await;

    // Board and passbook say so, and the notice goes on with thirty.
    let Some(resident) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    resident.open(BOARD).await;
    resident.wait_for("+30 分").await;
    let board = resident.text().await;
    assert!(!board.contains("+50 分") && !board.contains("有异议，等总行裁定"), "{board}");
    assert_eq!(points(&resident).await, "0");
    resident.wait_for("期满后入账 30 分").await;
    village.at("2026-11-12").await;
    assert_eq!(points(&resident).await, "50");
    for earned in ["+50 分", "公示期满入账：门前三包", "合理化建议 ×1（申报"] {
        resident.wait_for(earned).await;
    }
    resident.screenshot("whole-passbook").await;
    resident.finish().await;

    // Eggs, at the shop's own device.
    let Some(till) = Browser::start(&village, Kind::Old, DESKTOP).await else { return };
    signed_in(&till, &village, Holder::Terminal(branch().terminal(1).expect("a terminal")), Some(PIN)).await;
    till.click("收银台").await;
    till.wait_at("/till").await;
    till.take(1).await;
    till.wait_for("50 分可用").await;
    till.click_in("goods-egg", "＋").await;
    till.click_in("goods-egg", "＋").await;
    till.click("收积分").await;
    till.sign(Some(PIN)).await;
    till.wait_for("还剩 40 分。").await;
    till.wait_for("终端和存折都签了名").await;
    let told = till.part("receipt-where").await;
    let sale =
        told.split_once("账目 ").and_then(|(_, rest)| rest.split_once(' ')).expect("a number").0.to_owned();
    till.finish().await;

    // The resident checks that very line, and the ones that led to it, in their own phone.
    let Some(resident) = Browser::start(&village, Kind::Old, PHONE).await else { return };
    assert_eq!(points(&resident).await, "40");
    resident.click(&format!("账目 {sale} 号，核对")).await;
    resident.wait_for("鸡蛋").await;
    resident.click("在这部手机上核对").await;
    resident.wait_for("核对无误").await;
    resident.check_fits().await;
    resident.screenshot("whole-line").await;
    // The line of the advice tells the objection and the ruling; the phone knows the log by now.
    let credited = resident_line(&village, advice);
    resident.open(&format!("{}?line={credited}", link(1, 1))).await;
    for told in ["联户党员审核", "评委投票", "异议", "裁定"] {
        resident.wait_for(told).await;
    }
    resident.click("在这部手机上核对").await;
    resident.wait_for("核对无误").await;
    resident.open(BOARD).await;
    resident.wait_for("已经兑换").await;
    let board = resident.text().await;
    assert!(board.contains("现在没有正在公示的"), "{board}");
    resident.finish().await;
    assert_ne!(deed, advice);
}

/// The entry that ended a declaration's notice.
fn resident_line(village: &Village, declaration: u64) -> u64 {
    use civbank::bank::command::SystemCommand;
    let ends = |index: &u64| {
        let entry = village.engine.entry(*index).expect("a log").expect("an entry");
        let cause = civbank::wire::Entry::decode(&entry).expect("an entry").cause;
        let civbank::wire::Cause::System(SystemCommand::CloseNotice { declarations }) = cause else {
            return false;
        };
        declarations.contains(&declaration)
    };
    (0..village.engine.published().size).rev().find(ends).expect("credited")
}

//! The liaison's desk in a browser, with the keyboard alone.

use civbank::bank::command::Holder;
use serde_json::{Value, json};

use super::{Browser, Kind, PHONE, newest, signed_in};
use crate::it::web::village::{Village, liaison};

#[tokio::test(flavor = "multi_thread")]
async fn a_liaison_endorses_returns_and_refuses() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    let mut numbers = Vec::new();
    for serial in [1, 2, 3] {
        numbers.push(village.declare(serial, "G01", 1).await);
    }
    signed_in(&browser, &village, Holder::Person(liaison()), None).await;
    browser.click("审核").await;
    browser.wait_at("/desk/liaison").await;
    browser.check_fits().await;
    browser.screenshot("liaison-320").await;

    // The keyboard comes to the button, and the signature's heading has the focus next.
    let focus = "const button = document.getElementById(arguments[0]).querySelector('button[data-act=endorse]'); \
                 button.focus(); return document.activeElement === button";
    assert_eq!(browser.script(focus, json!(format!("case-{}", numbers[0]))).await, json!(true));
    browser.key("\u{e007}").await;
    browser.wait_for("请核对，再签名").await;
    let focused = browser.script("return document.activeElement.id", Value::Null).await;
    assert_eq!(focused, json!("signing-title"));
    browser.click("签名并提交").await;
    browser.wait_for("办成了：审核通过").await;
    assert_eq!(newest(&village)["review"]["verdict"], "REVIEW_VERDICT_ENDORSE");
    browser.wait_for("等您审核的 2 项").await;

    let card = format!("case-{}", numbers[1]);
    browser.click_in(&card, "退回补充…").await;
    browser.click_in(&card, "退回").await;
    browser.wait_for("请先选理由").await;
    browser.set(&format!("return-{}", numbers[1]), "GROUND_EVIDENCE_UNCLEAR").await;
    browser.click_in(&card, "退回").await;
    browser.wait_for("退回补充（凭证看不清）").await;
    browser.click("签名并提交").await;
    browser.wait_for("等您审核的 1 项").await;

    let card = format!("case-{}", numbers[2]);
    browser.click_in(&card, "不通过…").await;
    browser.set(&format!("refuse-{}", numbers[2]), "GROUND_NOT_DONE").await;
    browser.click_in(&card, "审核不通过").await;
    browser.sign(None).await;
    browser.wait_for("现在没有等您审核的").await;
    let review = newest(&village)["review"].clone();
    assert_eq!(
        (&review["verdict"], &review["ground"]),
        (&json!("REVIEW_VERDICT_REFUSE"), &json!("GROUND_NOT_DONE"))
    );
    browser.check_fits().await;
    browser.finish().await;
}

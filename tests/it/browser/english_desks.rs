//! The desks in a browser that prefers English: a vote, points for money, a sheet with faults and its passbooks, and a
//! sale whose slip is in the resident's language all the same.

use serde_json::{Value, json};

use super::english::prefer_english;
use super::till::pick;
use super::{Browser, Kind, PHONE, newest, signed_in};
use crate::it::web::busy::{Busy, holder};

/// A busy village, and a reader of English before its desks.
async fn opened() -> Option<(Busy, Browser)> {
    let busy = Busy::open("").await;
    let browser = Browser::start(&busy.village, Kind::Today, PHONE).await?;
    prefer_english(&browser).await;
    Some((busy, browser))
}

/// Signed in as one of the village's people.
async fn sits(browser: &Browser, busy: &Busy, who: &str) {
    signed_in(browser, &busy.village, holder(who), None).await;
}

/// A page in English, on a phone and on a desk.
async fn looked_at(browser: &Browser, path: &str, says: &str) {
    let name = path.rsplit('/').next().expect("a name");
    browser.visit(path).await;
    browser.wait_for(says).await;
    assert_eq!(browser.script("return document.documentElement.lang", Value::Null).await, json!("en"));
    for (width, height) in [(1100, 800), PHONE] {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        browser.command("Emulation.setDeviceMetricsOverride", metrics).await;
        browser.check_fits().await;
        // A phone zooms out of a page that is too wide, and its window is then as wide.
        let wide = browser.script("return document.documentElement.scrollWidth", Value::Null).await;
        assert!(wide.as_u64() <= Some(width.into()), "{path} is {wide} wide at {width}");
        browser.screenshot(&format!("english-{name}-{width}")).await;
    }
}

async fn sign(browser: &Browser) {
    browser.wait_for("Check, then sign").await;
    browser.check_fits().await;
    browser.sign(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_verdicts_and_budget_in_english() {
    let Some((busy, browser)) = opened().await else { return };
    sits(&browser, &busy, "seat2").await;
    looked_at(&browser, "/desk/committee", "Waiting for your vote: ").await;
    let case = format!("case-{}", busy.endorsed);
    browser.click_in(&case, "Approve").await;
    browser.wait_for("Type the points for each: Household 00002").await;
    browser.set(&format!("points-{}", busy.endorsed), "8").await;
    browser.click_in(&case, "Approve").await;
    browser.wait_for("Approve: Household 00002").await;
    sign(&browser).await;
    browser.wait_for("Done: Approve: Household 00002").await;
    browser.wait_for("8 points for each").await;
    assert_eq!(newest(&busy.village)["decide"]["points"], json!(8));

    sits(&browser, &busy, "liaison").await;
    looked_at(&browser, "/desk/liaison", "waiting for your review").await;
    browser.click_in(&format!("case-{}", busy.declared), "Endorse").await;
    sign(&browser).await;
    browser.wait_for("Done: Endorse: Household 00001").await;

    sits(&browser, &busy, "supervisor").await;
    looked_at(&browser, "/desk/supervisor", "on notice").await;
    looked_at(&browser, "/desk/suggestions", "Waiting for an answer").await;
    sits(&browser, &busy, "officer").await;
    for (path, says) in [
        ("/desk/officer", "Waiting for the head bank: "),
        ("/desk/rulings", "Its story, step by step"),
        ("/desk/roles", "Invitations that wait"),
        ("/desk/catalogue", "The next version"),
        ("/desk/budget", "Not given yet"),
    ] {
        looked_at(&browser, path, says).await;
    }
    browser.click("See what it would do, then sign").await;
    browser.wait_for("Type yuan with at most two decimals").await;
    browser.set("fund-source", "FUND_SOURCE_TOWN").await;
    browser.fill("How many yuan came in", "160.50").await;
    browser.fill("How many points are issued", "2000").await;
    browser.click("See what it would do, then sign").await;
    sign(&browser).await;
    browser.wait_for("Done: ").await;
    let said = browser.part("said").await;
    assert!(
        said.contains("2000 points") && !crate::it::words::has_chinese(&said.replace("前进村", "")),
        "{said}"
    );
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_with_english_headings_and_cards_in_chinese() {
    let Some((busy, browser)) = opened().await else { return };
    sits(&browser, &busy, "clerk").await;
    looked_at(&browser, "/desk/import", "1. Choose the sheet").await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sheet.csv");
    std::fs::write(&file, "household,members\n00001,Li Fang\n0x,Wang Xiaoming\n").expect("written");
    browser.attach("file", &file).await;
    browser.click("Check").await;
    browser.wait_for("2 places in the sheet have to be mended. Nothing was done").await;
    let faults = browser.part("fault-rows").await;
    assert!(faults.contains("Line 2") && faults.contains("Column A"), "{faults}");
    assert!(faults.contains("has a book already") && !crate::it::words::has_chinese(&faults), "{faults}");
    browser.check_fits().await;
    browser.screenshot("english-import-faults").await;
    std::fs::write(&file, "household,members\n00101,\"Wang Xiaoming, 李芳\"\n").expect("written");
    browser.attach("file", &file).await;
    browser.click("Check").await;
    browser.wait_for("Checked, and nothing is wrong").await;
    browser
        .click_in("agree", "All these households agreed to join in writing, and the branch keeps the papers")
        .await;
    browser.click("Sign and open").await;
    browser.wait_for("all books are open").await;
    browser.click("Print the passbooks").await;
    browser.wait_at("/desk/cards").await;
    browser.wait_for("1 to 1 of 1, sheets of A4: 1").await;
    // What the resident takes home is in the resident's language.
    let paper = browser.part("paper").await;
    assert!(paper.contains("00101 号户") && paper.contains("文明存折 · 2 人"), "{paper}");
    browser.check_fits().await;
    browser.screenshot("english-cards").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_in_english_and_its_slip_in_chinese() {
    let Some((busy, browser)) = opened().await else { return };
    sits(&browser, &busy, "till").await;
    looked_at(&browser, "/till", "Scan the passbook").await;
    browser.take(1).await;
    browser.wait_for("Household 00001 (前进村)").await;
    browser.wait_for("points to spend").await;
    pick(&browser, "egg", 2).await;
    browser.wait_for("points will be left.").await;
    browser.check_fits().await;
    browser.screenshot("english-till-goods").await;
    browser.click("Take the points").await;
    browser.wait_for("Household 00001 buys 鸡蛋 2 次, 10 points in all").await;
    sign(&browser).await;
    browser.wait_for("Next customer").await;
    assert_eq!(browser.part("receipt-title").await, "Done");
    assert_eq!(browser.part("receipt-who").await, "00001 号户换 鸡蛋 2 次，共 10 分");
    let place = browser.part("receipt-where").await;
    assert!(place.starts_with("前进村，1 号终端，") && place.ends_with("终端和存折都签了名。"), "{place}");
    browser.check_fits().await;
    browser.screenshot("english-till-receipt").await;
    // On paper the heading is the resident's too.
    browser.command("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
    let printed = "const seen = (id) => document.getElementById(id).checkVisibility(); \
                   return [seen('receipt-title'), seen('receipt-kind')]";
    assert_eq!(browser.script(printed, Value::Null).await, json!([false, true]));
    assert_eq!(browser.part("receipt-kind").await, "换好了");
    browser.command("Emulation.setEmulatedMedia", json!({ "media": "" })).await;

    let number = newest(&busy.village)["redeem"]["household"].clone();
    assert_eq!(number, json!("370829199201-00001"));
    browser.click("Next customer").await;
    browser.set("counted-egg", "1").await;
    browser.wait_for("on the shelf, ").await;
    browser.finish().await;
}

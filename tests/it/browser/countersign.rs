//! What two people sign on two devices: the count at shift close, and a sale to a cashier's own household.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use civbank::bank::command::{Appoint, Body, Holder};
use civbank::bank::words::Role;
use serde_json::{Value, json};

use super::till::{opened, pick, points, signers, stock, take};
use super::{Browser, Kind, PHONE, enrolled, size};
use crate::it::web::village::{Village, branch, home, staff};

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_closes_with_a_count_that_two_sign() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    browser.expect_error("api/submit");
    // The supervisor keeps a key in the same browser: the village has one device.
    let witness = enrolled(&browser, &village, Holder::Person(staff(5)), None).await;
    let other = enrolled(&browser, &village, Holder::Person(staff(2)), None).await;
    opened(&browser, &village, None).await;
    browser.click("点完了，看差多少，签名").await;
    browser.wait_for("请先填实有的数").await;
    browser.set("counted-egg", "9998").await;
    browser.set("counted-oil", "10000").await;
    browser.wait_for("鸡蛋 账上 10000、实有 9998，少 2 个；1 种对得上").await;
    browser.script("document.getElementById('shift').scrollIntoView()", Value::Null).await;
    browser.check_fits().await;
    browser.screenshot("till-count-320").await;
    let before = size(&village);
    browser.click("点完了，看差多少，签名").await;
    browser.sign(None).await;
    browser.wait_for("请文书或监委再签一次").await;
    assert_eq!(size(&village), before, "one signature counts nothing");
    let link = browser.script("return document.getElementById('handover-link').value", Value::Null).await;
    let (_, half) = link.as_str().and_then(|link| link.split_once("/countersign#")).expect("a link");
    let text = half.split('.').next().map(|text| URL_SAFE_NO_PAD.decode(text).expect("base64url"));
    let text = text.expect("a text");
    assert!(String::from_utf8(text).expect("UTF-8").contains("stockCount"));
    browser.check_fits().await;
    browser.screenshot("till-handover-320").await;

    browser.click("就在这台设备上签").await;
    browser.wait_for("前进村点货").await;
    browser.wait_for("少 2").await;
    let choose = "const select = document.getElementById('asked-key'); select.value = arguments[0]; return select.value";
    assert_eq!(browser.script(choose, json!(witness.to_string())).await, json!(witness.to_string()));
    browser.check_fits().await;
    browser.screenshot("countersign-320").await;
    browser.click("看原文，签名").await;
    browser.sign(None).await;
    browser.wait_for("记上了").await;
    assert_eq!(size(&village), before + 1);
    assert_eq!((stock(&village, "egg").await, stock(&village, "oil").await), (9_998, 10_000));
    assert_eq!(signers(&village).len(), 2);
    assert!(signers(&village).contains(&witness.to_string()));
    assert_eq!(browser.path().await, "/countersign", "the address is clean");

    // A witness who is neither clerk nor supervisor hears so.
    browser.visit("/till").await;
    browser.set("counted-egg", "9997").await;
    browser.click("点完了，看差多少，签名").await;
    browser.sign(None).await;
    browser.click("就在这台设备上签").await;
    browser.wait_for("少 1").await;
    assert_eq!(browser.script(choose, json!(other.to_string())).await, json!(other.to_string()));
    browser.click("看原文，签名").await;
    browser.sign(None).await;
    browser.wait_for("签名不齐").await;
    assert_eq!(size(&village), before + 1, "and nothing is counted");

    browser.open("/countersign#abc").await;
    browser.wait_for("链接里没有要签的").await;
    browser.finish().await;
}

/// A cashier's own house buys at the shop: till and card sign, and a supervisor signs the same bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_cashiers_own_house_is_served_with_a_supervisors_signature() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    browser.expect_error("api/submit");
    village.earn(1, 10).await;
    village.set_pin(1, "2580").await;
    let cashier = Appoint {
        person: home(1).member(1).expect("a member"),
        role: Role::Cashier,
        branch: branch(),
        chair: false,
        households: Vec::new(),
        valid_until: None,
    };
    village.try_officer(Body::Appoint(cashier)).await.expect("appointed");
    let supervisor = enrolled(&browser, &village, Holder::Person(staff(5)), None).await;
    opened(&browser, &village, None).await;
    take(&browser, 1).await;
    pick(&browser, "oil", 1).await;
    // Total and the way to pay stay in sight, wherever one is in the shelf.
    let seen = "scrollTo(0, document.querySelector('#shelf li').getBoundingClientRect().top + scrollY - 300); \
                const bar = document.getElementById('bar').getBoundingClientRect(); \
                return bar.bottom <= innerHeight + 1 && bar.top >= 0";
    assert_eq!(browser.script(seen, Value::Null).await, json!(true));
    assert_eq!(browser.part("bar-total").await, "190");
    browser.screenshot("till-bar-320").await;
    browser.click("结账").await;
    browser.fill("存折密码（请本人来按）", "2580").await;
    let before = size(&village);
    browser.click("收积分").await;
    browser.sign(None).await;
    browser.wait_for("收银员自家在这里换东西").await;
    browser.check_fits().await;
    browser.screenshot("till-cosign-320").await;
    browser.click("请监委一起签").await;
    browser.sign(None).await;
    browser.wait_for("15 分钟内有效").await;
    assert_eq!(size(&village), before, "two signatures are not enough");
    browser.check_fits().await;
    browser.screenshot("till-cosign-handover-320").await;
    assert_ne!(
        browser.script("return document.querySelector('#handover-code svg')", Value::Null).await,
        Value::Null
    );

    browser.click("就在这台设备上签").await;
    browser.wait_for("00001 号户在前进村换东西").await;
    browser.wait_for("190").await;
    let choose = "const select = document.getElementById('asked-key'); select.value = arguments[0]; return select.value";
    assert_eq!(browser.script(choose, json!(supervisor.to_string())).await, json!(supervisor.to_string()));
    browser.check_fits().await;
    browser.screenshot("cosign-320").await;
    browser.fill("存折密码（要密码的，请本人来按）", "2580").await;
    browser.click("看原文，签名").await;
    browser.sign(None).await;
    browser.wait_for("记上了").await;
    assert_eq!((size(&village), points(&village, 1).await), (before + 1, 310));
    let who = signers(&village);
    assert!(who.len() == 3 && who.contains(&supervisor.to_string()), "{who:?}");
    browser.finish().await;
}

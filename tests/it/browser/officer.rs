//! The head bank's desk in a browser: an invitation whose link never was on the server, offices and keys, a catalogue
//! whose changes are shown before they are signed, and points against money.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use civbank::bank::command::{Body, Holder};
use civbank::bank::effects::Account;
use civbank::bank::ids::{PersonId, PublicKey};
use civbank::bank::words::*;
use civbank::documents::{Address, DocumentKind};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::import::scanned;
use super::{Browser, DESKTOP, Kind, PHONE, newest, photograph, signed_in};
use crate::it::web::village::{Village, branch, head, key, staff};

/// A second officer, signed in in this browser.
async fn officer(browser: &Browser, village: &Village) -> PersonId {
    let officer = head().staff(2).expect("a person");
    let appoint = civbank::bank::command::Appoint {
        person: officer,
        role: Role::Officer,
        branch: head(),
        chair: false,
        households: Vec::new(),
        valid_until: None,
    };
    village.try_officer(Body::Appoint(appoint)).await.expect("appointed");
    signed_in(browser, village, Holder::Person(officer), None).await;
    officer
}

/// The list is looked at again after each step: waits until a part says this, or says it no more.
async fn wait_part(browser: &Browser, id: &str, text: &str, says: bool) {
    let began = std::time::Instant::now();
    while browser.part(id).await.contains(text) != says {
        assert!(began.elapsed() < super::PATIENCE, "{id}: {text}: {}", browser.part(id).await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn sign(browser: &Browser, words: &str) {
    browser.wait_for("请核对，再签名").await;
    browser.wait_for(words).await;
    browser.click("签名并提交").await;
    browser.wait_for(&format!("办成了：{words}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_invited_appointed_and_dismissed_and_a_key_revoked() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    officer(&browser, &village).await;
    browser.visit("/desk/roles").await;
    browser.check_fits().await;
    browser.screenshot("roles-320").await;
    browser.set("who-branch", &branch().to_string()).await;
    browser.click("邀请：登记一把新密钥").await;
    browser.set("invite-days", "31").await;
    browser.click_in("who", "邀请").await;
    browser.wait_for("还没有填好").await;
    assert_eq!(browser.part("who-number-bad").await, "请填 1～99。");
    assert_eq!(browser.part("invite-days-bad").await, "请填 1～30。");
    browser.set("who-number", "6").await;
    browser.set("invite-days", "30").await;
    browser.click_in("who", "邀请").await;
    sign(&browser, "邀请前进村（370829199201） 6 号工作人员登记密钥，30 天内接受").await;
    browser.wait_for("邀请做好了").await;
    browser.check_fits().await;
    browser.screenshot("roles-link-320").await;
    let link = browser.script("return document.getElementById('link').value", Value::Null).await;
    let link = link.as_str().expect("a link").to_owned();
    let seed = link.strip_prefix(&format!("http://{}/join#", browser.address())).expect("a link of ours");
    let seed: [u8; 32] = URL_SAFE_NO_PAD.decode(seed).expect("base64url").try_into().expect("32 bytes");
    let invitation = PublicKey(SigningKey::from_bytes(&seed).verifying_key().to_bytes());
    assert!(!newest(&village).to_string().contains(&STANDARD.encode(seed)), "the log holds the seed");
    let known = village.engine.read(|view| view.bank.invitation(&invitation).map(|known| known.holder)).await;
    assert_eq!(known.expect("a bank"), Some(Holder::Person(staff(6))));
    let box_of = "const qr = document.querySelector('#link-qr .qr'); qr.scrollIntoView(); \
                  const box = qr.getBoundingClientRect(); \
                  return { x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height, scale: 2 }";
    let clip = browser.script(box_of, Value::Null).await;
    let picture = browser.command("Page.captureScreenshot", json!({ "clip": clip })).await;
    let picture = STANDARD.decode(picture["data"].as_str().expect("a picture")).expect("base64");
    let file = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots/invite-qr.png");
    std::fs::write(&file, picture).expect("written");
    if let Some(text) = scanned(&file) {
        assert_eq!(text, link);
    }

    browser.click("任命：给一个职务").await;
    browser.set("appoint-branch", &branch().to_string()).await;
    browser.set("appoint-role", "ROLE_CASHIER").await;
    browser.click_in("who", "任命").await;
    sign(&browser, "任命前进村（370829199201） 6 号工作人员：前进村（370829199201）超市收银").await;
    let id = format!("holder-{}", staff(6));
    wait_part(&browser, &id, "超市收银", true).await;
    browser.click_in(&id, "免去").await;
    sign(&browser, "免去前进村 支行 6 号工作人员的职务：超市收银").await;
    wait_part(&browser, &id, "超市收银", false).await;
    browser.click("取消邀请").await;
    browser.sign(None).await;
    browser.wait_for("办成了：取消邀请").await;
    let seat = format!("holder-{}", staff(4));
    browser.click_in(&seat, "作废这把密钥…").await;
    browser.click_in(&seat, "作废").await;
    browser.wait_for("请先选理由").await;
    let public = PublicKey(key("seat4").verifying_key().to_bytes());
    browser.set(&format!("ground-{}", &public.to_string()[..8]), "REVOCATION_GROUND_STOLEN").await;
    browser.click_in(&seat, "作废").await;
    sign(&browser, "作废前进村 支行 4 号工作人员的密钥").await;
    wait_part(&browser, &seat, "已作废", true).await;
    let (revoked, open) = village
        .engine
        .read(|view| {
            (view.bank.key(&public).map(|key| key.revoked), view.bank.open_invitations(view.now).count())
        })
        .await
        .expect("a bank");
    assert_eq!((revoked, open), (Some(true), 0));
    browser.check_fits().await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_shows_what_changes_before_it_is_signed() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    browser.expect_error("api/preview");
    officer(&browser, &village).await;
    browser.visit("/desk/catalogue").await;
    browser.check_fits().await;
    browser.screenshot("catalogue-320").await;
    browser.click("看看改了什么").await;
    browser.wait_for("没有要发布的").await;
    browser.click_in("item-R01", "改").await;
    browser.set("f-pointsMax", "10").await;
    browser.set("f-capCount", "x").await;
    browser.click("放进草稿").await;
    browser.wait_for("还没有填好").await;
    assert_eq!(browser.part("f-pointsMax-bad").await, "不能比最少还少。");
    assert_eq!(browser.part("f-capCount-bad").await, "请填整数，0～10000。");
    browser.screenshot("catalogue-item-320").await;
    browser.set("f-pointsMax", "25").await;
    browser.set("f-capCount", "0").await;
    browser.set("f-title", "门前三包 <b>检查</b>").await;
    browser.click("放进草稿").await;
    browser.wait_for("放进草稿了：R01").await;
    browser.click_in("item-V07", "删去").await;
    browser.click("加一项").await;
    browser.set("f-code", "G04").await;
    browser.set("f-title", "助老助残").await;
    browser.set("f-pillar", "PILLAR_SERVICE").await;
    browser.set("f-pointsMin", "15").await;
    browser.set("f-pointsMax", "15").await;
    browser.set("f-measure", "小时").await;
    browser.set("f-capWindow", "CAP_WINDOW_MONTH").await;
    browser.click("放进草稿").await;
    browser.wait_for("放进草稿了：G04").await;
    browser.set("from", "2026-12-01").await;
    // The page is left, and the draft is there again.
    browser.visit("/desk").await;
    browser.visit("/desk/catalogue").await;
    browser.wait_for("这是上次没有发布的草稿").await;
    assert!(browser.part("item-G04").await.contains("助老助残") && !browser.text().await.contains("V07"));
    browser.screenshot("catalogue-kept-320").await;
    // A month's cap of none: only the rules know that, and say so at the field.
    browser.click("看看改了什么").await;
    browser.wait_for("填得不对").await;
    assert!(browser.part("f-capCount-bad").await.contains("0"), "{}", browser.text().await);
    browser.set("f-capCount", "20").await;
    browser.click("放进草稿").await;
    browser.click("看看改了什么").await;
    for says in [
        "R01 门前三包 <b>检查</b>：名称：门前三包 → 门前三包 <b>检查</b>；最多几分：20 → 25",
        "新加 G04 助老助残（15 分）",
        "删去 V07 积分造假",
        "发布积分目录第 2 版，共 8 项，2026年12月1日起用",
    ] {
        browser.wait_for(says).await;
    }
    browser.check_fits().await;
    browser.screenshot("catalogue-changes-320").await;
    browser.click("签名发布").await;
    sign(&browser, "发布明德镇文明银行总行的目录，共 8 项，2026-12-01 起用，改 3 处").await;
    browser.wait_for("待用").await;
    let kept = "return [localStorage.length, document.getElementById('kept').hidden]";
    assert_eq!(browser.script(kept, Value::Null).await, json!([0, true]), "what was signed is no draft");
    let points = village.engine.read(|view| {
        let day: civbank::bank::time::Day = "2026-12-01".parse().expect("a day");
        let max = |on| {
            view.bank.item(branch(), "R01".parse().expect("a code"), on).map(|(_, item)| item.points_max)
        };
        (max(view.now.day()), max(day))
    });
    assert_eq!(points.await.expect("a bank"), (Ok(20), Ok(25)));

    // A village's own list stays within half and one and a half of the head bank's.
    let own = format!("/desk/catalogue?branch={}", branch());
    browser.visit(&own).await;
    browser.click("加一项").await;
    for (field, value) in [
        ("f-code", "J05"),
        ("f-title", "家风家训"),
        ("f-pillar", "PILLAR_FAMILY"),
        ("f-pointsMin", "30"),
        ("f-pointsMax", "46"),
    ] {
        browser.set(field, value).await;
    }
    browser.click("放进草稿").await;
    browser.click("看看改了什么").await;
    browser.wait_for("45").await;
    assert!(!browser.part("f-pointsMin-bad").await.is_empty(), "{}", browser.text().await);
    // A draft that nobody wants any more.
    browser.visit(&own).await;
    browser.wait_for("J05 家风家训").await;
    browser.click("不要了，从最新一版改起").await;
    assert!(!browser.text().await.contains("家风家训"));
    assert_eq!(browser.script(kept, Value::Null).await, json!([0, true]));
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn points_are_issued_against_money_with_a_voucher() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    officer(&browser, &village).await;
    browser.visit("/desk/officer").await;
    browser.screenshot("officer-1280").await;
    browser.click("预算").await;
    browser.wait_at("/desk/budget").await;
    browser.click("看看会怎样，再签名").await;
    browser.wait_for("还没有填好").await;
    assert!(browser.part("fund-yuan-bad").await.contains("最多两位小数"));
    browser.set("fund-branch", &branch().to_string()).await;
    browser.set("fund-source", "FUND_SOURCE_DONATION").await;
    browser.set("fund-yuan", "1600.5").await;
    browser.set("fund-points", "10000").await;
    let picture = photograph(&browser, 300, 200).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("voucher.jpg");
    std::fs::write(&file, picture).expect("written");
    browser.attach("fund-voucher", &file).await;
    browser.click("看看会怎样，再签名").await;
    browser.screenshot("budget-1280").await;
    sign(&browser, "拨付前进村积分预算").await;
    let signed = newest(&village);
    let asked = &signed["fundBudget"];
    assert_eq!((&asked["fen"], &asked["points"]), (&json!("160050"), &json!("10000")));
    let voucher = STANDARD.decode(asked["voucher"].as_str().expect("a voucher")).expect("base64");
    let voucher = Address::from_bytes(voucher.try_into().expect("32 bytes"));
    let (kind, _) = village.engine.documents().get(voucher).expect("documents").expect("kept");
    assert_eq!(kind, DocumentKind::Record);
    let budget =
        village.engine.read(|view| view.bank.account(Account::Budget(branch()), Unit::Points).balance);
    assert_eq!(budget.await.expect("a bank"), 110_000);
    browser.wait_for("110000 分").await;
    browser.check_fits().await;
    browser.finish().await;
}

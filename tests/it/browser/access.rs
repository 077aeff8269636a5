//! Every page and every state that a person brings one into, before axe-core and the keyboard: no violation of WCAG 2.2
//! at levels A and AA, light and dark, on a phone and on a desk. The village's texts are full of markup, so that pages
//! that scripts write are seen to keep it as text.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::axe::Judge;
use super::english::prefer_english;
use super::{Browser, Kind, PHONE, enrolled, photograph, signed_in};
use crate::it::web::busy::{Busy, FILES, HOSTILE, holder, pages};
use crate::it::web::routes::{Method, routes};
use crate::it::web::village::{branch, key};

/// A browser before a busy village, and its judge; none where either is missing.
async fn court() -> Option<(Busy, Browser, Judge)> {
    court_of(Kind::Today).await
}

/// The same with a browser of some kind.
async fn court_of(kind: Kind) -> Option<(Busy, Browser, Judge)> {
    let busy = Busy::open(HOSTILE).await;
    let mut browser = Browser::start(&busy.village, kind, PHONE).await?;
    // Pages that are not there, a desk that is another's, and questions that hear a no.
    browser.expect_error("the server responded with a status of 40");
    let judge = Judge::start(&browser).await?;
    Some((busy, browser, judge))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_judge_finds_what_is_planted() {
    let Some((_busy, browser, mut judge)) = court().await else { return };
    for (fault, found) in [
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
        ("document.querySelector('main').insertAdjacentHTML('beforeend', '<input>')", "label"),
        ("document.querySelector('a').textContent = ''", "link-name"),
        (
            "document.querySelector('h1').hidden = true; document.querySelectorAll('p').forEach((one) => one.setAttribute('role', 'x'))",
            "aria-roles",
        ),
        (
            "document.querySelector('main p').insertAdjacentHTML('beforeend', '<i hit>x</i>')",
            "has become markup",
        ),
        ("document.querySelector('main p').style.color = '#999'", "color-contrast"),
        ("document.querySelector('main a').style.outline = 'none'", "its focus is not seen"),
        ("document.querySelector('a').tabIndex = -1", "the keyboard does not reach"),
        (
            "document.querySelector('main').insertAdjacentHTML('beforeend', '<svg width=900 height=9></svg>')",
            "sticks out",
        ),
    ] {
        browser.open("/").await;
        browser.script(fault, Value::Null).await;
        judge.look(&browser, "planted").await;
        assert!(judge.found(found), "{fault}");
    }
    judge.end();
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_as_it_opens() {
    as_they_open(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_as_it_opens_in_english() {
    as_they_open(true).await;
}

async fn as_they_open(english: bool) {
    let Some((busy, browser, mut judge)) = court().await else { return };
    if english {
        prefer_english(&browser).await;
    }
    let (mut seen, mut here) = (BTreeSet::new(), None);
    let mut pages = pages(&busy);
    // Signed in once for each: whoever signs in next is who is here.
    pages.sort_by_key(|page| page.who);
    for page in &pages {
        if page.who != here {
            let holder = holder(page.who.expect("nobody comes first"));
            signed_in(&browser, &busy.village, holder, None).await;
            here = page.who;
        }
        browser.open(&page.address).await;
        if page.status == 200
            && page.runs != crate::it::web::busy::Runs::Read
            && !page.address.contains("line=")
        {
            browser.wait_at(&page.address).await;
        }
        judge.look(&browser, &format!("{} as {:?}", page.address, page.who)).await;
        seen.insert(page.route.to_owned());
    }
    let gets = routes().into_iter().filter(|(method, _)| *method == Method::Get).map(|(_, path)| path);
    let forgotten: Vec<String> =
        gets.filter(|path| !seen.contains(path) && !FILES.contains(&path.as_str())).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
    assert!(judge.judged >= 40, "{}", judge.judged);
    judge.end();
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_resident_comes_to_with_the_card() {
    let Some((busy, browser, mut judge)) = court().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    browser.visit("/declare").await;
    browser.take_link("nothing").await;
    browser.wait_for("链接不完整").await;
    judge.look(&browser, "declare: a wrong card").await;
    browser.take(2).await;
    browser.wait_for("00002 号户申报").await;
    let file = folder.path().join("taken.jpg");
    std::fs::write(&file, photograph(&browser, 600, 400).await).expect("a file");
    browser.script("document.querySelector('input[value=G02]').click()", Value::Null).await;
    browser.attach("photos", &file).await;
    browser.wait_for("去掉照片 1").await;
    judge.look(&browser, "declare: filled in").await;
    browser.click("看原文，签名").await;
    browser.wait_for("请核对，再签名").await;
    judge.look(&browser, "declare: signing").await;
    browser.click("签名并提交").await;
    browser.wait_for("报上去了").await;
    judge.look(&browser, "declare: done").await;

    browser.visit(&format!("/object?declaration={}&row=1", busy.sheet)).await;
    browser.take(2).await;
    browser.wait_for("提异议的是 00002 号户").await;
    judge.look(&browser, "object: filled in").await;
    browser.script("document.querySelector('input[value$=NOT_DONE]').click()", Value::Null).await;
    browser.fill("说明（可以不写）", HOSTILE).await;
    browser.click("看原文，签名").await;
    browser.sign(None).await;
    browser.wait_for("异议提上去了").await;
    judge.look(&browser, "object: done").await;

    let suggest = format!("/suggest?branch={}", branch());
    browser.visit(&suggest).await;
    browser.take(3).await;
    browser.wait_for("提建议的是 00003 号户").await;
    judge.look(&browser, "suggest: filled in").await;
    browser.fill("想说什么", HOSTILE).await;
    browser.click("看原文，签名").await;
    browser.sign(None).await;
    browser.wait_for("收到了").await;
    judge.look(&browser, "suggest: done").await;

    browser.visit("/publicity").await;
    browser.take(1).await;
    browser.wait_for("现在：同意上榜").await;
    judge.look(&browser, "publicity: the card taken").await;

    let line = format!("{}?line={}", crate::it::web::village::link(1, 1), busy.line);
    browser.open(&line).await;
    browser.click("在这部手机上核对").await;
    browser.wait_for("核对无误").await;
    judge.look(&browser, "a line, checked").await;
    let lie = "document.querySelector('[data-unit]').dataset.balance = '9999'";
    browser.script(lie, Value::Null).await;
    browser.click("在这部手机上核对").await;
    browser.wait_for("请把这一页拍下来").await;
    judge.look(&browser, "a line, found wrong").await;
    judge.end();
    browser.finish().await;
}

/// Sends nothing, and forgets to ask again by itself, until `window.again()`.
const LOST: &str = "const { fetch, setTimeout } = window; \
    window.fetch = async () => { throw new TypeError('lost'); }; \
    window.setTimeout = (doing, ms, ...more) => (ms === 4000 ? 0 : setTimeout.call(window, doing, ms, ...more)); \
    window.again = () => { window.fetch = fetch; window.setTimeout = setTimeout; }";

#[tokio::test(flavor = "multi_thread")]
async fn what_the_committee_comes_to_and_a_renewed_key() {
    // An old browser: its keys lie under a PIN, which is asked for wherever somebody signs.
    let Some((busy, browser, mut judge)) = court_of(Kind::Old).await else { return };
    let pin = "274619";
    let old = signed_in(&browser, &busy.village, holder("seat3"), Some(pin)).await;
    browser.visit("/desk/committee").await;
    browser.click("全部勾选").await;
    browser.wait_for("已勾选 2 项").await;
    browser.click("同意勾选的").await;
    browser.wait_for("请填每份给几分").await;
    judge.look(&browser, "committee: ticked together, points missing").await;
    browser.set("ground-ticked", "GROUND_NOT_DONE").await;
    browser.click("对勾选的投不同意票").await;
    browser.wait_for("请核对，再签名").await;
    judge.look(&browser, "committee: signing for several").await;
    browser.fill("本机密码", pin).await;
    browser.click("签名并提交").await;
    browser.wait_for("办成了：不同意").await;
    judge.look(&browser, "committee: voted together").await;

    browser.visit("/desk").await;
    browser.fill("新密钥的本机密码", pin).await;
    browser.click("换一把新密钥").await;
    browser.wait_for("请核对，再签名").await;
    judge.look(&browser, "desk: signing for a new key").await;
    browser.fill("本机密码", pin).await;
    browser.click("签名并提交").await;
    browser.wait_for_another_key(&old.to_string()).await;
    judge.look(&browser, "desk: the new key").await;
    judge.end();
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_shop_comes_to() {
    let Some((busy, mut browser, mut judge)) = court().await else { return };
    browser.expect_error("api/submit");
    enrolled(&browser, &busy.village, holder("supervisor"), None).await;
    judge.look(&browser, "sign-in: a key was made").await;
    signed_in(&browser, &busy.village, holder("till"), None).await;
    browser.visit("/till").await;
    browser.take(1).await;
    browser.wait_for("00001 号户").await;
    browser.click_in("goods-egg", "＋").await;
    browser.wait_for("收完还剩").await;
    judge.look(&browser, "till: goods picked").await;
    browser.click("收积分").await;
    browser.wait_for("请核对，再签名").await;
    judge.look(&browser, "till: signing").await;
    browser.click("签名并提交").await;
    browser.wait_for("终端和存折都签了名").await;
    judge.look(&browser, "till: the receipt").await;
    browser.click("下一位").await;
    browser.take(1).await;
    browser.wait_for("00001 号户").await;
    browser.click_in("goods-egg", "＋").await;
    browser.click("收积分").await;
    browser.wait_for("请核对，再签名").await;
    browser.script(LOST, Value::Null).await;
    browser.click("签名并提交").await;
    browser.wait_for("这一笔成没成，还不知道").await;
    judge.look(&browser, "till: a sale without an answer").await;
    // Meanwhile the household has got another card: what the old one signed does not stand.
    busy.village.replace_card(1, 2).await;
    browser.script("window.again()", Value::Null).await;
    browser.click("马上再问").await;
    browser.wait_for("这一笔没有成").await;
    judge.look(&browser, "till: a sale that failed").await;
    browser.click("知道了").await;
    browser.set("counted-egg", "7").await;
    browser.wait_for("实有 7").await;
    judge.look(&browser, "till: counting").await;
    browser.click("点完了，看差多少，签名").await;
    browser.sign(None).await;
    browser.wait_for("请文书或监委再签一次").await;
    judge.look(&browser, "till: handed over").await;
    browser.click("就在这台设备上签").await;
    browser.wait_for("请您当面数过再签").await;
    judge.look(&browser, "countersign: a count").await;
    judge.end();
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_head_bank_and_the_clerk_come_to() {
    let Some((busy, browser, mut judge)) = court().await else { return };
    // Whoever was invited, and what is there once they have accepted.
    let invitation = URL_SAFE_NO_PAD.encode(key("invitation").to_bytes());
    browser.open(&format!("/join#{invitation}")).await;
    browser.wait_for("您收到一份邀请").await;
    judge.look(&browser, "join: an invitation").await;
    browser.click("做密钥，看原文").await;
    browser.wait_for("请核对，再签名").await;
    judge.look(&browser, "join: signing").await;

    signed_in(&browser, &busy.village, holder("officer"), None).await;
    browser.visit("/desk/roles").await;
    browser.set("who-branch", &branch().to_string()).await;
    browser.click("邀请：登记一把新密钥").await;
    browser.click_in("who", "邀请").await;
    browser.wait_for("还没有填好").await;
    judge.look(&browser, "roles: something missing").await;
    browser.set("who-number", "8").await;
    browser.click_in("who", "邀请").await;
    browser.sign(None).await;
    browser.wait_for("邀请做好了").await;
    judge.look(&browser, "roles: a link").await;
    browser.visit("/desk/catalogue").await;
    browser.click_in("item-R01", "改").await;
    browser.set("f-pointsMax", "x").await;
    browser.click("放进草稿").await;
    browser.wait_for("还没有填好").await;
    judge.look(&browser, "catalogue: an item").await;
    browser.set("f-pointsMax", "25").await;
    browser.click("放进草稿").await;
    browser.wait_for("放进草稿了").await;
    browser.set("from", "2026-12-01").await;
    browser.click("看看改了什么").await;
    browser.wait_for("签名发布").await;
    judge.look(&browser, "catalogue: the changes").await;
    browser.visit("/desk/budget").await;
    browser.click("看看会怎样，再签名").await;
    browser.wait_for("还没有填好").await;
    judge.look(&browser, "budget: something missing").await;

    signed_in(&browser, &busy.village, holder("clerk"), None).await;
    browser.visit("/desk/import").await;
    let folder = tempfile::tempdir().expect("a folder");
    for (name, rows, says) in [
        ("<i hit>&.csv", "00100,\n100,王<i hit>\n00001,李芳\n", "什么都没有办"),
        ("good.csv", "00100,王小明、李芳\n00101,张建国\n", "检查过了"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("户号,成员\n{rows}")).expect("written");
        browser.attach("file", &file).await;
        browser.click("检查").await;
        browser.wait_for(says).await;
        judge.look(&browser, &format!("import: {says}")).await;
    }
    browser.click_in("agree", "以上各户都已书面同意加入，同意书由支行保管").await;
    browser.click("签名并开户").await;
    browser.wait_for("2 / 2 户").await;
    judge.look(&browser, "import: done").await;
    browser.visit("/desk/cards").await;
    browser.wait_for("第 1～2 张").await;
    judge.look(&browser, "cards: to be printed").await;
    judge.end();
    browser.finish().await;
}

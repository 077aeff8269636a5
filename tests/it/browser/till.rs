//! The till in a browser: eggs for points, with and without a PIN, once and no more than once; and goods that come back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use civbank::bank::command::{Appoint, Body, Holder, Price};
use civbank::bank::words::Role;
use civbank::wire::{Cause, Entry};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::join::invite;
use super::{Browser, DESKTOP, Kind, PHONE, card, newest, signed_in, size};
use crate::it::web::village::{Village, branch, home, passbook};

fn terminal() -> Holder {
    Holder::Terminal(branch().terminal(1).expect("a terminal"))
}

/// A browser that is the shop's till, at its page.
pub async fn opened(browser: &Browser, village: &Village, pin: Option<&str>) {
    signed_in(browser, village, terminal(), pin).await;
    browser.click("收银台").await;
    browser.wait_at("/till").await;
}

pub async fn take(browser: &Browser, serial: u32) {
    browser.take(serial).await;
    browser.wait_for(&format!("{serial:05} 号户（前进村）")).await;
}

pub async fn pick(browser: &Browser, sku: &str, pieces: u32) {
    // The driver scrolls no further than into sight, which may be behind the bar.
    let to = "document.getElementById(arguments[0]).scrollIntoView({ block: 'center' })";
    browser.script(to, json!(format!("goods-{sku}"))).await;
    for _ in 0..pieces {
        browser.click_in(&format!("goods-{sku}"), "＋").await;
    }
}

pub async fn points(village: &Village, serial: u32) -> i64 {
    let read = village.engine.read(|view| view.bank.household(home(serial)).expect("open").points.balance);
    read.await.expect("running")
}

pub async fn stock(village: &Village, sku: &str) -> i64 {
    let sku = sku.parse().expect("a sku");
    let read = village.engine.read(|view| view.bank.shelf(branch(), sku).expect("priced").stock);
    read.await.expect("running")
}

/// Who signed the newest entry.
pub fn signers(village: &Village) -> Vec<String> {
    let entry = village.engine.entry(size(village) - 1).expect("a log").expect("an entry");
    let Cause::Signed(envelope) = Entry::decode(&entry).expect("an entry").cause else { panic!("signed") };
    envelope.signatures.iter().map(|one| hex::encode(&one.public_key)).collect()
}

fn public(key: &SigningKey) -> String {
    hex::encode(key.verifying_key().to_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_sells_eggs_once_however_often_it_is_clicked_and_takes_one_back() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    village.earn(1, 1).await;
    opened(&browser, &village, None).await;
    browser.check_fits().await;
    browser.screenshot("till-card-320").await;
    take(&browser, 1).await;
    browser.wait_for("50 分可用").await;
    pick(&browser, "egg", 3).await;
    browser.click_in("goods-egg", "−").await;
    assert_eq!(browser.part("total").await, "10");
    browser.wait_for("收完还剩 40 分").await;
    // HTML in a title is text.
    assert!(browser.text().await.contains("<script>alert(1)</script>"));
    browser.check_fits().await;
    browser.screenshot("till-goods-320").await;
    browser.script("document.getElementById('sum').scrollIntoView()", Value::Null).await;
    browser.screenshot("till-sum-320").await;

    // Impatient fingers: each button twice in one moment.
    let before = size(&village);
    let twice = "const one = document.querySelector(arguments[0]); one.click(); one.click()";
    browser.script(twice, json!("#sale button[type=submit]")).await;
    browser.wait_for("请核对，再签名").await;
    browser.check_fits().await;
    browser.script(twice, json!("#signing-form button[type=submit]")).await;
    browser.wait_for("终端和存折都签了名").await;
    browser.wait_for("还剩 40 分。").await;
    assert_eq!((size(&village), points(&village, 1).await), (before + 1, 40));
    let asked = newest(&village)["redeem"].clone();
    assert_eq!((&asked["household"], &asked["total"]), (&json!(home(1).to_string()), &json!(10)));
    let who = signers(&village);
    assert!(who.len() == 2 && who.contains(&public(&passbook(1, 1))), "{who:?}");
    assert!(browser.text().await.contains(&format!("账目 {before} 号")));
    browser.check_fits().await;
    browser.screenshot("till-receipt-320").await;

    // The slip's code names the entry and its leaf; the picture is there.
    let read = "const base = document.querySelector('script[type=module]').src.replace(/\\/[^\\/]*$/, ''); \
                return (async () => { const { BarcodeDetector } = await import(base + '/vendor/qr/decode.js'); \
                const canvas = document.createElement('canvas'); canvas.width = canvas.height = 480; \
                const pen = canvas.getContext('2d'); pen.fillStyle = '#fff'; pen.fillRect(0, 0, 480, 480); \
                const svg = new XMLSerializer().serializeToString(document.querySelector('#receipt-code svg')); \
                const picture = new Image(); \
                picture.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' })); \
                await picture.decode(); pen.drawImage(picture, 40, 40, 400, 400); \
                const [found] = await new BarcodeDetector().detect(canvas); return found && found.rawValue })()";
    let entry = village.engine.entry(before).expect("a log").expect("an entry");
    let leaf = civbank::tlog::leaf_hash(&entry);
    let slip = format!("civbank receipt\n{}\n{before}\n{leaf}", village.engine.origin());
    assert_eq!(browser.script(read, Value::Null).await, json!(slip));
    // On paper there is nothing but the slip.
    browser.command("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
    let paper = browser.text().await;
    assert!(paper.contains("鸡蛋") && paper.contains("终端和存折都签了名"), "{paper}");
    assert!(!paper.contains("下一位") && !paper.contains("交班") && !paper.contains("收银台"), "{paper}");
    browser.screenshot("till-slip").await;
    browser.command("Emulation.setEmulatedMedia", json!({ "media": "" })).await;

    // Nothing of the card stays: not in the page, not in what the browser keeps.
    let seed = URL_SAFE_NO_PAD.encode(passbook(1, 1).to_bytes());
    let left = "return [location.href, document.documentElement.innerHTML, JSON.stringify(localStorage), \
                document.getElementById('card-text').value].join(' ')";
    assert!(!browser.script(left, Value::Null).await.to_string().contains(&seed));
    browser.click("下一位").await;

    // One egg comes back. It takes the card of that household, and no more than was bought.
    let sale = format!("sale-{before}");
    browser.click_in(&sale, "退货…").await;
    browser.set(&format!("back-{before}-egg"), "3").await;
    browser.click_in(&sale, "退货").await;
    browser.wait_for("鸡蛋最多退 2 个").await;
    browser.set(&format!("back-{before}-egg"), "1").await;
    browser.click_in(&sale, "退货").await;
    browser.wait_for("请先扫00001 号户的存折").await;
    take(&browser, 1).await;
    browser.screenshot("till-refund-320").await;
    browser.click_in(&sale, "退货").await;
    browser.sign(None).await;
    browser.wait_for("退好了").await;
    assert_eq!((size(&village), points(&village, 1).await), (before + 2, 45));
    let asked = newest(&village)["refund"].clone();
    assert_eq!((&asked["redemption"], &asked["restock"]), (&json!(before.to_string()), &json!(true)));
    browser.wait_for("（已退 1）").await;
    assert_eq!(browser.part("receipt-total").await, "5");
    browser.wait_for("净收").await;
    browser.script("document.getElementById('today').scrollIntoView()", Value::Null).await;
    browser.screenshot("till-today-320").await;
    browser.check_fits().await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_sale_wants_the_pin_and_a_no_is_said_in_words() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    browser.expect_error("api/submit");
    village.earn(1, 10).await;
    let goods = |month_limit| {
        vec![Price {
            sku: "egg".parse().expect("a sku"),
            title: "鸡蛋".to_owned(),
            measure: "个".to_owned(),
            points: 5,
            month_limit,
        }]
    };
    village.try_as("clerk", Body::SetPrice { branch: branch(), goods: goods(3) }).await.expect("set");
    opened(&browser, &village, None).await;
    browser.screenshot("till-desktop").await;

    // No PIN was ever set: the page says so before, the bank where somebody tries all the same.
    take(&browser, 1).await;
    browser.wait_for("没有设密码").await;
    pick(&browser, "oil", 1).await;
    let before = size(&village);
    browser.click("收积分").await;
    browser.sign(None).await;
    browser.wait_for("存折还没设密码").await;
    assert_eq!(size(&village), before);
    browser.click("换一本存折").await;

    village.set_pin(1, "2580").await;
    take(&browser, 1).await;
    browser.wait_for("再多要按密码").await;
    pick(&browser, "egg", 3).await;
    browser.click_in("goods-egg", "＋").await;
    browser.wait_for("鸡蛋这个月这一户只能再换 3 个").await;
    pick(&browser, "oil", 1).await;
    let before = size(&village);
    browser.click("收积分").await;
    browser.wait_for("要按存折密码。").await;
    browser.fill("存折密码（请本人来按）", "1111").await;
    browser.click("收积分").await;
    browser.sign(None).await;
    browser.wait_for("还能试").await;
    assert_eq!(size(&village), before, "a wrong PIN sells nothing");
    assert_eq!(browser.script("return document.getElementById('pin').value", Value::Null).await, json!(""));
    browser.fill("存折密码（请本人来按）", "2580").await;
    browser.screenshot("till-pin").await;
    browser.click("收积分").await;
    browser.sign(None).await;
    browser.wait_for("终端和存折都签了名").await;
    assert_eq!((size(&village), points(&village, 1).await), (before + 1, 500 - 205));
    let text = newest(&village).to_string();
    assert!(!text.contains("2580") && !text.contains("pin"), "a PIN is in no command: {text}");

    // More than there is.
    browser.click("下一位").await;
    take(&browser, 1).await;
    pick(&browser, "oil", 2).await;
    browser.wait_for("积分不够，还差 85 分").await;
    browser.fill("存折密码（请本人来按）", "2580").await;
    browser.click("收积分").await;
    browser.sign(None).await;
    browser.wait_for("积分不够：存折里有").await;

    // Whoever keeps the till does not serve their own house.
    let cashier = Appoint {
        person: home(3).member(1).expect("a person"),
        role: Role::Cashier,
        branch: branch(),
        chair: false,
        households: Vec::new(),
        valid_until: None,
    };
    village.try_officer(Body::Appoint(cashier)).await.expect("appointed");
    let before = before + 1;
    browser.click("换一本存折").await;
    take(&browser, 3).await;
    pick(&browser, "egg", 1).await;
    browser.click("收积分").await;
    browser.sign(None).await;
    browser.wait_for("自家人不能给自家人兑换").await;
    assert_eq!(size(&village), before + 1);
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_without_an_answer_is_asked_about_until_there_is_one() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    browser.expect_error("ERR_FAILED");
    browser.expect_error("ERR_INTERNET_DISCONNECTED");
    browser.expect_error("api/submit");
    village.earn(1, 10).await;
    village.set_pin(1, "2580").await;
    opened(&browser, &village, None).await;

    // Written, and the answer lost on its way: it stands, once.
    take(&browser, 1).await;
    pick(&browser, "egg", 2).await;
    let before = size(&village);
    browser.click("收积分").await;
    browser.wait_for("请核对，再签名").await;
    let lose = "const real = window.fetch; window.fetch = async (...given) => { \
                await real(...given); window.fetch = real; throw new TypeError('lost'); }; return true";
    browser.script(lose, Value::Null).await;
    browser.click("签名并提交").await;
    browser.wait_for("这一笔成没成，还不知道").await;
    let text = browser.text().await;
    assert!(!text.contains("扫存折") && !text.contains("50 分可用"), "nothing else can be sold: {text}");
    browser.check_fits().await;
    browser.screenshot("till-unsure-320").await;
    // It asks by itself.
    browser.wait_for("终端和存折都签了名").await;
    assert_eq!((size(&village), points(&village, 1).await), (before + 1, 490));
    assert!(!browser.text().await.contains("还不知道"));
    browser.click("下一位").await;

    // Never arrived: no network while it was signed, and then there is one.
    let network = |offline: bool| json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.command("Network.enable", json!({})).await;
    take(&browser, 1).await;
    pick(&browser, "egg", 4).await;
    browser.click("收积分").await;
    browser.wait_for("请核对，再签名").await;
    browser.command("Network.emulateNetworkConditions", network(true)).await;
    browser.click("签名并提交").await;
    browser.wait_for("这一笔成没成，还不知道").await;
    assert_eq!(size(&village), before + 1);
    browser.command("Network.emulateNetworkConditions", network(false)).await;
    // Not at once: the first may still be under way.
    browser.click("马上再问").await;
    browser.wait_for("刚刚问过").await;
    assert_eq!(size(&village), before + 1);
    browser.wait_for("终端和存折都签了名").await;
    browser.wait_for("2026/11/10 09:00").await;
    assert_eq!((size(&village), points(&village, 1).await), (before + 2, 470));
    browser.click("下一位").await;

    // A PIN that is still being checked when the answer is lost: whoever presses at once does not hear "did not stand".
    take(&browser, 1).await;
    pick(&browser, "oil", 1).await;
    browser.fill("存折密码（请本人来按）", "2580").await;
    browser.click("收积分").await;
    browser.wait_for("请核对，再签名").await;
    let slow = "const real = window.fetch; window.fetch = async (...given) => { window.fetch = real; \
                setTimeout(() => real(...given), 2500); throw new TypeError('lost'); }; return true";
    browser.script(slow, Value::Null).await;
    browser.click("签名并提交").await;
    browser.wait_for("这一笔成没成，还不知道").await;
    browser.click("马上再问").await;
    browser.wait_for("终端和存折都签了名").await;
    assert!(!browser.text().await.contains("这一笔没有成"));
    assert_eq!((size(&village), points(&village, 1).await), (before + 3, 280));
    browser.click("下一位").await;

    // The page was closed in between: the next one asks. A PIN is never kept, so a sale that wants one did not stand.
    take(&browser, 1).await;
    pick(&browser, "oil", 1).await;
    browser.fill("存折密码（请本人来按）", "2580").await;
    browser.click("收积分").await;
    browser.wait_for("请核对，再签名").await;
    browser.command("Network.emulateNetworkConditions", network(true)).await;
    browser.click("签名并提交").await;
    browser.wait_for("这一笔成没成，还不知道").await;
    browser.command("Network.emulateNetworkConditions", network(false)).await;
    browser.open("/till").await;
    browser.wait_for("这一笔没有成").await;
    browser.wait_for("没有扣分").await;
    browser.screenshot("till-failed-320").await;
    assert_eq!((size(&village), points(&village, 1).await), (before + 3, 280));
    browser.click("知道了").await;

    // A day later the bank remembers no ids: the page does not say what it cannot know.
    take(&browser, 1).await;
    pick(&browser, "egg", 1).await;
    browser.click("收积分").await;
    browser.wait_for("请核对，再签名").await;
    browser.command("Network.emulateNetworkConditions", network(true)).await;
    browser.click("签名并提交").await;
    browser.wait_for("这一笔成没成，还不知道").await;
    browser.command("Network.emulateNetworkConditions", network(false)).await;
    browser.open("/declare").await;
    village.at("2026-11-12").await;
    browser.open("/till").await;
    browser.click("登录").await;
    browser.wait_at("/desk").await;
    browser.click("收银台").await;
    browser.wait_for("这一笔成没成，要查账").await;
    let text = browser.text().await;
    assert!(text.contains("先别重新收") && !text.contains("没有扣分"), "{text}");
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_browser_sells_too_and_forgets_the_card_after_a_minute() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Old, PHONE).await else { return };
    village.earn(2, 1).await;
    // A minute is shorter here.
    let hurry = "const real = window.setTimeout; \
                 window.setTimeout = (doing, wait, ...more) => real(doing, wait === 60000 ? 3000 : wait, ...more);";
    browser.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": hurry })).await;
    opened(&browser, &village, Some("274619")).await;
    take(&browser, 2).await;
    browser.wait_for("存折已经忘掉").await;
    assert!(!browser.text().await.contains("分可用"));
    let unhurried = "window.setTimeout = Object.getPrototypeOf(window).setTimeout || window.setTimeout";
    browser.script(unhurried, Value::Null).await;

    take(&browser, 2).await;
    pick(&browser, "soap", 1).await;
    let before = size(&village);
    browser.click("收积分").await;
    browser.sign(Some("274619")).await;
    browser.wait_for("终端和存折都签了名").await;
    assert_eq!((size(&village), points(&village, 2).await), (before + 1, 25));
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_opens_the_terminal_s_invitation_has_a_till_and_sells_with_the_keyboard() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    village.earn(1, 1).await;
    let path = invite(&village, terminal(), "for the till", 7).await;
    browser.open(&path).await;
    browser.wait_for("这是给一台终端的邀请").await;
    browser.click("做密钥，看原文").await;
    browser.sign(None).await;
    browser.wait_at("/desk").await;
    browser.click("收银台").await;
    browser.wait_at("/till").await;

    // Enter in the field takes the card; then the buttons have the focus one after the other.
    browser.fill("存折链接", &card(1)).await;
    browser.key("\u{e007}").await;
    browser.wait_for("00001 号户（前进村）").await;
    let focused = "return document.activeElement.id || document.activeElement.getAttribute('aria-label')";
    assert_eq!(browser.script(focused, Value::Null).await, json!("book-title"));
    for expected in ["去合计", "换一本存折", "加一个鸡蛋"] {
        browser.key("\u{e004}").await;
        let label =
            "const one = document.activeElement; return one.getAttribute('aria-label') || one.textContent";
        assert_eq!(browser.script(label, Value::Null).await, json!(expected));
    }
    browser.key("\u{e007}").await;
    browser.key("\u{e007}").await;
    assert_eq!(browser.part("total").await, "10");
    let before = size(&village);
    browser.script("document.querySelector('#sale button[type=submit]').focus()", Value::Null).await;
    browser.key("\u{e007}").await;
    browser.wait_for("请核对，再签名").await;
    assert_eq!(browser.script(focused, Value::Null).await, json!("signing-title"));
    browser.script("document.querySelector('#signing-form button[type=submit]').focus()", Value::Null).await;
    browser.key("\u{e007}").await;
    browser.wait_for("终端和存折都签了名").await;
    assert_eq!(size(&village), before + 1);
    let began = std::time::Instant::now();
    while browser.script(focused, Value::Null).await != json!("receipt-title") {
        assert!(began.elapsed() < super::PATIENCE, "the receipt has not the focus");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    browser.finish().await;
}

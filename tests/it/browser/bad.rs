//! What goes wrong at the desks: numbers that are none, photographs that are none, a second desk that was faster, and a
//! network that goes away while somebody signs. Nothing is written by mistake, nothing twice, and it is said in words.

use civbank::bank::words::*;
use civbank::documents::Address;
use civbank::wire::limits::DOCUMENT_BYTES_MAX;
use serde_json::{Value, json};

use super::{Browser, DESKTOP, Kind, PHONE, card, enrolled, newest, photograph, signed_in, size};
use crate::it::web::busy::{Busy, holder};
use crate::it::web::village::{home, link};

/// Whether a person is asked to sign.
async fn is_signing(browser: &Browser) -> bool {
    browser.script("return !document.getElementById('signing').hidden", Value::Null).await == json!(true)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_thirty_digits_is_told_at_its_field() {
    let busy = Busy::open("").await;
    let village = &busy.village;
    let Some(browser) = Browser::start(village, Kind::Today, DESKTOP).await else { return };
    let before = size(village);
    let endless = "9".repeat(30);
    let endless = endless.as_str();

    browser.visit("/declare").await;
    browser.take(1).await;
    browser.wait_for("00001 号户申报").await;
    browser.script("document.querySelector('input[value=R01]').click()", Value::Null).await;
    browser.set("quantity", endless).await;
    browser.click("看原文，签名").await;
    let told = "return document.getElementById('quantity').validity.rangeOverflow && \
                document.activeElement.id === 'quantity'";
    assert_eq!(browser.script(told, Value::Null).await, json!(true));
    assert!(!is_signing(&browser).await);

    let mut keys = 0;
    for who in ["seat3", "officer", "till"] {
        let key = signed_in(&browser, village, holder(who), None).await;
        assert!(!key.to_string().is_empty());
        keys += 1;
        match who {
            "seat3" => {
                browser.visit("/desk/committee").await;
                let case = format!("case-{}", busy.endorsed);
                browser.set(&format!("points-{}", busy.endorsed), endless).await;
                browser.click_in(&case, "同意").await;
                browser.wait_for("请填每份给几分").await;
            }
            "officer" => {
                browser.visit("/desk/rulings").await;
                let form = "const card = [...document.querySelectorAll('.case')].find((one) => one.querySelector('[name=points]')); \
                            card.querySelector('[value=PARTIAL]').click(); card.querySelector('[name=points]').value = arguments[0]; \
                            card.querySelector('[data-act=rule]').click()";
                browser.script(form, json!(endless)).await;
                browser.wait_for("请填留几分").await;
                assert!(!is_signing(&browser).await);
                browser.visit("/desk/budget").await;
                browser.set("fund-source", "FUND_SOURCE_TOWN").await;
                for field in ["fund-yuan", "fund-points"] {
                    browser.set(field, endless).await;
                }
                browser.click("看看会怎样，再签名").await;
                browser.wait_for("还没有填好").await;
                for field in ["fund-yuan-bad", "fund-points-bad"] {
                    assert!(!browser.part(field).await.is_empty(), "{field}");
                }
                browser.visit("/desk/roles").await;
                browser.click("邀请：登记一把新密钥").await;
                // The field takes no more than three digits from a keyboard; a script is not held to that.
                for field in ["who-number", "invite-days"] {
                    browser.set(field, endless).await;
                }
                browser.click_in("who", "邀请").await;
                browser.wait_for("还没有填好").await;
                for field in ["who-number-bad", "invite-days-bad"] {
                    assert!(!browser.part(field).await.is_empty(), "{field}");
                }
                browser.visit("/desk/catalogue").await;
                browser.click_in("item-R01", "改").await;
                for field in ["f-pointsMin", "f-pointsMax", "f-capCount"] {
                    browser.set(field, endless).await;
                }
                browser.click("放进草稿").await;
                browser.wait_for("还没有填好").await;
                for field in ["f-pointsMin-bad", "f-pointsMax-bad", "f-capCount-bad"] {
                    assert!(!browser.part(field).await.is_empty(), "{field}");
                }
            }
            _ => {
                browser.visit("/till").await;
                browser.set("counted-egg", endless).await;
                browser.click("点完了，看差多少，签名").await;
                browser.wait_for("鸡蛋的数不对").await;
            }
        }
        assert!(!is_signing(&browser).await, "{who}");
    }
    assert_eq!(size(village), before + keys, "nothing but the keys was written");
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_photograph_is_said_and_what_is_huge_becomes_small() {
    let busy = Busy::open("").await;
    let village = &busy.village;
    let Some(mut browser) = Browser::start(village, Kind::Today, PHONE).await else { return };
    browser.expect_error("api/document");
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path
    };
    browser.visit("/declare").await;
    let jpeg = photograph(&browser, 3_000, 2_000).await;
    browser.take(2).await;
    browser.wait_for("00002 号户申报").await;
    browser.script("document.querySelector('input[value=G02]').click()", Value::Null).await;
    let page = b"<!doctype html><script>document.body.dataset.hit = 'yes'</script><p>hello";
    for (name, content) in [("none.jpg", &b"no picture at all"[..]), ("empty.jpg", b""), ("page.jpg", page)] {
        browser.attach("photos", &file(name, content)).await;
        browser.wait_for("打不开").await;
        assert!(!browser.text().await.contains("去掉照片"), "{name}");
        browser.script("document.getElementById('said').textContent = ''", Value::Null).await;
    }
    // Twenty megabytes, as a phone of today may take them: the page draws it anew.
    let huge = [&jpeg[..], &vec![0; 20 << 20]].concat();
    browser.attach("photos", &file("huge.jpg", &huge)).await;
    browser.wait_for("去掉照片 1").await;
    browser.click("看原文，签名").await;
    browser.sign(None).await;
    browser.wait_for("报上去了").await;
    let number: u64 = browser.part("receipt-number").await.parse().expect("a number");
    let kept = village.engine.read(|view| view.bank.case(number).expect("open").evidence.clone()).await;
    let [address] = kept.expect("running")[..] else { panic!("one photograph") };
    let found = village.engine.documents().get(Address::from_bytes(address.0)).expect("kept").expect("kept");
    assert!(found.1.len() < 1 << 20, "{}", found.1.len());

    // What a page does not draw anew is measured before it is sent, by the bank's own limit: a voucher of twenty megabytes, an empty one, a page.
    signed_in(&browser, village, holder("officer"), None).await;
    browser.visit("/desk/budget").await;
    browser.set("fund-source", "FUND_SOURCE_TOWN").await;
    browser.set("fund-yuan", "100").await;
    browser.set("fund-points", "100").await;
    let before = size(village);
    let paper = [&b"%PDF-1.7\n"[..], &vec![b' '; 20 << 20]].concat();
    for (name, content, says) in [
        ("huge.pdf", &paper[..], "文件太大"),
        ("empty.pdf", b"", "请换一种再传"),
        ("page.pdf", page, "请换一种再传"),
        ("page.jpg", page, "打不开"),
    ] {
        browser.script("document.getElementById('said').textContent = ''", Value::Null).await;
        browser.attach("fund-voucher", &file(name, content)).await;
        browser.click("看看会怎样，再签名").await;
        browser.wait_for(says).await;
        browser.screenshot(&format!("bad-{name}")).await;
        assert!(!is_signing(&browser).await, "{name}");
    }
    let hit = browser.script("return document.body.dataset.hit || ''", Value::Null).await;
    assert_eq!((size(village), hit), (before, json!("")));
    browser.check_fits().await;
    let scripts = include_str!("../../../src/web/assets/js/ask.js");
    assert!(scripts.contains("const DOCUMENT_MOST = 4 * 1024 * 1024;") && DOCUMENT_BYTES_MAX == 4 << 20);
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_second_hears_what_happened() {
    let busy = Busy::open("").await;
    let village = &busy.village;
    let Some(mut browser) = Browser::start(village, Kind::Today, DESKTOP).await else { return };
    browser.expect_error("api/submit");

    // The liaison has the page open twice: the verdict was given on the other device.
    signed_in(&browser, village, holder("liaison"), None).await;
    browser.visit("/desk/liaison").await;
    let case = format!("case-{}", busy.declared);
    browser.click_in(&case, "通过").await;
    browser.wait_for("请核对，再签名").await;
    village.review(busy.declared, Verdict::Endorse, None).await;
    let before = size(village);
    browser.click("签名并提交").await;
    browser.wait_for("现在是“待评审”").await;
    assert!(!is_signing(&browser).await);
    assert_eq!((size(village), browser.part(&case).await), (before, String::new()), "the list is the newest");

    // Two officers have one objection before them.
    signed_in(&browser, village, holder("officer"), None).await;
    browser.visit("/desk/rulings").await;
    let pick = "const card = document.querySelector('.case'); card.querySelector('[value=DISMISS]').click(); \
                 card.querySelector('[data-act=rule]').click(); return [card.id, card.dataset.number]";
    let found = browser.script(pick, Value::Null).await;
    let (case, number) = (found[0].as_str().expect("a case"), found[1].as_str().expect("a number"));
    let number: u64 = number.parse().expect("a number");
    browser.wait_for("请核对，再签名").await;
    village.rule(number, Ruling::Dismiss, 0).await;
    let before = size(village);
    browser.click("签名并提交").await;
    let began = std::time::Instant::now();
    while is_signing(&browser).await || !browser.part(case).await.is_empty() {
        assert!(began.elapsed() < super::PATIENCE, "{}", browser.text().await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let said = browser.part("said").await;
    assert!(size(village) == before && !said.is_empty() && !said.contains("办成了"), "{said}");

    // Two witnesses sign one count.
    let first = enrolled(&browser, village, holder("supervisor"), None).await;
    let late = enrolled(&browser, village, holder("clerk"), None).await;
    let witness = "const select = document.getElementById('asked-key'); \
                   if (arguments[0]) select.value = arguments[0]; return select.value";
    signed_in(&browser, village, holder("till"), None).await;
    browser.visit("/till").await;
    browser.set("counted-egg", "9990").await;
    browser.click("点完了，看差多少，签名").await;
    browser.sign(None).await;
    browser.wait_for("请文书或监委再签一次").await;
    let handed = browser.script("return document.getElementById('handover-link').value", Value::Null).await;
    let (_, behind) = handed.as_str().and_then(|link| link.split_once("/countersign")).expect("a link");
    let before = size(village);
    for (turn, says) in [(1, "办成了：见证"), (2, "先前已经记上了")] {
        browser.open("/sign-in").await;
        browser.open(&format!("/countersign{behind}")).await;
        browser.wait_for("请您当面数过再签").await;
        if turn == 2 {
            assert_eq!(browser.script(witness, json!(late.to_string())).await, json!(late.to_string()));
        } else {
            assert_eq!(browser.script(witness, json!(first.to_string())).await, json!(first.to_string()));
        }
        browser.click("看原文，签名").await;
        browser.sign(None).await;
        browser.wait_for(says).await;
        assert_eq!(size(village), before + 1, "counted once");
    }
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_while_the_bank_was_away_is_sent_again_as_it_was() {
    let busy = Busy::open("").await;
    let village = &busy.village;
    let Some(mut browser) = Browser::start(village, Kind::Today, PHONE).await else { return };
    browser.expect_error("ERR_INTERNET_DISCONNECTED");
    browser.command("Network.enable", json!({})).await;
    let network = |offline: bool| json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    signed_in(&browser, village, holder("seat3"), None).await;
    let object = format!("/object?declaration={}", busy.notice);
    for path in ["/desk/committee", object.as_str()] {
        browser.visit(path).await;
        if path == object {
            browser.take(3).await;
            browser.wait_for("提异议的是 00003 号户").await;
            browser.script("document.querySelector('input[value$=NOT_DONE]').click()", Value::Null).await;
            browser.click("看原文，签名").await;
        } else {
            browser.set(&format!("points-{}", busy.endorsed), "7").await;
            browser.click_in(&format!("case-{}", busy.endorsed), "同意").await;
        }
        browser.wait_for("请核对，再签名").await;
        let shown: Value = serde_json::from_str(&browser.part("signing-text").await).expect("JSON");
        let before = size(village);
        browser.command("Network.emulateNetworkConditions", network(true)).await;
        browser.click("签名并提交").await;
        browser.wait_for("办没办成还不知道").await;
        browser.wait_for("还没有回音的").await;
        browser.command("Network.emulateNetworkConditions", network(false)).await;
        assert_eq!(size(village), before, "{path}");
        // The page was closed in between: the next one that signs offers it.
        browser.visit("/sign-in").await;
        browser.wait_for("还没有回音的").await;
        browser.check_fits().await;
        browser.screenshot("outbox-320").await;
        // What is kept is an envelope, and no card's secret.
        let kept = "return new Promise((done) => { const asked = indexedDB.open('civbank'); asked.onsuccess = () => { \
                    const all = asked.result.transaction('outbox').objectStore('outbox').getAll(); \
                    all.onsuccess = () => done(JSON.stringify(all.result)); }; })";
        let kept = browser.script(kept, Value::Null).await.to_string();
        let card = card(3);
        let (_, seed) = card.split_once('#').expect("a seed");
        assert!(kept.contains("payload") && !kept.contains(seed), "{kept}");
        browser.click("再送一次").await;
        browser.wait_for("办成了").await;
        assert_eq!(
            (size(village), newest(village)),
            (before + 1, shown.clone()),
            "the same bytes, the same id"
        );
        assert!(!browser.text().await.contains("还没有回音的"));
        browser.visit("/sign-in").await;
        assert!(!browser.text().await.contains("还没有回音的"), "and nothing is left to send");
    }
    let (state, open) = village
        .engine
        .read(|view| {
            (view.bank.case(busy.notice).expect("open").rows[0].state, view.bank.household(home(3)).is_ok())
        })
        .await
        .expect("running");
    assert_eq!((state, open), (State::Objected, true));
    browser.open(&link(2, 1)).await;
    browser.wait_for("异议").await;
    browser.finish().await;
}

//! Many households from one sheet: faults first, then everything is shown, made, sent; whoever is cut off in the middle
//! goes on; the cards come out of the printer, and then they are nowhere.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use civbank::bank::command::Holder;
use civbank::bank::ids::{Digest, PublicKey};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::{Browser, DESKTOP, Kind, PHONE, signed_in};
use crate::it::web::http::get;
use crate::it::web::village::{Village, home, staff};

/// What a QR code on the page says, as zbar reads it off a picture; none where zbar is not there, which is said.
pub fn scanned(picture: &std::path::Path) -> Option<String> {
    let read = match Command::new("zbarimg").args(["--quiet", "--raw", "--nodbus"]).arg(picture).output() {
        Ok(read) => read,
        Err(error) => {
            let must = std::env::var_os("CIVBANK_TESTS_MUST_RUN").is_some_and(|must| must == "1");
            assert!(!must, "zbarimg: {error}");
            return None;
        }
    };
    assert!(read.status.success(), "zbar reads nothing off {}", picture.display());
    Some(String::from_utf8(read.stdout).expect("a text").trim().to_owned())
}

/// From now on so many commands reach the bank; the last one's answer is lost, and nothing comes after it.
const CUT: &str = "let left = arguments[0]; const real = window.fetch; window.fetch = async (...asked) => { \
                   if (!String(asked[0]).includes('/api/submit')) return real(...asked); \
                   if (left <= 0) return new Promise(() => {}); left -= 1; const answer = await real(...asked); \
                   if (left > 0) return answer; document.body.dataset.cut = 'yes'; return new Promise(() => {}); };";

async fn cut_off(browser: &Browser) {
    let began = std::time::Instant::now();
    while browser.script("return document.body.dataset.cut === 'yes'", Value::Null).await != json!(true) {
        assert!(began.elapsed() < super::PATIENCE, "{}", browser.text().await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Thirty households from 00100 on, as a Chinese spreadsheet saves them.
fn sheet() -> String {
    let names = ["王小明、李芳", "张建国", "赵秀英、孙强、周杰"];
    let line = |n: usize| format!("{:05},{}\r\n", 100 + n, names[n % names.len()]);
    std::iter::once("户号,成员\r\n".to_owned()).chain((0..30).map(line)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_households_cut_off_once_and_printed() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    signed_in(&browser, &village, Holder::Person(staff(1)), None).await;
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.csv");
    std::fs::write(
        &bad,
        sheet().replace("00101,", "00001,").replace("00102,", "=A1,").replace("张建国", "<b>张</b>"),
    )
    .expect("written");
    let good = folder.path().join("good.csv");
    std::fs::write(&good, encoding_rs::GB18030.encode(&sheet()).0).expect("written");

    browser.click("成批开户").await;
    browser.wait_at("/desk/import").await;
    browser.check_fits().await;
    browser.screenshot("import-320").await;
    browser.click("检查").await;
    browser.wait_for("请先选一个文件").await;
    browser.attach("file", &bad).await;
    browser.click("检查").await;
    browser.wait_for("什么都没有办").await;
    let faults = browser.part("fault-rows").await;
    assert!(faults.contains("第 3 行") && faults.contains("“<b>张</b>”里有“<”"), "{faults}");
    assert!(faults.contains("第 4 行") && faults.contains("这一格是公式"), "{faults}");
    browser.check_fits().await;
    browser.screenshot("import-faults-320").await;

    browser.attach("file", &good).await;
    browser.click("检查").await;
    browser.wait_for("检查过了，没有发现问题：30 户").await;
    browser.wait_for("30 户，60 人").await;
    browser.check_fits().await;
    browser.screenshot("import-homes-320").await;
    browser.click("签名并开户").await;
    browser.wait_for("请先确认各户都已书面同意").await;
    let before = village.engine.published().size;

    // The power fails while the bank writes the twentieth command: its answer never comes.
    browser.script(CUT, json!(20)).await;
    browser.click_in("agree", "以上各户都已书面同意加入，同意书由支行保管").await;
    browser.click("签名并开户").await;
    cut_off(&browser).await;
    assert_eq!(village.engine.published().size, before + 20);
    browser.screenshot("import-progress-320").await;

    // Another day of the same browser: cards wait until all is done, another sheet is not begun.
    browser.visit("/desk/cards").await;
    browser.wait_for("还有户没有开好").await;
    browser.click("接着办").await;
    browser.wait_at("/desk/import").await;
    browser.wait_for("前进村：还没有办完：9 / 30 户").await;
    assert!(!browser.text().await.contains("作废，重新选表"));
    browser.click("接着办").await;
    browser.wait_for("前进村：都开好户了：30 / 30 户").await;
    // Two commands for each, and none of them twice.
    assert_eq!(village.engine.published().size, before + 60);

    browser.click("去印存折").await;
    browser.wait_at("/desk/cards").await;
    browser.wait_for("第 1～30 张，共 30 张，3 页 A4").await;
    browser.check_fits().await;
    browser.screenshot("cards-320").await;
    let count = "return document.querySelectorAll('.passbook .qr').length";
    assert_eq!(browser.script(count, Value::Null).await, json!(30));
    scan(&browser, &village).await;

    let pdf = browser
        .command("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": false }))
        .await;
    let pdf = STANDARD.decode(pdf["data"].as_str().expect("a file")).expect("base64");
    let pages = pdf.windows(12).filter(|part| part.starts_with(b"/Type /Page") && part[11] != b's').count();
    let paper = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots/cards.pdf");
    std::fs::write(&paper, &pdf).expect("written");
    assert_eq!(pages, 3, "{}", paper.display());

    browser.click("清除这个浏览器里的存折秘密").await;
    browser.wait_for("请先确认每一张都印好了").await;
    browser.click_in("printed", "每一张都印好了，也看过能扫").await;
    browser.click("清除这个浏览器里的存折秘密").await;
    browser.wait_for("没有存折的秘密了").await;
    browser.visit("/desk/cards").await;
    browser.wait_for("没有等着印的存折").await;
    browser.finish().await;
}

/// The card of the last household, read off the screen as a phone would: its link opens its book, its seed is the
/// book's key.
async fn scan(browser: &Browser, village: &Village) {
    let place = "const qr = [...document.querySelectorAll('.passbook .qr')].pop(); qr.scrollIntoView(); \
                 const box = qr.getBoundingClientRect(); \
                 return { x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height }";
    let mut clip = browser.script(place, Value::Null).await;
    clip["scale"] = json!(4);
    let picture = browser.command("Page.captureScreenshot", json!({ "clip": clip })).await;
    let picture = STANDARD.decode(picture["data"].as_str().expect("a picture")).expect("base64");
    let file = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots/card-qr.png");
    std::fs::write(&file, picture).expect("written");
    let Some(link) = scanned(&file) else { return };
    let path = link.strip_prefix(&format!("http://{}", browser.address())).expect("our own address");
    let (path, seed) = path.split_once('#').expect("a seed");
    let token = URL_SAFE_NO_PAD.decode(path.strip_prefix("/p/").expect("a token")).expect("base64url");
    let seed: [u8; 32] = URL_SAFE_NO_PAD.decode(seed).expect("base64url").try_into().expect("32 bytes");
    let public = PublicKey(SigningKey::from_bytes(&seed).verifying_key().to_bytes());
    let known =
        village.engine.read(|view| view.bank.household(home(129)).map(|book| (book.members, book.passbook)));
    let (members, passbook) = known.await.expect("a bank").expect("a book");
    let passbook = passbook.expect("a card");
    assert_eq!((members, passbook.key, passbook.card.get()), (3, public, 1));
    assert_eq!(passbook.view_token_hash, Digest(*blake3::hash(&token).as_bytes()));
    let book = get(browser.address(), path).await;
    assert!(book.status == 200 && book.says("00129 号户"), "{}", book.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_browser_opens_its_key_once_for_a_whole_sheet() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Old, DESKTOP).await else { return };
    signed_in(&browser, &village, Holder::Person(staff(1)), Some("274619")).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("two.csv");
    std::fs::write(&file, "户号,成员\n100,王小明\n101,李芳、赵秀英\n").expect("written");
    browser.visit("/desk/import").await;
    browser.attach("file", &file).await;
    browser.click("检查").await;
    browser.wait_for("检查过了").await;
    browser.click_in("agree", "以上各户都已书面同意加入，同意书由支行保管").await;
    browser.fill("本机密码", "111111").await;
    browser.click("签名并开户").await;
    browser.wait_for("本机密码不对").await;
    browser.fill("本机密码", "274619").await;
    browser.click("签名并开户").await;
    browser.wait_for("都开好户了：2 / 2 户").await;
    browser.screenshot("import-1280").await;
    let members = village.engine.read(|view| view.bank.household(home(101)).map(|book| book.members)).await;
    assert_eq!(members.expect("a bank").expect("a book"), 2);
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_week_the_rest_is_signed_anew() {
    let village = Village::open().await;
    let Some(mut browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    for path in ["api/submit", "api/passbook", "api/document"] {
        browser.expect_error(path);
    }
    signed_in(&browser, &village, Holder::Person(staff(1)), None).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("three.csv");
    std::fs::write(&file, "户号,成员\n100,王小明\n101,李芳、赵秀英\n102,孙强\n").expect("written");
    browser.visit("/desk/import").await;
    browser.attach("file", &file).await;
    browser.click("检查").await;
    browser.wait_for("检查过了").await;
    browser.click_in("agree", "以上各户都已书面同意加入，同意书由支行保管").await;
    // The first card is written, and its answer lost.
    let before = village.engine.published().size;
    browser.script(CUT, json!(2)).await;
    browser.click("签名并开户").await;
    cut_off(&browser).await;
    assert_eq!(village.engine.published().size, before + 2);
    // The same again is answered as the first time; the second book is written, and its answer lost.
    browser.visit("/desk/import").await;
    browser.script(CUT, json!(2)).await;
    browser.click("接着办").await;
    cut_off(&browser).await;
    assert_eq!(village.engine.published().size, before + 3);
    village.at("2026-11-12").await;
    browser.visit("/sign-in").await;
    browser.click("登录").await;
    browser.wait_at("/desk").await;
    browser.visit("/desk/import").await;
    browser.click("接着办").await;
    browser.wait_for("请重新签名").await;
    browser.screenshot("import-again-1280").await;
    browser.click("重新签名，接着办").await;
    browser.wait_for("都开好户了：3 / 3 户").await;
    let books = village.engine.read(|view| {
        [100, 101, 102].map(|serial| {
            view.bank
                .household(home(serial))
                .map(|book| (book.members, book.passbook.map(|card| card.card.get())))
        })
    });
    assert_eq!(books.await.expect("a bank"), [Ok((1, Some(1))), Ok((2, Some(1))), Ok((1, Some(1)))]);
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hash_of_the_pages_is_the_banks() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    browser.visit("/sign-in").await;
    let script = "const base = document.querySelector('script').src.replace('sign-in.js', 'blake3.js'); \
                  window.told = undefined; import(base).then(({ hash, keyedHash }) => { \
                  const bytes = (length, from) => Uint8Array.from({ length }, (_, at) => (at + from) % 251); \
                  const hex = (all) => Array.from(all, (byte) => byte.toString(16).padStart(2, '0')).join(''); \
                  window.told = arguments[0].map((length) => [hex(hash(bytes(length, 0))), hex(keyedHash(bytes(32, 7), bytes(length, 0)))]); \
                  try { hash(bytes(1025, 0)); window.told.push('long'); } catch (error) { window.told.push(error.message); } })";
    let lengths = [0, 1, 32, 63, 64, 65, 127, 128, 129, 1_023, 1_024];
    browser.script(script, json!(lengths)).await;
    let began = std::time::Instant::now();
    let told = loop {
        let told = browser.script("return window.told", Value::Null).await;
        if told.is_array() {
            break told;
        }
        assert!(began.elapsed() < super::PATIENCE, "no hashes");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let bytes =
        |length: usize, from: usize| (0..length).map(|at| ((at + from) % 251) as u8).collect::<Vec<u8>>();
    let key: [u8; 32] = bytes(32, 7).try_into().expect("32 bytes");
    for (at, length) in lengths.into_iter().enumerate() {
        let content = bytes(length, 0);
        assert_eq!(told[at][0], blake3::hash(&content).to_hex().as_str(), "{length}");
        assert_eq!(told[at][1], blake3::keyed_hash(&key, &content).to_hex().as_str(), "{length}");
    }
    assert_eq!(told[lengths.len()], "more than one chunk");
    browser.finish().await;
}

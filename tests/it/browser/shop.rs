//! Cards read by a camera and from photographs, in browsers that read no codes themselves; and a liaison who files for
//! a household that asks them to.

use std::io::Write as _;
use std::path::Path;

use civbank::bank::command::{Body, Holder, Item};
use civbank::bank::words::*;
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};

use super::{Browser, Kind, PHONE, card, newest, photograph, signed_in};
use crate::it::web::village::{Village, branch, home, item, liaison, passbook};

const WIDTH: usize = 640;
const HEIGHT: usize = 480;

/// A code as grey pixels on paper, in the middle of a picture.
fn picture(text: &str) -> Vec<u8> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).expect("it fits");
    let (side, modules) = (code.width(), code.to_colors());
    let scale = HEIGHT * 4 / 5 / side;
    let (left, top) = ((WIDTH - side * scale) / 2, (HEIGHT - side * scale) / 2);
    let mut pixels = vec![235; WIDTH * HEIGHT];
    for (at, module) in modules.iter().enumerate() {
        if *module == qrcode::Color::Dark {
            for y in 0..scale {
                let from = (top + at / side * scale + y) * WIDTH + left + at % side * scale;
                pixels[from..from + scale].fill(16);
            }
        }
    }
    pixels
}

/// What a camera that looks at a card films: YUV4MPEG2, plain frames.
fn film(path: &Path, text: &str) {
    let mut file = std::fs::File::create(path).expect("a file");
    writeln!(file, "YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg").expect("written");
    for _ in 0..10 {
        file.write_all(b"FRAME\n").expect("written");
        file.write_all(&picture(text)).expect("written");
        file.write_all(&vec![128; WIDTH * HEIGHT / 2]).expect("written");
    }
}

/// A BMP of the same picture: 24 bits, bottom up.
fn bitmap(path: &Path, text: &str) {
    let pixels = picture(text);
    let size = u32::try_from(54 + WIDTH * HEIGHT * 3).expect("small");
    let mut bytes = Vec::from(*b"BM");
    for number in [size, 0, 54, 40, WIDTH as u32, HEIGHT as u32] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([1, 0, 24, 0]);
    bytes.resize(54, 0);
    for row in pixels.chunks(WIDTH).rev() {
        row.iter().for_each(|grey| bytes.extend([*grey; 3]));
    }
    std::fs::write(path, bytes).expect("a file");
}

fn filming(path: &Path) -> Vec<String> {
    vec![
        "--use-fake-device-for-media-stream".to_owned(),
        "--use-fake-ui-for-media-stream".to_owned(),
        format!("--use-file-for-fake-video-capture={}", path.display()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_camera_reads_a_card_at_the_till() {
    let village = Village::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let film_file = folder.path().join("card.y4m");
    film(&film_file, &card(3));
    let more = filming(&film_file);
    let Some(browser) = Browser::start_with(&village, Kind::Today, PHONE, &more).await else { return };
    village.earn(3, 1).await;
    // The same camera on every page that asks for a card.
    browser.visit("/publicity").await;
    browser.click("用摄像头扫").await;
    browser.wait_for("现在：不上榜").await;
    let till = Holder::Terminal(branch().terminal(1).expect("a terminal"));
    signed_in(&browser, &village, till, None).await;
    browser.visit("/till").await;
    browser.click("用摄像头扫").await;
    browser.wait_for("00003 号户（前进村）").await;
    browser.wait_for("50 分可用").await;
    let off = "return document.getElementById('camera').srcObject === null";
    let began = std::time::Instant::now();
    while browser.script(off, Value::Null).await != json!(true) {
        assert!(began.elapsed() < super::PATIENCE, "the camera is still on");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_sees_another_code_goes_on_and_can_be_turned_off() {
    let village = Village::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let film_file = folder.path().join("poster.y4m");
    film(&film_file, "https://elsewhere.example/poster");
    let more = filming(&film_file);
    let Some(browser) = Browser::start_with(&village, Kind::Today, PHONE, &more).await else { return };
    browser.visit("/declare").await;
    browser.click("用摄像头扫").await;
    browser.wait_for("链接不完整").await;
    browser.check_fits().await;
    browser.screenshot("scan-320").await;
    browser.click("关掉摄像头").await;
    // A keyboard that skips to the content carries no card.
    browser.script("window.same = true; document.querySelector('a.skip').click()", Value::Null).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let same =
        "return window.same === true && location.hash === '#main' && document.getElementById('said').hidden";
    assert_eq!(browser.script(same, Value::Null).await, json!(true), "{}", browser.text().await);
    let off = "return document.getElementById('camera').srcObject === null";
    assert_eq!(browser.script(off, Value::Null).await, json!(true));
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_of_a_card_is_read_and_one_without_is_said() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Old, PHONE).await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    browser.visit("/declare").await;
    let meadow = folder.path().join("meadow.jpg");
    std::fs::write(&meadow, photograph(&browser, 800, 600).await).expect("a file");
    browser.attach("scan", &meadow).await;
    browser.wait_for("照片里没有找到二维码").await;
    let text = folder.path().join("text.jpg");
    std::fs::write(&text, "not a picture").expect("a file");
    browser.attach("scan", &text).await;
    browser.wait_for("这张照片打不开").await;
    let taken = folder.path().join("card.bmp");
    bitmap(&taken, &card(2));
    browser.attach("scan", &taken).await;
    browser.wait_for("00002 号户申报").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_reads_codes_itself_is_asked_first() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    let own = format!(
        "window.BarcodeDetector = class {{ static async getSupportedFormats() {{ return ['qr_code']; }} \
         async detect() {{ return [{{ rawValue: '{}' }}]; }} }}",
        card(1)
    );
    browser.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": own })).await;
    browser.visit("/declare").await;
    let folder = tempfile::tempdir().expect("a folder");
    let meadow = folder.path().join("meadow.jpg");
    std::fs::write(&meadow, photograph(&browser, 80, 60).await).expect("a file");
    browser.attach("scan", &meadow).await;
    browser.wait_for("00001 号户申报").await;
    let loaded =
        "return performance.getEntriesByType('resource').some((one) => one.name.includes('vendor/qr'))";
    assert_eq!(browser.script(loaded, Value::Null).await, json!(false), "ours comes only when it is needed");
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_liaison_files_for_a_household_that_asks_and_another_reviews_it() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    let care = item("G03", Pillar::Service, ItemKind::Deed, "照看孤寡老人", 10);
    let items = vec![Item { evidence: vec![EvidenceKind::Photo], ..care }];
    let valid_from = village.engine.now().day();
    village.try_officer(Body::PublishCatalogue { branch: None, valid_from, items }).await.expect("items");
    let key = signed_in(&browser, &village, Holder::Person(liaison()), None).await;
    browser.click("替人申报").await;
    browser.wait_at("/desk/declare").await;
    browser.check_fits().await;
    browser.screenshot("proxy-320").await;
    browser.take(1).await;
    browser.wait_for("00001 号户还没有请您代办").await;
    browser.click("看原文，用存折签名").await;
    browser.sign(None).await;
    browser.wait_for("00001 号户申报").await;
    let asked = newest(&village)["appoint"].clone();
    assert_eq!((&asked["role"], &asked["person"]), (&json!("ROLE_PROXY"), &json!(liaison().to_string())));

    browser.click("公益奉献美（1 项）").await;
    browser.script("document.querySelector('input[value=G03]').click()", Value::Null).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("taken.jpg");
    std::fs::write(&file, photograph(&browser, 2000, 1500).await).expect("a file");
    browser.attach("photos", &file).await;
    browser.wait_for("去掉照片 1").await;
    browser.click("看原文，签名").await;
    browser.sign(None).await;
    browser.wait_for("报上去了").await;
    let number: u64 = browser.part("receipt-number").await.parse().expect("a number");
    let (filer, photos) = village
        .engine
        .read(|view| {
            let case = view.bank.case(number).expect("open");
            (case.filer, case.evidence.len())
        })
        .await
        .expect("running");
    assert_eq!((filer, photos), (Some(liaison()), 1));
    // The proxy's key and the card's.
    let entry = village.engine.entry(number).expect("a log").expect("an entry");
    let entry = civbank::wire::Entry::decode(&entry).expect("an entry");
    let civbank::wire::Cause::Signed(envelope) = entry.cause else { panic!("signed") };
    let signers: Vec<String> = envelope.signatures.iter().map(|one| hex::encode(&one.public_key)).collect();
    let card_key = hex::encode(passbook(1, 1).verifying_key().to_bytes());
    assert!(signers.contains(&key.to_string()) && signers.contains(&card_key), "{signers:?}");

    // Whoever filed it does not review it, and sees that before trying.
    browser.visit("/desk/liaison").await;
    let text = browser.part(&format!("case-{number}")).await;
    assert!(text.contains("00001 号户") && !text.contains("退回补充"), "{text}");
    assert_eq!(village.engine.read(|view| view.bank.household(home(1)).map(|h| h.open)).await, Ok(Ok(1)));
    browser.finish().await;
}

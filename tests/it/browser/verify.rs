//! A resident checks a line in their own phone: what holds is told, and each lie of a server is found.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Browser, Kind, PHONE};
use crate::it::web::http::{ask, get};
use crate::it::web::village::{Village, link};

const TREES: usize = 18;

/// A deed of household 1 that was declared, reviewed, decided, on notice and credited.
async fn credited() -> (Village, u64) {
    let village = Village::open().await;
    let number = village.declare(1, "R01", 1).await;
    village.approve(&[number]).await;
    village.at("2026-11-12").await;
    let line = village.engine.published().size - 1;
    (village, line)
}

async fn pressed(browser: &Browser) {
    browser.click("在这部手机上核对").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_checked_in_the_phone_and_every_lie_is_found() {
    let (village, line) = credited().await;
    let book = link(1, 1);
    let page = format!("{book}?line={line}");
    for kind in [Kind::Today, Kind::Old] {
        let Some(browser) = Browser::start(&village, kind, PHONE).await else { return };
        browser.open(&book).await;
        browser.click(&format!("账目 {line} 号，核对")).await;
        browser.wait_for("联户党员审核").await;
        assert_eq!(browser.path().await, page);
        browser.check_fits().await;
        let text = browser.text().await;
        for why in ["评委投票", "公示", "积分目录第", "号"] {
            assert!(text.contains(why), "{why}: {text}");
        }
        pressed(&browser).await;
        browser.wait_for("核对无误").await;
        browser.wait_for("您手机记下了这个指纹").await;
        browser.screenshot(&format!("line-{kind:?}")).await;

        // The log grows; what the phone remembers is the beginning of it.
        village.declare(2, "R01", 1).await;
        browser.open(&page).await;
        pressed(&browser).await;
        browser.wait_for("原样在今天的账里").await;

        // Lies: a number on the page, the past, the key.
        let lies = [
            (
                "document.querySelector('[data-unit]').dataset.balance = '9999'",
                "页面上的数字和账目原文不一样",
            ),
            ("change((seen) => { seen.root = btoa('x'.repeat(32)); })", "同样长的账，指纹却不一样"),
            ("change((seen) => { seen.size -= 3; seen.root = btoa('x'.repeat(32)); })", "以前的账被改过"),
            ("change((seen) => { seen.size += 9; })", "账本比您手机上次见到的还短"),
            ("change((seen) => { seen.vkey += '='; })", "总账的公钥和您手机上次见到的不一样"),
            (
                "document.getElementById('line').dataset.vkey = document.getElementById('line').dataset.vkey.replace(/.$/, 'A'); localStorage.clear()",
                "总账公钥",
            ),
        ];
        for (lie, found) in lies {
            browser.open(&page).await;
            pressed(&browser).await;
            browser.wait_for("核对无误").await;
            let change = "const change = (way) => { const name = Object.keys(localStorage)[0]; \
                          const seen = JSON.parse(localStorage[name]); way(seen); localStorage[name] = JSON.stringify(seen); };";
            browser.script(&format!("{change} {lie}"), Value::Null).await;
            pressed(&browser).await;
            browser.wait_for(found).await;
            browser.wait_for("请把这一页拍下来").await;
            assert!(!browser.text().await.contains("核对无误"), "{found}");
            browser.script("localStorage.clear()", Value::Null).await;
        }
        browser.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_the_line_is_read_and_the_receipt_taken() {
    let (village, line) = credited().await;
    let Some(browser) = Browser::start(&village, Kind::NoScripts, PHONE).await else { return };
    browser.open(&format!("{}?line={line}", link(1, 1))).await;
    let picture = browser.screenshot("line-no-scripts").await;
    assert!(picture.exists());
    browser.check_fits().await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_are_those_of_the_log_and_only_of_the_own_book() {
    let (village, line) = credited().await;
    let address = crate::it::web::http::serve(&village.engine).await;
    let page = format!("{}/line/{line}", link(1, 1));
    let receipt = village.engine.receipt(line).await.expect("a receipt");
    let proof = get(address, &format!("{page}/receipt.tlog-proof")).await;
    assert_eq!((proof.status, proof.body.as_str()), (200, receipt.proof.as_str()));
    assert_eq!(proof.header("content-disposition"), Some("attachment"));
    let leaf = get(address, &format!("{page}/receipt.leaf")).await;
    assert_eq!((leaf.status, leaf.header("content-type")), (200, Some("application/octet-stream")));
    let code = get(address, &format!("{page}/receipt.svg")).await;
    assert_eq!((code.status, code.header("content-type")), (200, Some("image/svg+xml")));

    // Neither a neighbour's line, nor an entry of nobody's book, nor one that is not there, by any of the ways.
    let size = village.engine.published().size;
    for (book, index) in [(link(2, 1), line), (link(1, 1), 0), (link(1, 1), size)] {
        assert_eq!(get(address, &format!("{book}?line={index}")).await.status, 404, "{book} {index}");
    }
    for other in [
        format!("{}/line/{line}", link(2, 1)),
        format!("{}/line/0", link(1, 1)),
        format!("{}/line/{size}", link(1, 1)),
    ] {
        for way in ["/receipt.tlog-proof", "/receipt.leaf", "/receipt.svg"] {
            assert_eq!(get(address, &format!("{other}{way}")).await.status, 404, "{other}{way}");
        }
    }
    village.replace_card(1, 2).await;
    for way in ["/receipt.tlog-proof", "/receipt.leaf", "/receipt.svg"] {
        let old = get(address, &format!("{page}{way}")).await;
        assert!(old.status == 404 && old.says("这个网址打不开任何一本存折"), "{way}");
    }
    for query in ["", "?old=1", "?old=2&new=1", "?old=1&new=999999", "?old=-1&new=2", "?old=x&new=2"] {
        assert_eq!(
            ask(address, "GET", &format!("/tree/consistency{query}"), "").await.status,
            404,
            "{query}"
        );
    }
}

fn node(left: &[u8], right: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().to_vec()
}

/// RFC 6962, section 2.1: by recursion, as it is written there.
fn root(leaves: &[Vec<u8>]) -> Vec<u8> {
    match leaves {
        [leaf] => leaf.clone(),
        _ => {
            let (left, right) = leaves.split_at(half(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// The largest power of two below a number.
fn half(count: usize) -> usize {
    count.next_power_of_two() / 2
}

fn path(index: usize, leaves: &[Vec<u8>]) -> Vec<Vec<u8>> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    let (mut path, sibling) = if index < left.len() {
        (path(index, left), root(right))
    } else {
        (path(index - left.len(), right), root(left))
    };
    path.push(sibling);
    path
}

fn growth(old: usize, leaves: &[Vec<u8>], whole: bool) -> Vec<Vec<u8>> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    let (mut proof, sibling) = if old <= left.len() {
        (growth(old, left, whole), root(right))
    } else {
        (growth(old - left.len(), right, false), root(left))
    };
    proof.push(sibling);
    proof
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phones_tree_is_that_of_the_specification() {
    let (village, line) = credited().await;
    let Some(browser) = Browser::start(&village, Kind::Today, PHONE).await else { return };
    browser.open(&format!("{}?line={line}", link(1, 1))).await;
    let leaves: Vec<Vec<u8>> =
        (0..TREES as u8).map(|n| Sha256::new().chain_update([0, n]).finalize().to_vec()).collect();
    let text = |hashes: &[Vec<u8>]| hashes.iter().map(|hash| STANDARD.encode(hash)).collect::<Vec<_>>();
    let roots = text(&(1..=TREES).map(|size| root(&leaves[..size])).collect::<Vec<_>>());
    let inclusions: Vec<Value> = (1..=TREES)
        .flat_map(|size| (0..size).map(move |index| (index, size)))
        .map(|(index, size)| json!([index, size, text(&path(index, &leaves[..size]))]))
        .collect();
    let growths: Vec<Value> = (1..=TREES)
        .flat_map(|size| (1..=size).map(move |old| (old, size)))
        .map(|(old, size)| json!([old, size, text(&growth(old, &leaves[..size], true))]))
        .collect();
    let given = json!({ "roots": roots, "inclusions": inclusions, "growths": growths });
    // Each proof holds; with any hash changed, dropped or added, or for its neighbour, it does not.
    let script = "const given = arguments[0]; \
        const base = document.querySelector('script[type=module]').src.replace(/\\/[^\\/]*$/, ''); \
        return (async () => { \
          const t = await import(base + '/tree.js'); const b = await import(base + '/bytes.js'); \
          const roots = given.roots.map(b.fromBase64); const at = (size) => ({ size, root: roots[size - 1] }); \
          const leaf = (index) => t.leafHash(Uint8Array.of(index)); \
          let holds = 0; let found = 0; \
          const wrong = async (check) => { try { await check(); } catch (error) { if (error instanceof t.Untrue) { found += 1; return; } throw error; } throw new Error('a lie was not found'); }; \
          const lies = (hashes) => [[...hashes, roots[0]], ...hashes.map((_, gone) => hashes.filter((_, i) => i !== gone)), \
            ...hashes.map((_, at) => hashes.map((hash, i) => i === at ? hash.map((byte, j) => j === 5 ? byte ^ 1 : byte) : hash))]; \
          for (const [index, size, proof] of given.inclusions) { \
            const hashes = proof.map(b.fromBase64); const hash = await leaf(index); \
            await t.checkInclusion(index, at(size), hash, hashes); holds += 1; \
            for (const lie of lies(hashes)) await wrong(() => t.checkInclusion(index, at(size), hash, lie)); \
            await wrong(async () => t.checkInclusion(index, at(size), await leaf(99), hashes)); \
            if (size > 1) await wrong(() => t.checkInclusion((index + 1) % size, at(size), hash, hashes)); \
          } \
          for (const [old, size, proof] of given.growths) { \
            const hashes = proof.map(b.fromBase64); \
            await t.checkConsistency(at(old), at(size), hashes); holds += 1; \
            for (const lie of lies(hashes)) await wrong(() => t.checkConsistency(at(old), at(size), lie)); \
            await wrong(() => t.checkConsistency({ size: old, root: new Uint8Array(32) }, at(size), hashes)); \
            if (old < size) await wrong(() => t.checkConsistency(at(size), at(old), hashes)); \
          } \
          return [holds, found]; })()";
    let said = browser.script(script, given).await;
    let cases = TREES * (TREES + 1);
    assert_eq!(said[0], json!(cases), "{said}");
    assert!(said[1].as_u64().is_some_and(|found| found > 4 * cases as u64), "{said}");
    browser.finish().await;
}

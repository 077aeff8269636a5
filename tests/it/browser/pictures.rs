//! The pictures of the READMEs, made from a village of this test: `CIVBANK_PICTURES=docs/pictures cargo test --test it
//! pictures`. Keys and clock stand still, nobody in it is real, and every run draws the same. Without the variable they go
//! to the target directory, and only their making is tested.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use civbank::bank::ids::Digest;
use civbank::bank::words::Verdict;
use civbank::documents::DocumentKind;
use serde_json::json;

use super::axe::look_like;
use super::{Browser, DESKTOP, Kind, photograph, signed_in};
use crate::it::web::busy::{Busy, holder};
use crate::it::web::village::{branch, link};

/// Most bytes of one: a README is read on phones too.
const BYTES_MAX: usize = 150_000;

fn folder() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    match std::env::var_os("CIVBANK_PICTURES") {
        Some(folder) => package.join(folder),
        None => PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures"),
    }
}

/// What a window of this size shows, at one dot for each pixel.
async fn picture(browser: &Browser, name: &str, theme: &str, (width, height): (u32, u32)) {
    look_like(browser, theme, width, height).await;
    let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
    let taken = browser.command("Page.captureScreenshot", json!({ "format": "png", "clip": clip })).await;
    let bytes = STANDARD.decode(taken["data"].as_str().expect("a picture")).expect("base64");
    assert!(bytes.len() < BYTES_MAX, "{name}: {} bytes", bytes.len());
    let size =
        [&bytes[16..20], &bytes[20..24]].map(|part| u32::from_be_bytes(part.try_into().expect("four")));
    assert_eq!(size, [width, height], "{name}");
    let folder = folder();
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{name}.png")), bytes).expect("a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pictures_of_the_readme() {
    let busy = Busy::open("").await;
    let Some(browser) = Browser::start(&busy.village, Kind::Today, DESKTOP).await else { return };
    let village = &busy.village;
    browser.command("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
    browser.open("/").await;
    let drawn = photograph(&browser, 400, 300).await;
    let photo = village.engine.documents().put(DocumentKind::Photo, &drawn).expect("kept");
    let shown = village.declare_with(1, "G02", 3, vec![Digest(*photo.as_bytes())]).await;
    village.review(shown, Verdict::Endorse, None).await;

    browser.open(&link(1, 1)).await;
    picture(&browser, "passbook", "light", (360, 1000)).await;
    browser.open(&format!("/b/{}", branch())).await;
    picture(&browser, "board", "light", (360, 1000)).await;
    signed_in(&browser, village, holder("seat2"), None).await;
    browser.visit("/desk/committee").await;
    picture(&browser, "committee", "light", (1280, 900)).await;
    browser.finish().await;
}

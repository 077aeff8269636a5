//! The steps that many visits have in common: coming to a page, making a key and signing in with it, showing a card,
//! signing what is shown; and what was written. Each is done in the language that the page speaks.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use civbank::bank::command::{Body, Holder};
use civbank::bank::ids::PublicKey;
use civbank::wire::{Cause, Entry};
use serde_json::{Value, json};

use super::Browser;
use crate::it::web::village::{Village, link, passbook};

/// What the pages say at these steps, in one language.
struct Words {
    new_pin: &'static str,
    make: &'static str,
    made: &'static str,
    pin: &'static str,
    enter: &'static str,
    card: &'static str,
    take: &'static str,
    check: &'static str,
    sign: &'static str,
}

const CHINESE: Words = Words {
    new_pin: "新定本机密码",
    make: "新做密钥",
    made: "密钥做好了",
    pin: "本机密码",
    enter: "登录",
    card: "存折链接",
    take: "认存折",
    check: "请核对，再签名",
    sign: "签名并提交",
};

const ENGLISH: Words = Words {
    new_pin: "New PIN of this device",
    make: "Make a key",
    made: "The key is made. Once it is enrolled you can sign in.",
    pin: "PIN of this device",
    enter: "Sign in",
    card: "Link of the passbook",
    take: "Take the passbook",
    check: "Check, then sign",
    sign: "Sign and send",
};

impl Browser {
    /// Goes to a page and waits until its scripts are ready.
    pub async fn visit(&self, path: &str) {
        self.open(path).await;
        self.wait_at(path).await;
    }

    async fn words(&self) -> &'static Words {
        let lang = self.script("return document.documentElement.lang", Value::Null).await;
        if lang == "en" { &ENGLISH } else { &CHINESE }
    }

    /// Signs in with the key that lies here, at the sign-in page. `pin` where the browser is an old one.
    pub async fn enter(&self, pin: Option<&str>) {
        let words = self.words().await;
        if let Some(pin) = pin {
            self.fill(words.pin, pin).await;
        }
        self.click(words.enter).await;
        self.wait_at("/desk").await;
    }

    /// Waits until the desk shows another key than the one that this names.
    pub async fn wait_for_another_key(&self, old: &str) {
        let began = Instant::now();
        while self.path().await != "/desk" || self.part("key-card").await.contains(old) {
            self.patience(began, "the old key is shown").await;
        }
        self.wait_at("/desk").await;
    }

    /// Shows this household's card to a page that asks for one.
    pub async fn take(&self, serial: u32) {
        self.take_link(&card(serial)).await;
    }

    /// Shows what stands for a card.
    pub async fn take_link(&self, link: &str) {
        let words = self.words().await;
        self.fill(words.card, link).await;
        self.click(words.take).await;
    }

    /// Signs what is shown, once it is. `pin` where the browser is an old one.
    pub async fn sign(&self, pin: Option<&str>) {
        let words = self.words().await;
        self.wait_for(words.check).await;
        if let Some(pin) = pin {
            self.fill(words.pin, pin).await;
        }
        self.click(words.sign).await;
    }

    /// The part with this id at the top of what is shown.
    pub async fn scroll_to(&self, id: &str) {
        self.script("document.getElementById(arguments[0]).scrollIntoView()", json!(id)).await;
    }
}

/// A key made in the browser by its sign-in page, and enrolled by the officer for this holder. `pin` where the
/// browser is an old one.
pub async fn enrolled(browser: &Browser, village: &Village, holder: Holder, pin: Option<&str>) -> PublicKey {
    browser.visit("/sign-in").await;
    let words = browser.words().await;
    if let Some(pin) = pin {
        browser.fill(words.new_pin, pin).await;
    }
    browser.click(words.make).await;
    browser.wait_for(words.made).await;
    let mut key = [0; 32];
    hex::decode_to_slice(browser.part("made-key").await, &mut key).expect("a key");
    let key = PublicKey(key);
    village.try_officer(Body::EnrolKey { key, holder, valid_until: None }).await.expect("enrolled");
    key
}

/// The same, signed in at the desk.
pub async fn signed_in(browser: &Browser, village: &Village, holder: Holder, pin: Option<&str>) -> PublicKey {
    let key = enrolled(browser, village, holder, pin).await;
    browser.enter(pin).await;
    key
}

/// What a card's QR code says behind the host.
pub fn card_path(serial: u32) -> String {
    format!("{}#{}", link(serial, 1), URL_SAFE_NO_PAD.encode(passbook(serial, 1).to_bytes()))
}

/// What a card's QR code says.
pub fn card(serial: u32) -> String {
    format!("https://bank.example{}", card_path(serial))
}

/// A photograph that the browser itself draws: JPEG, this wide and high.
pub async fn photograph(browser: &Browser, width: u32, height: u32) -> Vec<u8> {
    let draw = "const [width, height] = arguments[0]; const canvas = document.createElement('canvas'); \
                canvas.width = width; canvas.height = height; const pen = canvas.getContext('2d'); \
                pen.fillStyle = '#2f7d4f'; pen.fillRect(0, 0, width, height); pen.fillStyle = '#b26a00'; \
                pen.fillRect(0, 0, width / 3, height / 2); return canvas.toDataURL('image/jpeg', 0.7)";
    let url = browser.script(draw, json!([width, height])).await;
    let (_, picture) = url.as_str().and_then(|url| url.split_once(',')).expect("a picture");
    STANDARD.decode(picture).expect("base64")
}

/// The text of the newest command.
pub fn newest(village: &Village) -> Value {
    let newest = size(village) - 1;
    let entry = village.engine.entry(newest).expect("a log").expect("an entry");
    let entry = Entry::decode(&entry).expect("an entry");
    let Cause::Signed(envelope) = entry.cause else { panic!("{:?}", entry.cause) };
    serde_json::from_slice(&envelope.payload).expect("JSON")
}

/// Entries of the village's log.
pub fn size(village: &Village) -> u64 {
    village.engine.published().size
}

//! The pages that sign, in a real browser: Debian's chromium, led by its chromedriver, before a real server with a
//! clock moved by hand.
//!
//! `Browser::start` answers none where the two programs are missing: the test says so aloud and does nothing,
//! unless `CIVBANK_TESTS_MUST_RUN=1`. Everything else that a test of a page needs is a method of [`Browser`].

mod axe;
mod driver;
mod english;
mod english_desks;
mod english_sign;
mod idle;
mod steps;
mod wire;

mod access;
mod bad;
mod board;
mod committee;
mod countersign;
mod declare;
mod desk;
mod import;
mod join;
mod liaison;
mod officer;
mod pictures;
mod rulings;
mod scripts;
mod shop;
mod sign_in;
mod till;
mod verify;
mod whole;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

pub use steps::{card, card_path, enrolled, newest, photograph, signed_in, size};

use super::web::http::serve;
use super::web::village::Village;

/// Browsers at once: the machine has two cores, and each browser wants one.
static BROWSERS: Semaphore = Semaphore::const_new(2);
/// What residents' browsers ask for; without it this one asks for English.
const CHINESE: &str = "zh-CN,zh";
/// How long a page may take to come to a state.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which browser a test wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As it is.
    Today,
    /// One whose engine does not know Ed25519, as phones of 2023 have.
    Old,
    /// With JavaScript off.
    NoScripts,
}

/// A phone held upright, as narrow as there are.
pub const PHONE: (u32, u32) = (320, 640);
/// A screen on a desk.
pub const DESKTOP: (u32, u32) = (1280, 800);

/// One browser that holds nothing of anybody's yet, before one server.
pub struct Browser {
    address: SocketAddr,
    port: u16,
    session: String,
    /// Parts of console errors that this test provokes.
    expected: Vec<&'static str>,
    /// Started with nothing of this test's own: the next may have it, once it is wiped.
    plain: bool,
    _place: SemaphorePermit<'static>,
}

impl Browser {
    /// A browser before the pages of a village; none where there is none on this machine.
    pub async fn start(village: &Village, kind: Kind, size: (u32, u32)) -> Option<Browser> {
        Browser::start_with(village, kind, size, &[]).await
    }

    /// The same with further arguments: a camera, say.
    pub async fn start_with(
        village: &Village,
        kind: Kind,
        (width, height): (u32, u32),
        more: &[String],
    ) -> Option<Browser> {
        let (port, profiles) = driver::port()?;
        let place = BROWSERS.acquire().await.expect("never closed");
        let address = serve(&village.engine).await;
        let plain = more.is_empty() && kind != Kind::NoScripts;
        let session = match plain.then(idle::take).flatten() {
            Some(session) => session,
            None => Browser::make(port, &profiles, kind, (width, height), more).await,
        };
        let browser = Browser { address, port, session, expected: Vec::new(), plain, _place: place };
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        browser.command("Emulation.setDeviceMetricsOverride", metrics).await;
        if kind == Kind::Old {
            let source = "for (const name of ['generateKey', 'importKey']) {\
                const real = SubtleCrypto.prototype[name];\
                SubtleCrypto.prototype[name] = function (...given) {\
                    if (given.some((one) => one === 'Ed25519' || (one && one.name === 'Ed25519'))) {\
                        return Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'));\
                    }\
                    return real.apply(this, given);\
                };\
            }";
            browser.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
        }
        Some(browser)
    }

    /// A new browser with a profile of its own; its session.
    async fn make(
        port: u16,
        profiles: &Path,
        kind: Kind,
        (width, height): (u32, u32),
        more: &[String],
    ) -> String {
        let profile = tempfile::tempdir_in(profiles).expect("a directory").keep();
        let mut args = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-gpu".to_owned(),
            "--no-first-run".to_owned(),
            "--lang=zh-CN".to_owned(),
            "--accept-lang=zh-CN,zh".to_owned(),
            format!("--user-data-dir={}", profile.display()),
            format!("--window-size={width},{height}"),
        ];
        args.extend_from_slice(more);
        let prefs = match kind {
            Kind::NoScripts => json!({
                "profile.managed_default_content_settings.javascript": 2,
                "intl.accept_languages": CHINESE,
            }),
            Kind::Today | Kind::Old => json!({ "intl.accept_languages": CHINESE }),
        };
        let options = json!({ "args": args, "prefs": prefs });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let made = wire::ask(port, "POST", "/session", Some(&wanted)).await.expect("a browser");
        made["sessionId"].as_str().expect("a session").to_owned()
    }

    /// Where the server is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Console errors with this part are this test's own doing.
    pub fn expect_error(&mut self, part: &'static str) {
        self.expected.push(part);
    }

    /// Goes to an address of any server.
    pub async fn open_elsewhere(&self, url: &str) {
        self.ask("POST", "/url", &json!({ "url": url })).await;
    }

    /// Goes to a path and waits until it is loaded.
    pub async fn open(&self, path: &str) {
        let url = format!("http://{}{path}", self.address);
        self.ask("POST", "/url", &json!({ "url": url })).await;
    }

    /// The path that is shown, with its query.
    pub async fn path(&self) -> String {
        let url = self.get("/url").await;
        let url = url.as_str().expect("an address").to_owned();
        let host = format!("http://{}", self.address);
        url.strip_prefix(&host).unwrap_or(&url).to_owned()
    }

    /// What a script says; `arguments[0]` is `given`.
    pub async fn script(&self, script: &str, given: Value) -> Value {
        self.ask("POST", "/execute/sync", &json!({ "script": script, "args": [given] })).await
    }

    /// The text that is shown, as a reader sees it.
    pub async fn text(&self) -> String {
        let text = self.script("return document.body.innerText", Value::Null).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The text of one part by its id; hidden parts have theirs too.
    pub async fn part(&self, id: &str) -> String {
        let script = "const part = document.getElementById(arguments[0]); return part && part.textContent";
        self.script(script, json!(id)).await.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks the button, link or summary that shows this label.
    pub async fn click(&self, label: &str) {
        let find = "return [...document.querySelectorAll('button, a, summary')].find((one) => \
                    one.textContent.trim() === arguments[0] && one.checkVisibility() && !one.disabled && !one.closest('[inert]'))";
        let element = self.find(find, json!(label), label).await;
        self.ask("POST", &format!("/element/{element}/click"), &json!({})).await;
    }

    /// The same within one part of the page, by its id: where many have the same button.
    pub async fn click_in(&self, part: &str, label: &str) {
        let find = "return [...document.querySelectorAll('button, a, summary, label')].find((one) => \
                    one.closest('#' + arguments[0][0]) && one.textContent.trim() === arguments[0][1] && \
                    one.checkVisibility() && !one.disabled && !one.closest('[inert]'))";
        let element = self.find(find, json!([part, label]), label).await;
        self.ask("POST", &format!("/element/{element}/click"), &json!({})).await;
    }

    /// Gives a file to the field with this id.
    pub async fn attach(&self, id: &str, file: &std::path::Path) {
        let element = self.find("return document.getElementById(arguments[0])", json!(id), id).await;
        let path = file.display().to_string();
        self.ask("POST", &format!("/element/{element}/value"), &json!({ "text": path })).await;
    }

    /// Presses a key where the focus is, by WebDriver's name for it.
    pub async fn key(&self, key: &str) {
        let press = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": press }] });
        self.ask("POST", "/actions", &actions).await;
    }

    /// Sets the field with this id; a choice by its value.
    pub async fn set(&self, id: &str, value: &str) {
        let script = "const field = document.getElementById(arguments[0][0]); field.value = arguments[0][1]; \
                      field.dispatchEvent(new Event('input', { bubbles: true })); \
                      field.dispatchEvent(new Event('change', { bubbles: true })); return field.value";
        assert_eq!(self.script(script, json!([id, value])).await, json!(value), "{id}");
    }

    /// Fills the field that this label names.
    pub async fn fill(&self, label: &str, value: &str) {
        let find = "const label = [...document.querySelectorAll('label')].find((one) => \
                    one.textContent.trim() === arguments[0] && one.checkVisibility()); return label && label.control";
        let element = self.find(find, json!(label), label).await;
        self.ask("POST", &format!("/element/{element}/clear"), &json!({})).await;
        self.ask("POST", &format!("/element/{element}/value"), &json!({ "text": value })).await;
    }

    /// Waits for an element.
    async fn find(&self, script: &str, given: Value, label: &str) -> String {
        let began = Instant::now();
        loop {
            let found = self.script(script, given.clone()).await;
            // The name that WebDriver has for the reference of an element.
            if let Some(id) = found["element-6066-11e4-a52e-4f735466cecf"].as_str() {
                return id.to_owned();
            }
            self.patience(began, &format!("no “{label}”")).await;
        }
    }

    /// Waits until the page shows this.
    pub async fn wait_for(&self, text: &str) {
        let began = Instant::now();
        while !self.text().await.contains(text) {
            self.patience(began, &format!("“{text}” is not shown")).await;
        }
    }

    /// Waits until this path is shown and its scripts are ready.
    pub async fn wait_at(&self, path: &str) {
        let began = Instant::now();
        let ready = "return document.documentElement.dataset.ready === 'yes'";
        while self.path().await != path || self.script(ready, Value::Null).await != json!(true) {
            self.patience(began, &format!("not ready at {path}")).await;
        }
    }

    async fn patience(&self, began: Instant, what: &str) {
        if began.elapsed() > PATIENCE {
            let picture = self.screenshot("gave-up").await;
            let (path, text) = (self.path().await, self.text().await);
            let log = self.get_log().await;
            panic!("{what} at {path} (see {}):\n{text}\n{log:#?}", picture.display());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// Nothing sticks out to the right: nobody has to push the page about.
    pub async fn check_fits(&self) {
        // Not `innerWidth`: a phone's browser zooms out to show a page that is too wide, and its window grows with it.
        let script = "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]";
        let widths = self.script(script, Value::Null).await;
        assert!(widths[0].as_u64() <= widths[1].as_u64(), "{} wide: {widths}", self.path().await);
    }

    /// A picture of what is shown, in the target directory.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        use base64::Engine as _;
        let picture = self.get("/screenshot").await;
        let picture = picture.as_str().expect("a picture");
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture).expect("base64");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(format!("{name}.png"));
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// A command of the browser's own protocol.
    pub async fn command(&self, name: &str, params: Value) -> Value {
        self.ask("POST", "/goog/cdp/execute", &json!({ "cmd": name, "params": params })).await
    }

    /// Closes the browser. Whatever the console called an error, and the test did not expect, fails it.
    pub async fn finish(self) {
        let log = self.get_log().await;
        if self.plain {
            self.wipe().await;
        } else {
            let gone = wire::ask(self.port, "DELETE", &format!("/session/{}", self.session), None).await;
            gone.expect("a browser that closes");
        }
        let lines = log.as_array().expect("lines").iter();
        let errors = lines.filter(|line| line["level"] == "SEVERE");
        let messages = errors.map(|line| line["message"].as_str().unwrap_or_default().to_owned());
        let unexpected: Vec<String> =
            messages.filter(|text| !self.expected.iter().any(|part| text.contains(part))).collect();
        assert!(unexpected.is_empty(), "the console has errors: {unexpected:#?}");
    }

    async fn get_log(&self) -> Value {
        self.ask("POST", "/se/log", &json!({ "type": "browser" })).await
    }

    async fn get(&self, path: &str) -> Value {
        let path = format!("/session/{}{path}", self.session);
        wire::ask(self.port, "GET", &path, None).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("/session/{}{path}", self.session);
        let answer = wire::ask(self.port, method, &path, Some(body)).await;
        answer.unwrap_or_else(|error| panic!("{path} {body}: {error}"))
    }
}

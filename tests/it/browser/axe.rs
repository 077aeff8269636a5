//! axe-core in the browser, and what it does not look at: that the keyboard alone reaches everything and that the focus
//! is seen. `CIVBANK_AXE` names the script (`tests/all.sh` installs it); without it the tests say so and do nothing,
//! unless `CIVBANK_TESTS_MUST_RUN=1`.

use std::io::Write as _;

use serde_json::{Value, json};

use super::Browser;

/// Theme, width and height in which each state of a page is judged.
const LOOKS: [(&str, u32, u32); 3] = [("light", 320, 640), ("dark", 320, 640), ("light", 1280, 800)];

/// Everything that WCAG 2.2 asks for at levels A and AA, as far as axe-core finds it.
const JUDGE: &str = "const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']; \
    return axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }).then((found) => \
      found.violations.flatMap((one) => one.nodes.map((node) => \
        `${one.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\\s+/g, ' ')} ${node.html.slice(0, 200)}`)))";

/// Opens what is folded up, so that it is judged too.
const UNFOLD: &str = "document.querySelectorAll('details').forEach((one) => { one.open = true; })";

/// What makes the page wider than the window; none where nothing does.
const WIDE: &str = "const width = document.documentElement.clientWidth; if (document.documentElement.scrollWidth <= width) return null; \
    const all = [...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > width \
      && !one.closest('.wide, .scroll')); return all.slice(0, 4).map((one) => one.outerHTML.slice(0, 160))";

/// Says which elements the keyboard has to reach, and begins to note which it does.
const LISTEN: &str = "const wanted = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, \
      [tabindex=\"0\"]')].filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled); \
    const groups = new Set(); \
    window.wanted = wanted.filter((one) => { if (one.type !== 'radio') return true; \
      const group = `${wanted.indexOf(one.form)} ${one.closest('form')?.id} ${one.closest('li')?.id} ${one.name}`; \
      if (groups.has(group)) return false; groups.add(group); return true; }); \
    window.reached = new Set(); window.unseen = []; \
    document.addEventListener('focusin', ({ target }) => { window.reached.add(target); \
      const style = getComputedStyle(target); \
      if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) window.unseen.push(`${target.outerHTML.slice(0, 120)} (${style.outlineStyle} ${style.outlineWidth}, shown as focused: ${target.matches(':focus-visible')})`); }); \
    document.activeElement?.blur(); window.getSelection().removeAllRanges(); return window.wanted.length + 4 * document.querySelectorAll('input[type=date]').length";

/// Elements that were not reached, and those whose focus nobody sees.
const REACHED: &str = "return [window.wanted.filter((one) => one.type === 'radio' \
      ? ![...window.reached].some((other) => other.name === one.name) : !window.reached.has(one)) \
      .map((one) => one.outerHTML.slice(0, 160)), window.unseen]";

/// The script; none where it is not there, which is said aloud.
fn script() -> Option<String> {
    let path = std::env::var("CIVBANK_AXE").unwrap_or_default();
    match std::fs::read_to_string(&path) {
        Ok(script) => Some(script),
        Err(error) => {
            let message = format!("CIVBANK_AXE={path}: {error}");
            let must = std::env::var_os("CIVBANK_TESTS_MUST_RUN").is_some_and(|must| must == "1");
            assert!(!must, "{message}");
            let _ = writeln!(std::io::stderr(), "\nSKIPPED what axe-core finds: {message}");
            None
        }
    }
}

/// Judges one page after the other, and tells everything at the end.
pub struct Judge {
    faults: Vec<String>,
    /// States that were judged.
    pub judged: usize,
}

impl Judge {
    /// Gives the browser's pages the script, as its own protocol does: no page's policy has to let it in.
    pub async fn start(browser: &Browser) -> Option<Judge> {
        let script = script()?;
        browser.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
        Some(Judge { faults: Vec::new(), judged: 0 })
    }

    /// The page as it stands, folded open, in every look; the keyboard walks over it in the first.
    pub async fn look(&mut self, browser: &Browser, name: &str) {
        browser.script(UNFOLD, Value::Null).await;
        let mut told = Vec::new();
        for (theme, width, height) in LOOKS {
            look_like(browser, theme, width, height).await;
            let found = browser.script(JUDGE, Value::Null).await;
            let found = found.as_array().unwrap_or_else(|| panic!("axe says {found} of {name}"));
            told.extend(
                found.iter().map(|one| format!("{theme} {width}: {}", one.as_str().unwrap_or_default())),
            );
            let wide = browser.script(WIDE, Value::Null).await;
            if !wide.is_null() {
                told.push(format!("{theme} {width}: sticks out: {wide}"));
            }
        }
        look_like(browser, "light", 320, 640).await;
        let markup = browser.script("return document.querySelectorAll('[hit]').length", Value::Null).await;
        if markup != json!(0) {
            told.push("a text has become markup".to_owned());
        }
        let walked = walk(browser).await;
        if !walked.is_empty() {
            // A busy machine may tell the page late that a key was pressed: what is amiss is so again.
            let again = walk(browser).await;
            told.extend(walked.into_iter().filter(|fault| again.contains(fault)));
        }
        self.judged += 1;
        self.faults.extend(told.into_iter().map(|fault| format!("{name}: {fault}")));
    }

    /// Whether something was found in the last states; forgotten then.
    pub fn found(&mut self, part: &str) -> bool {
        std::mem::take(&mut self.faults).iter().any(|fault| fault.contains(part))
    }

    /// Everything that was found.
    pub fn end(self) {
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
    }
}

/// Theme and width of the window from now on.
pub async fn look_like(browser: &Browser, theme: &str, width: u32, height: u32) {
    let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
    browser.command("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    browser.command("Emulation.setDeviceMetricsOverride", size).await;
}

/// Tab by Tab over the page: all that can be worked is reached, and seen when it is.
async fn walk(browser: &Browser) -> Vec<String> {
    let count = browser.script(LISTEN, Value::Null).await.as_u64().expect("a number");
    let tab = "\u{e004}";
    let press = [json!({ "type": "keyDown", "value": tab }), json!({ "type": "keyUp", "value": tab })];
    let presses: Vec<Value> = (0..count + 3).flat_map(|_| press.clone()).collect();
    let keyboard = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": presses }] });
    browser.ask("POST", "/actions", &keyboard).await;
    let told = browser.script(REACHED, Value::Null).await;
    let list = |at: usize, what: &str| {
        let found = told[at].as_array().cloned().unwrap_or_default();
        found.into_iter().map(|one| format!("{what}: {one}")).collect::<Vec<_>>()
    };
    [list(0, "the keyboard does not reach"), list(1, "its focus is not seen")].concat()
}

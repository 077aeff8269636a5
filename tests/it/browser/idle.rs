//! Browsers between two tests. Starting one costs more than most tests do in it, so a test that has ended leaves its
//! browser to the next, in a new tab and with everything gone that the browser kept: what was changed about the old tab
//! (scripts, size, theme, network) ends with it, cookies and cache are cleared, and each test's server has an origin of
//! its own, whose storage is cleared too. A test that fails leaves nothing: its browser is not used again.

use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::{Browser, wire};

static SESSIONS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A browser that is there; none where all are in use.
pub fn take() -> Option<String> {
    SESSIONS.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

impl Browser {
    /// Makes the browser as new, and leaves it to the next test.
    pub(super) async fn wipe(&self) {
        let old = self.get("/window/handles").await;
        let new = self.ask("POST", "/window/new", &json!({ "type": "tab" })).await;
        for handle in old.as_array().expect("handles") {
            self.ask("POST", "/window", &json!({ "handle": handle })).await;
            let path = format!("/session/{}/window", self.session);
            wire::ask(self.port, "DELETE", &path, None).await.expect("a tab that closes");
        }
        self.ask("POST", "/window", &json!({ "handle": new["handle"] })).await;
        self.command("Network.clearBrowserCookies", json!({})).await;
        self.command("Network.clearBrowserCache", json!({})).await;
        let origin = format!("http://{}", self.address);
        self.command("Storage.clearDataForOrigin", json!({ "origin": origin, "storageTypes": "all" })).await;
        // What the old tab said while it went is nobody's.
        self.get_log().await;
        SESSIONS.lock().unwrap_or_else(PoisonError::into_inner).push(self.session.clone());
    }
}

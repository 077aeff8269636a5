//! Who is signed in: the cookie, and the extractor by which a handler asks for a person.
//!
//! The cookie holds a token that this process made; whose key it names, and whether that key and its offices are
//! good, is asked of the bank at each request. A page that wants a session sends others to sign in; a path of
//! scripts says no.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};

use crate::access::{Credential, Denial, look, reader::Reader};
use crate::bank::Office;
use crate::bank::Signer;
use crate::bank::ids::{Branch, PersonId, PublicKey};
use crate::bank::time::Day;
use crate::bank::words::Role;

use super::Web;
use super::answer::{self, Trouble};
use super::api::No;

const NAME: &str = "civbank";

/// Who is signed in, as the bank's state had it when the request came. A handler that takes one is reached by
/// nobody else.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// The key that signed in.
    pub(super) key: PublicKey,
    /// Who holds it.
    pub(super) signer: Signer,
    /// Its last day; none: no end.
    pub(super) valid_until: Option<Day>,
    /// Offices in force, wherever; none for terminals and passbooks.
    pub(super) offices: Arc<[Office]>,
}

impl Session {
    /// The person, where it is one.
    pub(super) fn person(&self) -> Option<PersonId> {
        self.signer.person()
    }

    /// Branches in which this person holds an office, in order.
    pub(super) fn branches(&self, role: Role) -> Vec<Branch> {
        let mut branches: Vec<Branch> =
            self.offices.iter().filter(|office| office.role == role).map(|office| office.branch).collect();
        branches.sort_unstable();
        branches
    }
}

impl FromRequestParts<Web> for Session {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        signed_in(&parts.headers, web).await.map_err(|denial| {
            if parts.uri.path().starts_with("/api/") {
                return No::from(denial).into_response();
            }
            match denial {
                Denial::Stopped | Denial::Damaged | Denial::Internal => answer::trouble(Trouble::Unavailable),
                // Nobody was signed in, or nobody is any more.
                Denial::SessionMissing => Redirect::to("/sign-in").into_response(),
                _ => Redirect::to("/sign-in?ended").into_response(),
            }
        })
    }
}

async fn signed_in(headers: &HeaderMap, web: &Web) -> Result<Session, Denial> {
    let token = token(headers).ok_or(Denial::SessionMissing)?;
    let key = web.sessions.open(token, web.engine.now())?;
    look(&web.engine, Credential::Key(key), |view, reader| {
        let Reader::Known(signer) = *reader else { return Err(Denial::SessionMissing) };
        let offices = signer.person().map(|person| view.bank.offices(person, view.now).cloned().collect());
        Ok(Session {
            key,
            signer,
            valid_until: view.bank.key(&key).and_then(|record| record.valid_until),
            offices: offices.unwrap_or_else(|| Arc::from([])),
        })
    })
    .await
}

/// The token of the request's cookies.
fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, token)| token)
}

/// The cookie of a session that ends in so many milliseconds.
pub(super) fn cookie(headers: &HeaderMap, token: &str, left_ms: i64) -> HeaderValue {
    written(headers, token, left_ms.max(0) / 1_000)
}

/// The cookie that takes the other one away.
pub(super) fn no_cookie(headers: &HeaderMap) -> HeaderValue {
    written(headers, "", 0)
}

fn written(headers: &HeaderMap, token: &str, seconds: i64) -> HeaderValue {
    let secure = if is_plain_loopback(headers) { "" } else { "; Secure" };
    let text = format!("{NAME}={token}; HttpOnly{secure}; SameSite=Strict; Path=/; Max-Age={seconds}");
    // A token is base64url: it is always a header's text.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Whether the page that asks was served as plain text on this machine, where some browsers keep no `Secure`
/// cookie. Browsers set `Origin` themselves; a page of any other host says otherwise.
fn is_plain_loopback(headers: &HeaderMap) -> bool {
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default();
    let Some(host) = origin.strip_prefix("http://") else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_other_cookies() {
        for (sent, token_in_it) in [
            ("civbank=abc", Some("abc")),
            ("a=b; civbank=abc; c=d", Some("abc")),
            ("notcivbank=x;civbank=abc", Some("abc")),
            ("civbank=", Some("")),
            ("civbankk=abc", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_static(sent));
            assert_eq!(token(&headers), token_in_it, "{sent}");
        }
    }

    #[test]
    fn only_plain_pages_of_this_machine_get_a_cookie_that_is_not_secure() {
        for (origin, plain) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://[::1]:7", true),
            ("http://[::1]", true),
            ("https://127.0.0.1:8080", false),
            ("http://bank.example", false),
            ("http://127.0.0.1.bank.example", false),
            ("http://localhost:80.example", false),
            ("null", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
            assert_eq!(is_plain_loopback(&headers), plain, "{origin}");
            let cookie = cookie(&headers, "t", 5_400);
            let cookie = cookie.to_str().unwrap();
            assert_eq!(cookie.contains("; Secure"), !plain, "{origin}");
            assert!(
                cookie.starts_with("civbank=t; HttpOnly; ") && cookie.contains("; SameSite=Strict; Path=/")
            );
            assert!(cookie.ends_with("Max-Age=5"), "{cookie}");
        }
        assert!(no_cookie(&HeaderMap::new()).to_str().unwrap().ends_with("Max-Age=0"));
    }
}

//! Requests that a browser sends because another site told it to: told by what browsers say of themselves, and
//! refused wherever something could change.
//!
//! `Sec-Fetch-Site` says it outright; browsers before 2023 may send only `Origin`, which is held against the host
//! that was asked. What sends neither is no browser, and carries no cookie that somebody else could use. Nothing
//! here is logged: paths hold view tokens.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::api;

/// Lets through what only reads, and what comes from our own pages or from no page at all.
pub(super) async fn turned_away(request: Request, next: Next) -> Response {
    if is_foreign(request.method(), request.uri(), request.headers()) {
        return api::cross_site().into_response();
    }
    next.run(request).await
}

fn is_foreign(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let mut sites = headers.get_all("sec-fetch-site").iter().peekable();
    if sites.peek().is_some() {
        return !sites.all(|site| site == "same-origin" || site == "none");
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    // HTTP/2 names the host in the request's own address.
    let named = uri.authority().map(|authority| authority.as_str());
    let asked = named.or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()));
    origin.map(|(_, host)| host) != asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_says_of_itself_decides() {
        for (sent, foreign) in [
            (&[][..], false),
            (&[("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "")], true),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://bank.example")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://other.example")], false),
            (&[("origin", "https://bank.example")], false),
            (&[("origin", "https://bank.example:8443")], true),
            (&[("origin", "https://bank.example.other")], true),
            (&[("origin", "null")], true),
            (&[("origin", "")], true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "bank.example".parse().unwrap());
            for (name, value) in sent {
                headers.append(*name, value.parse().unwrap());
            }
            let path = Uri::from_static("/api/submit");
            assert_eq!(is_foreign(&Method::POST, &path, &headers), foreign, "{sent:?}");
            assert!(!is_foreign(&Method::GET, &path, &headers), "{sent:?}");
        }
    }

    #[test]
    fn http_2_names_the_host_in_the_address() {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, "https://bank.example".parse().unwrap());
        let ours = Uri::from_static("https://bank.example/api/submit");
        let other = Uri::from_static("https://other.example/api/submit");
        assert!(!is_foreign(&Method::POST, &ours, &headers));
        assert!(is_foreign(&Method::POST, &other, &headers));
    }
}

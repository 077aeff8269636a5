//! Which language a reader wants: Chinese, unless their browser says that it prefers English (RFC 9110, 12.5.4).
//!
//! Nothing else is asked, kept or offered: no cookie, no switch in the address. Whatever is unclear is Chinese. Pages
//! in English are made by the very templates that make the Chinese ones, and what scripts are answered follows the same
//! header. What leaves here tells caches that it depends on it.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::words::Lang;

use super::answer::{self, Trouble};
use super::api::No;

/// Tags of Chinese languages that browsers send: whoever names one of them reads Chinese pages.
const CHINESE: [&str; 9] = ["zh", "cmn", "yue", "wuu", "hak", "nan", "hsn", "gan", "cdo"];

/// The language of whoever asks.
pub(super) struct Reading(pub(super) Lang);

impl<S: Sync> FromRequestParts<S> for Reading {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Reading, Infallible> {
        Ok(Reading(preferred(&parts.headers)))
    }
}

/// Tells trouble in the reader's language, and names the language of every page.
pub(super) async fn spoken(request: Request, next: Next) -> Response {
    let lang = preferred(request.headers());
    let mut response = next.run(request).await;
    // Handlers tell trouble, and scripts' paths their "no", in Chinese and leave a note of which it was.
    if lang == Lang::En {
        if let Some(trouble) = response.extensions().get::<Trouble>().copied() {
            response = answer::trouble_in(lang, trouble);
        } else if let Some(no) = response.extensions().get::<No>() {
            response = no.told(lang);
        }
    }
    let told = response.extensions().get::<Lang>().copied();
    let headers = response.headers_mut();
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    // Of what is no page, only answers with words in them are noted.
    if told.is_some() || kind.is_some_and(|kind| kind.starts_with("text/html")) {
        headers.append(VARY, HeaderValue::from_static("accept-language"));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(told.unwrap_or_default().tag()));
    }
    response
}

/// English where it is worth more than Chinese, else Chinese.
fn preferred(headers: &HeaderMap) -> Lang {
    let mut wanted = Wanted::default();
    for value in headers.get_all(ACCEPT_LANGUAGE) {
        let Ok(text) = value.to_str() else { return Lang::Zh };
        // A list may have empty places (RFC 9110, 5.6.1.2).
        for range in text.split(',').map(str::trim).filter(|range| !range.is_empty()) {
            if wanted.take(range).is_none() {
                return Lang::Zh;
            }
        }
    }
    let worth = |named: Option<u16>| named.or(wanted.others).unwrap_or(0);
    if worth(wanted.english) > worth(wanted.chinese) { Lang::En } else { Lang::Zh }
}

/// What the languages are worth to a reader, in thousandths; none where they are not named.
#[derive(Default)]
struct Wanted {
    english: Option<u16>,
    chinese: Option<u16>,
    /// Those that are not named.
    others: Option<u16>,
}

impl Wanted {
    /// Takes one range in, such as `en-GB;q=0.8`; none where it does not read as one.
    fn take(&mut self, range: &str) -> Option<()> {
        let (tag, weight) = match range.split_once(';') {
            Some((tag, weight)) => (tag.trim_end(), thousandths(weight.trim())?),
            None => (range, 1_000),
        };
        let primary = tag.split('-').next()?.to_ascii_lowercase();
        let place = match primary.as_str() {
            "*" if tag == "*" => &mut self.others,
            "en" => &mut self.english,
            chinese if CHINESE.contains(&chinese) => &mut self.chinese,
            other if !other.is_empty() && other.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                return Some(());
            }
            _ => return None,
        };
        *place = Some(place.map_or(weight, |known| known.max(weight)));
        Some(())
    }
}

/// `q=0.8` as 800: at most three digits behind the point, at most 1 (RFC 9110, 12.4.2).
fn thousandths(weight: &str) -> Option<u16> {
    let value = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?;
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_for_those_who_prefer_it_to_chinese() {
        for (sent, lang) in [
            (&[][..], Lang::Zh),
            (&[""], Lang::Zh),
            (&["en"], Lang::En),
            (&["EN-us"], Lang::En),
            (&["en-US,en;q=0.9"], Lang::En),
            (&["zh-CN,zh;q=0.9,en;q=0.8"], Lang::Zh),
            (&["en-GB,en;q=0.9,zh-CN;q=0.8"], Lang::En),
            (&["en;q=0.8,zh;q=0.9"], Lang::Zh),
            (&["en,zh"], Lang::Zh),
            (&["en;q=0.5,zh;q=0.5"], Lang::Zh),
            (&["de"], Lang::Zh),
            (&["de,en;q=0.3"], Lang::En),
            (&["de,en;q=0.3,zh;q=0.2"], Lang::En),
            (&["*"], Lang::Zh),
            (&["en,*;q=0.1"], Lang::En),
            (&["zh;q=0,*"], Lang::En),
            (&["en;q=0.5,*"], Lang::Zh),
            (&["en;q=0"], Lang::Zh),
            (&["en;q=0.001"], Lang::En),
            (&["yue-HK,en;q=0.9"], Lang::Zh),
            (&["en ; q=0.9 , zh ;q=0.1"], Lang::En),
            (&["en,,zh;q=0.1"], Lang::En),
            (&["en", "zh;q=0.5"], Lang::En),
            (&["en;q=0.5", "zh"], Lang::Zh),
            // What does not read is not guessed at.
            (&["en;q=1.5"], Lang::Zh),
            (&["en;q=0.1234"], Lang::Zh),
            (&["en;q=-1"], Lang::Zh),
            (&["en;q="], Lang::Zh),
            (&["en;q=0.+1"], Lang::Zh),
            (&["en;level=1"], Lang::Zh),
            (&["en;q=0.9;q=0.1"], Lang::Zh),
            (&["en,*-x"], Lang::Zh),
            (&["en, z h"], Lang::Zh),
            (&["english"], Lang::Zh),
        ] {
            let mut headers = HeaderMap::new();
            for value in sent {
                headers.append(ACCEPT_LANGUAGE, value.parse().expect("a header"));
            }
            assert_eq!(preferred(&headers), lang, "{sent:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_bytes(b"en,\xe4\xb8\xad").expect("a header"));
        assert_eq!(preferred(&headers), Lang::Zh);
    }
}

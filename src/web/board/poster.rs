//! `GET /b/{branch}/poster`: the sheet for the village's wall, A4, with the code that opens the board.

use std::fmt::Write as _;

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use qrcode::{Color, EcLevel, QrCode};

use crate::bank::ids::Branch;
use crate::words::Lang;

use super::super::answer::{self, Trouble};
use super::super::language::Reading;
use super::super::{Web, stylesheet};

/// Modules of white around a code, so that phones find it.
const QUIET: usize = 4;
/// Longest name of a host that is believed.
const HOST_BYTES_MAX: usize = 253;

/// A code as one path of unit squares.
struct Code {
    /// Modules on a side, the white ones around it included.
    side: usize,
    path: String,
}

#[derive(Template)]
#[template(path = "poster.html")]
struct PosterPage {
    stylesheet: String,
    lang: Lang,
    poster_stylesheet: String,
    bank: String,
    branch: String,
    code: String,
    /// The address without scheme, as people write it down.
    address: String,
    qr: Code,
}

/// `GET /b/{branch}/poster`.
pub(in crate::web) async fn page(
    State(web): State<Web>,
    Reading(lang): Reading,
    headers: HeaderMap,
    uri: Uri,
    code: Result<Path<String>, PathRejection>,
) -> Response {
    let branch: Option<Branch> = code.ok().and_then(|Path(code)| code.parse().ok());
    let Some(branch) = branch else { return answer::trouble(Trouble::NoSuchPage) };
    let titles = web.engine.read(|view| super::titles(view, branch)).await;
    let (bank, title) = match titles {
        Ok(Some(titles)) => titles,
        Ok(None) => return answer::trouble(Trouble::NoSuchPage),
        Err(_) => return answer::trouble(Trouble::Unavailable),
    };
    let asked = || Some(format!("{}://{}", web.scheme, host(&headers, &uri)?));
    let Some(base) = web.public_url.as_deref().map(str::to_owned).or_else(asked) else {
        return answer::trouble(Trouble::NoAddress);
    };
    // What stands behind the question mark is how a scan is counted.
    let Ok(qr) = QrCode::with_error_correction_level(format!("{base}/b/{branch}?s=1"), EcLevel::M) else {
        return answer::trouble(Trouble::NoAddress);
    };
    let address = base.split_once("://").map_or(base.as_str(), |(_, host)| host);
    let page = PosterPage {
        stylesheet: stylesheet::path(),
        lang,
        poster_stylesheet: stylesheet::poster(),
        bank,
        branch: title,
        code: branch.to_string(),
        address: format!("{address}/b/{branch}"),
        qr: drawn(&qr),
    };
    answer::page_in(lang, &page)
}

/// The host that the browser asked for, where it reads as one.
fn host(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let sent = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = sent.or_else(|| uri.authority().map(|authority| authority.as_str()))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    let fits = !host.is_empty() && host.len() <= HOST_BYTES_MAX && host.bytes().all(plain);
    fits.then(|| host.to_owned())
}

/// Dark modules, run by run.
fn drawn(qr: &QrCode) -> Code {
    let width = qr.width();
    let colors = qr.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    Code { side: width + 2 * QUIET, path }
}

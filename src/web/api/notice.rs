//! What an objector's command has to name of a row on notice. The board masks households, and an inspection sheet has
//! many: which one a row is, those learn who may object to it.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::access::reader::Reader;
use crate::access::{Credential, Denial, look};

use super::super::Web;
use super::super::language::Reading;
use super::super::notice::{Named, Notice, check_objector, who};
use super::no::{self, No};
use super::proof::Shown;

/// `POST /api/notice`, with a session or a card's key: `{declaration, row?}` → the row, and who objects.
pub(super) async fn get(
    State(web): State<Web>,
    Reading(lang): Reading,
    shown: Shown,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, No> {
    let named: Named = no::read(&no::text(&headers, body)?)?;
    let found = look(&web.engine, Credential::Key(shown.key), |view, reader| {
        let Reader::Known(signer) = *reader else { return Err(Denial::SessionMissing) };
        let unknown = Denial::DeclarationUnknown(named.declaration);
        let (case, row) = named.find(view).ok_or(unknown)?;
        check_objector(view, signer, case.branch)?;
        let notice = Notice::of(view, lang, named.declaration, case, row);
        Ok(serde_json::json!({
            "household": case.sheet.then(|| row.household.to_string()),
            "title": notice.title,
            "objected": notice.objected,
            "objector": who(lang, signer),
        }))
    });
    Ok(no::json_in(lang, &found.await?))
}

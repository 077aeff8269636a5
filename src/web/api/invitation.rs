//! What an invitation offers, told to whoever knows its public key: only a link's holder can make that out.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::access::{Credential, field, invited, look};
use crate::bank::command::Holder;
use crate::bank::ids::PublicKey;
use crate::bank::words::InvitationState;

use super::super::Web;
use super::super::language::Reading;
use super::no::{self, No};
use super::session::bytes;

/// Which invitation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Asked {
    invitation_key: String,
}

/// `POST /api/invitation`. A wrong key is counted with wrong links.
pub(super) async fn get(
    State(web): State<Web>,
    Reading(lang): Reading,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, No> {
    let asked: Asked = no::read(&no::text(&headers, body)?)?;
    let key = PublicKey(field::bytes("invitationKey", &bytes("invitationKey", &asked.invitation_key)?)?);
    let found = look(&web.engine, Credential::Unasked, |view, _| invited::offered(view, key, lang)).await;
    let offered = match found {
        Ok(offered) => offered,
        Err(denial) => {
            let unknown = denial.reason() == "INVITATION_UNKNOWN";
            return Err(if unknown && !web.admits_miss() { No::too_many() } else { denial.into() });
        }
    };
    let terminal = matches!(offered.holder, Holder::Terminal(_));
    Ok(no::json_in(
        lang,
        &serde_json::json!({
            "holder": lang.holder(offered.holder),
            "terminal": terminal,
            "branch": offered.branch_title,
            "offices": offered.offices,
            "keyUntil": offered.key_valid_until.map(|last| lang.day(last)),
            "until": lang.last_before(offered.expires),
            "state": state(offered.state),
        }),
    ))
}

/// The part of the page that fits.
fn state(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Open => "open",
        InvitationState::Accepted => "accepted",
        InvitationState::Cancelled => "cancelled",
        InvitationState::Expired => "expired",
    }
}

//! DSSE's JSON form of an envelope, for browsers and files:
//!
//! ```json
//! {"payload": "<base64>", "payloadType": "…", "signatures": [{"keyid": "<hex>", "sig": "<base64>"}]}
//! ```
//!
//! One spelling: base64 is RFC 4648 section 4 with padding and no stray bits, hexadecimal is lowercase.
//! Unknown names are refused. Signatures are not looked at here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::field::{At, BadField, Problem};
use super::limits::ENVELOPE_JSON_BYTES_MAX;
use super::{json_path, pb};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Form {
    payload: String,
    payload_type: String,
    signatures: Vec<FormSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormSignature {
    keyid: String,
    sig: String,
}

/// Reads the JSON form.
///
/// # Errors
///
/// JSON of another form, or a text in it that is not base64 or hexadecimal.
pub fn envelope_from_json(text: &[u8]) -> Result<pb::Envelope, BadField> {
    if text.len() > ENVELOPE_JSON_BYTES_MAX {
        let got = text.len();
        return Err(At::top("envelope").bad(Problem::TooLong { max: ENVELOPE_JSON_BYTES_MAX, got }));
    }
    let form: Form = serde_json::from_slice(text).map_err(|error| json_path::bad_field(text, &error))?;
    from_form(form)
}

/// What a browser's script sends: an envelope and the PIN beside it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Submission {
    envelope: Form,
    #[serde(default)]
    pin: Zeroizing<String>,
}

/// Reads `{"envelope": {…}, "pin": "…"}`; no PIN reads as an empty one, which is wiped once it was used.
///
/// # Errors
///
/// As [`envelope_from_json`].
pub fn submission_from_json(text: &[u8]) -> Result<(pb::Envelope, Zeroizing<String>), BadField> {
    // The parser's own words may quote what it read, a PIN too: only where it went wrong is told.
    let sent: Submission = serde_json::from_slice(text)
        .map_err(|_| At::top("submission").bad(Problem::Malformed("an envelope and at most a PIN")))?;
    Ok((from_form(sent.envelope)?, sent.pin))
}

fn from_form(form: Form) -> Result<pb::Envelope, BadField> {
    let place = At::top("signatures");
    let mut signatures = Vec::with_capacity(form.signatures.len());
    for (position, one) in form.signatures.iter().enumerate() {
        let at = place.member(position);
        signatures.push(pb::Signature {
            public_key: from_hex(at.name("keyid"), &one.keyid)?,
            signature: from_base64(at.name("sig"), &one.sig)?,
        });
    }
    Ok(pb::Envelope {
        payload: from_base64(At::top("payload"), &form.payload)?,
        payload_type: form.payload_type,
        signatures,
    })
}

/// Writes the JSON form.
pub fn envelope_to_json(envelope: &pb::Envelope) -> String {
    let signature = |one: &pb::Signature| FormSignature {
        keyid: hex::encode(&one.public_key),
        sig: STANDARD.encode(&one.signature),
    };
    let form = Form {
        payload: STANDARD.encode(&envelope.payload),
        payload_type: envelope.payload_type.clone(),
        signatures: envelope.signatures.iter().map(signature).collect(),
    };
    serde_json::to_string(&form).expect("three texts under fixed names always have a JSON form")
}

fn from_base64(at: At, text: &str) -> Result<Vec<u8>, BadField> {
    STANDARD.decode(text).map_err(|_| at.bad(Problem::Malformed("base64 with padding")))
}

fn from_hex(at: At, text: &str) -> Result<Vec<u8>, BadField> {
    let wants = Problem::Malformed("lowercase hexadecimal");
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(at.bad(wants));
    }
    hex::decode(text).map_err(|_| at.bad(wants))
}

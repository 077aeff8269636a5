//! Commands: from the payload of an envelope to the bank's own type, and back for clients.
//!
//! The door of the bank. A [`Command`] that comes out of here has only identifiers in range, known words,
//! texts and lists within limits, and parts that agree with each other. Nothing is guessed and nothing is
//! dropped: unknown fields, doubles and JSON `null`s are refused. Whether the command may be done now is for
//! the bank to say.

mod branch;
mod declaration;
mod dispute;
mod goods;
mod household;
mod invitation;
mod key;
mod office;
mod public;
mod write;

use prost::Message;

use crate::bank::command::{Body, Command};
use crate::bank::time::Time;

use super::dsse::PayloadType;
use super::field::{At, BadField, Problem};
use super::pb;
use super::pb::command::Body as PbBody;
use super::{json_path, limits, read, strict_json, text};

pub use write::command_to_pb;

/// Reads the payload of an envelope.
///
/// # Errors
///
/// The first field that cannot be accepted; `payload` where the bytes as a whole cannot.
pub fn decode_command(payload_type: PayloadType, payload: &[u8]) -> Result<Command, BadField> {
    let message = match payload_type {
        PayloadType::Protobuf => decode_protobuf(payload)?,
        PayloadType::Json => decode_json(payload)?,
    };
    read_command(&message)
}

/// Writes a command as a client signs it, in protobuf's canonical encoding.
pub fn encode_command(command: &Command) -> Vec<u8> {
    command_to_pb(command).encode_to_vec()
}

/// Writes a command as a browser signs it, in proto3's JSON mapping.
pub fn encode_command_json(command: &Command) -> String {
    serde_json::to_string(&command_to_pb(command))
        .expect("a command read at the door has a JSON form: its words and its time are in range")
}

/// The whole payload as a place.
const PAYLOAD: At<'static> = At::top("payload");

/// Protobuf in its one canonical spelling. Comparing the bytes finds at any depth what decoding drops or
/// folds together: unknown fields, fields given twice, longer forms of numbers.
fn decode_protobuf(payload: &[u8]) -> Result<pb::Command, BadField> {
    let message = pb::Command::decode(payload).map_err(|_| PAYLOAD.bad(Problem::Undecodable))?;
    if message.encode_to_vec() != payload {
        return Err(PAYLOAD.bad(Problem::NotCanonical));
    }
    Ok(message)
}

fn decode_json(payload: &[u8]) -> Result<pb::Command, BadField> {
    strict_json::check(payload)?;
    serde_json::from_slice(payload).map_err(|error| json_path::bad_field(payload, &error))
}

/// Reads a decoded command.
///
/// # Errors
///
/// The first field that cannot be accepted.
pub fn read_command(message: &pb::Command) -> Result<Command, BadField> {
    text::check_origin(At::top("origin"), &message.origin, limits::ORIGIN_CHARS_MAX)?;
    Ok(Command {
        origin: message.origin.clone(),
        request_id: read_request_id(&message.request_id)?,
        not_after: read_not_after(message.not_after.as_ref())?,
        body: read_body(message.body.as_ref())?,
    })
}

/// 16 bytes of a UUID of version 7 and RFC 9562's variant.
pub(super) fn read_request_id(id: &[u8]) -> Result<[u8; 16], BadField> {
    let at = At::top("request_id");
    let id: [u8; 16] = read::bytes(at, id)?;
    if id[6] >> 4 != 7 || id[8] >> 6 != 0b10 {
        return Err(at.bad(Problem::Malformed("a UUID of version 7")));
    }
    Ok(id)
}

/// When the command dies unused.
pub(super) fn read_not_after(moment: Option<&pbjson_types::Timestamp>) -> Result<Time, BadField> {
    read::timestamp(At::top("not_after"), moment)
}

fn read_body(body: Option<&PbBody>) -> Result<Body, BadField> {
    let top = At::top;
    match read::present(top("body"), body)? {
        PbBody::OpenBank(m) => branch::open_bank(top("open_bank"), m),
        PbBody::OpenBranch(m) => branch::open_branch(top("open_branch"), m),
        PbBody::SetPolicy(m) => branch::set_policy(top("set_policy"), m),
        PbBody::EnrolKey(m) => key::enrol_key(top("enrol_key"), m),
        PbBody::RevokeKey(m) => key::revoke_key(top("revoke_key"), m),
        PbBody::RotateKey(m) => key::rotate_key(top("rotate_key"), m),
        PbBody::Appoint(m) => office::appoint(top("appoint"), m),
        PbBody::Dismiss(m) => office::dismiss(top("dismiss"), m),
        PbBody::PublishCatalogue(m) => branch::publish_catalogue(top("publish_catalogue"), m),
        PbBody::FundBudget(m) => branch::fund_budget(top("fund_budget"), m),
        PbBody::OpenHousehold(m) => household::open_household(top("open_household"), m),
        PbBody::CloseHousehold(m) => household::close_household(top("close_household"), m),
        PbBody::DeclareKin(m) => household::declare_kin(top("declare_kin"), m),
        PbBody::IssuePassbook(m) => household::issue_passbook(top("issue_passbook"), m),
        PbBody::SetPin(m) => household::set_pin(top("set_pin"), m),
        PbBody::Declare(m) => declaration::declare(top("declare"), m),
        PbBody::Review(m) => declaration::review(top("review"), m),
        PbBody::Decide(m) => declaration::decide(top("decide"), m),
        PbBody::Withdraw(m) => declaration::withdraw(top("withdraw"), m),
        PbBody::Resubmit(m) => declaration::resubmit(top("resubmit"), m),
        PbBody::Object(m) => dispute::object(top("object"), m),
        PbBody::Rule(m) => dispute::rule(top("rule"), m),
        PbBody::Assess(m) => declaration::assess(top("assess"), m),
        PbBody::StockIn(m) => goods::stock_in(top("stock_in"), m),
        PbBody::SetPrice(m) => goods::set_price(top("set_price"), m),
        PbBody::StockCount(m) => goods::stock_count(top("stock_count"), m),
        PbBody::Redeem(m) => goods::redeem(top("redeem"), m),
        PbBody::Refund(m) => goods::refund(top("refund"), m),
        PbBody::Erase(m) => household::erase(top("erase"), m),
        PbBody::Invite(m) => invitation::invite(top("invite"), m),
        PbBody::AcceptInvitation(m) => invitation::accept(top("accept_invitation"), m),
        PbBody::CancelInvitation(m) => invitation::cancel(top("cancel_invitation"), m),
        PbBody::SetPublicity(m) => public::set_publicity(top("set_publicity"), m),
        PbBody::Suggest(m) => public::suggest(top("suggest"), m),
        PbBody::AnswerSuggestion(m) => public::answer_suggestion(top("answer_suggestion"), m),
    }
}

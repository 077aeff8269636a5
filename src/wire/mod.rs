//! The border between bytes and the bank's own types, in both directions.
//!
//! What comes in is checked completely here, once: sizes first, then signatures over the bytes exactly as
//! received, then every field, with an error that names it (`redeem.lines[3].quantity`). What goes out is
//! encoded once and frozen. This room promises never to panic on bytes from outside, to accept one spelling
//! of each protobuf message, and never to drop a field that it does not know. It does not know the bank's
//! state: whether a key is enrolled, a branch exists or a price is current is decided elsewhere.
//!
//! The generated messages ([`pb`]) cross the border only here and in the faces; the rules have their own
//! types ([`crate::bank`]).

pub mod proto;

pub mod limits;

pub mod dsse;
pub mod envelope;
pub mod envelope_json;
pub mod many;
pub mod signature;

pub mod command;
pub mod effects;
pub mod entry;
pub mod outcome;
pub mod parts;

pub mod field;
mod fields;
mod json_path;
mod read;
mod strict_json;
mod text;

pub use command::{command_to_pb, decode_command, encode_command, encode_command_json, read_command};
pub use dsse::PayloadType;
pub use effects::{
    change_from_pb, change_to_pb, effects_from_pb, effects_to_pb, posting_from_pb, posting_to_pb,
};
pub use entry::{BadEntry, Cause, Entry};
pub use envelope::{BadEnvelope, Checked, EnvelopeError, Heading, check, heading, sign, verify};
pub use envelope_json::{envelope_from_json, envelope_to_json, submission_from_json};
pub use field::{BadField, Problem};
pub use many::{ManyVerifier, verify_many};
pub use outcome::{Outcome, OutcomeParts, read_effects, signers_of};
pub use parts::appoint::{appoint_from_pb, appoint_to_pb};
pub use parts::goods::{price_from_pb, price_to_pb};
pub use parts::item::{item_from_pb, item_to_pb};
pub use parts::policy::{bounds_from_pb, bounds_to_pb, policy_from_pb, policy_to_pb};
pub use proto::{FILE_DESCRIPTOR_SET, pb};
pub use signature::{Claims, SignatureProblem, is_usable_key};

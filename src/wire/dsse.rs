//! DSSE's pre-authentication encoding: the bytes under every signature that a client makes.
//!
//! The type is part of what is signed, so a signature over a command can never pass for one over a session's
//! challenge. Specification: <https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md>. This file
//! knows no keys and no messages.

use std::fmt;

/// Payload type of a command in protobuf's encoding.
pub const COMMAND_PROTOBUF: &str = "application/vnd.civbank.command.v1+protobuf";
/// Payload type of a command in proto3's JSON mapping.
pub const COMMAND_JSON: &str = "application/vnd.civbank.command.v1+json";
/// Payload type of a session's challenge; never that of a command.
pub const CHALLENGE: &str = "application/vnd.civbank.challenge.v1";

/// How a command's payload is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PayloadType {
    /// Protobuf; terminals and the command line.
    Protobuf,
    /// proto3 JSON; browsers, so that a person signs text that can be shown.
    Json,
}

impl PayloadType {
    /// The type as in an envelope.
    pub fn as_str(self) -> &'static str {
        match self {
            PayloadType::Protobuf => COMMAND_PROTOBUF,
            PayloadType::Json => COMMAND_JSON,
        }
    }

    /// The type that an envelope names; none for every other text, [`CHALLENGE`] too.
    pub fn parse(text: &str) -> Option<PayloadType> {
        match text {
            COMMAND_PROTOBUF => Some(PayloadType::Protobuf),
            COMMAND_JSON => Some(PayloadType::Json),
            _ => None,
        }
    }
}

impl fmt::Display for PayloadType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `DSSEv1 SP LEN(type) SP type SP LEN(payload) SP payload`, LEN being the decimal count of bytes.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

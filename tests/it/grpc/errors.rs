//! What a client can tell from an error.

use civbank::bank::Refusal;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Reason, and the numbers behind it; asserts what every error carries.
pub fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no reason: {status:?}"));
    assert_eq!(info.domain, "civbank");
    let message = details.localized_message().expect("a text for people");
    assert_eq!(message.locale, "zh-CN");
    assert!(message.message.chars().any(|c| c > '\u{3000}'), "not Chinese: {}", message.message);
    assert!(!status.message().is_empty() && status.message().is_ascii());
    assert!(status.details().len().div_ceil(3) * 4 + status.message().len() * 3 < 4096, "{status:?}");
    info.reason.clone()
}

/// One number of the metadata.
pub fn number(status: &Status, name: &str) -> String {
    let details = status.get_error_details();
    let info = details.error_info().expect("a reason");
    info.metadata.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", info.metadata)).clone()
}

/// Asserts code and reason.
pub fn denied<M>(answer: Result<M, Status>, code: Code, wanted: &str) -> Status {
    let Err(status) = answer else { panic!("no {wanted}") };
    assert_eq!((status.code(), reason(&status).as_str()), (code, wanted), "{}", status.message());
    status
}

/// Reasons of this face are not reasons of the bank: one word, one meaning.
#[test]
fn reasons_of_the_face_are_no_reasons_of_the_bank() {
    for reason in [
        "BAD_FIELD",
        "PAGE_TOKEN_INVALID",
        "SESSION_MISSING",
        "READ_DENIED",
        "ENTRY_UNKNOWN",
        "DECLARATION_UNKNOWN",
        "KEY_NOT_ENROLLED",
        "TOO_MANY_TRIES",
        "RECOVERING",
        "HISTORY_UNAVAILABLE",
        "BUSY",
        "DISK_FULL",
        "STOPPED",
    ] {
        assert!(!Refusal::REASONS.contains(&reason), "{reason}");
    }
}

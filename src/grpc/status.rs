//! The one place where a denial becomes a gRPC status or a refusal of a batch: its canonical code, and details
//! small enough for any client's header limit.
//!
//! Details are `ErrorInfo{reason, domain "civbank", metadata}` and a zh-CN `LocalizedMessage` always, `BadRequest`
//! for fields, `RetryInfo` where sending again soon makes sense. They travel in a header: texts are cut so that
//! message and details stay under 4 KiB together. Texts that a client chose (paths of JSON fields) come back as
//! printable ASCII only.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::access::Denial;
use crate::bank::Refusal;
use crate::wire::{BadField, EnvelopeError, pb};

/// The domain of every reason.
pub(super) const DOMAIN: &str = "civbank";
/// The language of the text for people.
pub(super) const LOCALE: &str = "zh-CN";

/// Longest status message, in ASCII characters; a blank takes three bytes in the header.
const MESSAGE_CHARS_MAX: usize = 240;
/// Longest text for people, in characters of three bytes.
const CHINESE_CHARS_MAX: usize = 240;
/// Longest value of the metadata.
const VALUE_CHARS_MAX: usize = 160;

impl From<Denial> for Status {
    fn from(denial: Denial) -> Self {
        let mut details = ErrorDetails::new();
        details.set_error_info(denial.reason(), DOMAIN, metadata(&denial).collect::<HashMap<_, _>>());
        details.set_localized_message(LOCALE, cut(&denial.chinese(), CHINESE_CHARS_MAX));
        if let Some(BadField { field, problem }) = field(&denial) {
            let (field, problem) =
                (plain(field, VALUE_CHARS_MAX), plain(&problem.to_string(), VALUE_CHARS_MAX));
            details.add_bad_request_violation(field, problem);
        }
        if let Some(delay) = retry_after(&denial) {
            details.set_retry_info(Some(delay));
        }
        Status::with_error_details(code(&denial), plain(&denial.english(), MESSAGE_CHARS_MAX), details)
    }
}

/// The same as data, for one command of a batch.
pub(super) fn refusal_info(denial: &Denial) -> pb::RefusalInfo {
    pb::RefusalInfo {
        reason: denial.reason().to_owned(),
        code: code(denial) as i32,
        message: cut(&denial.chinese(), CHINESE_CHARS_MAX),
        metadata: metadata(denial).collect::<BTreeMap<_, _>>(),
    }
}

fn metadata(denial: &Denial) -> impl Iterator<Item = (String, String)> {
    denial.numbers().into_iter().map(|(name, value)| (name.to_owned(), plain(&value, VALUE_CHARS_MAX)))
}

fn field(denial: &Denial) -> Option<&BadField> {
    match denial {
        Denial::Field(field) | Denial::Envelope(EnvelopeError::BadField(field)) => Some(field),
        _ => None,
    }
}

/// When sending the same again makes sense; only where time alone helps.
pub(super) fn retry_after(denial: &Denial) -> Option<Duration> {
    match denial {
        Denial::Busy | Denial::Overloaded => Some(Duration::from_secs(1)),
        Denial::Stopped | Denial::ShuttingDown => Some(Duration::from_secs(5)),
        Denial::Recovering | Denial::HistoryUnavailable => Some(Duration::from_secs(5)),
        // Whole seconds, for those who are told in a header.
        Denial::TooManyTries(wait) => Some(Duration::from_secs(wait.as_secs() + 1)),
        Denial::TooManyWatchers | Denial::DiskFull => Some(Duration::from_secs(30)),
        _ => None,
    }
}

/// Printable ASCII of at most `max` characters.
fn plain(text: &str, max: usize) -> String {
    let printable = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
    cut(&text.chars().take(max + 1).map(printable).collect::<String>(), max)
}

/// At most `max` characters; an ellipsis stands for the rest.
fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max.saturating_sub(3)).chain("...".chars()).collect(),
    }
}

/// The canonical code.
pub(super) fn code(denial: &Denial) -> Code {
    match denial {
        Denial::Refused(refusal, _) => refusal_code(refusal),
        Denial::Envelope(EnvelopeError::BadSignature { .. }) => Code::Unauthenticated,
        Denial::Envelope(EnvelopeError::BadEnvelope(_) | EnvelopeError::BadField(_))
        | Denial::Field(_)
        | Denial::PageToken
        | Denial::DocumentTooLarge { .. } => Code::InvalidArgument,
        Denial::DocumentMissing(_) => Code::FailedPrecondition,
        Denial::SessionMissing
        | Denial::SessionInvalid
        | Denial::SessionExpired
        | Denial::ChallengeInvalid
        | Denial::ChallengeExpired
        | Denial::ChallengeSignature => Code::Unauthenticated,
        Denial::ReadDenied(_) => Code::PermissionDenied,
        Denial::EntryUnknown(_)
        | Denial::DeclarationUnknown(_)
        | Denial::ViewTokenUnknown
        | Denial::KeyNotEnrolled(_)
        | Denial::DocumentUnknown => Code::NotFound,
        Denial::ProofOutOfRange(_) => Code::OutOfRange,
        Denial::TooManyWatchers | Denial::WatcherTooSlow | Denial::TooManyTries(_) => Code::ResourceExhausted,
        Denial::HistoryUnavailable
        | Denial::Recovering
        | Denial::Busy
        | Denial::Overloaded
        | Denial::DiskFull
        | Denial::Stopped
        | Denial::ShuttingDown
        | Denial::ProofUnavailable => Code::Unavailable,
        Denial::DeadlineExceeded => Code::DeadlineExceeded,
        Denial::Damaged => Code::DataLoss,
        Denial::Internal => Code::Internal,
    }
}

/// The code of each refusal. Shortages are FAILED_PRECONDITION, not RESOURCE_EXHAUSTED: clients that send again
/// by themselves would only ask the same shelf again.
fn refusal_code(refusal: &Refusal) -> Code {
    use Refusal::*;
    match refusal {
        // Bad whatever the state.
        WrongOrigin { .. }
        | NotAfterTooFar { .. }
        | BoundsCrossed { .. }
        | KeyWeak { .. }
        | SameHousehold { .. }
        | PersonElsewhere { .. }
        | OfficeMisplaced { .. }
        | CitationWrong { .. }
        | ItemNotDeclarable { .. }
        | ItemSubjectMismatch { .. }
        | EvidenceWanted { .. }
        | PointsWanted { .. }
        | TooManyRows { .. }
        | TotalWrong { .. }
        | EntryTooLarge { .. } => Code::InvalidArgument,

        // Whose signature it is.
        KeyUnknown { .. } | KeyRevoked { .. } | KeyExpired { .. } | PassbookReplaced { .. } => {
            Code::Unauthenticated
        }
        NotAuthorised { .. }
        | SignatureMissing { .. }
        | ConflictOfInterest { .. }
        | ReciprocalReview { .. }
        | CashierHousehold { .. }
        | PinWrong { .. } => Code::PermissionDenied,

        // What there is not, or is already.
        BranchUnknown { .. }
        | HouseholdUnknown { .. }
        | MemberUnknown { .. }
        | DeclarationNotOpen { .. }
        | InvitationUnknown { .. }
        | SuggestionNotOpen { .. }
        | RowUnknown { .. }
        | ItemUnknown { .. }
        | GoodsUnknown { .. } => Code::NotFound,
        BankAlreadyOpen { .. }
        | RequestIdReused { .. }
        | BranchExists { .. }
        | HouseholdExists { .. }
        | KeyInUse { .. }
        | InvitationAccepted { .. }
        | ViewTokenInUse { .. }
        | OfficeHeld { .. }
        | KinDeclared { .. }
        | EvidenceReused { .. }
        | EvidenceTooMuch { .. }
        | AlreadyVoted { .. } => Code::AlreadyExists,

        // Beyond a range that the state draws.
        PolicyOutOfBounds { .. }
        | OverrideOutOfBounds { .. }
        | PointsOutOfRange { .. }
        | PartOutOfRange { .. }
        | AmountOverflow { .. }
        | DatePast { .. }
        | DateTooFar { .. }
        | ExpireTimePast { .. }
        | ExpireTimeTooFar { .. }
        | DeedInFuture { .. }
        | RefundTooMuch { .. } => Code::OutOfRange,

        // Read again, sign again.
        PriceChanged { .. } => Code::Aborted,

        // Something else has to happen first, or it is too late.
        BankNotOpen { .. }
        | CommandExpired { .. }
        | HouseholdClosed { .. }
        | InvitationCancelled { .. }
        | InvitationExpired { .. }
        | InvitationsFull { .. }
        | SuggestionsReached { .. }
        | SuggestionsFull { .. }
        | OfficeNotHeld { .. }
        | OfficesClash { .. }
        | ChairTaken { .. }
        | ProxyFull { .. }
        | LastOfficer { .. }
        | ItemNotAtHead { .. }
        | CatalogueOutOfOrder { .. }
        | HouseholdBusy { .. }
        | ItemNotInForce { .. }
        | DeedTooOld { .. }
        | CapReached { .. }
        | MonthPointsReached { .. }
        | WrongState { .. }
        | BudgetExhausted { .. }
        | DisputeTooLate { .. }
        | OutOfStock { .. }
        | MonthLimitReached { .. }
        | InsufficientPoints { .. }
        | PinNotSet { .. }
        | PinLocked { .. }
        | PinRequired { .. }
        | RefundTooLate { .. } => Code::FailedPrecondition,
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;
    use crate::bank::ids::PublicKey;
    use crate::wire::{BadEnvelope, Problem, SignatureProblem};

    /// One of each denial that the bank does not make; the longest where there are several.
    fn denials() -> Vec<Denial> {
        let key = PublicKey([0xFF; 32]);
        let hostile = "\u{202E}键💥".repeat(10_000);
        let field = BadField { field: hostile.clone(), problem: Problem::Json(hostile) };
        vec![
            Denial::Envelope(EnvelopeError::BadEnvelope(BadEnvelope::NoPayload)),
            Denial::Envelope(EnvelopeError::BadSignature { key, problem: SignatureProblem::Wrong }),
            Denial::Envelope(EnvelopeError::BadField(field.clone())),
            Denial::Field(field),
            Denial::PageToken,
            Denial::DocumentMissing(crate::bank::ids::Digest([0xFF; 32])),
            Denial::SessionMissing,
            Denial::SessionInvalid,
            Denial::SessionExpired,
            Denial::ChallengeInvalid,
            Denial::ChallengeExpired,
            Denial::ChallengeSignature,
            Denial::ReadDenied(crate::access::reader::Read::GetEntry.needs()),
            Denial::EntryUnknown(u64::MAX),
            Denial::DeclarationUnknown(u64::MAX),
            Denial::ViewTokenUnknown,
            Denial::KeyNotEnrolled(key),
            Denial::DocumentUnknown,
            Denial::DocumentTooLarge { size: usize::MAX, max: usize::MAX },
            Denial::ProofOutOfRange("far ".repeat(1_000)),
            Denial::ProofUnavailable,
            Denial::TooManyTries(Duration::MAX - Duration::from_secs(1)),
            Denial::HistoryUnavailable,
            Denial::Recovering,
            Denial::Busy,
            Denial::Overloaded,
            Denial::DiskFull,
            Denial::Stopped,
            Denial::ShuttingDown,
            Denial::DeadlineExceeded,
            Denial::TooManyWatchers,
            Denial::WatcherTooSlow,
            Denial::Damaged,
            Denial::Internal,
        ]
    }

    #[test]
    fn every_error_fits_a_header_and_says_something() {
        let long = Refusal::WrongOrigin { origin: "o".repeat(5_000) };
        let refusals = [long.into(), Denial::Refused(Refusal::AmountOverflow {}, "字".repeat(5_000))];
        for denial in denials().into_iter().chain(refusals) {
            let status = Status::from(denial.clone());
            let headers = status.details().len().div_ceil(3) * 4 + 3 * status.message().len();
            assert!(headers < 4_096, "{headers} bytes for {}", denial.reason());
            assert!(!status.message().is_empty() && status.message().is_ascii(), "{}", denial.reason());
            assert!(status.code() != Code::Ok && status.code() != Code::Unknown, "{}", denial.reason());
            let details = status.get_error_details();
            let info = details.error_info().expect("a reason");
            assert_eq!((info.reason.as_str(), info.domain.as_str()), (denial.reason(), DOMAIN));
            let told = details.localized_message().expect("a text");
            assert!(!told.message.is_ascii() && told.message.chars().count() <= CHINESE_CHARS_MAX);
            let info = refusal_info(&denial);
            assert_eq!((info.reason.as_str(), info.code), (denial.reason(), status.code() as i32));
        }
    }

    #[test]
    fn a_reason_means_one_thing() {
        let mut reasons: Vec<&str> = denials().iter().map(Denial::reason).collect();
        reasons.sort_unstable();
        // A field is a field, in an envelope or beside it.
        let shared = reasons.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect::<Vec<_>>();
        assert_eq!(shared, ["BAD_FIELD"]);
        for reason in reasons {
            assert!(!Refusal::REASONS.contains(&reason), "{reason} is the bank's");
            assert!(reason.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{reason}");
        }
    }
}

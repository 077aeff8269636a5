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

use crate::bank::Refusal;
use crate::wire::{BadField, EnvelopeError, pb};

use super::denial::Denial;

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
            let (field, problem) = (plain(field, VALUE_CHARS_MAX), plain(&problem.to_string(), VALUE_CHARS_MAX));
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
        Denial::TooManyWatchers => Some(Duration::from_secs(30)),
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
        Denial::TooManyWatchers | Denial::WatcherTooSlow => Code::ResourceExhausted,
        Denial::Busy
        | Denial::Overloaded
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
        | RowUnknown { .. }
        | ItemUnknown { .. }
        | GoodsUnknown { .. } => Code::NotFound,
        BankAlreadyOpen { .. }
        | RequestIdReused { .. }
        | BranchExists { .. }
        | HouseholdExists { .. }
        | KeyInUse { .. }
        | ViewTokenInUse { .. }
        | OfficeHeld { .. }
        | KinDeclared { .. }
        | EvidenceReused { .. }
        | AlreadyVoted { .. } => Code::AlreadyExists,

        // Beyond a range that the state draws.
        PolicyOutOfBounds { .. }
        | OverrideOutOfBounds { .. }
        | PointsOutOfRange { .. }
        | PartOutOfRange { .. }
        | AmountOverflow { .. }
        | DatePast { .. }
        | DateTooFar { .. }
        | DeedInFuture { .. }
        | RefundTooMuch { .. } => Code::OutOfRange,

        // Read again, sign again.
        PriceChanged { .. } => Code::Aborted,

        // Something else has to happen first, or it is too late.
        BankNotOpen { .. }
        | CommandExpired { .. }
        | HouseholdClosed { .. }
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

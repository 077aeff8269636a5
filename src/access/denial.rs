//! Why a request is not answered, whoever says so: the bank, the engine, or this room itself. Each denial has
//! one stable reason, one text for programmers and one for people; `status.rs` puts them on the wire.

use std::time::Duration;

use crate::bank::Refusal;
use crate::bank::ids::{Digest, PublicKey};
use crate::documents::DocumentError;
use crate::engine::{HistoryUnavailable, ProofError, SubmitError, Unavailable};
use crate::wire::{BadEntry, BadField, EnvelopeError};
use crate::words;

use super::problem;

/// An answer "no", or a failure, before it becomes a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denial {
    /// The bank says no; with the sentence for people.
    Refused(Refusal, String),
    /// An envelope that is malformed, or whose signature does not hold.
    Envelope(EnvelopeError),
    /// A field of the request.
    Field(BadField),
    /// A page token that this server did not make for this list.
    PageToken,
    /// A command names a document that was not put.
    DocumentMissing(Digest),
    /// Nobody is signed in, and this is not for everybody.
    SessionMissing,
    /// The token is not one of this server's.
    SessionInvalid,
    /// The token's time is over.
    SessionExpired,
    /// The challenge is not one of this server's.
    ChallengeInvalid,
    /// The challenge's two minutes are over.
    ChallengeExpired,
    /// The signature over the challenge does not hold.
    ChallengeSignature,
    /// The reader may not see this; says who may.
    ReadDenied(&'static str),
    /// No entry has this index (yet).
    EntryUnknown(u64),
    /// No declaration or sheet has this number.
    DeclarationUnknown(u64),
    /// No passbook has this view token.
    ViewTokenUnknown,
    /// No key like this was ever enrolled.
    KeyNotEnrolled(PublicKey),
    /// Never put, or erased.
    DocumentUnknown,
    /// Larger than its kind may be.
    DocumentTooLarge {
        /// Bytes it has.
        size: usize,
        /// Bytes it may have.
        max: usize,
    },
    /// The tree asked for is larger than the newest, or the entry lies outside of it.
    ProofOutOfRange(String),
    /// The tree's hashes are not to be had.
    ProofUnavailable,
    /// Too many wrong signatures; this one was not looked at. How long until the next is.
    TooManyTries(Duration),
    /// The index that history is found by is not to be had now.
    HistoryUnavailable,
    /// The bank is starting: it reads its entries back.
    Recovering,
    /// Too many commands wait; nothing was written.
    Busy,
    /// Too many requests at once; nothing was done.
    Overloaded,
    /// The disk is nearly full; nothing was written, reads go on.
    DiskFull,
    /// The engine stopped; a command's outcome is unknown.
    Stopped,
    /// The server is going away.
    ShuttingDown,
    /// The time that the client gave, or the server's own, is over; a command's outcome is unknown.
    DeadlineExceeded,
    /// As many watchers as may be.
    TooManyWatchers,
    /// A watcher that did not read.
    WatcherTooSlow,
    /// What is stored cannot be read back.
    Damaged,
    /// A fault of this program.
    Internal,
}

impl Denial {
    /// The stable reason, UPPER_SNAKE_CASE.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Denial::Refused(refusal, _) => refusal.reason(),
            Denial::Envelope(error) => error.reason(),
            Denial::Field(_) => "BAD_FIELD",
            Denial::PageToken => "PAGE_TOKEN_INVALID",
            Denial::DocumentMissing(_) => "DOCUMENT_MISSING",
            Denial::SessionMissing => "SESSION_MISSING",
            Denial::SessionInvalid => "SESSION_INVALID",
            Denial::SessionExpired => "SESSION_EXPIRED",
            Denial::ChallengeInvalid => "CHALLENGE_INVALID",
            Denial::ChallengeExpired => "CHALLENGE_EXPIRED",
            Denial::ChallengeSignature => "CHALLENGE_SIGNATURE",
            Denial::ReadDenied(_) => "READ_DENIED",
            Denial::EntryUnknown(_) => "ENTRY_UNKNOWN",
            Denial::DeclarationUnknown(_) => "DECLARATION_UNKNOWN",
            Denial::ViewTokenUnknown => "VIEW_TOKEN_UNKNOWN",
            Denial::KeyNotEnrolled(_) => "KEY_NOT_ENROLLED",
            Denial::DocumentUnknown => "DOCUMENT_UNKNOWN",
            Denial::DocumentTooLarge { .. } => "DOCUMENT_TOO_LARGE",
            Denial::ProofOutOfRange(_) => "PROOF_OUT_OF_RANGE",
            Denial::ProofUnavailable => "PROOF_UNAVAILABLE",
            Denial::TooManyTries(_) => "TOO_MANY_TRIES",
            Denial::HistoryUnavailable => "HISTORY_UNAVAILABLE",
            Denial::Recovering => "RECOVERING",
            Denial::Busy => "BUSY",
            Denial::Overloaded => "OVERLOADED",
            Denial::DiskFull => "DISK_FULL",
            Denial::Stopped => "STOPPED",
            Denial::ShuttingDown => "SHUTTING_DOWN",
            Denial::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Denial::TooManyWatchers => "TOO_MANY_WATCHERS",
            Denial::WatcherTooSlow => "WATCHER_TOO_SLOW",
            Denial::Damaged => "DAMAGED",
            Denial::Internal => "INTERNAL",
        }
    }

    /// One or two English sentences: the status message.
    pub(crate) fn english(&self) -> String {
        match self {
            Denial::Refused(refusal, _) => words::english(refusal),
            Denial::Envelope(error) => error.to_string(),
            Denial::Field(field) => field.to_string(),
            Denial::PageToken => "The page token is not of this list; begin with the first page.".to_owned(),
            Denial::DocumentMissing(address) => format!("Document {address} is not there; put it first."),
            Denial::SessionMissing => "Open a session and send its token.".to_owned(),
            Denial::SessionInvalid => "The token is not of this server; open a session.".to_owned(),
            Denial::SessionExpired => "The session is over; open another.".to_owned(),
            Denial::ChallengeInvalid => "The challenge is not of this server; ask for one.".to_owned(),
            Denial::ChallengeExpired => "The challenge is over; ask for another.".to_owned(),
            Denial::ChallengeSignature => "The signature over the challenge does not hold.".to_owned(),
            Denial::ReadDenied(needs) => format!("You may not read this. Who may: {needs}."),
            Denial::EntryUnknown(index) => format!("There is no entry {index}."),
            Denial::DeclarationUnknown(number) => format!("There is no declaration {number}."),
            Denial::ViewTokenUnknown => {
                "No passbook has this view token; the card may be replaced.".to_owned()
            }
            Denial::KeyNotEnrolled(key) => format!("Nobody enrolled the key {key}."),
            Denial::DocumentUnknown => "There is no such document; it may have been erased.".to_owned(),
            Denial::DocumentTooLarge { size, max } => {
                format!("The document has {size} bytes; its kind may have {max}.")
            }
            Denial::ProofOutOfRange(why) => why.clone(),
            Denial::ProofUnavailable => "Proofs pause until a restart.".to_owned(),
            Denial::TooManyTries(_) => {
                "Too many wrong signatures; this one was not looked at. Try again later.".to_owned()
            }
            Denial::HistoryUnavailable => {
                "The index of the history is being mended; nothing is lost. Try again later.".to_owned()
            }
            Denial::Recovering => {
                "The bank is starting and reads its entries back; nothing was done. Try again later."
                    .to_owned()
            }
            Denial::Busy => "Too many commands are waiting; nothing was written. Send it again.".to_owned(),
            Denial::Overloaded => "Too many requests at once; nothing was done. Send it again.".to_owned(),
            Denial::DiskFull => {
                "The bank's disk is nearly full; nothing was written, reads go on. Try again later."
                    .to_owned()
            }
            Denial::Stopped => {
                "The bank has stopped. Send the same bytes again after its restart.".to_owned()
            }
            Denial::ShuttingDown => "The server is going away; connect again.".to_owned(),
            Denial::DeadlineExceeded => "Time is over. Send the same bytes again.".to_owned(),
            Denial::TooManyWatchers => "Too many watchers; try again later.".to_owned(),
            Denial::WatcherTooSlow => "You did not read; watch again from where you were.".to_owned(),
            Denial::Damaged => "What is stored cannot be read back; tell the operator.".to_owned(),
            Denial::Internal => "A fault of the server; tell the operator.".to_owned(),
        }
    }

    /// The sentence for people.
    pub(crate) fn chinese(&self) -> String {
        let text = match self {
            Denial::Refused(_, sentence) => return sentence.clone(),
            Denial::Field(field) | Denial::Envelope(EnvelopeError::BadField(field)) => {
                return problem::chinese(field);
            }
            Denial::DocumentTooLarge { size, max } => {
                return format!("文件太大：有 {size} 字节，最多 {max} 字节。请缩小再上传。");
            }
            Denial::EntryUnknown(index) => return format!("没有第 {index} 号账目。请核对编号。"),
            Denial::DeclarationUnknown(number) => return format!("没有 {number} 号申报。请核对编号。"),
            Denial::Envelope(EnvelopeError::BadEnvelope(_)) => "提交的内容格式不对。请更新软件后再试。",
            Denial::Envelope(EnvelopeError::BadSignature { .. }) => "签名不对。请用登记过的密钥重新签名。",
            Denial::PageToken => "翻页已失效。请从第一页看起。",
            Denial::DocumentMissing(_) => "凭证或资料还没上传。请先上传，再提交。",
            Denial::SessionMissing => "还没有登录。请先登录再看。",
            Denial::SessionInvalid | Denial::SessionExpired => "登录已失效。请重新登录。",
            Denial::ChallengeInvalid | Denial::ChallengeExpired => "登录超时。请重新登录。",
            Denial::ChallengeSignature => "登录签名不对。请用登记过的密钥登录。",
            Denial::ReadDenied(_) => "您不能查看这些内容。有疑问请找支行文书。",
            Denial::ViewTokenUnknown => "没有找到这本存折，可能已经换了新的。请用新存折。",
            Denial::KeyNotEnrolled(_) => "这把密钥没有登记。请找支行文书登记。",
            Denial::DocumentUnknown => "没有这份资料，可能已经删除。",
            Denial::ProofOutOfRange(_) => "账本还没有这么长，或没有这一条。请核对编号。",
            Denial::ProofUnavailable => "证明暂时给不出来。请稍后再试。",
            Denial::TooManyTries(_) => "不对的签名试得太多了，请歇一分钟再试。",
            Denial::HistoryUnavailable => "往来明细正在整理，账都在，一笔也不会少。请稍后再查。",
            Denial::Recovering => "银行正在开门，账本还在核对，这次没有办成。请稍后再试。",
            Denial::Busy | Denial::Overloaded => "现在办理的人太多，这次没有办成。请稍等再试。",
            Denial::DiskFull => "银行的磁盘快满了，暂时只能查询，这次没有办成。请告诉管理员，稍后再试。",
            Denial::Stopped => "银行暂停服务，这次办没办成还不知道。恢复后请原样再提交一次，不会办两次。",
            Denial::ShuttingDown => "服务正在重启。请稍后再试。",
            Denial::DeadlineExceeded => "等得太久，办没办成还不知道。请原样再提交一次，不会办两次。",
            Denial::TooManyWatchers => "同时查看的人太多。请稍后再试。",
            Denial::WatcherTooSlow => "接收太慢，已断开。请从断开的地方继续。",
            Denial::Damaged | Denial::Internal => "系统出错了。请告诉管理员。",
        };
        text.to_owned()
    }

    /// The numbers behind it, as names and values.
    pub(crate) fn numbers(&self) -> Vec<(&'static str, String)> {
        match self {
            Denial::Refused(refusal, _) => refusal.numbers(),
            Denial::Field(BadField { field, .. })
            | Denial::Envelope(EnvelopeError::BadField(BadField { field, .. })) => {
                vec![("field", field.clone())]
            }
            Denial::Envelope(EnvelopeError::BadSignature { key, .. }) | Denial::KeyNotEnrolled(key) => {
                vec![("key", key.to_string())]
            }
            Denial::DocumentMissing(address) => vec![("document", address.to_string())],
            Denial::ReadDenied(needs) => vec![("needs", (*needs).to_owned())],
            Denial::TooManyTries(wait) => vec![("retry_after_ms", wait.as_millis().to_string())],
            Denial::EntryUnknown(index) => vec![("index", index.to_string())],
            Denial::DeclarationUnknown(number) => vec![("declaration", number.to_string())],
            Denial::DocumentTooLarge { size, max } => {
                vec![("size", size.to_string()), ("max", max.to_string())]
            }
            Denial::Envelope(EnvelopeError::BadEnvelope(_))
            | Denial::PageToken
            | Denial::SessionMissing
            | Denial::SessionInvalid
            | Denial::SessionExpired
            | Denial::ChallengeInvalid
            | Denial::ChallengeExpired
            | Denial::ChallengeSignature
            | Denial::ViewTokenUnknown
            | Denial::DocumentUnknown
            | Denial::ProofOutOfRange(_)
            | Denial::ProofUnavailable
            | Denial::HistoryUnavailable
            | Denial::Recovering
            | Denial::Busy
            | Denial::Overloaded
            | Denial::DiskFull
            | Denial::Stopped
            | Denial::ShuttingDown
            | Denial::DeadlineExceeded
            | Denial::TooManyWatchers
            | Denial::WatcherTooSlow
            | Denial::Damaged
            | Denial::Internal => Vec::new(),
        }
    }
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        let sentence = words::refusal(&refusal);
        Denial::Refused(refusal, sentence)
    }
}

impl From<BadField> for Denial {
    fn from(field: BadField) -> Self {
        Denial::Field(field)
    }
}

impl From<Unavailable> for Denial {
    fn from(Unavailable: Unavailable) -> Self {
        Denial::Stopped
    }
}

impl From<HistoryUnavailable> for Denial {
    fn from(HistoryUnavailable: HistoryUnavailable) -> Self {
        Denial::HistoryUnavailable
    }
}

impl From<SubmitError> for Denial {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Envelope(error) => Denial::Envelope(error),
            SubmitError::Refused(refusal) => refusal.into(),
            SubmitError::DocumentMissing { address } => Denial::DocumentMissing(address),
            SubmitError::PinMalformed => {
                super::field::bad("pin", crate::wire::Problem::Malformed("4 to 6 digits"))
            }
            SubmitError::TooManyTries { retry_after } => Denial::TooManyTries(retry_after),
            SubmitError::Busy => Denial::Busy,
            SubmitError::DiskFull => Denial::DiskFull,
            SubmitError::Stopped => Denial::Stopped,
        }
    }
}

impl From<ProofError> for Denial {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Range(_) | ProofError::NotYet { .. } => Denial::ProofOutOfRange(error.to_string()),
            ProofError::Unavailable => Denial::ProofUnavailable,
        }
    }
}

impl From<DocumentError> for Denial {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::TooLarge { size, size_max, .. } => {
                Denial::DocumentTooLarge { size, max: size_max }
            }
            DocumentError::Damaged { .. }
            | DocumentError::WrongSeal
            | DocumentError::Random(_)
            | DocumentError::Io { .. } => {
                tracing::error!(%error, "keeping or finding a document");
                Denial::Damaged
            }
        }
    }
}

impl From<BadEntry> for Denial {
    fn from(error: BadEntry) -> Self {
        tracing::error!(%error, "an entry of the journal cannot be read");
        Denial::Damaged
    }
}

impl From<tokio::task::JoinError> for Denial {
    fn from(error: tokio::task::JoinError) -> Self {
        tracing::error!(%error, "a task of a request ended early");
        Denial::Internal
    }
}

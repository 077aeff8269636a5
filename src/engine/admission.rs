//! Admission: everything that a command needs before it may wait for the sequencer, on the caller's own task:
//! signatures, fields, documents, the PIN, the entry it cites. Nothing here changes the bank.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use crate::bank::command::Body;
use crate::bank::ids::{Digest, HouseholdId};
use crate::bank::{Context, Effects, PinCheck, PinRecord, Refusal, Signer};
use crate::documents::Address;
use crate::wire::{Checked, Entry, is_usable_key, limits, pb};

use super::door::{Door, check_at};
use super::sequencer::{Answer, CitedEntry, CommandJob, Job};
use super::{Shared, SubmitError, Unavailable};

type Reply = oneshot::Sender<Result<Answer, SubmitError>>;

/// Makes a command ready for the sequencer.
pub(super) async fn admit(
    shared: &Arc<Shared>,
    door: Option<&dyn Door>,
    queue: &mpsc::Sender<Job>,
    envelope: pb::Envelope,
    pin: &str,
    reply: Reply,
) -> Result<Box<CommandJob>, SubmitError> {
    let pin = read_pin(pin)?;
    let checked = look(shared, door, envelope).await?;
    // Before the PIN is tried: a miss could not be written down.
    if shared.is_read_only() && !is_known(shared, &checked).await? {
        return Err(SubmitError::DiskFull);
    }
    let pin = check_pin(shared, queue, &checked, pin).await?;
    let cited = cited(shared, &checked.command.body)?;
    Ok(Box::new(CommandJob { checked, pin, cited, reply }))
}

/// What a command would do now, with no PIN.
pub(super) async fn preview(
    shared: &Arc<Shared>,
    door: Option<&dyn Door>,
    envelope: pb::Envelope,
) -> Result<Effects, SubmitError> {
    let checked = look(shared, door, envelope).await?;
    let cited = cited(shared, &checked.command.body)?;
    let decided = shared.read(|view| {
        let context = Context {
            now: view.now,
            signers: &checked.signers,
            pin: PinCheck::NotGiven,
            cited: cited.as_ref().map(CitedEntry::as_cited),
            payload_digest: checked.digest,
        };
        view.bank.decide(&checked.command, &context)
    });
    Ok(decided.await.map_err(|Unavailable| SubmitError::Stopped)??)
}

/// Signatures, fields and documents.
async fn look(
    shared: &Shared,
    door: Option<&dyn Door>,
    envelope: pb::Envelope,
) -> Result<Checked, SubmitError> {
    let checked = check_at(door, envelope)?;
    if let Some(key) = checked.command.body.brings_key().filter(|key| !is_usable_key(key)) {
        return Err(Refusal::KeyWeak { key }.into());
    }
    // The first entry names the bank; it must be the one that the log's key is for.
    if matches!(checked.command.body, Body::OpenBank { .. }) && checked.command.origin != shared.origin {
        return Err(Refusal::WrongOrigin { origin: shared.origin.clone() }.into());
    }
    for address in named_documents(&checked.command.body) {
        let there = shared.documents.exists(Address::from_bytes(address.0)).map_err(|error| {
            tracing::error!(%error, "looking for a document");
            SubmitError::Stopped
        })?;
        // A retry of what is written needs its documents no more: they may have been erased meanwhile.
        if !there && !is_known(shared, &checked).await? {
            return Err(SubmitError::DocumentMissing { address });
        }
    }
    Ok(checked)
}

/// Whether the same command is an entry already.
async fn is_known(shared: &Shared, checked: &Checked) -> Result<bool, SubmitError> {
    let known = shared.read(|view| {
        let known = view.bank.remembered(&checked.command.request_id);
        known.is_some_and(|known| known.payload_digest == checked.digest)
    });
    known.await.map_err(|Unavailable| SubmitError::Stopped)
}

/// Documents that a command names by address: they must be there before the log points at them. Commitments
/// (to names, notes and statements) cannot be looked up, only opened.
pub fn named_documents(body: &Body) -> Vec<Digest> {
    match body {
        Body::Declare(declare) => declare.evidence.clone(),
        Body::Resubmit { evidence, .. } => evidence.clone(),
        Body::SetPin { document, .. }
        | Body::Suggest { document, .. }
        | Body::AnswerSuggestion { document, .. } => vec![*document],
        Body::Assess { record, .. } => vec![*record],
        Body::FundBudget { voucher, .. } => voucher.iter().copied().collect(),
        Body::StockIn { receipt, .. } => receipt.iter().copied().collect(),
        _ => Vec::new(),
    }
}

fn read_pin(pin: &str) -> Result<Option<Zeroizing<String>>, SubmitError> {
    if pin.is_empty() {
        return Ok(None);
    }
    let digits = pin.bytes().all(|byte| byte.is_ascii_digit());
    if digits && limits::PIN_DIGITS.contains(&pin.len()) {
        Ok(Some(Zeroizing::new(pin.to_owned())))
    } else {
        Err(SubmitError::PinMalformed)
    }
}

/// Tries the PIN beside a redemption. Only the household's card and a terminal together may try.
async fn check_pin(
    shared: &Arc<Shared>,
    queue: &mpsc::Sender<Job>,
    checked: &Checked,
    pin: Option<Zeroizing<String>>,
) -> Result<PinCheck, SubmitError> {
    let (Body::Redeem { household, .. }, Some(pin)) = (&checked.command.body, pin) else {
        return Ok(PinCheck::NotGiven);
    };
    let id = *household;
    let record = shared.read(|view| {
        let signers: Vec<Signer> =
            checked.signers.iter().filter_map(|key| view.bank.signer(key, view.now).ok()).collect();
        let terminal = signers.iter().any(|signer| matches!(signer, Signer::Terminal(_)));
        // A retry of what is written already must not count as a try.
        let known = view.bank.remembered(&checked.command.request_id).is_some();
        let may_try = terminal && signers.contains(&Signer::Passbook(id)) && !known;
        view.bank.pin_of(id).filter(|_| may_try)
    });
    match record.await.map_err(|Unavailable| SubmitError::Stopped)? {
        Some(record) => try_pin(shared, queue, id, record, pin).await,
        None => Ok(PinCheck::NotGiven),
    }
}

/// Tries a household's PIN without a command, counted together with those beside redemptions; none where it has none.
pub(super) async fn try_pin_of(
    shared: &Arc<Shared>,
    queue: &mpsc::Sender<Job>,
    id: HouseholdId,
    pin: &str,
) -> Result<Option<PinCheck>, SubmitError> {
    let Some(pin) = read_pin(pin)? else { return Ok(Some(PinCheck::NotGiven)) };
    let record = shared.read(|view| view.bank.pin_of(id)).await;
    match record.map_err(|Unavailable| SubmitError::Stopped)? {
        Some(record) => try_pin(shared, queue, id, record, pin).await.map(Some),
        None => Ok(None),
    }
}

/// Counts a try, checks it where nobody waits, and locks the PIN after the last miss.
async fn try_pin(
    shared: &Arc<Shared>,
    queue: &mpsc::Sender<Job>,
    id: HouseholdId,
    record: PinRecord,
    pin: Zeroizing<String>,
) -> Result<PinCheck, SubmitError> {
    let trying = shared.clone();
    let tried = tokio::task::spawn_blocking(move || trying.pins.check(&trying.documents, id, &record, &pin));
    let tried = tried.await.map_err(|_| SubmitError::Stopped)?;
    if tried.lock {
        lock_pin(shared, queue, id).await?;
        shared.pins.forget(id);
    }
    Ok(tried.check)
}

/// Waits until the lock is written, so that no restart gives the tries back.
async fn lock_pin(shared: &Shared, queue: &mpsc::Sender<Job>, id: HouseholdId) -> Result<(), SubmitError> {
    let (reply, locked) = oneshot::channel();
    queue.send(Job::LockPin(id, reply)).await.map_err(|_| SubmitError::Stopped)?;
    // Not written and not forgotten: the next try meets the same count.
    let not_written = |_| if shared.is_read_only() { SubmitError::DiskFull } else { SubmitError::Stopped };
    locked.await.map_err(not_written)
}

/// The past entry that a command cites; none where there is no such entry, which the bank then refuses.
fn cited(shared: &Shared, body: &Body) -> Result<Option<CitedEntry>, SubmitError> {
    let Some(index) = body.cites() else { return Ok(None) };
    let bytes = shared.entry(index).map_err(|Unavailable| SubmitError::Stopped)?;
    let Some(bytes) = bytes else { return Ok(None) };
    match Entry::decode(&bytes) {
        Ok(Entry { time, effects, .. }) => Ok(Some(CitedEntry { index, time, effects })),
        Err(error) => {
            tracing::error!(%error, index, "reading a cited entry");
            Err(SubmitError::Stopped)
        }
    }
}

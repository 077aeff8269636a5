//! Effects: postings and changes, between the bank's types and the entry's messages.
//!
//! Reading asks for the form alone (identifiers, words, presence, days that exist): an entry is history, and
//! history is not held against today's limits. Writing is what freezes an entry, so it has one form for each
//! value.

mod bank;
mod declaration;
pub(super) mod flat;
mod goods;
mod household;
mod invitation;
mod public;
mod write;

use crate::bank::effects::{Change, Effects, Posting};

use super::field::{At, BadField};
use super::pb;
use super::pb::change::Body as PbBody;
use super::read;

pub use write::{change_to_pb, effects_to_pb, posting_to_pb};

/// Reads effects.
///
/// # Errors
///
/// The first field that cannot be read.
pub fn effects_from_pb(message: &pb::Effects) -> Result<Effects, BadField> {
    read_effects(At::top("effects"), message)
}

/// Reads one posting.
///
/// # Errors
///
/// The first field that cannot be read.
pub fn posting_from_pb(message: &pb::Posting) -> Result<Posting, BadField> {
    read_posting(At::top("posting"), message)
}

/// Reads one change.
///
/// # Errors
///
/// The first field that cannot be read.
pub fn change_from_pb(message: &pb::Change) -> Result<Change, BadField> {
    read_change(At::top("change"), message)
}

pub(super) fn read_effects(at: At, message: &pb::Effects) -> Result<Effects, BadField> {
    Ok(Effects {
        postings: read::list(at.name("postings"), &message.postings, read_posting)?,
        changes: read::list(at.name("changes"), &message.changes, read_change)?,
    })
}

fn read_posting(at: At, message: &pb::Posting) -> Result<Posting, BadField> {
    Ok(Posting {
        account: read::parsed(at.name("account"), &message.account)?,
        unit: read::word(at.name("unit"), message.unit)?,
        amount: message.amount,
        balance_after: message.balance_after,
        account_sequence: message.account_sequence,
        account_previous_index: message.account_previous_index,
    })
}

fn read_change(at: At, message: &pb::Change) -> Result<Change, BadField> {
    match read::present(at.name("body"), message.body.as_ref())? {
        PbBody::BankOpened(m) => bank::bank_opened(at.name("bank_opened"), m),
        PbBody::BranchOpened(m) => bank::branch_opened(at.name("branch_opened"), m),
        PbBody::PolicySet(m) => bank::policy_set(at.name("policy_set"), m),
        PbBody::KeyEnrolled(m) => bank::key_enrolled(at.name("key_enrolled"), m),
        PbBody::KeyRevoked(m) => bank::key_revoked(at.name("key_revoked"), m),
        PbBody::Appointed(m) => bank::appointed(at.name("appointed"), m),
        PbBody::Dismissed(m) => bank::dismissed(at.name("dismissed"), m),
        PbBody::CataloguePublished(m) => bank::catalogue_published(at.name("catalogue_published"), m),
        PbBody::BudgetFunded(m) => bank::budget_funded(at.name("budget_funded"), m),
        PbBody::HouseholdOpened(m) => household::opened(at.name("household_opened"), m),
        PbBody::HouseholdClosed(m) => household::closed(at.name("household_closed"), m),
        PbBody::KinDeclared(m) => household::kin_declared(at.name("kin_declared"), m),
        PbBody::PassbookIssued(m) => household::passbook_issued(at.name("passbook_issued"), m),
        PbBody::PinSet(m) => household::pin_set(at.name("pin_set"), m),
        PbBody::PinLocked(m) => household::pin_locked(at.name("pin_locked"), m),
        PbBody::DeclarationFiled(m) => declaration::filed(at.name("declaration_filed"), m),
        PbBody::DeclarationResubmitted(m) => declaration::resubmitted(at.name("declaration_resubmitted"), m),
        PbBody::SheetFiled(m) => declaration::sheet_filed(at.name("sheet_filed"), m),
        PbBody::Reviewed(m) => declaration::reviewed(at.name("reviewed"), m),
        PbBody::Voted(m) => declaration::voted(at.name("voted"), m),
        PbBody::StateChanged(m) => declaration::state_changed(at.name("state_changed"), m),
        PbBody::Objected(m) => declaration::objected(at.name("objected"), m),
        PbBody::Ruled(m) => declaration::ruled(at.name("ruled"), m),
        PbBody::Escalated(m) => Ok(declaration::escalated(m)),
        PbBody::LotMoved(m) => household::lot_moved(at.name("lot_moved"), m),
        PbBody::DebtSet(m) => household::debt_set(at.name("debt_set"), m),
        PbBody::Vetoed(m) => household::vetoed(at.name("vetoed"), m),
        PbBody::PriceSet(m) => goods::price_set(at.name("price_set"), m),
        PbBody::StockMoved(m) => goods::stock_moved(at.name("stock_moved"), m),
        PbBody::Redeemed(m) => goods::redeemed(at.name("redeemed"), m),
        PbBody::Refunded(m) => goods::refunded(at.name("refunded"), m),
        PbBody::DocumentErased(m) => goods::document_erased(at.name("document_erased"), m),
        PbBody::Invited(m) => invitation::invited(at.name("invited"), m),
        PbBody::InvitationAccepted(m) => invitation::accepted(at.name("invitation_accepted"), m),
        PbBody::InvitationCancelled(m) => invitation::cancelled(at.name("invitation_cancelled"), m),
        PbBody::PublicitySet(m) => public::publicity_set(at.name("publicity_set"), m),
        PbBody::Suggested(m) => public::suggested(at.name("suggested"), m),
        PbBody::SuggestionAnswered(m) => public::answered(at.name("suggestion_answered"), m),
    }
}

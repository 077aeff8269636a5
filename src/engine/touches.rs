//! Whom and what an entry concerns: the names under which history finds it again.

use std::collections::BTreeSet;

use crate::bank::effects::{Account, Change, Effects};
use crate::bank::ids::{Branch, Digest, HouseholdId, PersonId, PublicKey, TerminalId};
use crate::bank::{Bank, command::Holder};
use crate::wire::{Cause, Entry, PayloadType, decode_command, envelope};

use super::admission::named_documents;

/// Everything that one entry touches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touches {
    /// Households whose book, standing or case moved.
    pub households: BTreeSet<HouseholdId>,
    /// Declarations and sheets, by number.
    pub declarations: BTreeSet<u64>,
    /// Branches.
    pub branches: BTreeSet<Branch>,
    /// People who signed it.
    pub people: BTreeSet<PersonId>,
    /// Terminals that signed it.
    pub terminals: BTreeSet<TerminalId>,
    /// Documents that it shows: evidence of declarations, records of sheets, vouchers of budgets, receipts of
    /// suppliers. They belong to the entry's branches. PINs and what people wrote are not among them.
    pub documents: BTreeSet<Digest>,
}

/// What an entry touches. Signers are looked up in the bank: a key belongs to one holder for ever, so any
/// later state answers the same.
pub fn touches(entry: &Entry, bank: &Bank) -> Touches {
    let signers = match &entry.cause {
        Cause::Signed(signed) => envelope::signers(signed).unwrap_or_default(),
        Cause::System(_) => Vec::new(),
    };
    let mut touches = touches_of(entry.index, &signers, &entry.effects, bank);
    touches.documents.extend(papers_of(entry));
    touches
}

/// Whether the command may show papers that the effects do not name: a budget's voucher, a supplier's receipt.
pub(super) fn may_have_papers(effects: &Effects) -> bool {
    let funds = |change: &Change| matches!(change, Change::BudgetFunded { .. });
    let stocks = |change: &Change| matches!(change, Change::StockMoved { .. });
    let sells = |change: &Change| matches!(change, Change::Redeemed { .. } | Change::Refunded { .. });
    let changes = &effects.changes;
    changes.iter().any(funds) || (changes.iter().any(stocks) && !changes.iter().any(sells))
}

/// The papers that [`may_have_papers`] asks for; none where the command cannot be read, which the audit names.
pub(super) fn papers_of(entry: &Entry) -> Vec<Digest> {
    let Cause::Signed(signed) = &entry.cause else { return Vec::new() };
    if !may_have_papers(&entry.effects) {
        return Vec::new();
    }
    let command =
        PayloadType::parse(&signed.payload_type).and_then(|kind| decode_command(kind, &signed.payload).ok());
    command.map(|command| named_documents(&command.body)).unwrap_or_default()
}

/// As [`touches`], of the parts that matter.
pub(super) fn touches_of(index: u64, signers: &[PublicKey], effects: &Effects, bank: &Bank) -> Touches {
    let mut touches = Touches::default();
    for key in signers {
        match bank.key(key).map(|record| record.holder) {
            Some(Holder::Person(person)) => {
                touches.people.insert(person);
            }
            Some(Holder::Terminal(terminal)) => {
                touches.terminals.insert(terminal);
            }
            // A passbook is found under its household.
            None => {}
        }
    }
    for posting in &effects.postings {
        match posting.account {
            Account::Household(id) => touches.household(id),
            Account::Budget(branch)
            | Account::Notice(branch)
            | Account::Redeemed(branch)
            | Account::Expired(branch)
            | Account::Recovered(branch) => {
                touches.branches.insert(branch);
            }
            Account::Issuance => {}
        }
    }
    for change in &effects.changes {
        touches.change(index, change);
    }
    touches
}

impl Touches {
    fn household(&mut self, id: HouseholdId) {
        self.households.insert(id);
        self.branches.insert(id.branch());
    }

    fn change(&mut self, index: u64, change: &Change) {
        match change {
            Change::BankOpened { head, .. } => {
                self.branches.insert(*head);
            }
            Change::BranchOpened { branch, .. }
            | Change::BudgetFunded { branch, .. }
            | Change::PriceSet { branch, .. }
            | Change::StockMoved { branch, .. } => {
                self.branches.insert(*branch);
            }
            Change::SuggestionAnswered { branch, .. } => {
                self.branches.insert(*branch);
            }
            Change::PolicySet { branch, .. } | Change::CataloguePublished { branch, .. } => {
                self.branches.extend(branch);
            }
            Change::KeyEnrolled { holder, .. } | Change::Invited { holder, .. } => match holder {
                Holder::Person(person) => {
                    self.branches.insert(person.branch());
                    self.households.extend(person.household());
                }
                Holder::Terminal(terminal) => {
                    self.branches.insert(terminal.branch());
                }
            },
            // The key that an accepted invitation makes stands beside it.
            Change::KeyRevoked { .. }
            | Change::InvitationAccepted { .. }
            | Change::InvitationCancelled { .. }
            | Change::DocumentErased { .. } => {}
            Change::Appointed(appointed) => {
                self.branches.insert(appointed.branch);
                appointed.households.iter().for_each(|id| self.household(*id));
            }
            Change::Dismissed { branch, household, .. } => {
                self.branches.insert(*branch);
                household.iter().for_each(|id| self.household(*id));
            }
            Change::HouseholdOpened { household, .. }
            | Change::PassbookIssued { household, .. }
            | Change::PinSet { household, .. }
            | Change::PinLocked { household }
            | Change::LotMoved { household, .. }
            | Change::DebtSet { household, .. }
            | Change::Vetoed { household, .. }
            | Change::Redeemed { household, .. }
            | Change::PublicitySet { household, .. }
            | Change::Suggested { household, .. }
            | Change::Refunded { household, .. } => self.household(*household),
            Change::HouseholdClosed { household, successor } => {
                self.household(*household);
                successor.iter().for_each(|id| self.household(*id));
            }
            Change::KinDeclared { person, other } => {
                for one in [person, other] {
                    self.branches.insert(one.branch());
                    self.households.extend(one.household());
                }
            }
            Change::DeclarationFiled { household, evidence, .. } => {
                self.declarations.insert(index);
                self.documents.extend(evidence);
                self.household(*household);
            }
            Change::SheetFiled { branch, rows, record, .. } => {
                self.declarations.insert(index);
                self.documents.insert(*record);
                self.branches.insert(*branch);
                self.households.extend(rows.iter().map(|row| row.household));
            }
            // Whose it is the state that it moves to says, beside it.
            Change::DeclarationResubmitted { declaration, evidence, .. } => {
                self.declarations.insert(*declaration);
                self.documents.extend(evidence);
            }
            Change::Reviewed { declaration, .. }
            | Change::Voted { declaration, .. }
            | Change::Escalated { declaration, .. } => {
                self.declarations.insert(*declaration);
            }
            Change::StateChanged { declaration, household, .. }
            | Change::Objected { declaration, household, .. }
            | Change::Ruled { declaration, household, .. } => {
                self.declarations.insert(*declaration);
                self.household(*household);
            }
        }
    }
}

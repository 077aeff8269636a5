//! What a command did: postings and changes, complete enough that neither rules nor history are needed to
//! apply them or to add up a balance.
//!
//! Field meanings are those of the messages of the same names in `proto/civbank/v1/entry.proto`.
#![allow(missing_docs)]

use std::fmt;
use std::str::FromStr;

use super::command::{Appoint, GoodsCount, Holder, Item, Price, RedeemLine};
use super::ids::{Branch, Digest, HouseholdId, ItemCode, Malformed, PersonId, PublicKey, Sku, TerminalId};
use super::policy::{Bounds, Policy};
use super::time::{Day, Month, Time};
use super::words::*;

/// Everything an entry does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// For each unit they sum to zero; at most one for each account and unit.
    pub postings: Vec<Posting>,
    /// In the order in which they happen.
    pub changes: Vec<Change>,
}

/// An account of the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// A household's book; never below zero.
    Household(HouseholdId),
    /// What a branch may still give.
    Budget(Branch),
    /// Approved, in public notice.
    Notice(Branch),
    /// Spent.
    Redeemed(Branch),
    /// Lapsed.
    Expired(Branch),
    /// Taken back by rulings and deductions.
    Recovered(Branch),
    /// Where units come from; the one account that may go below zero.
    Issuance,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::Household(id) => write!(f, "household/{id}"),
            Account::Budget(branch) => write!(f, "budget/{branch}"),
            Account::Notice(branch) => write!(f, "notice/{branch}"),
            Account::Redeemed(branch) => write!(f, "redeemed/{branch}"),
            Account::Expired(branch) => write!(f, "expired/{branch}"),
            Account::Recovered(branch) => write!(f, "recovered/{branch}"),
            Account::Issuance => f.write_str("issuance"),
        }
    }
}

impl FromStr for Account {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        const WANTS: Malformed = Malformed("an account: kind/id or issuance");
        if text == "issuance" {
            return Ok(Account::Issuance);
        }
        let (kind, id) = text.split_once('/').ok_or(WANTS)?;
        match kind {
            "household" => id.parse().map(Account::Household),
            "budget" => id.parse().map(Account::Budget),
            "notice" => id.parse().map(Account::Notice),
            "redeemed" => id.parse().map(Account::Redeemed),
            "expired" => id.parse().map(Account::Expired),
            "recovered" => id.parse().map(Account::Recovered),
            _ => Err(WANTS),
        }
    }
}

/// One line in the book of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    pub account: Account,
    pub unit: Unit,
    pub amount: i64,
    pub balance_after: i64,
    pub account_sequence: u64,
    pub account_previous_index: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetRow {
    pub household: HouseholdId,
    pub item: ItemCode,
    pub quantity: u32,
    pub version: CatalogueVersion,
}

/// Which catalogue an item was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueVersion {
    /// Version, from 1, counted for each branch by itself.
    pub number: u32,
    /// The branch's override, not the head bank's.
    pub of_branch: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisputedCredit {
    pub points: i64,
    pub credited_by: u64,
}

/// One change of status. Kept within 88 bytes, because a replay moves millions of them: what is longer and rare
/// lies behind a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    BankOpened {
        origin: String,
        head: Branch,
        bounds: Box<Bounds>,
    },
    BranchOpened {
        branch: Branch,
        title: String,
    },
    PolicySet {
        branch: Option<Branch>,
        policy: Policy,
        bounds: Option<Box<Bounds>>,
    },
    KeyEnrolled {
        key: PublicKey,
        holder: Holder,
        valid_until: Option<Day>,
    },
    KeyRevoked {
        key: PublicKey,
    },
    Appointed(Appoint),
    Dismissed {
        person: PersonId,
        role: Role,
        branch: Branch,
        household: Option<HouseholdId>,
    },
    CataloguePublished {
        branch: Option<Branch>,
        version: u32,
        valid_from: Day,
        items: Vec<Item>,
    },
    BudgetFunded {
        branch: Branch,
        source: FundSource,
        fen: i64,
        points: i64,
    },
    HouseholdOpened {
        household: HouseholdId,
        members: u8,
    },
    HouseholdClosed {
        household: HouseholdId,
        successor: Option<HouseholdId>,
    },
    KinDeclared {
        person: PersonId,
        other: PersonId,
    },
    PassbookIssued {
        household: HouseholdId,
        key: PublicKey,
        view_token_hash: Digest,
        card: u32,
    },
    PinSet {
        household: HouseholdId,
        document: Digest,
    },
    PinLocked {
        household: HouseholdId,
    },
    DeclarationFiled {
        household: HouseholdId,
        member: u8,
        item: ItemCode,
        quantity: u32,
        deed_date: Day,
        evidence: Vec<Digest>,
        channel: Channel,
        proxy: Option<PersonId>,
        version: CatalogueVersion,
    },
    DeclarationResubmitted {
        declaration: u64,
        quantity: u32,
        deed_date: Day,
        evidence: Vec<Digest>,
        proxy: Option<PersonId>,
    },
    SheetFiled {
        branch: Branch,
        date: Day,
        clerk: PersonId,
        rows: Vec<SheetRow>,
        record: Digest,
    },
    Reviewed {
        declaration: u64,
        person: PersonId,
        verdict: Verdict,
        ground: Option<Ground>,
    },
    Voted {
        declaration: u64,
        person: PersonId,
        vote: Vote,
        points: Option<u32>,
    },
    StateChanged {
        declaration: u64,
        household: HouseholdId,
        state: State,
        /// Negative for deductions.
        points: i64,
        until: Option<Time>,
        ground: Option<Ground>,
    },
    Objected {
        declaration: u64,
        household: HouseholdId,
        person: Option<PersonId>,
        by_household: Option<HouseholdId>,
        ground: ObjectionGround,
        credit: Option<DisputedCredit>,
    },
    Ruled {
        declaration: u64,
        household: HouseholdId,
        person: PersonId,
        ruling: Ruling,
        points: i64,
    },
    Escalated {
        declaration: u64,
        level: u32,
    },
    LotMoved {
        household: HouseholdId,
        month: Month,
        amount: i64,
    },
    DebtSet {
        household: HouseholdId,
        debt: i64,
    },
    Vetoed {
        household: HouseholdId,
        year: u16,
        item: ItemCode,
    },
    PriceSet {
        branch: Branch,
        price: Price,
        version: u32,
    },
    StockMoved {
        branch: Branch,
        sku: Sku,
        amount: i64,
        stock_after: i64,
    },
    Redeemed {
        household: HouseholdId,
        terminal: TerminalId,
        lines: Vec<RedeemLine>,
        total: u32,
        pin_verified: bool,
    },
    Refunded {
        redemption: u64,
        household: HouseholdId,
        lines: Vec<GoodsCount>,
        total: u32,
    },
    DocumentErased {
        document: Digest,
        ground: ErasureGround,
    },
    Invited {
        key: PublicKey,
        holder: Holder,
        key_valid_until: Option<Day>,
        expires: Time,
        inviter: PersonId,
    },
    InvitationAccepted {
        key: PublicKey,
    },
    InvitationCancelled {
        key: PublicKey,
    },
    PublicitySet {
        household: HouseholdId,
        standings: bool,
    },
    Suggested {
        branch: Branch,
        household: HouseholdId,
        document: Digest,
    },
    SuggestionAnswered {
        branch: Branch,
        suggestion: u64,
        person: PersonId,
        document: Digest,
    },
}

/// How a change is about one household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// It names the household.
    Household,
    /// It names a declaration only; whose that is the entry's other changes say.
    Declaration(u64),
    /// It is about others, or about nobody.
    Nobody,
}

impl Change {
    /// How this change is about a household.
    pub fn about(&self, id: HouseholdId) -> About {
        let named = match self {
            Change::HouseholdOpened { household, .. }
            | Change::PassbookIssued { household, .. }
            | Change::PinSet { household, .. }
            | Change::PinLocked { household }
            | Change::DeclarationFiled { household, .. }
            | Change::StateChanged { household, .. }
            | Change::Objected { household, .. }
            | Change::Ruled { household, .. }
            | Change::LotMoved { household, .. }
            | Change::DebtSet { household, .. }
            | Change::Vetoed { household, .. }
            | Change::Redeemed { household, .. }
            | Change::PublicitySet { household, .. }
            | Change::Suggested { household, .. }
            | Change::Refunded { household, .. } => *household == id,
            Change::HouseholdClosed { household, successor } => *household == id || *successor == Some(id),
            Change::SheetFiled { rows, .. } => rows.iter().any(|row| row.household == id),
            Change::DeclarationResubmitted { declaration, .. }
            | Change::Reviewed { declaration, .. }
            | Change::Voted { declaration, .. }
            | Change::Escalated { declaration, .. } => return About::Declaration(*declaration),
            Change::BankOpened { .. }
            | Change::BranchOpened { .. }
            | Change::PolicySet { .. }
            | Change::KeyEnrolled { .. }
            | Change::KeyRevoked { .. }
            | Change::Invited { .. }
            | Change::InvitationAccepted { .. }
            | Change::InvitationCancelled { .. }
            | Change::SuggestionAnswered { .. }
            | Change::Appointed(_)
            | Change::Dismissed { .. }
            | Change::CataloguePublished { .. }
            | Change::BudgetFunded { .. }
            | Change::KinDeclared { .. }
            | Change::PriceSet { .. }
            | Change::StockMoved { .. }
            | Change::DocumentErased { .. } => false,
        };
        if named { About::Household } else { About::Nobody }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_stays_small() {
        assert!(size_of::<Change>() <= 88, "{} bytes", size_of::<Change>());
        assert!(size_of::<Posting>() <= 64, "{} bytes", size_of::<Posting>());
    }
}

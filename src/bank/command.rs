//! What is asked, parsed once at the door: identifiers are in range, enums are known, texts within limits,
//! lists without doubles. What the bank's state has to say about it is not known here.
//!
//! Field meanings, units and ranges are those of the messages of the same names in
//! `proto/civbank/v1/command.proto`; they are not repeated.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};

use super::ids::{Branch, Digest, HouseholdId, ItemCode, PersonId, PublicKey, Sku, TerminalId};
use super::policy::{Bounds, Policy};
use super::time::{Day, Time};
use super::words::*;

/// One thing asked of the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub origin: String,
    pub request_id: [u8; 16],
    pub not_after: Time,
    pub body: Body,
}

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Holder {
    Person(PersonId),
    Terminal(TerminalId),
}

/// One line of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Item {
    pub code: ItemCode,
    pub pillar: Pillar,
    pub kind: ItemKind,
    pub title: String,
    pub points_min: u32,
    pub points_max: u32,
    pub unit: Unit,
    pub score_effect: i32,
    pub subject: ItemSubject,
    pub measure: String,
    pub cap_window: CapWindow,
    pub cap_count: u32,
    pub evidence: Vec<EvidenceKind>,
    pub valid_from: Option<Day>,
    pub valid_to: Option<Day>,
}

/// Goods at a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    pub sku: Sku,
    pub title: String,
    pub measure: String,
    pub points: u32,
    pub month_limit: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedeemLine {
    pub sku: Sku,
    pub quantity: u32,
    pub price_version: u32,
    pub points: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoodsCount {
    pub sku: Sku,
    pub quantity: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockInLine {
    pub sku: Sku,
    pub quantity: u32,
    pub cost_fen: i64,
    pub best_before: Option<Day>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssessRow {
    pub household: HouseholdId,
    pub item: ItemCode,
    pub quantity: u32,
}

/// The body of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    OpenBank {
        head: Branch,
        title: String,
        policy: Policy,
        bounds: Bounds,
    },
    OpenBranch {
        branch: Branch,
        title: String,
    },
    SetPolicy {
        branch: Option<Branch>,
        policy: Policy,
        bounds: Option<Bounds>,
    },
    EnrolKey {
        key: PublicKey,
        holder: Holder,
        valid_until: Option<Day>,
    },
    RevokeKey {
        key: PublicKey,
        ground: RevocationGround,
    },
    RotateKey {
        old: PublicKey,
        new: PublicKey,
    },
    Appoint(Appoint),
    Dismiss {
        person: PersonId,
        role: Role,
        branch: Branch,
        household: Option<HouseholdId>,
    },
    PublishCatalogue {
        branch: Option<Branch>,
        valid_from: Day,
        items: Vec<Item>,
    },
    FundBudget {
        branch: Branch,
        source: FundSource,
        fen: i64,
        points: i64,
        voucher: Option<Digest>,
    },
    OpenHousehold {
        household: HouseholdId,
        members: Vec<Digest>,
        consent: Digest,
    },
    CloseHousehold {
        household: HouseholdId,
        successor: Option<HouseholdId>,
    },
    DeclareKin {
        person: PersonId,
        other: PersonId,
        relation: KinRelation,
    },
    IssuePassbook {
        household: HouseholdId,
        key: PublicKey,
        view_token_hash: Digest,
    },
    SetPin {
        household: HouseholdId,
        document: Digest,
    },
    Declare(Declare),
    Review {
        declaration: u64,
        verdict: Verdict,
        ground: Option<Ground>,
        note: Option<Digest>,
    },
    Decide {
        declarations: Vec<u64>,
        vote: Vote,
        points: Option<u32>,
        ground: Option<Ground>,
    },
    Withdraw {
        declaration: u64,
    },
    Resubmit {
        declaration: u64,
        quantity: u32,
        deed_date: Day,
        evidence: Vec<Digest>,
        note: Option<Digest>,
    },
    Object {
        declaration: u64,
        household: Option<HouseholdId>,
        ground: ObjectionGround,
        statement: Option<Digest>,
        credited_by: Option<u64>,
    },
    Rule {
        declaration: u64,
        household: Option<HouseholdId>,
        ruling: Ruling,
        points: u32,
        statement: Option<Digest>,
    },
    Assess {
        branch: Branch,
        date: Day,
        rows: Vec<AssessRow>,
        record: Digest,
    },
    StockIn {
        branch: Branch,
        lines: Vec<StockInLine>,
        source: FundSource,
        receipt: Option<Digest>,
    },
    SetPrice {
        branch: Branch,
        goods: Vec<Price>,
    },
    StockCount {
        branch: Branch,
        lines: Vec<GoodsCount>,
    },
    Redeem {
        household: HouseholdId,
        lines: Vec<RedeemLine>,
        total: u32,
    },
    Refund {
        redemption: u64,
        lines: Vec<GoodsCount>,
        restock: bool,
    },
    Erase {
        document: Digest,
        ground: ErasureGround,
    },
    Invite {
        invitation: PublicKey,
        holder: Holder,
        key_valid_until: Option<Day>,
        expires: Time,
    },
    AcceptInvitation {
        invitation: PublicKey,
        key: PublicKey,
    },
    CancelInvitation {
        invitation: PublicKey,
    },
    SetPublicity {
        household: HouseholdId,
        standings: bool,
    },
    Suggest {
        branch: Branch,
        document: Digest,
    },
    AnswerSuggestion {
        suggestion: u64,
        document: Digest,
    },
}

/// A person takes an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appoint {
    pub person: PersonId,
    pub role: Role,
    pub branch: Branch,
    pub chair: bool,
    pub households: Vec<HouseholdId>,
    pub valid_until: Option<Day>,
}

/// A good deed is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declare {
    pub household: HouseholdId,
    pub member: u8,
    pub item: ItemCode,
    pub quantity: u32,
    pub deed_date: Day,
    pub evidence: Vec<Digest>,
    pub note: Option<Digest>,
    pub channel: Channel,
}

/// What the bank does by itself when it falls due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemCommand {
    CloseNotice { declarations: Vec<u64> },
    Escalate { declaration: u64 },
    Expire { households: Vec<HouseholdId> },
    LockPin { household: HouseholdId },
}

macro_rules! kinds {
    ($($variant:ident),*) => {
        /// The kind of a command, without its content: a row of the authority table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($variant),* }

        impl Kind {
            /// Every kind, in the order of the wire.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),*];

            /// Its name as on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$variant => stringify!($variant)),* }
            }
        }

        impl Body {
            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self { $(Body::$variant { .. } => Kind::$variant),* }
            }
        }
    };
}
kinds!(
    OpenBank,
    OpenBranch,
    SetPolicy,
    EnrolKey,
    RevokeKey,
    RotateKey,
    Appoint,
    Dismiss,
    PublishCatalogue,
    FundBudget,
    OpenHousehold,
    CloseHousehold,
    DeclareKin,
    IssuePassbook,
    SetPin,
    Declare,
    Review,
    Decide,
    Withdraw,
    Resubmit,
    Object,
    Rule,
    Assess,
    StockIn,
    SetPrice,
    StockCount,
    Redeem,
    Refund,
    Erase,
    Invite,
    AcceptInvitation,
    CancelInvitation,
    SetPublicity,
    Suggest,
    AnswerSuggestion
);

impl Body {
    /// The past entry that the bank must be shown with the command ([`super::Context::cited`]): history is
    /// not held in memory.
    pub fn cites(&self) -> Option<u64> {
        match self {
            Body::Refund { redemption, .. } => Some(*redemption),
            Body::Object { credited_by, .. } => *credited_by,
            _ => None,
        }
    }
}

impl Body {
    /// The key that the command brings into being, which may sign along without being enrolled.
    pub fn brings_key(&self) -> Option<PublicKey> {
        match self {
            Body::EnrolKey { key, .. }
            | Body::IssuePassbook { key, .. }
            | Body::AcceptInvitation { key, .. }
            | Body::Invite { invitation: key, .. } => Some(*key),
            Body::RotateKey { new, .. } => Some(*new),
            _ => None,
        }
    }
}

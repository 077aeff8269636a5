//! Every answer "no", in the order in which the rules look: typed, with one stable reason and the numbers a
//! person needs. A refusal is an answer, not a failure; nothing was written.

use super::ids::{Branch, Digest, HouseholdId, ItemCode, PersonId, PublicKey, Sku};
use super::time::Day;
use super::words::State;

macro_rules! refusals {
    ($($(#[$doc:meta])* $reason:literal $variant:ident { $($field:ident: $kind:ty),* }),* $(,)?) => {
        /// Why the bank says no. Variants are in order of precedence where a command could earn several.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error("{}", self.plain())]
        #[allow(missing_docs)]
        pub enum Refusal { $($(#[$doc])* $variant { $($field: $kind),* }),* }

        impl Refusal {
            /// Every reason, in order of precedence.
            pub const REASONS: &'static [&'static str] = &[$($reason),*];

            /// The stable reason, UPPER_SNAKE_CASE.
            pub fn reason(&self) -> &'static str {
                match self { $(Refusal::$variant { .. } => $reason),* }
            }

            /// The numbers behind it, as names and values.
            pub fn numbers(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Refusal::$variant { $($field),* } => vec![$((stringify!($field), $field.to_string())),*]),*
                }
            }
        }
    };
}

refusals! {
    /// Entry 0 is not written yet.
    "BANK_NOT_OPEN" BankNotOpen {},
    /// Entry 0 is written already.
    "BANK_ALREADY_OPEN" BankAlreadyOpen {},
    /// The command is for another bank.
    "WRONG_ORIGIN" WrongOrigin { origin: String },
    /// `not_after` has passed.
    "COMMAND_EXPIRED" CommandExpired { not_after_ms: i64, now_ms: i64 },
    /// `not_after` is more than 7 days ahead.
    "NOT_AFTER_TOO_FAR" NotAfterTooFar { not_after_ms: i64, now_ms: i64 },
    /// The request id was used for other bytes.
    "REQUEST_ID_REUSED" RequestIdReused { index: u64 },
    /// Nobody knows this key.
    "KEY_UNKNOWN" KeyUnknown { key: PublicKey },
    /// The key was revoked.
    "KEY_REVOKED" KeyRevoked { key: PublicKey },
    /// The key's last day has passed.
    "KEY_EXPIRED" KeyExpired { key: PublicKey, last_day: Day },
    /// A newer card replaced this passbook.
    "PASSBOOK_REPLACED" PassbookReplaced { household: HouseholdId },
    /// Nobody knows this invitation (any more).
    "INVITATION_UNKNOWN" InvitationUnknown { key: PublicKey },
    /// The invitation made its key already.
    "INVITATION_ACCEPTED" InvitationAccepted { key: PublicKey },
    /// The invitation was withdrawn.
    "INVITATION_CANCELLED" InvitationCancelled { key: PublicKey },
    /// The invitation's time ran out.
    "INVITATION_EXPIRED" InvitationExpired { key: PublicKey, expire_ms: i64 },
    /// The branch is not of this bank.
    "BRANCH_UNKNOWN" BranchUnknown { branch: Branch },
    /// The household has no book.
    "HOUSEHOLD_UNKNOWN" HouseholdUnknown { household: HouseholdId },
    /// The household's book is closed.
    "HOUSEHOLD_CLOSED" HouseholdClosed { household: HouseholdId },
    /// The household has no such member.
    "MEMBER_UNKNOWN" MemberUnknown { household: HouseholdId, member: u8 },
    /// No open declaration or sheet has this number.
    "DECLARATION_NOT_OPEN" DeclarationNotOpen { declaration: u64 },
    /// The sheet has no row for this household (or a declaration is another's).
    "ROW_UNKNOWN" RowUnknown { declaration: u64 },
    /// No open suggestion has this number.
    "SUGGESTION_NOT_OPEN" SuggestionNotOpen { suggestion: u64 },
    /// The cited entry is not what the command says it is.
    "CITATION_WRONG" CitationWrong { index: u64 },
    /// The signers may not do this here.
    "NOT_AUTHORISED" NotAuthorised { command: &'static str, needs: &'static str },
    /// One signature is there, another is missing.
    "SIGNATURE_MISSING" SignatureMissing { command: &'static str, needs: &'static str },
    /// Own household, kin, or a hand in it before.
    "CONFLICT_OF_INTEREST" ConflictOfInterest { person: PersonId, why: &'static str },
    /// The household of the one being reviewed reviewed theirs in the last 30 days.
    "RECIPROCAL_REVIEW" ReciprocalReview { household: HouseholdId, until: Day },
    /// A branch with this code exists.
    "BRANCH_EXISTS" BranchExists { branch: Branch },
    /// A setting lies outside the bounds.
    "POLICY_OUT_OF_BOUNDS" PolicyOutOfBounds { setting: &'static str, asked: u32, min: u32, max: u32 },
    /// The least is above the most.
    "BOUNDS_CROSSED" BoundsCrossed { setting: &'static str },
    /// The key is one of the few with which one signature fits many messages.
    "KEY_WEAK" KeyWeak { key: PublicKey },
    /// The key is or was enrolled.
    "KEY_IN_USE" KeyInUse { key: PublicKey },
    /// The day has passed.
    "DATE_PAST" DatePast { date: Day, today: Day },
    /// The day lies too far ahead.
    "DATE_TOO_FAR" DateTooFar { date: Day, today: Day },
    /// An invitation's end has passed.
    "EXPIRE_TIME_PAST" ExpireTimePast { expire_ms: i64, now_ms: i64 },
    /// An invitation's end is more than 30 days ahead.
    "EXPIRE_TIME_TOO_FAR" ExpireTimeTooFar { expire_ms: i64, now_ms: i64 },
    /// As many invitations are open as may be, for one holder or in the bank.
    "INVITATIONS_FULL" InvitationsFull { whose: &'static str, open: u32, max: u32 },
    /// The person does not live in (or belong to the staff of) the branch.
    "PERSON_ELSEWHERE" PersonElsewhere { person: PersonId, branch: Branch },
    /// The person holds the office already.
    "OFFICE_HELD" OfficeHeld { person: PersonId },
    /// The person does not hold the office.
    "OFFICE_NOT_HELD" OfficeNotHeld { person: PersonId },
    /// Two offices that one person may not hold together.
    "OFFICES_CLASH" OfficesClash { person: PersonId, held: &'static str },
    /// Another member is chair.
    "CHAIR_TAKEN" ChairTaken { chair: PersonId },
    /// The office belongs to the head bank only (or to branches only).
    "OFFICE_MISPLACED" OfficeMisplaced { branch: Branch },
    /// A proxy serves at most five households.
    "PROXY_FULL" ProxyFull { person: PersonId, households: u32 },
    /// The last officer with a good key cannot go: nobody could rule the bank any more.
    "LAST_OFFICER" LastOfficer { person: PersonId },
    /// The override's item is not in the head bank's catalogue.
    "ITEM_NOT_AT_HEAD" ItemNotAtHead { item: ItemCode },
    /// The override goes beyond half or one and a half times the head bank's points.
    "OVERRIDE_OUT_OF_BOUNDS" OverrideOutOfBounds { item: ItemCode, min: u32, max: u32 },
    /// A catalogue version that begins later exists already.
    "CATALOGUE_OUT_OF_ORDER" CatalogueOutOfOrder { valid_from: Day, newest: Day },
    /// The sum would leave the range of the books.
    "AMOUNT_OVERFLOW" AmountOverflow {},
    /// The household has a book already.
    "HOUSEHOLD_EXISTS" HouseholdExists { household: HouseholdId },
    /// The household still has open declarations or disputes.
    "HOUSEHOLD_BUSY" HouseholdBusy { household: HouseholdId, open: u32 },
    /// Kin must be of different households; one household needs no declaration.
    "SAME_HOUSEHOLD" SameHousehold { household: HouseholdId },
    /// Declared already.
    "KIN_DECLARED" KinDeclared { person: PersonId, other: PersonId },
    /// The view token's hash is in use.
    "VIEW_TOKEN_IN_USE" ViewTokenInUse {},
    /// Nobody knows this item.
    "ITEM_UNKNOWN" ItemUnknown { item: ItemCode },
    /// The item was not in force on the day.
    "ITEM_NOT_IN_FORCE" ItemNotInForce { item: ItemCode, date: Day },
    /// Deductions and vetoes come by inspection sheet, not by declaration.
    "ITEM_NOT_DECLARABLE" ItemNotDeclarable { item: ItemCode },
    /// The item counts a person's deed, and no member is named (or the other way round).
    "ITEM_SUBJECT_MISMATCH" ItemSubjectMismatch { item: ItemCode, wants: &'static str },
    /// The deed lies in the future.
    "DEED_IN_FUTURE" DeedInFuture { date: Day, today: Day },
    /// The deed lies too far back.
    "DEED_TOO_OLD" DeedTooOld { date: Day, days: u32 },
    /// The item asks for evidence.
    "EVIDENCE_WANTED" EvidenceWanted { item: ItemCode },
    /// This evidence was used before.
    "EVIDENCE_REUSED" EvidenceReused { evidence: Digest },
    /// More evidence in all than one declaration takes.
    "EVIDENCE_TOO_MUCH" EvidenceTooMuch { has: u32, asked: u32, max: u32 },
    /// The cap of the window is reached.
    "CAP_REACHED" CapReached { household: HouseholdId, item: ItemCode, cap: u32, used: u32, asked: u32 },
    /// The points cap of the month is reached.
    "MONTH_POINTS_REACHED" MonthPointsReached { household: HouseholdId, whose: &'static str, cap: u32, used: u32, asked: u32 },
    /// The declaration stands where this cannot be done.
    "WRONG_STATE" WrongState { declaration: u64, state: StateName },
    /// The member voted already.
    "ALREADY_VOTED" AlreadyVoted { declaration: u64, person: PersonId },
    /// The item has a range of points; the vote must say how many.
    "POINTS_WANTED" PointsWanted { item: ItemCode, min: u32, max: u32 },
    /// The vote's points lie outside the item's range.
    "POINTS_OUT_OF_RANGE" PointsOutOfRange { item: ItemCode, asked: u32, min: u32, max: u32 },
    /// Too many sheet rows in one command.
    "TOO_MANY_ROWS" TooManyRows { rows: u32, max: u32 },
    /// The branch's budget is short.
    "BUDGET_EXHAUSTED" BudgetExhausted { has: i64, asked: i64 },
    /// The credit is older than two years.
    "DISPUTE_TOO_LATE" DisputeTooLate { last_day: Day },
    /// A ruling for a part must leave more than nothing and less than all.
    "PART_OUT_OF_RANGE" PartOutOfRange { points: u32, approved: i64 },
    /// The goods have no price here.
    "GOODS_UNKNOWN" GoodsUnknown { sku: Sku },
    /// The price is not the one that was shown.
    "PRICE_CHANGED" PriceChanged { sku: Sku, points: u32, price_version: u32 },
    /// The lines do not add up to the total.
    "TOTAL_WRONG" TotalWrong { total: u32, lines: u64 },
    /// Members of a cashier's household are served in another shop, or with a supervisor's signature.
    "CASHIER_HOUSEHOLD" CashierHousehold { household: HouseholdId },
    /// The shelf is short.
    "OUT_OF_STOCK" OutOfStock { sku: Sku, has: i64, asked: u32 },
    /// The household took its month's share.
    "MONTH_LIMIT_REACHED" MonthLimitReached { sku: Sku, limit: u32, used: u32, asked: u32 },
    /// The household's points are short.
    "INSUFFICIENT_POINTS" InsufficientPoints { has: i64, asked: i64 },
    /// Above the day's free limit, and the passbook has no PIN.
    "PIN_NOT_SET" PinNotSet { free: u32, asked: u32 },
    /// Too many misses; the clerk and the household set a new one.
    "PIN_LOCKED" PinLocked { household: HouseholdId },
    /// Above the day's free limit, and no PIN came.
    "PIN_REQUIRED" PinRequired { free: u32, asked: u32 },
    /// The PIN was wrong.
    "PIN_WRONG" PinWrong { misses_left: u32 },
    /// The refund days are over.
    "REFUND_TOO_LATE" RefundTooLate { last_day: Day },
    /// More comes back than was bought.
    "REFUND_TOO_MUCH" RefundTooMuch { sku: Sku, bought: u32, returned: u32, asked: u32 },
    /// The household made as many suggestions this month as it may.
    "SUGGESTIONS_REACHED" SuggestionsReached { household: HouseholdId, max: u32 },
    /// As many suggestions of the branch wait as may.
    "SUGGESTIONS_FULL" SuggestionsFull { branch: Branch, open: u32, max: u32 },
    /// The entry would be larger than a leaf may be.
    "ENTRY_TOO_LARGE" EntryTooLarge { bytes: u64, max: u64 },
}

/// A state's name as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateName(pub State);

impl std::fmt::Display for StateName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            State::Submitted => "SUBMITTED",
            State::Returned => "RETURNED",
            State::Endorsed => "ENDORSED",
            State::OnNotice => "ON_NOTICE",
            State::Objected => "OBJECTED",
            State::Credited => "CREDITED",
            State::Refused => "REFUSED",
            State::Withdrawn => "WITHDRAWN",
            State::Voided => "VOIDED",
            State::Disputed => "DISPUTED",
            State::Reversed => "REVERSED",
        })
    }
}

impl Refusal {
    /// Reason and numbers in one plain line, for logs and tests; people get the faces' Chinese text.
    fn plain(&self) -> String {
        let numbers: Vec<String> =
            self.numbers().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {}", self.reason(), numbers.join(" ")).trim_end().to_owned()
    }
}

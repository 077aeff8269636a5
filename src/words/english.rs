//! Every answer "no" as one short English sentence or two: for gRPC status messages and `--lang en`.
//!
//! One arm a refusal, by name, as in the Chinese text. Identifiers are whole, days are `YYYY-MM-DD`, times of
//! day are Shanghai's.

use super::date::{day_digits as on, time_digits as at};
use crate::bank::refusal::Refusal;
use crate::bank::time::Time;

/// The sentence.
pub fn english(refusal: &Refusal) -> String {
    use Refusal::*;
    match refusal {
        BankNotOpen {} => "The bank is not open yet; the head bank opens it first.".to_owned(),
        BankAlreadyOpen {} => "The bank is open already; go on with what comes next.".to_owned(),
        WrongOrigin { origin } => {
            format!("The bank does not match ({origin}); check which bank it is for and sign again.")
        }
        CommandExpired { not_after_ms, now_ms } => format!(
            "The command died at {}; it is {} now. Check your clock and sign a new one.",
            at(Time(*not_after_ms)),
            at(Time(*now_ms))
        ),
        NotAfterTooFar { not_after_ms, now_ms } => format!(
            "The command would live until {}; it is {} now. Choose at most 7 days ahead.",
            at(Time(*not_after_ms)),
            at(Time(*now_ms))
        ),
        RequestIdReused { index } => {
            format!("This request id was used for other bytes in entry {index}; take a new one.")
        }
        KeyUnknown { key } => {
            format!("Nobody enrolled the key {key}; ask the branch clerk to enrol it.")
        }
        KeyRevoked { key } => format!("The key {key} was revoked; use another or enrol a new one."),
        KeyExpired { key, last_day } => {
            format!("The key {key} was good until {last_day}; enrol a new one.", last_day = on(*last_day))
        }
        PassbookReplaced { household } => format!(
            "Household {household} has a newer passbook; use that one. If you did not ask for it, tell the clerk."
        ),
        InvitationUnknown { key } => {
            format!("There is no invitation {key}; check the link or ask for a new one.")
        }
        InvitationAccepted { key } => {
            format!("The invitation {key} was used already, and serves once; ask for another.")
        }
        InvitationCancelled { key } => {
            format!("The invitation {key} was cancelled; ask who invited you.")
        }
        InvitationExpired { key, expire_ms } => {
            format!("The invitation {key} ended at {}; ask for a new one.", at(Time(*expire_ms)))
        }
        SuggestionNotOpen { suggestion } => {
            format!(
                "No suggestion {suggestion} waits for an answer; somebody may have answered it, look again."
            )
        }
        SuggestionsReached { household, max } => {
            format!("Household {household} made {max} suggestions this month; come again next month.")
        }
        SuggestionsFull { branch, open, max } => format!(
            "In branch {branch} {open} suggestions wait for an answer, {max} may; come again in some days."
        ),
        BranchUnknown { branch } => {
            format!("There is no branch {branch} in this bank; check the code.")
        }
        HouseholdUnknown { household } => {
            format!("There is no household {household}; check the number or ask the clerk to open it.")
        }
        HouseholdClosed { household } => {
            format!("The book of household {household} is closed; ask the clerk.")
        }
        MemberUnknown { household, member } => {
            format!("Household {household} has no member {member}; check the passbook.")
        }
        DeclarationNotOpen { declaration } => {
            format!("No open declaration has number {declaration}; look up where it stands.")
        }
        RowUnknown { declaration } => {
            format!("Number {declaration} has no row for this household; check both numbers.")
        }
        CitationWrong { index } => {
            format!("Entry {index} is not what the command says it is; check the receipt's number.")
        }
        NotAuthorised { command, needs } => {
            format!("You may not sign {command} here; it needs {needs}.")
        }
        SignatureMissing { command, needs } => {
            format!("{command} lacks a signature; it also needs {needs}.")
        }
        ConflictOfInterest { person, why } => {
            format!("{person} must stand aside ({why}); somebody without ties must do it.")
        }
        ReciprocalReview { household, until } => format!(
            "Household {household} reviewed yours in the last 30 days; take another liaison or wait until after {until}.",
            until = on(*until)
        ),
        BranchExists { branch } => format!("Branch {branch} exists already; check the code."),
        PolicyOutOfBounds { setting, asked, min, max } => {
            format!("{setting} cannot be {asked}; choose {min} to {max}.")
        }
        BoundsCrossed { setting } => {
            format!("The least of {setting} is above its most; put them in order.")
        }
        KeyWeak { key } => format!("The key {key} is weak; make a new one."),
        KeyInUse { key } => format!("The key {key} is or was enrolled; make a new one."),
        DatePast { date, today } => {
            format!(
                "{date} has passed (today is {today}); choose today or later.",
                date = on(*date),
                today = on(*today)
            )
        }
        DateTooFar { date, today } => {
            format!(
                "{date} is too far ahead (today is {today}); choose an earlier day.",
                date = on(*date),
                today = on(*today)
            )
        }
        ExpireTimePast { expire_ms, now_ms } => format!(
            "The invitation would end at {}; it is {} now. Choose a later time.",
            at(Time(*expire_ms)),
            at(Time(*now_ms))
        ),
        ExpireTimeTooFar { expire_ms, now_ms } => format!(
            "The invitation would be open until {}; it is {} now. Choose at most 30 days ahead.",
            at(Time(*expire_ms)),
            at(Time(*now_ms))
        ),
        InvitationsFull { whose, open, max } => format!(
            "{open} invitations of this {whose} are open, and {max} is the most; cancel some or wait for their end."
        ),
        PersonElsewhere { person, branch } => {
            format!("{person} does not belong to branch {branch}; check both.")
        }
        OfficeHeld { person } => format!("{person} holds this office already."),
        OfficeNotHeld { person } => {
            format!("{person} does not hold this office; check person and office.")
        }
        OfficesClash { person, held } => format!(
            "{person} is {held}; one person may not hold both offices. Choose another or dismiss first."
        ),
        ChairTaken { chair } => format!("{chair} is chair already; dismiss the chair first."),
        OfficeMisplaced { branch } => format!(
            "This office does not belong at {branch}: head-bank offices at the head bank, village offices at branches."
        ),
        ProxyFull { person, households } => {
            format!("{person} serves {households} households already, and 5 is the most; find another proxy.")
        }
        LastOfficer { person } => {
            format!("{person} is the last officer with a good key; appoint another first.")
        }
        ItemNotAtHead { item } => {
            format!("The head bank's catalogue has no item {item}; it must be added there first.")
        }
        OverrideOutOfBounds { item, min, max } => format!(
            "A branch may set {item} to {min} to {max} points, half to one and a half times the head bank's."
        ),
        CatalogueOutOfOrder { valid_from, newest } => format!(
            "A catalogue from {newest} exists, and this one begins on {valid_from}; choose a later day.",
            newest = on(*newest),
            valid_from = on(*valid_from)
        ),
        AmountOverflow {} => "The sum is too large for the books; check the numbers.".to_owned(),
        HouseholdExists { household } => {
            format!("Household {household} has a book already; choose an unused number.")
        }
        HouseholdBusy { household, open } => format!(
            "Household {household} still has {open} open declarations or disputes; wait for their end."
        ),
        SameHousehold { household } => {
            format!("Both are of household {household}; no declaration of kin is needed.")
        }
        KinDeclared { person, other } => {
            format!("{person} and {other} are declared as kin already.")
        }
        ViewTokenInUse {} => "This view token is in use; print another passbook.".to_owned(),
        ItemUnknown { item } => format!("There is no item {item}; choose one from the catalogue."),
        ItemNotInForce { item, date } => {
            format!(
                "Item {item} was not in force on {date}; check the day or choose another item.",
                date = on(*date)
            )
        }
        ItemNotDeclarable { item } => {
            format!("Item {item} comes by inspection sheet, not by declaration; choose another.")
        }
        ItemSubjectMismatch { item, wants } => {
            format!("Item {item} counts otherwise: it wants {wants}.")
        }
        DeedInFuture { date, today } => {
            format!(
                "The deed's day {date} has not come (today is {today}); declare it when done.",
                date = on(*date),
                today = on(*today)
            )
        }
        DeedTooOld { date, days } => {
            format!("The deed of {date} is too old; declare within {days} days.", date = on(*date))
        }
        EvidenceWanted { item } => {
            format!("Item {item} asks for evidence; add at least one document.")
        }
        EvidenceReused { evidence } => {
            format!("The evidence {evidence} was used before; add new evidence.")
        }
        EvidenceTooMuch { has, asked, max } => {
            format!("A declaration takes {max} pieces of evidence in all: it has {has}, {asked} more came.")
        }
        CapReached { household, item, cap, used, asked } => format!(
            "The cap of {item} for household {household} is {cap} in its window: {used} used, {asked} more asked."
        ),
        MonthPointsReached { household, whose, cap, used, asked } => format!(
            "The month's cap of points (one {whose}, household {household}) is {cap}: {used} earned, {asked} more asked."
        ),
        WrongState { declaration, state } => {
            format!("Declaration {declaration} is {state}; this cannot be done there.")
        }
        AlreadyVoted { declaration, person } => {
            format!("{person} voted on {declaration} already; one vote each.")
        }
        PointsWanted { item, min, max } => {
            format!("Item {item} gives {min} to {max} points; the vote must say how many.")
        }
        PointsOutOfRange { item, asked, min, max } => {
            format!("Item {item} gives {min} to {max} points, not {asked}.")
        }
        TooManyRows { rows, max } => {
            format!("{rows} rows are too many for one command; send at most {max} at a time.")
        }
        BudgetExhausted { has, asked } => format!(
            "The branch's budget has {has} points, {asked} are asked; the head bank must fund it first."
        ),
        DisputeTooLate { last_day } => {
            format!("The last day to dispute this credit was {last_day}.", last_day = on(*last_day))
        }
        PartOutOfRange { points, approved } => {
            format!("A part must lie between nothing and all: {points} asked, {approved} approved.")
        }
        GoodsUnknown { sku } => {
            format!("The goods {sku} have no price here; choose others or ask the clerk to price them.")
        }
        PriceChanged { sku, points, price_version } => {
            format!("The price of {sku} is now {points} points (version {price_version}); confirm it again.")
        }
        TotalWrong { total, lines } => {
            format!("The total says {total} points, the lines add up to {lines}.")
        }
        CashierHousehold { household } => {
            format!("Household {household} is a cashier's here; use another shop or have a supervisor sign.")
        }
        OutOfStock { sku, has, asked } => {
            format!("The shelf has {has} of {sku}, {asked} are asked; take fewer or something else.")
        }
        MonthLimitReached { sku, limit, used, asked } => {
            format!("A household may take {limit} of {sku} a month: {used} taken, {asked} more asked.")
        }
        InsufficientPoints { has, asked } => {
            format!("The household has {has} points, {asked} are asked.")
        }
        PinNotSet { free, asked } => format!(
            "Without a PIN {free} points are left today, {asked} are asked, and no PIN is set; see the clerk."
        ),
        PinLocked { household } => format!(
            "The PIN of household {household} is locked; bring the passbook to the clerk for a new one."
        ),
        PinRequired { free, asked } => {
            format!("Without a PIN {free} points are left today, {asked} are asked; type the PIN.")
        }
        PinWrong { misses_left } => format!("The PIN is wrong; {misses_left} tries are left."),
        RefundTooLate { last_day } => {
            format!("The last day for a refund was {last_day}.", last_day = on(*last_day))
        }
        RefundTooMuch { sku, bought, returned, asked } => {
            format!("Of {sku} {bought} were bought and {returned} returned; {asked} more is too much.")
        }
        EntryTooLarge { bytes, max } => {
            format!("The entry would take {bytes} bytes of at most {max}; send it in parts.")
        }
    }
}

//! Limits: the numbers in code are the numbers that the `.proto` files tell clients.

use civbank::wire::limits::*;

const COMMAND: &str = include_str!("../../../proto/civbank/v1/command.proto");
const TYPES: &str = include_str!("../../../proto/civbank/v1/types.proto");
const LEDGER: &str = include_str!("../../../proto/civbank/v1/ledger_service.proto");
const BANK: &str = include_str!("../../../proto/civbank/v1/bank_service.proto");
const DOCUMENTS: &str = include_str!("../../../proto/civbank/v1/document_service.proto");

/// The comment says these words.
fn check(proto: &str, words: &str) {
    assert!(proto.contains(words), "no comment says: {words}");
}

/// `1 to 20`.
fn span<T: std::fmt::Display>(range: std::ops::RangeInclusive<T>) -> String {
    format!("{} to {}", range.start(), range.end())
}

#[test]
fn clients_are_told_the_limits_that_hold() {
    check(COMMAND, &format!("at most {} KiB", PAYLOAD_BYTES_MAX / 1024));
    check(COMMAND, &format!("1 to {SIGNATURES_MAX} signatures"));
    check(COMMAND, &format!("at most {} days ahead", NOT_AFTER_AHEAD.as_secs() / 86_400));
    let (all, each) = (civbank::bank::INVITATIONS_MAX, civbank::bank::HOLDER_INVITATIONS_MAX);
    check(COMMAND, &format!("{all} invitations are open in the bank, {each} for one"));
    let days = civbank::bank::INVITATION_DAYS_MAX;
    check(COMMAND, &format!("can be accepted (exclusive); in the future, at most {days} days ahead"));
    check(COMMAND, &format!("in Chinese, 1 to {BRANCH_TITLE_CHARS_MAX} characters"));
    check(COMMAND, &format!("The items; {}, codes unique", span(ITEMS)));
    check(COMMAND, &format!("identity document; {}.", span(MEMBERS)));
    check(COMMAND, &format!("32 bytes each; at most {};", EVIDENCE.end()));
    check(COMMAND, &format!("a liaison (at most {})", LIAISON_HOUSEHOLDS.end()));
    check(COMMAND, &format!("a proxy ({};", PROXY_HOUSEHOLDS.end()));
    check(COMMAND, &format!("Which; {}, no doubles", span(DECIDE_DECLARATIONS)));
    check(COMMAND, &format!("{} rows.", span(SHEET_ROWS)));
    check(COMMAND, &format!("{} lines, goods unique.", span(STOCK_IN_LINES)));
    check(COMMAND, &format!("The goods; {}, unique", span(PRICE_GOODS)));
    check(COMMAND, &format!("What was counted; {} lines", span(STOCK_COUNT_LINES)));
    check(COMMAND, &format!("What; {} lines, goods unique", span(REDEEM_LINES)));
    check(COMMAND, &format!("What comes back; {} lines", span(REDEEM_LINES)));
    check(COMMAND, &format!("Units of quantity; {}.", span(DEED_QUANTITY)));
    check(COMMAND, &format!("How many pieces; {}.", span(STOCK_IN_QUANTITY)));
    check(COMMAND, &format!("0 to 10^{}", BUDGET_FEN.end().ilog10()));
    check(COMMAND, &format!("1 to 10^{}", BUDGET_POINTS.end().ilog10()));
    check(COMMAND, &format!("in fen; 0 to 10^{}", STOCK_IN_FEN.end().ilog10()));
    check(TYPES, &format!("1 to {ITEM_TITLE_CHARS_MAX} characters; names a deed"));
    check(TYPES, &format!("1 to {ITEM_MEASURE_CHARS_MAX} characters: 次"));
    check(TYPES, &format!("unit of quantity; {}.", span(ITEM_POINTS)));
    check(TYPES, &format!("beside the points; {}.", span(ITEM_SCORE_EFFECT)));
    check(TYPES, &format!("in the window; {};", span(ITEM_CAP)));
    check(TYPES, &format!("Name in Chinese, 1 to {GOODS_TITLE_CHARS_MAX} characters."));
    check(TYPES, &format!("1 to {GOODS_MEASURE_CHARS_MAX} characters: 枚"));
    check(TYPES, &format!("in points; {}.", span(PRICE_POINTS)));
    check(TYPES, &format!("How many pieces; {}.", span(REDEEM_QUANTITY)));
    check(TYPES, &format!("How many pieces; {}.", span(STOCK_COUNT_QUANTITY)));
    check(LEDGER, &format!("{} commands; at most {} MiB", span(SUBMIT_BATCH), SUBMIT_BATCH_BYTES_MAX >> 20));
    check(LEDGER, &format!("{} digits", span(PIN_DIGITS)));
    check(DOCUMENTS, &format!("at most {} MiB", DOCUMENT_BYTES_MAX >> 20));
    check(DOCUMENTS, &format!("at most {} KiB", SEALED_BYTES_MAX / 1024));
    check(DOCUMENTS, &format!("at most {PIN_DOCUMENT_BYTES_MAX} bytes"));
}

#[test]
fn pages_are_as_long_as_the_comments_say() {
    let told = |page: Page| format!("0: {}; above {}: {}.", page.default, page.most, page.most);
    for page in [BRANCH_PAGE, HOUSEHOLD_PAGE] {
        check(BANK, &format!("At most this many; {}", told(page)));
    }
    check(BANK, &format!("At most this many lines; {}", told(STATEMENT_PAGE)));
    check(BANK, &format!("At most this many; {}", told(DECLARATION_PAGE)));
    check(LEDGER, &format!("At most this many; {}", told(ENTRY_PAGE)));

    for (asked, size) in [(0, Some(50)), (1, Some(1)), (500, Some(500)), (501, Some(500)), (-1, None)] {
        assert_eq!(STATEMENT_PAGE.size(asked), size, "asked for {asked}");
    }
}

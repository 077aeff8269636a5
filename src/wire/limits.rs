//! Every outer limit in one place: what a message, text, list, page, batch, queue or stream may measure.
//!
//! Faces and the engine use these names and no numbers of their own; the comments in `proto/` say the same
//! numbers to clients. Characters are Unicode scalar values, sizes are bytes.

use std::ops::RangeInclusive;
use std::time::Duration;

// Envelopes and entries.

/// Most bytes of an envelope's payload.
pub const PAYLOAD_BYTES_MAX: usize = 48 * 1024;
/// Most signatures of an envelope.
pub const SIGNATURES_MAX: usize = 4;
/// Most bytes of an entry: a leaf's length must fit 16 bits in an entry bundle of C2SP `tlog-tiles`.
pub const ENTRY_BYTES_MAX: usize = 65_535;
/// Most bytes of an envelope written as JSON: base64 of the payload, four signatures and the names.
pub const ENVELOPE_JSON_BYTES_MAX: usize = 68 * 1024;
/// Most characters of a bank's origin.
pub const ORIGIN_CHARS_MAX: usize = 128;
/// Latest time that an entry or a command may name: 2200-01-01 UTC in milliseconds, exclusive.
pub const TIME_MS_END: i64 = 7_258_118_400_000;
/// How far ahead a command's `not_after` may lie.
pub const NOT_AFTER_AHEAD: Duration = Duration::from_secs(7 * 86_400);

// Texts, in characters.

/// Name of a branch.
pub const BRANCH_TITLE_CHARS_MAX: usize = 40;
/// Name of a catalogue item.
pub const ITEM_TITLE_CHARS_MAX: usize = 60;
/// Measure of a catalogue item.
pub const ITEM_MEASURE_CHARS_MAX: usize = 10;
/// Name of goods.
pub const GOODS_TITLE_CHARS_MAX: usize = 40;
/// Measure of goods.
pub const GOODS_MEASURE_CHARS_MAX: usize = 20;

// Lists of a command.

/// Items of one catalogue version.
pub const ITEMS: RangeInclusive<usize> = 1..=200;
/// Members of a new household.
pub const MEMBERS: RangeInclusive<usize> = 1..=30;
/// Evidence of a declaration.
pub const EVIDENCE: RangeInclusive<usize> = 0..=9;
/// Households linked to a liaison.
pub const LIAISON_HOUSEHOLDS: RangeInclusive<usize> = 0..=50;
/// Households named when a proxy is appointed.
pub const PROXY_HOUSEHOLDS: RangeInclusive<usize> = 1..=1;
/// Declarations of one vote.
pub const DECIDE_DECLARATIONS: RangeInclusive<usize> = 1..=256;
/// Rows of an inspection sheet.
pub const SHEET_ROWS: RangeInclusive<usize> = 1..=300;
/// Lines of arriving goods.
pub const STOCK_IN_LINES: RangeInclusive<usize> = 1..=50;
/// Goods of one price list.
pub const PRICE_GOODS: RangeInclusive<usize> = 1..=100;
/// Lines of a stock count.
pub const STOCK_COUNT_LINES: RangeInclusive<usize> = 1..=100;
/// Lines of a redemption or a refund.
pub const REDEEM_LINES: RangeInclusive<usize> = 1..=20;

// Numbers of a command.

/// Units of quantity of a deed or a sheet's row.
pub const DEED_QUANTITY: RangeInclusive<u32> = 1..=1_000;
/// Member of a household; 0 is the household itself.
pub const MEMBER: RangeInclusive<u32> = 0..=99;
/// Points of one unit of quantity of an item.
pub const ITEM_POINTS: RangeInclusive<u32> = 0..=10_000;
/// Change of the score beside the points.
pub const ITEM_SCORE_EFFECT: RangeInclusive<i32> = -200..=200;
/// Units of quantity in a cap's window.
pub const ITEM_CAP: RangeInclusive<u32> = 1..=10_000;
/// Money behind a budget, in fen.
pub const BUDGET_FEN: RangeInclusive<i64> = 0..=1_000_000_000_000;
/// Points of one funding.
pub const BUDGET_POINTS: RangeInclusive<i64> = 1..=10_000_000_000;
/// Pieces that arrive.
pub const STOCK_IN_QUANTITY: RangeInclusive<u32> = 1..=1_000_000;
/// Cost of arriving goods, in fen.
pub const STOCK_IN_FEN: RangeInclusive<i64> = 0..=10_000_000_000;
/// Pieces counted.
pub const STOCK_COUNT_QUANTITY: RangeInclusive<u32> = 0..=1_000_000;
/// Price of one piece in points.
pub const PRICE_POINTS: RangeInclusive<u32> = 1..=100_000;
/// Pieces in one line of a redemption or a refund.
pub const REDEEM_QUANTITY: RangeInclusive<u32> = 1..=1_000;
/// Points of a whole redemption: at most 20 lines of 1,000 pieces at 100,000 points.
pub const REDEEM_TOTAL: RangeInclusive<u32> = 1..=2_000_000_000;
/// Months of lots, as year*12 + month-1: years 2000 to 2399.
pub const LOT_MONTH: RangeInclusive<u32> = 24_000..=28_799;
/// Years.
pub const YEAR: RangeInclusive<u32> = 2000..=2199;

// Requests.

/// Commands of one `SubmitBatch`.
pub const SUBMIT_BATCH: RangeInclusive<usize> = 1..=256;
/// Bytes of one `SubmitBatch`, all commands together.
pub const SUBMIT_BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Digits of a PIN.
pub const PIN_DIGITS: RangeInclusive<usize> = 4..=6;
/// Bytes of a page token.
pub const PAGE_TOKEN_BYTES_MAX: usize = 256;
/// Bytes of a photograph or scan, or of a record.
pub const DOCUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of a sealed identity or text document.
pub const SEALED_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a PIN document.
pub const PIN_DOCUMENT_BYTES_MAX: usize = 512;

/// How long a page may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Rows where the client does not say.
    pub default: usize,
    /// Most rows.
    pub most: usize,
}

impl Page {
    /// The size to serve for the `page_size` that was asked (AIP-158): 0 is the default, more than the most
    /// is the most. None for a negative size, which is refused.
    pub fn size(self, asked: i32) -> Option<usize> {
        match usize::try_from(asked) {
            Ok(0) => Some(self.default),
            Ok(asked) => Some(asked.min(self.most)),
            Err(_) => None,
        }
    }
}

/// Pages of branches.
pub const BRANCH_PAGE: Page = Page { default: 100, most: 500 };
/// Pages of households.
pub const HOUSEHOLD_PAGE: Page = Page { default: 100, most: 500 };
/// Pages of a household's statement.
pub const STATEMENT_PAGE: Page = Page { default: 50, most: 500 };
/// Pages of declarations.
pub const DECLARATION_PAGE: Page = Page { default: 50, most: 500 };
/// Pages of entries.
pub const ENTRY_PAGE: Page = Page { default: 100, most: 500 };

// The server.

/// Largest message of the ledger's service: a full batch with its framing.
pub const LEDGER_MESSAGE_BYTES_MAX: usize = SUBMIT_BATCH_BYTES_MAX + 64 * 1024;
/// Largest message of the documents' service: the largest document with its framing.
pub const DOCUMENT_MESSAGE_BYTES_MAX: usize = DOCUMENT_BYTES_MAX + 4 * 1024;
/// Largest request of the reads' and sessions' services: they ask little.
pub const READ_MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// Commands that may wait for the sequencer; one more is told to come back later.
pub const QUEUE_LENGTH: usize = 4_096;
/// Entries in one group commit.
pub const GROUP_COMMIT_ENTRIES_MAX: usize = 1_024;
/// Requests at work at once, over all connections.
pub const REQUESTS_AT_ONCE: usize = 1_024;
/// Streams at once on one connection.
pub const STREAMS_AT_ONCE: u32 = 256;
/// Streams a connection may have reset for its own errors before it is closed.
pub const LOCAL_ERROR_RESETS_MAX: usize = 1_024;
/// Streams reset by the client before they were accepted.
pub const PENDING_RESETS_MAX: usize = 20;
/// Bytes of a request's headers.
pub const HEADER_BYTES_MAX: u32 = 16 * 1024;
/// HTTP/2 window of one stream.
pub const STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
/// HTTP/2 window of one connection.
pub const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// TLS handshakes at work at once; where one more comes, the oldest gives way.
pub const HANDSHAKES_AT_ONCE: usize = 512;
/// Time of a TLS handshake.
pub const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);
/// Watchers of the ledger at once.
pub const WATCHERS_MAX: usize = 64;
/// Connections at once, where the machine's descriptors allow as many.
pub const CONNECTIONS_AT_ONCE: usize = 10_000;
/// Time in which a connection asks something for the first time; a TLS handshake is part of it.
pub const FIRST_REQUEST_TIME_MAX: Duration = Duration::from_secs(60);
/// Time for which a caller may take nothing of an answer that is there for it.
pub const ANSWER_STALL_MAX: Duration = Duration::from_secs(60);
/// Bytes of an answer of which at least this much has to be taken in that time, or all that is left.
pub const ANSWER_PIECE_BYTES: usize = 64 * 1024;
/// Time between two requests on a connection of HTTP/1.1, the head of the second among it.
pub const QUIET_TIME_MAX: Duration = Duration::from_secs(30);
/// Time in which the body of a page's request comes, where its page gives it no shorter one.
pub const BODY_TIME_MAX: Duration = UPLOAD_TIME_MAX;
/// Bytes of answers that one connection has not taken; with more it is asked nothing new.
pub const CONNECTION_UNREAD_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Pages of entries that are made at once.
pub const ENTRY_PAGES_AT_ONCE: usize = 4;
/// Bytes that a page of entries is counted as while it is made.
pub const LARGE_ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of answers that all connections have not taken; with more those that took least are closed.
pub const UNREAD_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Wrong signatures of one connection, or claimed of one key, that are verified at once.
pub const WRONG_SIGNATURES_BURST: u32 = 20;
/// One more is verified after each of these.
pub const WRONG_SIGNATURES_REFILL: Duration = Duration::from_secs(2);
/// How much more an address may than a connection.
pub const WRONG_SIGNATURES_ADDRESS_FACTOR: u32 = 10;
/// Keys, and addresses, of which wrong signatures are remembered; even.
pub const WRONG_SIGNATURES_NAMES_MAX: usize = 4_096;
/// How much later a connection is read for each of its requests that was refused for too many wrong signatures (or other
/// tries),
pub const FLOOD_PAUSE: Duration = Duration::from_millis(25);
/// and how much later at most.
pub const FLOOD_PAUSE_MAX: Duration = Duration::from_secs(1);
/// Life of a challenge.
pub const CHALLENGE_LIFE: Duration = Duration::from_secs(120);
/// Life of a session of gRPC.
pub const SESSION_LIFE: Duration = Duration::from_secs(15 * 60);
/// Longest life of a browser's session; it ends with its key at once.
pub const WEB_SESSION_LIFE: Duration = Duration::from_secs(12 * 3_600);
/// Bytes of what a script asks of a session.
pub const ASK_JSON_BYTES_MAX: usize = 4 * 1024;
/// Bytes of a command that a script sends: the envelope's JSON, a PIN and the names.
pub const SUBMIT_JSON_BYTES_MAX: usize = ENVELOPE_JSON_BYTES_MAX + 1024;
/// Documents that browsers may be sending at once.
pub const UPLOADS_AT_ONCE: usize = 16;
/// Bytes of a sheet of households.
pub const IMPORT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of one part of a workbook once it is unpacked.
pub const IMPORT_UNPACKED_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Households of one sheet.
pub const IMPORT_ROWS_MAX: usize = 5_000;
/// Columns of a sheet.
pub const IMPORT_COLUMNS_MAX: usize = 64;
/// Faults of a sheet that are told one by one; the rest are counted.
pub const IMPORT_FAULTS_MAX: usize = 200;
/// Sheets that are read at once; one more is told to come again.
pub const IMPORTS_AT_ONCE: usize = 2;
/// Time in which a browser may send a document.
pub const UPLOAD_TIME_MAX: Duration = Duration::from_secs(60);
/// Time in which a request is answered or given up.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(10);

//! The verbs that read: one for each question that the bank answers. People get tables, programs the answer as
//! the protocol says it. Lists are followed page by page up to `--limit`.

mod bank;
mod declaration;
mod document;
mod household;
mod log;
mod proof;

use clap::{Args, Subcommand};

use super::args::Common;
use super::client::Client;
use super::draft::Hand;
use super::failure::Failure;
use super::output::Printer;
use crate::bank::time::Time;
use crate::bank::words::*;
use crate::words::{date, names};

pub use household::ShowPassbook;
pub(super) use log::entry_json;

/// The verbs that read.
#[derive(Debug, Subcommand)]
pub enum Read {
    /// 查银行 · The bank: origin, verifier key, settings.
    Bank,
    /// 查支行 · Branches.
    Branches(List),
    /// 查积分目录 · Items in force.
    Catalogue(bank::Catalogue),
    /// 查货架 · Goods with prices and stock.
    Goods(bank::OfBranch),
    /// 看公示 · The public board.
    Board(bank::OfBranch),
    /// 查资金 · Where points came from and went.
    Funds(bank::OfBranch),
    /// 查任职 · Who holds which office.
    Appointments(bank::Appointments),
    /// 查密钥 · What a key is good for.
    Key(bank::Key),
    /// 查邀请 · What an invitation offers, and what became of it.
    Invitation(bank::Invitation),
    /// 查一户 · A household's book.
    Household(household::OfHousehold),
    /// 查各户 · Households of a branch.
    Households(household::Households),
    /// 查明细 · Lines of a household's book, newest first.
    Statement(household::Statement),
    /// 查申报 · One declaration and every step of it.
    Declaration(declaration::Declaration),
    /// 查申报单 · Declarations, newest first.
    Declarations(declaration::Declarations),
    /// 查账目 · One entry.
    Entry(log::Entry),
    /// 查各笔账目 · Entries in order.
    Entries(log::Entries),
    /// 盯着账目 · Entries as they are written, until stopped.
    Watch(log::Watch),
    /// 查检查点 · The newest signed checkpoint.
    Checkpoint,
    /// 收录证明 · Proof that an entry is in a tree, checked.
    Inclusion(proof::Inclusion),
    /// 一致性证明 · Proof that one tree grew out of another, checked.
    Consistency(proof::Consistency),
    /// 取收据 · The receipt of an entry, checked and kept in files.
    Receipt(proof::GetReceipt),
    /// 存文件 · Put a document.
    PutDocument(document::PutDocument),
    /// 取文件 · Get a document.
    GetDocument(document::GetDocument),
}

impl Read {
    /// Asks and prints.
    pub(super) async fn show(
        &self,
        common: &Common,
        client: &mut Client,
        hand: &Hand,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        match self {
            Read::Bank => bank::show_bank(client, printer).await,
            Read::Branches(verb) => bank::show_branches(verb, client, printer).await,
            Read::Catalogue(verb) => verb.show(client, printer).await,
            Read::Goods(verb) => verb.show_goods(client, printer).await,
            Read::Board(verb) => verb.show_board(client, printer).await,
            Read::Funds(verb) => verb.show_funds(client, printer).await,
            Read::Appointments(verb) => verb.show(client, printer).await,
            Read::Key(verb) => verb.show(client, printer).await,
            Read::Invitation(verb) => verb.show(client, printer).await,
            Read::Household(verb) => verb.show(client, hand, printer).await,
            Read::Households(verb) => verb.show(client, printer).await,
            Read::Statement(verb) => verb.show(client, hand, printer).await,
            Read::Declaration(verb) => verb.show(client, printer).await,
            Read::Declarations(verb) => verb.show(client, hand, printer).await,
            Read::Entry(verb) => verb.show(client, printer).await,
            Read::Entries(verb) => verb.show(client, printer).await,
            Read::Watch(verb) => verb.show(client, printer).await,
            Read::Checkpoint => log::show_checkpoint(common, client, printer).await,
            Read::Inclusion(verb) => verb.show(client, printer).await,
            Read::Consistency(verb) => verb.show(client, printer).await,
            Read::Receipt(verb) => verb.show(common, client, printer).await,
            Read::PutDocument(verb) => verb.show(client, printer).await,
            Read::GetDocument(verb) => verb.show(client, printer).await,
        }
    }
}

/// How much of a list.
#[derive(Debug, Args)]
pub struct List {
    /// At most so many rows.
    #[arg(long, default_value_t = 500, value_name = "N")]
    limit: u32,
}

/// Follows a list page by page: `$call` asks for one page, given its size and token, and `$rows` names the
/// field of the answer that holds the rows. The result is one answer with the rows of all pages.
macro_rules! all_pages {
    ($limit:expr, $rows:ident, |$size:ident, $token:ident| $call:expr) => {{
        let limit = usize::try_from($limit).unwrap_or(usize::MAX);
        let mut rows = Vec::new();
        let mut $token = String::new();
        loop {
            let $size = i32::try_from(limit - rows.len()).unwrap_or(i32::MAX);
            let mut page = $call;
            rows.append(&mut page.$rows);
            rows.truncate(limit);
            if page.next_page_token.is_empty() || rows.len() >= limit {
                page.$rows = rows;
                break page;
            }
            $token = page.next_page_token;
        }
    }};
}
pub(super) use all_pages;

/// A time of the wire, in Shanghai; nothing for 0.
fn time(unix_ms: i64) -> String {
    if unix_ms == 0 { String::new() } else { date::time_digits(Time(unix_ms)) }
}

fn yes(printer: &Printer, is_so: bool) -> String {
    let text = if is_so { printer.say("是", "yes") } else { printer.say("否", "no") };
    text.to_owned()
}

/// The word of a wire number: in Chinese, or as on the wire in small letters. A number that this program does
/// not know is shown as it is.
macro_rules! shown {
    ($($function:ident($set:ident, $names:path);)*) => {$(
        fn $function(printer: &Printer, number: i32) -> String {
            match $set::from_number(number) {
                None => number.to_string(),
                Some(word) => printer.say($names(word), &super::value::kebab(&word)).to_owned(),
            }
        }
    )*};
}
shown! {
    state(State, names::state);
    role(Role, names::role);
    pillar(Pillar, names::pillar);
    item_kind(ItemKind, names::item_kind);
    cap_window(CapWindow, names::cap_window);
    fund_source(FundSource, names::fund_source);
    unit(Unit, names::unit);
    invitation_state(InvitationState, names::invitation_state);
}

//! A household's book, and what a terminal needs of its card.

use clap::Args;

use super::{all_pages, time, unit, yes};
use crate::bank::ids::{Branch, HouseholdId};
use crate::bank::words::Unit;
use crate::cli::client::Client;
use crate::cli::draft::{Desk as _, Hand, strange_answer};
use crate::cli::failure::{Failure, Lang};
use crate::cli::output::Printer;
use crate::wire::pb;
use crate::words::amount;

/// A household, by number or by its card.
#[derive(Debug, Args)]
pub struct OfHousehold {
    /// Household; without it the passbook's.
    #[arg(long)]
    household: Option<HouseholdId>,
}

impl OfHousehold {
    async fn number(&self, client: &mut Client, hand: &Hand) -> Result<HouseholdId, Failure> {
        match (self.household, &hand.card) {
            (Some(household), _) => Ok(household),
            (None, Some(card)) => client.passbook(card).await,
            (None, None) => Err(Failure::usage(
                "要写明哪一户：--household 户号，或 --passbook 存折文件",
                "name the household: --household NUMBER or --passbook FILE",
            )),
        }
    }

    pub(super) async fn show(
        &self,
        client: &mut Client,
        hand: &Hand,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        let household = self.number(client, hand).await?.to_string();
        let request = client.request(pb::GetHouseholdRequest { household }).await?;
        let answer = client.reads().get_household(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        if printer.is_json() {
            return printer.json(&answer);
        }
        let it = answer.household.ok_or_else(|| strange_answer("no household"))?;
        let lots: Vec<String> =
            it.lots.iter().map(|lot| format!("{}×{}", lot.last_day, lot.points)).collect();
        printer.facts(&[
            ("户号", "household", it.household.clone()),
            ("积分", "points", it.points.to_string()),
            ("评价分", "score", it.score.to_string()),
            ("成员", "members", it.members.to_string()),
            ("联户党员", "liaison", it.liaison.clone()),
            ("存折", "card", it.card.to_string()),
            ("已设密码", "PIN set", yes(printer, it.pin_set)),
            ("密码锁住", "PIN locked", yes(printer, it.pin_locked)),
            ("欠分", "debt", it.debt.to_string()),
            ("一票否决", "vetoed", yes(printer, it.vetoed)),
            ("同意上榜", "on the board", yes(printer, it.publicity)),
            ("本月得分", "earned this month", it.earned_month.to_string()),
            ("今年得分", "earned this year", it.earned_year.to_string()),
            ("销户", "closed", yes(printer, it.closed)),
            ("到期", "lots", lots.join(" ")),
        ])
    }
}

/// Households of a branch.
#[derive(Debug, Args)]
pub struct Households {
    /// Branch.
    #[arg(long)]
    branch: Branch,
    #[command(flatten)]
    list: super::List,
}

impl Households {
    pub(super) async fn show(&self, client: &mut Client, printer: &mut Printer) -> Result<(), Failure> {
        let mut bank = client.reads();
        let answer = all_pages!(self.list.limit, households, |page_size, page_token| {
            let branch = self.branch.to_string();
            let request = pb::ListHouseholdsRequest { branch, page_size, page_token };
            let request = client.request(request).await?;
            bank.list_households(request).await.map_err(|status| client.failure(&status))?.into_inner()
        });
        if printer.is_json() {
            return printer.json(&answer);
        }
        let row = |it: &pb::Household| {
            vec![
                it.household.clone(),
                it.points.to_string(),
                it.score.to_string(),
                it.members.to_string(),
                it.card.to_string(),
                it.liaison.clone(),
            ]
        };
        let rows: Vec<_> = answer.households.iter().map(row).collect();
        let heading = [
            ("户号", "household"),
            ("积分", "points"),
            ("评价分", "score"),
            ("成员", "members"),
            ("存折", "card"),
            ("联户党员", "liaison"),
        ];
        printer.table(&heading, &rows)
    }
}

/// Lines of a book.
#[derive(Debug, Args)]
pub struct Statement {
    #[command(flatten)]
    of: OfHousehold,
    /// At most so many lines.
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: u32,
}

impl Statement {
    pub(super) async fn show(
        &self,
        client: &mut Client,
        hand: &Hand,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        let household = self.of.number(client, hand).await?;
        let mut bank = client.reads();
        let answer = all_pages!(self.limit, lines, |page_size, page_token| {
            let household = household.to_string();
            let request = pb::ListStatementRequest { household, page_size, page_token };
            let request = client.request(request).await?;
            bank.list_statement(request).await.map_err(|status| client.failure(&status))?.into_inner()
        });
        if printer.is_json() {
            return printer.json(&answer);
        }
        let moved = |it: &pb::StatementLine, figure: fn(Unit, i64) -> String, number: i64| {
            Unit::from_number(it.unit).map_or_else(|| number.to_string(), |unit| figure(unit, number))
        };
        let row = |it: &pb::StatementLine| {
            vec![
                it.index.to_string(),
                time(it.time_unix_ms),
                unit(printer, it.unit),
                moved(it, amount::signed, it.amount),
                moved(it, amount::of, it.balance_after),
                reason(it, printer.lang()),
            ]
        };
        let rows: Vec<_> = answer.lines.iter().map(row).collect();
        let heading = [
            ("账目", "entry"),
            ("时间", "time"),
            ("种类", "unit"),
            ("变动", "moved"),
            ("余额", "balance"),
            ("事由", "reason"),
        ];
        printer.table(&heading, &rows)
    }
}

/// The bank's own line in Chinese; in English the names of what happened.
fn reason(line: &pb::StatementLine, lang: Lang) -> String {
    match lang {
        Lang::Zh => line.reason.clone(),
        Lang::En => super::declaration::kinds_of(&line.changes),
    }
}

/// What a terminal needs of the card it scanned.
#[derive(Debug, Args)]
pub struct ShowPassbook {}

impl ShowPassbook {
    pub(in crate::cli) async fn show(
        &self,
        client: &Client,
        hand: &Hand,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        let card = hand.card.as_ref().ok_or_else(|| {
            Failure::usage("要用 --passbook 给出存折文件", "name the card: --passbook FILE")
        })?;
        let request = pb::GetPassbookRequest { view_token: card.view_token() };
        let answer = client.reads().get_passbook(request).await;
        let it = answer.map_err(|status| client.failure(&status))?.into_inner();
        if printer.is_json() {
            return printer.json(&it);
        }
        printer.facts(&[
            ("户号", "household", it.household.clone()),
            ("积分", "points", it.points.to_string()),
            ("今天免密还能用", "left today without PIN", it.pin_free_points.to_string()),
            ("已设密码", "PIN set", yes(printer, it.pin_set)),
            ("密码锁住", "PIN locked", yes(printer, it.pin_locked)),
        ])
    }
}

//! Declarations and their timelines.

use clap::Args;

use super::{all_pages, state, time, yes};
use crate::bank::ids::{Branch, HouseholdId};
use crate::bank::words::State;
use crate::cli::client::Client;
use crate::cli::draft::{Desk as _, Hand, strange_answer};
use crate::cli::failure::{Failure, Lang};
use crate::cli::output::Printer;
use crate::cli::value;
use crate::wire::pb;

/// One declaration.
#[derive(Debug, Args)]
pub struct Declaration {
    /// Its number.
    declaration: u64,
}

impl Declaration {
    pub(super) async fn show(&self, client: &mut Client, printer: &mut Printer) -> Result<(), Failure> {
        let message = pb::GetDeclarationRequest { declaration: self.declaration };
        let request = client.request(message).await?;
        let answer = client.reads().get_declaration(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        if printer.is_json() {
            return printer.json(&answer);
        }
        let it = answer.declaration.ok_or_else(|| strange_answer("no declaration"))?;
        printer.facts(&[
            ("申报", "declaration", it.declaration.to_string()),
            ("支行", "branch", it.branch.clone()),
            ("检查表", "inspection sheet", yes(printer, it.sheet)),
            ("提交", "filed", time(it.time_unix_ms)),
            ("日期", "day of the deed", it.deed_date.clone()),
            ("凭证", "evidence", it.evidence.iter().map(hex::encode).collect::<Vec<_>>().join(" ")),
            ("赞成", "votes for", it.votes_for.to_string()),
            ("反对", "votes against", it.votes_against.to_string()),
            ("还要几票", "votes needed", it.votes_needed.to_string()),
            ("期限", "due", time(it.due_unix_ms)),
            ("入账账目", "credited by", it.credited_by.map(|index| index.to_string()).unwrap_or_default()),
        ])?;
        printer.line("")?;
        show_rows(std::slice::from_ref(&it), printer)?;
        printer.line("")?;
        let step = |step: &pb::TimelineStep| {
            let text = match printer.lang() {
                Lang::Zh => step.text.clone(),
                Lang::En => kinds_of(&step.changes),
            };
            vec![step.index.to_string(), time(step.time_unix_ms), text]
        };
        let steps: Vec<_> = answer.timeline.iter().map(step).collect();
        printer.table(&[("账目", "entry"), ("时间", "time"), ("经过", "what happened")], &steps)
    }
}

/// The names of changes, as on the wire: `reviewed, stateChanged`.
pub(super) fn kinds_of(changes: &[pb::Change]) -> String {
    let kind = |change: &pb::Change| {
        let value = serde_json::to_value(change).ok()?;
        value.as_object()?.keys().next().cloned()
    };
    changes.iter().filter_map(kind).collect::<Vec<_>>().join(", ")
}

fn show_rows(declarations: &[pb::Declaration], printer: &mut Printer) -> Result<(), Failure> {
    let row = |(it, row): (&pb::Declaration, &pb::DeclarationRow)| {
        vec![
            it.declaration.to_string(),
            row.household.clone(),
            if row.member == 0 { String::new() } else { row.member.to_string() },
            format!("{} {}", row.item, row.title),
            row.quantity.to_string(),
            it.deed_date.clone(),
            state(printer, row.state),
            row.points.to_string(),
            time(row.until_unix_ms),
        ]
    };
    let rows = declarations.iter().flat_map(|it| it.rows.iter().map(move |row| (it, row)));
    let rows: Vec<_> = rows.map(row).collect();
    let heading = [
        ("申报", "declaration"),
        ("户号", "household"),
        ("成员", "member"),
        ("项目", "item"),
        ("数量", "quantity"),
        ("日期", "day"),
        ("状态", "state"),
        ("积分", "points"),
        ("公示到", "notice until"),
    ];
    printer.table(&heading, &rows)
}

/// Declarations of a household or a branch.
#[derive(Debug, Args)]
pub struct Declarations {
    /// Branch.
    #[arg(long, conflicts_with = "household")]
    branch: Option<Branch>,
    /// Household; without it and --branch the passbook's.
    #[arg(long)]
    household: Option<HouseholdId>,
    /// Only this state: submitted, returned, endorsed, on-notice, objected, credited, refused …
    #[arg(long, value_parser = value::state)]
    state: Option<State>,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: u32,
}

impl Declarations {
    pub(super) async fn show(
        &self,
        client: &mut Client,
        hand: &Hand,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        let household = match (self.branch, self.household, &hand.card) {
            (Some(_), _, _) => String::new(),
            (None, Some(household), _) => household.to_string(),
            (None, None, Some(card)) => client.passbook(card).await?.to_string(),
            (None, None, None) => {
                return Err(Failure::usage(
                    "要写明 --branch、--household 或 --passbook",
                    "name --branch, --household or --passbook",
                ));
            }
        };
        let mut bank = client.reads();
        let answer = all_pages!(self.limit, declarations, |page_size, page_token| {
            let request = pb::ListDeclarationsRequest {
                household: household.clone(),
                branch: self.branch.map(|branch| branch.to_string()).unwrap_or_default(),
                state: self.state.map_or(0, State::number),
                page_size,
                page_token,
            };
            let request = client.request(request).await?;
            bank.list_declarations(request).await.map_err(|status| client.failure(&status))?.into_inner()
        });
        if printer.is_json() {
            return printer.json(&answer);
        }
        show_rows(&answer.declarations, printer)
    }
}

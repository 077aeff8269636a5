//! What anybody may read: the bank, its branches, catalogue, goods, board, funds, offices and keys.

use clap::Args;

use super::{List, all_pages, cap_window, fund_source, invitation_state, item_kind, pillar, role, time, yes};
use crate::bank::ids::Branch;
use crate::bank::time::Day;
use crate::bank::words::Role;
use crate::cli::client::Client;
use crate::cli::failure::{Failure, Lang};
use crate::cli::link::invitation_key;
use crate::cli::output::Printer;
use crate::cli::{key_file, value};
use crate::wire::{pb, policy_from_pb};
use crate::words::{amount, names};

pub(super) async fn show_bank(client: &Client, printer: &mut Printer) -> Result<(), Failure> {
    let bank = client.bank_now().await?;
    if printer.is_json() {
        return printer.json(&bank);
    }
    printer.facts(&[
        ("银行", "origin", bank.origin.clone()),
        ("验证钥", "verifier key", bank.vkey.clone()),
        ("总行", "head bank", bank.head_branch.clone()),
        ("支行数", "branches", bank.branch_count.to_string()),
        ("户数", "households", bank.household_count.to_string()),
        ("账目数", "entries", bank.entry_count.to_string()),
        ("银行时间", "clock", time(bank.time_unix_ms)),
    ])?;
    let Some(policy) = bank.policy else { return Ok(()) };
    let bounds = bank.bounds.and_then(|bounds| Some((bounds.min?, bounds.max?)));
    let (min, max) = bounds.unwrap_or((policy, policy));
    let (min, max) = (policy_from_pb(&min).numbers(), policy_from_pb(&max).numbers());
    let rows = policy_from_pb(&policy).numbers().into_iter().zip(min.into_iter().zip(max));
    let rows: Vec<_> = rows
        .map(|((name, now), ((_, min), (_, max)))| {
            let shown = match printer.lang() {
                Lang::Zh => names::setting(name).unwrap_or(name),
                Lang::En => name,
            };
            vec![shown.to_owned(), now.to_string(), min.to_string(), max.to_string()]
        })
        .collect();
    printer.line("")?;
    printer.table(&[("规则", "setting"), ("现在", "now"), ("最低", "least"), ("最高", "most")], &rows)
}

pub(super) async fn show_branches(
    list: &List,
    client: &Client,
    printer: &mut Printer,
) -> Result<(), Failure> {
    let mut bank = client.reads();
    let answer = all_pages!(list.limit, branches, |page_size, page_token| {
        let request = pb::ListBranchesRequest { page_size, page_token };
        bank.list_branches(request).await.map_err(|status| client.failure(&status))?.into_inner()
    });
    if printer.is_json() {
        return printer.json(&answer);
    }
    let row = |it: &pb::Branch| {
        let notice = it.policy.map_or(0, |policy| policy.notice_days);
        let numbers = [i64::from(it.committee_seated), it.budget, it.on_notice, i64::from(notice)];
        let mut row = vec![it.branch.clone(), it.title.clone(), it.household_count.to_string()];
        row.extend(numbers.map(|number| number.to_string()));
        row.push(it.open_declarations.to_string());
        row
    };
    let heading = [
        ("代码", "branch"),
        ("支行", "title"),
        ("户数", "households"),
        ("评委", "seated"),
        ("积分预算", "budget"),
        ("公示中", "on notice"),
        ("公示天数", "notice days"),
        ("在办申报", "open"),
    ];
    printer.table(&heading, &answer.branches.iter().map(row).collect::<Vec<_>>())
}

/// Items in force.
#[derive(Debug, Args)]
pub struct Catalogue {
    /// Branch; without it the head bank's catalogue.
    #[arg(long)]
    branch: Option<Branch>,
    /// Day; without it today.
    #[arg(long, value_name = "DATE")]
    on: Option<Day>,
}

impl Catalogue {
    pub(super) async fn show(&self, client: &Client, printer: &mut Printer) -> Result<(), Failure> {
        let text = |it: Option<String>| it.unwrap_or_default();
        let request = pb::ListCatalogueRequest {
            branch: text(self.branch.map(|branch| branch.to_string())),
            on: text(self.on.map(|day| day.to_string())),
        };
        let answer = client.reads().list_catalogue(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        if printer.is_json() {
            return printer.json(&answer);
        }
        let points = |it: &pb::CatalogueItem| match it.points_min == it.points_max {
            true => it.points_min.to_string(),
            false => format!("{}-{}", it.points_min, it.points_max),
        };
        let cap = |it: &pb::CatalogueItem| match it.cap_count {
            0 => cap_window(printer, it.cap_window),
            count => format!("{count}/{}", cap_window(printer, it.cap_window)),
        };
        let row = |it: &pb::CatalogueItem| {
            vec![
                it.code.clone(),
                pillar(printer, it.pillar),
                item_kind(printer, it.kind),
                it.title.clone(),
                points(it),
                it.measure.clone(),
                cap(it),
            ]
        };
        let rows: Vec<_> = answer.items.iter().map(row).collect();
        let heading = [
            ("编号", "code"),
            ("五美", "pillar"),
            ("类别", "kind"),
            ("项目", "item"),
            ("分值", "points"),
            ("单位", "measure"),
            ("封顶", "cap"),
        ];
        printer.table(&heading, &rows)
    }
}

/// A branch.
#[derive(Debug, Args)]
pub struct OfBranch {
    /// Branch.
    #[arg(long)]
    branch: Branch,
}

impl OfBranch {
    pub(super) async fn show_goods(&self, client: &Client, printer: &mut Printer) -> Result<(), Failure> {
        let request = pb::ListGoodsRequest { branch: self.branch.to_string() };
        let answer = client.reads().list_goods(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        if printer.is_json() {
            return printer.json(&answer);
        }
        let row = |goods: &pb::Goods| {
            let price = goods.price.clone().unwrap_or_default();
            vec![
                price.sku,
                price.title,
                price.measure,
                price.points.to_string(),
                if price.month_limit == 0 { String::new() } else { price.month_limit.to_string() },
                goods.stock.to_string(),
                goods.price_version.to_string(),
            ]
        };
        let rows: Vec<_> = answer.goods.iter().map(row).collect();
        let heading = [
            ("货号", "goods"),
            ("名称", "title"),
            ("规格", "measure"),
            ("积分", "points"),
            ("每月限兑", "month limit"),
            ("库存", "stock"),
            ("价格版本", "price version"),
        ];
        printer.table(&heading, &rows)
    }

    pub(super) async fn show_board(&self, client: &Client, printer: &mut Printer) -> Result<(), Failure> {
        let request = pb::GetBoardRequest { branch: self.branch.to_string() };
        let answer = client.reads().get_board(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        if printer.is_json() {
            return printer.json(&answer);
        }
        let row = |line: &pb::BoardLine| {
            vec![
                line.declaration.to_string(),
                line.household_masked.clone(),
                format!("{} {}", line.item, line.title),
                line.points.to_string(),
                time(line.until_unix_ms),
                yes(printer, line.objected),
            ]
        };
        let rows: Vec<_> = answer.lines.iter().map(row).collect();
        let heading = [
            ("申报", "declaration"),
            ("户号", "household"),
            ("项目", "item"),
            ("积分", "points"),
            ("公示到", "until"),
            ("有异议", "objected"),
        ];
        printer.table(&heading, &rows)?;
        printer.line("")?;
        printer.facts(&[
            ("待审核", "waiting for a liaison", answer.waiting_review.to_string()),
            ("待评审", "waiting for the committee", answer.waiting_decision.to_string()),
            ("超期", "overdue", answer.overdue.to_string()),
            ("异议", "objections", answer.objections.to_string()),
            ("公示中的扣分", "deductions on notice", answer.deductions.to_string()),
            ("累计未通过", "refused so far", answer.refused_total.to_string()),
            ("累计入账", "credited so far", answer.credited_total.to_string()),
        ])?;
        let standings = answer.standings.unwrap_or_default();
        let row = |line: &pb::StandingsLine| {
            vec![line.rank.to_string(), line.household_tail.clone(), line.points.to_string()]
        };
        let rows: Vec<_> = standings.year.iter().map(row).collect();
        printer.line("")?;
        let heading = [("今年名次", "rank this year"), ("户号", "household"), ("得分", "earned")];
        printer.table(&heading, &rows)?;
        printer.line("")?;
        let suggestions = answer.suggestions.unwrap_or_default();
        printer.facts(&[
            ("同意上榜的户", "agreed to stand here", standings.agreed.to_string()),
            ("收到建议", "suggestions received", suggestions.received.to_string()),
            ("已答复", "answered", suggestions.answered.to_string()),
            ("等答复", "waiting for an answer", suggestions.open.to_string()),
        ])
    }

    pub(super) async fn show_funds(&self, client: &Client, printer: &mut Printer) -> Result<(), Failure> {
        let request = pb::GetFundsRequest { branch: self.branch.to_string() };
        let answer = client.reads().get_funds(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        if printer.is_json() {
            return printer.json(&answer);
        }
        let row = |line: &pb::FundLine| {
            vec![fund_source(printer, line.source), amount::yuan(line.fen), line.points.to_string()]
        };
        let rows: Vec<_> = answer.lines.iter().map(row).collect();
        printer.table(&[("来源", "source"), ("资金", "money"), ("发行积分", "points")], &rows)?;
        printer.line("")?;
        printer.facts(&[
            ("积分预算", "budget", answer.budget.to_string()),
            ("公示中", "on notice", answer.on_notice.to_string()),
            ("各户存折", "in books", answer.outstanding.to_string()),
            ("已兑换", "redeemed", answer.redeemed.to_string()),
            ("已到期", "expired", answer.expired.to_string()),
            ("已收回", "recovered", answer.recovered.to_string()),
        ])
    }
}

/// Offices of a branch.
#[derive(Debug, Args)]
pub struct Appointments {
    /// Branch.
    #[arg(long)]
    branch: Branch,
    /// Only this office.
    #[arg(long, value_parser = value::role)]
    role: Option<Role>,
}

impl Appointments {
    pub(super) async fn show(&self, client: &Client, printer: &mut Printer) -> Result<(), Failure> {
        let request = pb::ListAppointmentsRequest {
            branch: self.branch.to_string(),
            role: self.role.map_or(0, Role::number),
        };
        let answer = client.reads().list_appointments(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        if printer.is_json() {
            return printer.json(&answer);
        }
        show_appointments(&answer.appointments, printer)
    }
}

fn show_appointments(appointments: &[pb::Appoint], printer: &mut Printer) -> Result<(), Failure> {
    let row = |it: &pb::Appoint| {
        vec![
            it.person.clone(),
            role(printer, it.role),
            it.branch.clone(),
            if it.chair { printer.say("主任", "chair").to_owned() } else { String::new() },
            it.households.len().to_string(),
            it.valid_until.clone(),
        ]
    };
    let rows: Vec<_> = appointments.iter().map(row).collect();
    let heading = [
        ("人员", "person"),
        ("职务", "office"),
        ("支行", "branch"),
        ("", ""),
        ("联系户", "households"),
        ("任期到", "until"),
    ];
    printer.table(&heading, &rows)
}

/// What a key is good for.
#[derive(Debug, Args)]
pub struct Key {
    /// The public key: 64 hexadecimal digits, or a PEM file.
    #[arg(value_name = "KEY")]
    public: String,
}

impl Key {
    pub(super) async fn show(&self, client: &Client, printer: &mut Printer) -> Result<(), Failure> {
        let key = key_file::public(&self.public)?;
        let answer = client.reads().get_key(pb::GetKeyRequest { public_key: key.0.to_vec() }).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        if printer.is_json() {
            return printer.json(&answer);
        }
        printer.facts(&[
            ("密钥", "key", key.to_string()),
            ("持有者", "holder", answer.holder.clone()),
            ("现在有效", "good now", yes(printer, answer.active)),
            ("有效期到", "until", answer.valid_until.clone()),
        ])?;
        if answer.appointments.is_empty() {
            return Ok(());
        }
        printer.line("")?;
        show_appointments(&answer.appointments, printer)
    }
}

/// What an invitation offers.
#[derive(Debug, Args)]
pub struct Invitation {
    /// The invitation: its link, or its public key (64 hexadecimal digits).
    #[arg(value_name = "LINK|KEY")]
    invitation: String,
}

impl Invitation {
    pub(super) async fn show(&self, client: &Client, printer: &mut Printer) -> Result<(), Failure> {
        let key = invitation_key(&self.invitation)?;
        let request = pb::GetInvitationRequest { invitation_key: key.0.to_vec() };
        let answer = client.reads().get_invitation(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        if printer.is_json() {
            return printer.json(&answer);
        }
        printer.facts(&[
            ("邀请编号", "invitation key", key.to_string()),
            (
                "邀请谁",
                "holder",
                format!("{}（{} {}）", answer.holder, answer.branch_title, answer.holder_text),
            ),
            ("职务", "offices", answer.offices.join("、")),
            ("状态", "state", invitation_state(printer, answer.state)),
            ("截止", "until", time(answer.expire_unix_ms)),
            ("新密钥有效期到", "key good until", answer.key_valid_until),
        ])
    }
}

//! The bank and its branches for everybody: settings, catalogue, goods, funds.

use crate::access::Denial;
use crate::access::field;
use crate::bank::BranchState;
use crate::bank::effects::Account;
use crate::bank::ids::Branch;
use crate::bank::time::Day;
use crate::bank::words::Unit;
use crate::engine::View;
use crate::wire::limits::BRANCH_PAGE;
use crate::wire::{bounds_to_pb, item_to_pb, pb, policy_to_pb, price_to_pb};

use super::desk::Desk;
use super::page;

pub(super) async fn bank(desk: &Desk) -> Result<pb::GetBankResponse, Denial> {
    let vkey = desk.engine.vkey().to_owned();
    desk.look_in_public(|view| {
        let bank = view.bank;
        let villages = bank.branches(None).filter(|(code, _)| *code != bank.head());
        let (branches, households) =
            villages.fold((0, 0), |(branches, sum), (_, state)| (branches + 1, sum + state.open_households));
        Ok(pb::GetBankResponse {
            origin: bank.origin().unwrap_or_default().to_owned(),
            vkey,
            head_branch: bank.head().to_string(),
            policy: Some(policy_to_pb(&bank.bank_policy())),
            bounds: Some(bounds_to_pb(&bank.bounds())),
            branch_count: branches,
            household_count: households,
            entry_count: view.size,
            time_unix_ms: view.now.0,
        })
    })
    .await
}

/// Branches by code, without the head bank: it keeps no books.
pub(super) async fn list(
    desk: &Desk,
    request: pb::ListBranchesRequest,
) -> Result<pb::ListBranchesResponse, Denial> {
    const METHOD: &str = "ListBranches";
    let size = page::size(BRANCH_PAGE, request.page_size)?;
    let cursor = desk.pages.cursor::<1>(METHOD, &[], &request.page_token)?;
    let after = cursor.and_then(|[code]| format!("{code:012}").parse::<Branch>().ok());
    let found = desk.look_in_public(|view| {
        let head = view.bank.head();
        let found = view.bank.branches(after).filter(|(code, _)| *code != head).take(size + 1);
        Ok(found.map(|(code, state)| (code, branch_to_pb(view, code, state))).collect::<Vec<_>>())
    });
    let mut found = found.await?;
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().map(|(code, _)| code.number()).filter(|_| more);
    let next_page_token = last.map_or(String::new(), |last| desk.pages.token(METHOD, &[], [last]));
    Ok(pb::ListBranchesResponse {
        branches: found.into_iter().map(|(_, branch)| branch).collect(),
        next_page_token,
    })
}

fn branch_to_pb(view: &View, code: Branch, state: &BranchState) -> pb::Branch {
    let points = |account| view.bank.account(account, Unit::Points).balance;
    pb::Branch {
        branch: code.to_string(),
        title: state.title.clone(),
        policy: Some(policy_to_pb(&view.bank.policy(code))),
        household_count: state.open_households,
        committee_seated: view.bank.seated(code, view.now).len() as u32,
        budget: points(Account::Budget(code)),
        on_notice: points(Account::Notice(code)),
        open_declarations: state.cases.len() as u64,
    }
}

pub(super) async fn catalogue(
    desk: &Desk,
    request: pb::ListCatalogueRequest,
) -> Result<pb::ListCatalogueResponse, Denial> {
    let branch: Option<Branch> = field::optional("branch", &request.branch)?;
    let on: Option<Day> = field::optional("on", &request.on)?;
    desk.look_in_public(|view| {
        if let Some(branch) = branch {
            view.bank.branch(branch)?;
        }
        let (items, version, branch_version) =
            view.bank.catalogue(branch, on.unwrap_or_else(|| view.now.day()));
        Ok(pb::ListCatalogueResponse {
            items: items.iter().map(|item| item_to_pb(item)).collect(),
            version,
            branch_version,
        })
    })
    .await
}

pub(super) async fn goods(
    desk: &Desk,
    request: pb::ListGoodsRequest,
) -> Result<pb::ListGoodsResponse, Denial> {
    let branch: Branch = field::required("branch", &request.branch)?;
    desk.look_in_public(|view| {
        let shelves = view.bank.branch(branch)?.shelves.values();
        let goods = shelves.map(|shelf| pb::Goods {
            price: Some(price_to_pb(&shelf.price)),
            price_version: shelf.version,
            stock: shelf.stock,
        });
        Ok(pb::ListGoodsResponse { goods: goods.collect() })
    })
    .await
}

pub(super) async fn funds(desk: &Desk, request: pb::GetFundsRequest) -> Result<pb::GetFundsResponse, Denial> {
    let branch: Branch = field::required("branch", &request.branch)?;
    desk.look_in_public(|view| {
        let state = view.bank.branch(branch)?;
        let points = |account| view.bank.account(account, Unit::Points).balance;
        let line = |(source, (fen, points)): (&crate::bank::words::FundSource, &(i64, i64))| pb::FundLine {
            source: source.number(),
            fen: *fen,
            points: *points,
        };
        Ok(pb::GetFundsResponse {
            lines: state.funds.iter().map(line).collect(),
            budget: points(Account::Budget(branch)),
            on_notice: points(Account::Notice(branch)),
            outstanding: state.outstanding,
            redeemed: points(Account::Redeemed(branch)),
            expired: points(Account::Expired(branch)),
            recovered: points(Account::Recovered(branch)),
        })
    })
    .await
}

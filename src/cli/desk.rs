//! What verbs look up before they write, asked of a real bank.

use super::card::Card;
use super::client::Client;
use super::draft::{Desk, strange_answer};
use super::failure::Failure;
use crate::bank::ids::{Branch, HouseholdId, PublicKey};
use crate::bank::time::Day;
use crate::wire::{Entry, pb};

impl Desk for Client {
    async fn bank(&mut self) -> Result<pb::GetBankResponse, Failure> {
        self.bank_now().await
    }

    async fn branch(&mut self, branch: Branch) -> Result<Option<pb::Branch>, Failure> {
        let code = branch.to_string();
        let mut page_token = String::new();
        loop {
            let request = pb::ListBranchesRequest { page_size: i32::MAX, page_token };
            let answer = self.reads().list_branches(request).await;
            let page = answer.map_err(|status| self.failure(&status))?.into_inner();
            if let Some(found) = page.branches.into_iter().find(|branch| branch.branch == code) {
                return Ok(Some(found));
            }
            if page.next_page_token.is_empty() {
                return Ok(None);
            }
            page_token = page.next_page_token;
        }
    }

    async fn goods(&mut self, branch: Branch) -> Result<Vec<pb::Goods>, Failure> {
        let request = pb::ListGoodsRequest { branch: branch.to_string() };
        let answer = self.reads().list_goods(request).await;
        Ok(answer.map_err(|status| self.failure(&status))?.into_inner().goods)
    }

    async fn catalogue(&mut self, branch: Branch, on: Day) -> Result<Vec<pb::CatalogueItem>, Failure> {
        let request = pb::ListCatalogueRequest { branch: branch.to_string(), on: on.to_string() };
        let answer = self.reads().list_catalogue(request).await;
        Ok(answer.map_err(|status| self.failure(&status))?.into_inner().items)
    }

    async fn holder(&mut self, key: PublicKey) -> Result<String, Failure> {
        let request = pb::GetKeyRequest { public_key: key.0.to_vec() };
        let answer = self.reads().get_key(request).await;
        Ok(answer.map_err(|status| self.failure(&status))?.into_inner().holder)
    }

    async fn passbook(&mut self, card: &Card) -> Result<HouseholdId, Failure> {
        let request = pb::GetPassbookRequest { view_token: card.view_token() };
        let answer = self.reads().get_passbook(request).await;
        let household = answer.map_err(|status| self.failure(&status))?.into_inner().household;
        household.parse().map_err(|_| strange_answer("household of a passbook"))
    }

    async fn declaration(&mut self, number: u64) -> Result<pb::Declaration, Failure> {
        let request = self.request(pb::GetDeclarationRequest { declaration: number }).await?;
        let answer = self.reads().get_declaration(request).await;
        let answer = answer.map_err(|status| self.failure(&status))?.into_inner();
        answer.declaration.ok_or_else(|| strange_answer("no declaration"))
    }

    async fn entry(&mut self, index: u64) -> Result<Entry, Failure> {
        let request = self.request(pb::GetEntryRequest { index }).await?;
        let answer = self.ledger().get_entry(request).await;
        let bytes = answer.map_err(|status| self.failure(&status))?.into_inner().entry;
        Entry::decode(&bytes).map_err(|bad| strange_answer(&bad.to_string()))
    }
}

//! Titles for a household's lines, from the bank's state and from what its declarations are about.

use crate::access::titles::InBank;
use crate::bank::Bank;
use crate::bank::ids::{Branch, HouseholdId, ItemCode, Sku};
use crate::bank::words::Pillar;
use crate::words::{self, Declared, Lang, Titles};

use super::slips::Slips;

/// Looks titles up for one household.
pub(super) struct Book<'a> {
    pub lang: Lang,
    pub bank: &'a Bank,
    pub household: HouseholdId,
    pub slips: &'a Slips,
}

impl Titles for Book<'_> {
    fn item(&self, item: ItemCode) -> Option<String> {
        self.now().item(item)
    }

    fn goods(&self, branch: Branch, sku: Sku) -> Option<String> {
        self.now().goods(branch, sku)
    }

    fn branch(&self, branch: Branch) -> Option<String> {
        self.now().branch(branch)
    }

    fn declared(&self, declaration: u64, _: HouseholdId) -> Option<Declared> {
        let slip = self.slips.get(declaration)?;
        Some(Declared { item: slip.item, quantity: slip.quantity, by_sheet: slip.by_sheet })
    }
}

impl<'a> Book<'a> {
    fn now(&self) -> InBank<'a> {
        InBank { bank: self.bank, home: self.household.branch() }
    }

    /// The pillar of a declaration's item, as the catalogue had it on the day of the deed.
    pub(super) fn pillar(&self, declaration: u64) -> Option<Pillar> {
        let slip = self.slips.get(declaration)?;
        let found = self.bank.item(self.household.branch(), slip.item, slip.deed_date);
        found.ok().map(|(_, item)| item.pillar)
    }

    /// 志愿服务 ×2（申报 12 号）.
    pub(super) fn slip(&self, number: u64) -> String {
        match self.declared(number, self.household) {
            Some(declared) => words::slip(self.lang, self, declared, number),
            None => self.lang.with("申报 {} 号", "declaration {}", number),
        }
    }
}

//! Titles of items, goods and branches for sentences, out of the bank's state.
//!
//! A sentence asks for titles while it is made, and the bank is not to be held that long. So it is made twice:
//! first with nothing known, noting what it asks for; then, once that was looked up in one short look, for good.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::bank::Bank;
use crate::bank::effects::Change;
use crate::bank::ids::{Branch, HouseholdId, ItemCode, Sku};
use crate::engine::{Engine, View};
use crate::words::{Declared, Titles};

use super::denial::Denial;
use super::history;

/// Speaks with titles. `home` is the branch whose wording of items counts; the head bank's where none is given.
pub(crate) async fn with_titles<R>(
    engine: &Engine,
    home: Option<Branch>,
    speak: impl Fn(&dyn Titles) -> R,
) -> Result<R, Denial> {
    let noted = Noted::default();
    let spoken = speak(&noted);
    let mut known = noted.0.into_inner();
    if known.is_empty() {
        return Ok(spoken);
    }
    drop(spoken);
    for ((number, household), declared) in &mut known.declared {
        *declared = what_was_declared(engine, *number, *household).await?;
        if let Some(declared) = declared {
            known.items.entry(declared.item).or_default();
        }
    }
    engine.read(|view| known.fill(view, home)).await?;
    Ok(speak(&known))
}

/// Titles as the bank has them at this moment; `home` is the branch whose wording of items counts.
#[derive(Clone, Copy)]
pub(crate) struct InBank<'a> {
    pub(crate) bank: &'a Bank,
    pub(crate) home: Branch,
}

impl InBank<'_> {
    /// An item's title.
    pub(crate) fn item(&self, item: ItemCode) -> Option<String> {
        self.bank.item_title(self.home, item).map(str::to_owned)
    }

    /// The title of goods on a branch's shelf.
    pub(crate) fn goods(&self, branch: Branch, sku: Sku) -> Option<String> {
        self.bank.shelf(branch, sku).ok().map(|shelf| shelf.price.title.clone())
    }

    /// A branch's title.
    pub(crate) fn branch(&self, branch: Branch) -> Option<String> {
        self.bank.branch(branch).ok().map(|state| state.title.clone())
    }
}

/// What sentences ask for, and the answers.
#[derive(Default)]
struct Known {
    items: BTreeMap<ItemCode, Option<String>>,
    goods: BTreeMap<(Branch, Sku), Option<String>>,
    branches: BTreeMap<Branch, Option<String>>,
    declared: BTreeMap<(u64, HouseholdId), Option<Declared>>,
}

impl Known {
    fn is_empty(&self) -> bool {
        self.items.is_empty() && self.goods.is_empty() && self.branches.is_empty() && self.declared.is_empty()
    }

    fn fill(&mut self, view: &View, home: Option<Branch>) {
        let bank = view.bank;
        if bank.origin().is_none() {
            return;
        }
        let now = InBank { bank, home: home.unwrap_or(bank.head()) };
        for (code, title) in &mut self.items {
            *title = now.item(*code);
        }
        for ((branch, sku), title) in &mut self.goods {
            *title = now.goods(*branch, *sku);
        }
        for (branch, title) in &mut self.branches {
            *title = now.branch(*branch);
        }
    }
}

impl Titles for Known {
    fn item(&self, item: ItemCode) -> Option<String> {
        self.items.get(&item).cloned().flatten()
    }

    fn goods(&self, branch: Branch, sku: Sku) -> Option<String> {
        self.goods.get(&(branch, sku)).cloned().flatten()
    }

    fn branch(&self, branch: Branch) -> Option<String> {
        self.branches.get(&branch).cloned().flatten()
    }

    fn declared(&self, declaration: u64, household: HouseholdId) -> Option<Declared> {
        self.declared.get(&(declaration, household)).copied().flatten()
    }
}

/// Knows nothing, and notes what it is asked for.
#[derive(Default)]
struct Noted(RefCell<Known>);

impl Titles for Noted {
    fn item(&self, item: ItemCode) -> Option<String> {
        self.0.borrow_mut().items.insert(item, None);
        None
    }

    fn goods(&self, branch: Branch, sku: Sku) -> Option<String> {
        self.0.borrow_mut().goods.insert((branch, sku), None);
        None
    }

    fn branch(&self, branch: Branch) -> Option<String> {
        self.0.borrow_mut().branches.insert(branch, None);
        None
    }

    fn declared(&self, declaration: u64, household: HouseholdId) -> Option<Declared> {
        self.0.borrow_mut().declared.insert((declaration, household), None);
        None
    }
}

/// What a declaration, or a household's row of a sheet, is about: as filed, with the quantity of its newest
/// resubmission.
async fn what_was_declared(
    engine: &Engine,
    number: u64,
    household: HouseholdId,
) -> Result<Option<Declared>, Denial> {
    let filed = history::entries(engine, vec![number]).await?;
    let filed = filed.iter().flat_map(|entry| &entry.effects.changes).find_map(|change| match change {
        Change::DeclarationFiled { item, quantity, .. } => {
            Some(Declared { item: *item, quantity: *quantity, by_sheet: false })
        }
        Change::SheetFiled { rows, .. } => {
            let row = rows.iter().find(|row| row.household == household)?;
            Some(Declared { item: row.item, quantity: row.quantity, by_sheet: true })
        }
        _ => None,
    });
    let Some(filed) = filed.filter(|filed| !filed.by_sheet) else { return Ok(filed) };
    let size = engine.published().size;
    let steps = history::of_declaration(engine, number, size).await?;
    let again = steps.iter().rev().flat_map(|entry| &entry.effects.changes).find_map(|change| match change {
        Change::DeclarationResubmitted { declaration, quantity, .. } if *declaration == number => {
            Some(*quantity)
        }
        _ => None,
    });
    Ok(Some(Declared { quantity: again.unwrap_or(filed.quantity), ..filed }))
}

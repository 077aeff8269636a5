//! The catalogue in force: what earns how many points, beauty by beauty.

use std::sync::Arc;

use crate::bank::command::Item;
use crate::bank::ids::Branch;
use crate::bank::words::{ItemKind, ItemSubject, Pillar, Unit};
use crate::engine::View;
use crate::words::names;

/// One of the five beauties with its items.
pub(super) struct Beauty {
    pub(super) name: &'static str,
    /// Number of its colour, 1 to 5.
    pub(super) number: usize,
    pub(super) items: Vec<Line>,
}

/// One item.
pub(super) struct Line {
    pub(super) code: String,
    pub(super) title: String,
    /// `+20 分`, `+10 至 30 分`, `扣评价分 5 分`, `一票否决`.
    pub(super) worth: String,
    /// How it is counted and capped, and what is to be shown.
    pub(super) terms: String,
}

/// The items of a branch today, and which version they are.
pub(super) fn in_force(view: &View, branch: Branch) -> (Vec<Beauty>, String) {
    let (items, version, own) = view.bank.catalogue(Some(branch), view.now.day());
    let version = match own {
        0 => format!("总行目录第 {version} 版"),
        own => format!("总行目录第 {version} 版，本村补充第 {own} 版"),
    };
    let beauties = Pillar::ALL.iter().enumerate().map(|(at, pillar)| Beauty {
        name: names::pillar(*pillar),
        number: at + 1,
        items: items.iter().filter(|item| item.pillar == *pillar).map(line).collect(),
    });
    (beauties.filter(|beauty| !beauty.items.is_empty()).collect(), version)
}

fn line(item: &Arc<Item>) -> Line {
    Line { code: item.code.to_string(), title: item.title.clone(), worth: worth(item), terms: terms(item) }
}

fn worth(item: &Item) -> String {
    let (min, max) = (item.points_min, item.points_max);
    let range = if min == max { min.to_string() } else { format!("{min} 至 {max}") };
    match (item.kind, item.unit) {
        (ItemKind::Veto, _) => names::item_kind(ItemKind::Veto).to_owned(),
        (ItemKind::Deduction, Unit::Points) => format!("扣 {range} 分"),
        (ItemKind::Deduction, _) => format!("扣评价分 {range} 分"),
        (ItemKind::Deed | ItemKind::Bonus, _) => format!("+{range} 分"),
    }
}

fn terms(item: &Item) -> String {
    let mut terms = Vec::new();
    if !item.measure.is_empty() && matches!(item.kind, ItemKind::Deed | ItemKind::Bonus) {
        terms.push(format!("每{}", item.measure));
    }
    if item.cap_count > 0 {
        let who = match item.subject {
            ItemSubject::Household => "每户",
            ItemSubject::Person => "每人",
        };
        terms.push(format!("{who}{}最多 {} 次", names::cap_window(item.cap_window), item.cap_count));
    }
    if !item.evidence.is_empty() {
        let evidence: Vec<_> = item.evidence.iter().map(|kind| names::evidence(*kind)).collect();
        terms.push(format!("要有{}", evidence.join("或")));
    }
    terms.join("，")
}

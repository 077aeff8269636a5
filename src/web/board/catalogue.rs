//! The catalogue in force: what earns how many points, beauty by beauty.

use std::sync::Arc;

use crate::bank::command::Item;
use crate::bank::ids::Branch;
use crate::bank::words::{ItemKind, ItemSubject, Pillar, Unit};
use crate::engine::View;
use crate::words::Lang;

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
pub(super) fn in_force(view: &View, lang: Lang, branch: Branch) -> (Vec<Beauty>, String) {
    let (items, version, own) = view.bank.catalogue(Some(branch), view.now.day());
    let version = match own {
        0 => lang.with("总行目录第 {} 版", "The head bank's catalogue, version {}", version),
        own => lang.with_two(
            "总行目录第 {} 版，本村补充第 {} 版",
            "The head bank's catalogue, version {}, with the village's own, version {}",
            version,
            own,
        ),
    };
    let beauties = Pillar::ALL.iter().enumerate().map(|(at, pillar)| Beauty {
        name: lang.name(*pillar),
        number: at + 1,
        items: items.iter().filter(|item| item.pillar == *pillar).map(|item| line(lang, item)).collect(),
    });
    (beauties.filter(|beauty| !beauty.items.is_empty()).collect(), version)
}

fn line(lang: Lang, item: &Arc<Item>) -> Line {
    let (worth, terms) = (worth(lang, item), terms(lang, item));
    Line { code: item.code.to_string(), title: item.title.clone(), worth, terms }
}

fn worth(lang: Lang, item: &Item) -> String {
    let (min, max) = (item.points_min, item.points_max);
    let range = if min == max { min.to_string() } else { lang.with_two("{} 至 {}", "{} to {}", min, max) };
    match (item.kind, item.unit) {
        (ItemKind::Veto, _) => lang.name(ItemKind::Veto).to_owned(),
        (ItemKind::Deduction, Unit::Points) => lang.with("扣 {} 分", "{} points off", range),
        (ItemKind::Deduction, _) => lang.with("扣评价分 {} 分", "{} off the score", range),
        (ItemKind::Deed | ItemKind::Bonus, _) => lang.with("+{} 分", "+{} pts", range),
    }
}

fn terms(lang: Lang, item: &Item) -> String {
    let mut terms = Vec::new();
    if !item.measure.is_empty() && matches!(item.kind, ItemKind::Deed | ItemKind::Bonus) {
        terms.push(lang.with("每{}", "each {}", &item.measure));
    }
    if item.cap_count > 0 {
        let who = match item.subject {
            ItemSubject::Household => lang.t("每户", "a household"),
            ItemSubject::Person => lang.t("每人", "a person"),
        };
        let window = lang.name(item.cap_window);
        let who = lang.with_two("{}{}", "{} {}", who, window);
        terms.push(lang.with_two("{}最多 {} 次", "{}: {} times at most", who, item.cap_count));
    }
    if !item.evidence.is_empty() {
        let evidence: Vec<_> = item.evidence.iter().map(|kind| lang.name(*kind)).collect();
        terms.push(lang.with("要有{}", "to be shown: {}", evidence.join(lang.t("或", " or "))));
    }
    terms.join(lang.t("，", "; "))
}

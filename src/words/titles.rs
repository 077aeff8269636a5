//! Where titles come from: items, goods and branches have Chinese names in the bank's state, which this room
//! does not hold. Without a title a code is shown.

use super::lang::Lang;
use crate::bank::ids::{Branch, HouseholdId, ItemCode, Sku};

/// What a declaration or a sheet's row is about; told by the index, for lines that name only its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// The catalogue's item.
    pub item: ItemCode,
    /// Units of quantity.
    pub quantity: u32,
    /// A row of an inspection sheet, not a declaration.
    pub by_sheet: bool,
}

/// Looks titles up. `None` where there is none; the code is shown instead. Titles are shown as they come: a
/// page escapes the whole line.
pub trait Titles {
    /// An item of the catalogue: 志愿服务.
    fn item(&self, item: ItemCode) -> Option<String>;

    /// Goods of a branch's shop: 鸡蛋.
    fn goods(&self, branch: Branch, sku: Sku) -> Option<String>;

    /// A branch: 前进村.
    fn branch(&self, branch: Branch) -> Option<String>;

    /// What this declaration (or this household's row of a sheet) is about. `None` unless overridden: the
    /// line then gives only its number.
    fn declared(&self, _declaration: u64, _household: HouseholdId) -> Option<Declared> {
        None
    }
}

/// No titles at all: every line shows codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoTitles;

impl Titles for NoTitles {
    fn item(&self, _: ItemCode) -> Option<String> {
        None
    }

    fn goods(&self, _: Branch, _: Sku) -> Option<String> {
        None
    }

    fn branch(&self, _: Branch) -> Option<String> {
        None
    }
}

/// An item's title, or its code.
pub(super) fn item(titles: &dyn Titles, item: ItemCode) -> String {
    given(titles.item(item)).unwrap_or_else(|| item.to_string())
}

/// The title of goods, or their code.
pub(super) fn goods(titles: &dyn Titles, branch: Branch, sku: Sku) -> String {
    given(titles.goods(branch, sku)).unwrap_or_else(|| sku.to_string())
}

/// A branch's title, or its code.
pub(super) fn branch(titles: &dyn Titles, branch: Branch) -> String {
    given(titles.branch(branch)).unwrap_or_else(|| branch.to_string())
}

/// Goods with their numbers: `鸡蛋×2、肥皂×1`, `鸡蛋×2, 肥皂×1`.
pub(super) fn goods_list(
    lang: Lang,
    titles: &dyn Titles,
    shop: Branch,
    lines: impl Iterator<Item = (Sku, u32)>,
) -> String {
    let lines: Vec<String> =
        lines.map(|(sku, quantity)| format!("{}×{quantity}", goods(titles, shop, sku))).collect();
    lang.list(&lines)
}

/// The shop of a branch as a household of `home` calls it: at home 文明超市, elsewhere 前进村文明超市.
pub(super) fn shop(lang: Lang, titles: &dyn Titles, shop: Branch, home: Branch) -> String {
    match shop == home {
        true => lang.t("文明超市", "village shop").to_owned(),
        false => lang.with("{}文明超市", "shop of {}", branch(titles, shop)),
    }
}

/// What a declaration or a sheet's row is about, and its number: `志愿服务 ×2（申报 12 号）`.
pub fn slip(lang: Lang, titles: &dyn Titles, declared: Declared, number: u64) -> String {
    let what = format!("{} ×{}", item(titles, declared.item), declared.quantity);
    match declared.by_sheet {
        true => lang.with_two("{}（检查表 {} 号）", "{} (sheet {})", what, number),
        false => lang.with_two("{}（申报 {} 号）", "{} (declaration {})", what, number),
    }
}

/// A title of nothing but blanks is none.
fn given(title: Option<String>) -> Option<String> {
    title.filter(|title| !title.trim().is_empty())
}

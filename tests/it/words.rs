//! What people read: every refusal's sentence, names of all words, amounts, dates, masks, lines of the log.

mod changes;
mod english;
mod plain;
mod reasons;
mod refusals;

use civbank::bank::command::{GoodsCount, RedeemLine};
use civbank::bank::effects::Change;
use civbank::bank::ids::*;
use civbank::bank::time::Day;
use civbank::bank::words::*;
use civbank::words::{Declared, Titles};

pub const KEY: PublicKey = PublicKey([0xab; 32]);
pub const DIGEST: Digest = Digest([0xcd; 32]);
/// 2026-11-20 14:05 in Shanghai.
pub const NOON: i64 = 1_795_154_700_000;

pub fn branch() -> Branch {
    "370829199201".parse().unwrap()
}

pub fn home(serial: u32) -> HouseholdId {
    branch().household(serial).unwrap()
}

pub fn person(serial: u32) -> PersonId {
    home(serial).member(2).unwrap()
}

pub fn item(code: &str) -> ItemCode {
    code.parse().unwrap()
}

pub fn sku(code: &str) -> Sku {
    code.parse().unwrap()
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// Titles of a village.
pub struct Village;

impl Titles for Village {
    fn item(&self, item: ItemCode) -> Option<String> {
        match item.to_string().as_str() {
            "G01" => Some("志愿服务".to_owned()),
            "R01" => Some("门前三包".to_owned()),
            "D01" => Some("乱堆乱放".to_owned()),
            "V07" => Some("积分造假".to_owned()),
            "E00" => Some(" ".to_owned()),
            _ => None,
        }
    }

    fn goods(&self, shop: Branch, sku: Sku) -> Option<String> {
        match sku.to_string().as_str() {
            "egg" if shop == branch() => Some("鸡蛋".to_owned()),
            "egg" => Some("土鸡蛋".to_owned()),
            "soap" => Some("肥皂".to_owned()),
            _ => None,
        }
    }

    fn branch(&self, of: Branch) -> Option<String> {
        Some(if of == branch() { "前进村" } else { "河东村" }.to_owned())
    }

    fn declared(&self, declaration: u64, _: HouseholdId) -> Option<Declared> {
        let (code, quantity, by_sheet) = match declaration {
            123 => ("G01", 2, false),
            124 | 45 => ("R01", 1, declaration == 45),
            46 => ("D01", 1, true),
            _ => return None,
        };
        Some(Declared { item: item(code), quantity, by_sheet })
    }
}

pub fn state(declaration: u64, serial: u32, state: State, points: i64) -> Change {
    Change::StateChanged { declaration, household: home(serial), state, points, until: None, ground: None }
}

pub fn ruled(declaration: u64, ruling: Ruling, points: i64) -> Change {
    Change::Ruled { declaration, household: home(12), person: person(90), ruling, points }
}

pub fn redeemed(serial: u32, shop: Branch) -> Change {
    let line = |code, quantity| RedeemLine { sku: sku(code), quantity, price_version: 1, points: 5 };
    Change::Redeemed {
        household: home(serial),
        terminal: shop.terminal(1).unwrap(),
        lines: vec![line("egg", 2), line("soap", 1)],
        total: 35,
        pin_verified: false,
    }
}

pub fn refunded() -> Change {
    let lines = vec![GoodsCount { sku: sku("soap"), quantity: 1 }];
    Change::Refunded { redemption: 88, household: home(12), lines, total: 25 }
}

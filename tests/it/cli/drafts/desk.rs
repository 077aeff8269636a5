//! A desk that answers from a table, and short names for what it answers about.

use civbank::bank::command::{GoodsCount, RedeemLine, SystemCommand};
use civbank::bank::effects::{Change, Effects};
use civbank::bank::ids::*;
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::time::{Day, Time};
use civbank::bank::words::ItemSubject;
use civbank::cli::Desk;
use civbank::cli::card::Card;
use civbank::cli::failure::Failure;
use civbank::wire::{Cause, Entry, bounds_to_pb, pb, policy_to_pb};

pub const CARD: &str = "https://bank.example/p/AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE#AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

/// Its seed is 32 bytes of 2.
pub const LINK: &str = "https://bank.example/join#AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

/// A bank with two goods, two items, one card's household, one declaration (40) and one redemption (50). It is
/// 2026-11-20 there.
pub struct Table;

impl Desk for Table {
    async fn bank(&mut self) -> Result<pb::GetBankResponse, Failure> {
        Ok(pb::GetBankResponse {
            time_unix_ms: day("2026-11-20").start().plus_minutes(600).0,
            policy: Some(policy_to_pb(&Policy::DEFAULT)),
            bounds: Some(bounds_to_pb(&Bounds::FORMAT)),
            ..Default::default()
        })
    }

    async fn branch(&mut self, branch: Branch) -> Result<Option<pb::Branch>, Failure> {
        let policy = Policy { notice_days: 3, ..Policy::DEFAULT };
        let policy = Some(policy_to_pb(&policy));
        Ok((branch == village()).then(|| pb::Branch { policy, ..Default::default() }))
    }

    async fn goods(&mut self, _: Branch) -> Result<Vec<pb::Goods>, Failure> {
        let goods = |sku: &str, points, price_version| pb::Goods {
            price: Some(pb::GoodsPrice {
                sku: sku.to_owned(),
                title: "名".to_owned(),
                measure: "件".to_owned(),
                points,
                month_limit: 60,
            }),
            price_version,
            stock: 9,
        };
        Ok(vec![goods("egg", 5, 3), goods("soap", 25, 1)])
    }

    async fn catalogue(&mut self, _: Branch, _: Day) -> Result<Vec<pb::CatalogueItem>, Failure> {
        let item = |code: &str, subject: ItemSubject| pb::CatalogueItem {
            code: code.to_owned(),
            subject: subject.number(),
            ..Default::default()
        };
        Ok(vec![item("G01", ItemSubject::Person), item("R01", ItemSubject::Household)])
    }

    async fn holder(&mut self, _: PublicKey) -> Result<String, Failure> {
        Ok("370829199201-00001-2".to_owned())
    }

    async fn passbook(&mut self, card: &Card) -> Result<HouseholdId, Failure> {
        assert_eq!(*card.text(), CARD);
        Ok(home(1))
    }

    async fn declaration(&mut self, number: u64) -> Result<pb::Declaration, Failure> {
        assert_eq!(number, 40);
        let row = pb::DeclarationRow { quantity: 4, ..Default::default() };
        Ok(pb::Declaration { deed_date: "2026-11-11".to_owned(), rows: vec![row], ..Default::default() })
    }

    async fn entry(&mut self, index: u64) -> Result<Entry, Failure> {
        let change = match index {
            50 => Change::Redeemed {
                household: home(1),
                terminal: "370829199201-t1".parse().unwrap(),
                lines: vec![line("egg", 2, 3, 5), line("soap", 1, 1, 25)],
                total: 35,
                pin_verified: false,
            },
            _ => Change::PinLocked { household: home(1) },
        };
        let cause = Cause::System(SystemCommand::LockPin { household: home(1) });
        let effects = Effects { postings: Vec::new(), changes: vec![change] };
        Ok(Entry { index, previous: [0; 32], time: Time(0), cause, effects })
    }
}

pub fn village() -> Branch {
    "370829199201".parse().unwrap()
}

pub fn home(serial: u32) -> HouseholdId {
    village().household(serial).unwrap()
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn sku(text: &str) -> Sku {
    text.parse().unwrap()
}

pub fn staff(number: u8) -> PersonId {
    village().staff(number).unwrap()
}

pub fn line(goods: &str, quantity: u32, price_version: u32, points: u32) -> RedeemLine {
    RedeemLine { sku: sku(goods), quantity, price_version, points }
}

pub fn count(goods: &str, quantity: u32) -> GoodsCount {
    GoodsCount { sku: sku(goods), quantity }
}

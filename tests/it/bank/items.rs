//! Items and goods as scripts write them.

use civbank::bank::command::*;
use civbank::bank::ids::{Branch, ItemCode};
use civbank::bank::time::Day;
use civbank::bank::words::*;

use super::names;
use super::script::{Line, Script};
use super::verbs::OPTIONS;

pub fn code(text: &str) -> ItemCode {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no item"))
}

/// `50-500,year:1,evidence`: points, then whatever differs from a household's deed without cap or evidence.
pub fn item(name: &str, what: &str) -> Item {
    let mut item = Item {
        code: code(name),
        pillar: Pillar::Service,
        kind: ItemKind::Deed,
        title: format!("项目{name}"),
        points_min: 0,
        points_max: 0,
        unit: Unit::Points,
        score_effect: 0,
        subject: ItemSubject::Household,
        measure: "次".to_owned(),
        cap_window: CapWindow::Event,
        cap_count: 0,
        evidence: Vec::new(),
        valid_from: None,
        valid_to: None,
    };
    for part in what.split(',') {
        set(&mut item, part);
    }
    item
}

fn set(item: &mut Item, part: &str) {
    let (name, value) = part.split_once(':').unwrap_or((part, ""));
    let number = || value.parse().unwrap_or_else(|_| panic!("{part}: a number"));
    let day = || Some(value.parse::<Day>().unwrap_or_else(|_| panic!("{part}: a date")));
    let window = match name {
        "event" => Some(CapWindow::Event),
        "month" => Some(CapWindow::Month),
        "quarter" => Some(CapWindow::Quarter),
        "year" => Some(CapWindow::Year),
        "once" => Some(CapWindow::Once),
        _ => None,
    };
    match name {
        _ if window.is_some() => {
            item.cap_window = window.unwrap_or(CapWindow::Event);
            item.cap_count = if name == "event" { 0 } else { number() };
        }
        "person" => item.subject = ItemSubject::Person,
        "bonus" => item.kind = ItemKind::Bonus,
        "deduction" => item.kind = ItemKind::Deduction,
        "veto" => item.kind = ItemKind::Veto,
        "score" if value.is_empty() => item.unit = Unit::Score,
        "score" => item.score_effect = value.parse().expect("a number of score"),
        "points" => item.unit = Unit::Points,
        "evidence" => item.evidence = vec![EvidenceKind::Certificate],
        "record" => item.evidence = vec![EvidenceKind::Record],
        "from" => item.valid_from = day(),
        "to" => item.valid_to = day(),
        points => {
            let (min, max) = points.split_once('-').unwrap_or((points, points));
            let parse = |text: &str| text.parse().unwrap_or_else(|_| panic!("{part}: what is that?"));
            (item.points_min, item.points_max) = (parse(min), parse(max));
        }
    }
}

impl Script {
    pub fn stock_in(&self, line: &Line) -> Body {
        let lines = line.pairs.iter().map(|(sku, quantity)| StockInLine {
            sku: sku.parse().expect("goods"),
            quantity: self.count(quantity),
            cost_fen: 0,
            best_before: None,
        });
        Body::StockIn {
            branch: names::branch(line.word(0)),
            lines: lines.collect(),
            source: FundSource::Collective,
            receipt: None,
        }
    }

    /// `egg=5/60`: five points, at most sixty in a month.
    pub fn set_price(&self, line: &Line) -> Body {
        let goods = line.pairs.iter().map(|(sku, price)| {
            let (points, limit) = price.split_once('/').unwrap_or((price, "0"));
            Price {
                sku: sku.parse().expect("goods"),
                title: "货".to_owned(),
                measure: "件".to_owned(),
                points: self.count(points),
                month_limit: self.count(limit),
            }
        });
        Body::SetPrice { branch: names::branch(line.word(0)), goods: goods.collect() }
    }

    /// `egg=2`: two at the price of the shop whose terminal signs; `egg=2@1:5`: at five points, version 1.
    pub fn redeem(&self, line: &Line) -> Body {
        let shop = line.signers.iter().find(|name| name.starts_with("t:"));
        let branch = shop.map_or(names::branch("v1"), |name| names::terminal(name).branch());
        let goods = line.pairs.iter().filter(|(name, _)| !OPTIONS.contains(name));
        let lines: Vec<RedeemLine> = goods.map(|(sku, what)| self.redeem_line(branch, sku, what)).collect();
        let sum = lines.iter().map(|line| line.points * line.quantity).sum();
        Body::Redeem {
            household: names::household(line.word(0)),
            lines,
            total: line.option("total").map_or(sum, |total| self.count(total)),
        }
    }

    fn redeem_line(&self, branch: Branch, sku: &str, what: &str) -> RedeemLine {
        let sku = sku.parse().expect("goods");
        let shelf = self.world.bank.shelf(branch, sku).ok();
        let (quantity, quote) = what.split_once('@').unwrap_or((what, ""));
        let (price_version, points) = match quote.split_once(':') {
            Some((version, points)) => (self.count(version), self.count(points)),
            None => (shelf.map_or(1, |s| s.version), shelf.map_or(1, |s| s.price.points)),
        };
        RedeemLine { sku, quantity: self.count(quantity), price_version, points }
    }
}

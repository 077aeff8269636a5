//! A catalogue as people write it, and as the command carries it.

use civbank::bank::command::Item;
use civbank::bank::words::*;

use super::desk::day;

pub const CATALOGUE: &str = r#"
valid_from = "2026-12-01"
[[item]]
code = "G01"
pillar = "service"
title = "志愿服务"
points = 10
subject = "person"
measure = "小时"
cap_window = "month"
cap_count = 40
evidence = ["attendance", "system"]
[[item]]
code = "D01"
pillar = "人居环境美"
kind = "扣分"
title = "乱堆乱放"
points_min = 3
points_max = 5
measure = "次"
valid_to = "2027-12-31"
"#;

/// The items of [`CATALOGUE`].
pub fn catalogue() -> Vec<Item> {
    let deed = Item {
        code: "G01".parse().unwrap(),
        pillar: Pillar::Service,
        kind: ItemKind::Deed,
        title: "志愿服务".to_owned(),
        points_min: 10,
        points_max: 10,
        unit: Unit::Points,
        score_effect: 0,
        subject: ItemSubject::Person,
        measure: "小时".to_owned(),
        cap_window: CapWindow::Month,
        cap_count: 40,
        evidence: vec![EvidenceKind::Attendance, EvidenceKind::System],
        valid_from: None,
        valid_to: None,
    };
    let deduction = Item {
        code: "D01".parse().unwrap(),
        pillar: Pillar::Living,
        kind: ItemKind::Deduction,
        title: "乱堆乱放".to_owned(),
        points_min: 3,
        points_max: 5,
        unit: Unit::Score,
        subject: ItemSubject::Household,
        measure: "次".to_owned(),
        cap_window: CapWindow::Event,
        cap_count: 0,
        evidence: Vec::new(),
        valid_to: Some(day("2027-12-31")),
        ..deed.clone()
    };
    vec![deed, deduction]
}

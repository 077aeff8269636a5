//! What a declaration or sheet is about, as every desk shows it before somebody votes or gives a verdict.

use crate::bank::command::Item;
use crate::bank::time::Time;
use crate::bank::words::{Ground, ItemKind};
use crate::bank::{Case, Row};
use crate::wire::pb;
use crate::words::{date, names};

/// The facts of one case.
pub(super) struct Facts {
    /// Its number, as people quote it.
    pub(super) number: u64,
    /// An inspection sheet.
    pub(super) sheet: bool,
    /// One line for each row.
    pub(super) lines: Vec<Line>,
    /// Day of the deed or inspection.
    pub(super) deed: String,
    /// When it was filed.
    pub(super) filed: String,
    /// The proxy or clerk who filed it.
    pub(super) filer: Option<String>,
    /// The liaison who gave the last verdict.
    pub(super) reviewer: Option<String>,
    /// Paths of its evidence.
    pub(super) evidence: Vec<String>,
    /// Days left for this stage; none where nothing is due.
    pub(super) left: Option<Left>,
}

/// One household's part.
pub(super) struct Line {
    /// 00012 号户 2 号成员.
    pub(super) who: String,
    /// The item's title.
    pub(super) title: String,
    /// Which of the five beauties.
    pub(super) pillar: &'static str,
    /// 2 次.
    pub(super) quantity: String,
    /// What it brings, for one unit and in all.
    pub(super) points: String,
}

/// Until when somebody should act.
pub(super) struct Left {
    /// 还有 3 天.
    pub(super) text: String,
    /// The time is over.
    pub(super) late: bool,
}

/// A reason that people may give, for a list of choices.
pub(super) struct Reason {
    /// The word on the wire.
    pub(super) name: &'static str,
    /// The word for people.
    pub(super) text: &'static str,
}

impl Facts {
    /// The facts of a case, with the rows that `shown` lets through.
    pub(super) fn of(number: u64, case: &Case, now: Time, shown: impl Fn(&Row) -> bool) -> Facts {
        let path = |address: &crate::bank::ids::Digest| {
            format!("/desk/document/{}", crate::documents::Address::from_bytes(address.0))
        };
        Facts {
            number,
            sheet: case.sheet,
            lines: case.rows.iter().filter(|row| shown(row)).map(Line::of).collect(),
            deed: date::day(case.deed_date),
            filed: date::day(case.filed_at.day()),
            filer: case.filer.map(names::person),
            reviewer: case.reviewer.map(names::person),
            evidence: case.evidence.iter().map(path).collect(),
            left: case.due().map(|due| Left::until(due, now)),
        }
    }

    /// The case in a few words, for the line above what is signed: 00012 号户“志愿服务”（申报 7 号）.
    pub(super) fn in_short(&self) -> String {
        match self.lines.as_slice() {
            [line] if !self.sheet => format!("{}“{}”（申报 {} 号）", line.who, line.title, self.number),
            lines => format!("检查表 {} 号（{} 户）", self.number, lines.len()),
        }
    }
}

impl Left {
    /// `due` is the moment at which the stage counts as late: the day before it is the last.
    fn until(due: Time, now: Time) -> Left {
        let last = Time(due.0 - 1).day();
        Left { text: date::left(now.day(), last), late: last < now.day() }
    }
}

impl Line {
    fn of(row: &Row) -> Line {
        let member = if row.member == 0 { String::new() } else { format!(" {} 号成员", row.member) };
        Line {
            who: format!("{}{member}", names::household(row.household)),
            title: row.item.title.clone(),
            pillar: names::pillar(row.item.pillar),
            quantity: format!("{} {}", row.quantity, row.item.measure),
            points: worth(&row.item, row.quantity),
        }
    }
}

/// What so many units bring: 每次 5～10 分，共 10～20 分.
fn worth(item: &Item, quantity: u32) -> String {
    let range = |units: u32| {
        let (least, most) = (item.points_min.saturating_mul(units), item.points_max.saturating_mul(units));
        if least == most { format!("{least} 分") } else { format!("{least}～{most} 分") }
    };
    let sums = match quantity {
        1 => range(1),
        _ => format!("每{} {}，共 {}", item.measure, range(1), range(quantity)),
    };
    match item.kind {
        ItemKind::Deed | ItemKind::Bonus => sums,
        ItemKind::Deduction => format!("扣{} {sums}", names::unit(item.unit)),
        ItemKind::Veto => "一票否决，取消今年评星评优".to_owned(),
    }
}

/// Reasons that people may give; the others are the bank's own.
pub(super) fn reasons() -> Vec<Reason> {
    let given = Ground::ALL.iter().filter(|ground| ground.is_given_by_people());
    let reason = |ground: &Ground| {
        let word = pb::Ground::try_from(ground.number()).unwrap_or_default();
        Reason { name: word.as_str_name(), text: names::ground(*ground) }
    };
    given.map(reason).collect()
}

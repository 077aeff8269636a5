//! What a declaration or sheet is about, as every desk shows it before somebody votes or gives a verdict.

use crate::bank::command::Item;
use crate::bank::time::Time;
use crate::bank::words::{Ground, ItemKind};
use crate::bank::{Case, Row};
use crate::wire::pb;
use crate::words::{Lang, sentence};

/// The facts of one case.
pub(super) struct Facts {
    /// Its number, as people quote it.
    pub(super) number: u64,
    /// An inspection sheet.
    pub(super) sheet: bool,
    /// One line for each row.
    pub(super) lines: Vec<Line>,
    /// Day of the deed or inspection: 2026年11月20日做的.
    pub(super) deed: String,
    /// When it was filed: 2026年11月20日申报.
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
    /// 00012 号户 2 号成员, Household 00012, member 2.
    pub(super) who: String,
    /// The item's title.
    pub(super) title: String,
    /// Which of the five beauties.
    pub(super) pillar: &'static str,
    /// 2 次, as the catalogue measures it.
    pub(super) quantity: String,
    /// What it brings, for one unit and in all.
    pub(super) points: String,
}

/// Until when somebody should act.
pub(super) struct Left {
    /// 还有 3 天, 3 days left.
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
    pub(super) fn of(lang: Lang, number: u64, case: &Case, now: Time, shown: impl Fn(&Row) -> bool) -> Facts {
        let path = |address: &crate::bank::ids::Digest| {
            format!("/desk/document/{}", crate::documents::Address::from_bytes(address.0))
        };
        let deed = |day| match case.sheet {
            true => lang.with("{}检查", "inspected on {}", day),
            false => lang.with("{}做的", "done on {}", day),
        };
        let filed = |day| match case.sheet {
            true => lang.with("{}录入", "entered on {}", day),
            false => lang.with("{}申报", "declared on {}", day),
        };
        Facts {
            number,
            sheet: case.sheet,
            lines: case.rows.iter().filter(|row| shown(row)).map(|row| Line::of(lang, row)).collect(),
            deed: deed(lang.day(case.deed_date)),
            filed: filed(lang.day(case.filed_at.day())),
            filer: case.filer.map(|person| lang.person(person)),
            reviewer: case.reviewer.map(|person| lang.person(person)),
            evidence: case.evidence.iter().map(path).collect(),
            left: case.due().map(|due| Left::until(lang, due, now)),
        }
    }

    /// The case in a few words, for the line above what is signed: 00012 号户“志愿服务”（申报 7 号）,
    /// Household 00012, “志愿服务” (declaration 7).
    pub(super) fn in_short(&self, lang: Lang) -> String {
        match self.lines.as_slice() {
            [line] if !self.sheet => {
                lang.with_two("{}“{}”", "{}, “{}”", &line.who, &line.title)
                    + &lang.with("（申报 {} 号）", " (declaration {})", self.number)
            }
            lines => {
                lang.with_two("检查表 {} 号（{} 户）", "Sheet {} (households: {})", self.number, lines.len())
            }
        }
    }
}

impl Left {
    /// `due` is the moment at which the stage counts as late: the day before it is the last.
    fn until(lang: Lang, due: Time, now: Time) -> Left {
        let last = Time(due.0 - 1).day();
        Left { text: lang.left(now.day(), last), late: last < now.day() }
    }
}

impl Line {
    fn of(lang: Lang, row: &Row) -> Line {
        let member = match row.member {
            0 => String::new(),
            member => lang.with(" {} 号成员", ", member {}", member),
        };
        Line {
            who: sentence(&lang.household(row.household)) + &member,
            title: row.item.title.clone(),
            pillar: lang.name(row.item.pillar),
            quantity: format!("{} {}", row.quantity, row.item.measure),
            points: worth(lang, &row.item, row.quantity),
        }
    }
}

/// What so many units bring: 每次 5～10 分，共 10～20 分; each 次: 5 to 10 points, 10 to 20 points in all.
fn worth(lang: Lang, item: &Item, quantity: u32) -> String {
    let range = |units: u32| {
        let (least, most) = (item.points_min.saturating_mul(units), item.points_max.saturating_mul(units));
        lang.range(least, most)
    };
    let sums = match quantity {
        1 => range(1),
        _ => {
            lang.with_two("每{} {}", "each {}: {}", &item.measure, range(1))
                + &lang.with("，共 {}", ", {} in all", range(quantity))
        }
    };
    match item.kind {
        ItemKind::Deed | ItemKind::Bonus => sums,
        ItemKind::Deduction => lang.with_two("扣{} {}", "Off the {}: {}", lang.name(item.unit), sums),
        ItemKind::Veto => {
            lang.t("一票否决，取消今年评星评优", "Veto: no stars and honours this year").to_owned()
        }
    }
}

/// Reasons that people may give; the others are the bank's own.
pub(super) fn reasons(lang: Lang) -> Vec<Reason> {
    let given = Ground::ALL.iter().filter(|ground| ground.is_given_by_people());
    let reason = |ground: &Ground| {
        let word = pb::Ground::try_from(ground.number()).unwrap_or_default();
        Reason { name: word.as_str_name(), text: lang.name(*ground) }
    };
    given.map(reason).collect()
}

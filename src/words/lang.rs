//! The two languages in which people read: Chinese, and English for those who ask for it.
//!
//! Both texts of a thing stand beside each other, as the two arguments of [`Lang::t`] or in one row of a table, so
//! that none can be added in one language only. Chinese is what is told where nobody asked. Which language somebody
//! wants is not known here.

use std::fmt::{Display, Write as _};

use super::{amount, date, names};
use crate::bank::command::Holder;
use crate::bank::ids::{HouseholdId, PersonId, TerminalId};
use crate::bank::time::{Day, Month, Time};

/// The language of what people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Lang {
    /// 中文.
    #[default]
    Zh,
    /// English.
    En,
}

/// A word of a closed set, which has a name in either language.
pub trait Named {
    /// The name, short enough for a table's cell.
    fn named(self, lang: Lang) -> &'static str;
}

/// Short names of the months in English.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Lang {
    /// As `lang` attributes and `Content-Language` spell it.
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// Marks an element of a page whose text people wrote, in Chinese: a title of a branch, an item, goods. HTML, to be
    /// put after the element's name; nothing on a page that is Chinese altogether.
    pub const fn own(self) -> &'static str {
        self.t("", " lang=\"zh-CN\"")
    }

    /// One of two texts.
    pub const fn t<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// One of two texts with something in the place of its `{}`. A text without that place is told as it is.
    pub fn with(self, zh: &str, en: &str, what: impl Display) -> String {
        let text = self.t(zh, en);
        match text.split_once("{}") {
            Some((before, after)) => format!("{before}{what}{after}"),
            None => text.to_owned(),
        }
    }

    /// The same with two things, in the order in which both texts have places for them.
    pub fn with_two(self, zh: &str, en: &str, first: impl Display, second: impl Display) -> String {
        let text = self.t(zh, en);
        let mut parts = text.splitn(3, "{}");
        match (parts.next(), parts.next(), parts.next()) {
            (Some(before), Some(between), Some(after)) => format!("{before}{first}{between}{second}{after}"),
            _ => text.to_owned(),
        }
    }

    /// The name of a word.
    pub fn name(self, word: impl Named) -> &'static str {
        word.named(self)
    }

    /// `2026年11月20日`, `20 Nov 2026`.
    pub fn day(self, day: Day) -> String {
        match self {
            Lang::Zh => date::day(day),
            Lang::En => {
                let (year, month, day) = date::shown(day).ymd();
                format!("{day} {} {year}", english_month(month))
            }
        }
    }

    /// `11月20日`, `20 Nov`, where the year goes without saying.
    pub fn month_day(self, day: Day) -> String {
        match self {
            Lang::Zh => date::month_day(day),
            Lang::En => {
                let (_, month, day) = date::shown(day).ymd();
                format!("{day} {}", english_month(month))
            }
        }
    }

    /// `2026年11月`, `Nov 2026`.
    pub fn month(self, month: Month) -> String {
        match self {
            Lang::Zh => date::month(month),
            Lang::En => format!("{} {}", english_month(month.0 % 12 + 1), month.0 / 12),
        }
    }

    /// `2026年11月20日 14:05`, `20 Nov 2026 14:05`, in Shanghai.
    pub fn time(self, time: Time) -> String {
        match self {
            Lang::Zh => date::time(time),
            Lang::En => {
                let (on, minute) = date::local(time);
                format!("{} {:02}:{:02}", self.day(on), minute / 60, minute % 60)
            }
        }
    }

    /// The last moment before an end: the day for an end at the midnight after it, otherwise the minute.
    pub fn last_before(self, end: Time) -> String {
        date::last_before_in(self, end)
    }

    /// How far off a last day is: `还有 3 天`, `3 days left`.
    pub fn left(self, today: Day, last: Day) -> String {
        match (self, i64::from(last.0) - i64::from(today.0)) {
            (Lang::Zh, _) => date::left(today, last),
            (Lang::En, 0) => "last day today".to_owned(),
            (Lang::En, days) if days > 0 => format!("{} left", counted(days, "day")),
            (Lang::En, days) => format!("{} overdue", counted(-days, "day")),
        }
    }

    /// Points or score: `70 分`, `70 points`.
    pub fn points(self, points: i64) -> String {
        match self {
            Lang::Zh => amount::points(points),
            Lang::En => counted(points, "point"),
        }
    }

    /// Points between two bounds: `5～10 分`, `5 to 10 points`; one number where both are the same.
    pub fn range(self, least: u32, most: u32) -> String {
        match least == most {
            true => self.points(i64::from(least)),
            false => self.with_two("{}～{} 分", "{} to {} points", least, most),
        }
    }

    /// The same of what moved, with a sign but for zero.
    pub fn signed_points(self, points: i64) -> String {
        match self {
            Lang::Zh => amount::signed_points(points),
            Lang::En if points > 0 => format!("+{}", counted(points, "point")),
            Lang::En => counted(points, "point"),
        }
    }

    /// Money in fen: `123.45 元`, `123.45 yuan`.
    pub fn yuan(self, fen: i64) -> String {
        match self {
            Lang::Zh => amount::yuan(fen),
            Lang::En => amount::yuan(fen).replace('元', "yuan"),
        }
    }

    /// A household by the number on its passbook: `00012 号户`, `household 00012`.
    pub fn household(self, id: HouseholdId) -> String {
        match self {
            Lang::Zh => names::household(id),
            Lang::En => format!("household {:05}", id.serial()),
        }
    }

    /// A person by number, never a name: `00012 号户 2 号成员`, `member 2 of household 00012`, `staff member 3`.
    pub fn person(self, id: PersonId) -> String {
        match (self, id.household()) {
            (Lang::Zh, _) => names::person(id),
            (Lang::En, Some(home)) => format!("member {} of {}", id.member(), self.household(home)),
            (Lang::En, None) => format!("staff member {}", id.member()),
        }
    }

    /// A terminal by number: `1 号终端`, `terminal 1`.
    pub fn terminal(self, id: TerminalId) -> String {
        let text = id.to_string();
        let number = text.rsplit('t').next().unwrap_or(&text);
        self.with("{} 号终端", "terminal {}", number)
    }

    /// Whoever holds a key, or is to hold one: a person or a terminal.
    pub fn holder(self, holder: Holder) -> String {
        match holder {
            Holder::Person(person) => self.person(person),
            Holder::Terminal(terminal) => self.terminal(terminal),
        }
    }

    /// Things one after another: `甲、乙`, `a, b`.
    pub fn list(self, things: &[String]) -> String {
        things.join(self.t("、", ", "))
    }

    /// Clauses one after another: `甲；乙`, `a; b`.
    pub fn clauses(self, clauses: &[String]) -> String {
        clauses.join(self.t("；", "; "))
    }
}

/// A text in both languages, for what is told before it is known who reads it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Both {
    zh: String,
    en: String,
}

impl Both {
    /// Of two texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Both {
        Both { zh: zh.into(), en: en.into() }
    }

    /// Of what somebody says in each language.
    pub fn of(say: impl Fn(Lang) -> String) -> Both {
        Both { zh: say(Lang::Zh), en: say(Lang::En) }
    }

    /// The text in one of them.
    pub fn told(&self, lang: Lang) -> &str {
        lang.t(&self.zh, &self.en)
    }
}

/// A text with its first letter large: an English sentence may begin with a name of a closed set.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut out = String::with_capacity(text.len());
    if let Some(first) = letters.next() {
        // Writing to a string cannot fail.
        let _ = write!(out, "{}", first.to_uppercase());
    }
    out.push_str(letters.as_str());
    out
}

/// `1 day`, `2 days`, `-1 point`.
fn counted(count: i64, what: &str) -> String {
    let many = if count.unsigned_abs() == 1 { "" } else { "s" };
    format!("{count} {what}{many}")
}

fn english_month(month: u32) -> &'static str {
    (month as usize).checked_sub(1).and_then(|at| MONTHS.get(at)).copied().unwrap_or("?")
}

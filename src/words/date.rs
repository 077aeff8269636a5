//! Days, months and times of day as people in Asia/Shanghai read them.
//!
//! Times beyond the years 0 to 9999 are shown as the nearest day within: a nonsense number in a command is
//! answered, not crashed on. What day it is now is not known here; callers pass it.

use super::lang::Lang;
use crate::bank::time::{Day, Month, Time};

/// The first day of year 0 and the last of year 9999.
const FIRST: i32 = -719_528;
const LAST: i32 = 2_932_896;
const MS_PER_DAY: i64 = 86_400_000;
const SHANGHAI_MS: i64 = 8 * 3_600_000;

/// `2026年11月20日`.
pub fn day(day: Day) -> String {
    let (year, month, day) = Day(day.0.clamp(FIRST, LAST)).ymd();
    format!("{year}年{month}月{day}日")
}

/// `11月20日`, where the year goes without saying.
pub fn month_day(day: Day) -> String {
    let (_, month, day) = Day(day.0.clamp(FIRST, LAST)).ymd();
    format!("{month}月{day}日")
}

/// `2026-11-20`: for English and for tables.
pub fn day_digits(day: Day) -> String {
    Day(day.0.clamp(FIRST, LAST)).to_string()
}

/// `2026年11月`.
pub fn month(month: Month) -> String {
    format!("{}年{}月", month.0 / 12, month.0 % 12 + 1)
}

/// `2026年11月20日 14:05`, in Shanghai.
pub fn time(time: Time) -> String {
    let (on, minute) = local(time);
    format!("{} {:02}:{:02}", day(on), minute / 60, minute % 60)
}

/// `2026-11-20 14:05`, in Shanghai: for English and for tables.
pub fn time_digits(time: Time) -> String {
    let (on, minute) = local(time);
    format!("{on} {:02}:{:02}", minute / 60, minute % 60)
}

/// The last moment before an end: `2026年11月20日` for an end at the midnight after it, otherwise the minute.
/// Rules write "until the day has ended" as the next day's midnight; people name the day.
pub fn last_before(end: Time) -> String {
    last_before_in(Lang::Zh, end)
}

/// The same in either language.
pub(super) fn last_before_in(lang: Lang, end: Time) -> String {
    let (on, _) = local(end);
    if end.0.saturating_add(SHANGHAI_MS).rem_euclid(MS_PER_DAY) == 0 {
        lang.day(Day(on.0.saturating_sub(1)))
    } else {
        lang.time(end)
    }
}

/// The nearest day that can be shown.
pub(super) fn shown(day: Day) -> Day {
    Day(day.0.clamp(FIRST, LAST))
}

/// How far off a last day is: `还有 3 天`, `今天截止`, `已过 2 天`.
pub fn left(today: Day, last: Day) -> String {
    match i64::from(last.0) - i64::from(today.0) {
        0 => "今天截止".to_owned(),
        days if days > 0 => format!("还有 {days} 天"),
        days => format!("已过 {} 天", -days),
    }
}

/// Day and minute of the day in Shanghai, within the years that can be shown.
pub(super) fn local(time: Time) -> (Day, i64) {
    let first = i64::from(FIRST) * MS_PER_DAY;
    let last = i64::from(LAST) * MS_PER_DAY + MS_PER_DAY - 1;
    let ms = time.0.saturating_add(SHANGHAI_MS).clamp(first, last);
    (Day(ms.div_euclid(MS_PER_DAY) as i32), ms.rem_euclid(MS_PER_DAY) / 60_000)
}

//! Time as the rules know it: milliseconds UTC in the log, civil days of Asia/Shanghai for rules about days.
//!
//! Shanghai has kept UTC+8 without daylight saving since 1991, so a day is a division and no time-zone table
//! is needed. Nothing here reads a clock.

use serde::{Deserialize, Serialize};

use std::fmt;
use std::str::FromStr;

use super::ids::Malformed;

const MS_PER_DAY: i64 = 86_400_000;
const SHANGHAI_MS: i64 = 8 * 3_600_000;

/// Milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Time(pub i64);

impl Time {
    /// The civil day in Shanghai.
    pub fn day(self) -> Day {
        Day((self.0 + SHANGHAI_MS).div_euclid(MS_PER_DAY) as i32)
    }

    /// This many days (of 24 hours) later.
    pub fn plus_days(self, days: i64) -> Time {
        Time(self.0 + days * MS_PER_DAY)
    }

    /// This many minutes later.
    pub fn plus_minutes(self, minutes: i64) -> Time {
        Time(self.0 + minutes * 60_000)
    }
}

/// A civil day, counted from 1970-01-01. Text form `YYYY-MM-DD`, years 2000 to 2199.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(pub i32);

impl Day {
    /// The day of a proleptic Gregorian date; none where there is no such date or the year is out of range.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Day> {
        if !(2000..2200).contains(&year) || !(1..=12).contains(&month) || day == 0 {
            return None;
        }
        let made = Day::civil(year, month, day);
        (made.ymd() == (year, month, day)).then_some(made)
    }

    /// Days from the civil date by counting eras of 400 years that begin on 1 March.
    fn civil(year: i32, month: u32, day: u32) -> Day {
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let year_of_era = y.rem_euclid(400);
        let month_from_march = (month as i32 + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Day(era * 146_097 + day_of_era - 719_468)
    }

    /// Year, month (1 to 12) and day (1 to 31).
    pub fn ymd(self) -> (i32, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month as u32, day as u32)
    }

    /// The month it lies in.
    pub fn month(self) -> Month {
        let (year, month, _) = self.ymd();
        Month(year as u32 * 12 + month - 1)
    }

    /// The year it lies in.
    pub fn year(self) -> u16 {
        self.ymd().0 as u16
    }

    /// Midnight in Shanghai at which the day begins.
    pub fn start(self) -> Time {
        Time(i64::from(self.0) * MS_PER_DAY - SHANGHAI_MS)
    }

    /// This many days later (or earlier).
    pub fn plus(self, days: i32) -> Day {
        Day(self.0 + days)
    }

    /// Monday to Friday. Public holidays are not known here: a deadline never falls early because of that.
    pub fn is_working_day(self) -> bool {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7) < 5
    }

    /// The day after `count` further working days have passed: the first moment at which a stage that began
    /// on this day is overdue.
    pub fn after_working_days(self, count: u32) -> Day {
        let mut day = self;
        let mut left = count;
        while left > 0 {
            day = day.plus(1);
            if day.is_working_day() {
                left -= 1;
            }
        }
        day.plus(1)
    }
}

impl FromStr for Day {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        const WANTS: Malformed = Malformed("a date YYYY-MM-DD, years 2000 to 2199");
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, b)| match at {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shaped {
            return Err(WANTS);
        }
        let part = |range: std::ops::Range<usize>| text[range].parse::<u32>().map_err(|_| WANTS);
        Day::from_ymd(part(0..4)? as i32, part(5..7)?, part(8..10)?).ok_or(WANTS)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A calendar month: year*12 + month-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month(pub u32);

impl Month {
    /// The first day of the month after it.
    pub fn end(self) -> Day {
        let next = self.0 + 1;
        Day::civil((next / 12) as i32, next % 12 + 1, 1)
    }

    /// This many months later.
    pub fn plus(self, months: u32) -> Month {
        Month(self.0 + months)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_from_2000_to_2199_reads_back() {
        let mut day = Day::from_ymd(2000, 1, 1).unwrap();
        let last = Day::from_ymd(2199, 12, 31).unwrap();
        while day <= last {
            assert_eq!(day.to_string().parse::<Day>(), Ok(day));
            day = day.plus(1);
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "1999-12-31",
            "2026-1-1",
            "2026-01-01 ",
            "２０２６-01-01",
            "",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_day_turns_at_midnight_in_shanghai() {
        // 2026-11-20T16:00:00Z is 2026-11-21 00:00 in Shanghai.
        let midnight = Time(1_795_190_400_000);
        assert_eq!(midnight.day().to_string(), "2026-11-21");
        assert_eq!(Time(midnight.0 - 1).day().to_string(), "2026-11-20");
        assert_eq!(midnight.day().start(), midnight);
    }

    #[test]
    fn working_days_skip_the_weekend() {
        // 2026-11-20 is a Friday: three working days are Monday to Wednesday, overdue from Thursday.
        let friday: Day = "2026-11-20".parse().unwrap();
        assert_eq!(friday.after_working_days(3).to_string(), "2026-11-26");
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let day: Day = "2026-12-05".parse().unwrap();
        assert_eq!(day.month().end().to_string(), "2027-01-01");
    }
}

//! Amounts as people read them: `70 分`, `+20 分`, `1 小时 30 分钟`, `123.45 元`.
//!
//! Numbers are plain digits without grouping, as in a passbook. What a number is worth is not known here.

use crate::bank::words::Unit;

/// Points or score: `70 分`, `-5 分`.
pub fn points(amount: i64) -> String {
    format!("{amount} 分")
}

/// Points or score that moved, always with a sign but for zero: `+20 分`, `-5 分`, `0 分`.
pub fn signed_points(amount: i64) -> String {
    format!("{}{amount} 分", plus(amount))
}

/// Volunteer time in minutes: `45 分钟`, `2 小时`, `1 小时 30 分钟`.
pub fn minutes(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let (hours, rest) = (amount.unsigned_abs() / 60, amount.unsigned_abs() % 60);
    match (hours, rest) {
        (0, rest) => format!("{sign}{rest} 分钟"),
        (hours, 0) => format!("{sign}{hours} 小时"),
        (hours, rest) => format!("{sign}{hours} 小时 {rest} 分钟"),
    }
}

/// Money in fen as yuan with two decimals: `123.45 元`.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02} 元", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// An amount of any unit.
pub fn of(unit: Unit, amount: i64) -> String {
    match unit {
        Unit::Points | Unit::Score => points(amount),
        Unit::Minutes => minutes(amount),
        Unit::Fen => yuan(amount),
    }
}

/// An amount of any unit that moved, always with a sign but for zero.
pub fn signed(unit: Unit, amount: i64) -> String {
    format!("{}{}", plus(amount), of(unit, amount))
}

/// The sign that digits do not bring along.
fn plus(amount: i64) -> &'static str {
    if amount > 0 { "+" } else { "" }
}

//! Sheets that people upload: CSV in UTF-8 or GB18030, and XLSX. Bytes become lines of cells, or a [`Fault`] that says
//! where and what, in words for whoever typed the sheet.
//!
//! Everything is bounded before it is read: bytes, unpacked bytes, lines, columns. A cell keeps what was written: a
//! number is its digits, a formula is never worked out. Who may upload, and what becomes of it, is not known here.

mod csv;
mod household;
mod pack;
mod xlsx;

pub(super) use household::{Home, homes};

use crate::wire::limits::{IMPORT_COLUMNS_MAX, IMPORT_ROWS_MAX};
use crate::words::Both;

/// One line of a sheet that has something in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number in the sheet, from 1, blank lines counted.
    pub(super) row: u32,
    /// From column A on.
    pub(super) cells: Vec<Cell>,
}

/// What was written in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing, or blanks.
    Empty,
    /// Text, without blanks around it.
    Text(String),
    /// A number, as it stands in the file: spreadsheets keep 15 digits of it.
    Number(String),
    /// Worked out by the spreadsheet.
    Formula,
    /// The spreadsheet's own error, `#N/A`.
    Broken,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The sheet's line; 0: the sheet as a whole.
    pub(super) row: u32,
    /// From 0; none: the line as a whole.
    pub(super) column: Option<usize>,
    /// A sentence.
    pub(super) what: Both,
}

impl Fault {
    /// Of the sheet as a whole.
    fn whole(what: Both) -> Fault {
        Fault { row: 0, column: None, what }
    }

    /// Of a line.
    fn line(row: u32, what: Both) -> Fault {
        Fault { row, column: None, what }
    }

    /// Of a cell.
    fn cell(row: u32, column: usize, what: Both) -> Fault {
        Fault { row, column: Some(column), what }
    }

    /// The column as spreadsheets name it: A, Z, AA; empty for a whole line.
    pub(super) fn column_name(&self) -> String {
        let Some(mut at) = self.column else { return String::new() };
        let mut letters = Vec::new();
        loop {
            letters.push(b'A' + (at % 26) as u8);
            match (at / 26).checked_sub(1) {
                Some(next) => at = next,
                None => break,
            }
        }
        letters.iter().rev().map(|letter| char::from(*letter)).collect()
    }
}

/// The lines of a file, the kind told by its first bytes.
///
/// # Errors
///
/// The file is of no kind that is read, is broken, or larger than it may be: one fault.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Line>, Fault> {
    match bytes {
        [] => Err(Fault::whole(Both::new("这个文件是空的。", "This file is empty."))),
        [b'P', b'K', 3, 4, ..] => xlsx::read(bytes),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(Fault::whole(Both::new(
            "这是旧式的 .xls 或加了密码的表。请另存为 .xlsx（不加密码）或 CSV 再传。",
            "This is an old .xls, or a sheet under a password. Save it as .xlsx without a password, or as CSV, and send that.",
        ))),
        _ => csv::read(bytes),
    }
}

/// The lines so far, none of them blank.
#[derive(Default)]
struct Lines(Vec<Line>);

impl Lines {
    /// One more line; a blank one only counts.
    fn push(&mut self, row: u32, mut cells: Vec<Cell>) -> Result<(), Fault> {
        while cells.last() == Some(&Cell::Empty) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        // One line of them is the heading.
        if self.0.len() > IMPORT_ROWS_MAX {
            let what = Both::of(|lang| {
                lang.with(
                    "一次最多 {} 户，这张表不止。请分成几张表，一张一张导入。",
                    "At most {} households at a time, and this sheet has more. Split it and import one part after another.",
                    IMPORT_ROWS_MAX,
                )
            });
            return Err(Fault::line(row, what));
        }
        self.0.push(Line { row, cells });
        Ok(())
    }
}

/// A line is wider than any sheet of ours.
fn too_wide(row: u32) -> Fault {
    let what = Both::of(|lang| {
        lang.with(
            "这一行超过 {} 列。请只留“户号”和“成员”。",
            "This line has more than {} columns. Keep only “Household” and “Members”.",
            IMPORT_COLUMNS_MAX,
        )
    });
    Fault::line(row, what)
}

/// A cell's text, told apart as a typist would.
fn of_text(text: &str) -> Cell {
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

#[cfg(test)]
mod tests;

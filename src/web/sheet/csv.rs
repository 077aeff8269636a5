//! CSV: fields between commas (or tabs, where the first line has no comma), quotes doubled within quotes, lines ended
//! by LF, CRLF or CR. The text is UTF-8, with or without its mark, or else GB18030, as Chinese spreadsheets save it.

use std::borrow::Cow;

use super::{Cell, Fault, Line, Lines, of_text, too_wide};
use crate::wire::limits::IMPORT_COLUMNS_MAX;
use crate::words::Both;

/// The lines of a text file.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Line>, Fault> {
    let text = decoded(bytes)?;
    let mut lines = Lines::default();
    let mut rest = Fields { text: &text, separator: separator(&text) };
    let mut row = 0;
    while !rest.text.is_empty() {
        row += 1;
        lines.push(row, rest.line(row)?)?;
    }
    Ok(lines.0)
}

/// UTF-8 where it is that, else GB18030 where that is without error.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let unreadable = || {
        Fault::whole(Both::new(
            "这个文件的文字认不出来。请在表格软件里另存为 CSV UTF-8 或 .xlsx 再传。",
            "The text of this file cannot be read. Save it as CSV UTF-8 or .xlsx and send that.",
        ))
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
        return Err(unreadable());
    }
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(body) {
        return Ok(Cow::Borrowed(text));
    }
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(body);
    text.ok_or_else(unreadable)
}

fn separator(text: &str) -> char {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if !first.contains(',') && first.contains('\t') { '\t' } else { ',' }
}

struct Fields<'a> {
    text: &'a str,
    separator: char,
}

impl Fields<'_> {
    /// Takes one line off.
    fn line(&mut self, row: u32) -> Result<Vec<Cell>, Fault> {
        let mut cells = Vec::new();
        loop {
            let cell = self.field(row, cells.len())?;
            if cells.len() == IMPORT_COLUMNS_MAX {
                return Err(too_wide(row));
            }
            cells.push(cell);
            let mut letters = self.text.chars();
            let end = letters.next();
            self.text = letters.as_str();
            match end {
                Some(letter) if letter == self.separator => {}
                Some('\r') => {
                    self.text = self.text.strip_prefix('\n').unwrap_or(self.text);
                    return Ok(cells);
                }
                Some(_) | None => return Ok(cells),
            }
        }
    }

    /// Takes one field off, up to what ends it.
    fn field(&mut self, row: u32, column: usize) -> Result<Cell, Fault> {
        let is_end = |letter: char| letter == self.separator || letter == '\n' || letter == '\r';
        let Some(mut quoted) = self.text.strip_prefix('"') else {
            let (field, rest) = self.text.split_at(self.text.find(is_end).unwrap_or(self.text.len()));
            self.text = rest;
            return Ok(told(field));
        };
        let mut field = String::new();
        loop {
            let broken = || {
                let what = Both::new(
                    "这一格的引号只有一半。请在表格软件里重新另存为 CSV。",
                    "This cell has one half of its quotation marks. Save the sheet as CSV once more.",
                );
                Fault::cell(row, column, what)
            };
            let (part, rest) = quoted.split_once('"').ok_or_else(broken)?;
            field.push_str(part);
            match rest.strip_prefix('"') {
                Some(more) => {
                    field.push('"');
                    quoted = more;
                }
                None if rest.is_empty() || rest.starts_with(is_end) => {
                    self.text = rest;
                    return Ok(told(&field));
                }
                None => return Err(broken()),
            }
        }
    }
}

/// In a text file a formula is what begins with its sign.
fn told(field: &str) -> Cell {
    match of_text(field) {
        Cell::Text(text) if text.starts_with('=') => Cell::Formula,
        cell => cell,
    }
}

//! What goes to stdout: aligned tables and lines for people, proto3 JSON for programs.
//!
//! With `--json` a verb prints exactly one JSON value (a watch: one a line). Tables count a Chinese character as
//! two columns, as terminals do.

use std::io::Write;

use serde::Serialize;

use super::failure::{Failure, Lang};

/// Where a verb's answer goes, and in which form.
pub struct Printer {
    lang: Lang,
    json: bool,
    out: Box<dyn Write>,
}

impl Printer {
    /// A printer to `out`.
    pub fn new(lang: Lang, json: bool, out: Box<dyn Write>) -> Printer {
        Printer { lang, json, out }
    }

    /// Whether a program reads.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The language of what people read.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// One of two texts.
    pub fn say<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// One JSON value, indented.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from)?;
        self.line(&text)
    }

    /// One JSON value on one line.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(std::io::Error::from)?;
        self.line(&text)?;
        Ok(self.out.flush()?)
    }

    /// One line.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// A fact a line: its name in Chinese and in English, and what it is.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub fn facts(&mut self, facts: &[(&str, &str, String)]) -> Result<(), Failure> {
        let names: Vec<&str> = facts.iter().map(|(zh, en, _)| self.say(zh, en)).collect();
        let widest = names.iter().map(|name| width(name)).max().unwrap_or(0);
        for (name, (_, _, value)) in names.into_iter().zip(facts) {
            let line = format!("{}  {value}", padded(name, widest));
            self.line(line.trim_end())?;
        }
        Ok(())
    }

    /// A table with a heading in Chinese and English. Columns whose cells are all numbers stand to the right.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub fn table(&mut self, heading: &[(&str, &str)], rows: &[Vec<String>]) -> Result<(), Failure> {
        let heading: Vec<String> = heading.iter().map(|(zh, en)| self.say(zh, en).to_owned()).collect();
        let column = |at: usize| rows.iter().filter_map(move |row| row.get(at));
        let widest: Vec<usize> = (0..heading.len())
            .map(|at| column(at).map(|cell| width(cell)).chain([width(&heading[at])]).max().unwrap_or(0))
            .collect();
        let right: Vec<bool> =
            (0..heading.len()).map(|at| !rows.is_empty() && column(at).all(|cell| is_number(cell))).collect();
        for row in std::iter::once(&heading).chain(rows) {
            let cells = row.iter().zip(&widest).zip(&right).map(|((cell, widest), right)| match right {
                true => " ".repeat(widest - width(cell)) + cell,
                false => padded(cell, *widest),
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            self.line(line.trim_end())?;
        }
        Ok(())
    }
}

fn padded(text: &str, widest: usize) -> String {
    text.to_owned() + &" ".repeat(widest.saturating_sub(width(text)))
}

fn is_number(cell: &str) -> bool {
    cell.is_empty() || cell.parse::<i64>().is_ok()
}

/// Columns that a terminal gives to a text.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// East Asian wide and full-width characters, in the blocks that Chinese text uses.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xac00..=0xd7a3
        | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd)
}

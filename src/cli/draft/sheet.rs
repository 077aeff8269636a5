//! Inspection sheets.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Desk, Draft, Paper, day_or_today, read_up_to};
use crate::bank::command::{AssessRow, Body};
use crate::bank::ids::Branch;
use crate::bank::time::Day;
use crate::cli::failure::Failure;
use crate::documents::DocumentKind;

/// Most bytes of a sheet's file: 300 rows and then some.
const SHEET_BYTES_MAX: usize = 256 * 1024;

/// An inspection sheet.
#[derive(Debug, Args)]
pub struct Assess {
    /// Rows `household,item,quantity`; a first line without digits is a heading, a line that begins with # is
    /// a remark.
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Which branch; without it that of the first row.
    #[arg(long)]
    branch: Option<Branch>,
    /// Day of the inspection; without it today.
    #[arg(long, value_name = "DATE")]
    on: Option<Day>,
    /// The inspection's record, kept among the documents; without it the CSV file itself.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Assess {
    pub(super) async fn draft(&self, desk: &mut impl Desk) -> Result<Draft, Failure> {
        let rows = read_rows(&self.file)?;
        let first =
            rows.first().ok_or_else(|| Failure::malformed(&self.file, "一行也没有", "it has no rows"))?;
        let branch = self.branch.unwrap_or(first.household.branch());
        let date = day_or_today(self.on, desk).await?;
        let record = Paper::file(self.record.as_ref().unwrap_or(&self.file), DocumentKind::Record)?;
        let body = Body::Assess { branch, date, rows, record: record.address() };
        Ok(Draft::with(body, vec![record]))
    }
}

fn read_rows(path: &Path) -> Result<Vec<AssessRow>, Failure> {
    let bytes = read_up_to(path, SHEET_BYTES_MAX)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::malformed(path, "不是 UTF-8 编码", "it is not encoded as UTF-8"))?;
    let mut rows = Vec::new();
    let lines = text.trim_start_matches('\u{feff}').lines().zip(1..);
    for (line, number) in lines.map(|(line, number)| (line.trim(), number)) {
        let is_heading = number == 1 && !line.bytes().any(|b| b.is_ascii_digit());
        if line.is_empty() || line.starts_with('#') || is_heading {
            continue;
        }
        let row = read_row(line).ok_or_else(|| {
            Failure::malformed(
                path,
                format!("第 {number} 行要写成“户号,项目,数量”"),
                format!("line {number} should read household,item,quantity"),
            )
        })?;
        rows.push(row);
    }
    Ok(rows)
}

fn read_row(line: &str) -> Option<AssessRow> {
    let mut cells = line.split([',', '，']).map(|cell| cell.trim().trim_matches('"'));
    let (household, item) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
    let quantity = match cells.next() {
        None | Some("") => 1,
        Some(quantity) => quantity.parse().ok()?,
    };
    cells.next().is_none().then_some(AssessRow { household, item, quantity })
}

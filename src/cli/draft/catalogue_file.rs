//! TOML files that people write: catalogues, price lists, bounds. Unknown keys are refused by name.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::read_up_to;
use super::settings::Settings;
use crate::bank::command::{Item, Price};
use crate::bank::policy::Bounds;
use crate::bank::time::Day;
use crate::bank::words::{CapWindow, ItemKind, ItemSubject, Unit};
use crate::cli::failure::Failure;
use crate::cli::value;

/// Most bytes of such a file.
const FILE_BYTES_MAX: usize = 1 << 20;

/// Reads a catalogue: its first day, where it names one, and its items.
///
/// # Errors
///
/// The file cannot be read, is not TOML of this kind, or a value is not what it should be; the words say which.
pub fn read(path: &Path) -> Result<(Option<Day>, Vec<Item>), Failure> {
    let file: CatalogueFile = parse(path)?;
    let bad = |what: String| Failure::malformed(path, &what, &what);
    let valid_from = optional_day(file.valid_from.as_deref()).map_err(bad)?;
    let items = file.item.into_iter().zip(1..).map(|(item, number)| {
        let code = item.code.clone();
        item.read().map_err(|what| bad(format!("[[item]] {number} ({code}): {what}")))
    });
    Ok((valid_from, items.collect::<Result<_, _>>()?))
}

/// Reads a price list.
///
/// # Errors
///
/// As [`read`].
pub fn read_prices(path: &Path) -> Result<Vec<Price>, Failure> {
    let file: PriceFile = parse(path)?;
    let prices = file.goods.into_iter().zip(1..).map(|(line, number)| {
        let sku = line.sku.parse().map_err(|bad| {
            let what = format!("[[goods]] {number}: sku {bad}");
            Failure::malformed(path, &what, &what)
        })?;
        let LineFile { title, measure, points, month_limit, .. } = line;
        Ok(Price { sku, title, measure, points, month_limit })
    });
    prices.collect()
}

/// Reads bounds; what the file does not name stays as it is.
///
/// # Errors
///
/// As [`read`].
pub fn read_bounds(path: &Path, now: Bounds) -> Result<Bounds, Failure> {
    let file: BoundsFile = parse(path)?;
    Ok(Bounds { min: file.min.over(now.min), max: file.max.over(now.max) })
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let bytes = read_up_to(path, FILE_BYTES_MAX)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::malformed(path, "不是 UTF-8 编码", "it is not encoded as UTF-8"))?;
    toml::from_str(&text).map_err(|error| {
        let what = error.to_string();
        Failure::malformed(path, what.trim_end(), what.trim_end())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    valid_from: Option<String>,
    item: Vec<ItemFile>,
}

/// One item. `points` stands for both ends of the range.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemFile {
    code: String,
    pillar: String,
    #[serde(default = "deed")]
    kind: String,
    title: String,
    points: Option<u32>,
    points_min: Option<u32>,
    points_max: Option<u32>,
    unit: Option<String>,
    #[serde(default)]
    score_effect: i32,
    #[serde(default = "household")]
    subject: String,
    measure: String,
    #[serde(default = "event")]
    cap_window: String,
    #[serde(default)]
    cap_count: u32,
    #[serde(default)]
    evidence: Vec<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
}

fn deed() -> String {
    value::kebab(&ItemKind::Deed)
}

fn household() -> String {
    value::kebab(&ItemSubject::Household)
}

fn event() -> String {
    value::kebab(&CapWindow::Event)
}

impl ItemFile {
    fn read(self) -> Result<Item, String> {
        let kind = value::item_kind(&self.kind).map_err(|bad| format!("kind {bad}"))?;
        let unit = match self.unit.as_deref() {
            Some(unit) => value::unit(unit).map_err(|bad| format!("unit {bad}"))?,
            None if matches!(kind, ItemKind::Deduction | ItemKind::Veto) => Unit::Score,
            None => Unit::Points,
        };
        let (points_min, points_max) = match (self.points, self.points_min, self.points_max) {
            (Some(points), None, None) => (points, points),
            (None, Some(min), Some(max)) => (min, max),
            (None, None, None) if kind == ItemKind::Veto => (0, 0),
            _ => return Err("wants points, or points_min and points_max".to_owned()),
        };
        let evidence = self.evidence.iter().map(|kind| value::evidence_kind(kind));
        Ok(Item {
            code: self.code.parse().map_err(|bad| format!("code {bad}"))?,
            pillar: value::pillar(&self.pillar).map_err(|bad| format!("pillar {bad}"))?,
            kind,
            title: self.title,
            points_min,
            points_max,
            unit,
            score_effect: self.score_effect,
            subject: value::item_subject(&self.subject).map_err(|bad| format!("subject {bad}"))?,
            measure: self.measure,
            cap_window: value::cap_window(&self.cap_window).map_err(|bad| format!("cap_window {bad}"))?,
            cap_count: self.cap_count,
            evidence: evidence.collect::<Result<_, _>>().map_err(|bad| format!("evidence {bad}"))?,
            valid_from: optional_day(self.valid_from.as_deref())?,
            valid_to: optional_day(self.valid_to.as_deref())?,
        })
    }
}

fn optional_day(text: Option<&str>) -> Result<Option<Day>, String> {
    text.map(|text| text.parse().map_err(|bad: crate::bank::ids::Malformed| bad.to_string())).transpose()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    goods: Vec<LineFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineFile {
    sku: String,
    title: String,
    measure: String,
    points: u32,
    #[serde(default)]
    month_limit: u32,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct BoundsFile {
    min: Settings,
    max: Settings,
}

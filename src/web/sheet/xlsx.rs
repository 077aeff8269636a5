//! XLSX: the first sheet of a workbook, read as a stream. Shared texts are read after it, and only those that it uses,
//! so that a workbook of millions of texts costs no memory. Formulas are noted, not worked out; entities that a
//! document defines for itself are refused.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::pack::Pack;
use super::{Cell, Fault, Line, Lines, of_text, too_wide};
use crate::wire::limits::{IMPORT_COLUMNS_MAX, IMPORT_UNPACKED_BYTES_MAX};
use crate::words::Both;

const DEFAULT_SHEET: &str = "xl/worksheets/sheet1.xml";
/// Lists of a workbook's parts are short.
const LIST_BYTES_MAX: u64 = 1 << 20;

/// The lines of a workbook's first sheet.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Line>, Fault> {
    let pack = Pack::open(bytes).ok_or_else(broken)?;
    let name = first_sheet(&pack).unwrap_or_else(|| DEFAULT_SHEET.to_owned());
    let mut raw = sheet(part(&pack, &name)?)?;
    let used: Vec<u32> = raw.iter().flat_map(|(_, cells)| cells).filter_map(Raw::shared).collect();
    let mut texts = BTreeMap::new();
    if !used.is_empty() {
        texts = used.into_iter().map(|index| (index, None)).collect();
        shared(part(&pack, "xl/sharedStrings.xml")?, &mut texts)?;
    }
    let mut lines = Lines::default();
    for (row, cells) in raw.drain(..) {
        let cells: Option<Vec<Cell>> = cells.into_iter().map(|cell| cell.with(&texts)).collect();
        lines.push(row, cells.ok_or_else(broken)?)?;
    }
    Ok(lines.0)
}

fn broken() -> Fault {
    Fault::whole(Both::new(
        "这个 .xlsx 打不开：文件不完整，或者加了密码。请在表格软件里重新保存再传。",
        "This .xlsx cannot be opened: it is not whole, or has a password. Save it once more and send that.",
    ))
}

fn too_large() -> Fault {
    let most = IMPORT_UNPACKED_BYTES_MAX >> 20;
    Fault::whole(Both::of(|lang| {
        lang.with(
            "这个 .xlsx 解开以后超过 {} MB，没有读完。请只留要导入的那张表，另存一份再传。",
            "Unpacked, this .xlsx has more than {} MB and was not read. Keep only the sheet of households and save a copy.",
            most,
        )
    }))
}

/// Notices when there would have been more than may be read.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(into)?;
        self.left = self.left.saturating_sub(count as u64);
        if self.left == 0 { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(count) }
    }
}

type Part<'a> = Reader<BufReader<Bounded<Box<dyn Read + 'a>>>>;

fn part<'a>(pack: &Pack<'a>, name: &str) -> Result<Part<'a>, Fault> {
    let left = IMPORT_UNPACKED_BYTES_MAX;
    let inner = pack.part(name, left).ok_or_else(broken)?;
    Ok(Reader::from_reader(BufReader::new(Bounded { inner, left })))
}

/// The next event, or what is wrong with the file.
fn next<'b, R: BufRead>(reader: &mut Reader<R>, buffer: &'b mut Vec<u8>) -> Result<Event<'b>, Fault> {
    buffer.clear();
    reader.read_event_into(buffer).map_err(|error| match error {
        quick_xml::Error::Io(error) if error.kind() == std::io::ErrorKind::FileTooLarge => too_large(),
        _ => broken(),
    })
}

/// The path of the first sheet: the workbook names a relation, the relations name a path.
fn first_sheet(pack: &Pack) -> Option<String> {
    let list = |name: &str| {
        let mut text = String::new();
        pack.part(name, LIST_BYTES_MAX)?.read_to_string(&mut text).ok()?;
        Some(text)
    };
    let relation = find(&list("xl/workbook.xml")?, "sheet", |tag| attribute(tag, "id"))?;
    let target = find(&list("xl/_rels/workbook.xml.rels")?, "Relationship", |tag| {
        attribute(tag, "Id").filter(|id| *id == relation).and_then(|_| attribute(tag, "Target"))
    })?;
    Some(match target.strip_prefix('/') {
        Some(path) => path.to_owned(),
        None => format!("xl/{target}"),
    })
}

/// What the first tag of this name has that is looked for.
fn find<T>(text: &str, name: &str, look: impl Fn(&BytesStart) -> Option<T>) -> Option<T> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == name => {
                if let Some(found) = look(&tag) {
                    return Some(found);
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// An attribute by its local name.
fn attribute(tag: &BytesStart, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let mut whole = attributes.with_checks(false).flatten();
    whole.find(|one| one.key.local_name().as_ref() == name).map(|one| one.value.into_owned())
}

/// A cell before its shared text is known.
enum Raw {
    Known(Cell),
    Shared(u32),
}

impl Raw {
    fn shared(&self) -> Option<u32> {
        match self {
            Raw::Shared(index) => Some(*index),
            Raw::Known(_) => None,
        }
    }

    fn with(self, texts: &BTreeMap<u32, Option<String>>) -> Option<Cell> {
        match self {
            Raw::Known(cell) => Some(cell),
            Raw::Shared(index) => texts.get(&index)?.as_deref().map(of_text),
        }
    }
}

/// The cell that is being read.
#[derive(Default)]
struct Open {
    column: usize,
    kind: String,
    formula: bool,
    text: String,
}

impl Open {
    fn closed(self) -> Result<Raw, Fault> {
        if self.formula {
            return Ok(Raw::Known(Cell::Formula));
        }
        let text = self.text.trim();
        Ok(match self.kind.as_str() {
            "s" => Raw::Shared(text.parse().map_err(|_| broken())?),
            "e" => Raw::Known(Cell::Broken),
            "b" | "d" | "str" | "inlineStr" => Raw::Known(of_text(text)),
            _ if text.is_empty() => Raw::Known(Cell::Empty),
            _ => Raw::Known(Cell::Number(text.to_owned())),
        })
    }
}

/// The lines of a sheet. More of them than may be are one fault, said as soon as it is seen.
fn sheet(mut reader: Part) -> Result<Vec<(u32, Vec<Raw>)>, Fault> {
    let (mut rows, mut counted): (Vec<(u32, Vec<Raw>)>, Lines) = (Vec::new(), Lines::default());
    let (mut row, mut cells) = (0_u32, Vec::new());
    let (mut open, mut reads): (Option<Open>, bool) = (None, false);
    let mut buffer = Vec::new();
    loop {
        match next(&mut reader, &mut buffer)? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "row" => {
                    let given = attribute(&tag, "r").and_then(|number| number.parse().ok());
                    row = given.filter(|given| *given > row).unwrap_or(row.saturating_add(1));
                    cells = Vec::new();
                }
                "c" => open = Some(opened(&tag, row, cells.len())?),
                "f" => mark(&mut open),
                "v" | "t" => reads = open.is_some(),
                "rPh" => skip(&mut reader)?,
                _ => {}
            },
            Event::Empty(tag) if tag.local_name().as_ref() == "f" => mark(&mut open),
            Event::Text(text) if reads => push(&mut open, &text),
            Event::CData(text) if reads => push(&mut open, &text),
            Event::GeneralRef(reference) if reads => push(&mut open, &letter(&reference)?),
            Event::End(tag) => match tag.local_name().as_ref() {
                "v" | "t" => reads = false,
                "c" => {
                    if let Some(cell) = open.take() {
                        let column = cell.column;
                        let raw = cell.closed()?;
                        cells.resize_with(column.max(cells.len()), || Raw::Known(Cell::Empty));
                        cells.push(raw);
                    }
                }
                "row" => {
                    let cells = std::mem::take(&mut cells);
                    if cells.iter().any(|cell| !matches!(cell, Raw::Known(Cell::Empty))) {
                        counted.push(row, vec![Cell::Broken])?;
                        rows.push((row, cells));
                    }
                }
                _ => {}
            },
            Event::Eof => return Ok(rows),
            _ => {}
        }
    }
}

/// A cell begins: its column by its name (`AB12`), else the next.
fn opened(tag: &BytesStart, row: u32, following: usize) -> Result<Open, Fault> {
    let mut column = 0_usize;
    for letter in attribute(tag, "r").unwrap_or_default().bytes().take_while(u8::is_ascii_uppercase) {
        column = column * 26 + usize::from(letter - b'A') + 1;
        if column > IMPORT_COLUMNS_MAX {
            return Err(too_wide(row));
        }
    }
    let column = column.checked_sub(1).unwrap_or(following);
    if column >= IMPORT_COLUMNS_MAX {
        return Err(too_wide(row));
    }
    let kind = attribute(tag, "t").unwrap_or_default();
    // Two cells of one name, or backwards: nobody's spreadsheet writes that.
    if column < following { Err(broken()) } else { Ok(Open { column, kind, ..Open::default() }) }
}

fn mark(open: &mut Option<Open>) {
    if let Some(cell) = open {
        cell.formula = true;
    }
}

fn push(open: &mut Option<Open>, text: &str) {
    if let Some(cell) = open {
        cell.text.push_str(text);
    }
}

/// The text of a reference: a character's number, or one of the five that XML has of itself.
fn letter(reference: &BytesRef) -> Result<String, Fault> {
    if let Some(letter) = reference.resolve_char_ref().map_err(|_| broken())? {
        return Ok(letter.to_string());
    }
    let name: &str = reference;
    Ok(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return Err(broken()),
    }
    .to_owned())
}

/// How a name is spoken stands beside it, in `rPh`: that is no part of the text.
fn skip<R: BufRead>(reader: &mut Reader<R>) -> Result<(), Fault> {
    let mut buffer = Vec::new();
    loop {
        match next(reader, &mut buffer)? {
            Event::End(tag) if tag.local_name().as_ref() == "rPh" => return Ok(()),
            Event::Eof => return Err(broken()),
            _ => {}
        }
    }
}

/// Fills in the shared texts that are wanted.
fn shared(mut reader: Part, wanted: &mut BTreeMap<u32, Option<String>>) -> Result<(), Fault> {
    let (mut index, mut text, mut reads) = (0_u32, String::new(), false);
    let mut buffer = Vec::new();
    loop {
        match next(&mut reader, &mut buffer)? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "si" => text.clear(),
                "t" => reads = wanted.contains_key(&index),
                "rPh" => skip(&mut reader)?,
                _ => {}
            },
            Event::Text(part) if reads => text.push_str(&part),
            Event::CData(part) if reads => text.push_str(&part),
            Event::GeneralRef(reference) if reads => text.push_str(&letter(&reference)?),
            Event::Empty(tag) if tag.local_name().as_ref() == "si" => {
                if let Some(place) = wanted.get_mut(&index) {
                    *place = Some(String::new());
                }
                index = index.saturating_add(1);
            }
            Event::End(tag) => match tag.local_name().as_ref() {
                "t" => reads = false,
                "si" => {
                    if let Some(place) = wanted.get_mut(&index) {
                        *place = Some(std::mem::take(&mut text));
                    }
                    index = index.saturating_add(1);
                }
                _ => {}
            },
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

//! A sheet of households: one line for each, its number and its members' names. What a book does not hold (numbers of
//! identity cards, telephones, addresses) is refused by its heading: it is not even read.

use std::collections::BTreeMap;

use super::{Cell, Fault, Line};
use crate::bank::ids::{Branch, HouseholdId};
use crate::wire::limits::MEMBERS;
use crate::words::names;

/// Characters of a name.
const NAME_CHARS_MAX: usize = 30;
/// From here on a spreadsheet's number has lost digits.
const DIGITS_KEPT: usize = 15;

/// Headings of what is never kept.
const NOT_KEPT: &[&str] = &[
    "身份证",
    "证件",
    "电话",
    "手机",
    "联系方式",
    "住址",
    "地址",
    "银行",
    "账号",
    "卡号",
    "出生",
    "生日",
    "民族",
    "低保",
    "残疾",
    "健康",
    "收入",
];
/// Headings of a household's number, and of its members.
const NUMBER: &[&str] = &["户号", "户编号", "存折号"];
const MEMBER: &[&str] = &["成员", "姓名", "户主", "家庭成员", "成员姓名"];

/// One household that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Home {
    /// Its line in the sheet.
    pub(in crate::web) row: u32,
    pub(in crate::web) id: HouseholdId,
    /// In the order of their numbers, from 1.
    pub(in crate::web) members: Vec<String>,
    /// The column of its number, for what the bank has to say.
    number: usize,
}

impl Home {
    /// The bank has this one.
    pub(in crate::web) fn exists(&self) -> Fault {
        let what = format!("{}已经开过户了。请从表里删去这一行。", names::household(self.id));
        Fault::cell(self.row, self.number, what)
    }
}

/// The households of a sheet for a branch, in its order, and everything that is wrong with the rest. Nothing of a sheet
/// with a fault is to be used; its good lines are there to be asked about as well.
pub(in crate::web) fn homes(lines: &[Line], branch: Branch) -> (Vec<Home>, Vec<Fault>) {
    let Some((heading, rest)) = lines.split_first() else {
        return (Vec::new(), vec![Fault::whole("这张表是空的。")]);
    };
    let columns = match Columns::of(heading) {
        Ok(columns) => columns,
        Err(faults) => return (Vec::new(), faults),
    };
    let mut faults = Vec::new();
    if rest.is_empty() {
        faults.push(Fault::whole("表里只有标题，没有一户。"));
    }
    let mut seen: BTreeMap<HouseholdId, u32> = BTreeMap::new();
    let mut homes = Vec::new();
    for line in rest {
        let before = faults.len();
        let id = columns.id(line, branch).map_err(|fault| faults.push(fault)).ok();
        let members = columns.members(line, &mut faults);
        let Some(id) = id else { continue };
        if let Some(first) = seen.get(&id) {
            let what = format!("{}重复了：第 {first} 行已经有这一户。", names::household(id));
            faults.push(Fault::cell(line.row, columns.number, what));
            continue;
        }
        seen.insert(id, line.row);
        if faults.len() == before {
            homes.push(Home { row: line.row, id, members, number: columns.number });
        }
    }
    (homes, faults)
}

/// Which column holds what.
struct Columns {
    number: usize,
    members: Vec<usize>,
    /// Columns that the heading names.
    width: usize,
}

impl Columns {
    fn of(heading: &Line) -> Result<Columns, Vec<Fault>> {
        let (mut number, mut members, mut faults) = (None, Vec::new(), Vec::new());
        for (column, cell) in heading.cells.iter().enumerate() {
            let bad = |what: String| Fault::cell(heading.row, column, what);
            let text: String = match cell {
                Cell::Empty => continue,
                Cell::Text(text) => text.chars().filter(|letter| !letter.is_whitespace()).collect(),
                Cell::Number(_) | Cell::Formula | Cell::Broken => {
                    faults.push(bad("第一行要写标题：“户号”和“成员”。".to_owned()));
                    continue;
                }
            };
            let plain = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
            if NUMBER.contains(&text.as_str()) {
                if number.replace(column).is_some() {
                    faults.push(bad("“户号”写了两列，请只留一列。".to_owned()));
                }
            } else if MEMBER.contains(&plain) {
                members.push(column);
            } else if NOT_KEPT.iter().any(|word| text.contains(word)) {
                faults.push(bad(format!("本行不留“{text}”。请把这一列从表里删掉再传。")));
            } else if text.contains("联户") || text.contains("党员") {
                let what = "联户党员由镇总行任命，开户时不填。请把这一列从表里删掉再传。";
                faults.push(bad(what.to_owned()));
            } else {
                faults.push(bad(format!("不认识“{text}”这一列。只收“户号”和“成员”，其余请删掉。")));
            }
        }
        if number.is_none() {
            faults.push(Fault::line(heading.row, "第一行里没有“户号”。"));
        }
        if members.is_empty() {
            faults.push(Fault::line(heading.row, "第一行里没有“成员”。"));
        }
        match number {
            Some(number) if faults.is_empty() => Ok(Columns { number, members, width: heading.cells.len() }),
            _ => Err(faults),
        }
    }

    /// The household's number: five digits, fewer, or in full with the branch.
    fn id(&self, line: &Line, branch: Branch) -> Result<HouseholdId, Fault> {
        let bad = |what: String| Fault::cell(line.row, self.number, what);
        let text = match line.cells.get(self.number).unwrap_or(&Cell::Empty) {
            Cell::Empty => return Err(bad("没有户号。".to_owned())),
            cell => written(cell).map_err(bad)?,
        };
        let wants = || bad(format!("户号“{}”不对：要写 5 位数字，例如 00012。", short(text)));
        if text.contains('-') {
            let id: HouseholdId = text.parse().map_err(|_| wants())?;
            if id.branch() != branch {
                return Err(bad(format!("{text} 是别的支行的户号，这张表是给 {branch} 的。")));
            }
            return Ok(id);
        }
        if text.len() > 5 || !text.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(wants());
        }
        text.parse().ok().and_then(|serial| branch.household(serial)).ok_or_else(wants)
    }

    /// The members' names: one to a cell, or several with `、` between.
    fn members(&self, line: &Line, faults: &mut Vec<Fault>) -> Vec<String> {
        let mut members: Vec<String> = Vec::new();
        let before = faults.len();
        for (column, cell) in line.cells.iter().enumerate() {
            if column >= self.width || (!self.members.contains(&column) && column != self.number) {
                if *cell != Cell::Empty {
                    faults.push(Fault::cell(line.row, column, "这一列没有标题，不知道是什么。请删掉。"));
                }
                continue;
            }
            if column == self.number || *cell == Cell::Empty {
                continue;
            }
            let text = match written(cell) {
                Ok(text) => text,
                Err(what) => {
                    faults.push(Fault::cell(line.row, column, what));
                    continue;
                }
            };
            for name in text.split(['、', '，', ',', '；', ';', '\n']).map(str::trim) {
                match check_name(name, &members) {
                    Ok(()) => members.push(name.to_owned()),
                    Err(what) => faults.push(Fault::cell(line.row, column, what)),
                }
            }
        }
        if faults.len() == before && !MEMBERS.contains(&members.len()) {
            let what = match members.len() {
                0 => "没有写成员姓名。".to_owned(),
                count => format!("写了 {count} 人，一户最多 {} 人。", MEMBERS.end()),
            };
            faults.push(Fault::cell(line.row, self.members[0], what));
        }
        members
    }
}

/// What was written, where nothing of it was lost on the way.
fn written(cell: &Cell) -> Result<&str, String> {
    let lost = || "数字太长，电子表格已经把后几位丢了。请把这一列设成“文本”，重新填写，再保存。".to_owned();
    match cell {
        Cell::Empty => Ok(""),
        Cell::Formula => Err("这一格是公式。请把算好的结果“粘贴为数值”，再保存。".to_owned()),
        Cell::Broken => Err("这一格是电子表格报的错。请改正，再保存。".to_owned()),
        Cell::Number(text) => {
            let number: f64 = text.parse().map_err(|_| lost())?;
            if number.abs() >= 10_f64.powi(DIGITS_KEPT as i32) { Err(lost()) } else { Ok(text) }
        }
        Cell::Text(text) if has_lost_digits(text) => Err(lost()),
        Cell::Text(text) => Ok(text),
    }
}

/// A long number as a spreadsheet writes it into a text file: `3.70829E+17`, or its last digits made zeros.
fn has_lost_digits(text: &str) -> bool {
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    match text.split_once(['E', 'e']) {
        Some((number, power)) => {
            all_digits(&number.replacen('.', "", 1)) && all_digits(power.trim_start_matches('+'))
        }
        None => text.len() > DIGITS_KEPT && all_digits(text) && text.ends_with("000"),
    }
}

fn check_name(name: &str, others: &[String]) -> Result<(), String> {
    if name.is_empty() {
        return Err("两个顿号之间没有姓名，或者末尾多了一个。".to_owned());
    }
    if name.chars().any(|letter| letter.is_numeric() && !letter.is_alphabetic()) {
        return Err(format!("姓名“{}”里有数字。本行不留身份证号和电话，请删掉。", short(name)));
    }
    let is_of_names =
        |letter: char| letter.is_alphabetic() || matches!(letter, '·' | '•' | '.' | '-' | ' ' | '\'' | '’');
    if let Some(other) = name.chars().find(|letter| !is_of_names(*letter)) {
        return Err(format!("姓名“{}”里有“{}”，不像姓名。", short(name), other.escape_default()));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(format!("姓名“{}”太长，最多 {NAME_CHARS_MAX} 个字。几个人请用“、”隔开。", short(name)));
    }
    if others.iter().any(|other| other == name) {
        return Err(format!("“{name}”在这一户里写了两次。"));
    }
    Ok(())
}

/// So much of a text as a sentence can take.
fn short(text: &str) -> String {
    let mut letters = text.chars();
    let begin: String = letters.by_ref().take(20).collect();
    if letters.next().is_some() { format!("{begin}……") } else { begin }
}

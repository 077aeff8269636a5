//! A sheet of households: one line for each, its number and its members' names. What a book does not hold (numbers of
//! identity cards, telephones, addresses) is refused by its heading: it is not even read.

use std::collections::BTreeMap;

use super::{Cell, Fault, Line};
use crate::bank::ids::{Branch, HouseholdId};
use crate::wire::limits::MEMBERS;
use crate::words::{Both, sentence};

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
/// Headings of a household's number, and of its members, without blanks and in small letters.
const NUMBER: &[&str] = &["户号", "户编号", "存折号", "household", "householdnumber"];
const MEMBER: &[&str] =
    &["成员", "姓名", "户主", "家庭成员", "成员姓名", "member", "members", "name", "names"];

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
        let what = Both::of(|lang| {
            let home = sentence(&lang.household(self.id));
            lang.with(
                "{}已经开过户了。请从表里删去这一行。",
                "{} has a book already. Take this line out.",
                home,
            )
        });
        Fault::cell(self.row, self.number, what)
    }
}

/// The households of a sheet for a branch, in its order, and everything that is wrong with the rest. Nothing of a sheet
/// with a fault is to be used; its good lines are there to be asked about as well.
pub(in crate::web) fn homes(lines: &[Line], branch: Branch) -> (Vec<Home>, Vec<Fault>) {
    let Some((heading, rest)) = lines.split_first() else {
        return (Vec::new(), vec![Fault::whole(Both::new("这张表是空的。", "This sheet is empty."))]);
    };
    let columns = match Columns::of(heading) {
        Ok(columns) => columns,
        Err(faults) => return (Vec::new(), faults),
    };
    let mut faults = Vec::new();
    if rest.is_empty() {
        faults.push(Fault::whole(Both::new(
            "表里只有标题，没有一户。",
            "There are headings and no household.",
        )));
    }
    let mut seen: BTreeMap<HouseholdId, u32> = BTreeMap::new();
    let mut homes = Vec::new();
    for line in rest {
        let before = faults.len();
        let id = columns.id(line, branch).map_err(|fault| faults.push(fault)).ok();
        let members = columns.members(line, &mut faults);
        let Some(id) = id else { continue };
        if let Some(first) = seen.get(&id) {
            let what = Both::of(|lang| {
                let home = sentence(&lang.household(id));
                lang.with_two(
                    "{}重复了：第 {} 行已经有这一户。",
                    "{} stands in line {} already.",
                    home,
                    first,
                )
            });
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
            let bad = |what: Both| Fault::cell(heading.row, column, what);
            let text: String = match cell {
                Cell::Empty => continue,
                Cell::Text(text) => text.chars().filter(|letter| !letter.is_whitespace()).collect(),
                Cell::Number(_) | Cell::Formula | Cell::Broken => {
                    faults.push(bad(Both::new(
                        "第一行要写标题：“户号”和“成员”。",
                        "The first line has the headings: “Household” and “Members”.",
                    )));
                    continue;
                }
            };
            let word = text.to_ascii_lowercase();
            let plain = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
            if NUMBER.contains(&word.as_str()) {
                if number.replace(column).is_some() {
                    faults.push(bad(Both::new(
                        "“户号”写了两列，请只留一列。",
                        "There are two columns of household numbers; keep one.",
                    )));
                }
            } else if MEMBER.contains(&plain) {
                members.push(column);
            } else if NOT_KEPT.iter().any(|word| text.contains(word)) {
                faults.push(bad(Both::of(|lang| {
                    lang.with(
                        "本行不留“{}”。请把这一列从表里删掉再传。",
                        "The bank keeps no “{}”. Take this column out and send the sheet again.",
                        &text,
                    )
                })));
            } else if text.contains("联户") || text.contains("党员") {
                faults.push(bad(Both::new(
                    "联户党员由镇总行任命，开户时不填。请把这一列从表里删掉再传。",
                    "Liaisons are appointed by the head bank, not here. Take this column out and send the sheet again.",
                )));
            } else {
                faults.push(bad(Both::of(|lang| {
                    lang.with(
                        "不认识“{}”这一列。只收“户号”和“成员”，其余请删掉。",
                        "The column “{}” is not known. Keep “Household” and “Members”, and take all else out.",
                        &text,
                    )
                })));
            }
        }
        if number.is_none() {
            faults.push(Fault::line(
                heading.row,
                Both::new("第一行里没有“户号”。", "The first line has no “Household”."),
            ));
        }
        if members.is_empty() {
            faults.push(Fault::line(
                heading.row,
                Both::new("第一行里没有“成员”。", "The first line has no “Members”."),
            ));
        }
        match number {
            Some(number) if faults.is_empty() => Ok(Columns { number, members, width: heading.cells.len() }),
            _ => Err(faults),
        }
    }

    /// The household's number: five digits, fewer, or in full with the branch.
    fn id(&self, line: &Line, branch: Branch) -> Result<HouseholdId, Fault> {
        let bad = |what: Both| Fault::cell(line.row, self.number, what);
        let text = match line.cells.get(self.number).unwrap_or(&Cell::Empty) {
            Cell::Empty => return Err(bad(Both::new("没有户号。", "There is no household number."))),
            cell => written(cell).map_err(bad)?,
        };
        let wants = || {
            bad(Both::of(|lang| {
                lang.with(
                    "户号“{}”不对：要写 5 位数字，例如 00012。",
                    "The household number “{}” is wrong: it has 5 digits, such as 00012.",
                    short(text),
                )
            }))
        };
        if text.contains('-') {
            let id: HouseholdId = text.parse().map_err(|_| wants())?;
            if id.branch() != branch {
                return Err(bad(Both::of(|lang| {
                    lang.with_two(
                        "{} 是别的支行的户号，这张表是给 {} 的。",
                        "{} is a household of another branch; this sheet is for {}.",
                        text,
                        branch,
                    )
                })));
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
                    let what = Both::new(
                        "这一列没有标题，不知道是什么。请删掉。",
                        "This column has no heading, and nobody knows what it is. Take it out.",
                    );
                    faults.push(Fault::cell(line.row, column, what));
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
                0 => Both::new("没有写成员姓名。", "There is no member's name."),
                count => Both::of(|lang| {
                    let most = MEMBERS.end();
                    lang.with_two(
                        "写了 {} 人，一户最多 {} 人。",
                        "There are {} members; a household has {} at most.",
                        count,
                        most,
                    )
                }),
            };
            faults.push(Fault::cell(line.row, self.members[0], what));
        }
        members
    }
}

/// What was written, where nothing of it was lost on the way.
fn written(cell: &Cell) -> Result<&str, Both> {
    let lost = || {
        Both::new(
            "数字太长，电子表格已经把后几位丢了。请把这一列设成“文本”，重新填写，再保存。",
            "The number is too long, and the spreadsheet lost its last digits. Make this column text, type it anew and save.",
        )
    };
    match cell {
        Cell::Empty => Ok(""),
        Cell::Formula => Err(Both::new(
            "这一格是公式。请把算好的结果“粘贴为数值”，再保存。",
            "This cell is a formula. Paste its result as a value and save.",
        )),
        Cell::Broken => Err(Both::new(
            "这一格是电子表格报的错。请改正，再保存。",
            "This cell is an error of the spreadsheet. Mend it and save.",
        )),
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

fn check_name(name: &str, others: &[String]) -> Result<(), Both> {
    if name.is_empty() {
        return Err(Both::new(
            "两个顿号之间没有姓名，或者末尾多了一个。",
            "There is no name between two commas, or one comma too many at the end.",
        ));
    }
    if name.chars().any(|letter| letter.is_numeric() && !letter.is_alphabetic()) {
        return Err(Both::of(|lang| {
            lang.with(
                "姓名“{}”里有数字。本行不留身份证号和电话，请删掉。",
                "The name “{}” has digits. The bank keeps no numbers of identity cards or telephones; take them out.",
                short(name),
            )
        }));
    }
    let is_of_names =
        |letter: char| letter.is_alphabetic() || matches!(letter, '·' | '•' | '.' | '-' | ' ' | '\'' | '’');
    if let Some(other) = name.chars().find(|letter| !is_of_names(*letter)) {
        return Err(Both::of(|lang| {
            lang.with_two(
                "姓名“{}”里有“{}”，不像姓名。",
                "The name “{}” has a “{}”, which is not of names.",
                short(name),
                other.escape_default(),
            )
        }));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Both::of(|lang| {
            lang.with_two(
                "姓名“{}”太长，最多 {} 个字。几个人请用“、”隔开。",
                "The name “{}” is too long; it has {} letters at most. Put commas between several people.",
                short(name),
                NAME_CHARS_MAX,
            )
        }));
    }
    if others.iter().any(|other| other == name) {
        return Err(Both::of(|lang| {
            lang.with("“{}”在这一户里写了两次。", "“{}” stands twice in this household.", name)
        }));
    }
    Ok(())
}

/// So much of a text as a sentence can take.
fn short(text: &str) -> String {
    let mut letters = text.chars();
    let begin: String = letters.by_ref().take(20).collect();
    if letters.next().is_some() { format!("{begin}……") } else { begin }
}

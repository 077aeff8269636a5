//! Sheets as data: what is read, and what is said of what is not.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::*;
use crate::bank::ids::Branch;
use crate::words::Lang;

fn branch() -> Branch {
    "370829199201".parse().unwrap()
}

/// What becomes of a file: households with their members, or faults as people read them.
fn told(bytes: &[u8]) -> Result<Vec<String>, Vec<String>> {
    let (homes, faults) = match read(bytes) {
        Ok(lines) => homes(&lines, branch()),
        Err(fault) => (Vec::new(), vec![fault]),
    };
    if faults.is_empty() {
        return Ok(homes.iter().map(|home| format!("{} {}", home.id, home.members.join("/"))).collect());
    }
    Err(faults
        .iter()
        .map(|fault| format!("{}{}：{}", fault.row, fault.column_name(), fault.what.told(Lang::Zh)))
        .collect())
}

/// A ZIP of deflated parts. The sums are left out: nobody here reads them.
pub fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in parts {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        let packed = encoder.finish().unwrap();
        let mut head = Vec::new();
        head.extend(20_u16.to_le_bytes());
        head.extend([0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        head.extend((packed.len() as u32).to_le_bytes());
        head.extend((content.len() as u32).to_le_bytes());
        head.extend((name.len() as u16).to_le_bytes());
        head.extend([0, 0]);
        let at = file.len() as u32;
        file.extend(b"PK\x03\x04");
        file.extend(&head);
        file.extend(name.as_bytes());
        file.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, size, count) = (file.len() as u32, directory.len() as u32, parts.len() as u16);
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(size.to_le_bytes());
    file.extend(at.to_le_bytes());
    file.extend([0, 0]);
    file
}

const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns:r="r"><sheets><sheet name="户" sheetId="3" r:id="rId7"/><sheet name="别的" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId7" Target="worksheets/sheet9.xml"/></Relationships>"#;

fn workbook(rows: &str, shared: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let shared = format!("<sst>{shared}</sst>");
    zip(&[
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/worksheets/sheet9.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", shared.as_bytes()),
    ])
}

/// A sheet with a right heading and one more line.
fn with_line(line: &str) -> Vec<u8> {
    let heading = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>"#;
    workbook(&format!("{heading}{line}"), "<si><t>户号</t></si><si><t>成员</t></si>")
}

const PLAIN: &str = "户号,成员\r\n00012,王小明、李芳\r\n\r\n13,\"张建国、\"\"赵秀英\"\r\n";

#[test]
fn the_same_households_in_every_kind_of_file() {
    let text = "户号,成员1,成员2\n00012,王小明,李芳\n\n370829199201-00013,买买提·艾力、欧阳修,\n";
    let wants = ["370829199201-00012 王小明/李芳", "370829199201-00013 买买提·艾力/欧阳修"];
    let (gb, _, lossy) = encoding_rs::GB18030.encode(text);
    assert!(!lossy && gb != text.as_bytes());
    let shared = "<si><t>户号</t></si><si><t>成员</t></si><si><r><t>王小</t></r><r><t>明</t></r>\
                  <rPh sb=\"0\" eb=\"1\"><t>wang</t></rPh></si><si/>";
    let rows = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>成员2</t></is></c></row>
        <row r="2"><c r="A2"><v>12</v></c><c r="B2" t="s"><v>2</v></c><c r="C2" t="inlineStr"><is><t xml:space="preserve"> 李芳 </t></is></c></row>
        <row r="3"><c r="B3" t="s"><v>3</v></c></row>
        <row r="5"><c r="A5" t="str"><v>370829199201-00013</v></c><c r="C5" t="inlineStr"><is><t>买买提&#183;艾力、欧阳修</t></is></c></row>"#;
    for (name, bytes) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("with its mark", format!("\u{feff}{text}").into_bytes()),
        ("GB18030", gb.into_owned()),
        ("CR alone", text.replace('\n', "\r").into_bytes()),
        ("CRLF", text.replace('\n', "\r\n").into_bytes()),
        ("tabs", text.replace(',', "\t").into_bytes()),
        ("quotes", text.replace("王小明", "\"王小明\"").into_bytes()),
        (
            "English headings",
            text.replace("户号,成员1,成员2", "Household number,Member 1,member2").into_bytes(),
        ),
        ("XLSX", workbook(rows, shared)),
    ] {
        assert_eq!(told(&bytes), Ok(wants.iter().map(|text| (*text).to_owned()).collect()), "{name}");
    }
}

#[test]
fn a_fault_names_its_line_and_column() {
    let long = format!("户号,成员\n1,{}\n", vec!["王"; 31].join(","));
    for (sheet, says) in [
        ("", vec!["0：这个文件是空的。"]),
        (" \n,,\n", vec!["0：这张表是空的。"]),
        ("户号,成员\n", vec!["0：表里只有标题，没有一户。"]),
        ("编号,成员\n1,王明\n", vec!["1A：不认识“编号”", "1：第一行里没有“户号”"]),
        ("户号\n1\n", vec!["1：第一行里没有“成员”"]),
        ("户号,户号,成员\n1,1,王明\n", vec!["1B：“户号”写了两列"]),
        ("户号,成员,身份证号码,手 机\n1,王明,1,1\n", vec!["1C：本行不留“身份证号码”", "1D：本行不留“手机”"]),
        ("户号,成员,联户党员\n1,王明,张三\n", vec!["1C：联户党员由镇总行任命"]),
        // The blank line counts, as it does in the spreadsheet.
        (
            "户号,成员\n\n00000,王明\n123456,王明\nx,王明\n,王明\n",
            vec!["3A：户号“00000”不对", "4A：户号“123456”不对", "5A：户号“x”不对", "6A：没有户号。"],
        ),
        ("户号,成员\n370829199202-00001,王明\n", vec!["2A：370829199202-00001 是别的支行的户号"]),
        ("户号,成员\n7,王明\n8,李芳\n00007,赵秀英\n", vec!["4A：00007 号户重复了：第 2 行已经有这一户。"]),
        (
            "户号,成员\n7,\n8,王明、王明\n9,王明、\n",
            vec!["2B：没有写成员姓名。", "3B：“王明”在这一户里写了两次。", "4B：两个顿号之间没有姓名"],
        ),
        (
            "户号,成员\n7,<b>王明</b>\n8,王明2\n9,13812345678\n",
            vec![
                "2B：姓名“<b>王明</b>”里有“<”，不像姓名。",
                "3B：姓名“王明2”里有数字。",
                "4B：姓名“13812345678”里有数字。本行不留身份证号和电话",
            ],
        ),
        ("户号,成员\n7,王明,李芳\n", vec!["2C：这一列没有标题"]),
        // What a spreadsheet made of 18 digits, and of a household's number in full.
        (
            "户号,成员\n3.70829E+16,王明\n37082919920100000,李芳\n8,1.10101E+17\n9,110101199001011000\n",
            vec!["2A：数字太长，电子表格已经把后几位丢了。", "3A：数字太长", "4B：数字太长", "5B：数字太长"],
        ),
        ("户号,成员\n=A1,王明\n8,\"=\"\"李芳\"\"\"\n", vec!["2A：这一格是公式。", "3B：这一格是公式。"]),
        (PLAIN, vec!["4B：姓名“\"赵秀英”里有“\\\"”"]),
        ("户号,成员\n7,\"王明\n8,李芳\n", vec!["2B：这一格的引号只有一半。"]),
        (long.as_str(), vec!["2C：这一列没有标题"]),
    ] {
        let faults = told(sheet.as_bytes()).expect_err(sheet);
        for (at, wants) in says.iter().enumerate() {
            let fault = faults.get(at).map_or("", String::as_str);
            assert!(fault.starts_with(wants), "{sheet}\n{faults:#?} for {wants}");
        }
    }
    let crowd = format!(
        "户号,成员\n1,{}\n",
        (0..31).map(|n| format!("王{}", char::from_u32(0x4e00 + n).unwrap())).collect::<Vec<_>>().join("、")
    );
    assert_eq!(told(crowd.as_bytes()), Err(vec!["2B：写了 31 人，一户最多 30 人。".to_owned()]));
    let wide = format!("户号,成员\n1{}\n", ",".repeat(64));
    assert!(told(wide.as_bytes()).unwrap_err()[0].starts_with("2：这一行超过 64 列"));
}

#[test]
fn cells_of_a_workbook_that_are_not_what_was_typed() {
    for (line, says) in [
        (
            r#"<row r="4"><c r="A4"><f>A3+1</f><v>8</v></c><c r="B4" t="inlineStr"><is><t>王明</t></is></c></row>"#,
            "4A：这一格是公式。",
        ),
        (
            r#"<row r="4"><c r="A4"><v>8</v></c><c r="B4" t="str"><f t="shared" si="0"/><v>王明</v></c></row>"#,
            "4B：这一格是公式。",
        ),
        (
            r#"<row r="4"><c r="A4" t="e"><v>#N/A</v></c><c r="B4" t="inlineStr"><is><t>王明</t></is></c></row>"#,
            "4A：这一格是电子表格报的错。",
        ),
        (
            r#"<row r="4"><c r="A4"><v>8</v></c><c r="B4"><v>1.10101199001011E+17</v></c></row>"#,
            "4B：数字太长，电子表格已经把后几位丢了。",
        ),
        (
            r#"<row r="4"><c r="A4"><v>37082919920100012</v></c><c r="B4" t="inlineStr"><is><t>王明</t></is></c></row>"#,
            "4A：数字太长",
        ),
        (
            r#"<row r="4"><c r="A4"><v>8.5</v></c><c r="B4" t="inlineStr"><is><t>王明</t></is></c></row>"#,
            "4A：户号“8.5”不对",
        ),
        (r#"<row r="4"><c r="A4"><v>8</v></c><c r="BM4"><v>1</v></c></row>"#, "4：这一行超过 64 列"),
        (r#"<row r="4"><c r="A4" t="s"><v>77</v></c></row>"#, "0：这个 .xlsx 打不开"),
        (r#"<row r="4"><c r="B4"><v>8</v></c><c r="A4"><v>8</v></c></row>"#, "0：这个 .xlsx 打不开"),
        (r#"<row r="4"><c r="A4" t="inlineStr"><is><t>&mine;</t></is></c></row>"#, "0：这个 .xlsx 打不开"),
        ("<row r=\"4\"><c r=\"A4\"><v>8</v>", "0：这个 .xlsx 打不开"),
    ] {
        let faults = told(&with_line(line)).expect_err(line);
        assert!(faults[0].starts_with(says), "{line}\n{faults:#?}");
    }
}

#[test]
fn what_is_no_sheet_is_told_so() {
    let whole = with_line("");
    let mut cut = whole.clone();
    cut.truncate(whole.len() / 2);
    let mut locked = whole.clone();
    let at = locked.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    locked[at + 8] |= 1;
    for (bytes, says) in [
        (cut, "0：这个 .xlsx 打不开"),
        (locked, "0：这个 .xlsx 打不开"),
        (b"PK\x03\x04".to_vec(), "0：这个 .xlsx 打不开"),
        (zip(&[("word/document.xml", b"<w/>")]), "0：这个 .xlsx 打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), "0：这是旧式的 .xls"),
        (b"\xff\xfe7b\x0f\x5c".to_vec(), "0：这个文件的文字认不出来"),
        (b"\x81\x20\xff\xff".to_vec(), "0：这个文件的文字认不出来"),
        (b"%PDF-1.7".to_vec(), "1A：不认识“%PDF-1.7”"),
    ] {
        let faults = told(&bytes).unwrap_err();
        assert!(faults[0].starts_with(says), "{faults:?}");
    }
    // Whatever is cut or turned over is a fault, never a panic.
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let _ = told(&bytes);
        let _ = told(&whole[..at]);
    }
}

/// Behind the bound of each stands what would be told instead if it were looked at.
#[test]
fn nothing_of_a_large_sheet_is_looked_at_behind_its_bound() {
    let lines = |count: u32| -> String {
        let lines = (1..=count).map(|n| format!("{n:05},王明\n"));
        std::iter::once("户号,成员\n".to_owned()).chain(lines).collect()
    };
    let half_a_quotation = "00001,\"王明\n";
    let rows = |count: u32| -> String {
        let row = |n| {
            format!("<row r=\"{n}\"><c r=\"A{n}\"><v>{n}</v></c><c r=\"B{n}\" t=\"s\"><v>1</v></c></row>")
        };
        (2..=count + 1).map(row).collect()
    };
    let no_end = "</broken>";
    let blanks = |megabytes: usize| " ".repeat(megabytes << 20);
    let blank_row = |megabytes: usize| format!("<row>{}</row>", blanks(megabytes));
    let one_text = r#"<row r="1"><c r="A1" t="s"><v>0</v></c></row>"#;
    let (too_many, too_large) = ("5002：一次最多 5000 户", "0：这个 .xlsx 解开以后超过 32 MB");
    for (bytes, says) in [
        ((lines(100) + half_a_quotation).into_bytes(), "102B：这一格的引号只有一半"),
        ((lines(100_000) + half_a_quotation).into_bytes(), too_many),
        (with_line(&(rows(100) + no_end)), "0：这个 .xlsx 打不开"),
        (with_line(&(rows(100_000) + no_end)), too_many),
        // 40 MB out of 40 KB.
        (with_line(&(blank_row(4) + no_end)), "0：这个 .xlsx 打不开"),
        (with_line(&(blank_row(40) + no_end)), too_large),
        (workbook(one_text, &(blanks(4) + no_end)), "0：这个 .xlsx 打不开"),
        (workbook(one_text, &(blanks(40) + no_end)), too_large),
    ] {
        let faults = told(&bytes).unwrap_err();
        assert!(faults.len() == 1 && faults[0].starts_with(says), "{faults:?}, not {says}");
    }
    // Millions of shared texts are read past.
    let used = r#"<row r="1"><c r="A1" t="s"><v>3000000</v></c></row>"#;
    assert_eq!(told(&workbook(used, &"<si/>".repeat(3_500_000))), Err(vec!["0：这张表是空的。".to_owned()]));
    // As many as may be.
    assert_eq!(told(lines(5_000).as_bytes()).map(|homes| homes.len()), Ok(5_000));
}

#[test]
fn columns_have_the_names_of_spreadsheets() {
    for (at, name) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (63, "BL")] {
        assert_eq!(Fault::cell(1, at, Both::new("", "")).column_name(), name);
    }
    assert_eq!(Fault::line(1, Both::new("", "")).column_name(), "");
}

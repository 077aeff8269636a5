//! Who may sign what, cell by cell: every act of the authority table against every kind of signer, compared
//! with `tests/data/authority.txt`, which was written from the rulebook and not from the code.

use std::collections::BTreeSet;

use civbank::bank::Refusal;
use civbank::bank::authority::Act;

use super::script::Script;

const TABLE: &str = include_str!("../../data/authority.txt");

/// Columns of the table, and who of the fixture they are.
const SIGNERS: [(&str, &str); 26] = [
    ("officer", "officer1"),
    ("auditor", "auditor"),
    ("chair", "chair1"),
    ("committee", "seat1"),
    ("clerk", "clerk1"),
    ("supervisor", "supervisor1"),
    ("cashier", "cashier1"),
    ("liaison", "liaison1"),
    ("unlinked", "liaison2"),
    ("proxy", "proxy1"),
    ("member", "v1-1.1"),
    ("other-member", "v1-1.2"),
    ("neighbour", "v1-2.1"),
    ("far-chair", "chair2"),
    ("far-committee", "second2"),
    ("far-clerk", "clerk2"),
    ("far-supervisor", "supervisor2"),
    ("far-cashier", "cashier2"),
    ("far-liaison", "far-liaison"),
    ("far-proxy", "far-proxy"),
    ("far-villager", "v2-1.1"),
    ("terminal", "t:v1-1"),
    ("far-terminal", "t:v2-1"),
    ("card", "card:v1-1"),
    ("neighbour-card", "card:v1-2"),
    ("far-card", "card:v2-1"),
];

/// A row of the table.
struct Row {
    act: String,
    command: String,
    given: Vec<String>,
    /// Answers and the columns they are for, in order.
    answers: Vec<(String, Vec<String>)>,
}

#[test]
fn every_act_is_signed_by_those_who_may_and_nobody_else() {
    let (columns, rows) = read();
    let mut wrong = Vec::new();
    for row in &rows {
        let mut script = Script::new();
        script.accept("enrol v1-1.2 for v1-1.2 by clerk1+card:v1-1");
        row.given.iter().for_each(|line| script.accept(line));
        for column in &columns {
            let signers: Vec<&str> = column.split('+').map(signer).collect();
            let line = format!("{} by {}", row.command, signers.join("+"));
            let (wanted, got) = (expected(row, column), answer(&script, &line));
            if wanted != got {
                wrong.push(format!("{} {column}: {got}, not {wanted} ({})", row.act, row.command));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells differ: {wrong:#?}", wrong.len());
}

#[test]
fn every_act_stands_in_the_table() {
    let acts: BTreeSet<String> = read().1.into_iter().map(|row| row.act).collect();
    let wanted: BTreeSet<String> = Act::ALL.iter().map(|act| act.name().to_owned()).collect();
    assert_eq!(acts, wanted);
}

fn answer(script: &Script, line: &str) -> &'static str {
    match script.would(line) {
        Ok(()) => "yes",
        Err(Refusal::NotAuthorised { .. }) => "no",
        Err(Refusal::SignatureMissing { .. }) => "half",
        Err(Refusal::ConflictOfInterest { .. }) => "conflict",
        Err(other) => panic!("{line}: {other}"),
    }
}

/// The first line of the row that has this column, alone or by `~` of one of its signers.
fn expected<'r>(row: &'r Row, column: &str) -> &'r str {
    let among = |listed: &String| match listed.strip_prefix('~') {
        Some(one) => column.split('+').any(|signer| signer == one),
        None => listed == column,
    };
    row.answers.iter().find(|(_, listed)| listed.iter().any(among)).map_or("no", |(answer, _)| answer)
}

fn signer(column: &str) -> &'static str {
    let found = SIGNERS.iter().find(|(name, _)| *name == column);
    found.unwrap_or_else(|| panic!("{column:?} is no signer of the table")).1
}

fn read() -> (Vec<String>, Vec<Row>) {
    let (mut columns, mut rows): (Vec<String>, Vec<Row>) = (Vec::new(), Vec::new());
    for line in TABLE.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        let (kind, rest) = line.split_once(' ').expect("a word and more");
        let words = || rest.split(' ').map(str::to_owned).collect::<Vec<_>>();
        match (kind, rows.last_mut()) {
            ("signers", _) => columns.extend(words()),
            ("act", _) => {
                let (act, command) = rest.split_once(' ').expect("an act and its command");
                let (act, command) = (act.to_owned(), command.to_owned());
                rows.push(Row { act, command, given: Vec::new(), answers: Vec::new() });
            }
            ("given", Some(row)) => row.given.push(rest.to_owned()),
            ("yes" | "half" | "conflict", Some(row)) => row.answers.push((kind.to_owned(), words())),
            _ => panic!("{line:?} is no line of the table"),
        }
    }
    let known: BTreeSet<&String> = columns.iter().collect();
    for listed in rows.iter().flat_map(|row| &row.answers).flat_map(|(_, listed)| listed) {
        assert!(known.contains(&listed.trim_start_matches('~').to_owned()), "{listed} is no column");
    }
    (columns, rows)
}

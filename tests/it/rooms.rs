//! The rooms and who imports whom (`docs/architecture.md`), and the style that every file keeps.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room and the rooms it may import. A lower room never imports an upper one; the ground rooms import
/// nothing; a room that is not listed has not been thought about.
const ROOMS: [(&str, &[&str]); 15] = [
    ("bank", &[]),
    ("tlog", &[]),
    ("journal", &[]),
    ("index", &[]),
    ("documents", &[]),
    ("tls", &[]),
    ("wire", &["bank"]),
    ("words", &["bank"]),
    ("engine", &["bank", "tlog", "journal", "index", "documents", "wire"]),
    ("demo", &["bank", "tlog", "journal", "index", "documents", "wire", "engine"]),
    ("access", &["bank", "documents", "wire", "words", "engine"]),
    ("grpc", &["bank", "tlog", "documents", "tls", "wire", "words", "engine", "access"]),
    ("web", &["bank", "tlog", "documents", "wire", "words", "engine", "access"]),
    ("upkeep", &["bank", "tlog", "journal", "index", "documents", "wire", "engine"]),
    (
        "cli",
        &[
            "bank",
            "tlog",
            "journal",
            "index",
            "documents",
            "tls",
            "wire",
            "words",
            "engine",
            "upkeep",
            "demo",
            "grpc",
            "web",
        ],
    ),
];

/// What every room may import, the ground rooms too: the mistakes that the simulation plants (`src/planted.rs`), each
/// in the place where it would be made. It is no room: it knows nothing, and in a program it is always "no".
const NO_ROOM: &str = "planted";

/// What the rules must not know of: clocks, randomness, hashes, keys, tasks, files, the network.
const NOT_IN_BANK: [&str; 17] = [
    "std::time",
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::thread",
    "std::sync::Mutex",
    "tokio",
    "async ",
    "rand::",
    "getrandom",
    "sha2",
    "blake3",
    "ed25519",
    "prost",
    "tonic",
    "tracing",
];
/// What the proofs must not know of.
const NOT_IN_TLOG: [&str; 9] =
    ["std::time", "std::fs", "std::net", "std::env", "std::thread", "tokio", "async ", "getrandom", "prost"];

const LINES_MAX: usize = 500;
/// `unwrap()` and `expect(` outside tests. Each states an invariant; one more needs a reason and a line here.
/// The newest: an invitation that ends is one that is known (`bank/invitation.rs`).
const EXPECTS_MAX: usize = 54;

struct Source {
    /// From the package's directory.
    path: PathBuf,
    text: String,
}

impl Source {
    /// The room that a file under `src` lies in; none for `lib.rs` and `main.rs`.
    fn room(&self) -> Option<&str> {
        let mut parts = self.path.components().skip(1);
        let room = parts.next()?.as_os_str().to_str()?;
        parts.next().map(|_| room)
    }

    fn is_test(&self) -> bool {
        self.path.file_name().is_some_and(|name| name == "tests.rs")
            || self.path.components().any(|part| part.as_os_str() == "tests")
    }

    /// Lines of code without comments, up to the file's own tests.
    fn code(&self) -> impl Iterator<Item = &str> {
        let code = self.text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = if self.is_test() { "" } else { code };
        code.lines().map(|line| line.split("//").next().unwrap_or_default())
    }

    /// Lines of code and tests without comments.
    fn all_code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().map(|line| line.split("//").next().unwrap_or_default());
        (1..).zip(lines)
    }
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under a folder of the package (or the file itself); nothing where it is not there.
fn files(top: &str, found: &mut Vec<PathBuf>) {
    let path = package().join(top);
    if path.is_dir() {
        let mut names: Vec<_> = fs::read_dir(&path)
            .expect("a folder that can be listed")
            .map(|entry| entry.expect("a readable folder").file_name())
            .collect();
        names.sort();
        for name in names {
            let name = name.to_str().expect("names are UTF-8");
            if !matches!(name, "target" | "__pycache__" | ".venv" | "node_modules") {
                files(&format!("{top}/{name}"), found);
            }
        }
    } else if path.is_file() {
        found.push(PathBuf::from(top));
    }
}

fn sources(tops: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    tops.iter().for_each(|top| files(top, &mut found));
    let rust = found.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    rust.map(|path| Source { text: fs::read_to_string(package().join(&path)).expect("UTF-8"), path })
        .collect()
}

/// Names after `crate::`, one by one or in braces; and a climb by `super` out of a room, which is a way around.
fn imports(source: &Source) -> Vec<String> {
    let code: String = source.all_code().flat_map(|(_, line)| [line, "\n"]).collect();
    let word =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let (mut depth, mut start) = (0, true);
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && depth == 0 && !c.is_whitespace() => {
                            found.push(word(&list[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
            None => found.push(word(rest)),
        }
    }
    found
}

#[test]
fn every_room_imports_only_what_lies_below() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for source in sources(&["src"]) {
        let path = source.path.display();
        let Some(room) = source.room() else { continue };
        let Some(allowed) = rooms.get(room) else {
            wrong.push(format!("{path}: the room `{room}` is not in the table"));
            continue;
        };
        for name in imports(&source).into_iter().filter(|name| name != NO_ROOM) {
            if !rooms.contains_key(name.as_str()) {
                wrong.push(format!("{path}: `crate::{name}` is no room"));
            } else if name != room {
                arrows += 1;
                if !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{path}: `{room}` imports `{name}`"));
                }
            }
        }
    }
    assert!(arrows > 50, "only {arrows} imports were found: this test does not see them");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nobody_climbs_out_of_a_room_by_super() {
    let mut wrong = Vec::new();
    for source in sources(&["src"]) {
        let Some(room) = source.room().map(str::to_owned) else { continue };
        let is_mod = source.path.ends_with("mod.rs");
        // Modules between the file and the package: `src/room/mod.rs` is 1, `src/room/file.rs` is 2.
        let depth = source.path.components().count() - 1 - usize::from(is_mod);
        let climb = "super::".repeat(depth);
        let code: String = source.code().flat_map(|line| [line, "\n"]).collect();
        for (other, _) in ROOMS.iter().filter(|(other, _)| *other != room) {
            if code.contains(&format!("{climb}{other}::")) {
                wrong.push(format!("{}: reaches `{other}` by `super`", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_and_proofs_are_pure() {
    let mut wrong = Vec::new();
    for source in sources(&["src/bank", "src/tlog"]) {
        let not: &[&str] = if source.room() == Some("bank") { &NOT_IN_BANK } else { &NOT_IN_TLOG };
        for line in source.code() {
            for word in not.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{}: `{word}` in: {}", source.path.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_library_lists_every_room() {
    let lib = fs::read_to_string(package().join("src/lib.rs")).expect("src/lib.rs");
    let listed: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')))
        .collect();
    for name in listed.iter().filter(|name| **name != NO_ROOM) {
        assert!(ROOMS.iter().any(|(room, _)| room == name), "src/lib.rs: `{name}` is not in the table");
    }
    for ground in ["bank", "tlog", "journal", "index", "documents", "tls", "wire", "words", "engine"] {
        assert!(listed.contains(&ground), "src/lib.rs does not list `{ground}`");
    }
    assert!(lib.contains("#![forbid(unsafe_code)]"), "src/lib.rs forbids no unsafe code");
}

#[test]
fn every_file_is_short_and_says_what_it_is() {
    let mut wrong = Vec::new();
    for source in sources(&["src", "tests", "benches", "build.rs"]) {
        let lines = source.text.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{}: {lines} lines, at most {LINES_MAX}", source.path.display()));
        }
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{}: does not begin with what it is", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    // Written apart, so that this file does not find itself.
    let later = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("#[ig", "nore"),
    ];
    let mut wrong = Vec::new();
    for source in sources(&["src", "tests", "benches", "build.rs"]) {
        for (number, line) in source.all_code() {
            for word in later.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{}:{number}: `{word}`", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_expect_states_an_invariant_and_is_rare() {
    let mut by_file = BTreeMap::new();
    for source in sources(&["src"]) {
        let count = source
            .code()
            .map(|line| line.matches(".unwrap()").count() + line.matches(".expect(").count())
            .sum::<usize>();
        if count > 0 {
            by_file.insert(source.path, count);
        }
    }
    let all: usize = by_file.values().sum();
    assert!(all <= EXPECTS_MAX, "{all} unwraps and expects, at most {EXPECTS_MAX}: {by_file:#?}");
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let tops = [
        "src",
        "tests",
        "benches",
        "examples",
        "proto",
        "docs",
        "build.rs",
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "README.zh-CN.md",
        "CHANGELOG.md",
        "askama.toml",
        "buf.yaml",
        "deny.toml",
        "rustfmt.toml",
        ".ci",
        ".cargo",
    ];
    let machine = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/tm", "p/")];
    let index = concat!("source = \"registry+https://github.com/rust-lang/crates", ".io-index\"");
    let mut found = Vec::new();
    tops.iter().for_each(|top| files(top, &mut found));
    assert!(found.len() > 100, "only {} files were found", found.len());
    let mut wrong = Vec::new();
    for path in found {
        let Ok(text) = fs::read_to_string(package().join(&path)) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            if machine.iter().any(|word| line.contains(word)) {
                wrong.push(format!("{}:{number}: {}", path.display(), line.trim()));
            }
            if path.ends_with("Cargo.lock") && line.starts_with("source = ") && line != index {
                wrong.push(format!("Cargo.lock:{number}: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

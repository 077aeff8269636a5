//! From the place of a JSON parser's error, a line and a column, to the path of the field that lies there.

use super::field::{BadField, Problem};

/// Most characters of a client's name that an error repeats.
const NAME_CHARS_MAX: usize = 40;
/// Most characters of the parser's words that an error repeats.
const WORDS_CHARS_MAX: usize = 240;

/// What the generated readers say of a number that is none: true, and of no use to a client.
const NO_NUMBER: &str = "data did not match any variant of untagged enum";

/// The error in terms of the message: the field at the place where the parser stopped, and its words.
pub(super) fn bad_field(payload: &[u8], error: &serde_json::Error) -> BadField {
    let field = or_payload(path_at(payload, offset(payload, error.line(), error.column())));
    let words: String = error.to_string().chars().take(WORDS_CHARS_MAX).collect();
    let problem = if words.starts_with(NO_NUMBER) {
        Problem::Malformed("a whole number in its type's range")
    } else {
        Problem::Json(words)
    };
    BadField { field, problem }
}

/// The path, or the name of the whole where there is none.
pub(super) fn or_payload(path: String) -> String {
    if path.is_empty() { "payload".to_owned() } else { path }
}

/// Adds the name of a field to a path, shortened and with unseen characters escaped.
pub(super) fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.extend(name.chars().take(NAME_CHARS_MAX).flat_map(char::escape_debug));
}

/// Adds the position of a list's member to a path.
pub(super) fn push_member(path: &mut String, position: usize) {
    path.push_str(&format!("[{position}]"));
}

/// Bytes before the parser's place; lines count from 1, columns are bytes of the line.
fn offset(payload: &[u8], line: usize, column: usize) -> usize {
    let lines_before = payload.split(|b| *b == b'\n').take(line.saturating_sub(1));
    let start: usize = lines_before.map(|text| text.len() + 1).sum();
    start.saturating_add(column).min(payload.len())
}

/// An open object with the name read last, or an open list with the position reached.
enum Open {
    Object(String),
    List(usize),
}

/// The path of the innermost value that is open after the first `end` bytes.
fn path_at(payload: &[u8], end: usize) -> String {
    let text = &payload[..end];
    let mut open: Vec<Open> = Vec::new();
    let mut wants_name = false;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'"' => {
                let length = string_length(&text[at..]);
                if let (true, Some(Open::Object(name))) = (wants_name, open.last_mut()) {
                    *name = unquoted(&text[at..at + length]);
                    wants_name = false;
                }
                at += length;
                continue;
            }
            b'{' => {
                open.push(Open::Object(String::new()));
                wants_name = true;
            }
            b'[' => {
                open.push(Open::List(0));
                wants_name = false;
            }
            // A parser has seen the end of an object when it complains of the last value inside.
            b'}' if at + 1 == text.len() => break,
            b'}' | b']' => {
                open.pop();
                wants_name = false;
            }
            b',' => match open.last_mut() {
                Some(Open::List(position)) => *position += 1,
                Some(Open::Object(_)) => wants_name = true,
                None => {}
            },
            _ => {}
        }
        at += 1;
    }
    let mut path = String::new();
    for step in &open {
        match step {
            Open::Object(name) if name.is_empty() => {}
            Open::Object(name) => push_name(&mut path, name),
            Open::List(position) => push_member(&mut path, *position),
        }
    }
    path
}

/// Bytes of the string that begins here with its quotes; all that is left if it does not end.
fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The string without quotes; escapes stay as they are written if they cannot be read.
fn unquoted(quoted: &[u8]) -> String {
    serde_json::from_slice(quoted)
        .unwrap_or_else(|_| String::from_utf8_lossy(quoted).trim_matches('"').to_owned())
}

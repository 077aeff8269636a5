//! Bytes made of good bytes: flipped, cut, doubled, spliced, with lengths that lie, and by what the bytes are:
//! protobuf field by field at any depth, JSON value by value, texts line by line.

use serde_json::{Map, Value, json};

/// What the bytes of a target are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Bytes,
    Proto,
    Json,
    Text,
}

/// SplitMix64.
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`; 0 where there is no room.
    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() % end.max(1) as u64) as usize
    }

    pub fn one_of<'t, T>(&mut self, list: &'t [T]) -> &'t T {
        &list[self.below(list.len())]
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        *self.one_of(list)
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Numbers at which parsers break.
const NUMBERS: [u64; 20] = [
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x3fff,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x00ff_ffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    i64::MAX as u64,
    i64::MIN as u64,
    u64::MAX,
];

/// What texts of ours are made of, and what has broken other people's.
const WORDS: [&str; 44] = [
    "\n",
    "\n\n",
    "\r\n",
    " ",
    "\t",
    "\0",
    "+",
    "-",
    "=",
    "==",
    "/",
    "#",
    "%",
    "%2F",
    "%00",
    "&",
    ".p/8",
    "\u{3000}",
    "\u{feff}",
    "\u{202e}",
    "é",
    "文明",
    "— ",
    "0",
    "-0",
    "00",
    "-1",
    "1e9",
    "1e309",
    "0x10",
    "256",
    "65536",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "2026-02-30",
    "9999-12-31",
    "370829199201-00001",
    "null",
    "\"",
    "\\u0000",
    "\\ud800",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
];

/// What opens and never closes.
const DEEP: [&[u8]; 6] = [b"[", b"{\"a\":", b"(", b"\x0a\x7f", b"[[item]]\n", b"-"];

/// No input is longer.
pub const INPUT_MAX: usize = 140_000;

/// An input made of one of `corpus`.
pub fn mutated(dice: &mut Dice, shape: Shape, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = dice.one_of(corpus).clone();
    for _ in 0..1 + dice.below(4) {
        let by_shape = dice.chance(60).then(|| match shape {
            Shape::Bytes => None,
            Shape::Proto => proto(dice, &bytes, 0),
            Shape::Json => json_edited(dice, &bytes),
            Shape::Text => Some(lines_edited(dice, &bytes)),
        });
        match by_shape.flatten() {
            Some(edited) => bytes = edited,
            None => raw(dice, &mut bytes, corpus),
        }
    }
    bytes.truncate(INPUT_MAX);
    bytes
}

/// An edit that knows nothing of what it edits.
fn raw(dice: &mut Dice, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let at = dice.below(bytes.len() + 1);
    let to = at + dice.below((bytes.len() - at).min(64) + 1);
    match dice.below(12) {
        0 | 1 if !bytes.is_empty() => {
            let at = at.min(bytes.len() - 1);
            bytes[at] ^= 1 << dice.below(8);
        }
        2 if !bytes.is_empty() => {
            let at = at.min(bytes.len() - 1);
            bytes[at] = dice.pick(&[0, 1, 0x7f, 0x80, 0xff, b'\n', b'"', b' ']);
        }
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..to)),
        5 => {
            let copy = bytes[at..to].to_vec();
            let into = dice.below(bytes.len() + 1);
            bytes.splice(into..into, copy);
        }
        6 => {
            // The beginning of one, the end of another.
            let other = dice.one_of(corpus);
            let from = dice.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        7 | 8 => {
            // A length that lies, in any width and order.
            let number = dice.pick(&NUMBERS).wrapping_add(dice.below(3) as u64).wrapping_sub(1);
            let width = dice.pick(&[1, 2, 4, 8]);
            let number = match dice.below(3) {
                0 => number.to_be_bytes()[8 - width..].to_vec(),
                1 => number.to_le_bytes()[..width].to_vec(),
                _ => varint(number),
            };
            let end = (at + number.len()).min(bytes.len());
            bytes.splice(at..end, number);
        }
        9 | 10 => {
            let word = dice.pick(&WORDS).as_bytes();
            let end = if dice.chance(50) { to } else { at };
            bytes.splice(at..end, word.iter().copied());
        }
        _ => {
            let times = dice.pick(&[2, 30, 300, 5_000]);
            bytes.splice(at..at, dice.pick(&DEEP).repeat(times));
        }
    }
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// One field on the wire: its tag, and what follows up to the next; of bytes, the content alone.
type Field = (u64, Vec<u8>);

fn take_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f).checked_shl(7 * place as u32)?;
        if byte & 0x80 == 0 {
            return Some((number, &bytes[place + 1..]));
        }
    }
    None
}

fn fields(mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (tag, rest) = take_varint(bytes)?;
        let (content, rest) = match tag & 7 {
            0 => {
                let (_, after) = take_varint(rest)?;
                rest.split_at(rest.len() - after.len())
            }
            1 => rest.split_at_checked(8)?,
            2 => {
                let (length, rest) = take_varint(rest)?;
                rest.split_at_checked(usize::try_from(length).ok()?)?
            }
            5 => rest.split_at_checked(4)?,
            _ => return None,
        };
        if tag >> 3 == 0 {
            return None;
        }
        found.push((tag, content.to_vec()));
        bytes = rest;
    }
    Some(found)
}

fn written(fields: &[Field]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (tag, content) in fields {
        bytes.extend(varint(*tag));
        if tag & 7 == 2 {
            bytes.extend(varint(content.len() as u64));
        }
        bytes.extend_from_slice(content);
    }
    bytes
}

/// Edits one field at some depth, and makes the lengths around it right again. None where it is no message.
pub fn proto(dice: &mut Dice, bytes: &[u8], depth: usize) -> Option<Vec<u8>> {
    let mut fields = fields(bytes).filter(|fields| !fields.is_empty())?;
    let at = dice.below(fields.len());
    let (tag, content) = fields[at].clone();
    if tag & 7 == 2
        && depth < 12
        && dice.chance(75)
        && let Some(inner) = proto(dice, &content, depth + 1)
    {
        fields[at].1 = inner;
        return Some(written(&fields));
    }
    match dice.below(9) {
        0 => drop(fields.remove(at)),
        1 => fields.insert(at, (tag, content)),
        2 => {
            let other = dice.below(fields.len());
            fields.swap(at, other);
        }
        3 => fields[at].0 = tag & 7 | (1 + dice.below(64) as u64) << 3,
        4 => fields[at] = ((tag >> 3) << 3, varint(dice.pick(&NUMBERS))),
        5 if tag & 7 == 2 => {
            let bytes = content.repeat(dice.pick(&[2, 3, 200]));
            fields[at].1 = bytes;
        }
        6 if tag & 7 == 2 => fields[at].1 = dice.pick(&WORDS).as_bytes().to_vec(),
        7 if !content.is_empty() => {
            let place = dice.below(content.len());
            fields[at].1[place] ^= 1 << dice.below(8);
        }
        _ if tag & 7 == 0 => fields[at].1 = varint(dice.pick(&NUMBERS)),
        _ => fields[at].1 = Vec::new(),
    }
    Some(written(&fields))
}

/// Edits one value at some depth. None where it is no JSON.
fn json_edited(dice: &mut Dice, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(bytes).ok()?;
    edit(dice, &mut value);
    serde_json::to_vec(&value).ok()
}

fn edit(dice: &mut Dice, value: &mut Value) {
    let inner: Option<&mut Value> = match value {
        Value::Object(map) if !map.is_empty() && dice.chance(80) => {
            let at = dice.below(map.len());
            map.values_mut().nth(at)
        }
        Value::Array(list) if !list.is_empty() && dice.chance(80) => {
            let at = dice.below(list.len());
            list.get_mut(at)
        }
        _ => None,
    };
    if let Some(inner) = inner {
        return edit(dice, inner);
    }
    match (dice.below(5), &mut *value) {
        (0, Value::Object(map)) => {
            let name = map.keys().nth(dice.below(map.len())).cloned();
            name.map(|name| map.remove(&name));
        }
        (1, Value::Object(map)) => drop(map.insert((dice.pick(&WORDS)).to_owned(), json!(1))),
        (0, Value::Array(list)) => drop(list.pop()),
        (1, Value::Array(list)) => {
            let more = list.first().cloned().unwrap_or(Value::Null);
            let times = dice.pick(&[1, 70, 2_000]);
            list.extend(std::iter::repeat_n(more, times));
        }
        _ => *value = new_value(dice),
    }
}

fn new_value(dice: &mut Dice) -> Value {
    match dice.below(9) {
        0 => Value::Null,
        1 => json!(dice.chance(50)),
        2 => json!(dice.pick(&NUMBERS)),
        3 => json!(dice.pick(&NUMBERS) as i64),
        4 => json!(dice.pick(&NUMBERS).to_string()),
        5 => json!(1.5e300),
        6 => Value::Array(Vec::new()),
        7 => Value::Object(Map::new()),
        _ => json!(dice.pick(&WORDS)),
    }
}

/// Edits one line: gone, twice, elsewhere, or with a word of it replaced.
fn lines_edited(dice: &mut Dice, bytes: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (at, other) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(5) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(other, lines[at].clone()),
        2 => lines.swap(at, other),
        3 => {
            let repeated = vec![lines[at].clone(); dice.pick(&[2, 20, 400])];
            lines.splice(at..at, repeated);
        }
        _ => {
            let is_edge = |byte: &u8| !byte.is_ascii_alphanumeric();
            let line = &mut lines[at];
            let start = dice.below(line.len() + 1);
            let length = line[start..].iter().position(is_edge).unwrap_or(line.len() - start);
            let word = dice.pick(&WORDS).bytes();
            line.splice(start..start + length, word);
        }
    }
    lines.join(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_message_is_still_a_message() {
        let inner = written(&[(8, varint(300)), (18, b"egg".to_vec())]);
        let message = written(&[(8, varint(7)), (18, inner), (26, vec![9; 200])]);
        let mut dice = Dice(1);
        let mut kept = 0;
        for _ in 0..1_000 {
            let edited = proto(&mut dice, &message, 0).expect("a message to edit");
            kept += usize::from(fields(&edited).is_some() && edited != message);
        }
        assert!(kept > 700, "{kept} of 1,000 edits left a message");
    }
}

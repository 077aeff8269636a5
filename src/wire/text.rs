//! Which texts people may put into the ledger for ever: short, trimmed, and without characters that hide or
//! turn around what others see. Normal forms are not touched: bytes stay as they were signed.

use super::field::{At, BadField, Problem};

/// A text of 1 to `max` characters that is trimmed and holds nothing invisible.
pub(crate) fn check(at: At, text: &str, max: usize) -> Result<(), BadField> {
    if text.is_empty() {
        return Err(at.bad(Problem::Missing));
    }
    let got = text.chars().count();
    if got > max {
        return Err(at.bad(Problem::TooLong { max, got }));
    }
    if let Some(hidden) = text.chars().find(|c| is_invisible(*c)) {
        return Err(at.bad(Problem::Invisible(hidden)));
    }
    if text.trim().len() != text.len() {
        return Err(at.bad(Problem::Untrimmed));
    }
    Ok(())
}

/// Control characters, zero-width characters, and those that change the direction of writing.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}'                  // soft hyphen
            | '\u{034F}'                // combining grapheme joiner
            | '\u{061C}'                // Arabic letter mark
            | '\u{115F}'..='\u{1160}'   // Hangul fillers
            | '\u{17B4}'..='\u{17B5}'   // Khmer inherent vowels
            | '\u{180B}'..='\u{180F}'   // Mongolian selectors and vowel separator
            | '\u{200B}'..='\u{200F}'   // zero-width space and joiners, direction marks
            | '\u{2028}'..='\u{202E}'   // line and paragraph separators, direction embeddings
            | '\u{2060}'..='\u{206F}'   // word joiner, invisible operators, direction isolates
            | '\u{2800}'                // blank Braille pattern
            | '\u{3164}' | '\u{FFA0}'   // Hangul fillers
            | '\u{FEFF}'                // byte order mark
            | '\u{FFF0}'..='\u{FFFC}'   // annotation anchors, object replacement
            | '\u{1D173}'..='\u{1D17A}' // musical controls
            | '\u{E0000}'..='\u{E0FFF}' // tags and supplementary selectors
        )
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// An origin: 1 to `max` printable ASCII characters without blanks and `+`, as C2SP wants of a key's name.
pub(crate) fn check_origin(at: At, text: &str, max: usize) -> Result<(), BadField> {
    if text.is_empty() {
        return Err(at.bad(Problem::Missing));
    }
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'+');
    if !plain || text.len() > max {
        return Err(at.bad(Problem::Malformed(
            "an origin: at most 128 printable ASCII characters without blanks and \"+\"",
        )));
    }
    Ok(())
}

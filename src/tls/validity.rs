//! When a certificate ends: the one field that is read of it here, for people who watch a server's log.
//! What is trusted is decided by rustls and never by this.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The version's tag; certificates of version 1 have none.
const VERSION: u8 = 0xa0;

/// SHA-256 over a certificate, in hexadecimal.
pub(super) fn fingerprint(certificate: &[u8]) -> String {
    hex::encode(Sha256::digest(certificate))
}

/// The `notAfter` of a certificate in DER (RFC 5280, section 4.1.2.5). None where it is not one, or where the time
/// lies outside of what [`Timestamp`] holds.
pub fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = expect(SEQUENCE, certificate)?;
    let (body, _) = expect(SEQUENCE, certificate)?;
    let body = match take(body)? {
        (VERSION, _, rest) => rest,
        _ => body,
    };
    let (_serial, body) = expect(INTEGER, body)?;
    let (_algorithm, body) = expect(SEQUENCE, body)?;
    let (_issuer, body) = expect(SEQUENCE, body)?;
    let (validity, _) = expect(SEQUENCE, body)?;
    let (_, _not_before, rest) = take(validity)?;
    let (tag, not_after, _) = take(rest)?;
    let text = std::str::from_utf8(not_after).ok()?.strip_suffix('Z')?;
    match tag {
        UTC_TIME if text.len() == 12 => {
            // Two digits of a year: below 50 they are of this century.
            let century = if text < "5" { "20" } else { "19" };
            time(&format!("{century}{text}"))
        }
        GENERALIZED_TIME if text.len() == 14 => time(text),
        _ => None,
    }
}

/// `YYYYMMDDHHMMSS` in UTC.
fn time(text: &str) -> Option<Timestamp> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let two = |at: usize| text.get(at..at + 2)?.parse::<i8>().ok();
    let year = text.get(..4)?.parse().ok()?;
    let time = DateTime::new(year, two(4)?, two(6)?, two(8)?, two(10)?, two(12)?, 0).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

/// The content of a value that has this tag, and what follows it.
fn expect(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = take(bytes)?;
    (found == tag).then_some((content, rest))
}

/// Tag, content and what follows, in DER with tags of one byte.
fn take(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // Four bytes of length are more than any certificate has.
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value with its tag and a length of one byte.
    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag, u8::try_from(content.len()).unwrap()];
        bytes.extend_from_slice(content);
        bytes
    }

    fn certificate(version: bool, tag: u8, not_after: &str) -> Vec<u8> {
        let validity = [value(UTC_TIME, b"250101000000Z"), value(tag, not_after.as_bytes())].concat();
        let mut body = if version { value(VERSION, &value(INTEGER, &[2])) } else { Vec::new() };
        for field in [
            value(INTEGER, &[7]),
            value(SEQUENCE, b""),
            value(SEQUENCE, b""),
            value(SEQUENCE, &validity),
            value(SEQUENCE, b"subject"),
        ] {
            body.extend(field);
        }
        value(SEQUENCE, &value(SEQUENCE, &body))
    }

    #[test]
    fn the_end_is_read_in_both_forms() {
        for (tag, text, wanted) in [
            (UTC_TIME, "261121224700Z", Some("2026-11-21T22:47:00Z")),
            (UTC_TIME, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (UTC_TIME, "500101000000Z", Some("1950-01-01T00:00:00Z")),
            (GENERALIZED_TIME, "20500101000000Z", Some("2050-01-01T00:00:00Z")),
            // "Has no end"; it lies beyond what a timestamp holds.
            (GENERALIZED_TIME, "99991231235959Z", None),
            (GENERALIZED_TIME, "20500101000000", None),
            (GENERALIZED_TIME, "20501301000000Z", None),
            (UTC_TIME, "2611212247Z", None),
            (UTC_TIME, "26+1212247-1Z", None),
            (INTEGER, "261121224700Z", None),
        ] {
            for version in [false, true] {
                let read = not_after(&certificate(version, tag, text));
                assert_eq!(read, wanted.map(|text| text.parse().unwrap()), "{text}");
            }
        }
    }

    #[test]
    fn what_is_cut_short_has_no_end() {
        let whole = certificate(true, UTC_TIME, "261121224700Z");
        assert!(not_after(&whole).is_some());
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
        assert_eq!(not_after(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}

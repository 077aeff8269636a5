//! Photographs without what their cameras wrote beside the picture: place, time, phone, thumbnail, comments.
//!
//! JPEG, PNG and WebP are read segment by segment and chunk by chunk; only what is needed to show the picture
//! (and its colours) is copied. What does not read to its end is refused. The picture itself is neither decoded
//! nor changed. Nothing follows the picture's end: what was hidden behind it is gone. This file knows nothing of
//! requests and documents.

/// Why bytes are no photograph that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPicture {
    /// Neither JPEG nor PNG nor WebP by their first bytes.
    UnknownKind,
    /// One of them by its first bytes, but it does not read to its end.
    Broken,
}

const PNG_MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The photograph without anything that is not picture.
///
/// # Errors
///
/// [`BadPicture`].
pub fn stripped(bytes: &[u8]) -> Result<Vec<u8>, BadPicture> {
    let read = if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        jpeg(bytes)
    } else if bytes.starts_with(PNG_MAGIC) {
        png(bytes)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        webp(bytes)
    } else {
        return Err(BadPicture::UnknownKind);
    };
    read.ok_or(BadPicture::Broken)
}

/// ITU T.81, B.1: markers with a length up to the first scan, then entropy-coded bytes between markers.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = vec![0xFF, 0xD8];
    let mut rest = &bytes[2..];
    let mut scans = 0;
    loop {
        let (marker, after) = jpeg_marker(rest)?;
        match marker {
            // End of image: whatever follows is not picture.
            0xD9 if scans > 0 => {
                kept.extend_from_slice(&[0xFF, 0xD9]);
                return Some(kept);
            }
            // Markers without a length have no place between segments, nor has a second picture.
            0x00 | 0x01 | 0xD0..=0xD9 => return None,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk()?));
        let content = after.get(2..length)?;
        let segment = after.get(..length)?;
        let keep = match marker {
            0xE0 => content.starts_with(b"JFIF\0"),
            0xE2 => content.starts_with(b"ICC_PROFILE\0"),
            // Adobe's transform: without it some pictures show false colours. It says nothing else.
            0xEE => content.starts_with(b"Adobe") && content.len() == 12,
            0xE1 | 0xE3..=0xED | 0xEF | 0xFE => false,
            _ => true,
        };
        if keep && marker == 0xE0 {
            kept.extend_from_slice(&jfif_without_thumbnail(content)?);
        } else if keep {
            kept.extend_from_slice(&[0xFF, marker]);
            kept.extend_from_slice(segment);
        }
        rest = &after[length..];
        if marker == 0xDA {
            scans += 1;
            let end = scan_end(rest)?;
            kept.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
        }
    }
}

/// The next marker and what follows it; fill bytes before it are allowed.
fn jpeg_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let after = bytes.strip_prefix(&[0xFF])?;
    let fill = after.iter().take_while(|byte| **byte == 0xFF).count();
    Some((*after.get(fill)?, &after[fill + 1..]))
}

/// JFIF's header holds version, density and perhaps a thumbnail, which may show what was cut away.
fn jfif_without_thumbnail(content: &[u8]) -> Option<[u8; 18]> {
    let mut segment = [0xFF, 0xE0, 0, 16, b'J', b'F', b'I', b'F', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    segment[9..16].copy_from_slice(content.get(5..12)?);
    Some(segment)
}

/// Where entropy-coded bytes end: at the first marker that is neither a stuffed byte nor a restart.
fn scan_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xFF)?;
        match *bytes.get(at + 1)? {
            0x00 | 0xD0..=0xD7 => at += 2,
            0xFF => at += 1,
            _ => return Some(at),
        }
    }
}

/// PNG, third edition, section 5: length, type, content, CRC. The CRC is copied, not checked.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    const KEPT: [&[u8; 4]; 10] =
        [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"];
    let mut kept = PNG_MAGIC.to_vec();
    let mut rest = &bytes[PNG_MAGIC.len()..];
    let mut first = true;
    loop {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let kind: &[u8; 4] = rest.get(4..8)?.try_into().ok()?;
        let whole = rest.get(..length.checked_add(12)?)?;
        if first != (kind == b"IHDR") {
            return None;
        }
        first = false;
        if KEPT.contains(&kind) {
            kept.extend_from_slice(whole);
        } else if kind[0].is_ascii_uppercase() {
            // A chunk without which the picture cannot be shown, and that we do not know.
            return None;
        }
        if kind == b"IEND" {
            return Some(kept);
        }
        rest = &rest[whole.len()..];
    }
}

/// RFC 9649, section 2: chunks in a RIFF of known size. The extended header's flags no longer promise what was
/// taken out.
fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    const EXIF_AND_XMP: u8 = 0b0000_1100;
    let size = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?) as usize;
    let mut rest = bytes.get(12..size.checked_add(8)?)?;
    let mut chunks = Vec::new();
    let mut pictures = 0;
    while !rest.is_empty() {
        let kind: &[u8; 4] = rest.get(..4)?.try_into().ok()?;
        let length = u32::from_le_bytes(*rest.get(4..)?.first_chunk()?) as usize;
        let whole = rest.get(..length.checked_add(8)?.checked_next_multiple_of(2)?)?;
        match kind {
            b"VP8X" => {
                let at = chunks.len();
                chunks.extend_from_slice(whole);
                *chunks.get_mut(at + 8)? &= !EXIF_AND_XMP;
            }
            b"VP8 " | b"VP8L" => {
                pictures += 1;
                chunks.extend_from_slice(whole);
            }
            b"ICCP" | b"ALPH" => chunks.extend_from_slice(whole),
            // A moving picture is no photograph of a deed.
            b"ANIM" | b"ANMF" => return None,
            _ => {}
        }
        rest = &rest[whole.len()..];
    }
    if pictures != 1 {
        return None;
    }
    let mut kept = b"RIFF".to_vec();
    kept.extend_from_slice(&u32::try_from(chunks.len() + 4).ok()?.to_le_bytes());
    kept.extend_from_slice(b"WEBP");
    kept.extend_from_slice(&chunks);
    Some(kept)
}

#[cfg(test)]
mod tests;

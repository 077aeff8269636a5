//! Pictures byte by byte: what a camera wrote beside them is gone, the picture is as it was, and what does not
//! read to its end is refused.

use super::{BadPicture, stripped};

const SECRET: &[u8] = b"GPS 35.4N 116.3E";

/// A JPEG segment: marker, length, content.
fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &length[..], content].concat()
}

/// One with a name before it, as application segments have.
fn named(marker: u8, name: &[u8], content: &[u8]) -> Vec<u8> {
    segment(marker, &[name, content].concat())
}

fn jfif(thumbnail: &[u8]) -> Vec<u8> {
    let pixels = u8::try_from(thumbnail.len() / 3).unwrap();
    let size = if pixels == 0 { [0, 0] } else { [pixels, 1] };
    named(0xE0, b"JFIF\0", &[&[1, 2, 1, 0, 72, 0, 72], &size[..], thumbnail].concat())
}

/// Tables, frame and two scans, with stuffed bytes, a restart and fill bytes between them.
fn jpeg_picture() -> Vec<u8> {
    [
        segment(0xDB, &[7; 65]),
        segment(0xC2, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]),
        segment(0xC4, &[3; 20]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![1, 2, 0xFF, 0x00, 3, 0xFF, 0xD0, 4],
        segment(0xDA, &[1, 1, 0, 0, 63, 1]),
        vec![5, 0xFF, 0x00],
        vec![0xFF, 0xD9],
    ]
    .concat()
}

fn jpeg_as_taken() -> Vec<u8> {
    [
        vec![0xFF, 0xD8],
        jfif(SECRET.get(..15).unwrap()),
        named(0xE1, b"Exif\0\0", SECRET),
        named(0xE1, b"http://ns.adobe.com/xap/1.0/\0", SECRET),
        named(0xE2, b"ICC_PROFILE\0", &[1, 1, 9, 9]),
        named(0xE2, b"MPF\0", SECRET),
        named(0xED, b"Photoshop 3.0\0", SECRET),
        named(0xEE, b"Adobe", &[0, 100, 0, 0, 0, 0, 1]),
        named(0xEF, b"maker", SECRET),
        segment(0xFE, SECRET),
        jpeg_picture(),
    ]
    .concat()
}

#[test]
fn a_jpeg_keeps_its_picture_and_its_colours_only() {
    let kept = stripped(&jpeg_as_taken()).unwrap();
    let wanted = [
        vec![0xFF, 0xD8],
        jfif(&[]),
        named(0xE2, b"ICC_PROFILE\0", &[1, 1, 9, 9]),
        named(0xEE, b"Adobe", &[0, 100, 0, 0, 0, 0, 1]),
        jpeg_picture(),
    ];
    assert_eq!(kept, wanted.concat());
    assert_eq!(stripped(&kept).unwrap(), kept, "what was stripped has nothing left to strip");
}

#[test]
fn what_is_hidden_behind_the_picture_is_gone() {
    let clean = stripped(&jpeg_as_taken()).unwrap();
    for hidden in [SECRET.to_vec(), jpeg_as_taken()] {
        assert_eq!(stripped(&[jpeg_as_taken(), hidden].concat()).unwrap(), clean);
    }
    // Between two scans, where some readers do not look.
    let scan = segment(0xDA, &[1, 1, 0, 0, 63, 1]);
    let at = clean.windows(scan.len()).position(|bytes| bytes == scan).unwrap();
    let hidden = [&clean[..at], &named(0xE1, b"Exif\0\0", SECRET), &clean[at..]].concat();
    assert_eq!(stripped(&hidden).unwrap(), clean);
    // Fill bytes before a marker are allowed, and not kept.
    let filled = [&clean[..2], &[0xFF, 0xFF], &clean[2..]].concat();
    assert_eq!(stripped(&filled).unwrap(), clean);
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], kind, content, &[0xCC; 4]].concat()
}

fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    [super::PNG_MAGIC, &chunks.concat()].concat()
}

fn png_as_taken() -> Vec<u8> {
    png(&[
        chunk(b"IHDR", &[0; 13]),
        chunk(b"iCCP", &[4; 9]),
        chunk(b"eXIf", SECRET),
        chunk(b"tEXt", SECRET),
        chunk(b"iTXt", SECRET),
        chunk(b"tIME", &[5; 7]),
        chunk(b"IDAT", &[6; 30]),
        chunk(b"zTXt", SECRET),
        chunk(b"IEND", &[]),
    ])
}

#[test]
fn a_png_keeps_its_picture_and_its_colours_only() {
    let wanted = png(&[
        chunk(b"IHDR", &[0; 13]),
        chunk(b"iCCP", &[4; 9]),
        chunk(b"IDAT", &[6; 30]),
        chunk(b"IEND", &[]),
    ]);
    assert_eq!(stripped(&png_as_taken()).unwrap(), wanted);
    assert_eq!(stripped(&[&png_as_taken(), SECRET].concat()).unwrap(), wanted);
    let unknown = png(&[chunk(b"IHDR", &[0; 13]), chunk(b"ABCD", &[]), chunk(b"IEND", &[])]);
    assert_eq!(stripped(&unknown), Err(BadPicture::Broken), "a critical chunk that nobody knows");
    let headless = png(&[chunk(b"IDAT", &[6; 30]), chunk(b"IEND", &[])]);
    assert_eq!(stripped(&headless), Err(BadPicture::Broken));
}

fn riff(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    let pad = &[0][..content.len() % 2];
    [kind, &length[..], content, pad].concat()
}

fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    let chunks = chunks.concat();
    let length = u32::try_from(chunks.len() + 4).unwrap().to_le_bytes();
    [b"RIFF", &length[..], b"WEBP", &chunks].concat()
}

fn webp_as_taken() -> Vec<u8> {
    webp(&[
        riff(b"VP8X", &[0b0010_1100, 0, 0, 0, 9, 0, 0, 9, 0, 0]),
        riff(b"ICCP", &[4; 9]),
        riff(b"VP8 ", &[6; 31]),
        riff(b"EXIF", SECRET),
        riff(b"XMP ", SECRET),
    ])
}

#[test]
fn a_webp_keeps_its_picture_and_its_colours_only() {
    let wanted = webp(&[
        riff(b"VP8X", &[0b0010_0000, 0, 0, 0, 9, 0, 0, 9, 0, 0]),
        riff(b"ICCP", &[4; 9]),
        riff(b"VP8 ", &[6; 31]),
    ]);
    assert_eq!(stripped(&webp_as_taken()).unwrap(), wanted);
    assert_eq!(stripped(&[&webp_as_taken(), SECRET].concat()).unwrap(), wanted);
    let moving = webp(&[riff(b"VP8X", &[2; 10]), riff(b"ANIM", &[0; 6]), riff(b"ANMF", &[0; 20])]);
    assert_eq!(stripped(&moving), Err(BadPicture::Broken));
}

#[test]
fn a_picture_that_is_cut_off_is_refused_wherever_it_is_cut() {
    for whole in [jpeg_as_taken(), png_as_taken(), webp_as_taken()] {
        for end in 0..whole.len() {
            assert!(stripped(&whole[..end]).is_err(), "{end} of {}", whole.len());
        }
    }
}

#[test]
fn what_only_claims_to_be_a_picture_is_refused() {
    for other in [&b""[..], b"GIF89a", b"%PDF-1.7", b"<svg>", b"<html>", b"\xFF\xD8", b"RIFF\0\0\0\0WAVE"] {
        assert_eq!(stripped(other), Err(BadPicture::UnknownKind), "{other:?}");
    }
    for broken in [
        &b"\xFF\xD8\xFF\xD9"[..],
        b"\xFF\xD8\xFF<script>",
        b"\xFF\xD8\xFF\xE0\0\0",
        b"\xFF\xD8\xFF\xE0\0\x01",
    ] {
        assert_eq!(stripped(broken), Err(BadPicture::Broken), "{broken:?}");
    }
}

#[test]
fn a_picture_with_any_byte_changed_never_panics() {
    for whole in [jpeg_as_taken(), png_as_taken(), webp_as_taken()] {
        for at in 0..whole.len() {
            for value in [0x00, 0x01, 0x7F, 0xD8, 0xD9, 0xDA, 0xE1, 0xFF] {
                let mut changed = whole.clone();
                changed[at] = value;
                if let Ok(kept) = stripped(&changed) {
                    assert!(kept.len() <= changed.len());
                }
            }
        }
    }
}

//! Maps of closed segments: they spare an opening most of its reading, and nothing else. Whatever is wrong with
//! one, every byte is read; whatever is wrong with the segment where the map is looked at, the journal stays shut.

use std::fs;
use std::path::{Path, PathBuf};

use civbank::journal::{Batch, Journal, JournalError, JournalReader, OpenError};

use super::fixture::{audit, batch, batches, check_reads, frame_bounds, open, put, segments, written};

/// Frames of different lengths; segments of 2,048 bytes, of which the third is being written.
fn lengths() -> Vec<Batch> {
    batches(&[300, 20, 900, 400, 1, 900, 0, 64, 700])
}

/// A closed journal whose closed segments have maps.
fn mapped() -> (tempfile::TempDir, Vec<Batch>) {
    let all = lengths();
    let dir = written(&all, 2_048);
    draw(dir.path());
    assert_eq!((segments(dir.path()).len(), maps(dir.path()).len()), (3, 2));
    (dir, all)
}

fn draw(dir: &Path) {
    let (journal, _) = open(dir).unwrap();
    journal.reader().draw_maps().unwrap();
}

fn maps(dir: &Path) -> Vec<PathBuf> {
    segments(dir).into_iter().map(|path| path.with_extension("map")).filter(|path| path.exists()).collect()
}

/// First indexes of the segments.
fn firsts(dir: &Path) -> Vec<u64> {
    let stems = segments(dir).into_iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    stems.map(|stem| stem.parse().unwrap()).collect()
}

/// First index of the last segment: below it nothing need be read.
fn last_segment(dir: &Path) -> u64 {
    firsts(dir).pop().unwrap()
}

/// The header of a segment, as `docs/format-journal.md` says.
fn header(first_index: u64) -> Vec<u8> {
    let mut bytes = b"civbank journal\n\0\0\0\x01\0\0\0\0".to_vec();
    bytes.extend(first_index.to_be_bytes());
    bytes.extend([0; 16]);
    let checksum = blake3::hash(&bytes);
    bytes.extend(&checksum.as_bytes()[..16]);
    bytes
}

#[test]
fn a_journal_opened_by_maps_is_the_same_journal() {
    let (dir, mut all) = mapped();
    let (mut journal, outcome) = open(dir.path()).unwrap();
    assert_eq!(outcome.unread_below, last_segment(dir.path()));
    assert!(outcome.unread_below > 0);
    check_reads(&*journal.reader(), &all);
    // It grows, closes a segment, which gets its map too, and opens by all of them.
    for length in [900, 900, 30] {
        all.push(batch(all.len() as u64, 1, length));
        journal.append(all.last().unwrap()).unwrap();
    }
    journal.reader().draw_maps().unwrap();
    drop(journal);
    assert_eq!(maps(dir.path()).len(), segments(dir.path()).len() - 1);
    let (journal, outcome) = open(dir.path()).unwrap();
    assert_eq!(outcome.unread_below, last_segment(dir.path()));
    check_reads(&*journal.reader(), &all);
    drop(journal);

    // An audit believes none of them, and without them everything is read.
    let (reader, outcome) = audit(dir.path()).unwrap();
    assert_eq!(outcome.unread_below, 0);
    check_reads(&reader, &all);
    reader.forget_maps().unwrap();
    assert!(maps(dir.path()).is_empty());
    let (journal, outcome) = open(dir.path()).unwrap();
    assert_eq!(outcome.unread_below, 0);
    check_reads(&*journal.reader(), &all);
}

#[test]
fn a_segment_without_frames_may_be_the_last() {
    let (dir, all) = mapped();
    let next = all.len() as u64;
    let path = dir.path().join(format!("{next:020}.seg"));
    // A crash after the segment was begun, and two while it was.
    for torn in [header(next), header(next)[..40].to_vec(), Vec::new()] {
        put(&path, &torn);
        let (journal, outcome) = open(dir.path()).unwrap();
        assert!(outcome.unread_below < next, "the segment before it is closed now but has no map yet");
        check_reads(&*journal.reader(), &all);
        journal.reader().draw_maps().unwrap();
        drop(journal);
        let (journal, outcome) = open(dir.path()).unwrap();
        assert_eq!(outcome.unread_below, next, "every frame is in a segment with a map");
        check_reads(&*journal.reader(), &all);
        fs::remove_file(maps(dir.path()).pop().unwrap()).unwrap();
    }
}

#[test]
fn every_flipped_byte_of_a_map_costs_a_reading_and_nothing_else() {
    let (dir, all) = mapped();
    for (position, map) in maps(dir.path()).iter().enumerate() {
        let whole = fs::read(map).unwrap();
        let shorter = (0..whole.len()).map(|length| whole[..length].to_vec());
        let flipped = (0..whole.len()).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            bytes
        });
        let longer = std::iter::once([whole.as_slice(), &[0]].concat());
        for bytes in shorter.chain(flipped).chain(longer) {
            put(map, &bytes);
            let (journal, outcome) = open(dir.path()).unwrap();
            // The second map alone still spares its own segment.
            let expected = [last_segment(dir.path()), firsts(dir.path())[1]][position];
            assert_eq!(outcome.unread_below, expected, "map {position}");
            check_reads(&*journal.reader(), &all);
        }
        put(map, &whole);
    }
}

#[test]
fn a_map_of_another_segment_is_not_believed() {
    let (dir, all) = mapped();
    let maps = maps(dir.path());
    let first = fs::read(&maps[0]).unwrap();
    put(&maps[1], &first);
    let (journal, outcome) = open(dir.path()).unwrap();
    assert_eq!(outcome.unread_below, firsts(dir.path())[1], "only the first is taken by its own");
    check_reads(&*journal.reader(), &all);
    drop(journal);

    // A journal of the same lengths with other bytes: what a restored backup may be.
    let mut others = lengths();
    for batch in &mut others {
        batch.entries.iter_mut().flatten().for_each(|byte| *byte ^= 0x55);
    }
    let other = written(&others, 2_048);
    for (map, segment) in maps.iter().zip(segments(other.path())) {
        let path = segment.with_extension("map");
        put(&path, &if map == &maps[0] { first.clone() } else { fs::read(map).unwrap() });
    }
    let (journal, outcome) = open(other.path()).unwrap();
    assert_eq!(outcome.unread_below, 0);
    check_reads(&*journal.reader(), &others);
}

/// Where damage in a closed segment with a map is found.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// The journal stays shut.
    AtOnce,
    /// Whoever reads the batch hears of it; an opening without maps too.
    OnReading,
}

#[test]
fn damage_is_found_at_once_or_on_reading_and_is_never_served() {
    let (dir, all) = mapped();
    let file = segments(dir.path()).remove(0);
    let whole = fs::read(&file).unwrap();
    let bounds = frame_bounds(&whole);
    let last_frame = bounds[bounds.len() - 2];
    let (mut at_once, mut on_reading) = (0, 0);
    for at in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x04;
        put(&file, &bytes);
        let found = match open(dir.path()) {
            Err(OpenError::Damaged(damage)) => {
                assert_eq!(damage.file, file);
                Found::AtOnce
            }
            Err(error) => panic!("{error}"),
            Ok((journal, outcome)) => {
                assert_eq!(outcome.unread_below, last_segment(dir.path()));
                let read: Vec<_> = journal.reader().batches(0).collect();
                let (error, before) = read.split_last().expect("an end");
                assert!(matches!(error, Err(JournalError::Damaged(_))), "byte {at}");
                for (read, batch) in before.iter().zip(&all) {
                    assert_eq!(read.as_ref().ok(), Some(batch));
                }
                Found::OnReading
            }
        };
        let expected = if at < 64 || at >= last_frame { Found::AtOnce } else { Found::OnReading };
        // Marks are 16 KiB apart: on the way from the only one to the last frame all headers are read.
        let is_header = bounds.iter().any(|start| (*start..start + 48).contains(&at));
        assert_eq!(found, if is_header { Found::AtOnce } else { expected }, "byte {at}");
        match found {
            Found::AtOnce => at_once += 1,
            Found::OnReading => on_reading += 1,
        }
        assert!(matches!(audit(dir.path()), Err(OpenError::Damaged(_))), "an audit reads every byte");
    }
    assert!(at_once > 10 && on_reading > 10, "{at_once} and {on_reading}");
    for (what, bytes) in
        [("shorter", &whole[..whole.len() - 64]), ("longer", &[&whole[..], &[0; 64]].concat())]
    {
        put(&file, bytes);
        assert!(matches!(open(dir.path()), Err(OpenError::Damaged(_))), "{what}");
    }
    put(&file, &whole);
    check_reads(&*open(dir.path()).unwrap().0.reader(), &all);
}

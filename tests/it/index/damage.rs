//! Damage: whatever is found in the directory, the index opens, and is right or empty.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use civbank::index::{BROKEN_KEPT, FORMAT_VERSION, Index, Opened};

use super::{BRANCH, Entries, Random, broken_beside, copy, key, open};

/// Changes the bytes of a closed index the way a different program would.
fn with_store(dir: &Path, change: impl FnOnce(&sled::Db)) {
    let config = sled::Config::new().path(dir).segment_size(512 << 10);
    // A store that was dropped gives its lock back when its last thread ends, which may be a moment later.
    let patience = Instant::now() + Duration::from_secs(30);
    let store = loop {
        match config.open() {
            Ok(store) => break store,
            Err(error) if Instant::now() > patience => panic!("{error}"),
            Err(_) => std::thread::yield_now(),
        }
    };
    change(&store);
    store.flush().unwrap();
}

#[test]
fn another_format_version_is_moved_aside() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    for (round, version) in [FORMAT_VERSION - 1, FORMAT_VERSION + 1].into_iter().enumerate() {
        let entries = Entries::random(500, 0xf0);
        entries.apply_to(&open(&dir), 100);
        with_store(&dir, |store| {
            let before = store.insert([0xff, b'f'], &version.to_be_bytes()).unwrap();
            assert_eq!(before.unwrap(), FORMAT_VERSION.to_be_bytes());
        });
        let Opened { index, rebuilt } = Index::open(&dir).unwrap();
        assert!(rebuilt);
        assert_eq!(index.applied(), 0);
        assert_eq!(broken_beside(&dir).len(), round + 1);
        entries.apply_to(&index, 64);
        entries.check(&index);
        drop(index);
        fs::remove_dir_all(&dir).unwrap();
    }
}

#[test]
fn lists_that_do_not_add_up_are_moved_aside() {
    type Change = fn(&sled::Db);
    let changes: [(&str, Change); 7] = [
        ("a chunk is gone", |store| {
            store.remove(store.iter().keys().next().unwrap().unwrap()).unwrap().unwrap();
        }),
        ("a chunk has lost its steps", |store| {
            let (key, _) = store.iter().flatten().find(|(_, value)| !value.is_empty()).unwrap();
            store.insert(key, b"").unwrap();
        }),
        ("a chunk has unreadable steps", |store| {
            let (key, _) = store.iter().next().unwrap().unwrap();
            store.insert(key, &[0x80]).unwrap();
        }),
        ("a list from nowhere", |store| {
            let key = [&[1, 1, b'x'][..], &3u64.to_be_bytes()].concat();
            store.insert(key, b"").unwrap();
        }),
        ("a key of no list", |store| {
            store.insert(b"what is this", b"").unwrap();
        }),
        ("no head", |store| {
            store.remove([0xff, b'a']).unwrap().unwrap();
        }),
        ("an older head", |store| {
            let mut head = store.get([0xff, b'a']).unwrap().unwrap();
            head[7] -= 1;
            store.insert([0xff, b'a'], head).unwrap();
        }),
    ];
    for (what, change) in changes {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("index");
        let entries = Entries::random(500, 0xadd);
        entries.apply_to(&open(&dir), 100);
        with_store(&dir, change);
        let Opened { index, rebuilt } = Index::open(&dir).unwrap();
        assert!(rebuilt, "{what}: not noticed");
        assert_eq!(index.applied(), 0, "{what}");
        entries.apply_to(&index, 64);
        entries.check(&index);
    }
}

#[test]
fn only_the_newest_broken_directories_are_kept() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    fs::write(home.path().join("index.broken-notes"), "not ours").unwrap();
    for round in 1..=BROKEN_KEPT + 2 {
        fs::write(&dir, format!("round {round}: a file, not a directory")).unwrap();
        let Opened { index, rebuilt } = Index::open(&dir).unwrap();
        assert!(rebuilt);
        index.apply(0, &[vec![key(BRANCH, b"east")]]).unwrap();
        drop(index);
        fs::remove_dir_all(&dir).unwrap();
    }
    let first_kept = 3;
    let mut wanted: BTreeSet<PathBuf> = (first_kept..first_kept + BROKEN_KEPT)
        .map(|number| home.path().join(format!("index.broken-{number}")))
        .collect();
    wanted.insert(home.path().join("index.broken-notes"));
    assert_eq!(broken_beside(&dir), wanted);
}

/// One way to hurt a file of `size` bytes.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Remove,
    Truncate(u64),
    Fill { from: u64, size: u64, byte: u8 },
    Noise { from: u64, size: u64, seed: u64 },
}

impl Damage {
    fn of_a_file(size: u64, random: &mut Random) -> Vec<Self> {
        let mut all = vec![
            Self::Remove,
            Self::Truncate(0),
            Self::Truncate(size / 2),
            Self::Truncate(size.saturating_sub(1)),
            Self::Fill { from: 0, size, byte: 0 },
            Self::Noise { from: 0, size, seed: random.0 },
            Self::Noise { from: size, size: 4_096, seed: random.0 },
        ];
        for _ in 0..if size > 4_096 { 8 } else { 3 } {
            let from = random.below(size.max(1));
            let size = 1 + random.below((size - from).clamp(1, 8_192));
            let seed = 1 + random.below(u64::MAX - 1);
            all.push(Self::Truncate(from));
            all.push(Self::Fill { from, size, byte: 0 });
            all.push(Self::Fill { from, size, byte: 0xff });
            all.push(Self::Noise { from, size, seed });
            all.push(Self::Noise { from, size: 1, seed });
        }
        all
    }

    fn befall(self, path: &Path) {
        if let Self::Remove = self {
            return fs::remove_file(path).unwrap();
        }
        let file = File::options().write(true).open(path).unwrap();
        match self {
            Self::Remove => unreachable!("done above"),
            Self::Truncate(size) => file.set_len(size).unwrap(),
            Self::Fill { from, size, byte } => {
                file.write_all_at(&vec![byte; size as usize], from).unwrap();
            }
            Self::Noise { from, size, seed } => {
                let mut random = Random(seed);
                let noise: Vec<u8> = (0..size).map(|_| random.below(256) as u8).collect();
                file.write_all_at(&noise, from).unwrap();
            }
        }
    }
}

#[test]
fn whatever_befalls_the_files_the_index_opens_and_is_right() {
    let home = tempfile::tempdir().unwrap();
    let good = home.path().join("good");
    let seed = 0xbad;
    let entries = Entries::random(2_500, seed);
    // Two lives, so that there is a snapshot and a log that goes on after it.
    entries.apply_to(&open(&good), 250);
    let live = open(&good);
    let more = Entries::random(2_000, seed + 1);
    let entries = Entries([entries.0, more.0].concat());
    entries.apply_to(&live, 100);
    drop(live);

    let files: Vec<PathBuf> = fs::read_dir(&good)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    assert!(files.len() >= 3, "a store has a log, a configuration and a snapshot: {files:?}");
    let mut random = Random(seed);
    let (mut kept, mut moved) = (0, 0);
    for file in &files {
        let size = fs::metadata(file).unwrap().len();
        let name = file.file_name().unwrap();
        for (round, damage) in Damage::of_a_file(size, &mut random).into_iter().enumerate() {
            println!("{name:?} of {size} bytes: {damage:?}");
            let home = home.path().join(format!("{}-{round}", name.display()));
            let dir = home.join("index");
            copy(&good, &dir);
            damage.befall(&dir.join(name));
            let Opened { index, rebuilt } = Index::open(&dir).expect("an index, whatever befell");
            if rebuilt {
                assert_eq!(index.applied(), 0);
                assert_eq!(broken_beside(&dir).len(), 1);
                moved += 1;
            } else {
                entries.check(&index);
                kept += 1;
            }
            entries.apply_to(&index, 500);
            entries.check(&index);
            drop(index);
            fs::remove_dir_all(&home).unwrap();
        }
    }
    println!("{kept} opened, {moved} moved aside");
    assert!(moved > 0, "no damage was noticed");
}

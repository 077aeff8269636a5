//! The index from outside: lists, pages and restarts here, damage and the file of hashes in
//! their own files.
//!
//! A naive model (lists in a map) says what must be found. Random cases print their seed.

mod damage;
mod hash_file;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use civbank::index::{APPLY_ENTRIES_MAX, ID_SIZE_MAX, Index, IndexError, Key, Kind, LIST_LIMIT_MAX, Opened};

const HOUSEHOLD: Kind = Kind(1);
const BRANCH: Kind = Kind(2);
const ACTOR: Kind = Kind(3);

fn key(kind: Kind, id: &[u8]) -> Key<'_> {
    Key { kind, id }
}

fn open(dir: &Path) -> Index {
    let Opened { index, rebuilt } = Index::open(dir).expect("the index opens");
    assert!(!rebuilt, "an index in good order was moved aside");
    index
}

fn broken_beside(dir: &Path) -> BTreeSet<PathBuf> {
    let start = format!("{}.broken-", dir.display());
    let entries = fs::read_dir(dir.parent().expect("a parent")).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.to_string_lossy().starts_with(&start)).collect()
}

/// A small generator (xorshift), so that a seed names a run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % end
    }
}

/// Entries as redemptions make them: a household, a branch, an actor.
struct Entries(Vec<Vec<(Kind, Vec<u8>)>>);

impl Entries {
    fn random(count: usize, seed: u64) -> Self {
        println!("seed {seed}");
        let mut random = Random(seed | 1);
        let mut id = |kinds: u64| random.below(kinds).to_be_bytes().to_vec();
        let entries =
            (0..count).map(|_| vec![(HOUSEHOLD, id(300)), (BRANCH, id(3)), (ACTOR, id(7))]).collect();
        Self(entries)
    }

    fn keys(&self, from: usize, to: usize) -> Vec<Vec<Key<'_>>> {
        let entries = self.0[from..to].iter();
        entries.map(|keys| keys.iter().map(|(kind, id)| key(*kind, id)).collect()).collect()
    }

    /// Applies all entries from where the index stands, `step` at a time.
    fn apply_to(&self, index: &Index, step: usize) {
        let mut from = index.applied() as usize;
        while from < self.0.len() {
            let to = (from + step).min(self.0.len());
            index.apply(from as u64, &self.keys(from, to)).expect("the step is applied");
            from = to;
        }
    }

    fn lists(&self, applied: usize) -> BTreeMap<(Kind, Vec<u8>), Vec<u64>> {
        let mut lists = BTreeMap::<_, Vec<u64>>::new();
        for (index, keys) in self.0[..applied].iter().enumerate() {
            for key in keys {
                lists.entry(key.clone()).or_default().push(index as u64);
            }
        }
        lists
    }

    /// Every list that the index holds, and every list that it should hold so far, are equal.
    fn check(&self, index: &Index) {
        let applied = index.applied() as usize;
        assert!(applied <= self.0.len(), "applied {applied} entries, more than there are");
        let wanted = self.lists(applied);
        for (kind, id) in self.lists(self.0.len()).keys() {
            let wanted = wanted.get(&(*kind, id.clone())).cloned().unwrap_or_default();
            assert_eq!(all_forward(index, *kind, id, 700), wanted, "{kind:?} {id:02x?}");
            let newest_first: Vec<u64> = wanted.into_iter().rev().collect();
            assert_eq!(all(index, *kind, id, 700), newest_first, "{kind:?} {id:02x?}");
        }
    }
}

/// The whole list, newest first, page by page.
fn all(index: &Index, kind: Kind, id: &[u8], limit: usize) -> Vec<u64> {
    let mut whole = Vec::new();
    loop {
        let page = index.list(kind, id, whole.last().copied(), limit).expect("a page");
        assert!(page.len() <= limit);
        if page.is_empty() {
            return whole;
        }
        whole.extend(page);
    }
}

/// The whole list, oldest first, page by page.
fn all_forward(index: &Index, kind: Kind, id: &[u8], limit: usize) -> Vec<u64> {
    let mut whole = Vec::new();
    loop {
        let page = index.list_forward(kind, id, whole.last().copied(), limit).expect("a page");
        assert!(page.len() <= limit);
        if page.is_empty() {
            return whole;
        }
        whole.extend(page);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a copy");
        }
    }
}

#[test]
fn an_empty_index_answers_with_nothing() {
    let home = tempfile::tempdir().unwrap();
    let index = open(&home.path().join("some/where/index"));
    assert_eq!(index.applied(), 0);
    assert_eq!(index.list(HOUSEHOLD, b"1", None, 10).unwrap(), Vec::<u64>::new());
    assert_eq!(index.list(HOUSEHOLD, b"1", Some(0), 10).unwrap(), Vec::<u64>::new());
    assert_eq!(index.list_forward(HOUSEHOLD, b"1", None, 10).unwrap(), Vec::<u64>::new());
    assert_eq!(index.list_forward(HOUSEHOLD, b"1", Some(u64::MAX), 10).unwrap(), Vec::<u64>::new());
    index.apply(77, &[]).expect("no entries are no work");
    index.flush().unwrap();
    assert!(index.size_on_disk().unwrap() > 0);
}

#[test]
fn lists_are_in_order_whatever_the_step_and_the_page() {
    let home = tempfile::tempdir().unwrap();
    let entries = Entries::random(2_000, 0x0c1b);
    for step in [1, 7, 256, 2_000] {
        let index = open(&home.path().join(format!("step-{step}")));
        entries.apply_to(&index, step);
        assert_eq!(index.applied(), 2_000);
        entries.check(&index);
        let lists = entries.lists(2_000);
        for (kind, id) in lists.keys().step_by(23) {
            for limit in [1, 2, 31, 32, 33] {
                let mut wanted = lists[&(*kind, id.clone())].clone();
                assert_eq!(all_forward(&index, *kind, id, limit), wanted);
                wanted.reverse();
                assert_eq!(all(&index, *kind, id, limit), wanted);
            }
        }
    }
}

#[test]
fn a_page_begins_anywhere() {
    let home = tempfile::tempdir().unwrap();
    let index = open(&home.path().join("index"));
    // Every third entry names the branch, so that marks fall on, before and after entries.
    let keys: Vec<_> =
        (0..600).map(|entry| if entry % 3 == 0 { vec![key(BRANCH, b"east")] } else { Vec::new() }).collect();
    index.apply(0, &keys).unwrap();
    for mark in (0..620).chain([u64::MAX - 1, u64::MAX]) {
        let below: Vec<u64> = (0..600.min(mark)).rev().filter(|entry| entry % 3 == 0).collect();
        let page = index.list(BRANCH, b"east", Some(mark), 5).unwrap();
        assert_eq!(page, below[..below.len().min(5)], "before {mark}");
        let above: Vec<u64> = (mark.saturating_add(1)..600).filter(|entry| entry % 3 == 0).collect();
        let page = index.list_forward(BRANCH, b"east", Some(mark), 5).unwrap();
        assert_eq!(page, above[..above.len().min(5)], "after {mark}");
    }
    assert_eq!(index.list(BRANCH, b"east", None, 0).unwrap(), Vec::<u64>::new());
    assert_eq!(index.list_forward(BRANCH, b"east", None, 0).unwrap(), Vec::<u64>::new());
}

#[test]
fn a_page_is_never_longer_than_its_limit() {
    let home = tempfile::tempdir().unwrap();
    let index = open(&home.path().join("index"));
    index.apply(0, &vec![vec![key(BRANCH, b"east")]; LIST_LIMIT_MAX + 1]).unwrap();
    assert_eq!(index.list(BRANCH, b"east", None, usize::MAX).unwrap().len(), LIST_LIMIT_MAX);
    let page = index.list_forward(BRANCH, b"east", None, usize::MAX).unwrap();
    assert_eq!(page.len(), LIST_LIMIT_MAX);
}

#[test]
fn ids_and_kinds_are_never_confused() {
    let home = tempfile::tempdir().unwrap();
    let index = open(&home.path().join("index"));
    let longest = [0xff; ID_SIZE_MAX];
    let names: Vec<Key<'_>> = vec![
        key(HOUSEHOLD, b"1"),
        key(HOUSEHOLD, b"12"),
        key(HOUSEHOLD, b"1\0"),
        key(HOUSEHOLD, b""),
        key(HOUSEHOLD, &[1]),
        key(HOUSEHOLD, b"1\0\0\0\0\0\0\0\0"),
        key(HOUSEHOLD, b"1\0\0\0\0\0\0\0\x01"),
        key(BRANCH, b"1"),
        key(Kind(0), b"1"),
        key(Kind(0), b""),
        key(Kind(255), b"1"),
        key(Kind(255), b"a"),
        key(Kind(b'a'), b""),
        key(Kind(255), &longest),
        key(Kind(255), &longest[1..]),
    ];
    // Ten rounds, each entry under one name: name n holds n, n + 15, n + 30…
    let entries: Vec<Vec<Key<'_>>> = (0..10).flat_map(|_| names.iter().map(|&name| vec![name])).collect();
    index.apply(0, &entries).unwrap();
    for (place, name) in names.iter().enumerate() {
        let wanted: Vec<u64> = (0..10).map(|round| (round * names.len() + place) as u64).collect();
        assert_eq!(all_forward(&index, name.kind, name.id, 3), wanted, "{name:?}");
    }
}

#[test]
fn an_entry_that_names_an_id_twice_is_listed_once() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let index = open(&dir);
    let twice = vec![key(HOUSEHOLD, b"1"), key(BRANCH, b"1"), key(HOUSEHOLD, b"1")];
    index.apply(0, &[twice.clone(), twice]).unwrap();
    assert_eq!(index.list(HOUSEHOLD, b"1", None, 9).unwrap(), [1, 0]);
    drop(index);
    assert_eq!(open(&dir).list(HOUSEHOLD, b"1", None, 9).unwrap(), [1, 0]);
}

#[test]
fn a_refused_step_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let index = open(&dir);
    index.apply(0, &[vec![key(BRANCH, b"east")], vec![]]).unwrap();

    for first_index in [0, 1, 3, u64::MAX] {
        match index.apply(first_index, &[vec![key(BRANCH, b"east")]]) {
            Err(IndexError::NotNext { applied: 2, first_index: told }) => {
                assert_eq!(told, first_index);
            }
            other => panic!("applied at {first_index}: {other:?}"),
        }
    }
    let long = [7; ID_SIZE_MAX + 1];
    let step = [vec![key(BRANCH, b"east")], vec![key(BRANCH, b"west"), key(HOUSEHOLD, &long)]];
    assert!(matches!(index.apply(2, &step), Err(IndexError::IdTooLong { size: 65 })));
    assert!(matches!(index.list(HOUSEHOLD, &long, None, 1), Err(IndexError::IdTooLong { size: 65 })));
    assert!(matches!(
        index.apply(2, &vec![vec![key(BRANCH, b"east")]; APPLY_ENTRIES_MAX + 1]),
        Err(IndexError::TooManyEntries { .. })
    ));

    let unchanged = |index: &Index| {
        assert_eq!(index.applied(), 2);
        assert_eq!(index.list(BRANCH, b"east", None, 9).unwrap(), [0]);
        assert_eq!(index.list(BRANCH, b"west", None, 9).unwrap(), Vec::<u64>::new());
    };
    unchanged(&index);
    drop(index);
    unchanged(&open(&dir));
}

#[test]
fn a_restart_goes_on_where_the_lists_end() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let entries = Entries::random(3_000, 0xace);
    for stop in (0..=3_000_usize).step_by(375) {
        let index = open(&dir);
        assert_eq!(index.applied(), stop.saturating_sub(375) as u64);
        entries.check(&index);
        let from = index.applied() as usize;
        index.apply(from as u64, &entries.keys(from, stop)).unwrap();
    }
    entries.check(&open(&dir));
}

#[test]
fn an_index_whose_process_died_holds_whole_steps() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let entries = Entries::random(4_000, 0xdead);
    let index = open(&dir);
    let mut with_all_that_was_flushed = 0;
    for (round, from) in (0..4_000).step_by(400).enumerate() {
        for from in (from..from + 400).step_by(50) {
            index.apply(from as u64, &entries.keys(from, from + 50)).unwrap();
        }
        index.flush().unwrap();
        // The files as another process would find them now, or worse: the store may write
        // while they are copied.
        let remains = home.path().join(format!("remains-{round}"));
        copy(&dir, &remains);
        let again = Index::open(&remains).expect("the index opens").index;
        assert_eq!(again.applied() % 50, 0, "part of a step was found");
        if again.applied() == from as u64 + 400 {
            with_all_that_was_flushed += 1;
        }
        entries.check(&again);
        entries.apply_to(&again, 64);
        entries.check(&again);
    }
    assert!(with_all_that_was_flushed > 0, "flushed steps are lost every time");
}

#[test]
fn readers_see_whole_prefixes_while_steps_are_applied() {
    let home = tempfile::tempdir().unwrap();
    let index = open(&home.path().join("index"));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Acquire) {
                // Entry n of this list is n: a gap shows at once.
                let newest = index.list(BRANCH, b"east", None, 50).unwrap();
                let expected = newest.first().map_or(0, |&newest| newest + 1);
                assert!(newest.iter().copied().eq((0..expected).rev().take(50)));
                let after = expected.checked_sub(60);
                let forward = index.list_forward(BRANCH, b"east", after, 1_000).unwrap();
                let start = after.map_or(0, |after| after + 1);
                assert!(forward.iter().copied().eq((start..).take(forward.len())));
                assert!(start + forward.len() as u64 >= expected);
                seen = expected;
            }
            seen
        });
        for from in (0..20_000).step_by(20) {
            index.apply(from, &vec![vec![key(BRANCH, b"east")]; 20]).unwrap();
        }
        done.store(true, Ordering::Release);
        assert!(reader.join().unwrap() > 0, "the reader never saw an entry");
    });
    assert_eq!(index.applied(), 20_000);
}

#[test]
fn an_index_in_use_is_not_taken_for_a_broken_one() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let index = open(&dir);
    index.apply(0, &[vec![key(BRANCH, b"east")]]).unwrap();
    assert!(matches!(Index::open(&dir), Err(IndexError::InUse { path }) if path == dir));
    assert_eq!(index.list(BRANCH, b"east", None, 9).unwrap(), [0]);
    assert!(broken_beside(&dir).is_empty());
    drop(index);
    assert_eq!(open(&dir).applied(), 1);
}

#[test]
fn a_deleted_directory_is_an_empty_index() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let entries = Entries::random(500, 0xde1);
    entries.apply_to(&open(&dir), 100);
    fs::remove_dir_all(&dir).unwrap();
    let index = open(&dir);
    assert_eq!(index.applied(), 0);
    entries.apply_to(&index, 64);
    entries.check(&index);
}

//! History: what the index answers is what a naive scan of the whole journal finds, whatever became of the
//! index meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use civbank::bank::command::Holder;
use civbank::bank::ids::PublicKey;
use civbank::bank::{Change, Refusal};
use civbank::demo::dice::Dice;
use civbank::demo::{self, town::Plan};
use civbank::engine::{Engine, HistoryKind};
use civbank::journal::{Journal, MemoryJournal};
use civbank::wire::{Cause, Entry};

use super::fixture::{Place, Store, head, monday, noise, village};

/// Everything by name, as a reader of the entries' text finds it: nothing here is shared with the engine.
#[derive(Default)]
struct Naive {
    households: BTreeMap<String, Vec<u64>>,
    declarations: BTreeMap<u64, Vec<u64>>,
    actors: BTreeMap<String, Vec<u64>>,
}

impl Naive {
    fn scan(entries: &[Vec<u8>]) -> Naive {
        let mut naive = Naive::default();
        let mut holders: BTreeMap<PublicKey, String> = BTreeMap::new();
        for (index, bytes) in (0..).zip(entries) {
            let entry = Entry::decode(bytes).expect("an entry");
            let mut households = BTreeSet::new();
            for posting in &entry.effects.postings {
                households.extend(posting.account.to_string().strip_prefix("household/").map(str::to_owned));
            }
            let mut declarations = BTreeSet::new();
            for change in &entry.effects.changes {
                let text = format!("{change:?}");
                if let Change::KeyEnrolled { key, holder, .. } = change {
                    let name = match holder {
                        Holder::Person(person) => person.to_string(),
                        Holder::Terminal(terminal) => terminal.to_string(),
                    };
                    holders.insert(*key, name);
                }
                let filed = matches!(change, Change::DeclarationFiled { .. } | Change::SheetFiled { .. });
                declarations.extend(filed.then_some(index));
                let number = text.split("declaration: ").nth(1);
                let number = number.and_then(|rest| rest.split([',', ' ', '}']).next());
                declarations.extend(number.map(|number| number.parse::<u64>().expect("a number")));
                // A book's name in the text; of people only the new holders of keys and kin count, and whoever
                // objects is not who it is about.
                let people = matches!(change, Change::KeyEnrolled { .. } | Change::KinDeclared { .. });
                let text = match text.split_once("by_household: ") {
                    Some((before, after)) => before.to_owned() + after.trim_start_matches(|c| c != ','),
                    None => text,
                };
                for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
                    let parts: Vec<&str> = word.split('-').collect();
                    let digits = parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
                    match parts[..] {
                        [branch, serial] if digits && branch.len() == 12 && serial.len() == 5 => {
                            households.insert(word.to_owned());
                        }
                        [branch, serial, _]
                            if digits && people && branch.len() == 12 && serial != "00000" =>
                        {
                            households.insert(format!("{branch}-{serial}"));
                        }
                        _ => {}
                    }
                }
            }
            let mut actors = BTreeSet::new();
            if let Cause::Signed(envelope) = &entry.cause {
                for signature in &envelope.signatures {
                    let key: [u8; 32] = signature.public_key[..].try_into().expect("32 bytes");
                    actors.extend(holders.get(&PublicKey(key)).cloned());
                }
            }
            households.into_iter().for_each(|id| naive.households.entry(id).or_default().push(index));
            declarations.into_iter().for_each(|id| naive.declarations.entry(id).or_default().push(index));
            actors.into_iter().for_each(|id| naive.actors.entry(id).or_default().push(index));
        }
        naive
    }
}

fn actor(name: &str) -> Vec<u8> {
    match name.parse::<civbank::bank::ids::PersonId>() {
        Ok(person) => person.to_bytes().to_vec(),
        Err(_) => name.parse::<civbank::bank::ids::TerminalId>().expect("a terminal").to_bytes().to_vec(),
    }
}

/// Every list in pages of a few, against the scan.
async fn check_history(engine: &Engine) {
    let naive = Naive::scan(&engine.entries(0, usize::MAX).expect("entries"));
    assert!(naive.households.len() >= 40 && !naive.declarations.is_empty() && naive.actors.len() > 10);
    let household = |id: &String| {
        let id: civbank::bank::ids::HouseholdId = id.parse().expect("a household");
        (HistoryKind::Household, id.to_bytes().to_vec())
    };
    let lists = naive
        .households
        .iter()
        .map(|(id, list)| (household(id), list))
        .chain(
            naive
                .declarations
                .iter()
                .map(|(id, list)| ((HistoryKind::Declaration, id.to_be_bytes().to_vec()), list)),
        )
        .chain(naive.actors.iter().map(|(id, list)| ((HistoryKind::Actor, actor(id)), list)));
    for ((kind, id), expected) in lists {
        let mut found = Vec::new();
        let mut before = None;
        loop {
            let page = engine.history(kind, &id, before, 7).await.expect("history");
            before = page.last().copied();
            found.extend(page);
            if before.is_none() {
                break;
            }
        }
        found.reverse();
        assert_eq!(&found, expected, "{kind:?} {id:02x?}");

        let mut found = Vec::new();
        loop {
            let page = engine.history_forward(kind, &id, found.last().copied(), 7).await.expect("history");
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(&found, expected, "{kind:?} {id:02x?}, oldest first");
    }
    let nobody = engine.history(HistoryKind::Household, &[0; 8], None, 10).await;
    assert_eq!(nobody, Ok(Vec::new()));
    let nobody = engine.history_forward(HistoryKind::Household, &[0; 8], None, 10).await;
    assert_eq!(nobody, Ok(Vec::new()));
}

/// A town after a few days of life.
async fn lived() -> (Place, MemoryJournal) {
    let place = Place::new(Store::Memory);
    place.clock.set(monday(8));
    let engine = place.start();
    let plan = Plan { notice_days: vec![0, 7], households: 20, liaisons: 2, committee: 2 };
    let first = monday(8).day();
    demo::make(&engine, &place.clock, &plan, [5; 32], first, first.plus(9), &mut |_, _| {})
        .await
        .expect("a town");
    place.clock.set(civbank::demo::town::morning(first.plus(9)));
    check_history(&engine).await;
    engine.shutdown().await;
    let memory = place.memory();
    (place, memory)
}

fn files_of(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            found.extend(files_of(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_what_a_scan_finds_whatever_became_of_the_index() {
    let (place, memory) = lived().await;
    let history = place.index_dir().join("history");
    let mut dice = Dice::new(&[4; 32], "damage");
    let restart_and_check = async |what: &str| {
        println!("{what}");
        let engine = place.start();
        check_history(&engine).await;
        engine.shutdown().await;
    };
    restart_and_check("as it was left").await;
    fs::remove_dir_all(&history).expect("removed");
    restart_and_check("gone").await;
    fs::remove_dir_all(place.index_dir()).expect("removed");
    restart_and_check("gone with the hashes").await;
    fs::remove_dir_all(&history).expect("removed");
    fs::write(&history, "a file where a folder was").expect("written");
    restart_and_check("a file").await;
    for round in 0..4 {
        let files: Vec<_> = files_of(&history).into_iter().filter(|path| path.is_file()).collect();
        let path = &files[dice.below(files.len())];
        let mut bytes = fs::read(path).expect("a file of the index");
        let length = 1 + dice.below(64);
        let at = dice.below(bytes.len().max(1));
        let junk = noise(&mut dice, length);
        bytes.resize(bytes.len().max(at + length), 0);
        bytes[at..at + length].copy_from_slice(&junk);
        fs::write(path, bytes).expect("written");
        restart_and_check(&format!("round {round}: {length} bytes of noise at {at}")).await;
    }
    for path in files_of(&history) {
        let length = fs::metadata(&path).expect("a file").len() as usize;
        fs::write(path, noise(&mut dice, length.min(100_000))).expect("written");
    }
    restart_and_check("noise everywhere").await;

    // An older journal was restored beside a newer index.
    let older = MemoryJournal::new();
    let mut writer = older.clone();
    let half = memory.reader().size() / 2;
    for batch in memory.reader().batches(0) {
        let batch = batch.expect("a batch");
        if batch.size_after() > half {
            break;
        }
        writer.append(&batch).expect("appended");
    }
    let engine = place.start_on(Box::new(older.clone()));
    assert!(engine.published().size < memory.reader().size());
    check_history(&engine).await;
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_waits_for_what_was_just_written() {
    let place = Place::new(Store::Memory);
    let engine = place.open().await;
    let id = head().number().to_be_bytes();
    for size in 2..30 {
        engine.submit(place.fund(), "").await.expect("an entry");
        let newest = engine.history(HistoryKind::Branch, &id, None, 1).await;
        assert_eq!(newest, Ok(vec![size - 1]));
    }
    for size in 30..60 {
        engine.submit(place.fund(), "").await.expect("an entry");
        let above = engine.history_forward(HistoryKind::Branch, &id, Some(size - 2), 10).await;
        assert_eq!(above, Ok(vec![size - 1]));
    }
    let oldest = engine.history_forward(HistoryKind::Branch, &id, None, 1).await;
    assert_eq!(oldest, Ok(vec![0]));
    engine.submit(place.village(1), "").await.expect("an entry");
    let village = village(1).number().to_be_bytes();
    assert_eq!(engine.history(HistoryKind::Branch, &village, None, 10).await, Ok(vec![59]));
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_is_no_history() {
    let place = Place::new(Store::Memory);
    let engine = place.open().await;
    engine.submit(place.village(1), "").await.expect("an entry");
    let twice = engine.submit(place.village(1), "").await.expect_err("a refusal");
    let branch = village(1);
    assert_eq!(twice, civbank::engine::SubmitError::Refused(Refusal::BranchExists { branch }));
    let id = branch.number().to_be_bytes();
    assert_eq!(engine.history(HistoryKind::Branch, &id, None, 10).await, Ok(vec![1]));
    engine.shutdown().await;
}

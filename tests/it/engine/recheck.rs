//! What start-up took on trust is read again beside the work: damage there stops the bank, and the next start
//! refuses and says where.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use civbank::engine::{Engine, EngineState};
use civbank::journal::{FileJournal, OpenError, Options};

use super::fixture::{Place, Store};

/// How long a thread that reads a few segments may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Enough that an orderly end takes a snapshot, and with it the maps.
const ENTRIES: usize = 2_100;

const TOGETHER: usize = 10;

fn options() -> Options {
    Options { segment_bytes_max: 64 << 10 }
}

fn start(place: &Place) -> Result<(Engine, u64), OpenError> {
    let (journal, outcome) = FileJournal::open(&place.journal_dir(), &options(), None)?;
    Ok((place.start_on(Box::new(journal)), outcome.unread_below))
}

fn maps(place: &Place) -> Vec<PathBuf> {
    let files =
        fs::read_dir(place.journal_dir()).expect("a journal").map(|file| file.expect("a file").path());
    let mut maps: Vec<_> = files.filter(|path| path.extension().is_some_and(|name| name == "map")).collect();
    maps.sort();
    maps
}

/// A closed bank of several segments, all but the last with maps.
async fn filled() -> Place {
    let place = Place::new(Store::File);
    let (engine, unread_below) = start(&place).expect("a journal");
    assert_eq!(unread_below, 0);
    engine.submit(place.first(), "").await.expect("a bank");
    engine.submit(place.village(1), "").await.expect("a village");
    // Few at once: a segment is to have many frames.
    for _ in 0..ENTRIES / TOGETHER {
        let commands = (0..TOGETHER).map(|_| (place.fund(), String::new())).collect();
        for result in engine.submit_batch(commands).await {
            result.expect("an entry");
        }
    }
    engine.shutdown().await;
    assert!(maps(&place).len() > 3, "{:?}", maps(&place));
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_a_closed_segment_stops_the_bank_and_the_next_start_refuses() {
    let place = filled().await;
    let segment = maps(&place)[1].with_extension("seg");
    let mut bytes = fs::read(&segment).expect("a segment");
    let middle = bytes.len() / 3;
    bytes[middle] ^= 0x20;
    fs::write(&segment, &bytes).expect("damage");

    let (engine, unread_below) = start(&place).expect("the map stands in for what is damaged");
    assert!(unread_below > 1_000, "{unread_below}");
    let began = Instant::now();
    while engine.state() != EngineState::Stopped {
        assert!(began.elapsed() < PATIENCE, "the damage is not found");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(engine.submit(place.fund(), "").await.is_err());
    engine.shutdown().await;
    drop(engine);
    assert!(maps(&place).is_empty());
    match start(&place) {
        Err(OpenError::Damaged(damage)) => assert_eq!(damage.file, segment),
        other => panic!("{:?}", other.map(|(_, unread_below)| unread_below)),
    }

    bytes[middle] ^= 0x20;
    fs::write(&segment, &bytes).expect("mended");
    let (engine, unread_below) = start(&place).expect("a whole journal");
    assert_eq!(unread_below, 0, "without maps every byte was read");
    place.check(&engine, &[]).await;
    engine.shutdown().await;
    place.audit();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_journal_is_read_again_and_goes_on() {
    let place = filled().await;
    let (engine, unread_below) = start(&place).expect("a journal");
    assert!(unread_below > 1_000, "{unread_below}");
    engine.submit(place.fund(), "").await.expect("an entry");
    place.check(&engine, &[]).await;
    assert_eq!(engine.state(), EngineState::Serving);
    engine.shutdown().await;
    place.audit();
}

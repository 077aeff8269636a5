//! Snapshots shorten a restart and change nothing else: a state that comes from one equals the state that replay
//! makes, and whatever is wrong with one, replay serves.

use std::fs;
use std::path::{Path, PathBuf};

use civbank::bank::command::{Body, Holder};
use civbank::bank::{Bank, Refusal};
use civbank::demo::dice::Dice;
use civbank::engine::{Clock, Engine, Stage, SubmitError};
use civbank::journal::MemoryJournal;
use civbank::wire::pb;
use civbank::wire::signature::public_key;
use ed25519_dalek::SigningKey;

use super::fixture::{Place, Store, head, officer};

/// Enough that an orderly end takes a snapshot.
const ENTRIES: usize = 2_100;

/// A bank with that many entries and one snapshot, closed.
async fn filled(store: Store) -> Place {
    let place = Place::new(store);
    let engine = place.open().await;
    engine.submit(place.village(1), "").await.expect("a village");
    fund(&place, &engine, ENTRIES).await;
    engine.shutdown().await;
    assert_eq!(snapshots(&place).len(), 1);
    place
}

async fn fund(place: &Place, engine: &Engine, count: usize) {
    let commands: Vec<(pb::Envelope, String)> = (0..count).map(|_| (place.fund(), String::new())).collect();
    for result in engine.submit_batch(commands).await {
        result.expect("an entry");
    }
}

fn snapshot_dir(place: &Place) -> PathBuf {
    place.index_dir().join("snapshots")
}

fn snapshots(place: &Place) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(snapshot_dir(place))
        .map(|files| files.map(|file| file.expect("a file").path()).collect())
        .unwrap_or_default();
    files.sort();
    files
}

/// Starts, and tells how many entries were replayed.
fn start(place: &Place) -> (Engine, u64) {
    let mut replayed = (None, 0);
    let parts = place.parts(Box::new(place.journal()));
    let engine = Engine::start(parts, &mut |stage, done, _| {
        if stage == Stage::Replay {
            replayed = (replayed.0.or(Some(done)), done);
        }
    });
    let engine = engine.expect("an engine");
    // Progress is told once for each group; the first group says where replay began.
    let (first, last) = replayed;
    (engine, first.map_or(0, |first| last - first + 1))
}

async fn state(engine: &Engine) -> Bank {
    engine.read(|view| view.bank.clone()).await.expect("a running engine")
}

/// What replay alone makes of the journal; takes the snapshots away.
async fn replayed(place: &Place) -> Bank {
    fs::remove_dir_all(snapshot_dir(place)).expect("snapshots to remove");
    let (engine, count) = start(place);
    assert!(count > ENTRIES as u64 / 2, "{count} entries replayed");
    let bank = state(&engine).await;
    engine.shutdown().await;
    bank
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_from_a_snapshot_is_the_state_that_replay_makes() {
    for store in [Store::Memory, Store::File] {
        let place = filled(store).await;
        let (engine, count) = start(&place);
        assert_eq!(count, 0, "nothing was written since the snapshot");
        // It goes on as if nothing had happened, and a restart replays only what came after.
        fund(&place, &engine, 20).await;
        place.check(&engine, &[]).await;
        engine.shutdown().await;
        assert_eq!(snapshots(&place).len(), 1, "twenty entries are not worth another");
        let (engine, count) = start(&place);
        assert!((1..=20).contains(&count), "{count} entries replayed");
        let from_snapshot = state(&engine).await;
        engine.shutdown().await;
        assert_eq!(from_snapshot, replayed(&place).await);
        place.audit();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_invitation_outlives_snapshot_and_replay_and_is_accepted_once() {
    for with_snapshot in [true, false] {
        let place = filled(Store::File).await;
        let link = SigningKey::from_bytes(&[71; 32]);
        let phone = SigningKey::from_bytes(&[72; 32]);
        let (invitation, key) = (public_key(&link), public_key(&phone));
        let holder = Holder::Person(head().staff(7).expect("7 is a staff number"));
        let expires = place.clock.now().plus_days(7);
        let invite = Body::Invite { invitation, holder, key_valid_until: None, expires };
        let engine = place.start();
        engine.submit(place.envelope(invite, &[&officer()]), "").await.expect("an invitation");
        fund(&place, &engine, ENTRIES).await;
        engine.shutdown().await;
        if !with_snapshot {
            fs::remove_dir_all(snapshot_dir(&place)).expect("snapshots to remove");
        }
        let (engine, count) = start(&place);
        assert_eq!(count == 0, with_snapshot, "{count} entries replayed");
        let accept = Body::AcceptInvitation { invitation, key };
        let envelope = place.envelope(accept.clone(), &[&link, &phone]);
        let first = engine.submit(envelope.clone(), "").await.expect("a key");
        let again = engine.submit(envelope, "").await.expect("the same receipt");
        assert_eq!((first.index, first.entry), (again.index, again.entry));
        let refused = engine.submit(place.envelope(accept, &[&link, &phone]), "").await.map(|_| ());
        assert_eq!(refused, Err(SubmitError::Refused(Refusal::InvitationAccepted { key: invitation })));
        let bank = state(&engine).await;
        engine.shutdown().await;
        assert_eq!(bank, replayed(&place).await);
        place.audit();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_snapshots_are_kept_and_a_damaged_one_gives_way_to_the_older() {
    let place = filled(Store::File).await;
    for _ in 0..2 {
        let (engine, _) = start(&place);
        fund(&place, &engine, ENTRIES).await;
        engine.shutdown().await;
    }
    let files = snapshots(&place);
    assert_eq!(files.len(), 2, "{files:?}");
    let newest = files.last().expect("a snapshot");
    let bytes = fs::read(newest).expect("its bytes");
    fs::write(newest, &bytes[..bytes.len() - 1]).expect("a shorter file");
    let (engine, count) = start(&place);
    assert!((1..=ENTRIES as u64).contains(&count), "{count} entries replayed");
    let bank = state(&engine).await;
    engine.shutdown().await;
    assert_eq!(bank, replayed(&place).await);
}

/// Puts other bytes in the snapshot's place and wants replay to serve, with the right state.
async fn is_left_aside(place: &Place, right: &Bank, file: &Path, bytes: &[u8], why: &str) {
    fs::create_dir_all(snapshot_dir(place)).expect("a directory");
    for old in snapshots(place) {
        fs::remove_file(old).expect("an old snapshot");
    }
    fs::write(file, bytes).expect("a file");
    let (engine, count) = start(place);
    assert!(count > ENTRIES as u64 / 2, "{why}: {count} entries replayed");
    assert!(state(&engine).await == *right, "{why}: another state");
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_snapshot_replay_serves() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(11_u8);
    println!("SEED={seed}");
    let mut dice = Dice::new(&[seed; 32], "snapshots");
    let place = filled(Store::File).await;
    let file = snapshots(&place).remove(0);
    let good = fs::read(&file).expect("its bytes");
    let right = replayed(&place).await;

    is_left_aside(&place, &right, &file, b"", "an empty file").await;
    is_left_aside(&place, &right, &file, &[0xff; 64], "noise").await;
    let doubled = [good.clone(), good.clone()].concat();
    is_left_aside(&place, &right, &file, &doubled, "twice the same").await;
    for _ in 0..12 {
        let at = dice.below(good.len());
        let mut bad = good.clone();
        bad[at] ^= 1 << dice.below(8);
        is_left_aside(&place, &right, &file, &bad, &format!("byte {at} of {}", good.len())).await;
    }

    // A true snapshot of another bank with the same name, and of the same bank gone another way.
    let other = Place::new(Store::File);
    let engine = other.open().await;
    fund(&other, &engine, ENTRIES + 1).await;
    engine.shutdown().await;
    let forked = fs::read(snapshots(&other).remove(0)).expect("its bytes");
    is_left_aside(&place, &right, &file, &forked, "a fork of the same size").await;

    // From the future: the journal was restored from an older backup.
    let (engine, _) = start(&place);
    fund(&place, &engine, ENTRIES).await;
    engine.shutdown().await;
    let ahead = fs::read(snapshots(&place).pop().expect("a snapshot")).expect("its bytes");
    is_left_aside(&other, &replayed(&other).await, &file_in(&other), &ahead, "from the future").await;
}

fn file_in(place: &Place) -> PathBuf {
    snapshot_dir(place).join("00000000000000002102-0000000000000000.snapshot")
}

#[tokio::test(flavor = "multi_thread")]
async fn hashes_that_do_not_check_take_the_snapshots_with_them() {
    let place = filled(Store::File).await;
    let file = snapshots(&place).remove(0);
    let good = fs::read(&file).expect("its bytes");
    // A hash that the frontier does not need: only a proof meets it.
    let mut hashes = fs::read(place.tree_hashes()).expect("the tree's hashes");
    hashes[3] ^= 1;
    fs::write(place.tree_hashes(), &hashes).expect("damaged hashes");
    let (engine, count) = start(&place);
    assert_eq!(count, 0);
    assert!(engine.receipt(1).await.is_err(), "a proof with a wrong hash");
    engine.shutdown().await;
    assert!(snapshots(&place).is_empty(), "the snapshot would hide the damage for ever");
    let (engine, count) = start(&place);
    assert!(count > ENTRIES as u64 / 2);
    place.check(&engine, &[]).await;
    engine.shutdown().await;

    // A hash that the frontier needs: the snapshot does not fit.
    let mut hashes = fs::read(place.tree_hashes()).expect("the tree's hashes");
    hashes.truncate(hashes.len() / 2 / 32 * 32);
    fs::write(place.tree_hashes(), &hashes).expect("half of the hashes");
    let right = replayed_from(&place).await;
    is_left_aside(&place, &right, &file, &good, "without its hashes").await;
}

/// The state, with whatever is there.
async fn replayed_from(place: &Place) -> Bank {
    let (engine, _) = start(place);
    let bank = state(&engine).await;
    engine.shutdown().await;
    // Half of the hashes again: the start has mended them.
    let hashes = fs::read(place.tree_hashes()).expect("the tree's hashes");
    fs::write(place.tree_hashes(), &hashes[..hashes.len() / 2 / 32 * 32]).expect("half of the hashes");
    bank
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_stopped_takes_no_snapshot() {
    use civbank::journal::{Batch, Journal, JournalError, JournalReader};
    /// Fails once it holds this much.
    struct Full(MemoryJournal, u64);
    impl Journal for Full {
        fn size(&self) -> u64 {
            self.0.size()
        }
        fn append(&mut self, batch: &Batch) -> Result<(), JournalError> {
            if self.0.size() >= self.1 { Err(JournalError::Poisoned) } else { self.0.append(batch) }
        }
        fn reader(&self) -> std::sync::Arc<dyn JournalReader> {
            self.0.reader()
        }
    }
    let place = Place::new(Store::Memory);
    let engine = place.start_on(Box::new(Full(place.memory(), ENTRIES as u64)));
    engine.submit(place.first(), "").await.expect("entry 0");
    let commands: Vec<_> = (0..ENTRIES + 600).map(|_| (place.fund(), String::new())).collect();
    let results = engine.submit_batch(commands).await;
    assert!(results.iter().any(Result::is_err), "the journal never failed");
    engine.shutdown().await;
    assert!(snapshots(&place).iter().all(|file| file.extension().is_none()), "a state ahead of the disk");
}

/// The types of the state are the format. Whoever changes them raises `VERSION` in `src/engine/snapshots.rs` and
/// writes the new hash here: an old snapshot read as a new one could pass for something else.
#[tokio::test]
async fn the_format_changes_only_with_its_version() {
    let place = Place::new(Store::Memory);
    let engine = place.open().await;
    engine.submit(place.village(1), "").await.expect("a village");
    // Ids of earlier commands are forgotten, so that no order of a hash map shows.
    place.clock.set(super::fixture::monday(15));
    engine.submit(place.fund(), "").await.expect("money");
    let bytes = postcard::to_allocvec(&state(&engine).await).expect("a state in bytes");
    engine.shutdown().await;
    assert_eq!(
        (bytes.len(), blake3::hash(&bytes).to_hex().as_str()),
        (382, "1ab778becdb5331fcee969b609f6d0a0dc0b07228bbd7d7375dce4200b705012"),
        "version 3"
    );
}

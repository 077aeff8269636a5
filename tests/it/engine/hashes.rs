//! The file of the tree's hashes is derived: whatever becomes of it, the next start mends it from the journal,
//! and every proof of every size verifies.

use std::fs;
use std::path::Path;

use civbank::demo::dice::Dice;
use civbank::engine::{Engine, ProofError, StartError};
use civbank::tlog::{Hash, leaf_hash, verify_consistency, verify_inclusion};

use super::fixture::{Place, Store, check_receipt, noise};

const ENTRIES: u64 = 23;

/// Roots of every size, by the tree's definition alone (RFC 6962 section 2.1).
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => civbank::tlog::empty_root(),
        [leaf] => *leaf,
        _ => {
            let left = leaves.len().next_power_of_two() / 2;
            civbank::tlog::node_hash(&naive_root(&leaves[..left]), &naive_root(&leaves[left..]))
        }
    }
}

/// Every proof that can be asked for.
async fn check_all_proofs(engine: &Engine) {
    let entries = engine.entries(0, usize::MAX).expect("entries");
    let leaves: Vec<Hash> = entries.iter().map(|bytes| leaf_hash(bytes)).collect();
    let newest = leaves.len() as u64;
    let root = |size: u64| naive_root(&leaves[..size as usize]);
    assert_eq!(engine.published().root, root(newest));
    for size in 1..=newest {
        for index in 0..size {
            let proof = engine.inclusion_proof(index, size).await.expect("a proof");
            assert_eq!((proof.size, proof.root), (size, root(size)));
            let leaf = leaves[index as usize];
            assert_eq!(proof.leaf, leaf);
            verify_inclusion(&proof.hashes, index, size, &leaf, &proof.root).expect("an inclusion");
        }
        for old in 1..=size {
            let proof = engine.consistency_proof(old, size).await.expect("a proof");
            assert_eq!((proof.old_root, proof.new_root, proof.new_size), (root(old), root(size), size));
            verify_consistency(&proof.hashes, old, &proof.old_root, size, &proof.new_root)
                .expect("one tree grew out of the other");
        }
    }
    let asked = newest + 1;
    assert_eq!(engine.inclusion_proof(0, asked).await, Err(ProofError::NotYet { newest, asked }));
    assert_eq!(engine.consistency_proof(1, asked).await, Err(ProofError::NotYet { newest, asked }));
    assert!(matches!(engine.inclusion_proof(newest, 0).await, Err(ProofError::Range(_))));
    assert!(matches!(engine.inclusion_proof(3, 2).await, Err(ProofError::Range(_))));
    assert!(matches!(engine.consistency_proof(3, 2).await, Err(ProofError::Range(_))));
    assert!(engine.receipt(newest).await.is_err());
}

async fn filled(store: Store) -> Place {
    let place = Place::new(store);
    let engine = place.open().await;
    let funds = (2..ENTRIES).map(|_| (place.fund(), String::new())).collect();
    for answer in engine.submit_batch(funds).await {
        answer.expect("an entry");
    }
    engine.submit(place.fund(), "").await.expect("an entry");
    check_all_proofs(&engine).await;
    engine.shutdown().await;
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn every_proof_of_every_size_verifies_whatever_became_of_the_hashes() {
    let place = filled(Store::Memory).await;
    let path = place.tree_hashes();
    let whole = fs::read(&path).expect("the file of hashes");
    let mut dice = Dice::new(&[11; 32], "damage");
    let mut damages: Vec<(String, Vec<u8>)> = vec![
        ("empty".into(), Vec::new()),
        ("garbage".into(), noise(&mut dice, whole.len())),
        ("too long".into(), [&whole[..], &noise(&mut dice, 96)].concat()),
        ("too long by less than a hash".into(), [&whole[..], &[1, 2, 3]].concat()),
        ("twice".into(), [&whole[..], &whole[..]].concat()),
        ("zeros".into(), vec![0; whole.len()]),
    ];
    for length in [1, 31, 32, 33, 64, whole.len() / 2, whole.len() - 32, whole.len() - 1] {
        damages.push((format!("cut at {length}"), whole[..length].to_vec()));
    }
    for _ in 0..20 {
        let (at, bit) = (dice.below(whole.len()), dice.below(8));
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << bit;
        damages.push((format!("bit {bit} of byte {at} flipped"), flipped));
    }
    for (what, bytes) in damages {
        fs::write(&path, bytes).expect("a file");
        let engine = place.start();
        println!("{what}");
        check_receipts(&engine).await;
        engine.shutdown().await;
        assert_eq!(fs::read(&path).expect("the file of hashes"), whole, "{what}");
    }
    fs::remove_file(&path).expect("removed");
    let engine = place.start();
    check_all_proofs(&engine).await;
    engine.shutdown().await;
    assert_eq!(fs::read(&path).expect("the file of hashes"), whole);
}

async fn check_receipts(engine: &Engine) {
    let size = engine.published().size;
    assert_eq!(size, ENTRIES);
    for index in 0..size {
        engine.receipt(index).await.expect("a receipt, verified before it is served");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hashes_damaged_under_a_running_engine_are_never_served() {
    let place = filled(Store::Memory).await;
    let engine = place.start();
    let whole = fs::read(place.tree_hashes()).expect("the file of hashes");
    let mut served = 0;
    for at in (0..whole.len()).step_by(32) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        overwrite(&place.tree_hashes(), &damaged);
        for index in 0..ENTRIES {
            match engine.receipt(index).await {
                Ok(receipt) => {
                    check_receipt(&receipt, &place.signer());
                    served += 1;
                }
                Err(error) => assert_eq!(error, ProofError::Unavailable),
            }
        }
    }
    assert!(served > 0);
    // Commands go on; the file is mended at the next start.
    engine.submit(place.fund(), "").await.expect("an entry");
    engine.shutdown().await;
    let engine = place.start();
    check_all_proofs(&engine).await;
    engine.shutdown().await;
}

/// What was moved aside, by name.
fn moved_aside(place: &Place) -> Vec<String> {
    let names = fs::read_dir(place.index_dir()).expect("a directory");
    let names = names.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("tree.hashes.")).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_or_written_is_moved_aside_and_the_hashes_are_made_anew() {
    let place = filled(Store::Memory).await;
    let path = place.tree_hashes();
    let whole = fs::read(&path).expect("the file of hashes");
    let elsewhere = place.index_dir().with_file_name("elsewhere");
    fs::write(&elsewhere, "not a directory").expect("a file");
    type Damage<'a> = Box<dyn Fn() + 'a>;
    let cases: [(&str, Damage); 5] = [
        ("a directory that is not empty", Box::new(|| fs::create_dir_all(path.join("a/b")).expect("made"))),
        // It opens, is empty, and takes nothing at a position.
        (
            "a pipe",
            Box::new(|| {
                let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo");
                assert!(made.success());
            }),
        ),
        ("a link to itself", Box::new(|| std::os::unix::fs::symlink(&path, &path).expect("a link"))),
        (
            "a link through a file",
            Box::new(|| {
                std::os::unix::fs::symlink(elsewhere.join("hashes"), &path).expect("a link");
            }),
        ),
        // It can be read without end, and its length is 0.
        ("a device", Box::new(|| std::os::unix::fs::symlink("/dev/tty", &path).expect("a link"))),
    ];
    for (number, (what, damage)) in cases.iter().enumerate() {
        fs::remove_file(&path).expect("the file of the start before");
        damage();
        println!("{what}");
        let engine = place.start();
        check_receipts(&engine).await;
        assert_eq!(fs::read(&path).expect("the file of hashes"), whole, "{what}");
        engine.shutdown().await;
        let aside = moved_aside(&place);
        assert_eq!(aside.len(), (number + 1).min(3), "{aside:?}");
        assert!(aside.contains(&format!("tree.hashes.broken-{}", number + 1)), "{what}: {aside:?}");
    }
    // What had been in the way is no longer there, and the next start moves nothing.
    let engine = place.start();
    check_all_proofs(&engine).await;
    engine.shutdown().await;
    assert_eq!(moved_aside(&place).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_file_can_be_had_the_start_is_refused_and_says_what_to_do() {
    let place = filled(Store::Memory).await;
    let path = place.tree_hashes();
    let kept = fs::read(&path).expect("the file of hashes");
    let refused = |what: &str| {
        let parts = place.parts(Box::new(place.memory()));
        let started = Engine::start(parts, &mut |_, _, _| {});
        let Err(error @ StartError::Hashes(_)) = started else {
            panic!("{what}: it starts, or says otherwise")
        };
        let words = error.to_string();
        for word in ["derived from the journal", "write in its directory", "make room", "start again"] {
            assert!(words.contains(word), "{what}: {words}");
        }
        assert_eq!(moved_aside(&place), [""; 0], "{what}");
    };
    // A disk that is full: another file would be of no use.
    fs::remove_file(&path).expect("removed");
    std::os::unix::fs::symlink("/dev/full", &path).expect("a link");
    refused("a full disk");
    assert!(path.is_symlink());
    // A file in the directory's place.
    fs::remove_dir_all(place.index_dir()).expect("removed");
    fs::write(place.index_dir(), "in the way").expect("a file");
    let parts = place.parts(Box::new(place.memory()));
    assert!(matches!(Engine::start(parts, &mut |_, _, _| {}), Err(StartError::Hashes(_))));
    // Once there is room, nothing is lost.
    fs::remove_file(place.index_dir()).expect("removed");
    let engine = place.start();
    check_all_proofs(&engine).await;
    engine.shutdown().await;
    assert_eq!(fs::read(&path).expect("the file of hashes"), kept);
}

/// Changes what a file holds while somebody has it open.
fn overwrite(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::FileExt;
    let file = fs::OpenOptions::new().write(true).open(path).expect("the file of hashes");
    file.write_all_at(bytes, 0).expect("written");
}

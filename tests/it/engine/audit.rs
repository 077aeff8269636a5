//! The audit trusts nothing but the log's key and the rules. Whatever an outsider damages and whatever the
//! operator forges, with the log's own key and every link and root made good again, it names the first bad
//! entry.

use civbank::bank::command::Body;
use civbank::bank::words::{Verdict, Vote};
use civbank::bank::{Change, SystemCommand};
use civbank::engine::audit::{AuditError, audit_reader};
use civbank::journal::{Batch, Journal, MemoryJournal};
use civbank::tlog::{Checkpoint, FIRST_PREVIOUS, Frontier, Signer, chain_hash, leaf_hash};
use civbank::wire::{Cause, Entry, PayloadType, sign};
use ed25519_dalek::SigningKey;

use super::fixture::{ORIGIN, Place, Store, officer, stranger};
use super::town::Live;

fn find(journal: &MemoryJournal, signer: &Signer) -> Result<u64, AuditError> {
    audit_reader(&*journal.reader(), signer.verifier(), &mut |_, _| {}).map(|report| report.entries)
}

fn decoded(journal: &MemoryJournal) -> Vec<Entry> {
    let batches = journal.reader().batches(0);
    let entries = batches.flat_map(|batch| batch.expect("a batch").entries);
    entries.map(|bytes| Entry::decode(&bytes).expect("an entry")).collect()
}

/// Writes entries as an operator who holds the log's key would: positions, links, leaves, roots and
/// checkpoints all made good.
fn written_anew(entries: Vec<Entry>, signer: &Signer) -> MemoryJournal {
    let mut journal = MemoryJournal::new();
    let (mut previous, mut frontier) = (FIRST_PREVIOUS, Frontier::new());
    for (index, entry) in (0..).zip(entries) {
        let bytes = Entry { index, previous: *previous.as_bytes(), ..entry }.encode();
        previous = chain_hash(&bytes);
        frontier.push(leaf_hash(&bytes));
        let note = Checkpoint::new(signer.name(), frontier.size(), frontier.root())
            .and_then(|checkpoint| checkpoint.sign(signer))
            .expect("a checkpoint");
        let checkpoint = note.to_string().into_bytes();
        journal.append(&Batch { first_index: index, entries: vec![bytes], checkpoint }).expect("appended");
    }
    journal
}

/// A village without notice in which one deed went all the way; and which entries that took.
async fn one_deed() -> (Live, MemoryJournal, u64, u64) {
    let mut live = Live::found(Store::Memory, &[0]).await;
    let (declaration, vote) = live.approve(0, 0).await;
    let egg = live.egg(0, super::town::Shopper::Household(0));
    live.engine.submit(egg, "").await.expect("an egg");
    live.engine.shutdown().await;
    let journal = live.place.memory();
    (live, journal, declaration, vote)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_forges_is_found_at_its_entry() {
    let (live, journal, declaration, vote) = one_deed().await;
    let signer = live.place.signer();
    let honest = decoded(&journal);
    let size = honest.len() as u64;
    assert_eq!(find(&written_anew(honest.clone(), &signer), &signer).expect("honest"), size);
    let (review, first_vote, closing, egg) = (declaration + 1, declaration + 2, vote + 1, vote + 2);
    assert_eq!((first_vote + 1, egg + 1), (vote, size));

    let check = |what: &str, forge: &dyn Fn(&mut Vec<Entry>), bad: u64, says: &str| {
        let mut entries = honest.clone();
        forge(&mut entries);
        let forged = written_anew(entries, &signer);
        let error = find(&forged, &signer).expect_err(what);
        assert_eq!(error.index(), Some(bad), "{what}: {error}");
        assert!(error.to_string().contains(says), "{what}: {error}");
    };
    let at = |index: u64| index as usize;

    check(
        "more points",
        &|e| e[at(closing)].effects.postings.iter_mut().for_each(|p| p.amount *= 2),
        closing,
        "otherwise",
    );
    check("a posting left out", &|e| e[at(egg)].effects.postings.truncate(1), egg, "otherwise");
    check(
        "a lot that lives longer",
        &|e| {
            for change in &mut e[at(closing)].effects.changes {
                if let Change::LotMoved { month, .. } = change {
                    month.0 += 1;
                }
            }
        },
        closing,
        "otherwise",
    );
    check("a vote removed", &|e| drop(e.remove(at(first_vote))), first_vote, "otherwise");
    check("a review removed", &|e| drop(e.remove(at(review))), review, "refuse");
    check(
        "a key's enrolment removed",
        &|e| {
            let liaison = live.town.people.key(&live.town.villages[0].name("liaison-02"));
            let key = civbank::bank::ids::PublicKey(liaison.verifying_key().to_bytes());
            e.retain(|entry| !matches!(entry.effects.changes[..], [Change::KeyEnrolled { key: k, .. }] if k == key));
        },
        review - 1,
        "KEY_UNKNOWN",
    );
    check("votes before the review", &|e| e.swap(at(review), at(first_vote)), review, "refuse");
    check("two votes swapped", &|e| e.swap(at(first_vote), at(vote)), first_vote, "otherwise");
    check("a purchase twice", &|e| e.push(honest[at(egg)].clone()), size, "REQUEST_ID_REUSED");
    check(
        "a lock that nobody saw",
        &|e| {
            let household = live.household(0, 0);
            let effects = Change::PinLocked { household }.into();
            let cause = Cause::System(SystemCommand::LockPin { household });
            e.push(Entry { cause, effects, ..honest[at(egg)].clone() });
        },
        size,
        "refuse",
    );
    check(
        "notice closed for what is not on notice",
        &|e| {
            let cause = Cause::System(SystemCommand::CloseNotice { declarations: vec![declaration] });
            e.push(Entry { cause, ..honest[at(closing)].clone() });
        },
        size,
        "refuse",
    );
    check(
        "an older entry last",
        &|e| {
            let mut entry = honest[at(egg)].clone();
            entry.time.0 -= 1;
            e[at(egg)] = entry;
            e[at(closing)].time.0 += 1;
        },
        egg,
        "",
    );
    check(
        "another command under a true signature",
        &|e| {
            if let Cause::Signed(envelope) = &mut e[at(egg)].cause {
                let last = envelope.payload.len() - 1;
                envelope.payload[last] ^= 1;
            }
        },
        egg,
        "signature",
    );
    check(
        "a signature of somebody else",
        &|e| {
            let body = Body::Review { declaration, verdict: Verdict::Endorse, ground: None, note: None };
            let command = live.place.command(body);
            e[at(review)].cause = Cause::Signed(super::fixture::signed(&command, &[&stranger()]));
        },
        review,
        "KEY_UNKNOWN",
    );
    check(
        "a vote by the liaison",
        &|e| {
            let declarations = vec![declaration];
            let body = Body::Decide { declarations, vote: Vote::Approve, points: None, ground: None };
            let command = live.place.command(body);
            let liaison = live.liaison(0, 0);
            e[at(vote)].cause = Cause::Signed(super::fixture::signed(&command, &[&liaison]));
        },
        vote,
        "NOT_AUTHORISED",
    );
    check(
        "a purchase without the card",
        &|e| {
            if let Cause::Signed(envelope) = &mut e[at(egg)].cause {
                envelope.signatures.truncate(1);
            }
        },
        egg,
        "SIGNATURE_MISSING",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_findings_the_first_entrys_is_named() {
    let (live, journal, declaration, vote) = one_deed().await;
    let signer = live.place.signer();
    let honest = decoded(&journal);
    let (review, egg) = (declaration + 1, vote + 2);
    // Each finding by itself, in the order in which an entry is looked at; some need the state, some do not.
    type Forge = fn(&mut Entry);
    let forges: [(Forge, &str); 6] = [
        (|entry| entry.time = civbank::bank::time::Time(i64::MAX), "entry: time_unix_ms"),
        (
            |entry| {
                if let Cause::Signed(envelope) = &mut entry.cause {
                    envelope.signatures.clear();
                }
            },
            "signatures",
        ),
        (
            |entry| {
                if let Cause::Signed(envelope) = &mut entry.cause {
                    envelope.signatures[0].signature[40] ^= 1;
                }
            },
            "does not fit",
        ),
        (
            // Neither the signature nor the command holds: signatures come first.
            |entry| {
                if let Cause::Signed(envelope) = &mut entry.cause {
                    envelope.payload.push(0xff);
                }
            },
            "does not fit",
        ),
        (
            // A signature that holds over what is no command.
            |entry| entry.cause = Cause::Signed(sign(vec![0xff], PayloadType::Protobuf, &[&stranger()])),
            "payload",
        ),
        (|entry| entry.effects.postings.clear(), "otherwise"),
    ];
    for (first, says) in forges {
        for (second, _) in forges {
            let mut entries = honest.clone();
            first(&mut entries[review as usize]);
            second(&mut entries[egg as usize]);
            if says == "otherwise" {
                entries[review as usize].effects.changes.clear();
            }
            let error = find(&written_anew(entries, &signer), &signer).expect_err(says);
            assert_eq!(error.index(), Some(review), "{error}");
            assert!(error.to_string().contains(says), "{error} does not say {says}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_many_groups_is_audited_like_one() {
    // Entries are prepared 2,048 together; a finding in each of several groups, the last entry among them.
    let place = Place::new(Store::Memory);
    let engine = place.open().await;
    for _ in 0..2_200 {
        engine.submit(place.fund(), "").await.expect("an entry");
    }
    engine.shutdown().await;
    let honest = decoded(&place.memory());
    let size = honest.len() as u64;
    let mut heard = Vec::new();
    let journal = place.memory();
    let report =
        audit_reader(&*journal.reader(), place.signer().verifier(), &mut |done, all| heard.push((done, all)))
            .expect("an honest journal");
    assert_eq!((report.entries, report.signatures), (size, size));
    assert_eq!(heard.len() as u64, report.checkpoints);
    assert!(heard.windows(2).all(|two| two[0].0 < two[1].0) && heard.last() == Some(&(size, size)));
    for bad in [1, 1_023, 2_047, 2_048, 2_049, size - 1] {
        let mut entries = honest.clone();
        for entry in &mut entries[bad as usize..] {
            if let Cause::Signed(envelope) = &mut entry.cause {
                envelope.signatures[0].signature[63] ^= 1;
            }
        }
        let error = find(&written_anew(entries, &place.signer()), &place.signer()).expect_err("forged");
        assert_eq!(error.index(), Some(bad), "{error}");
        assert!(error.to_string().contains("signature by"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_logs_entries_are_not_this_logs() {
    let place = Place::new(Store::Memory);
    place.open().await.shutdown().await;
    let entries = decoded(&place.memory());
    let other = Signer::new("civbank.example/other", SigningKey::from_bytes(&[8; 32])).expect("a key");
    let error = find(&written_anew(entries.clone(), &other), &other).expect_err("another bank's entries");
    assert!(matches!(&error, AuditError::OtherBank { .. }), "{error}");
    assert_eq!(error.index(), Some(0));

    // The right name, and another key.
    let thief = Signer::new(ORIGIN, officer()).expect("a key");
    let error = find(&written_anew(entries, &thief), &place.signer()).expect_err("another key");
    assert_eq!(error.index(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flipped_byte_of_an_entry_is_found_at_that_entry() {
    const BAD: u64 = 2;
    let place = Place::new(Store::Memory);
    let engine = place.open().await;
    for _ in 0..4 {
        engine.submit(place.fund(), "").await.expect("an entry");
    }
    engine.shutdown().await;
    let batches: Vec<Batch> = place.memory().reader().batches(0).map(|b| b.expect("a batch")).collect();
    let length = batches[BAD as usize].entries[0].len();
    for at in 0..length {
        for flip in [1, 0x80] {
            let mut journal = MemoryJournal::new();
            for batch in &batches {
                let mut batch = batch.clone();
                if batch.first_index == BAD {
                    batch.entries[0][at] ^= flip;
                }
                journal.append(&batch).expect("appended");
            }
            let error = find(&journal, &place.signer()).expect_err("a flipped byte");
            assert_eq!(error.index(), Some(BAD), "byte {at}: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_of_another_tree_is_found_at_its_entry() {
    let place = Place::new(Store::Memory);
    let engine = place.open().await;
    for _ in 0..4 {
        engine.submit(place.fund(), "").await.expect("an entry");
    }
    engine.shutdown().await;
    let batches: Vec<Batch> = place.memory().reader().batches(0).map(|b| b.expect("a batch")).collect();
    for bad in 0..batches.len() {
        let other = batches[(bad + 1) % batches.len()].checkpoint.clone();
        for checkpoint in [other, Vec::new(), b"nonsense".to_vec()] {
            let mut journal = MemoryJournal::new();
            for (number, batch) in batches.iter().enumerate() {
                let mut batch = batch.clone();
                if number == bad {
                    batch.checkpoint.clone_from(&checkpoint);
                }
                journal.append(&batch).expect("appended");
            }
            let error = find(&journal, &place.signer()).expect_err("another tree's checkpoint");
            assert_eq!(error.index(), Some(bad as u64), "{error}");
        }
    }
}

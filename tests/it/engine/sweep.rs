//! Every system call by which the bank writes, failed one after the other: the real program runs under strace,
//! which first lists the calls of a deed (an append, one that begins a segment, an opening that cuts a torn tail,
//! an index built anew, a snapshot) and then, in a run for each, makes one of them fail with EIO, with ENOSPC, or kills the
//! process on entering it. After each the world is checked from bytes.

mod strace;
pub mod trial;

use std::collections::BTreeSet;
use std::path::Path;

use strace::{Call, FAULTS, Fault};
use trial::{Bank, Deed, Fate};

/// Runs a deed once whole, then once for each call and fault. Prints what became of it.
fn sweep(deed: Deed, calls_min: usize) {
    if !strace::is_usable() {
        return;
    }
    let bank = Bank::new(deed);
    let (mut calls, fate) = bank.list();
    let whole = if deed == Deed::Reindex { Fate::Done } else { Fate::Written };
    assert_eq!(fate, whole, "{deed:?} without a fault");
    assert!(calls.len() >= calls_min, "{deed:?} makes only {} calls: {calls:#?}", calls.len());
    if deed.is_sampled() {
        println!("{deed:?}: {} calls, of which one of each kind is failed", calls.len());
        let mut seen = BTreeSet::new();
        calls.retain(|call| seen.insert(kind_of(call)));
    }
    let mut missed = 0;
    println!("{deed:?}: {} calls", calls.len());
    for call in &calls {
        for fault in FAULTS {
            let trial = bank.run(call, fault);
            missed += usize::from(!trial.struck);
            let file = Path::new(&call.path).file_name().unwrap_or_default().to_string_lossy();
            let what = if trial.struck { trial.fate.name() } else { "the call was not made" };
            println!(
                "{:<16} {:>2} of {:<26} {:<8} {:<34} {}",
                call.name,
                call.nth,
                file,
                fault.name(),
                what,
                trial.found
            );
            if trial.struck && deed.is_all_or_nothing() {
                assert_ne!(trial.fate, Fate::Written, "acknowledged although {call:?} failed with {fault:?}");
            }
        }
    }
    // What sled's own threads do differs from run to run; what the journal does never.
    let missed_max = if deed.is_sleds() { calls.len() * FAULTS.len() / 4 } else { 0 };
    assert!(missed <= missed_max, "{missed} faults did not strike");
}

/// A call by its name and its file's, numbers left out.
fn kind_of(call: &strace::Call) -> (String, String) {
    let file = Path::new(&call.path).file_name().unwrap_or_default().to_string_lossy();
    (call.name.clone(), file.chars().filter(|c| !c.is_ascii_hexdigit()).collect())
}

#[test]
fn each_call_of_an_append_may_fail() {
    sweep(Deed::Append, 2);
}

#[test]
fn each_call_of_an_append_that_begins_a_segment_may_fail() {
    sweep(Deed::Roll, 7);
}

#[test]
fn each_call_of_an_opening_that_cuts_a_torn_tail_may_fail() {
    sweep(Deed::Open, 8);
}

#[test]
fn each_call_of_an_index_built_anew_may_fail() {
    sweep(Deed::Index, 8);
}

#[test]
fn each_kind_of_call_of_a_reindex_may_fail() {
    sweep(Deed::Reindex, 8);
}

#[test]
fn each_call_of_a_snapshot_may_fail() {
    sweep(Deed::Snapshot, 5);
}

#[test]
fn a_file_of_hashes_that_cannot_be_opened_or_read_is_made_anew_and_a_full_disk_says_so() {
    if !strace::is_usable() {
        return;
    }
    let bank = Bank::new(Deed::Open);
    let path = bank.place().join("index/tree.hashes").display().to_string();
    for (name, fault, fate) in [
        ("openat", Fault::Eio, Fate::Written),
        ("openat", Fault::Enospc, Fate::NotServing),
        ("pread64", Fault::Eio, Fate::Written),
    ] {
        let call = Call { name: name.to_owned(), path: path.clone(), nth: 1 };
        let trial = bank.run(&call, fault);
        assert!(trial.struck, "{call:?} was not made");
        assert_eq!(trial.fate, fate, "{call:?} fails with {fault:?}");
        let aside = bank.place().join("index/tree.hashes.broken-1").exists();
        assert_eq!(aside, fate == Fate::Written, "{call:?} fails with {fault:?}");
    }
}

//! Power cuts while documents are put and erased, and while the directory opens after the cut before. A document that
//! was acknowledged is whole; one whose erasure was acknowledged is gone; of anything else, all or nothing.
//!
//! `CUTS=` and `SEED=` as for the journal's cuts.

use std::path::Path;

use civbank::documents::{DocumentKind, Documents};

use super::cut_disk::CutDisk;
use crate::it::journal::fixture::Dice;

/// Cuts unless `CUTS` says otherwise.
const CUTS: u64 = 300;
/// Documents that come and go.
const DOCUMENTS: usize = 10;
/// Calls that opening makes where nothing is to be removed: the directory, its shelves, the unfinished, two syncs.
const OPENING: u64 = 1 + 256 + 1 + 2;

/// What is known of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    There,
    Gone,
    /// The power went before anybody heard.
    Nothing,
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn content(number: usize) -> Vec<u8> {
    vec![number as u8; 1 + 700 * number]
}

/// Looks at all documents and makes known what was not.
fn look(documents: &Documents, known: &mut [Known], cut: u64) {
    assert_eq!(documents.unfinished().expect("a directory"), 0, "cut {cut}: unfinished files are left");
    for (number, known) in known.iter_mut().enumerate() {
        // Never damaged, whatever happened.
        let found = documents
            .get(documents.address_of(DocumentKind::Photo, &content(number)))
            .unwrap_or_else(|error| panic!("cut {cut}: {error}"));
        match &found {
            Some(found) => assert_eq!(*found, (DocumentKind::Photo, content(number)), "cut {cut}"),
            None => assert!(
                !documents
                    .exists(documents.address_of(DocumentKind::Photo, &content(number)))
                    .expect("a directory"),
                "cut {cut}"
            ),
        }
        let now = if found.is_some() { Known::There } else { Known::Gone };
        assert!(
            *known == Known::Nothing || *known == now,
            "cut {cut}: document {number} was {known:?}, is {now:?}"
        );
        *known = now;
    }
}

/// Puts and erases until the power goes.
fn live(documents: &Documents, known: &mut [Known], dice: &mut Dice, done: &mut [u64; 2]) {
    loop {
        let number = dice.below(DOCUMENTS as u64) as usize;
        let is_put = dice.below(2) == 0;
        let is_done = if is_put {
            documents.put(DocumentKind::Photo, &content(number)).is_ok()
        } else {
            documents.erase(documents.address_of(DocumentKind::Photo, &content(number))).is_ok()
        };
        known[number] = match (is_done, is_put) {
            (true, true) => Known::There,
            (true, false) => Known::Gone,
            (false, _) => Known::Nothing,
        };
        if !is_done {
            return;
        }
        done[usize::from(is_put)] += 1;
    }
}

#[test]
fn what_was_acknowledged_outlives_the_power() {
    let (cuts, seed) = (number("CUTS", CUTS), number("SEED", 1));
    println!("SEED={seed} CUTS={cuts}");
    let mut dice = Dice(seed);
    let home = tempfile::tempdir().expect("a directory");
    let dir = home.path().join("documents");
    let disk = CutDisk::default();
    let open = |dir: &Path| Documents::open_on(Box::new(disk.clone()), dir);
    let mut known = [Known::Gone; DOCUMENTS];
    let (mut done, mut while_opening) = ([0; 2], 0);
    for cut in 0..cuts {
        let calls = if dice.below(5) == 0 { dice.below(OPENING) } else { OPENING + dice.below(40) };
        disk.cut_after(calls, dice.below(2) == 0);
        match open(&dir) {
            Ok(documents) => live(&documents, &mut known, &mut dice, &mut done),
            Err(_) => while_opening += 1,
        }
        assert!(disk.is_off(), "cut {cut}: the power went");
        disk.power_comes_back(&mut dice);
        let documents = open(&dir).unwrap_or_else(|error| panic!("cut {cut}: {error}"));
        look(&documents, &mut known, cut);
    }
    println!("{} puts and {} erasures acknowledged; {while_opening} cuts while opening", done[1], done[0]);
    assert!(
        done[0] > cuts / 4 && done[1] > cuts / 4 && while_opening > cuts / 20,
        "{done:?} {while_opening}"
    );
}

//! The power goes, a thousand times: the whole engine on a disk that keeps apart what was written and what is
//! durable (`tests/it/journal/flaky_disk.rs`). Commands come alone, in crowds and in batches; the cut comes at any
//! moment: between two calls to the disk, in the middle of one, and while the journal is being opened after the
//! cut before. What the disk has not been told to keep is there, in part there, or gone, as the dice fall; the
//! index loses bytes too. After each cut the journal is audited from bytes, everything acknowledged is there, and
//! a retry of what was asked is answered once.
//!
//! `SEED=7 CUTS=20000 cargo test --release --test it power` cuts more often, by other dice.

use std::collections::BTreeSet;

use civbank::engine::{Clock, Engine, SubmitError, Submitted};
use civbank::journal::{FileJournal, Journal, OpenError, Options};
use civbank::wire::pb;
use tokio::task::JoinSet;

use super::super::journal::{Dice, FAULTS, FlakyDisk};
use super::fixture::{Place, Store, check_receipt, funding, officer};

/// Cuts in one bank's life; then another bank begins, so that journals stay short.
const CUTS_A_LIFE: u64 = 25;
/// So short that segments begin all the time.
const SEGMENT_BYTES: u64 = 6_000;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// How often what happened.
#[derive(Debug, Default)]
struct Done {
    in_a_call: u64,
    between_calls: u64,
    while_opening: u64,
    torn_tails: u64,
    acknowledged: u64,
    /// Of unknown outcome when the power went, and there afterwards.
    kept: u64,
    /// Of unknown outcome when the power went, and gone.
    lost: u64,
    refused: u64,
}

/// One bank on one disk.
struct Life {
    place: Place,
    disk: FlakyDisk,
    dice: Dice,
    acknowledged: Vec<(pb::Envelope, Submitted)>,
    /// Sent, and not answered but for "it has stopped".
    unknown: Vec<pb::Envelope>,
    villages: u64,
}

impl Life {
    async fn begin(seed: u64) -> (Life, Engine) {
        let (place, disk) = (Place::new(Store::File), FlakyDisk::default());
        let mut life = Life {
            place,
            disk,
            dice: Dice(seed),
            acknowledged: Vec::new(),
            unknown: Vec::new(),
            villages: 0,
        };
        let journal = life.open().expect("a journal");
        let engine = life.place.start_on(journal);
        let first = life.place.first();
        let receipt = engine.submit(first.clone(), "").await.expect("entry 0");
        life.acknowledged.push((first, receipt));
        (life, engine)
    }

    fn open(&self) -> Result<Box<dyn Journal>, OpenError> {
        let options = Options { segment_bytes_max: SEGMENT_BYTES };
        let disk = Box::new(self.disk.clone());
        let (journal, _) = FileJournal::open_on(disk, &self.place.journal_dir(), &options, None)?;
        Ok(Box::new(journal))
    }

    fn command(&mut self) -> pb::Envelope {
        match self.dice.below(6) {
            0 => {
                self.villages += 1;
                self.place.village(self.villages)
            }
            // Refused: this village is there, or not, but never twice.
            1 if self.villages > 0 => self.place.village(1 + self.dice.below(self.villages)),
            _ => {
                let points = 1 + self.dice.below(1_000) as i64;
                self.place.envelope(funding(points), &[&officer()])
            }
        }
    }

    /// Sends what is to be sent in one go: in one batch, or by callers side by side.
    async fn send(&mut self, engine: &Engine, done: &mut Done) {
        let commands: Vec<_> = (0..1 + self.dice.below(6)).map(|_| self.command()).collect();
        let answers = if self.dice.below(3) == 0 {
            let batch = commands.iter().map(|envelope| (envelope.clone(), String::new())).collect();
            commands.into_iter().zip(engine.submit_batch(batch).await).collect()
        } else {
            let mut callers = JoinSet::new();
            for envelope in commands {
                let engine = engine.clone();
                callers.spawn(async move { (envelope.clone(), engine.submit(envelope, "").await) });
            }
            callers.join_all().await
        };
        for (envelope, answer) in answers {
            match answer {
                Ok(receipt) => {
                    assert!(!receipt.repeated);
                    self.acknowledged.push((envelope, receipt));
                    done.acknowledged += 1;
                }
                Err(SubmitError::Refused(_)) => done.refused += 1,
                Err(SubmitError::Stopped) => self.unknown.push(envelope),
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// Works until the power goes.
    async fn work(&mut self, engine: Engine, done: &mut Done) {
        let fault = FAULTS[self.dice.below(3) as usize];
        self.disk.plan(Some((self.dice.below(14), fault)));
        for _ in 0..self.dice.below(8) {
            self.send(&engine, done).await;
            if self.disk.has_failed() {
                break;
            }
        }
        let failed = self.disk.has_failed();
        self.disk.plan(None);
        done.in_a_call += u64::from(failed);
        done.between_calls += u64::from(!failed);
        engine.shutdown().await;
        self.disk.lose_power(&mut self.dice);
    }

    /// The power is back; it may go again before the journal is open.
    fn wake(&mut self, done: &mut Done) -> Engine {
        if self.dice.below(4) == 0 {
            let fault = FAULTS[self.dice.below(3) as usize];
            self.disk.plan(Some((self.dice.below(5), fault)));
            if let Err(error) = self.open() {
                assert!(matches!(error, OpenError::Io { .. }) && self.disk.has_failed(), "{error}");
                done.while_opening += 1;
            }
            self.disk.plan(None);
            self.disk.lose_power(&mut self.dice);
        }
        self.break_index();
        // From bytes, before anything is mended.
        let (_, found) = FileJournal::open_for_audit(&self.place.journal_dir(), None).expect("no damage");
        done.torn_tails += u64::from(found.torn_tail.is_some());
        let audited = self.place.audit().entries;
        assert_eq!(audited, found.size);
        let journal = self.open().expect("a journal");
        assert_eq!(journal.size(), audited);
        self.place.start_on(journal)
    }

    /// The index is not on the flaky disk: it is whole, gone, or a file of it has lost its end.
    fn break_index(&mut self) {
        let dir = self.place.index_dir();
        match self.dice.below(6) {
            0 => std::fs::remove_dir_all(dir).expect("an index to lose"),
            1 => self.shorten(&self.place.tree_hashes()),
            2 => self.shorten(&dir.join("history").join("db")),
            _ => {}
        }
    }

    fn shorten(&self, path: &std::path::Path) {
        let Ok(file) = std::fs::OpenOptions::new().write(true).open(path) else { return };
        let length = file.metadata().expect("a length").len();
        file.set_len(Dice(self.dice.0).below(length + 1)).expect("a shorter file");
    }

    /// Everything acknowledged is there; what was unknown is written once.
    async fn check(&mut self, engine: &Engine, whole: bool, done: &mut Done) {
        let entries = engine.entries(0, usize::MAX).expect("entries");
        let mut size = entries.len() as u64;
        for (_, known) in &self.acknowledged {
            assert_eq!(entries.get(known.index as usize), Some(&known.entry), "entry {}", known.index);
        }
        for envelope in std::mem::take(&mut self.unknown) {
            let receipt = match engine.submit(envelope.clone(), "").await {
                Ok(receipt) => receipt,
                Err(SubmitError::Refused(_)) => continue,
                Err(other) => panic!("{other}"),
            };
            check_receipt(&receipt, &self.place.signer());
            if receipt.repeated {
                assert!(receipt.index < entries.len() as u64);
                done.kept += 1;
            } else {
                assert_eq!(receipt.index, size);
                size += 1;
                done.lost += 1;
            }
            self.acknowledged.push((envelope, receipt));
        }
        assert_eq!(engine.published().size, size);
        let numbers: BTreeSet<u64> = self.acknowledged.iter().map(|(_, known)| known.index).collect();
        assert_eq!(numbers.len(), self.acknowledged.len(), "two commands are one entry");
        // Every entry was asked for and answered: none came from nowhere.
        assert_eq!(size, numbers.len() as u64);
        for _ in 0..3 {
            let at = self.dice.below(self.acknowledged.len() as u64) as usize;
            let (envelope, first) = &self.acknowledged[at];
            let again = engine.submit(envelope.clone(), "").await.expect("the first entry");
            assert_eq!((again.index, again.repeated, &again.entry), (first.index, true, &first.entry));
        }
        if whole {
            let known: Vec<Submitted> = self.acknowledged.iter().map(|(_, known)| known.clone()).collect();
            self.place.check(engine, &known).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_power_cuts_lose_nothing_that_was_acknowledged() {
    let (seed, cuts) = (setting("SEED", 1), setting("CUTS", 1_000));
    println!("SEED={seed} CUTS={cuts}");
    let mut done = Done::default();
    for number in 0..cuts.div_ceil(CUTS_A_LIFE) {
        let (mut life, mut engine) = Life::begin(seed.wrapping_mul(1_000_003).wrapping_add(number)).await;
        let cuts = CUTS_A_LIFE.min(cuts - number * CUTS_A_LIFE);
        for cut in 0..cuts {
            println!("life {number} cut {cut}");
            life.work(engine, &mut done).await;
            engine = life.wake(&mut done);
            life.check(&engine, cut + 1 == cuts, &mut done).await;
            let now = life.place.clock.now();
            life.place.clock.set(civbank::bank::time::Time(now.0 + 60_000));
        }
        engine.shutdown().await;
        assert_eq!(life.place.audit().entries, life.acknowledged.len() as u64);
    }
    println!("{done:?}");
    if cuts >= 1_000 {
        let Done { in_a_call, between_calls, while_opening, torn_tails, acknowledged, kept, lost, refused } =
            done;
        for count in [in_a_call, between_calls, while_opening, torn_tails, acknowledged, kept, lost, refused]
        {
            assert!(count > 0, "something that may happen never did");
        }
    }
}

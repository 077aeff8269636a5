//! A bank to break: a directory, a clock by hand, a journal in memory or in files, and commands that are
//! always in order. After each step the whole world can be checked from bytes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use civbank::bank::command::{Body, Command};
use civbank::bank::ids::Branch;
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::time::{Day, Time};
use civbank::bank::words::FundSource;
use civbank::demo::clock::DemoClock;
use civbank::demo::dice::Dice;
use civbank::documents::Documents;
use civbank::engine::audit::{AuditReport, audit_reader};
use civbank::engine::{Clock, Engine, Parts, Submitted};
use civbank::journal::{Batch, FileJournal, Journal, JournalError, JournalReader, MemoryJournal, Options};
use civbank::tlog::{Signer, TlogProof};
use civbank::wire::{PayloadType, encode_command, pb, sign};
use ed25519_dalek::SigningKey;

pub const ORIGIN: &str = "civbank.example/engine";

/// Where a place keeps its journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    Memory,
    File,
}

pub const STORES: [Store; 2] = [Store::Memory, Store::File];

/// A journal of whichever store, to be wrapped or given away.
pub struct AnyJournal(Box<dyn Journal>);

impl Journal for AnyJournal {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn append(&mut self, batch: &Batch) -> Result<(), JournalError> {
        self.0.append(batch)
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        self.0.reader()
    }
}

/// Everything of a bank that outlives its engine.
pub struct Place {
    pub dir: tempfile::TempDir,
    pub clock: Arc<DemoClock>,
    store: Store,
    memory: MemoryJournal,
    requests: AtomicU64,
}

impl Place {
    pub fn new(store: Store) -> Place {
        let dir = tempfile::tempdir().expect("a directory");
        let clock = Arc::new(DemoClock::default());
        clock.set(monday(9));
        Place { dir, clock, store, memory: MemoryJournal::new(), requests: AtomicU64::new(0) }
    }

    pub fn signer(&self) -> Signer {
        Signer::new(ORIGIN, SigningKey::from_bytes(&[9; 32])).expect("a log's key")
    }

    pub fn index_dir(&self) -> PathBuf {
        self.dir.path().join("index")
    }

    pub fn journal_dir(&self) -> PathBuf {
        self.dir.path().join("journal")
    }

    pub fn tree_hashes(&self) -> PathBuf {
        self.index_dir().join("tree.hashes")
    }

    pub fn journal(&self) -> AnyJournal {
        AnyJournal(match self.store {
            Store::Memory => Box::new(self.memory.clone()),
            Store::File => {
                let opened = FileJournal::open(&self.journal_dir(), &Options::default(), None);
                Box::new(opened.expect("a journal that opens").0)
            }
        })
    }

    /// What is in the journal that is kept in memory.
    pub fn memory(&self) -> MemoryJournal {
        self.memory.clone()
    }

    pub fn documents_dir(&self) -> PathBuf {
        self.dir.path().join("documents")
    }

    pub fn documents(&self) -> Documents {
        Documents::open(&self.documents_dir()).expect("documents")
    }

    pub fn parts(&self, journal: Box<dyn Journal>) -> Parts {
        let (index_dir, documents) = (self.index_dir(), self.documents());
        Parts { journal, index_dir, documents, signer: self.signer(), clock: self.clock.clone() }
    }

    pub fn start(&self) -> Engine {
        self.start_on(Box::new(self.journal()))
    }

    pub fn start_on(&self, journal: Box<dyn Journal>) -> Engine {
        Engine::start(self.parts(journal), &mut |_, _, _| {}).expect("an engine")
    }

    /// An engine whose bank is open: one entry.
    pub async fn open(&self) -> Engine {
        let engine = self.start();
        engine.submit(self.first(), "").await.expect("entry 0");
        engine
    }

    /// A command that nobody else sent.
    pub fn command(&self, body: Body) -> Command {
        let now = self.clock.now();
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut request_id = [0; 16];
        request_id[..6].copy_from_slice(&now.0.to_be_bytes()[2..]);
        request_id[6] = 0x70;
        request_id[8..].copy_from_slice(&(number | 0x8000_0000_0000_0000).to_be_bytes());
        Command { origin: ORIGIN.into(), request_id, not_after: Time(now.0 + 3_600_000), body }
    }

    pub fn envelope(&self, body: Body, keys: &[&SigningKey]) -> pb::Envelope {
        signed(&self.command(body), keys)
    }

    /// Entry 0.
    pub fn first(&self) -> pb::Envelope {
        let bounds = Bounds { min: Policy { notice_days: 0, ..Policy::LEAST }, max: Policy::MOST };
        let (head, title) = (head(), "柳林镇总行".into());
        self.envelope(Body::OpenBank { head, title, policy: Policy::DEFAULT, bounds }, &[&officer()])
    }

    /// A command that is in order any number of times: money comes in.
    pub fn fund(&self) -> pb::Envelope {
        self.envelope(funding(1), &[&officer()])
    }

    /// A village joins; in order once.
    pub fn village(&self, number: u64) -> pb::Envelope {
        let (branch, title) = (village(number), format!("第{number}村"));
        self.envelope(Body::OpenBranch { branch, title }, &[&officer()])
    }

    /// The world holds: every entry has a receipt that verifies with the log's key alone, the journal is
    /// audited from bytes, the books add up, and nothing acknowledged is missing or other.
    pub async fn check(&self, engine: &Engine, acknowledged: &[Submitted]) {
        let published = engine.published();
        let entries = engine.entries(0, usize::MAX).expect("entries");
        assert_eq!(entries.len() as u64, published.size);
        for (index, bytes) in (0..).zip(&entries) {
            let receipt = engine.receipt(index).await.expect("a receipt");
            assert_eq!(&receipt.entry, bytes);
            check_receipt(&receipt, &self.signer());
        }
        for known in acknowledged {
            assert_eq!(entries.get(known.index as usize), Some(&known.entry), "entry {}", known.index);
            check_receipt(known, &self.signer());
        }
        let books = engine.read(|view| view.bank.check_books()).await.expect("a running engine");
        assert_eq!(books, Ok(()));
    }

    /// The journal is whole, from bytes. No engine may hold the files' lock for this to be the last word.
    pub fn audit(&self) -> AuditReport {
        let reader = match self.store {
            Store::Memory => self.memory.reader(),
            Store::File => {
                let opened = FileJournal::open_for_audit(&self.journal_dir(), None);
                Arc::new(opened.expect("a journal that opens").0)
            }
        };
        audit_reader(&*reader, self.signer().verifier(), &mut |_, _| {}).expect("a clean audit")
    }
}

pub fn signed(command: &Command, keys: &[&SigningKey]) -> pb::Envelope {
    sign(encode_command(command), PayloadType::Protobuf, keys)
}

pub fn head() -> Branch {
    "370829199000".parse().expect("the head bank's code")
}

pub fn village(number: u64) -> Branch {
    format!("{:012}", head().number() + 200 + number).parse().expect("a village's code")
}

pub fn officer() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

pub fn funding(points: i64) -> Body {
    let (source, voucher) = (FundSource::County, None);
    Body::FundBudget { branch: head(), source, fen: 100, points, voucher }
}

/// An hour of Monday 2026-11-02.
pub fn monday(hour: i64) -> Time {
    let day: Day = "2026-11-02".parse().expect("a day");
    Time(day.start().0 + hour * 3_600_000)
}

/// The receipt proves its entry, offline.
pub fn check_receipt(receipt: &Submitted, signer: &Signer) {
    let proof = TlogProof::parse(receipt.proof.as_bytes()).expect("a well-formed receipt");
    assert_eq!(proof.index(), receipt.index);
    let opened = proof.verify(&receipt.entry, signer.verifier(), &[]).expect("a receipt that holds");
    assert!(opened.value().size() > receipt.index);
    let mut other = receipt.entry.clone();
    other[0] ^= 1;
    assert!(proof.verify(&other, signer.verifier(), &[]).is_err(), "a receipt proves other bytes");
}

/// A key that nobody enrolled.
pub fn stranger() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

/// Bytes that mean nothing.
pub fn noise(dice: &mut Dice, length: usize) -> Vec<u8> {
    (0..length).map(|_| dice.below(256) as u8).collect()
}

//! A bank in a directory, to be copied: small segments, documents, an officer who can do anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use civbank::bank::command::{Body, Command};
use civbank::bank::ids::Digest;
use civbank::bank::policy::Bounds;
use civbank::bank::policy::Policy;
use civbank::bank::time::Time;
use civbank::bank::words::{ErasureGround, FundSource};
use civbank::documents::{Address, DocumentKind, Documents};
use civbank::engine::{Clock as _, Engine, Home, Parts, SystemClock};
use civbank::journal::{FileJournal, Options};
use civbank::upkeep::UpkeepError;
use civbank::upkeep::backup::{BackupReport, backup};
use civbank::upkeep::restore::{RestoreReport, restore};

use crate::it::engine::fixture::{head, officer, signed};

pub const ORIGIN: &str = "civbank.example/upkeep";

/// A bank's directory among others that tests make beside it.
pub struct Town {
    all: tempfile::TempDir,
    name: String,
}

impl Town {
    /// A bank with entry 0 and so many more.
    pub async fn with(entries: u64) -> Town {
        let town = Town { all: tempfile::tempdir().expect("a directory"), name: "bank".to_owned() };
        Home::at(&town.dir()).create(ORIGIN).expect("a new bank");
        town.live(entries).await;
        town
    }

    pub fn dir(&self) -> PathBuf {
        self.path(&self.name)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.all.path().join(name)
    }

    /// Opens the bank; segments are small, so that there are several.
    pub fn start(&self) -> Engine {
        start(&self.dir())
    }

    /// Opens the bank, writes so many entries, closes it.
    pub async fn live(&self, entries: u64) {
        live(&self.dir(), entries).await;
    }

    pub fn back_up(&self, name: &str) -> Result<BackupReport, UpkeepError> {
        backup(&self.dir(), &self.path(name), true, None, &mut |_, _, _| {})
    }

    pub fn back_up_without_key(&self, name: &str) -> Result<BackupReport, UpkeepError> {
        backup(&self.dir(), &self.path(name), false, None, &mut |_, _, _| {})
    }

    pub fn restore(&self, from: &str, to: &str) -> Result<RestoreReport, UpkeepError> {
        restore(&self.path(from), &self.path(to), None, &mut |_, _, _| {})
    }
}

pub fn start(dir: &Path) -> Engine {
    let home = Home::at(dir);
    let options = Options { segment_bytes_max: 4_096 };
    let (journal, _) = FileJournal::open(&home.journal(), &options, None).expect("a journal");
    let documents = Documents::open(&home.documents()).expect("documents");
    let signer = home.signer().expect("the log's key");
    let clock = Arc::new(SystemClock);
    let parts = Parts { journal: Box::new(journal), index_dir: home.index(), documents, signer, clock };
    Engine::start(parts, &mut |_, _, _| {}).expect("an engine")
}

pub async fn live(dir: &Path, entries: u64) {
    let engine = start(dir);
    if engine.published().size == 0 {
        submit(&engine, opening()).await;
    }
    for _ in 0..entries {
        pay_in(&engine).await;
    }
    engine.shutdown().await;
}

fn opening() -> Body {
    let (head, title) = (head(), "柳林镇总行".into());
    let bounds = Bounds { min: Policy::LEAST, max: Policy::MOST };
    Body::OpenBank { head, title, policy: Policy::DEFAULT, bounds }
}

pub async fn submit(engine: &Engine, body: Body) -> u64 {
    let now = SystemClock.now();
    let request_id = *uuid::Uuid::now_v7().as_bytes();
    let command = Command { origin: ORIGIN.into(), request_id, not_after: Time(now.0 + 3_600_000), body };
    engine.submit(signed(&command, &[&officer()]), "").await.expect("an entry").index
}

/// Money comes in, with its voucher: a document that no other entry has.
pub async fn pay_in(engine: &Engine) -> Address {
    let voucher = uuid::Uuid::now_v7().to_string();
    let address = engine.documents().put(DocumentKind::Record, voucher.as_bytes()).expect("a document");
    let body = Body::FundBudget {
        branch: head(),
        source: FundSource::County,
        fen: 100,
        points: 1,
        voucher: Some(Digest(*address.as_bytes())),
    };
    submit(engine, body).await;
    address
}

pub async fn erase(engine: &Engine, address: Address) {
    let document = Digest(*address.as_bytes());
    submit(engine, Body::Erase { document, ground: ErasureGround::Requested }).await;
}

/// Every file under a directory with its bytes, but for the index, the lock and the marker.
pub fn files_of(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    fn gather(top: &Path, dir: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
        for entry in std::fs::read_dir(dir).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                gather(top, &path, found);
            } else {
                let name = path.strip_prefix(top).expect("a path below").to_owned();
                found.push((name, std::fs::read(&path).expect("a file")));
            }
        }
    }
    let mut found = Vec::new();
    gather(dir, dir, &mut found);
    found.retain(|(name, _)| !name.starts_with("index") && !name.ends_with("LOCK"));
    found.sort();
    found
}

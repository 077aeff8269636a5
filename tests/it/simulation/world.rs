//! The world around the engine: a clock by hand, a journal that fails, tears or lies, an index that loses bytes,
//! and the ground that all lives share: documents, and a town that is founded once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use civbank::bank::command::{Body, Command};
use civbank::bank::ids::Digest;
use civbank::bank::time::Time;
use civbank::demo::clock::DemoClock;
use civbank::demo::dice::Dice;
use civbank::documents::{DocumentKind, Documents};
use civbank::engine::{Clock, Engine, Parts};
use civbank::journal::{Batch, FileJournal, Journal, JournalError, JournalReader, MemoryJournal, Options};
use civbank::tlog::Signer;
use civbank::wire::pb;
use ed25519_dalek::SigningKey;

use super::super::engine::fixture::{ORIGIN, monday, signed};
use super::super::journal::{self, FAULTS, FlakyDisk};
use super::model::{Checked, Wrong, ensure};
use super::town;

pub const PINS: [&str; 2] = ["246810", "135791"];

/// What all lives of one run share.
pub struct Ground {
    dir: tempfile::TempDir,
    batches: Vec<Batch>,
    photos: Mutex<Vec<Digest>>,
    texts: Mutex<Vec<Digest>>,
    /// One document for each of [`PINS`].
    pub pins: Vec<Digest>,
}

impl Ground {
    pub async fn new() -> Ground {
        let dir = tempfile::tempdir().expect("a directory");
        let documents = Documents::open(dir.path()).expect("documents");
        let hash = |pin: &&str| {
            let bytes = quick_hash(pin);
            Digest(*documents.put(DocumentKind::PinHash, bytes.as_bytes()).expect("a document").as_bytes())
        };
        let pins = PINS.iter().map(hash).collect();
        let mut ground =
            Ground { dir, batches: Vec::new(), photos: Mutex::default(), texts: Mutex::default(), pins };
        let mut world = World::start(&ground, false).expect("an empty world");
        let today = world.clock.now().day();
        for (body, keys) in town::founding(today) {
            let keys: Vec<&SigningKey> = keys.iter().collect();
            let envelope = world.envelope(body, &keys);
            world.engine.submit(envelope, "").await.expect("a town that can be founded");
        }
        world.engine.shutdown().await;
        let batches = world.memory.reader().batches(0).collect::<Result<_, _>>();
        ground.batches = batches.expect("batches");
        ground
    }

    /// The n-th picture.
    pub fn photo(&self, number: usize) -> Digest {
        self.nth(&self.photos, DocumentKind::Photo, number)
    }

    /// The n-th text.
    pub fn text(&self, number: usize) -> Digest {
        self.nth(&self.texts, DocumentKind::Text, number)
    }

    fn nth(&self, all: &Mutex<Vec<Digest>>, kind: DocumentKind, number: usize) -> Digest {
        let mut all = all.lock().expect("documents");
        while all.len() <= number {
            let documents = Documents::at(self.dir.path());
            let content = format!("document {}, of at least thirty-two letters", all.len());
            let address = documents.put(kind, content.as_bytes()).expect("a document");
            all.push(Digest(*address.as_bytes()));
        }
        all[number]
    }
}

/// The string of a PIN as in a document, but made with the least work that Argon2 allows.
fn quick_hash(pin: &str) -> String {
    use argon2::password_hash::PasswordHasher;
    let params = argon2::Params::new(8, 1, 1, None).expect("parameters");
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    argon.hash_password(pin.as_bytes()).expect("a hash").to_string()
}

/// How an append goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written, and a failure is told.
    NotWritten,
    /// Everything is written, and a failure is told.
    Written,
    /// From here on all is said to be written, and the next crash shows that nothing was.
    Lies,
}

#[derive(Default)]
struct Control {
    /// How many more appends go well, and how the one after them fails.
    plan: Option<(u64, Fault)>,
    failed: bool,
    /// What is truly there, since the journal lies.
    kept: Option<u64>,
}

/// A journal over another one that fails as it is told.
struct SimJournal {
    inner: Box<dyn Journal>,
    control: Arc<Mutex<Control>>,
    poisoned: bool,
}

impl Journal for SimJournal {
    fn size(&self) -> u64 {
        self.inner.size()
    }

    fn append(&mut self, batch: &Batch) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        let mut control = self.control.lock().expect("control");
        let fault = match &mut control.plan {
            Some((0, fault)) => Some(*fault),
            Some((appends, _)) => {
                *appends -= 1;
                None
            }
            None => None,
        };
        if fault == Some(Fault::Lies) && control.kept.is_none() {
            control.kept = Some(self.inner.size());
        }
        let told_to_fail = matches!(fault, Some(Fault::NotWritten | Fault::Written));
        let done = if fault == Some(Fault::NotWritten) { Ok(()) } else { self.inner.append(batch) };
        if done.is_ok() && !told_to_fail {
            return Ok(());
        }
        control.failed = true;
        self.poisoned = true;
        done?;
        let (doing, path) = ("writing a batch to", Path::new("a simulated journal").to_owned());
        Err(JournalError::Io { doing, path, source: io::Error::other("misfortune") })
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        self.inner.reader()
    }
}

pub struct World {
    dir: tempfile::TempDir,
    documents: PathBuf,
    pub clock: Arc<DemoClock>,
    pub engine: Engine,
    memory: MemoryJournal,
    /// Where files tear; none: the journal is in memory.
    disk: Option<FlakyDisk>,
    control: Arc<Mutex<Control>>,
    requests: u64,
}

impl World {
    /// A world on the ground's town, its journal in memory or on a disk that tears.
    pub fn start(ground: &Ground, torn: bool) -> Checked<World> {
        let dir = tempfile::tempdir().expect("a directory");
        let clock = Arc::new(DemoClock::default());
        clock.set(monday(9));
        let (memory, disk) = (MemoryJournal::new(), torn.then(FlakyDisk::default));
        let control = Arc::new(Mutex::new(Control::default()));
        let mut first = open(&memory, disk.as_ref(), dir.path(), &control)?;
        for batch in &ground.batches {
            first.append(batch).expect("a founding");
        }
        let documents = ground.dir.path().to_owned();
        let engine = start(dir.path(), &documents, first, clock.clone())?;
        Ok(World { dir, documents, clock, engine, memory, disk, control, requests: 0 })
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().expect("control")
    }

    /// A command that nobody else sent, for an hour.
    pub fn command(&mut self, body: Body) -> Command {
        let now = self.clock.now();
        self.requests += 1;
        let mut request_id = [0; 16];
        request_id[..6].copy_from_slice(&now.0.to_be_bytes()[2..]);
        request_id[6] = 0x70;
        request_id[8..].copy_from_slice(&(self.requests | 0x8000_0000_0000_0000).to_be_bytes());
        Command { origin: ORIGIN.into(), request_id, not_after: Time(now.0 + 3_600_000), body }
    }

    pub fn envelope(&mut self, body: Body, keys: &[&SigningKey]) -> pb::Envelope {
        let command = self.command(body);
        signed(&command, keys)
    }

    /// Whether an append has failed since the last start.
    pub fn has_failed(&self) -> bool {
        self.control().failed
    }

    /// From the next append on the journal lies.
    pub fn begin_to_lie(&self) {
        self.control().plan = Some((0, Fault::Lies));
    }

    /// Ends the engine, in good order or after a failure, lets the power go, and starts another, whose journal
    /// may fail after some appends. Derived files may be lost or torn meanwhile.
    pub async fn restart(&mut self, dice: &mut Dice) -> Checked {
        self.engine.shutdown().await;
        if let Some(disk) = &self.disk {
            disk.plan(None);
            disk.lose_power(&mut journal::Dice(dice.below(usize::MAX) as u64));
        }
        self.tear(dice);
        let plan = match dice.below(4) {
            0 | 1 => None,
            2 => Some((dice.below(60) as u64, Fault::NotWritten)),
            _ => Some((dice.below(60) as u64, Fault::Written)),
        };
        let kept = self.control().kept;
        *self.control() = Control { plan: plan.filter(|_| self.disk.is_none()), ..Control::default() };
        if let Some(kept) = kept {
            // What the journal said of the rest was a lie.
            let truth = MemoryJournal::new();
            for batch in self.memory.reader().batches(0).map_while(Result::ok) {
                if batch.first_index < kept {
                    truth.clone().append(&batch).expect("a batch that was there");
                }
            }
            self.memory = truth;
        }
        let journal = open(&self.memory, self.disk.as_ref(), self.dir.path(), &self.control)?;
        if let Some(disk) = self.disk.as_ref().filter(|_| plan.is_some()) {
            disk.plan(Some((dice.below(120) as u64, FAULTS[dice.below(3)])));
        }
        self.engine = start(self.dir.path(), &self.documents, journal, self.clock.clone())?;
        Ok(())
    }

    /// Derived files are lost, cut short, or left half-made by a crash.
    fn tear(&self, dice: &mut Dice) {
        let index = self.dir.path().join("index");
        match dice.below(12) {
            0 => std::fs::remove_dir_all(index).expect("an index to lose"),
            1 => shorten(&index.join("tree.hashes"), dice),
            2 => {
                // A crash while a snapshot is written, before and after it has its name.
                let _ = std::fs::write(index.join("snapshots").join("begun"), b"half a snapshot");
                let newest = std::fs::read_dir(index.join("snapshots")).into_iter().flatten().flatten();
                if let Some(newest) = newest.map(|entry| entry.path()).max() {
                    shorten(&newest, dice);
                }
            }
            _ => {}
        }
    }

    pub fn reader(&self) -> Arc<dyn JournalReader> {
        match &self.disk {
            None => self.memory.reader(),
            Some(_) => {
                let opened = FileJournal::open_for_audit(&self.dir.path().join("journal"), None);
                Arc::new(opened.expect("a journal that opens").0)
            }
        }
    }
}

pub fn signer() -> Signer {
    Signer::new(ORIGIN, SigningKey::from_bytes(&[9; 32])).expect("a log's key")
}

fn shorten(path: &Path, dice: &mut Dice) {
    let Ok(file) = std::fs::OpenOptions::new().write(true).open(path) else { return };
    let length = file.metadata().expect("a length").len();
    file.set_len(dice.below(length as usize + 1) as u64).expect("a shorter file");
}

fn open(
    memory: &MemoryJournal,
    disk: Option<&FlakyDisk>,
    dir: &Path,
    control: &Arc<Mutex<Control>>,
) -> Checked<Box<dyn Journal>> {
    let inner: Box<dyn Journal> = match disk {
        None => Box::new(memory.clone()),
        Some(disk) => {
            let options = Options { segment_bytes_max: 64 * 1024 };
            let opened = FileJournal::open_on(Box::new(disk.clone()), &dir.join("journal"), &options, None);
            Box::new(opened.map_err(|error| Wrong(format!("the journal does not open: {error}")))?.0)
        }
    };
    Ok(Box::new(SimJournal { inner, control: control.clone(), poisoned: false }))
}

fn start(dir: &Path, documents: &Path, journal: Box<dyn Journal>, clock: Arc<DemoClock>) -> Checked<Engine> {
    let (index_dir, documents) = (dir.join("index"), Documents::at(documents));
    let size = journal.size();
    let parts = Parts { journal, index_dir, documents, signer: signer(), clock };
    let engine = Engine::start(parts, &mut |_, _, _| {})
        .map_err(|error| Wrong(format!("the engine does not start: {error}")))?;
    let published = engine.published().size;
    ensure!(published == size, "started with {published} entries, the journal has {size}");
    Ok(engine)
}

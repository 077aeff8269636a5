//! Snapshots: the bank's state set aside, so that a restart replays only what came after.
//!
//! A snapshot is derived, may be thrown away, and is never believed beyond what the journal proves: it must be
//! whole, sealed by the log's own key, and speak of a size and root that a signed checkpoint of this journal
//! speaks of; the tree's frontier is taken from the stored hashes only where it gives that root. Whatever does not
//! fit is left aside with a warning, and replay serves instead. An audit reads none of them.
//!
//! A file is the state (postcard), then its seal (a C2SP note), then the seal's length (4 bytes, big-endian):
//!
//! ```text
//! civbank snapshot        not a name that an origin can have
//! <origin>
//! <version of the format> <version of the program>
//! <size> <root, hexadecimal>
//! <bytes of the state> <their BLAKE3, hexadecimal>
//! ```

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use postcard::ser_flavors::Flavor;

use crate::bank::Bank;
use crate::journal::JournalReader;
use crate::tlog::{Frontier, Note, Signer, chain_hash};

use super::hashes::Hashes;
use super::replay::check_checkpoint;
use super::seal::Tip;
use super::{Published, Shared};

const TITLE: &str = "civbank snapshot";
/// Raised with every change of what the state's types look like; `tests/it/engine/snapshots.rs` holds its bytes.
const VERSION: u32 = 4;
/// A snapshot of another program is not read: what its types look like is not known.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");
/// Entries after which a new snapshot is taken while serving. Taking one holds up commands for as long as writing
/// the state into the page cache takes: a quarter of a second for 100,000 households on a busy machine.
const EVERY_ENTRIES: u64 = 500_000;
/// Entries that are worth a snapshot at an orderly end; fewer are replayed in a moment.
const WORTH_ENTRIES: u64 = 2_000;
/// Snapshots kept; the older one is for the day on which the newer one is damaged.
const KEPT: usize = 2;
/// Longest seal.
const SEAL_BYTES_MAX: usize = 4_096;
const SUFFIX: &str = "snapshot";

/// Where snapshots lie, and who seals them. Owned by the follower's thread.
pub(super) struct Snapshots {
    dir: PathBuf,
    signer: Arc<Signer>,
    /// Size of the newest.
    newest: AtomicU64,
}

/// A state to go on from.
pub(super) struct Snapshot {
    pub(super) bank: Bank,
    pub(super) tip: Tip,
}

/// Why a file is left aside.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error("reading it: {0}")]
    Io(#[from] io::Error),
    #[error("its seal is missing or damaged")]
    Seal,
    #[error("its seal is not by this log's key")]
    OtherKey,
    #[error("it is of another version of the program or of another bank")]
    OtherVersion,
    #[error("its state is damaged")]
    Damaged,
    #[error("it is of {size} entries, the journal has {entries}")]
    Future { size: u64, entries: u64 },
    #[error("the journal has no checkpoint of its size and root")]
    OtherTree,
    #[error("the stored hashes of the tree do not give its root")]
    OtherHashes,
}

impl Snapshots {
    pub(super) fn at(dir: PathBuf, signer: Arc<Signer>) -> Snapshots {
        Snapshots { dir, signer, newest: AtomicU64::new(0) }
    }

    /// Whether there are any, fitting or not.
    pub(super) fn are_there(&self) -> bool {
        !self.files().is_empty()
    }

    /// The newest snapshot that fits the journal; none where there is none.
    pub(super) fn load(&self, journal: &dyn JournalReader, hashes: &Hashes) -> Option<Snapshot> {
        for path in self.files().into_iter().rev() {
            match self.read(&path, journal, hashes) {
                Ok(snapshot) => {
                    self.newest.store(snapshot.tip.size(), Ordering::Relaxed);
                    return Some(snapshot);
                }
                Err(unfit) => {
                    tracing::warn!(file = %path.display(), %unfit, "a snapshot is left aside");
                }
            }
        }
        None
    }

    fn read(&self, path: &Path, journal: &dyn JournalReader, hashes: &Hashes) -> Result<Snapshot, Unfit> {
        let mut bytes = Vec::new();
        File::open(path)?.read_to_end(&mut bytes)?;
        let (state, note) = split(&bytes).ok_or(Unfit::Seal)?;
        let note = Note::parse(note).map_err(|_| Unfit::Seal)?;
        let opened = note.open([self.signer.verifier()]).map_err(|_| Unfit::OtherKey)?;
        let seal = Seal::parse(opened.value()).ok_or(Unfit::Seal)?;
        if !seal.is_of(self.signer.name()) {
            return Err(Unfit::OtherVersion);
        }
        if !seal.fits(state) {
            return Err(Unfit::Damaged);
        }
        let tip = self.tip(&seal, journal, hashes)?;
        let mut bank: Bank = postcard::from_bytes(state).map_err(|_| Unfit::Damaged)?;
        bank.share_items();
        Ok(Snapshot { bank, tip })
    }

    /// Chain and tree at the snapshot's size, as the journal proves them.
    fn tip(&self, seal: &Seal, journal: &dyn JournalReader, hashes: &Hashes) -> Result<Tip, Unfit> {
        let (size, entries) = (seal.size, journal.size());
        if size > entries {
            return Err(Unfit::Future { size, entries });
        }
        let newest = size.checked_sub(1).ok_or(Unfit::OtherTree)?;
        let batch = journal.batches(newest).next().and_then(Result::ok).ok_or(Unfit::OtherTree)?;
        let last = batch.entries.last().filter(|_| batch.size_after() == size).ok_or(Unfit::OtherTree)?;
        let roots = Frontier::subtrees(size).map_err(|_| Unfit::OtherTree)?;
        let roots: Option<Vec<_>> = roots.into_iter().map(|subtree| hashes.get(subtree)).collect();
        let frontier = Frontier::from_parts(size, roots.ok_or(Unfit::OtherHashes)?);
        let frontier = frontier.map_err(|_| Unfit::OtherHashes)?;
        let root = frontier.root();
        if hex::encode(root.as_bytes()) != seal.root {
            return Err(Unfit::OtherHashes);
        }
        let verifier = self.signer.verifier();
        check_checkpoint(&batch.checkpoint, verifier, size, &root).map_err(|_| Unfit::OtherTree)?;
        Ok(Tip::new(chain_hash(last), frontier))
    }

    /// Takes a snapshot if enough has been written since the last; at the end, also of less. A failure is told to
    /// the log and costs a longer restart.
    pub(super) fn follow(&self, shared: &Shared, ending: bool) {
        if shared.hashes.is_doubted() && !self.files().is_empty() {
            tracing::warn!(
                "the tree's hashes do not check: snapshots are removed, the next start mends them"
            );
            self.remove_all();
        }
        let newest = self.newest.load(Ordering::Relaxed);
        let since = shared.published.borrow().size.saturating_sub(newest);
        let worth = if ending { WORTH_ENTRIES } else { EVERY_ENTRIES };
        let hindered = shared.hashes.is_doubted() || shared.owes_erasures() || shared.is_read_only();
        if since < worth || hindered {
            return;
        }
        match self.take(shared, ending) {
            Ok(Some(size)) => {
                self.newest.store(size, Ordering::Relaxed);
                self.remove_old();
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "taking a snapshot"),
        }
    }

    /// Writes the state as it stands. Answers its size; none where the engine has stopped and its state may be
    /// ahead of what is durable. A crash leaves a file without its last name, which the next one replaces.
    fn take(&self, shared: &Shared, ending: bool) -> io::Result<Option<u64>> {
        fs::create_dir_all(&self.dir)?;
        // With a snapshot and these a restart reads little more than the journal's last segment.
        if let Err(error) = shared.journal.draw_maps() {
            tracing::warn!(%error, "the maps of closed segments");
        }
        let begun = self.dir.join("begun");
        let mut out =
            Hashing { out: BufWriter::new(File::create(&begun)?), hash: blake3::Hasher::new(), bytes: 0 };
        let published = {
            // No turn is under way while this is held: state and published tree belong together.
            let bank = shared.bank.blocking_read();
            let is_durable = if ending { shared.has_ended_well() } else { !shared.is_stopped() };
            if !is_durable {
                return Ok(None);
            }
            out.state(&bank)?;
            shared.published.borrow().clone()
        };
        // Without the tree's hashes up to here nobody could tell that the snapshot fits.
        shared.hashes.sync().map_err(io::Error::other)?;
        let seal = Seal::of(self.signer.name(), &published, &out);
        let text = seal.text();
        let note = Note::new(&text, self.signer.sign(&text)).map_err(io::Error::other)?.to_string();
        let length = u32::try_from(note.len()).map_err(io::Error::other)?;
        out.out.write_all(note.as_bytes())?;
        out.out.write_all(&length.to_be_bytes())?;
        let file = out.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&begun, self.path(&published))?;
        File::open(&self.dir)?.sync_all()?;
        Ok(Some(published.size))
    }

    fn path(&self, published: &Published) -> PathBuf {
        let root = hex::encode(&published.root.as_bytes()[..8]);
        self.dir.join(format!("{:020}-{root}.{SUFFIX}", published.size))
    }

    /// By size, smallest first.
    fn files(&self) -> Vec<PathBuf> {
        let listed = fs::read_dir(&self.dir).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut files: Vec<_> =
            listed.filter(|path| path.extension().is_some_and(|suffix| suffix == SUFFIX)).collect();
        files.sort();
        files
    }

    fn remove_old(&self) {
        let files = self.files();
        for path in files.iter().take(files.len().saturating_sub(KEPT)) {
            remove(path);
        }
    }

    fn remove_all(&self) {
        self.files().iter().for_each(|path| remove(path));
        self.newest.store(0, Ordering::Relaxed);
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(%error, file = %path.display(), "removing a snapshot");
    }
}

/// State and seal.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (rest, length) = bytes.split_last_chunk::<4>()?;
    let length =
        usize::try_from(u32::from_be_bytes(*length)).ok().filter(|length| *length <= SEAL_BYTES_MAX)?;
    rest.split_at_checked(rest.len().checked_sub(length)?)
}

/// What the log's key vouches for.
#[derive(Debug, PartialEq, Eq)]
struct Seal {
    origin: String,
    versions: String,
    size: u64,
    root: String,
    bytes: u64,
    hash: String,
}

impl Seal {
    fn of<W>(origin: &str, published: &Published, out: &Hashing<W>) -> Seal {
        Seal {
            origin: origin.to_owned(),
            versions: format!("{VERSION} {PROGRAM}"),
            size: published.size,
            root: hex::encode(published.root.as_bytes()),
            bytes: out.bytes,
            hash: out.hash.finalize().to_hex().to_string(),
        }
    }

    fn text(&self) -> String {
        let Seal { origin, versions, size, root, bytes, hash } = self;
        format!("{TITLE}\n{origin}\n{versions}\n{size} {root}\n{bytes} {hash}\n")
    }

    /// Reads what [`Seal::text`] writes, and nothing else.
    fn parse(text: &str) -> Option<Seal> {
        let mut lines = text.lines();
        let mut line = || lines.next();
        let (_, origin, versions) = (line().filter(|title| *title == TITLE)?, line()?, line()?);
        let (size, root) = line()?.split_once(' ')?;
        let (bytes, hash) = line()?.split_once(' ')?;
        let seal = Seal {
            origin: origin.to_owned(),
            versions: versions.to_owned(),
            size: size.parse().ok()?,
            root: root.to_owned(),
            bytes: bytes.parse().ok()?,
            hash: hash.to_owned(),
        };
        (seal.text() == text).then_some(seal)
    }

    fn is_of(&self, origin: &str) -> bool {
        self.origin == origin && self.versions == format!("{VERSION} {PROGRAM}")
    }

    fn fits(&self, state: &[u8]) -> bool {
        self.bytes == state.len() as u64 && self.hash == blake3::hash(state).to_hex().as_str()
    }
}

/// Hashes what it writes.
struct Hashing<W> {
    out: W,
    hash: blake3::Hasher,
    bytes: u64,
}

/// Bytes that are hashed and written at once.
const BLOCK_BYTES: usize = 64 * 1024;

impl<W: Write> Hashing<W> {
    fn state(&mut self, bank: &Bank) -> io::Result<()> {
        let mut failed = None;
        let blocks = Blocks { out: self, block: Vec::with_capacity(BLOCK_BYTES), failed: &mut failed };
        let written = postcard::serialize_with_flavor(bank, blocks);
        failed.map_or(written.map_err(io::Error::other), Err)
    }

    fn block(&mut self, block: &[u8]) -> io::Result<()> {
        self.hash.update(block);
        self.bytes += block.len() as u64;
        self.out.write_all(block)
    }
}

/// Gathers what postcard says byte by byte.
struct Blocks<'a, W> {
    out: &'a mut Hashing<W>,
    block: Vec<u8>,
    /// Why writing failed; postcard's own errors have no room for it.
    failed: &'a mut Option<io::Error>,
}

impl<W: Write> Blocks<'_, W> {
    fn hand_on(&mut self) -> postcard::Result<()> {
        let written = self.out.block(&self.block);
        self.block.clear();
        written.map_err(|error| {
            *self.failed = Some(error);
            postcard::Error::SerializeBufferFull
        })
    }
}

impl<W: Write> Flavor for Blocks<'_, W> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.block.push(byte);
        if self.block.len() < BLOCK_BYTES { Ok(()) } else { self.hand_on() }
    }

    fn finalize(mut self) -> postcard::Result<()> {
        self.hand_on()
    }
}

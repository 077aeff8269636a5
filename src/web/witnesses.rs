//! Who outside the bank has seen its tree: cosigned checkpoints that the operator lays into a directory, checked here
//! before the board names anybody.
//!
//! The bank itself gathers no cosignatures. `DIR/witnesses/*.vkey` holds the witnesses that are believed, one key in a
//! line; `DIR/witnesses/*.note` holds signed notes of this log's checkpoints. A note counts where the log's own key and
//! a believed witness signed it and its tree is one that this log went through; a note of another tree of the same key
//! is said aloud, because then the log has shown two faces.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::bank::time::Time;
use crate::engine::Engine;
use crate::tlog::{Checkpoint, Hash, Verifier};

/// How long what was found is believed before the directory is looked at again.
const FRESH: Duration = Duration::from_secs(60);
/// Files of each kind that are read, by name.
const FILES_MAX: usize = 32;
/// Longest file that is read.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// One witness and the largest tree that it cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Witness {
    pub(super) name: String,
    /// Entries.
    pub(super) size: u64,
    /// When, by the witness's clock.
    pub(super) at: Option<Time>,
}

/// What the directory shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Seen {
    pub(super) witnesses: Vec<Witness>,
    /// Sizes at which a note signed by the log's key shows another tree than the log's own.
    pub(super) forked: Vec<u64>,
}

/// The directory, looked at now and then. Clones are the same.
#[derive(Clone)]
pub(super) struct Witnesses {
    dir: Option<PathBuf>,
    last: Arc<Mutex<Last>>,
}

/// What was seen last, and when.
type Last = Option<(Instant, Arc<Seen>)>;

/// A note that the log and a believed witness signed.
struct Cosigned {
    size: u64,
    root: Hash,
    /// Names and POSIX seconds.
    by: Vec<(String, u64)>,
}

impl Witnesses {
    pub(super) fn at(dir: Option<PathBuf>) -> Witnesses {
        Witnesses { dir, last: Arc::default() }
    }

    /// What the directory shows, at most a minute old.
    pub(super) async fn seen(&self, engine: &Engine) -> Arc<Seen> {
        let Some(dir) = self.dir.clone() else { return Arc::default() };
        let known = self.lock().clone();
        if let Some((_, seen)) = known.filter(|(at, _)| at.elapsed() < FRESH) {
            return seen;
        }
        let Ok(log) = engine.vkey().parse::<Verifier>() else { return Arc::default() };
        let notes = tokio::task::spawn_blocking(move || notes(&dir, &log)).await.unwrap_or_default();
        let seen = Arc::new(compare(engine, notes).await);
        *self.lock() = Some((Instant::now(), seen.clone()));
        seen
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Last> {
        // Replaced as a whole; a panic elsewhere cannot leave it half changed.
        self.last.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Every note that the log's key and at least one believed witness signed.
fn notes(dir: &Path, log: &Verifier) -> Vec<Cosigned> {
    let keys: Vec<Verifier> = files(dir, "vkey")
        .iter()
        .flat_map(|text| text.lines().filter_map(|line| line.trim().parse().ok()).collect::<Vec<Verifier>>())
        .filter(|key: &Verifier| key.public_key() != log.public_key())
        .collect();
    let opened = files(dir, "note").into_iter().filter_map(|text| {
        let opened = Checkpoint::open(text.as_bytes(), log, &keys).ok()?;
        let signatures = opened.verified().iter();
        let by = signatures.filter_map(|one| Some((one.verifier.name().to_owned(), one.cosigned_at_s?)));
        let by: Vec<_> = by.collect();
        let checkpoint = opened.value();
        Some(Cosigned { size: checkpoint.size(), root: *checkpoint.root(), by })
    });
    opened.collect()
}

/// Texts of the files with this ending, by name.
fn files(dir: &Path, ending: &str) -> Vec<String> {
    let listed = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> =
        listed.filter(|path| path.extension().is_some_and(|end| end == ending)).collect();
    paths.sort();
    paths.truncate(FILES_MAX);
    let fits = |path: &PathBuf| {
        std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= FILE_BYTES_MAX)
    };
    paths.iter().filter(|path| fits(path)).filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

/// Asks the log whether it went through the trees that the notes are of.
async fn compare(engine: &Engine, notes: Vec<Cosigned>) -> Seen {
    let mut seen = Seen::default();
    for note in notes {
        let newest = engine.published();
        // A tree that this log has not reached was not signed by this directory's log: it says nothing here.
        if note.size == 0 || note.size > newest.size {
            continue;
        }
        let Ok(proof) = engine.consistency_proof(note.size, newest.size).await else { continue };
        if proof.old_root != note.root {
            tracing::error!(size = note.size, "a witness's note shows another tree under the log's key");
            seen.forked.push(note.size);
            continue;
        }
        for (name, at_s) in note.by {
            let at = i64::try_from(at_s).ok().and_then(|seconds| seconds.checked_mul(1_000));
            let witness = Witness { name, size: note.size, at: at.map(Time) };
            match seen.witnesses.iter_mut().find(|known| known.name == witness.name) {
                Some(known) if known.size >= witness.size => {}
                Some(known) => *known = witness,
                None => seen.witnesses.push(witness),
            }
        }
    }
    seen.witnesses.sort_by(|a, b| (b.size, &a.name).cmp(&(a.size, &b.name)));
    seen.forked.sort_unstable();
    seen.forked.dedup();
    seen
}

//! A backup: a consistent copy of a bank that may be running, added to by every further one.
//!
//! The journal is copied first, then the documents: whatever an entry names was put before the entry. What is
//! there already is compared by length and last frame, whose checksum covers a checkpoint and so all before it.
//! Documents that the log erased meanwhile are erased in the backup too; what is merely missing in the bank
//! stays. The manifest is written last. A crash leaves the marker and the manifest from before: the next backup
//! cuts off what lies beyond that, and goes on.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::error::{UpkeepError, io_error};
use super::manifest::{self, Manifest, SegmentCopy};
use super::marker::{MARKER, Marker, Unfinished, unfinished};
use super::{OnProgress, Stage, files};
use crate::bank::Change;
use crate::documents::{Address, DocumentError, Documents};
use crate::engine::{ChainWalk, Home, check_checkpoint};
use crate::journal::{Batch, CopyEnd, CopyPiece, copy_pieces, segment_file, segment_lengths};
use crate::tlog::Verifier;
use crate::wire::Outcome;

/// The settings beside a bank.
pub(super) const CONFIG: &str = "civbank.toml";
/// How often the posters were scanned: no part of the ledger, and gone with the disk all the same.
pub(super) const SCANS: &str = "scans";
/// The log's key.
pub(super) const LOG_KEY: &str = "log.key";

/// What a backup did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// The bank's verifier key.
    pub vkey: String,
    /// Entries in the backup now.
    pub entries: u64,
    /// How many of them are new.
    pub new_entries: u64,
    /// Bytes of the journal that were copied.
    pub new_bytes: u64,
    /// Root of the tree, base64.
    pub root: String,
    /// Documents in the backup now.
    pub documents: u64,
    /// How many of them are new.
    pub new_documents: u64,
    /// Documents that the log erased, and that were erased here too.
    pub erased_documents: u64,
    /// Documents of the bank that are not what their address says; they are not copied.
    pub damaged_documents: Vec<Address>,
    /// Private keys that are in the backup.
    pub keys: Vec<String>,
    /// Private keys of the bank that are not.
    pub keys_left_out: Vec<String>,
    /// Whether the backup alone can be served: the log's key is in it.
    pub can_serve: bool,
}

/// Copies what is new of the bank in `home` to `to`. `with_key` copies private keys too. `verifier` is the log's
/// key; without it the one in the directory, or that of the backup before, is taken.
///
/// # Errors
///
/// [`UpkeepError`]: nothing that was in the backup is lost.
pub fn backup(
    dir: &Path,
    to: &Path,
    with_key: bool,
    verifier: Option<Verifier>,
    on_progress: OnProgress<'_>,
) -> Result<BackupReport, UpkeepError> {
    let home = Home::at(dir);
    let origin = home.origin()?;
    apart(dir, to)?;
    let earlier = earlier(to)?;
    let verifier = match (verifier, &earlier) {
        (Some(verifier), _) => verifier,
        (None, Earlier::Finished(manifest)) if !dir.join(LOG_KEY).exists() => {
            manifest.vkey.parse().map_err(|_| UpkeepError::NotABackup(to.to_owned()))?
        }
        _ => home.signer()?.verifier().clone(),
    };
    let vkey = verifier.to_string();
    if let Some(theirs) = earlier.vkey().filter(|theirs| *theirs != vkey) {
        return Err(UpkeepError::OtherBank { ours: vkey, theirs: theirs.to_owned() });
    }
    let manifest = match earlier {
        Earlier::Finished(manifest) => Some(*manifest),
        Earlier::Begun(_) | Earlier::Nothing => None,
    };
    if let Some(manifest) = &manifest {
        compare(&home, to, manifest)?;
    }
    keys_agree(dir, to)?;
    if segment_lengths(&home.journal())?.is_empty() {
        return Err(UpkeepError::Empty(dir.to_owned()));
    }

    files::make_dir(to)?;
    let was_unfinished = to.join(MARKER).exists();
    let marker = Marker::set(to, Unfinished::Backup, &vkey)?;
    let journal = to.join("journal");
    files::make_dir(&journal)?;
    cut_back(&journal, manifest.as_ref(), was_unfinished)?;
    let mut copy = Copy::go_on(journal, manifest.as_ref());
    copy.journal(&home.journal(), &verifier, on_progress)?;
    if copy.walk.frontier.size() == 0 {
        return Err(UpkeepError::Empty(dir.to_owned()));
    }
    let documents = copy_documents(&home.documents(), &to.join("documents"), &copy.erased, on_progress)?;
    copy_config(dir, to)?;
    if let Some(counts) = files::read_small(&dir.join(SCANS))? {
        files::replace(&to.join(SCANS), &counts)?;
    }
    let (keys, keys_left_out) = copy_keys(dir, to, with_key)?;
    let has_key = keys.iter().any(|name| name == LOG_KEY);
    let before = manifest.map_or(0, |manifest| manifest.size);
    let Copy { walk, checkpoint, segments, new_bytes, .. } = copy;
    let described = manifest::describe((origin, vkey.clone()), &walk, checkpoint, segments, has_key);
    described.write(to)?;
    marker.clear(to)?;
    Ok(BackupReport {
        vkey,
        entries: described.size,
        new_entries: described.size - before,
        new_bytes,
        root: described.root,
        documents: documents.there,
        new_documents: documents.new,
        erased_documents: documents.erased,
        damaged_documents: documents.damaged,
        keys,
        keys_left_out,
        can_serve: has_key,
    })
}

/// What a directory holds before a backup.
enum Earlier {
    Nothing,
    /// A first backup that was not finished, of the bank with this verifier key.
    Begun(String),
    Finished(Box<Manifest>),
}

impl Earlier {
    fn vkey(&self) -> Option<&str> {
        match self {
            Earlier::Nothing => None,
            // A crash may have come before the marker said whose it is.
            Earlier::Begun(vkey) => Some(vkey.as_str()).filter(|vkey| !vkey.is_empty()),
            Earlier::Finished(manifest) => Some(&manifest.vkey),
        }
    }
}

fn earlier(to: &Path) -> Result<Earlier, UpkeepError> {
    let names = files::names(to)?.unwrap_or_default();
    if names.is_empty() {
        return Ok(Earlier::Nothing);
    }
    let marked = unfinished(to)?;
    if matches!(marked, Some((Unfinished::Restore, _))) || Home::at(to).exists() {
        return Err(UpkeepError::NotABackup(to.to_owned()));
    }
    match (Manifest::read(to)?, marked) {
        (Some(manifest), _) => Ok(Earlier::Finished(Box::new(manifest))),
        (None, Some((_, vkey))) => Ok(Earlier::Begun(vkey)),
        (None, None) => Err(UpkeepError::NotABackup(to.to_owned())),
    }
}

/// Neither directory may lie in the other, whatever links lead there.
pub(super) fn apart(dir: &Path, to: &Path) -> Result<(), UpkeepError> {
    let real = |path: &Path| -> PathBuf {
        let there = path.ancestors().find(|path| path.exists() && !path.as_os_str().is_empty());
        let Some(there) = there else {
            return std::env::current_dir().map_or_else(|_| path.to_owned(), |here| here.join(path));
        };
        let rest = path.strip_prefix(there).unwrap_or(Path::new(""));
        fs::canonicalize(there).map_or_else(|_| path.to_owned(), |there| there.join(rest))
    };
    let (dir, to) = (real(dir), real(to));
    if dir.starts_with(&to) || to.starts_with(&dir) { Err(UpkeepError::Nested) } else { Ok(()) }
}

/// The journal goes on from where its copy ends: every length fits and every last frame is the same.
fn compare(home: &Home, to: &Path, manifest: &Manifest) -> Result<(), UpkeepError> {
    let ours = segment_lengths(&home.journal())?;
    let theirs = to.join("journal");
    for (position, segment) in manifest.segments.iter().enumerate() {
        let SegmentCopy { first_index, bytes, last_bytes } = *segment;
        let is_last = position + 1 == manifest.segments.len();
        let file = segment_file(&home.journal(), first_index);
        let copy = segment_file(&theirs, first_index);
        let length = fs::metadata(&copy).map_err(io_error("measuring", &copy))?.len();
        if length < bytes {
            return Err(UpkeepError::Altered(copy));
        }
        let Some((_, length)) = ours.iter().find(|(index, _)| *index == first_index) else {
            return Err(match ours.iter().any(|(index, _)| *index > first_index) {
                true => UpkeepError::Forked { file, offset: 0 },
                false => UpkeepError::Shorter { backup: manifest.size },
            });
        };
        if *length < bytes {
            return Err(UpkeepError::Shorter { backup: manifest.size });
        }
        let from = bytes.saturating_sub(last_bytes);
        let same = files::read_range(&file, from, bytes)? == files::read_range(&copy, from, bytes)?;
        if !same || (!is_last && *length != bytes) {
            return Err(UpkeepError::Forked { file, offset: bytes });
        }
    }
    Ok(())
}

/// Cuts off what lies beyond the manifest. Only an unfinished backup may have left something there.
fn cut_back(journal: &Path, manifest: Option<&Manifest>, was_unfinished: bool) -> Result<(), UpkeepError> {
    let known = manifest.map_or(&[][..], |manifest| &manifest.segments);
    for (first_index, length) in segment_lengths(journal)? {
        let path = segment_file(journal, first_index);
        let right = known.iter().find(|segment| segment.first_index == first_index).map(|one| one.bytes);
        if right == Some(length) {
            continue;
        }
        if !was_unfinished {
            return Err(UpkeepError::Altered(path));
        }
        match right {
            Some(bytes) => File::options()
                .write(true)
                .open(&path)
                .and_then(|file| file.set_len(bytes).and_then(|()| file.sync_all()))
                .map_err(io_error("cutting", &path))?,
            None => fs::remove_file(&path).map_err(io_error("removing", &path))?,
        }
    }
    files::sync_dir(journal)
}

/// The journal's copy as it grows.
struct Copy {
    dir: PathBuf,
    walk: ChainWalk,
    end: CopyEnd,
    checkpoint: String,
    segments: Vec<SegmentCopy>,
    file: Option<(u64, File)>,
    new_bytes: u64,
    erased: BTreeSet<Address>,
}

impl Copy {
    fn go_on(dir: PathBuf, manifest: Option<&Manifest>) -> Copy {
        let walk = manifest.and_then(Manifest::walk).unwrap_or_else(ChainWalk::start);
        Copy {
            dir,
            walk,
            end: manifest.map(Manifest::end).unwrap_or_default(),
            checkpoint: manifest.map(|manifest| manifest.checkpoint.clone()).unwrap_or_default(),
            segments: manifest.map(|manifest| manifest.segments.clone()).unwrap_or_default(),
            file: None,
            new_bytes: 0,
            erased: BTreeSet::new(),
        }
    }

    fn journal(
        &mut self,
        from: &Path,
        verifier: &Verifier,
        on_progress: OnProgress<'_>,
    ) -> Result<(), UpkeepError> {
        let all: u64 = segment_lengths(from)?.iter().map(|(_, bytes)| bytes).sum();
        let there: u64 = self.segments.iter().map(|segment| segment.bytes).sum();
        let total = all.saturating_sub(there);
        let end = self.end;
        copy_pieces(from, end, &mut |piece| {
            self.take(piece, verifier)?;
            on_progress(Stage::Journal, self.new_bytes, total.max(self.new_bytes));
            Ok::<_, UpkeepError>(())
        })?;
        self.finish_file()?;
        files::sync_dir(&self.dir)
    }

    fn take(&mut self, piece: CopyPiece<'_>, verifier: &Verifier) -> Result<(), UpkeepError> {
        // Checked before it is written: a copy holds nothing that its checkpoint does not prove.
        if let Some(batch) = &piece.batch {
            self.check(batch, verifier)?;
        }
        let path = segment_file(&self.dir, piece.segment);
        if self.file.as_ref().is_none_or(|(segment, _)| *segment != piece.segment) {
            self.finish_file()?;
            let mut options = File::options();
            options.write(true).create(true).truncate(false).mode(0o600);
            self.file = Some((piece.segment, options.open(&path).map_err(io_error("opening", &path))?));
        }
        if let Some((_, file)) = &self.file {
            file.write_all_at(piece.bytes, piece.offset).map_err(io_error("writing", &path))?;
        }
        let length = piece.bytes.len() as u64;
        self.new_bytes += length;
        let copied =
            SegmentCopy { first_index: piece.segment, bytes: piece.offset + length, last_bytes: length };
        match self.segments.last_mut() {
            Some(last) if last.first_index == piece.segment => *last = copied,
            _ => self.segments.push(copied),
        }
        Ok(())
    }

    fn check(&mut self, batch: &Batch, verifier: &Verifier) -> Result<(), UpkeepError> {
        for (index, bytes) in (batch.first_index..).zip(&batch.entries) {
            let leaf = self.walk.link(bytes)?;
            self.walk.frontier.push(leaf);
            let outcome =
                Outcome::decode(bytes, None).map_err(|source| UpkeepError::Entry { index, source })?;
            for change in &outcome.effects.changes {
                if let Change::DocumentErased { document, .. } = change {
                    self.erased.insert(Address::from_bytes(document.0));
                }
            }
        }
        let frontier = &self.walk.frontier;
        check_checkpoint(&batch.checkpoint, verifier, frontier.size(), &frontier.root())?;
        self.checkpoint = String::from_utf8_lossy(&batch.checkpoint).into_owned();
        Ok(())
    }

    fn finish_file(&mut self) -> Result<(), UpkeepError> {
        let Some((segment, file)) = self.file.take() else { return Ok(()) };
        file.sync_all().map_err(io_error("syncing", &segment_file(&self.dir, segment)))
    }
}

/// What became of the documents.
pub(super) struct CopiedDocuments {
    pub(super) there: u64,
    pub(super) new: u64,
    pub(super) erased: u64,
    pub(super) damaged: Vec<Address>,
}

/// Copies every document that is not there yet, each checked against its address, and erases what the log
/// erased.
pub(super) fn copy_documents(
    from: &Path,
    to: &Path,
    erased: &BTreeSet<Address>,
    on_progress: OnProgress<'_>,
) -> Result<CopiedDocuments, UpkeepError> {
    let (from, target) = (Documents::at(from), Documents::open(to)?);
    let addresses = from.addresses()?;
    let mut done = CopiedDocuments { there: 0, new: 0, erased: 0, damaged: Vec::new() };
    for (position, address) in (1..).zip(&addresses) {
        on_progress(Stage::Documents, position, addresses.len() as u64);
        if erased.contains(address) {
            continue;
        }
        let Some(bytes) = from.file_bytes(*address)? else { continue };
        match target.file_bytes(*address)? {
            Some(there) if there == bytes => continue,
            there => match (from.get(*address), there) {
                // The bank's own is as it should be, so it is the backup's that is not.
                (Ok(Some(_)), Some(_)) => {
                    return Err(UpkeepError::Differs(
                        to.join(&address.to_string()[..2]).join(address.to_string()),
                    ));
                }
                (Ok(Some((kind, content))), None) => {
                    target.put(kind, &content)?;
                    done.new += 1;
                }
                // Erased between listing and reading.
                (Ok(None), _) => {}
                (Err(DocumentError::Damaged { .. }), _) => done.damaged.push(*address),
                (Err(error), _) => return Err(error.into()),
            },
        }
    }
    for address in erased {
        done.erased += u64::from(target.erase(*address)?);
    }
    done.there = target.addresses()?.len() as u64;
    Ok(done)
}

/// The settings of today; those of the backup before stay beside them where they differ.
fn copy_config(dir: &Path, to: &Path) -> Result<(), UpkeepError> {
    let Some(ours) = files::read_small(&dir.join(CONFIG))? else { return Ok(()) };
    let path = to.join(CONFIG);
    match files::read_small(&path)? {
        Some(theirs) if theirs == ours => return Ok(()),
        Some(theirs) => files::replace(&to.join(format!("{CONFIG}.before")), &theirs)?,
        None => {}
    }
    files::replace(&path, &ours)
}

/// Whether a file is a private key by its name.
pub(super) fn is_key(name: &str) -> bool {
    name == LOG_KEY || name.ends_with(".pem")
}

fn keys_of(dir: &Path) -> Result<Vec<String>, UpkeepError> {
    let names = files::names(dir)?.unwrap_or_default();
    Ok(names.into_iter().filter(|name| is_key(name) && dir.join(name).is_file()).collect())
}

/// A key that is in both places is the same key.
fn keys_agree(dir: &Path, to: &Path) -> Result<(), UpkeepError> {
    for name in keys_of(dir)? {
        let theirs = files::read_small(&to.join(&name))?;
        if theirs.is_some() && theirs != files::read_small(&dir.join(&name))? {
            return Err(UpkeepError::Differs(to.join(&name)));
        }
    }
    Ok(())
}

/// Copies private keys where that is wanted; what is in the backup, and what is not.
fn copy_keys(dir: &Path, to: &Path, with_key: bool) -> Result<(Vec<String>, Vec<String>), UpkeepError> {
    let ours = keys_of(dir)?;
    for name in ours.iter().filter(|name| with_key && !to.join(name).exists()) {
        if let Some(bytes) = files::read_small(&dir.join(name))? {
            files::replace(&to.join(name), &zeroize::Zeroizing::new(bytes))?;
        }
    }
    let there = keys_of(to)?;
    let left_out = ours.into_iter().filter(|name| !there.contains(name)).collect();
    Ok((there, left_out))
}

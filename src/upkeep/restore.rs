//! A restore: a backup put into an empty directory, audited there from its bytes, and only then a bank.
//!
//! The origin's file is written after the audit: with it the bank exists, before it nobody can serve the
//! directory. A crash leaves the marker; the next restore begins again over what is there.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::backup::{CONFIG, LOG_KEY, SCANS, apart, copy_documents, is_key};
use super::error::{UpkeepError, io_error};
use super::manifest::Manifest;
use super::marker::{MARKER, Marker, Unfinished, unfinished};
use super::{OnProgress, Stage, files};
use crate::documents::Address;
use crate::engine::Home;
use crate::engine::audit::audit;
use crate::journal::{segment_file, segment_lengths};
use crate::tlog::Verifier;

/// What a restore put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// The verifier key that the audit trusted.
    pub vkey: String,
    /// Entries, all audited.
    pub entries: u64,
    /// Signatures of commands, all checked.
    pub signatures: u64,
    /// Root of the tree, base64.
    pub root: String,
    /// Documents that were put back.
    pub documents: u64,
    /// Documents of the backup that are not what their address says; they are not put back.
    pub damaged_documents: Vec<Address>,
    /// Whether the bank can be served: the log's key was in the backup.
    pub can_serve: bool,
    /// The backup had been going on when it was interrupted; what it had finished before is what was put back.
    pub was_unfinished: bool,
}

/// Puts the backup in `from` into `dir`. `verifier` is the log's key from a place that can be trusted; without
/// it the backup's own word is taken, which shows damage and not a forger.
///
/// # Errors
///
/// [`UpkeepError`]: the directory, if it was begun, says that it is unfinished and is no bank.
pub fn restore(
    from: &Path,
    dir: &Path,
    verifier: Option<Verifier>,
    on_progress: OnProgress<'_>,
) -> Result<RestoreReport, UpkeepError> {
    let manifest = Manifest::read(from)?.ok_or_else(|| UpkeepError::NoBackup(from.to_owned()))?;
    apart(from, dir)?;
    let theirs = manifest.vkey.clone();
    let verifier = match verifier {
        Some(verifier) if verifier.to_string() != theirs => {
            return Err(UpkeepError::OtherBank { ours: verifier.to_string(), theirs });
        }
        Some(verifier) => verifier,
        None => theirs.parse().map_err(|_| UpkeepError::NoBackup(from.to_owned()))?,
    };
    // A crash may have come before the marker said anything.
    let is_empty = files::names(dir)?.is_none_or(|names| names.iter().all(|name| name == MARKER));
    let again = matches!(unfinished(dir)?, Some((Unfinished::Restore, vkey)) if vkey == theirs);
    if !is_empty && !again {
        return Err(UpkeepError::NotEmpty(dir.to_owned()));
    }
    let was_unfinished = unfinished(from)?.is_some();

    files::make_dir(dir)?;
    let marker = Marker::set(dir, Unfinished::Restore, &theirs)?;
    let home = Home::at(dir);
    // A crash between the origin and the marker's end leaves a bank that may have been served since.
    let is_bank = home.exists();
    if !is_bank {
        copy_journal(&from.join("journal"), &home.journal(), &manifest, on_progress)?;
    }
    let documents =
        copy_documents(&from.join("documents"), &home.documents(), &BTreeSet::new(), on_progress)?;
    for name in files::names(from)?.unwrap_or_default().into_iter().filter(|_| !is_bank) {
        if (name == CONFIG || name == SCANS || is_key(&name))
            && let Some(bytes) = files::read_small(&from.join(&name))?
        {
            files::replace(&dir.join(&name), &zeroize::Zeroizing::new(bytes))?;
        }
    }
    let mut heard = |done, total| on_progress(Stage::Audit, done, total);
    let report = audit(&home.journal(), &verifier, &mut heard)?;
    let same = (report.entries, &report.root) == (manifest.size, &manifest.root) && report.torn_bytes == 0;
    let has_grown = is_bank && report.entries > manifest.size;
    if !same && !has_grown {
        return Err(UpkeepError::OtherTree { said: manifest.size, found: report.entries });
    }
    files::replace(&dir.join("origin"), format!("{}\n", manifest.origin).as_bytes())?;
    marker.clear(dir)?;
    Ok(RestoreReport {
        vkey: theirs,
        entries: report.entries,
        signatures: report.signatures,
        root: report.root,
        documents: documents.there,
        damaged_documents: documents.damaged,
        can_serve: dir.join(LOG_KEY).exists(),
        was_unfinished,
    })
}

/// Copies every segment as far as the manifest says. Files of a restore before are written over.
fn copy_journal(
    from: &Path,
    to: &Path,
    manifest: &Manifest,
    on_progress: OnProgress<'_>,
) -> Result<(), UpkeepError> {
    files::make_dir(to)?;
    for (first_index, _) in segment_lengths(to)? {
        if !manifest.segments.iter().any(|segment| segment.first_index == first_index) {
            let path = segment_file(to, first_index);
            fs::remove_file(&path).map_err(io_error("removing", &path))?;
        }
    }
    let total = manifest.segments.iter().map(|segment| segment.bytes).sum();
    let mut done = 0;
    for segment in &manifest.segments {
        let (source, target) =
            (segment_file(from, segment.first_index), segment_file(to, segment.first_index));
        let file = File::open(&source).map_err(io_error("opening", &source))?;
        let mut options = File::options();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut copy = options.open(&target).map_err(io_error("making", &target))?;
        let copied =
            io::copy(&mut file.take(segment.bytes), &mut copy).map_err(io_error("copying", &source))?;
        if copied != segment.bytes {
            return Err(UpkeepError::Altered(source));
        }
        copy.sync_all().map_err(io_error("syncing", &target))?;
        done += copied;
        on_progress(Stage::Journal, done, total);
    }
    files::sync_dir(to)
}

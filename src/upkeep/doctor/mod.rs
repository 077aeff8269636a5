//! The doctor: looks at a bank's directory without changing it, and names what it finds by stable codes.
//!
//! It reads every byte of the journal and of the documents, walks chain and tree, and opens the newest
//! checkpoint; that the rules would decide the same again is the audit's to say. The bank may be running: what a
//! running writer is in the middle of is no finding. It knows what is wrong, not how people are told.

mod documents;
mod finding;
mod index;
mod journal;

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

pub use finding::{Code, Finding};

use super::backup::{LOG_KEY, is_key};
use super::manifest::{MANIFEST, Manifest};
use super::marker::{MARKER, Unfinished, unfinished};
use super::{OnProgress, files};
use crate::bank::time::Time;
use crate::engine::{Home, HomeError};
use crate::journal::FileJournal;
use crate::tlog::Verifier;

/// Below this share of the disk, in percent, together with [`FREE_BYTES_WANTED`], it is nearly full.
const FREE_PERCENT_WANTED: u64 = 5;
/// A disk with so many bytes free has room, whatever its size.
const FREE_BYTES_WANTED: u64 = 5 << 30;
/// A disk with fewer bytes free is nearly full, whatever its size.
const FREE_BYTES_LEAST: u64 = 512 << 20;

/// Room on the disk that a directory is on, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What this user may still write.
    pub free: u64,
    /// The whole disk.
    pub total: u64,
}

impl Room {
    fn is_nearly_gone(self) -> bool {
        let percent = self.free.saturating_mul(100) / self.total.max(1);
        self.free < FREE_BYTES_LEAST || (self.free < FREE_BYTES_WANTED && percent < FREE_PERCENT_WANTED)
    }
}

/// What the doctor is told of the world.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings {
    /// The clock.
    pub now: Time,
    /// Room on the disk; `None` where it cannot be asked.
    pub room: Option<Room>,
}

/// Looks at a directory; what was found, in the order in which it was looked for. Nothing found is health.
pub fn examine(dir: &Path, world: Surroundings, on_progress: OnProgress<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Err(error) = fs::read_dir(dir) {
        found.push(Finding::of(Code::NoBank).at(dir).because(&error));
        return found;
    }
    look_for_markers(dir, &mut found);
    look_at_room(dir, world.room, &mut found);
    let verifier = verifier_of(dir, &mut found);
    look_at_keys(dir, &mut found);
    let home = Home::at(dir);
    let writer = match FileJournal::writer_of(&home.journal()) {
        Ok(writer) => writer,
        Err(error) => {
            found.push(Finding::of(Code::JournalUnreadable).at(&home.journal()).because(&error));
            None
        }
    };
    if let Some(holder) = &writer {
        found.push(Finding { what: holder.clone(), ..Finding::of(Code::LockHeld).at(&home.journal()) });
    }
    let is_running = writer.is_some();
    let read = journal::look(&home, verifier.as_ref(), is_running, &mut found, on_progress);
    if let Some(read) = &read
        && read.newest > world.now
    {
        let seconds = (read.newest.0 - world.now.0) as f64 / 1_000.0;
        let what = format!("{seconds:.1} s");
        found.push(Finding { what, ..Finding::of(Code::ClockBehind).entry(read.size.saturating_sub(1)) });
    }
    // A backup has no index; it is built where the backup is put back.
    if let Some(read) = &read
        && !dir.join(MANIFEST).exists()
    {
        index::look(&home.index(), read, is_running, &mut found);
    }
    documents::look(&home.documents(), read.as_ref(), is_running, &mut found, on_progress);
    found
}

fn look_for_markers(dir: &Path, found: &mut Vec<Finding>) {
    match unfinished(dir) {
        Ok(Some((what, _))) => {
            let code = match what {
                Unfinished::Backup => Code::UnfinishedBackup,
                Unfinished::Restore => Code::UnfinishedRestore,
            };
            found.push(Finding::of(code).at(&dir.join(MARKER)));
        }
        Ok(None) => {}
        Err(error) => found.push(Finding::of(Code::FileUnreadable).at(&dir.join(MARKER)).because(&error)),
    }
    // A demo writes its seed first and this mark last.
    if dir.join("demo.seed").exists() && !dir.join("demo.done").exists() {
        found.push(Finding::of(Code::UnfinishedDemo).at(&dir.join("demo.seed")));
    }
    if dir.join(MANIFEST).exists() {
        found.push(Finding::of(Code::IsABackup).at(&dir.join(MANIFEST)));
    }
}

fn look_at_room(dir: &Path, room: Option<Room>, found: &mut Vec<Finding>) {
    match room {
        Some(room) if room.is_nearly_gone() => {
            let what = format!("{} MiB free of {} MiB", room.free >> 20, room.total >> 20);
            found.push(Finding { what, ..Finding::of(Code::DiskNearlyFull).at(dir) });
        }
        Some(_) => {}
        None => found.push(Finding::of(Code::DiskUnknown).at(dir)),
    }
}

/// The log's verifier key: from the directory's own key, or from what a backup says.
fn verifier_of(dir: &Path, found: &mut Vec<Finding>) -> Option<Verifier> {
    let home = Home::at(dir);
    let key = dir.join(LOG_KEY);
    if dir.join(MANIFEST).exists() {
        return match Manifest::read(dir) {
            Ok(manifest) => manifest.and_then(|manifest| manifest.vkey.parse().ok()),
            Err(error) => {
                found.push(Finding::of(Code::FileUnreadable).at(&dir.join(MANIFEST)).because(&error));
                None
            }
        };
    }
    match home.origin() {
        Err(HomeError::Missing(_)) => {
            found.push(Finding::of(Code::NoBank).at(&dir.join("origin")));
            if !key.exists() {
                return None;
            }
        }
        Err(error) => found.push(Finding::of(Code::OriginBad).at(&dir.join("origin")).because(&error)),
        Ok(_) => {}
    }
    match home.signer() {
        Ok(signer) => Some(signer.verifier().clone()),
        Err(HomeError::Io { path, source }) if path == key => {
            let code = match source.kind() {
                io::ErrorKind::NotFound => Code::KeyMissing,
                _ => Code::KeyUnreadable,
            };
            found.push(Finding::of(code).at(&key).because(&source));
            None
        }
        Err(error @ HomeError::Key(_)) => {
            found.push(Finding::of(Code::KeyUnreadable).at(&key).because(&error));
            None
        }
        Err(error @ HomeError::Origin(_)) => {
            found.push(Finding::of(Code::OriginBad).at(&dir.join("origin")).because(&error));
            None
        }
        // Said above.
        Err(_) => None,
    }
}

fn look_at_keys(dir: &Path, found: &mut Vec<Finding>) {
    let names = files::names(dir).ok().flatten().unwrap_or_default();
    for path in names.iter().filter(|name| is_key(name)).map(|name| dir.join(name)) {
        if let Ok(metadata) = fs::metadata(&path)
            && metadata.mode() & 0o077 != 0
        {
            let what = format!("mode {:04o}", metadata.mode() & 0o7777);
            found.push(Finding { what, ..Finding::of(Code::KeyOpen).at(&path) });
        }
    }
}

//! The index looked at. Whatever is wrong with it, the next start mends it: these are notes.
//!
//! The lists are in a store that writes when it is opened, so a copy of it is opened, elsewhere.

use std::fs;
use std::io;
use std::path::Path;

use super::finding::{Code, Finding};
use super::journal::ReadJournal;
use crate::index::{HASH_SIZE, Index};

/// Larger stores are not copied to be looked at.
const COPY_BYTES_MAX: u64 = 1 << 30;

pub(super) fn look(dir: &Path, read: &ReadJournal, is_running: bool, found: &mut Vec<Finding>) {
    look_at_hashes(&dir.join("tree.hashes"), read, is_running, found);
    // A running server writes into the store all the time; it looks after it by itself.
    if !is_running {
        look_at_lists(&dir.join("history"), read, found);
    }
}

fn look_at_hashes(file: &Path, read: &ReadJournal, is_running: bool, found: &mut Vec<Finding>) {
    // Opening what is no file may wait for ever.
    let is_odd = file.metadata().is_ok_and(|there| !there.is_file());
    let bytes = match if is_odd { Err(io::ErrorKind::InvalidInput.into()) } else { fs::read(file) } {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            found.push(Finding::of(Code::IndexMissing).at(file));
            return;
        }
        Err(error) => {
            found.push(Finding::of(Code::IndexBroken).at(file).because(&error));
            return;
        }
    };
    let stored = bytes.chunks_exact(HASH_SIZE);
    let many = stored.len();
    let differs = stored.zip(&read.hashes).position(|(stored, hash)| stored != hash.as_bytes());
    if let Some(position) = differs {
        let what = "a hash differs from the journal's".to_owned();
        let offset = Some((position * HASH_SIZE) as u64);
        found.push(Finding { offset, what, ..Finding::of(Code::IndexBroken).at(file) });
    } else if many > read.hashes.len() && !is_running {
        let what = format!("{many} hashes where the journal has {}", read.hashes.len());
        found.push(Finding { what, ..Finding::of(Code::IndexBroken).at(file) });
    } else if many < read.hashes.len() && !is_running {
        let what = format!("{many} of {} hashes", read.hashes.len());
        found.push(Finding { what, ..Finding::of(Code::IndexBehind).at(file) });
    }
}

fn look_at_lists(dir: &Path, read: &ReadJournal, found: &mut Vec<Finding>) {
    if !dir.exists() {
        found.push(Finding::of(Code::IndexMissing).at(dir));
        return;
    }
    let elsewhere = std::env::temp_dir().join(format!("civbank-doctor-{}", uuid::Uuid::now_v7()));
    let looked = copy_and_open(dir, &elsewhere);
    // A copy that cannot be removed is only waste.
    let _ = fs::remove_dir_all(&elsewhere);
    let finding = match looked {
        Ok(None) => return,
        Ok(Some(applied)) if applied == read.size => return,
        Ok(Some(applied)) if applied < read.size => {
            Finding { what: format!("{applied} of {} entries", read.size), ..Finding::of(Code::IndexBehind) }
        }
        Ok(Some(applied)) => {
            let what = format!("{applied} entries where the journal has {}", read.size);
            Finding { what, ..Finding::of(Code::IndexBroken) }
        }
        Err(what) => Finding { what, ..Finding::of(Code::IndexBroken) },
    };
    found.push(finding.at(dir));
}

/// How many entries the store has; `None` where it is too large to be copied.
fn copy_and_open(dir: &Path, elsewhere: &Path) -> Result<Option<u64>, String> {
    let words = |error: io::Error| error.to_string();
    if bytes_of(dir).map_err(words)? > COPY_BYTES_MAX {
        return Ok(None);
    }
    let copy = elsewhere.join("history");
    copy_all(dir, &copy).map_err(words)?;
    let opened = Index::open(&copy).map_err(|error| error.to_string())?;
    if opened.rebuilt {
        return Err("the store cannot be read".to_owned());
    }
    Ok(Some(opened.index.applied()))
}

fn bytes_of(dir: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { bytes_of(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

//! The marker: a file that says a directory is unfinished, and by what. It is durable before anything else is
//! written there and goes when everything else is durable; whoever holds its lock is at work.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::error::{UpkeepError, io_error};
use super::files;

/// The marker's name.
pub const MARKER: &str = "UNFINISHED";

/// What was not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// A backup; the next one completes it.
    Backup,
    /// A restore; the next one begins it again.
    Restore,
}

impl Unfinished {
    fn word(self) -> &'static str {
        match self {
            Unfinished::Backup => "backup",
            Unfinished::Restore => "restore",
        }
    }
}

/// What a directory says about itself: what is unfinished, and of which bank (its verifier key).
///
/// # Errors
///
/// [`UpkeepError::Io`].
pub fn unfinished(dir: &Path) -> Result<Option<(Unfinished, String)>, UpkeepError> {
    let Some(bytes) = files::read_small(&dir.join(MARKER))? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines();
    let what = match lines.next() {
        Some("restore") => Unfinished::Restore,
        _ => Unfinished::Backup,
    };
    Ok(Some((what, lines.next().unwrap_or_default().to_owned())))
}

/// The marker of whoever is at work.
pub(super) struct Marker {
    _locked: File,
}

impl Marker {
    /// Marks a directory, which is there.
    pub(super) fn set(dir: &Path, what: Unfinished, vkey: &str) -> Result<Marker, UpkeepError> {
        let path = dir.join(MARKER);
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(io_error("making", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(UpkeepError::AtWork(dir.to_owned())),
            Err(TryLockError::Error(error)) => return Err(io_error("locking", &path)(error)),
        }
        let text = format!(
            "{}\n{vkey}\n没有做完，再执行一次同样的命令就会补完。\nNot finished: the same command again completes it.\n",
            what.word()
        );
        file.set_len(0)
            .and_then(|()| file.write_all(text.as_bytes()))
            .and_then(|()| file.sync_all())
            .map_err(io_error("writing", &path))?;
        files::sync_dir(dir)?;
        Ok(Marker { _locked: file })
    }

    /// All is durable: the directory is finished.
    pub(super) fn clear(self, dir: &Path) -> Result<(), UpkeepError> {
        let path = dir.join(MARKER);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("removing", &path)(error)),
            _ => files::sync_dir(dir),
        }
    }
}

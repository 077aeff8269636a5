//! Files and directories, written so that a power cut leaves the old or the new.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::error::{UpkeepError, io_error};

/// Most bytes of a small file: a key, a setting, a manifest.
const SMALL_BYTES_MAX: u64 = 16 << 20;

/// Makes a directory for its owner only, with those above it.
pub(super) fn make_dir(dir: &Path) -> Result<(), UpkeepError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io_error("making", dir))?;
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent),
        _ => Ok(()),
    }
}

/// Makes the names in a directory durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), UpkeepError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io_error("syncing", dir))
}

/// The names in a directory, sorted; `None` where there is no directory.
pub(super) fn names(dir: &Path) -> Result<Option<Vec<String>>, UpkeepError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("listing", dir)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(io_error("listing", dir))?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    Ok(Some(names))
}

/// A small file; `None` where there is none.
pub(super) fn read_small(path: &Path) -> Result<Option<Vec<u8>>, UpkeepError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("opening", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(SMALL_BYTES_MAX).read_to_end(&mut bytes).map_err(io_error("reading", path))?;
    Ok(Some(bytes))
}

/// Puts a small file in place as a whole, for its owner only. A crash leaves the old one, or none.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), UpkeepError> {
    let unfinished = path.with_added_extension("unfinished");
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(&unfinished)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(io_error("writing", &unfinished))?;
    fs::rename(&unfinished, path).map_err(io_error("renaming to", path))?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// The bytes of a file between two offsets.
pub(super) fn read_range(path: &Path, from: u64, to: u64) -> Result<Vec<u8>, UpkeepError> {
    let mut bytes = vec![0; usize::try_from(to.saturating_sub(from)).unwrap_or(0)];
    File::open(path)
        .and_then(|file| file.read_exact_at(&mut bytes, from))
        .map_err(io_error("reading", path))?;
    Ok(bytes)
}

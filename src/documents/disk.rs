//! The calls by which documents are kept and erased, so that tests can cut the power between two of them.
//!
//! Reading is not among them: whoever reads sees what the operating system shows. This file knows no documents.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// What writes.
pub trait Disk: Send + Sync {
    /// Makes a directory and those above it, readable by their owner only, where they are not there.
    ///
    /// # Errors
    ///
    /// Those of the operating system; so for each of these calls.
    fn make_dir(&self, path: &Path) -> io::Result<()>;

    /// Writes a new file, readable by its owner only. Its content is durable when this returns, its name is not.
    ///
    /// # Errors
    ///
    /// As above; also where the file is there already. Part of it may have been written.
    fn write_new(&self, path: &Path, parts: &[&[u8]]) -> io::Result<()>;

    /// Gives a file another name, in one step, over what may have had that name.
    ///
    /// # Errors
    ///
    /// As above.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a file's name away.
    ///
    /// # Errors
    ///
    /// As above.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory, and those that were taken away, durable.
    ///
    /// # Errors
    ///
    /// As above.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// The operating system's.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsDisk;

impl Disk for OsDisk {
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn write_new(&self, path: &Path, parts: &[&[u8]]) -> io::Result<()> {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

//! What the writer asks of the file system: a seam of six calls, so that a test can fail each
//! of them, tear a write in the middle, or cut the power. Reading does not go through it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Makes and opens the files that a journal writes.
pub trait Disk: Send {
    /// Makes an empty file at `path`, which must not exist. Its name is durable only after
    /// [`Disk::sync_dir`].
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    fn create(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>>;

    /// Opens the file at `path` for writing.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>>;

    /// Makes the names in `dir` durable.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// How many bytes can still be written on the file system that `dir` lies on; `None` where that has no
    /// meaning.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    fn room(&self, _dir: &Path) -> io::Result<Option<u64>> {
        Ok(None)
    }
}

/// One file that a journal writes.
pub trait SegmentFile: Send {
    /// Writes all of `bytes` at `offset`. They are durable only after [`SegmentFile::sync`].
    ///
    /// # Errors
    ///
    /// Those of the operating system. Some of the bytes may have been written.
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes all that was written durable, and the length of the file.
    ///
    /// # Errors
    ///
    /// Those of the operating system. What was written may or may not be durable, and asking
    /// again proves nothing: the system may have forgotten that it ever had to be written.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to `length` bytes, durably.
    ///
    /// # Errors
    ///
    /// Those of the operating system. The file may or may not have been cut.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// The disk of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsDisk;

impl Disk for OsDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Box::new(file))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        Ok(Box::new(OpenOptions::new().write(true).open(path)?))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn room(&self, dir: &Path) -> io::Result<Option<u64>> {
        // What the system keeps for root does not count.
        let found = rustix::fs::statvfs(dir)?;
        Ok(Some(found.f_bavail.saturating_mul(found.f_frsize)))
    }
}

impl SegmentFile for File {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.sync_all()
    }
}

//! The files in which documents are kept.
//!
//! A document lies at `<dir>/<first byte of its address>/<address>`, both in hexadecimal, and
//! begins with a header of eight bytes: `"CIVDOC" | version (1) | kind (1)`. It is written under another name in `<dir>/unfinished`, synced,
//! renamed, and its directory synced: whoever looks finds a whole document or none.
//!
//! Any number of threads may use it at once, of one process: opening removes what a crash has
//! left unfinished, so the caller sees to it that nobody else has the directory open.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::address::Address;
use super::disk::{Disk, OsDisk};
use super::error::DocumentError;
use super::kind::DocumentKind;
use super::sealed::Sealed;

const MAGIC: [u8; 6] = *b"CIVDOC";
const VERSION: u8 = 1;
const HEADER_SIZE: usize = 8;
const UNFINISHED: &str = "unfinished";

/// An open directory of documents.
pub struct Documents {
    dir: PathBuf,
    disk: Box<dyn Disk>,
    pub(super) sealed: Sealed,
}

impl Documents {
    /// Opens the directory, or makes it, readable by its owner only. Removes what a crash has
    /// left unfinished.
    ///
    /// # Errors
    /// [`DocumentError::Io`].
    pub fn open(dir: &Path) -> Result<Self, DocumentError> {
        Documents::open_on(Box::new(OsDisk), dir)
    }

    /// The same on a disk of the caller's.
    ///
    /// # Errors
    /// [`DocumentError::Io`].
    pub fn open_on(disk: Box<dyn Disk>, dir: &Path) -> Result<Self, DocumentError> {
        let documents = Self { dir: dir.to_owned(), disk, sealed: Sealed::default() };
        documents.make_dir(dir)?;
        for first_byte in 0..=u8::MAX {
            documents.make_dir(&documents.shelf(first_byte))?;
        }
        let unfinished = dir.join(UNFINISHED);
        documents.make_dir(&unfinished)?;
        documents.sync_dir(dir)?;
        if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            documents.sync_dir(parent)?;
        }
        for entry in fs::read_dir(&unfinished).map_err(io_error("read", &unfinished))? {
            let path = entry.map_err(io_error("read", &unfinished))?.path();
            documents.disk.remove(&path).map_err(io_error("remove", &path))?;
            tracing::info!(file = %path.display(), "unfinished document removed");
        }
        Ok(documents)
    }

    /// The directory as it is, for looking only: nothing is made or removed, so another process may have it
    /// open.
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), disk: Box::new(OsDisk), sealed: Sealed::default() }
    }

    /// Every address there is a file for, in order. Files with other names are left alone.
    ///
    /// # Errors
    /// [`DocumentError::Io`].
    pub fn addresses(&self) -> Result<Vec<Address>, DocumentError> {
        let mut found = Vec::new();
        for first_byte in 0..=u8::MAX {
            let shelf = self.shelf(first_byte);
            let entries = match fs::read_dir(&shelf) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => return Err(io_error("read", &shelf)(source)),
            };
            for entry in entries {
                let name = entry.map_err(io_error("read", &shelf))?.file_name();
                let address = name.to_str().and_then(Address::from_hex);
                found.extend(address.filter(|address| address.as_bytes()[0] == first_byte));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// How many bytes the file at this address has; `None` if there is none. It is not read.
    ///
    /// # Errors
    /// [`DocumentError::Io`].
    pub fn file_bytes(&self, address: Address) -> Result<Option<u64>, DocumentError> {
        let path = self.path_of(address);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(io_error("measure", &path)(source)),
        }
    }

    /// How many files a crash has left unfinished, or another process is writing now.
    ///
    /// # Errors
    /// [`DocumentError::Io`].
    pub fn unfinished(&self) -> Result<usize, DocumentError> {
        let dir = self.dir.join(UNFINISHED);
        match fs::read_dir(&dir) {
            Ok(entries) => Ok(entries.count()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(source) => Err(io_error("read", &dir)(source)),
        }
    }

    /// The address that a document of this kind with these bytes has, stored or not.
    pub fn address_of(&self, kind: DocumentKind, bytes: &[u8]) -> Address {
        Address::of(kind, bytes)
    }

    /// Keeps a document; it is durable when this returns. Putting one that is there changes
    /// nothing; putting one whose file is damaged repairs it.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`], [`DocumentError::Random`], [`DocumentError::Io`].
    pub fn put(&self, kind: DocumentKind, bytes: &[u8]) -> Result<Address, DocumentError> {
        let (size, size_max) = (bytes.len(), kind.size_max());
        if size > size_max {
            return Err(DocumentError::TooLarge { kind, size, size_max });
        }
        let address = Address::of(kind, bytes);
        let there = match self.get(address) {
            Ok(found) => found.is_some(),
            Err(DocumentError::Damaged { .. }) => false,
            Err(error) => return Err(error),
        };
        if !there {
            self.write(address, kind, bytes)?;
        }
        // Also if it was there: whoever put it may not have come this far.
        self.sync_dir(&self.shelf_of(address))?;
        self.sealed.note(kind, bytes, address);
        Ok(address)
    }

    /// The document at this address; `None` if it was never put, or is erased.
    ///
    /// # Errors
    /// [`DocumentError::Damaged`] if its file is not what was put; [`DocumentError::Io`].
    pub fn get(&self, address: Address) -> Result<Option<(DocumentKind, Vec<u8>)>, DocumentError> {
        let path = self.path_of(address);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(io_error("open", &path)(source)),
        };
        let damaged = |what| DocumentError::Damaged { address, what };
        let mut file = file.take((HEADER_SIZE + size_max_of_all() + 1) as u64);
        let mut stored = Vec::new();
        file.read_to_end(&mut stored).map_err(io_error("read", &path))?;

        let header = stored.first_chunk::<HEADER_SIZE>();
        let header = header.ok_or_else(|| damaged("it is shorter than a header"))?;
        let kind = kind_of(header).ok_or_else(|| damaged("its header is unknown"))?;
        stored.drain(..HEADER_SIZE);
        if stored.len() > kind.size_max() {
            return Err(damaged("it is larger than its kind may be"));
        }
        if Address::of(kind, &stored) != address {
            return Err(damaged("its content does not match its address"));
        }
        Ok(Some((kind, stored)))
    }

    /// What the header of the file at this address says; none where it cannot be read. The rest is not looked at.
    pub(super) fn kind_at(&self, address: Address) -> Option<DocumentKind> {
        let mut header = [0; HEADER_SIZE];
        File::open(self.path_of(address)).ok()?.read_exact(&mut header).ok()?;
        kind_of(&header)
    }

    /// Whether there is a file at this address. It is not read, so it may yet be damaged.
    ///
    /// # Errors
    /// [`DocumentError::Io`].
    pub fn exists(&self, address: Address) -> Result<bool, DocumentError> {
        let path = self.path_of(address);
        path.try_exists().map_err(io_error("look for", &path))
    }

    /// Erases a document, damaged or not; it stays erased when this returns. Answers whether
    /// there was one.
    ///
    /// # Errors
    /// [`DocumentError::Io`].
    pub fn erase(&self, address: Address) -> Result<bool, DocumentError> {
        let path = self.path_of(address);
        let there = match self.disk.remove(&path) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(source) => return Err(io_error("erase", &path)(source)),
        };
        // Also if it was gone: whoever erased it may not have come this far.
        self.sync_dir(&self.shelf_of(address))?;
        Ok(there)
    }

    /// Writes the file whole, or not at all. Two that write the same document at once write
    /// two files, and rename the same bytes over each other.
    fn write(&self, address: Address, kind: DocumentKind, bytes: &[u8]) -> Result<(), DocumentError> {
        let unfinished = self.dir.join(UNFINISHED).join(unfinished_name()?);
        let path = self.path_of(address);
        let disk = &self.disk;
        let written = disk
            .write_new(&unfinished, &[&header_of(kind), bytes])
            .map_err(io_error("write", &unfinished))
            // A crash here leaves an unfinished file, which the next opening removes.
            .and_then(|()| disk.rename(&unfinished, &path).map_err(io_error("rename to", &path)));
        if written.is_err() {
            // If this fails too, the next opening does it.
            let _ = disk.remove(&unfinished);
        }
        written
    }

    fn make_dir(&self, path: &Path) -> Result<(), DocumentError> {
        self.disk.make_dir(path).map_err(io_error("make", path))
    }

    /// Makes the names in a directory as durable as the files they stand for.
    fn sync_dir(&self, path: &Path) -> Result<(), DocumentError> {
        self.disk.sync_dir(path).map_err(io_error("sync", path))
    }

    fn path_of(&self, address: Address) -> PathBuf {
        self.shelf_of(address).join(address.to_string())
    }

    fn shelf_of(&self, address: Address) -> PathBuf {
        self.shelf(address.as_bytes()[0])
    }

    /// The directory of all addresses with this first byte: none of them grows too full.
    fn shelf(&self, first_byte: u8) -> PathBuf {
        self.dir.join(format!("{first_byte:02x}"))
    }
}

/// `magic (6) | version (1) | kind (1)`.
fn header_of(kind: DocumentKind) -> [u8; HEADER_SIZE] {
    let [a, b, c, d, e, f] = MAGIC;
    [a, b, c, d, e, f, VERSION, kind.number()]
}

/// The kind that this header gives, if it is one that we write.
fn kind_of(header: &[u8; HEADER_SIZE]) -> Option<DocumentKind> {
    let kind = DocumentKind::from_number(header[HEADER_SIZE - 1])?;
    (header_of(kind) == *header).then_some(kind)
}

fn size_max_of_all() -> usize {
    DocumentKind::ALL.into_iter().map(DocumentKind::size_max).max().unwrap_or(0)
}

/// A name that no other file has, of this run or one before.
fn unfinished_name() -> Result<String, DocumentError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(DocumentError::Random)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DocumentError {
    let path = path.to_owned();
    move |source| DocumentError::Io { doing, path, source }
}

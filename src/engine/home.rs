//! A bank's directory: where journal, index, documents and the log's key lie.
//!
//! ```text
//! DIR/origin        the bank's origin, one line
//! DIR/log.key       the log's Ed25519 key, PKCS#8 PEM, mode 0600
//! DIR/journal/      the truth
//! DIR/documents/    erasable
//! DIR/index/        may be thrown away
//! ```

use std::fs;
use std::io::{Read as _, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};

use crate::documents::{DocumentError, Documents};
use crate::journal::{FileJournal, OpenError, OpenOutcome, Options, Progress};
use crate::tlog::{KeyError, Signer};

use super::{Clock, Parts};

/// Most bytes of a key file, public or private.
pub const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;

/// Why a directory cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// There is a bank already.
    #[error("{} holds a bank already", .0.display())]
    Exists(PathBuf),
    /// There is no bank.
    #[error("{} holds no bank: make one with `civbank init`", .0.display())]
    Missing(PathBuf),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key file is not an Ed25519 key in PKCS#8 PEM.
    #[error("{} is not an Ed25519 key in PKCS#8 PEM", .0.display())]
    Key(PathBuf),
    /// The origin is not one that a log can have.
    #[error("origin: {0}")]
    Origin(#[from] KeyError),
    /// No randomness.
    #[error("no randomness from the system: {0}")]
    Random(getrandom::Error),
    /// The journal does not open.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// The documents do not open.
    #[error(transparent)]
    Documents(#[from] DocumentError),
}

/// A bank's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    dir: PathBuf,
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> HomeError {
    let path = path.to_owned();
    move |source| HomeError::Io { path, source }
}

impl Home {
    /// The directory, there or not.
    pub fn at(dir: &Path) -> Self {
        Home { dir: dir.to_owned() }
    }

    /// The journal's directory.
    pub fn journal(&self) -> PathBuf {
        self.dir.join("journal")
    }

    /// The index's directory.
    pub fn index(&self) -> PathBuf {
        self.dir.join("index")
    }

    /// The documents' directory.
    pub fn documents(&self) -> PathBuf {
        self.dir.join("documents")
    }

    fn log_key(&self) -> PathBuf {
        self.dir.join("log.key")
    }

    fn origin_file(&self) -> PathBuf {
        self.dir.join("origin")
    }

    /// Whether there is a bank.
    pub fn exists(&self) -> bool {
        self.origin_file().exists()
    }

    /// Makes the directory with a new log key. The first entry is still to be written.
    ///
    /// # Errors
    ///
    /// [`HomeError::Exists`] where there is a bank; [`HomeError::Origin`] for a name that no log can have.
    pub fn create(&self, origin: &str) -> Result<(), HomeError> {
        if self.exists() {
            return Err(HomeError::Exists(self.dir.clone()));
        }
        let key = new_key().map_err(HomeError::Random)?;
        Signer::new(origin, key.clone())?;
        fs::create_dir_all(&self.dir).map_err(io(&self.dir))?;
        // A key with neither origin nor journal is what a crash left here before; it has signed nothing. Beside
        // a journal it is never touched.
        if self.log_key().exists() && !self.journal().exists() {
            fs::remove_file(self.log_key()).map_err(io(&self.log_key()))?;
        }
        write_key(&self.log_key(), &key)?;
        // The origin comes last: with it the bank exists.
        let path = self.origin_file();
        let mut file = fs::File::create_new(&path).map_err(io(&path))?;
        writeln!(file, "{origin}").and_then(|()| file.sync_all()).map_err(io(&path))?;
        fs::File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(io(&self.dir))
    }

    /// The bank's origin.
    ///
    /// # Errors
    ///
    /// [`HomeError::Missing`] where there is no bank.
    pub fn origin(&self) -> Result<String, HomeError> {
        let path = self.origin_file();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim_end_matches('\n').to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(HomeError::Missing(self.dir.clone()))
            }
            Err(source) => Err(HomeError::Io { path, source }),
        }
    }

    /// The log's signer.
    ///
    /// # Errors
    ///
    /// [`HomeError`] where origin or key are missing or wrong.
    pub fn signer(&self) -> Result<Signer, HomeError> {
        let origin = self.origin()?;
        Ok(Signer::new(&origin, read_key(&self.log_key())?)?)
    }

    /// Opens everything that an engine is made of. Takes the journal's lock first.
    ///
    /// # Errors
    ///
    /// [`HomeError`]; for a second server on one directory it says who holds the lock.
    pub fn open(
        &self,
        clock: Arc<dyn Clock>,
        on_progress: Option<Progress<'_>>,
    ) -> Result<(Parts, OpenOutcome), HomeError> {
        self.open_with(clock, &Options::default(), on_progress)
    }

    /// As [`Home::open`], with a journal that is written otherwise than by default.
    ///
    /// # Errors
    ///
    /// Those of [`Home::open`].
    pub fn open_with(
        &self,
        clock: Arc<dyn Clock>,
        options: &Options,
        on_progress: Option<Progress<'_>>,
    ) -> Result<(Parts, OpenOutcome), HomeError> {
        let signer = self.signer()?;
        let (journal, outcome) = FileJournal::open(&self.journal(), options, on_progress)?;
        let documents = Documents::open(&self.documents())?;
        let parts = Parts { journal: Box::new(journal), index_dir: self.index(), documents, signer, clock };
        Ok((parts, outcome))
    }
}

/// A new signing key from the system's randomness.
///
/// # Errors
///
/// Where the system has none.
pub fn new_key() -> Result<SigningKey, getrandom::Error> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice())?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Writes a key file, readable by its owner only. Never overwrites.
///
/// # Errors
///
/// [`HomeError::Io`], also where the file exists.
pub fn write_key(path: &Path, key: &SigningKey) -> Result<(), HomeError> {
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| HomeError::Key(path.to_owned()))?;
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io(path))?;
    file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(io(path))
}

/// Reads a key file.
///
/// # Errors
///
/// [`HomeError::Io`] or [`HomeError::Key`]; the latter too where the file is longer than [`KEY_FILE_BYTES_MAX`].
pub fn read_key(path: &Path) -> Result<SigningKey, HomeError> {
    let mut pem = zeroize::Zeroizing::new(String::new());
    let file = fs::File::open(path).map_err(io(path))?;
    file.take(KEY_FILE_BYTES_MAX + 1).read_to_string(&mut pem).map_err(io(path))?;
    if pem.len() as u64 > KEY_FILE_BYTES_MAX {
        return Err(HomeError::Key(path.to_owned()));
    }
    SigningKey::from_pkcs8_pem(&pem).map_err(|_| HomeError::Key(path.to_owned()))
}

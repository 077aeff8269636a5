//! PEM files: what is read of them, and what is wrong with them, with the file's name.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use tokio_rustls::rustls::pki_types::pem::{Error as SectionError, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::VerifierBuilderError;
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{Error as TlsError, InconsistentKeys, RootCertStore};
use zeroize::Zeroizing;

/// Most bytes of a file of certificates or of a key.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A file that TLS cannot use.
#[derive(Debug, thiserror::Error)]
#[error("{}: {trouble}", .file.display())]
pub struct PemError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    #[source]
    pub trouble: Trouble,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// It is far larger than any certificate.
    #[error("it holds more than {FILE_BYTES_MAX} bytes")]
    TooLong,
    /// Its sections are broken.
    #[error("it is no PEM file: {0}")]
    Section(SectionError),
    /// It holds no certificate.
    #[error("it holds no certificate in PEM (BEGIN CERTIFICATE)")]
    NoCertificate,
    /// It holds no key, or an encrypted one.
    #[error("it holds no private key in PEM (BEGIN PRIVATE KEY; an encrypted one cannot be used)")]
    NoKey,
    /// The certificate is for another key.
    #[error("this key does not belong to the certificate in {}", .certificate.display())]
    OtherKey {
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// TLS has no use for what it holds.
    #[error("TLS cannot use it: {0}")]
    Rejected(TlsError),
    /// No client could be checked against it.
    #[error("clients cannot be checked against it: {0}")]
    Verifier(VerifierBuilderError),
}

/// A PEM file's bytes and its name. The bytes may be a key's: they are wiped when this goes.
pub struct Pem {
    file: PathBuf,
    bytes: Zeroizing<Vec<u8>>,
}

impl Pem {
    /// Reads a file of at most 1 MiB.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is longer.
    pub fn read(file: &Path) -> Result<Pem, PemError> {
        let mut pem = Pem { file: file.to_owned(), bytes: Zeroizing::new(Vec::new()) };
        let read =
            File::open(file).and_then(|open| open.take(FILE_BYTES_MAX + 1).read_to_end(&mut pem.bytes));
        match read {
            Ok(length) if length as u64 > FILE_BYTES_MAX => Err(pem.trouble(Trouble::TooLong)),
            Ok(_) => Ok(pem),
            Err(error) => Err(pem.trouble(Trouble::Read(error))),
        }
    }

    /// The bytes as read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The certificates in it, at least one, in the file's order.
    ///
    /// # Errors
    ///
    /// There is none, or a section is broken.
    pub fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, PemError> {
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.bytes).collect();
        match all {
            Ok(all) if all.is_empty() => Err(self.trouble(Trouble::NoCertificate)),
            Ok(all) => Ok(all),
            Err(error) => Err(self.trouble(Trouble::Section(error))),
        }
    }

    /// The first key in it: PKCS#8, PKCS#1 or SEC1.
    ///
    /// # Errors
    ///
    /// There is none that is not encrypted, or a section is broken.
    pub fn key(&self) -> Result<PrivateKeyDer<'static>, PemError> {
        PrivateKeyDer::from_pem_slice(&self.bytes).map_err(|error| match error {
            SectionError::NoItemsFound => self.trouble(Trouble::NoKey),
            error => self.trouble(Trouble::Section(error)),
        })
    }

    /// The certificates in it as those that are trusted.
    ///
    /// # Errors
    ///
    /// There is none, or one cannot be trusted.
    pub fn roots(&self) -> Result<RootCertStore, PemError> {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates()? {
            roots.add(certificate).map_err(|error| self.trouble(Trouble::Rejected(error)))?;
        }
        Ok(roots)
    }

    /// An error about this file.
    pub(super) fn trouble(&self, trouble: Trouble) -> PemError {
        PemError { file: self.file.clone(), trouble }
    }
}

/// A certificate with its key.
///
/// # Errors
///
/// One of them cannot be used, or the key belongs to another certificate; then the key's file is named first.
pub fn certified(certificate: &Pem, key: &Pem) -> Result<CertifiedKey, PemError> {
    let (chain, secret) = (certificate.certificates()?, key.key()?);
    let loaded = super::provider().key_provider.load_private_key(secret);
    let loaded = loaded.map_err(|error| key.trouble(Trouble::Rejected(error)))?;
    let certified = CertifiedKey::new(chain, loaded);
    match certified.keys_match() {
        Ok(()) => Ok(certified),
        Err(TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(key.trouble(Trouble::OtherKey { certificate: certificate.file.clone() }))
        }
        Err(error) => Err(certificate.trouble(Trouble::Rejected(error))),
    }
}

//! TLS: a server's certificate, its key and the CA of the terminals, from PEM files into what a handshake needs.
//!
//! It promises that what was loaded fits together, and that a reload swaps all of it or nothing. The one
//! cryptography is ring's, named wherever it is wanted: the process has no default. It knows no sockets, and
//! not who a terminal is to the bank: a certificate opens the door, keys that are enrolled sign.

mod pem;
mod validity;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::server::{NoClientAuth, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::SingleCertAndKey;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

pub use pem::{Pem, PemError, Trouble, certified};
pub use validity::not_after;

/// What is offered to clients, best first: gRPC wants the first, browsers take either.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// What becomes of a client that shows no certificate, where a CA for clients is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientCertificates {
    /// It is served; a certificate that is shown has to verify.
    #[default]
    Optional,
    /// It is turned away in the handshake.
    Required,
}

/// The CA that signs clients' certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCa {
    /// Certificates, PEM.
    pub file: PathBuf,
    /// What becomes of clients without one.
    pub mode: ClientCertificates,
}

/// Where a server's certificate and key lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The certificate and those between it and its CA, PEM, its own first.
    pub certificate: PathBuf,
    /// Its key, PEM, not encrypted.
    pub key: PathBuf,
    /// Who signs clients' certificates; none: clients are not asked for any.
    pub client_ca: Option<ClientCa>,
}

/// What is known of a certificate that is served, without saying whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// SHA-256 over the certificate's DER, as `openssl x509 -fingerprint -sha256` has it, without colons.
    pub fingerprint: String,
    /// When it ends; none where that cannot be read or lies beyond the year 9999.
    pub not_after: Option<jiff::Timestamp>,
    /// Certificates that are sent, its own among them.
    pub chain: usize,
}

impl Facts {
    /// When it ends, in words.
    pub fn ends(&self) -> String {
        self.not_after.map_or_else(|| "unknown".to_owned(), |at| at.to_string())
    }
}

/// What handshakes are made with; a handle, cheap to clone. [`Tls::reload`] changes it for all handles.
#[derive(Clone)]
pub struct Tls(Arc<Loaded>);

struct Loaded {
    files: Files,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// A file cannot be read or is not what it should be, or certificate and key do not fit together. The error
    /// names the file.
    pub fn load(files: Files) -> Result<(Tls, Facts), PemError> {
        let (config, facts) = configure(&files)?;
        Ok((Tls(Arc::new(Loaded { files, config: RwLock::new(Arc::new(config)) })), facts))
    }

    /// Reads the same files again, the clients' CA among them. Handshakes that begin after this use what was
    /// read; connections that stand go on, and sessions of before are not resumed.
    ///
    /// # Errors
    ///
    /// As [`Tls::load`]; what was loaded before then stays.
    pub fn reload(&self) -> Result<Facts, PemError> {
        let (config, facts) = configure(&self.0.files)?;
        *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        Ok(facts)
    }

    /// Where it was loaded from.
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// What a handshake that begins now is made with.
    pub fn config(&self) -> Arc<ServerConfig> {
        self.0.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.0.files).finish()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn configure(files: &Files) -> Result<(ServerConfig, Facts), PemError> {
    let (certificate, key) = (Pem::read(&files.certificate)?, Pem::read(&files.key)?);
    let certified = certified(&certificate, &key)?;
    let own = certificate.certificates()?;
    let facts = Facts {
        fingerprint: own.first().map(|own| validity::fingerprint(own)).unwrap_or_default(),
        not_after: own.first().and_then(|own| not_after(own)),
        chain: own.len(),
    };
    let verifier = match &files.client_ca {
        None => Arc::new(NoClientAuth),
        Some(ca) => {
            let file = Pem::read(&ca.file)?;
            let roots: Arc<RootCertStore> = Arc::new(file.roots()?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
            let verifier = match ca.mode {
                ClientCertificates::Optional => verifier.allow_unauthenticated(),
                ClientCertificates::Required => verifier,
            };
            verifier.build().map_err(|error| file.trouble(Trouble::Verifier(error)))?
        }
    };
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| certificate.trouble(Trouble::Rejected(error)))?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok((config, facts))
}

//! A CA, certificates and clients for tests of TLS. Nothing of it is ever on a disk but a test's own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};

/// Somebody who signs certificates.
pub struct Ca(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub struct Issued {
    pub certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

/// What is special about a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Server,
    Terminal,
    /// A server's, whose end has passed.
    Expired,
}

impl Ca {
    pub fn new(name: &str) -> Ca {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        Ca(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for these host names or addresses, until 2099.
    pub fn issue(&self, names: &[&str], kind: Kind) -> Issued {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = date_time_ymd(if kind == Kind::Expired { 2020 } else { 2099 }, 1, 2);
        params.extended_key_usages = vec![match kind {
            Kind::Server | Kind::Expired => ExtendedKeyUsagePurpose::ServerAuth,
            Kind::Terminal => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Issued { certificate: certificate.der().clone(), key: key.serialize_der() }
    }

    pub fn pem(&self) -> String {
        pem("CERTIFICATE", self.0.der())
    }
}

impl Issued {
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    pub fn key_pem(&self) -> String {
        pem("PRIVATE KEY", &self.key)
    }

    /// Writes `NAME.pem` and `NAME.key`.
    pub fn write(&self, dir: &Path, name: &str) {
        std::fs::write(dir.join(format!("{name}.pem")), self.certificate_pem()).unwrap();
        std::fs::write(dir.join(format!("{name}.key")), self.key_pem()).unwrap();
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A client as a browser is one: any CA it is told, any protocols it speaks.
pub struct Visitor {
    config: ClientConfig,
}

impl Visitor {
    /// Trusts `ca` and offers `protocols`.
    pub fn new(ca: &Ca, protocols: &[&str]) -> Visitor {
        Visitor::speaking(ca, protocols, &[&version::TLS13, &version::TLS12])
    }

    /// The same, in these versions of TLS only.
    pub fn speaking(ca: &Ca, protocols: &[&str], versions: &[&'static SupportedProtocolVersion]) -> Visitor {
        Visitor { config: Visitor::config(ca, protocols, versions, None) }
    }

    /// Shows a certificate.
    pub fn showing(ca: &Ca, protocols: &[&str], own: &Issued) -> Visitor {
        Visitor { config: Visitor::config(ca, protocols, &[&version::TLS13], Some(own)) }
    }

    fn config(
        ca: &Ca,
        protocols: &[&str],
        versions: &[&'static SupportedProtocolVersion],
        own: Option<&Issued>,
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(ca.0.der().clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match own {
            None => builder.with_no_client_auth(),
            Some(own) => {
                let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.key.clone()));
                builder.with_client_auth_cert(vec![own.certificate.clone()], key).unwrap()
            }
        };
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    /// A connection whose handshake is done, as this client sees it.
    pub async fn connect(&self, address: SocketAddr) -> std::io::Result<Visit> {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TlsConnector::from(Arc::new(self.config.clone())).connect(name, stream).await?;
        Ok(Visit { stream })
    }
}

/// A connection under TLS.
pub struct Visit {
    pub stream: TlsStream<TcpStream>,
}

impl Visit {
    /// The server's certificate.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
    }

    /// Version, and the protocol that was agreed on.
    pub fn spoken(&self) -> (ProtocolVersion, Option<&str>) {
        let connection = self.stream.get_ref().1;
        let protocol = connection.alpn_protocol().map(|name| std::str::from_utf8(name).unwrap());
        (connection.protocol_version().unwrap(), protocol)
    }

    /// One HTTP/1.1 request, after which the connection stays open: the answer's head and body.
    pub async fn get(&mut self, path: &str) -> std::io::Result<String> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: bank\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&answer).to_lowercase();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                if body.len() >= length.expect("a length").parse().unwrap() {
                    return Ok(text);
                }
            }
            if self.stream.read_buf(&mut answer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

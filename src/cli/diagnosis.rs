//! Why a connection was lost, asked of the server once more: a handshake of its own, after which nothing is sent.
//!
//! Under TLS 1.3 a client is done before the server has looked at its certificate. What the server then says
//! arrives beside the first request, and often is lost with the connection. Whoever only listens hears it.

use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, Error as TlsError, RootCertStore};

use super::failure::Text;
use super::trust::{Trust, host, in_words, spoken_under_tls};
use crate::tls::Pem;

/// Longest time of it all; a server with nothing to object to says nothing.
const TIME_MAX: Duration = Duration::from_secs(2);

/// What the server objects to in this client's TLS, or that it speaks TLS and was addressed in the clear; none
/// where it does not say.
pub(super) async fn ask(server: &str, trust: &Trust) -> Option<Text> {
    let uri: Uri = server.parse().ok()?;
    let secure = uri.scheme_str() == Some("https");
    let trust = if secure { trust } else { &Trust::default() };
    let config = Arc::new(config(trust).ok()?);
    let name = ServerName::try_from(host(&uri)?.to_owned()).ok()?;
    let address = (host(&uri)?, uri.port_u16().unwrap_or(if secure { 443 } else { 80 }));
    let listen = async {
        let stream = TcpStream::connect(address).await?;
        let mut stream = TlsConnector::from(config).connect(name, stream).await?;
        stream.read(&mut [0; 1]).await
    };
    let error = tokio::time::timeout(TIME_MAX, listen).await.ok()?.err()?;
    let error = error.get_ref()?.downcast_ref::<TlsError>()?;
    match (secure, error) {
        (true, error) => Some(in_words(server, error)),
        // Nobody is trusted here, so a server that speaks TLS cannot be.
        (false, TlsError::InvalidCertificate(_)) => Some(spoken_under_tls(server)),
        (false, _) => None,
    }
}

fn config(trust: &Trust) -> Result<ClientConfig, Box<dyn std::error::Error>> {
    let roots = match &trust.ca {
        Some(ca) => Pem::read(ca)?.roots()?,
        None => RootCertStore::empty(),
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let mut config = match (&trust.client_cert, &trust.client_key) {
        (Some(certificate), Some(key)) => {
            let (certificate, key) = (Pem::read(certificate)?, Pem::read(key)?);
            builder.with_client_auth_cert(certificate.certificates()?, key.key()?)?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

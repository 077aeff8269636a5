//! What a client trusts and shows under TLS, and what a failed handshake says in words.
//!
//! A bank is its own authority: the CA that is trusted is named, and the machine's own list of authorities is
//! never asked. Who speaks to the bank is proved by keys over commands; a client's certificate only opens the door.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use http::Uri;
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error as TlsError};
use tonic::Status;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use super::failure::{Failure, Text};
use crate::tls::{Pem, PemError, Trouble, certified};

/// Files for `https://`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Common options")]
pub struct Trust {
    /// For https: the CA that vouches for the bank, PEM. The system's own list of CAs is not used.
    #[arg(long, global = true, env = "CIVBANK_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// For https: this terminal's certificate, PEM, where the bank asks for one.
    #[arg(long, global = true, env = "CIVBANK_CLIENT_CERT", value_name = "FILE")]
    pub client_cert: Option<PathBuf>,
    /// For https: the key of --client-cert, PEM.
    #[arg(long, global = true, env = "CIVBANK_CLIENT_KEY", value_name = "FILE")]
    pub client_key: Option<PathBuf>,
}

impl Trust {
    /// The endpoint of `server` under these files; `handshake` bounds a handshake.
    ///
    /// # Errors
    ///
    /// An https address without a CA, another with files that then protect nothing, a certificate without its
    /// key or the other way round (usage); a file that cannot be used.
    pub fn apply(&self, server: &str, endpoint: Endpoint, handshake: Duration) -> Result<Endpoint, Failure> {
        if endpoint.uri().scheme_str() != Some("https") {
            let files = [
                ("--ca", &self.ca),
                ("--client-cert", &self.client_cert),
                ("--client-key", &self.client_key),
            ];
            return match files.iter().find(|(_, file)| file.is_some()) {
                None => Ok(endpoint),
                Some((flag, _)) => Err(Failure::usage(
                    format!("{flag} 要配 https:// 地址，--server 现在是 {server}，走的是明文"),
                    format!("{flag} wants an https:// address, and --server is {server}, in the clear"),
                )),
            };
        }
        let Some(ca) = &self.ca else {
            return Err(Failure::usage(
                format!(
                    "{server} 要用 --ca FILE 指明信任哪个 CA（PEM 文件，找管银行的人要）；不用系统自带的 CA"
                ),
                format!(
                    "{server} wants --ca FILE, the CA that vouches for the bank (PEM; whoever runs the bank has \
                     it); the system's own CAs are not used"
                ),
            ));
        };
        let ca = read(ca)?;
        ca.roots().map_err(|error| unusable(&error))?;
        let mut tls =
            ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca.bytes())).timeout(handshake);
        if let Some(host) = host(endpoint.uri()) {
            tls = tls.domain_name(host);
        }
        if let Some((certificate, key)) = pair(
            ("--client-cert", self.client_cert.as_deref()),
            ("--client-key", self.client_key.as_deref()),
        )? {
            let (certificate, key) = (read(certificate)?, read(key)?);
            certified(&certificate, &key).map_err(|error| unusable(&error))?;
            tls = tls.identity(Identity::from_pem(certificate.bytes(), key.bytes()));
        }
        endpoint.tls_config(tls).map_err(|error| {
            let what = super::local::whole(&error);
            Failure::usage(format!("TLS 用不了（{server}）：{what}"), format!("TLS with {server}: {what}"))
        })
    }
}

/// Both of two files that go together, or neither; each with the name of its setting.
pub(super) fn pair<'a>(
    (one, first): (&str, Option<&'a Path>),
    (other, second): (&str, Option<&'a Path>),
) -> Result<Option<(&'a Path, &'a Path)>, Failure> {
    let (there, missing) = match (first, second) {
        (None, None) => return Ok(None),
        (Some(first), Some(second)) => return Ok(Some((first, second))),
        (Some(_), None) => (one, other),
        (None, Some(_)) => (other, one),
    };
    Err(without(there, missing))
}

/// A setting that means nothing without another.
pub(super) fn without(there: &str, missing: &str) -> Failure {
    Failure::usage(
        format!("有 {there}，还少 {missing}"),
        format!("{there} is given and {missing} is missing"),
    )
}

fn read(file: &Path) -> Result<Pem, Failure> {
    Pem::read(file).map_err(|error| unusable(&error))
}

/// A file that TLS cannot use, in words.
pub(super) fn unusable(error: &PemError) -> Failure {
    let zh = match &error.trouble {
        Trouble::Read(source) => return Failure::reading(&error.file, source),
        Trouble::TooLong => "太大了，不会是证书或密钥".to_owned(),
        Trouble::Section(source) => format!("不是 PEM 文件：{source}"),
        Trouble::NoCertificate => "里面没有 PEM 格式的证书（BEGIN CERTIFICATE）".to_owned(),
        Trouble::NoKey => "里面没有 PEM 格式的私钥（BEGIN PRIVATE KEY；加了密的不能用）".to_owned(),
        Trouble::OtherKey { certificate } => format!("这把私钥和证书 {} 不是一对", certificate.display()),
        Trouble::Rejected(source) => format!("TLS 用不了：{source}"),
        Trouble::Verifier(source) => format!("不能用来核对客户端证书：{source}"),
    };
    Failure::malformed(&error.file, zh, &error.trouble)
}

/// Why TLS did not come about, in words; none where the status has another cause. After one of these nothing
/// was sent, and trying again helps nobody.
pub(super) fn told(server: &str, status: &Status) -> Option<Text> {
    tls_error(status).map(|error| in_words(server, error))
}

/// A bank that was addressed in the clear and speaks TLS.
pub(super) fn spoken_under_tls(server: &str) -> Text {
    Text::new(
        format!("银行 {server} 说的是 TLS：地址请写 https://，并加 --ca"),
        format!("the bank at {server} speaks TLS: write https:// and add --ca"),
    )
}

/// The host in an address, as it stands in a certificate: of version 6 without the brackets of a URL.
pub(super) fn host(uri: &Uri) -> Option<&str> {
    uri.host().map(|host| host.trim_start_matches('[').trim_end_matches(']'))
}

/// What rustls says, for people.
pub(super) fn in_words(server: &str, error: &TlsError) -> Text {
    let (zh, en) = match error {
        TlsError::InvalidCertificate(why) => certificate(why),
        TlsError::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired => (
                "银行要求出示终端证书：请加 --client-cert 和 --client-key".to_owned(),
                "the bank wants a certificate from this terminal: add --client-cert and --client-key"
                    .to_owned(),
            ),
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied => (
                format!("银行不认这台终端的证书（{alert:?}）"),
                format!("the bank does not accept this terminal's certificate ({alert:?})"),
            ),
            alert => {
                (format!("对方拒绝了 TLS（{alert:?}）"), format!("the other side refused TLS ({alert:?})"))
            }
        },
        TlsError::InvalidMessage(_) => (
            "对方说的不是 TLS：地址是不是应当写 http://？".to_owned(),
            "the other side does not speak TLS; is the address http://?".to_owned(),
        ),
        other => (format!("TLS 没有谈成：{other}"), format!("TLS failed: {other}")),
    };
    Text::new(format!("连不上银行 {server}：{zh}"), format!("cannot reach the bank at {server}: {en}"))
}

fn certificate(why: &CertificateError) -> (String, String) {
    match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "它的证书不可信，不是 --ca 里的 CA 签发的".to_owned(),
            "its certificate is not trusted: it was not signed by the CA in --ca".to_owned(),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "证书上写的不是这个地址（主机名或 IP 对不上）".to_owned(),
            "its certificate is for another address: the host name or IP does not match".to_owned(),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "它的证书过期了（也请看看本机的时间对不对）".to_owned(),
            "its certificate has expired (is this machine's clock right?)".to_owned(),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            "它的证书还没有生效（也请看看本机的时间对不对）".to_owned(),
            "its certificate is not valid yet (is this machine's clock right?)".to_owned(),
        ),
        other => (format!("它的证书不能用：{other}"), format!("its certificate is not usable: {other}")),
    }
}

/// rustls' error at the bottom of a status. An `io::Error` hides the error it wraps from `source`.
fn tls_error(status: &Status) -> Option<&TlsError> {
    let mut cause = status.source();
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<TlsError>() {
            return Some(tls);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

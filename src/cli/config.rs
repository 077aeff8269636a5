//! What a server is told: `civbank.toml`, the environment, and flags, each over the one before.
//!
//! | file | environment | flag | meaning |
//! |---|---|---|---|
//! | `listen` | `CIVBANK_LISTEN` | `--listen` | address and port; 127.0.0.1:7070 |
//! | `tls_cert` | `CIVBANK_TLS_CERT` | `--tls-cert` | the server's certificate (and those up to its CA), PEM; with it, TLS |
//! | `tls_key` | `CIVBANK_TLS_KEY` | `--tls-key` | its key, PEM |
//! | `tls_client_ca` | `CIVBANK_TLS_CLIENT_CA` | `--tls-client-ca` | the CA of terminals' certificates, PEM; none are asked for without it |
//! | `tls_client` | `CIVBANK_TLS_CLIENT` | `--tls-client` | terminals without a certificate: `optional` (served) or `required` (turned away) |
//! | `allow_plain` | `CIVBANK_ALLOW_PLAIN` | `--allow-plain` | serve without TLS on more than loopback; false |
//! | `connections` | `CIVBANK_CONNECTIONS` | `--connections` | connections at once, where descriptors allow as many; 10000 |
//! | `metrics` | `CIVBANK_METRICS` | `--metrics` | who may read `/metrics`: `loopback`, `all` or `off` |
//! | `log` | `CIVBANK_LOG` | `--log` | what is logged: `info`, or filters such as `civbank=debug` |
//! | `log_format` | `CIVBANK_LOG_FORMAT` | `--log-format` | `text` or `json` |
//! | `segment_bytes` | `CIVBANK_SEGMENT_BYTES` | `--segment-bytes` | how long one file of the journal gets; 67108864 |
//! | `disk_reserve` | `CIVBANK_DISK_RESERVE` | `--disk-reserve` | bytes that stay free; with less, read-only; 67108864 |
//! | `public_url` | `CIVBANK_PUBLIC_URL` | `--public-url` | scheme and host under which others reach the bank, for posters |
//!
//! Paths in the file are from the file's own directory, the others from where the program was started. The files
//! of TLS are read at the start and at each SIGHUP.
//!
//! Keys that nobody knows are refused by name: a misspelt setting that is silently ignored is worse than none.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::draft::read_up_to;
use super::failure::Failure;
use super::trust::{pair, without};
use crate::engine::DISK_RESERVE_DEFAULT;
use crate::journal::SEGMENT_BYTES_DEFAULT;
use crate::tls;
use crate::wire::limits::CONNECTIONS_AT_ONCE;

/// Most bytes of a configuration file.
const CONFIG_BYTES_MAX: usize = 64 * 1024;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// What becomes of terminals that show no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum TlsClient {
    /// They are served; a certificate that is shown has to verify.
    Optional,
    /// They are turned away.
    Required,
}

/// Who may read `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Metrics {
    /// Callers on this machine, and not through a proxy.
    #[default]
    Loopback,
    /// Everybody who reaches the port.
    All,
    /// Nobody.
    Off,
}

/// What a server is told, all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Address and port.
    pub listen: SocketAddr,
    /// Certificate and key, and who signs those of terminals; none: plain text.
    pub tls: Option<tls::Files>,
    /// Serve without TLS on more than loopback.
    pub allow_plain: bool,
    /// Connections at once.
    pub connections: usize,
    /// Who may read `/metrics`.
    pub metrics: Metrics,
    /// Filter of what is logged.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// How long one file of the journal gets, in bytes.
    pub segment_bytes: u64,
    /// Bytes that stay free on the journal's disk; with less the bank only answers reads.
    pub disk_reserve: u64,
    /// Scheme and host under which others reach the bank, without a slash at the end; none: what browsers ask for.
    pub public_url: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 7070)),
            tls: None,
            allow_plain: false,
            connections: CONNECTIONS_AT_ONCE,
            metrics: Metrics::Loopback,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            segment_bytes: SEGMENT_BYTES_DEFAULT,
            disk_reserve: DISK_RESERVE_DEFAULT,
            public_url: None,
        }
    }
}

/// The flags.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Server options")]
pub struct Flags {
    /// Settings in a file; without it civbank.toml in the bank's directory, if there is one.
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Address and port. [default: 127.0.0.1:7070]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// The server's certificate, PEM, its own first and then those up to its CA; serves https then.
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The key of --tls-cert, PEM, not encrypted.
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// The CA that signs terminals' certificates, PEM.
    #[arg(long, value_name = "FILE")]
    pub tls_client_ca: Option<PathBuf>,
    /// Whether terminals must show a certificate. [default: optional]
    #[arg(long, value_name = "MODE")]
    pub tls_client: Option<TlsClient>,
    /// Serve without TLS on more than loopback: behind a proxy that has TLS, or on a closed network.
    #[arg(long)]
    pub allow_plain: bool,
    /// Connections at once, where the limit of open files allows as many. [default: 10000]
    #[arg(long, value_name = "NUMBER")]
    pub connections: Option<usize>,
    /// Who may read /metrics. [default: loopback]
    #[arg(long, value_name = "WHO")]
    pub metrics: Option<Metrics>,
    /// What is logged. [default: info]
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
    /// How log lines look. [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// How long one file of the journal gets, in bytes; files that are full are never written again.
    /// [default: 67108864]
    #[arg(long, value_name = "BYTES")]
    pub segment_bytes: Option<u64>,
    /// Bytes that stay free on the journal's disk; with less the bank only answers reads. [default: 67108864]
    #[arg(long, value_name = "BYTES")]
    pub disk_reserve: Option<u64>,
    /// Scheme and host under which others reach the bank (`https://bank.example`), for the codes on posters.
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileSettings {
    listen: Option<SocketAddr>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    tls_client_ca: Option<PathBuf>,
    tls_client: Option<TlsClient>,
    allow_plain: Option<bool>,
    connections: Option<usize>,
    metrics: Option<Metrics>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    segment_bytes: Option<u64>,
    disk_reserve: Option<u64>,
    public_url: Option<String>,
}

impl Config {
    /// Merges file, environment and flags. `dir` is the bank's directory; `environment` looks a variable up.
    ///
    /// # Errors
    ///
    /// The file cannot be read, holds a key that nobody knows or a value that does not fit; so does a variable.
    pub fn load(
        dir: &Path,
        flags: &Flags,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Config, Failure> {
        let file = match &flags.config {
            Some(path) => read(path)?,
            None => {
                let beside = dir.join("civbank.toml");
                if beside.exists() { read(&beside)? } else { FileSettings::default() }
            }
        };
        let base = Config::default();
        let listen = from(&environment, "CIVBANK_LISTEN", |text| text.parse().ok(), "127.0.0.1:7070")?;
        let plain = from(&environment, "CIVBANK_ALLOW_PLAIN", |text| text.parse().ok(), "true / false")?;
        let connections =
            from(&environment, "CIVBANK_CONNECTIONS", |text| text.parse().ok(), "a number of connections")?;
        let metrics = from(
            &environment,
            "CIVBANK_METRICS",
            |text| <Metrics as ValueEnum>::from_str(text, true).ok(),
            "loopback / all / off",
        )?;
        let format = from(
            &environment,
            "CIVBANK_LOG_FORMAT",
            |text| <LogFormat as ValueEnum>::from_str(text, true).ok(),
            "text / json",
        )?;
        let tls = tls_files(flags, &environment, &file)?;
        let bytes = |name| from(&environment, name, |text| text.parse().ok(), "a number of bytes");
        let disk_reserve = bytes("CIVBANK_DISK_RESERVE")?;
        let segment_bytes = bytes("CIVBANK_SEGMENT_BYTES")?;
        let public_url = flags.public_url.clone().or_else(|| environment("CIVBANK_PUBLIC_URL"));
        let public_url = public_url.or(file.public_url).map(|url| public(&url)).transpose()?;
        Ok(Config {
            tls,
            listen: flags.listen.or(listen).or(file.listen).unwrap_or(base.listen),
            allow_plain: flags.allow_plain || plain.or(file.allow_plain).unwrap_or(base.allow_plain),
            connections: flags.connections.or(connections).or(file.connections).unwrap_or(base.connections),
            metrics: flags.metrics.or(metrics).or(file.metrics).unwrap_or(base.metrics),
            log: flags.log.clone().or_else(|| environment("CIVBANK_LOG")).or(file.log).unwrap_or(base.log),
            log_format: flags.log_format.or(format).or(file.log_format).unwrap_or(base.log_format),
            segment_bytes: flags
                .segment_bytes
                .or(segment_bytes)
                .or(file.segment_bytes)
                .unwrap_or(base.segment_bytes),
            disk_reserve: flags
                .disk_reserve
                .or(disk_reserve)
                .or(file.disk_reserve)
                .unwrap_or(base.disk_reserve),
            public_url,
        })
    }

    /// Refuses to serve without TLS where others could listen, unless told to.
    ///
    /// # Errors
    ///
    /// A usage error that says what to do.
    pub fn check_plain(&self) -> Result<(), Failure> {
        if self.listen.ip().is_loopback() || self.tls.is_some() || self.allow_plain {
            return Ok(());
        }
        let listen = self.listen;
        Err(Failure::usage(
            format!(
                "{listen} 不是本机地址，明文会被别人看到。请用 --tls-cert 和 --tls-key 给出证书和私钥；\
                 前面有 TLS 代理或是专网，也可以加 --allow-plain。"
            ),
            format!(
                "{listen} is not loopback and would be served in the clear; give a certificate and its key with \
                 --tls-cert and --tls-key, or, if a TLS proxy stands in front or the network is closed, add \
                 --allow-plain"
            ),
        ))
    }
}

/// Certificate, key and the clients' CA, of which some make no sense without the others.
fn tls_files(
    flags: &Flags,
    environment: impl Fn(&str) -> Option<String>,
    file: &FileSettings,
) -> Result<Option<tls::Files>, Failure> {
    let path = |flag: &Option<PathBuf>, name: &str, file: &Option<PathBuf>| {
        flag.clone().or_else(|| environment(name).map(PathBuf::from)).or_else(|| file.clone())
    };
    let certificate = path(&flags.tls_cert, "CIVBANK_TLS_CERT", &file.tls_cert);
    let key = path(&flags.tls_key, "CIVBANK_TLS_KEY", &file.tls_key);
    let client_ca = path(&flags.tls_client_ca, "CIVBANK_TLS_CLIENT_CA", &file.tls_client_ca);
    let client = from(
        &environment,
        "CIVBANK_TLS_CLIENT",
        |text| <TlsClient as ValueEnum>::from_str(text, true).ok(),
        "optional / required",
    )?;
    let client = flags.tls_client.or(client).or(file.tls_client);
    let pair = pair(("tls_cert", certificate.as_deref()), ("tls_key", key.as_deref()))?;
    let Some((certificate, key)) = pair else {
        return match client_ca {
            Some(_) => Err(without("tls_client_ca", "tls_cert")),
            None if client.is_some() => Err(without("tls_client", "tls_client_ca")),
            None => Ok(None),
        };
    };
    let client_ca = match (client_ca, client) {
        (None, None) => None,
        (None, Some(_)) => return Err(without("tls_client", "tls_client_ca")),
        (Some(file), mode) => Some(tls::ClientCa {
            file,
            mode: match mode {
                None | Some(TlsClient::Optional) => tls::ClientCertificates::Optional,
                Some(TlsClient::Required) => tls::ClientCertificates::Required,
            },
        }),
    };
    Ok(Some(tls::Files { certificate: certificate.to_owned(), key: key.to_owned(), client_ca }))
}

/// Scheme and host of an address; a slash at the end is left out.
fn public(url: &str) -> Result<String, Failure> {
    let url = url.strip_suffix('/').unwrap_or(url);
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    if !host.is_empty() && host.len() <= 253 && host.bytes().all(plain) {
        return Ok(url.to_owned());
    }
    Err(Failure::usage(
        format!("public_url 要写成 https://网站名，现在是 {url}"),
        format!("public_url wants https://HOST and is {url}"),
    ))
}

fn read(path: &Path) -> Result<FileSettings, Failure> {
    let bytes = read_up_to(path, CONFIG_BYTES_MAX)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::malformed(path, "不是 UTF-8 编码", "it is not encoded as UTF-8"))?;
    let mut settings: FileSettings = toml::from_str(&text).map_err(|error| {
        let what = error.to_string();
        Failure::malformed(path, what.trim_end(), what.trim_end())
    })?;
    let beside = path.parent().unwrap_or(Path::new(""));
    for path in
        [&mut settings.tls_cert, &mut settings.tls_key, &mut settings.tls_client_ca].into_iter().flatten()
    {
        *path = beside.join(&*path);
    }
    Ok(settings)
}

fn from<T>(
    environment: impl Fn(&str) -> Option<String>,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
    wants: &str,
) -> Result<Option<T>, Failure> {
    let Some(text) = environment(name) else { return Ok(None) };
    match parse(&text) {
        Some(value) => Ok(Some(value)),
        None => Err(Failure::usage(
            format!("环境变量 {name} 要写成 {wants}，现在是 {text}"),
            format!("the variable {name} wants {wants} and is {text}"),
        )),
    }
}

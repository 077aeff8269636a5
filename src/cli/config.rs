//! What a server is told: `civbank.toml`, the environment, and flags, each over the one before.
//!
//! | file | environment | flag | meaning |
//! |---|---|---|---|
//! | `listen` | `CIVBANK_LISTEN` | `--listen` | address and port; 127.0.0.1:7070 |
//! | `allow_plain` | `CIVBANK_ALLOW_PLAIN` | `--allow-plain` | serve without TLS on more than loopback; false |
//! | `log` | `CIVBANK_LOG` | `--log` | what is logged: `info`, or filters such as `civbank=debug` |
//! | `log_format` | `CIVBANK_LOG_FORMAT` | `--log-format` | `text` or `json` |
//! | `segment_bytes` | `CIVBANK_SEGMENT_BYTES` | `--segment-bytes` | how long one file of the journal gets; 67108864 |
//! | `disk_reserve` | `CIVBANK_DISK_RESERVE` | `--disk-reserve` | bytes that stay free; with less, read-only; 67108864 |
//!
//! Keys that nobody knows are refused by name: a misspelt setting that is silently ignored is worse than none.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::draft::read_up_to;
use super::failure::Failure;
use crate::engine::DISK_RESERVE_DEFAULT;
use crate::journal::SEGMENT_BYTES_DEFAULT;

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

/// What a server is told, all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Address and port.
    pub listen: SocketAddr,
    /// Serve without TLS on more than loopback.
    pub allow_plain: bool,
    /// Filter of what is logged.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// How long one file of the journal gets, in bytes.
    pub segment_bytes: u64,
    /// Bytes that stay free on the journal's disk; with less the bank only answers reads.
    pub disk_reserve: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 7070)),
            allow_plain: false,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            segment_bytes: SEGMENT_BYTES_DEFAULT,
            disk_reserve: DISK_RESERVE_DEFAULT,
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
    /// Serve without TLS on more than loopback: behind a proxy that has TLS, or on a closed network.
    #[arg(long)]
    pub allow_plain: bool,
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
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileSettings {
    listen: Option<SocketAddr>,
    allow_plain: Option<bool>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    segment_bytes: Option<u64>,
    disk_reserve: Option<u64>,
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
        let format = from(
            &environment,
            "CIVBANK_LOG_FORMAT",
            |text| <LogFormat as ValueEnum>::from_str(text, true).ok(),
            "text / json",
        )?;
        let bytes = |name| from(&environment, name, |text| text.parse().ok(), "a number of bytes");
        let disk_reserve = bytes("CIVBANK_DISK_RESERVE")?;
        let segment_bytes = bytes("CIVBANK_SEGMENT_BYTES")?;
        Ok(Config {
            listen: flags.listen.or(listen).or(file.listen).unwrap_or(base.listen),
            allow_plain: flags.allow_plain || plain.or(file.allow_plain).unwrap_or(base.allow_plain),
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
        })
    }

    /// Refuses to serve without TLS where others could listen, unless told to.
    ///
    /// # Errors
    ///
    /// A usage error that says what to do.
    pub fn check_plain(&self) -> Result<(), Failure> {
        if self.listen.ip().is_loopback() || self.allow_plain {
            return Ok(());
        }
        let listen = self.listen;
        Err(Failure::usage(
            format!("{listen} 不是本机地址，明文会被别人看到。前面有 TLS 代理或是专网，请加 --allow-plain。"),
            format!(
                "{listen} is not loopback and would be served in the clear; if a TLS proxy stands in front, \
                 or the network is closed, add --allow-plain"
            ),
        ))
    }
}

fn read(path: &Path) -> Result<FileSettings, Failure> {
    let bytes = read_up_to(path, CONFIG_BYTES_MAX)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::malformed(path, "不是 UTF-8 编码", "it is not encoded as UTF-8"))?;
    toml::from_str(&text).map_err(|error| {
        let what = error.to_string();
        Failure::malformed(path, what.trim_end(), what.trim_end())
    })
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

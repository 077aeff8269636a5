//! The words of the command line: options that every verb understands, and the verbs.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use uuid::Uuid;

use super::card::Card;
use super::draft::{Hand, IssuePassbook, Write};
use super::failure::{Failure, Lang};
use super::key_file;
use super::local::Local;
use super::read::{Read, ShowPassbook};
use super::submit::SubmitFile;
use super::trust::Trust;
use super::value;

/// Where a bank is looked for unless somebody says otherwise.
const SERVER: &str = "http://127.0.0.1:7070";

/// 文明银行 · A points-based civility bank for towns and villages.
#[derive(Debug, Parser)]
#[command(name = "civbank", version, about, max_term_width = 110, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// Options before or after any verb.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// Address of the bank.
    #[arg(
        long,
        global = true,
        env = "CIVBANK_SERVER",
        value_name = "URL",
        default_value = SERVER
    )]
    pub server: String,
    #[command(flatten)]
    pub(super) trust: Trust,
    /// Your signing key: Ed25519, PKCS#8 PEM.
    #[arg(long, global = true, env = "CIVBANK_KEY", value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// A further signing key; may be given again.
    #[arg(long, global = true, value_name = "FILE")]
    pub cosign: Vec<PathBuf>,
    /// A passbook's card (the text of its QR code), which then signs too.
    #[arg(long, global = true, value_name = "FILE")]
    pub passbook: Option<PathBuf>,
    /// Print JSON for programs; errors are JSON on stderr too.
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of what people read.
    #[arg(long, global = true, env = "CIVBANK_LANG", default_value = "zh")]
    pub lang: Lang,
    /// The log's verifier key, against which receipts are checked; without it the server's word is taken.
    #[arg(long, global = true, env = "CIVBANK_VKEY", value_name = "VKEY")]
    pub vkey: Option<String>,
    /// Say what a command would do now, and write nothing to the ledger. Documents that the command names are
    /// put.
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// The bank that the command is for; without it the one that the server says it is.
    #[arg(long, global = true, env = "CIVBANK_ORIGIN", value_name = "NAME")]
    pub origin: Option<String>,
    /// Id of the request, a UUID of version 7. The same id with the same words is the same command, written
    /// once; notes and other sealed texts are salted anew and make it another: use --save-command for those.
    #[arg(long, global = true, value_name = "UUID", value_parser = value::request_id)]
    pub request_id: Option<Uuid>,
    /// Keep the signed command in a new file, for `civbank submit FILE`. A PIN is not in it.
    #[arg(long, global = true, value_name = "FILE")]
    pub save_command: Option<PathBuf>,
    /// Keep the receipt: the proof in FILE, the entry's bytes beside it in FILE.leaf.
    #[arg(long, global = true, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
}

impl Common {
    /// The keys and the card that were named.
    ///
    /// # Errors
    ///
    /// A file cannot be used.
    pub(super) fn hand(&self) -> Result<Hand, Failure> {
        let keys = self.key.iter().chain(&self.cosign).map(|path| key_file::load(path));
        let keys = keys.collect::<Result<_, _>>()?;
        let card = self.passbook.as_ref().map(|path| Card::load(path)).transpose()?;
        Ok(Hand { keys, card, server: self.server.clone() })
    }
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Verb {
    #[command(flatten)]
    Local(Local),
    #[command(flatten)]
    Write(Write),
    #[command(flatten)]
    Read(Read),
    /// 存折 · A household's card.
    #[command(subcommand)]
    Passbook(Passbook),
    /// 重新提交 · Send a saved command; what is written already is answered with its first receipt.
    Submit(SubmitFile),
}

impl Verb {
    /// The bank to ask: the one that was named; without a name an invitation's link says which.
    pub(super) fn server(&self, common: &Common) -> String {
        match self {
            Verb::Write(Write::Join(join)) if common.server == SERVER => {
                join.link().map_or_else(|_| common.server.clone(), |link| link.base().to_owned())
            }
            _ => common.server.clone(),
        }
    }
}

/// A household's card.
#[derive(Debug, Subcommand)]
pub enum Passbook {
    /// 发放存折 · Print a new card; the one before it dies.
    Issue(IssuePassbook),
    /// 查存折 · What a terminal needs of the card it scanned.
    Show(ShowPassbook),
}

//! The verbs that need no server, or are one: a bank's directory is made, served, audited, exported.

mod backup;
mod demo;
mod doctor;
mod export;
mod init;
mod keygen;
mod offline_proof;
mod reindex;
mod restore;
mod serve;
mod verify;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::args::Common;
use super::failure::Failure;
use super::output::Printer;
use crate::engine::HomeError;

/// The verbs that work on this machine's files.
#[derive(Debug, Subcommand)]
pub enum Local {
    /// 演示 · A town with three villages and two months behind it, served at once.
    Demo(demo::Demo),
    /// 建行 · Make a bank's directory, its keys and entry 0.
    Init(init::Init),
    /// 开门营业 · Serve a bank.
    Serve(serve::Serve),
    /// 生成密钥 · Make a signing key; nothing is overwritten.
    Keygen(keygen::Keygen),
    /// 审计 · Check every byte of a bank, trusting only the log's key and these rules.
    Verify(verify::Verify),
    /// 核对收据 · Check a receipt offline.
    VerifyProof(offline_proof::VerifyProof),
    /// 导出 · Write every entry as a line of JSON; the server need not run.
    Export(export::Export),
    /// 备份 · Copy a bank, which may be running; a further backup copies only what is new.
    Backup(backup::BackupVerb),
    /// 恢复 · Put a backup into an empty directory and audit it there.
    Restore(restore::RestoreVerb),
    /// 体检 · Look at a bank's directory, change nothing, and say what is wrong and what to do.
    Doctor(doctor::Doctor),
    /// 重建索引 · Throw the index away and build it anew; the server must not run.
    Reindex(reindex::Reindex),
}

impl Local {
    /// Does it.
    pub(super) fn run(&self, common: &Common, printer: &mut Printer) -> Result<(), Failure> {
        match self {
            Local::Demo(verb) => verb.run(printer),
            Local::Init(verb) => verb.run(common, printer),
            Local::Serve(verb) => verb.run(printer),
            Local::Keygen(verb) => verb.run(printer),
            Local::Verify(verb) => verb.run(common, printer),
            Local::VerifyProof(verb) => verb.run(common, printer),
            Local::Export(verb) => verb.run(printer),
            Local::Backup(verb) => verb.run(common, printer),
            Local::Restore(verb) => verb.run(common, printer),
            Local::Doctor(verb) => verb.run(printer),
            Local::Reindex(verb) => verb.run(printer),
        }
    }
}

/// A bank's directory.
#[derive(Debug, Args)]
struct Dir {
    /// The bank's directory.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

fn home_failure(error: &HomeError) -> Failure {
    let zh = match error {
        HomeError::Exists(dir) => format!("{} 里已经有一家银行", dir.display()),
        HomeError::Missing(dir) => format!("{} 里没有银行，先用 civbank init 建一个", dir.display()),
        other => format!("银行目录打不开：{}", whole(other)),
    };
    Failure::failed(zh, whole(error))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// An error with what is behind it.
pub(super) fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}

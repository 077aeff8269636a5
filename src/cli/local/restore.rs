//! A backup put back and audited.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::backup::{NO_KEY_EN, NO_KEY_ZH, addresses, documents_left_out, stage_name, upkeep_failure};
use super::{Dir, shown};
use crate::cli::args::Common;
use crate::cli::failure::Failure;
use crate::cli::output::Printer;
use crate::cli::progress::Bar;
use crate::cli::receipt;
use crate::upkeep::restore::restore;

/// Puts a backup back.
#[derive(Debug, Args)]
pub struct RestoreVerb {
    /// The backup.
    #[arg(long, value_name = "BACKUP")]
    from: PathBuf,
    #[command(flatten)]
    dir: Dir,
}

impl RestoreVerb {
    pub(super) fn run(&self, common: &Common, printer: &mut Printer) -> Result<(), Failure> {
        let verifier = common.vkey.as_deref().map(receipt::verifier).transpose()?;
        let is_trusted = verifier.is_some();
        let mut bar = Bar::new();
        let lang = printer.lang();
        let mut on_progress = |stage, done, total| bar.show(stage_name(stage, lang), done, total);
        let report = restore(&self.from, &self.dir.dir, verifier, &mut on_progress);
        drop(bar);
        let report = report.map_err(|error| upkeep_failure(&error))?;
        if printer.is_json() {
            printer.json(&json!({
                "dir": shown(&self.dir.dir), "vkey": report.vkey, "entries": report.entries,
                "signatures": report.signatures, "root": report.root, "documents": report.documents,
                "damaged_documents": addresses(&report.damaged_documents), "can_serve": report.can_serve,
                "backup_was_unfinished": report.was_unfinished,
            }))?;
        } else {
            printer.line(
                printer.say("恢复完成，全部相符，已写入磁盘", "restored, everything checks, and on disk"),
            )?;
            printer.facts(&[
                ("目录", "directory", shown(&self.dir.dir)),
                ("账目", "entries", report.entries.to_string()),
                ("签名", "signatures", report.signatures.to_string()),
                ("文件", "documents", report.documents.to_string()),
                ("根", "root", report.root.clone()),
                ("验证钥", "verifier key", report.vkey.clone()),
            ])?;
            if report.was_unfinished {
                printer.line(printer.say(
                    "这份备份后来又做了一次但没做完；恢复的是上一次做完的样子",
                    "a later backup was not finished; what the one before had finished is what was restored",
                ))?;
            }
            if !is_trusted {
                printer.line(printer.say(
                    "审计用的是备份自己说的验证钥；要防有人换掉整份备份，请用 --vkey 给出另处保管的验证钥",
                    "the audit trusted the verifier key that the backup names; to find a forger, give yours with --vkey",
                ))?;
            }
            if !report.can_serve {
                printer.line(printer.say(NO_KEY_ZH, NO_KEY_EN))?;
            }
        }
        documents_left_out(&report.damaged_documents)
    }
}

//! A backup of a bank that may be running; and what upkeep's refusals are called in Chinese.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Dir, home_failure, shown, whole};
use crate::cli::args::Common;
use crate::cli::failure::{Failure, Lang};
use crate::cli::output::Printer;
use crate::cli::progress::Bar;
use crate::cli::receipt;
use crate::documents::Address;
use crate::upkeep::backup::backup;
use crate::upkeep::{Stage, UpkeepError};

/// Copies what is new.
#[derive(Debug, Args)]
pub struct BackupVerb {
    #[command(flatten)]
    dir: Dir,
    /// The backup's directory: missing, empty, or an earlier backup of the same bank.
    #[arg(long, value_name = "BACKUP")]
    to: PathBuf,
    /// Copy private keys too (the log's key and *.pem). Whoever has such a backup can sign as the bank.
    #[arg(long)]
    with_key: bool,
}

impl BackupVerb {
    pub(super) fn run(&self, common: &Common, printer: &mut Printer) -> Result<(), Failure> {
        let verifier = common.vkey.as_deref().map(receipt::verifier).transpose()?;
        let mut bar = Bar::new();
        let lang = printer.lang();
        let mut on_progress = |stage, done, total| bar.show(stage_name(stage, lang), done, total);
        let report = backup(&self.dir.dir, &self.to, self.with_key, verifier, &mut on_progress);
        drop(bar);
        let report = report.map_err(|error| upkeep_failure(&error))?;
        let damaged = addresses(&report.damaged_documents);
        if printer.is_json() {
            printer.json(&json!({
                "backup": shown(&self.to), "vkey": report.vkey, "entries": report.entries,
                "new_entries": report.new_entries, "new_journal_bytes": report.new_bytes, "root": report.root,
                "documents": report.documents, "new_documents": report.new_documents,
                "erased_documents": report.erased_documents, "damaged_documents": damaged,
                "keys": report.keys, "keys_left_out": report.keys_left_out, "can_serve": report.can_serve,
            }))?;
        } else {
            printer.line(printer.say("备份完成，已写入磁盘", "the backup is done and on disk"))?;
            let of = |new: u64, all: u64| format!("{all} (+{new})");
            printer.facts(&[
                ("备份目录", "backup", shown(&self.to)),
                ("账目", "entries", of(report.new_entries, report.entries)),
                ("文件", "documents", of(report.new_documents, report.documents)),
                ("随账删除的文件", "documents erased", report.erased_documents.to_string()),
                ("根", "root", report.root.clone()),
                ("验证钥", "verifier key", report.vkey.clone()),
            ])?;
            if !report.keys_left_out.is_empty() {
                let names = report.keys_left_out.join(" ");
                printer.line(&match lang {
                    Lang::Zh => format!("没有备份私钥：{names}。私钥请另外保管，或者加 --with-key。"),
                    Lang::En => {
                        format!(
                            "private keys are not in it: {names}. Keep them elsewhere, or add --with-key."
                        )
                    }
                })?;
            }
            if !report.can_serve {
                printer.line(printer.say(NO_KEY_ZH, NO_KEY_EN))?;
            }
        }
        documents_left_out(&report.damaged_documents)
    }
}

pub(super) const NO_KEY_ZH: &str =
    "只凭这份备份不能开门营业：里面没有银行的私钥 log.key。可以查账、可以审计；要开门先放回 log.key。";
pub(super) const NO_KEY_EN: &str = "this alone cannot be served: the log's key is not in it. It can be read and audited; put log.key back first.";

pub(super) fn addresses(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(Address::to_string).collect()
}

/// All else is done; what could not be copied is a failure all the same.
pub(super) fn documents_left_out(damaged: &[Address]) -> Result<(), Failure> {
    if damaged.is_empty() {
        return Ok(());
    }
    let names = addresses(damaged).join(" ");
    Err(Failure::failed(
        format!("其余都已完成，但有 {} 份文件已损坏，没有复制：{names}", damaged.len()),
        format!("all else is done, but {} documents are damaged and were not copied: {names}", damaged.len()),
    ))
}

pub(super) fn stage_name(stage: Stage, lang: Lang) -> &'static str {
    match (stage, lang) {
        (Stage::Journal, Lang::Zh) => "复制账本",
        (Stage::Journal, Lang::En) => "copying the journal",
        (Stage::Documents, Lang::Zh) => "复制文件",
        (Stage::Documents, Lang::En) => "copying documents",
        (Stage::Audit, Lang::Zh) => "审计",
        (Stage::Audit, Lang::En) => "auditing",
    }
}

/// What upkeep refused or could not do, in both languages.
pub(super) fn upkeep_failure(error: &UpkeepError) -> Failure {
    let what = whole(error);
    let zh = match error {
        UpkeepError::Home(error) => return home_failure(error),
        UpkeepError::Empty(dir) => format!("{} 的账本还没有一笔账目，没有可备份的", dir.display()),
        UpkeepError::NotABackup(dir) => {
            format!("{} 里有别的东西，不是备份目录，不会混在一起", dir.display())
        }
        UpkeepError::NotEmpty(dir) => format!("{} 不是空目录；恢复只写进空的或还没有的目录", dir.display()),
        UpkeepError::Nested => "备份目录和银行目录不能一个在另一个里面".to_owned(),
        UpkeepError::OtherBank { ours, theirs } => {
            format!("这份备份是另一家银行的：备份是 {theirs}，这里是 {ours}")
        }
        UpkeepError::Shorter { backup } => {
            format!("备份里有 {backup} 笔账目，银行的账本却更短：账目丢了，或者这是旧的副本。备份没有动。")
        }
        UpkeepError::Forked { file, offset } => {
            format!(
                "银行的账本和备份在 {} 第 {offset} 字节之前就不一样了，其中一份是岔出去的。备份没有动。",
                file.display()
            )
        }
        UpkeepError::Altered(path) => format!("{} 不是上次备份留下的样子，有人改过或已损坏", path.display()),
        UpkeepError::Differs(path) => format!("备份里的 {} 和银行的不一样，不会覆盖", path.display()),
        UpkeepError::Manifest { path, what } => format!("{} 看不懂：{what}", path.display()),
        UpkeepError::NoBackup(dir) => format!("{} 里没有做完的备份", dir.display()),
        UpkeepError::OtherTree { said, found } => {
            format!("放回来的账本有 {found} 笔账目，和备份自己说的 {said} 笔对不上")
        }
        UpkeepError::AtWork(dir) => format!("{} 里正在做另一次备份或恢复", dir.display()),
        UpkeepError::Audit(_) => format!("放回来的账本没有通过审计：{what}"),
        UpkeepError::Journal(_) | UpkeepError::Replay(_) | UpkeepError::Entry { .. } => {
            format!("账本不对：{what}")
        }
        UpkeepError::Documents(_) | UpkeepError::Io { .. } => format!("读写文件失败：{what}"),
    };
    Failure::failed(zh, what)
}

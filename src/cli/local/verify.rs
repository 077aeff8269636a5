//! The audit from bytes.

use clap::Args;
use serde_json::json;

use super::{Dir, home_failure, whole};
use crate::cli::args::Common;
use crate::cli::failure::Failure;
use crate::cli::output::Printer;
use crate::cli::progress::Bar;
use crate::cli::receipt;
use crate::engine::Home;
use crate::engine::audit::{AuditError, audit};
use crate::tlog::Verifier;

/// Checks every frame, link, leaf, checkpoint, signature and decision.
#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    dir: Dir,
}

impl Verify {
    pub(super) fn run(&self, common: &Common, printer: &mut Printer) -> Result<(), Failure> {
        let home = Home::at(&self.dir.dir);
        let log: Verifier = match &common.vkey {
            Some(vkey) => receipt::verifier(vkey)?,
            // The key in the directory shows damage, not a forger who had the directory.
            None => home.signer().map_err(|error| home_failure(&error))?.verifier().clone(),
        };
        let mut bar = Bar::new();
        let what = printer.say("审计", "auditing").to_owned();
        let report = audit(&home.journal(), &log, &mut |done, total| bar.show(&what, done, total));
        drop(bar);
        let report = report.map_err(|error| verdict(&error))?;
        if printer.is_json() {
            return printer.json(&json!({
                "entries": report.entries, "checkpoints": report.checkpoints,
                "signatures": report.signatures, "root": report.root, "torn_bytes": report.torn_bytes,
                "vkey": log.to_string(),
            }));
        }
        printer.line(printer.say("全部相符", "everything checks"))?;
        printer.facts(&[
            ("账目", "entries", report.entries.to_string()),
            ("检查点", "checkpoints", report.checkpoints.to_string()),
            ("签名", "signatures", report.signatures.to_string()),
            ("根", "root", report.root.clone()),
            ("验证钥", "verifier key", log.to_string()),
        ])?;
        if report.torn_bytes > 0 {
            let note = printer.say(
                "末尾有一段没写完、也没有答复过任何人的字节，下次开门会截掉",
                "bytes at the end were never finished nor acknowledged; the next start cuts them off",
            );
            printer.line(&format!("{note}: {}", report.torn_bytes))?;
        }
        Ok(())
    }
}

/// The first thing that does not check, with its index where one can be named.
fn verdict(error: &AuditError) -> Failure {
    let what = whole(error);
    match error.index() {
        Some(index) => Failure::failed(
            format!("审计没有通过：第一处不对在第 {index} 号账目。{what}"),
            format!("the audit fails; the first bad index is {index}: {what}"),
        ),
        None => Failure::failed(format!("审计做不下去：{what}"), format!("the audit cannot be done: {what}")),
    }
}

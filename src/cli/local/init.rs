//! A bank's beginning: its directory, the log's key, the admin's key, and entry 0.
//!
//! A crash in between leaves a directory without entry 0; the same words again go on from there, with the same
//! keys.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use uuid::Uuid;

use super::{Dir, home_failure, shown};
use crate::bank::command::{Body, Command};
use crate::bank::ids::Branch;
use crate::bank::policy::{Bounds, Policy};
use crate::cli::args::Common;
use crate::cli::failure::{Failure, Refused, Text};
use crate::cli::output::Printer;
use crate::cli::{key_file, serving};
use crate::engine::{Clock as _, Home, Options, SubmitError, SystemClock};
use crate::wire::signature::public_key;
use crate::wire::{PayloadType, encode_command, sign};

/// Makes a bank.
#[derive(Debug, Args)]
pub struct Init {
    #[command(flatten)]
    dir: Dir,
    /// Code of the head bank, 12 digits.
    #[arg(long, value_name = "CODE", default_value = "370829100000")]
    head: Branch,
    /// Name of the head bank in Chinese.
    #[arg(long, default_value = "文明银行总行")]
    title: String,
    /// The admin's key, made where it is missing; without it DIR/admin.pem.
    #[arg(long, value_name = "FILE")]
    admin_key: Option<PathBuf>,
}

impl Init {
    pub(super) fn run(&self, common: &Common, printer: &mut Printer) -> Result<(), Failure> {
        let origin = common.origin.as_deref().ok_or_else(|| {
            Failure::usage(
                "要用 --origin 给银行起名，例如 civbank.example/jiaxiang",
                "name the bank with --origin",
            )
        })?;
        let home = Home::at(&self.dir.dir);
        let admin_key = self.admin_key.clone().unwrap_or_else(|| self.dir.dir.join("admin.pem"));
        if !home.exists() {
            home.create(origin).map_err(|error| home_failure(&error))?;
        }
        let (parts, opened) = home.open(Arc::new(SystemClock), None).map_err(|error| home_failure(&error))?;
        if opened.size > 0 || home.origin().map_err(|error| home_failure(&error))? != origin {
            return Err(home_failure(&crate::engine::HomeError::Exists(self.dir.dir.clone())));
        }
        if !admin_key.exists() {
            key_file::create(&admin_key, &key_file::generate()?)?;
        }
        let admin = key_file::load(&admin_key)?;
        let now = SystemClock.now();
        let command = Command {
            origin: origin.to_owned(),
            request_id: *Uuid::now_v7().as_bytes(),
            not_after: now.plus_days(1),
            body: Body::OpenBank {
                head: self.head,
                title: self.title.clone(),
                policy: Policy::DEFAULT,
                bounds: Bounds::FORMAT,
            },
        };
        let envelope = sign(encode_command(&command), PayloadType::Protobuf, &[&admin]);
        let vkey = serving::runtime()?.block_on(async {
            let engine = serving::start(parts, &Options::default(), printer.lang())?;
            let written = engine.submit(envelope, "").await;
            let vkey = engine.vkey().to_owned();
            engine.shutdown().await;
            written.map(|_| vkey).map_err(|error| refused(&error))
        })?;
        let admin_public = public_key(&admin).to_string();
        if printer.is_json() {
            return printer.json(&json!({
                "origin": origin, "vkey": vkey, "dir": shown(&self.dir.dir), "head_branch": self.head.to_string(),
                "admin_key": shown(&admin_key), "admin_public_key": admin_public,
            }));
        }
        printer.line(printer.say("银行建好了，第 0 号账目已写下", "the bank is made; entry 0 is written"))?;
        printer.facts(&[
            ("银行", "origin", origin.to_owned()),
            ("验证钥", "verifier key", vkey),
            ("总行", "head bank", format!("{} {}", self.head, self.title)),
            ("管理员密钥", "admin's key", shown(&admin_key)),
            ("管理员公钥", "admin's public key", admin_public),
            ("开门", "serve it", format!("civbank serve --dir {}", shown(&self.dir.dir))),
        ])
    }
}

fn refused(error: &SubmitError) -> Failure {
    match error {
        SubmitError::Refused(refusal) => Failure::from(refusal),
        SubmitError::Envelope(envelope) => Failure::Refused(Refused {
            reason: envelope.reason().to_owned(),
            text: Text::new(format!("单子填得不对：{envelope}"), envelope.to_string()),
            numbers: Default::default(),
        }),
        other => {
            Failure::failed(format!("第 0 号账目没写成：{other}"), format!("entry 0 is not written: {other}"))
        }
    }
}

//! The doctor's findings, one a line: a code that stays, what it means, and what to do.

mod advice;

use std::path::Path;
use std::process::Command;

use clap::Args;
use serde_json::{Value, json};

use super::backup::stage_name;
use super::{Dir, shown};
use crate::cli::config::{Config, Flags};
use crate::cli::failure::{Failure, Lang};
use crate::cli::output::Printer;
use crate::cli::progress::Bar;
use crate::engine::{Clock as _, SystemClock};
use crate::upkeep::doctor::{Code, Finding, Room, Surroundings, examine};

use advice::advice;

/// Looks at a directory.
#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    dir: Dir,
}

impl Doctor {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<(), Failure> {
        let dir = &self.dir.dir;
        let mut bar = Bar::new();
        let lang = printer.lang();
        let mut on_progress = |stage, done, total| bar.show(stage_name(stage, lang), done, total);
        let world = Surroundings { now: SystemClock.now(), room: room(dir) };
        let mut found = examine(dir, world, &mut on_progress);
        drop(bar);
        // Variables and flags are the server's; the file is the directory's.
        if let Err(failure) = Config::load(dir, &Flags::default(), |_| None) {
            let what = failure.for_people(Lang::En).replace('\n', " ");
            found.push(Finding { what, ..Finding::of(Code::ConfigBad).at(&dir.join("civbank.toml")) });
        }
        let sick = found.iter().filter(|finding| finding.code.needs_a_person()).count();
        if printer.is_json() {
            let findings: Vec<Value> = found.iter().map(for_programs).collect();
            printer.json(&json!({"healthy": sick == 0, "findings": findings}))?;
        } else {
            for finding in &found {
                let line = for_people(finding, lang);
                printer.line(&line)?;
            }
            printer.line(&match (sick, lang) {
                (0, Lang::Zh) => "没有需要人处理的问题".to_owned(),
                (0, Lang::En) => "nothing needs a person".to_owned(),
                (many, Lang::Zh) => format!("有 {many} 处需要人处理"),
                (many, Lang::En) => format!("{many} findings need a person"),
            })?;
        }
        if sick == 0 { Ok(()) } else { Err(Failure::Found) }
    }
}

fn for_programs(finding: &Finding) -> Value {
    let text = advice(finding.code);
    json!({
        "code": finding.code.as_str(), "needs_a_person": finding.code.needs_a_person(),
        "file": finding.path.as_deref().map(shown), "offset": finding.offset, "index": finding.index,
        "detail": finding.what, "message": text.en, "message_zh": text.zh,
    })
}

fn for_people(finding: &Finding, lang: Lang) -> String {
    let kind = match (finding.code.needs_a_person(), lang) {
        (true, Lang::Zh) => "要处理",
        (true, Lang::En) => "act",
        (false, Lang::Zh) => "知会",
        (false, Lang::En) => "note",
    };
    let mut places: Vec<String> = finding.path.as_deref().map(shown).into_iter().collect();
    let (byte, entry) = match lang {
        Lang::Zh => ("字节", "账目"),
        Lang::En => ("byte", "entry"),
    };
    places.extend(finding.offset.map(|offset| format!("{byte} {offset}")));
    places.extend(finding.index.map(|index| format!("{entry} {index}")));
    places.extend(Some(finding.what.clone()).filter(|what| !what.is_empty()));
    let text = advice(finding.code);
    format!("[{kind}] {} {} ({})", finding.code.as_str(), text.of(lang), places.join(", "))
}

/// Room on the disk, as the system's own `df` says it: the library cannot ask.
fn room(dir: &Path) -> Option<Room> {
    let asked = Command::new("df").arg("-Pk").arg(dir).env("LC_ALL", "C").output().ok()?;
    let text = String::from_utf8(asked.stdout).ok()?;
    let mut fields = text.lines().nth(1)?.split_whitespace().skip(1);
    let total: u64 = fields.next()?.parse().ok()?;
    let free: u64 = fields.nth(1)?.parse().ok()?;
    Some(Room { free: free << 10, total: total << 10 })
}

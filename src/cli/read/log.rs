//! Entries and checkpoints.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::{all_pages, time};
use crate::cli::args::Common;
use crate::cli::client::Client;
use crate::cli::draft::strange_answer;
use crate::cli::failure::{Failure, Lang};
use crate::cli::output::Printer;
use crate::cli::receipt;
use crate::tlog::Checkpoint;
use crate::wire::{self, Cause, pb};
use crate::words::{self, NoTitles, names};

/// One entry.
#[derive(Debug, Args)]
pub struct Entry {
    /// Its index.
    index: u64,
    /// Keep the entry's bytes.
    #[arg(long, value_name = "FILE")]
    leaf: Option<PathBuf>,
    /// Keep the proof that it is in the log.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
}

impl Entry {
    pub(super) async fn show(&self, client: &mut Client, printer: &mut Printer) -> Result<(), Failure> {
        let request = client.request(pb::GetEntryRequest { index: self.index }).await?;
        let answer = client.ledger().get_entry(request).await;
        let bytes = answer.map_err(|status| client.failure(&status))?.into_inner().entry;
        if let Some(path) = &self.leaf {
            receipt::write(path, &bytes)?;
        }
        if let Some(path) = &self.proof {
            let request = client.request(pb::GetReceiptRequest { index: self.index }).await?;
            let answer = client.ledger().get_receipt(request).await;
            let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
            let given = answer.receipt.ok_or_else(|| strange_answer("no receipt"))?;
            receipt::write(path, given.proof.as_bytes())?;
        }
        if printer.is_json() {
            return printer.json(&entry_json(&bytes)?);
        }
        let entry = decode(&bytes)?;
        printer.facts(&[
            ("账目", "entry", entry.index.to_string()),
            ("时间", "time", time(entry.time.0)),
            ("来由", "cause", cause(&entry, printer.lang())),
            ("前链", "previous", hex::encode(entry.previous)),
            ("签名", "signed by", signers(&entry)),
        ])?;
        receipt::show_effects(&entry.effects, printer)
    }
}

fn decode(bytes: &[u8]) -> Result<wire::Entry, Failure> {
    wire::Entry::decode(bytes).map_err(|bad| strange_answer(&bad.to_string()))
}

/// What asked for an entry: the command's name, or the bank's own doing.
fn cause(entry: &wire::Entry, lang: Lang) -> String {
    match &entry.cause {
        Cause::System(_) if lang == Lang::Zh => "银行自动办理".to_owned(),
        Cause::System(_) => "the bank itself".to_owned(),
        Cause::Signed(envelope) => match command_of(envelope) {
            None => String::new(),
            Some(command) if lang == Lang::Zh => names::command(command.body.kind()).to_owned(),
            Some(command) => command.body.kind().name().to_owned(),
        },
    }
}

fn command_of(envelope: &pb::Envelope) -> Option<crate::bank::Command> {
    let kind = wire::PayloadType::parse(&envelope.payload_type)?;
    wire::decode_command(kind, &envelope.payload).ok()
}

fn signers(entry: &wire::Entry) -> String {
    let Cause::Signed(envelope) = &entry.cause else { return String::new() };
    envelope.signatures.iter().map(|one| hex::encode(&one.public_key)).collect::<Vec<_>>().join(" ")
}

/// An entry as proto3 JSON, with its command decoded beside the signed bytes.
///
/// # Errors
///
/// The bytes are not an entry.
pub(in crate::cli) fn entry_json(bytes: &[u8]) -> Result<Value, Failure> {
    let message = receipt::entry_message(bytes)?;
    let command = match &message.cause {
        Some(pb::entry::Cause::Envelope(envelope)) => command_of(envelope)
            .map(|command| serde_json::to_value(wire::command_to_pb(&command)))
            .transpose()
            .map_err(std::io::Error::from)?,
        _ => None,
    };
    Ok(json!({ "index": message.index, "entry": message, "command": command }))
}

/// Entries in order.
#[derive(Debug, Args)]
pub struct Entries {
    /// First index.
    #[arg(long, default_value_t = 0, value_name = "INDEX")]
    from: u64,
    /// At most so many.
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: u32,
}

impl Entries {
    pub(super) async fn show(&self, client: &mut Client, printer: &mut Printer) -> Result<(), Failure> {
        let mut ledger = client.ledger();
        let answer = all_pages!(self.limit, entries, |page_size, page_token| {
            let first_index = self.from;
            let request = pb::ListEntriesRequest { first_index, page_size, page_token };
            let request = client.request(request).await?;
            ledger.list_entries(request).await.map_err(|status| client.failure(&status))?.into_inner()
        });
        if printer.is_json() {
            let entries = answer.entries.iter().map(|bytes| entry_json(bytes));
            return printer.json(&entries.collect::<Result<Vec<_>, _>>()?);
        }
        let rows = answer.entries.iter().map(|bytes| Ok(row(&decode(bytes)?, printer.lang())));
        let rows = rows.collect::<Result<Vec<_>, Failure>>()?;
        let heading = [("账目", "entry"), ("时间", "time"), ("来由", "cause"), ("经过", "what happened")];
        printer.table(&heading, &rows)
    }
}

fn row(entry: &wire::Entry, lang: Lang) -> Vec<String> {
    let happened = match lang {
        Lang::Zh => {
            let lines = entry.effects.changes.iter().filter_map(|change| words::change(change, &NoTitles));
            lines.collect::<Vec<_>>().join("；")
        }
        Lang::En => super::declaration::kinds_of(&wire::effects_to_pb(&entry.effects).changes),
    };
    vec![entry.index.to_string(), time(entry.time.0), cause(entry, lang), happened]
}

/// Entries as they are written.
#[derive(Debug, Args)]
pub struct Watch {
    /// First index; without it the next entry to come.
    #[arg(long, value_name = "INDEX")]
    from: Option<u64>,
    /// Stop after so many; without it never.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

impl Watch {
    pub(super) async fn show(&self, client: &mut Client, printer: &mut Printer) -> Result<(), Failure> {
        let first_index = match self.from {
            Some(index) => index,
            None => client.bank_now().await?.entry_count,
        };
        let request = client.request(pb::WatchEntriesRequest { first_index }).await?;
        let stream = client.ledger().watch_entries(request).await;
        let mut stream = stream.map_err(|status| client.failure(&status))?.into_inner();
        let mut left = self.count.unwrap_or(u64::MAX);
        while left > 0 {
            let next = stream.message().await.map_err(|status| client.failure(&status))?;
            let Some(next) = next else {
                return Err(Failure::failed("银行结束了推送", "the bank ended the stream"));
            };
            if printer.is_json() {
                printer.json_line(&entry_json(&next.entry)?)?;
            } else {
                printer.line(&row(&decode(&next.entry)?, printer.lang()).join("  "))?;
            }
            left -= 1;
        }
        Ok(())
    }
}

pub(super) async fn show_checkpoint(
    common: &Common,
    client: &Client,
    printer: &mut Printer,
) -> Result<(), Failure> {
    let log = receipt::trusted(common, &client.bank_now().await?)?;
    let answer = client.ledger().get_checkpoint(pb::GetCheckpointRequest {}).await;
    let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
    Checkpoint::open(answer.checkpoint.as_bytes(), &log, &[]).map_err(|error| {
        Failure::failed(
            format!("检查点不对，不能相信：{error}"),
            format!("the checkpoint does not hold: {error}"),
        )
    })?;
    if printer.is_json() {
        return printer.json(&answer);
    }
    printer.line(answer.checkpoint.trim_end())?;
    printer.facts(&[("验证钥", "verifier key", answer.vkey.clone())])
}

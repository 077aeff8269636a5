//! From a draft to an entry: signed, its documents put, sent, and the receipt checked before anybody is told.
//!
//! The request's id carries the bank's own time, and the command dies a day after it: the same id with the same
//! words gives the same bytes. A card to be printed is written to its file before the command is sent, so that
//! no outcome can leave a household with a passbook that nobody has.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use ed25519_dalek::SigningKey;
use uuid::Uuid;

use super::args::Common;
use super::client::Client;
use super::draft::{Draft, NewCard, Paper, read_up_to, strange_answer};
use super::failure::{Failure, Lang, Text};
use super::key_file;
use super::link::Link;
use super::output::Printer;
use super::receipt::{self, Receipt};
use super::value::{self, Pin};
use crate::bank::command::Command;
use crate::bank::time::Time;
use crate::tlog::Verifier;
use crate::wire::{
    PayloadType, effects_from_pb, encode_command, envelope_from_json, envelope_to_json, heading, limits, pb,
    sign,
};

/// How long a command lives unless it is written: a day.
const LIFE_MS: i64 = 86_400_000;
/// The reason with which a bank asks for a document first.
const DOCUMENT_MISSING: &str = "DOCUMENT_MISSING";

/// A saved command.
#[derive(Debug, Args)]
pub struct SubmitFile {
    /// The file that --save-command made.
    file: PathBuf,
    /// The passbook's PIN, where one is wanted; "-" reads it from stdin.
    #[arg(long, env = "CIVBANK_PIN", hide_env_values = true, value_parser = value::pin)]
    pin: Option<Pin>,
}

/// Signs a draft with `hand` and submits it (or, with `--dry-run`, says what it would do).
pub(super) async fn perform(
    common: &Common,
    client: &mut Client,
    hand: &[SigningKey],
    draft: Draft,
    printer: &mut Printer,
) -> Result<(), Failure> {
    let hand = if draft.alone { &[] } else { hand };
    let signers: Vec<&SigningKey> = hand.iter().chain(&draft.cosigners).collect();
    if signers.is_empty() {
        return Err(Failure::usage(
            "要签名：用 --key 给出密钥文件（或设 CIVBANK_KEY），或用 --passbook 给出存折",
            "somebody has to sign: give --key FILE (or set CIVBANK_KEY), or --passbook FILE",
        ));
    }
    let bank = client.bank_now().await?;
    let log = receipt::trusted(common, &bank)?;
    let request_id = common.request_id.unwrap_or_else(|| new_request_id(bank.time_unix_ms));
    let command = Command {
        origin: common.origin.clone().unwrap_or(bank.origin),
        request_id: *request_id.as_bytes(),
        not_after: Time(unix_ms(&request_id).saturating_add(LIFE_MS)),
        body: draft.body.clone(),
    };
    let envelope = sign(encode_command(&command), PayloadType::Protobuf, &signers);
    if let Some(path) = &common.save_command {
        key_file::create_secret(path, envelope_to_json(&envelope).as_bytes())?;
    }
    if common.dry_run || (!draft.papers.is_empty() && common.request_id.is_none()) {
        let effects = foresee(client, &envelope, &draft.papers).await?;
        if common.dry_run {
            return show_preview(&effects, printer);
        }
    }
    let addresses = put(client, &draft.papers).await?;
    if let Some(new) = &draft.card {
        print_card(new)?;
    }
    if let Some(new) = &draft.new_key {
        key_file::create(&new.path, &new.key)?;
    }
    let pin = draft.pin.as_ref().map_or("", Pin::as_str);
    let written = send(common, client, &envelope, pin, &request_id, &log, printer.lang()).await;
    match &written {
        Err(Failure::OutcomeUnknown { .. }) => {
            if let Some(link) = &draft.link {
                let good = printer.say("链接，入账以后才有用", "the link, good once it is written");
                eprintln!("{good}: {}", link.text().as_str());
            }
        }
        Err(_) => forget(&draft),
        Ok(_) => {}
    }
    let receipt = written?;
    let link = draft.link.as_ref().map(Link::text);
    receipt::show(&receipt, &addresses, link.as_ref().map(|text| text.as_str()), printer)?;
    if printer.is_json() {
        return Ok(());
    }
    if let Some(new) = &draft.card {
        show_card(new, printer)?;
    }
    if let Some(link) = &draft.link {
        printer.line(&link.for_terminal())?;
        let warning = printer.say("谁拿到链接谁就能接受，只发给本人", "whoever has the link can accept it");
        let facts = [
            ("邀请链接", "invitation link", link.text().as_str().to_owned()),
            ("邀请编号", "invitation key", link.public().to_string()),
            ("注意", "note", warning.to_owned()),
        ];
        printer.facts(&facts)?;
    }
    if let Some(new) = &draft.new_key {
        printer.facts(&[("新密钥", "new key", new.path.display().to_string())])?;
    }
    Ok(())
}

/// Sends a saved command.
pub(super) async fn resend(
    common: &Common,
    client: &Client,
    verb: &SubmitFile,
    printer: &mut Printer,
) -> Result<(), Failure> {
    let path = &verb.file;
    let text = read_up_to(path, limits::ENVELOPE_JSON_BYTES_MAX)?;
    let bad = |bad: String| {
        Failure::malformed(path, format!("不是保存的单子：{bad}"), format!("not a saved command: {bad}"))
    };
    let envelope = envelope_from_json(&text).map_err(|error| bad(error.to_string()))?;
    let heading = heading(&envelope).map_err(|error| bad(error.to_string()))?;
    if common.dry_run {
        let effects = preview(client, &envelope).await?;
        return show_preview(&effects, printer);
    }
    let pin = verb.pin.as_ref().map(Pin::resolved).transpose()?;
    let request_id = Uuid::from_bytes(heading.request_id);
    let pin = pin.as_ref().map_or("", Pin::as_str);
    let log = receipt::trusted(common, &client.bank_now().await?)?;
    let receipt = send(common, client, &envelope, pin, &request_id, &log, printer.lang()).await?;
    receipt::show(&receipt, &[], None, printer)
}

/// A new id that carries the bank's time.
fn new_request_id(bank_ms: i64) -> Uuid {
    let ms = u64::try_from(bank_ms).unwrap_or(0);
    let nanos = (ms % 1_000) as u32 * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, ms / 1_000, nanos))
}

/// The time that an id of version 7 carries: its first 48 bits.
fn unix_ms(id: &Uuid) -> i64 {
    id.as_bytes()[..6].iter().fold(0, |ms, byte| ms << 8 | i64::from(*byte))
}

/// Asks what the command would do. Documents are put only once the bank asks for them, so that a command that
/// is refused anyway leaves none behind.
async fn foresee(
    client: &mut Client,
    envelope: &pb::Envelope,
    papers: &[Paper],
) -> Result<pb::Effects, Failure> {
    match preview(client, envelope).await {
        Err(Failure::Refused(refused)) if refused.reason == DOCUMENT_MISSING && !papers.is_empty() => {
            put(client, papers).await?;
            preview(client, envelope).await
        }
        other => other,
    }
}

async fn preview(client: &Client, envelope: &pb::Envelope) -> Result<pb::Effects, Failure> {
    let request = pb::PreviewRequest { envelope: Some(envelope.clone()) };
    let answer = client.ledger().preview(request).await.map_err(|status| client.failure(&status))?;
    answer.into_inner().effects.ok_or_else(|| strange_answer("no effects"))
}

fn show_preview(effects: &pb::Effects, printer: &mut Printer) -> Result<(), Failure> {
    if printer.is_json() {
        return printer.json(effects);
    }
    let read = effects_from_pb(effects).map_err(|bad| strange_answer(&bad.to_string()))?;
    printer.line(
        printer.say("试办：现在提交会这样（没有入账）", "preview: what it would do now (nothing written)"),
    )?;
    receipt::show_effects(&read, printer)
}

async fn put(client: &mut Client, papers: &[Paper]) -> Result<Vec<String>, Failure> {
    let mut addresses = Vec::new();
    for paper in papers {
        let message =
            pb::PutDocumentRequest { kind: i32::from(paper.kind.number()), content: paper.bytes.clone() };
        let request = client.request(message).await?;
        let answer = client.documents().put_document(request).await;
        let address = answer.map_err(|status| client.failure(&status))?.into_inner().address;
        if address != paper.address().0 {
            return Err(strange_answer("another address for a document"));
        }
        addresses.push(paper.address().to_string());
    }
    Ok(addresses)
}

/// Sends until the outcome is known, then checks the receipt.
async fn send(
    common: &Common,
    client: &Client,
    envelope: &pb::Envelope,
    pin: &str,
    request_id: &Uuid,
    log: &Verifier,
    lang: Lang,
) -> Result<Receipt, Failure> {
    let tell = |text: &Text| eprintln!("{}", text.of(lang));
    let id = request_id.to_string();
    let response = match client.submit(envelope, pin, &id, tell).await {
        Ok(response) => response,
        Err(Failure::OutcomeUnknown { request_id, text }) => {
            let kept = keep(common, envelope, &request_id)?;
            let path = kept.display();
            let text = Text::new(
                format!(
                    "{} 单子存在 {path}，稍后执行 civbank submit {path} 就能查清，不会重复入账。",
                    text.zh
                ),
                format!(
                    "{}; it is kept in {path}: run civbank submit {path} later, it is never written twice",
                    text.en
                ),
            );
            return Err(Failure::OutcomeUnknown { request_id, text });
        }
        Err(failure) => return Err(failure),
    };
    let receipt = Receipt::check(response, log, Some(&envelope.payload))?;
    if let Some(path) = &common.receipt {
        receipt.save(path)?;
    }
    Ok(receipt)
}

/// The file of a command whose outcome is unknown: the one it was saved in, or a new one here.
fn keep(common: &Common, envelope: &pb::Envelope, request_id: &str) -> Result<PathBuf, Failure> {
    if let Some(path) = &common.save_command {
        return Ok(path.clone());
    }
    let path = PathBuf::from(format!("civbank-{request_id}.command"));
    if !path.exists() {
        key_file::create_secret(&path, envelope_to_json(envelope).as_bytes())?;
    }
    Ok(path)
}

fn image_of(path: &Path) -> PathBuf {
    path.with_extension("svg")
}

fn print_card(new: &NewCard) -> Result<(), Failure> {
    key_file::create_secret(&new.path, format!("{}\n", new.card.text().as_str()).as_bytes())?;
    key_file::create_secret(&image_of(&new.path), new.card.svg().as_bytes())
        .inspect_err(|_| drop(fs::remove_file(&new.path)))
}

/// The command was refused: its card and its key open nothing.
fn forget(draft: &Draft) {
    let card = draft.card.iter().flat_map(|new| [new.path.clone(), image_of(&new.path)]);
    for path in card.chain(draft.new_key.iter().map(|new| new.path.clone())) {
        if let Err(error) = fs::remove_file(&path) {
            eprintln!("{}: {error}", path.display());
        }
    }
}

fn show_card(new: &NewCard, printer: &mut Printer) -> Result<(), Failure> {
    printer.line(&new.card.for_terminal())?;
    let (text, image) = (new.path.display().to_string(), image_of(&new.path).display().to_string());
    printer.facts(&[("存折文字", "card's text", text), ("二维码", "QR code", image)])
}

//! Receipts: checked offline, shown, kept in files.
//!
//! A receipt is believed only when its entry is in a tree that the log has signed, and when the entry holds the
//! very bytes that were sent.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::Common;
use super::draft::strange_answer;
use super::failure::{Failure, Lang};
use super::output::Printer;
use crate::bank::Effects;
use crate::tlog::{Checkpoint, Opened, TlogProof, Verifier};
use crate::wire::{Cause, Entry, effects_to_pb, pb};
use crate::words::{self, NoTitles, amount, names};

/// A receipt that held.
pub struct Receipt {
    /// Position.
    pub index: u64,
    /// Frozen bytes.
    pub bytes: Vec<u8>,
    /// The same, read.
    pub entry: Entry,
    /// Proof with its checkpoint.
    pub proof: String,
    /// Entries in the tree that the checkpoint signs.
    pub tree_size: u64,
    /// The command had been written before.
    pub repeated: bool,
}

impl Receipt {
    /// Checks a server's answer: proof, checkpoint, and that the entry holds `payload`, where one was sent.
    ///
    /// # Errors
    ///
    /// Whatever does not hold: then either the answer was damaged or the server does not tell the truth.
    pub fn check(
        response: pb::SubmitResponse,
        log: &Verifier,
        payload: Option<&[u8]>,
    ) -> Result<Receipt, Failure> {
        let repeated = response.repeated;
        let given = response.receipt.ok_or_else(|| strange_answer("no receipt"))?;
        let opened = verify(given.proof.as_bytes(), &given.entry, log)?;
        let entry = Entry::decode(&given.entry).map_err(|bad| untrue(&bad.to_string()))?;
        if entry.index != given.index || opened.0 != given.index {
            return Err(untrue("index"));
        }
        if let Some(payload) = payload {
            match &entry.cause {
                Cause::Signed(envelope) if envelope.payload == payload => {}
                _ => return Err(untrue("the entry is of another command")),
            }
        }
        let tree_size = opened.1.value().size();
        Ok(Receipt { index: entry.index, bytes: given.entry, entry, proof: given.proof, tree_size, repeated })
    }

    /// Keeps proof and leaf in two files.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Failure> {
        write(path, self.proof.as_bytes())?;
        write(&leaf_file(path), &self.bytes)
    }
}

/// Where the leaf of a receipt lies: beside the proof, with `.leaf` after its name.
pub fn leaf_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".leaf");
    PathBuf::from(name)
}

/// Writes a file that may be there already.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| Failure::writing(path, error))
}

/// The verifier of the log that a text names.
///
/// # Errors
///
/// A usage error: the text is not a verifier key.
pub fn verifier(vkey: &str) -> Result<Verifier, Failure> {
    vkey.trim()
        .parse()
        .map_err(|error| Failure::usage(format!("vkey 不对：{error}"), format!("the verifier key: {error}")))
}

/// The log that a server says it is; where the caller trusts a key, only that one.
///
/// # Errors
///
/// The keys are not the same, or malformed. Nothing has been sent then.
pub(super) fn trusted(common: &Common, bank: &pb::GetBankResponse) -> Result<Verifier, Failure> {
    let log = verifier(&bank.vkey)?;
    match &common.vkey {
        Some(vkey) if verifier(vkey)? != log => Err(Failure::failed(
            format!("服务器的验证钥和您信任的不一样，不能相信它：{}", bank.vkey),
            format!("the server's verifier key is not the one that you trust: {}", bank.vkey),
        )),
        _ => Ok(log),
    }
}

/// Checks offline that a leaf is in the log: the leaf's index and the checkpoint it was proved against.
///
/// # Errors
///
/// The proof is malformed, or does not hold.
pub fn verify(proof: &[u8], leaf: &[u8], log: &Verifier) -> Result<(u64, Opened<Checkpoint>), Failure> {
    let proof = TlogProof::parse(proof).map_err(|bad| untrue(&bad.to_string()))?;
    let opened = proof.verify(leaf, log, &[]).map_err(|bad| untrue(&bad.to_string()))?;
    Ok((proof.index(), opened))
}

fn untrue(what: &str) -> Failure {
    Failure::failed(
        format!("收据不对，不能相信：{what}。请保留文件，告诉村务监督。"),
        format!("the receipt does not hold: {what}; keep the files and tell the supervisor"),
    )
}

/// Shows what was written. `documents` are the addresses of what was put with it, `link` is an invitation's, which
/// only programs get here.
///
/// # Errors
///
/// The output cannot be written.
pub fn show(
    receipt: &Receipt,
    documents: &[String],
    link: Option<&str>,
    printer: &mut Printer,
) -> Result<(), Failure> {
    if printer.is_json() {
        let message = entry_message(&receipt.bytes)?;
        let mut value = json!({
            "index": receipt.index, "repeated": receipt.repeated, "entry": message,
            "proof": receipt.proof, "documents": documents,
        });
        if let Some(link) = link {
            value["link"] = json!(link);
        }
        return printer.json(&value);
    }
    let head = match receipt.repeated {
        true => printer.say("早已入账，没有再记", "written before, and not again"),
        false => printer.say("已入账", "written"),
    };
    let line = match printer.lang() {
        Lang::Zh => format!("{head}：第 {} 号账目", receipt.index),
        Lang::En => format!("{head}: entry {}", receipt.index),
    };
    printer.line(&line)?;
    show_effects(&receipt.entry.effects, printer)?;
    for address in documents {
        printer.line(&format!("  {} {address}", printer.say("文件", "document")))?;
    }
    let held = printer.say("收据已核对，账目数", "receipt checked, entries in the tree");
    printer.line(&format!("  {held}: {}", receipt.tree_size))
}

/// The entry's bytes as a message, for JSON.
pub(super) fn entry_message(bytes: &[u8]) -> Result<pb::Entry, Failure> {
    prost::Message::decode(bytes).map_err(|_| strange_answer("bytes that are not an entry"))
}

/// Shows changes and postings, one a line.
///
/// # Errors
///
/// The output cannot be written.
pub fn show_effects(effects: &Effects, printer: &mut Printer) -> Result<(), Failure> {
    let mut changes = effects.changes.iter().filter_map(|change| words::change(change, &NoTitles));
    match printer.lang() {
        Lang::Zh => changes.try_for_each(|line| printer.line(&format!("  {line}")))?,
        Lang::En => {
            for change in effects_to_pb(effects).changes {
                let text = serde_json::to_string(&change).map_err(std::io::Error::from)?;
                printer.line(&format!("  {text}"))?;
            }
        }
    }
    for posting in &effects.postings {
        let moved = amount::signed(posting.unit, posting.amount);
        let stands = amount::of(posting.unit, posting.balance_after);
        let account = match printer.lang() {
            Lang::Zh => format!("{} {}", names::account(&posting.account), posting.account),
            Lang::En => posting.account.to_string(),
        };
        printer.line(&format!("  {account}: {moved} → {stands}"))?;
    }
    Ok(())
}

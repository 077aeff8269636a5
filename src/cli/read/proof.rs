//! Proofs and receipts: fetched, checked here, and kept.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::Common;
use crate::cli::client::Client;
use crate::cli::draft::strange_answer;
use crate::cli::failure::Failure;
use crate::cli::output::Printer;
use crate::cli::receipt::{self, Receipt, leaf_file};
use crate::tlog::{Hash, verify_consistency, verify_inclusion};
use crate::wire::pb;

fn hash(bytes: &[u8]) -> Result<Hash, Failure> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| strange_answer("a hash that has not 32 bytes"))?;
    Ok(Hash::from_bytes(bytes))
}

fn hashes(all: &[Vec<u8>]) -> Result<Vec<Hash>, Failure> {
    all.iter().map(|bytes| hash(bytes)).collect()
}

fn untrue(error: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("证明不成立：{error}"), format!("the proof does not hold: {error}"))
}

/// Proof that an entry is in a tree.
#[derive(Debug, Args)]
pub struct Inclusion {
    /// The entry's index.
    index: u64,
    /// Size of the tree; without it the newest.
    #[arg(long, default_value_t = 0, hide_default_value = true, value_name = "N")]
    size: u64,
}

impl Inclusion {
    pub(super) async fn show(&self, client: &Client, printer: &mut Printer) -> Result<(), Failure> {
        let request = pb::GetInclusionProofRequest { index: self.index, tree_size: self.size };
        let answer = client.ledger().get_inclusion_proof(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        let (leaf, root) = (hash(&answer.leaf_hash)?, hash(&answer.root)?);
        let path = hashes(&answer.hashes)?;
        verify_inclusion(&path, self.index, answer.tree_size, &leaf, &root).map_err(untrue)?;
        if printer.is_json() {
            return printer.json(&answer);
        }
        printer.facts(&[
            ("账目", "entry", self.index.to_string()),
            ("账目数", "size of the tree", answer.tree_size.to_string()),
            ("叶", "leaf", leaf.to_string()),
            ("根", "root", root.to_string()),
        ])?;
        path.iter().try_for_each(|hash| printer.line(&format!("  {hash}")))
    }
}

/// Proof that one tree grew out of another.
#[derive(Debug, Args)]
pub struct Consistency {
    /// Size of the older tree.
    old: u64,
    /// Size of the newer tree; without it the newest.
    #[arg(default_value_t = 0, hide_default_value = true)]
    new: u64,
}

impl Consistency {
    pub(super) async fn show(&self, client: &Client, printer: &mut Printer) -> Result<(), Failure> {
        let request = pb::GetConsistencyProofRequest { old_size: self.old, new_size: self.new };
        let answer = client.ledger().get_consistency_proof(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        let (old, new) = (hash(&answer.old_root)?, hash(&answer.new_root)?);
        let path = hashes(&answer.hashes)?;
        verify_consistency(&path, self.old, &old, answer.new_size, &new).map_err(untrue)?;
        if printer.is_json() {
            return printer.json(&answer);
        }
        printer.facts(&[
            ("旧账目数", "older size", self.old.to_string()),
            ("旧根", "older root", old.to_string()),
            ("新账目数", "newer size", answer.new_size.to_string()),
            ("新根", "newer root", new.to_string()),
        ])?;
        path.iter().try_for_each(|hash| printer.line(&format!("  {hash}")))
    }
}

/// The receipt of an entry.
#[derive(Debug, Args)]
pub struct GetReceipt {
    /// The entry's index.
    index: u64,
    /// File for the proof; the entry's bytes go beside it in FILE.leaf.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl GetReceipt {
    pub(super) async fn show(
        &self,
        common: &Common,
        client: &mut Client,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        let log = receipt::trusted(common, &client.bank_now().await?)?;
        let request = client.request(pb::GetReceiptRequest { index: self.index }).await?;
        let answer = client.ledger().get_receipt(request).await;
        let given = answer.map_err(|status| client.failure(&status))?.into_inner().receipt;
        let response = pb::SubmitResponse { receipt: given, repeated: false };
        let receipt = Receipt::check(response.clone(), &log, None)?;
        if receipt.index != self.index {
            return Err(strange_answer("the receipt of another entry"));
        }
        receipt.save(&self.out)?;
        if printer.is_json() {
            return printer.json(&response.receipt);
        }
        printer.facts(&[
            ("账目", "entry", receipt.index.to_string()),
            ("证明", "proof", self.out.display().to_string()),
            ("账目原文", "leaf", leaf_file(&self.out).display().to_string()),
        ])?;
        receipt::show_effects(&receipt.entry.effects, printer)
    }
}

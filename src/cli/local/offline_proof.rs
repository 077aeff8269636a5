//! A receipt checked offline: nothing but its two files and the log's verifier key.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::cli::args::Common;
use crate::cli::draft::read_up_to;
use crate::cli::failure::Failure;
use crate::cli::output::Printer;
use crate::cli::receipt;
use crate::wire::{Entry, limits};

/// Most bytes of a proof's file that are read.
const PROOF_FILE_BYTES_MAX: usize = 1 << 20;

/// Checks a receipt.
#[derive(Debug, Args)]
pub struct VerifyProof {
    /// The proof: a `.tlog-proof` text.
    proof: PathBuf,
    /// The entry's bytes.
    #[arg(long, value_name = "FILE")]
    leaf: PathBuf,
}

impl VerifyProof {
    pub(super) fn run(&self, common: &Common, printer: &mut Printer) -> Result<(), Failure> {
        let vkey = common.vkey.as_deref().ok_or_else(|| {
            Failure::usage("要用 --vkey 给出银行的验证钥", "name the log's verifier key with --vkey")
        })?;
        let log = receipt::verifier(vkey)?;
        let proof = read_up_to(&self.proof, PROOF_FILE_BYTES_MAX)?;
        let leaf = read_up_to(&self.leaf, limits::ENTRY_BYTES_MAX)?;
        let (index, opened) = receipt::verify(&proof, &leaf, &log)?;
        let checkpoint = opened.value();
        if printer.is_json() {
            return printer.json(&json!({
                "index": index, "origin": checkpoint.origin(), "tree_size": checkpoint.size(),
                "root": checkpoint.root().to_base64(),
            }));
        }
        printer.line(
            printer.say("成立：这笔账目在银行签过名的账里", "it holds: the entry is in the signed log"),
        )?;
        printer.facts(&[
            ("账目", "entry", index.to_string()),
            ("银行", "origin", checkpoint.origin().to_owned()),
            ("账目数", "size of the tree", checkpoint.size().to_string()),
            ("根", "root", checkpoint.root().to_base64()),
        ])?;
        // A leaf of a newer format still proves; only what it says is then not shown.
        match Entry::decode(&leaf) {
            Ok(entry) => receipt::show_effects(&entry.effects, printer),
            Err(_) => Ok(()),
        }
    }
}

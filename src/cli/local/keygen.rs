//! A new signing key.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::shown;
use crate::cli::failure::Failure;
use crate::cli::key_file;
use crate::cli::output::Printer;
use crate::wire::signature::public_key;

/// Makes a signing key.
#[derive(Debug, Args)]
pub struct Keygen {
    /// File for the key: PKCS#8 PEM, mode 0600, never overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Keygen {
    pub(super) fn run(&self, printer: &mut Printer) -> Result<(), Failure> {
        let key = key_file::generate()?;
        key_file::create(&self.out, &key)?;
        let public = public_key(&key).to_string();
        if printer.is_json() {
            return printer.json(&json!({"public_key": public, "file": shown(&self.out)}));
        }
        printer.facts(&[("公钥", "public key", public), ("私钥文件", "key file", shown(&self.out))])
    }
}

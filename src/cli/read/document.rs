//! Documents: put and fetched.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::bank::ids::Digest;
use crate::cli::client::Client;
use crate::cli::draft::{read_up_to, strange_answer};
use crate::cli::failure::Failure;
use crate::cli::output::Printer;
use crate::cli::{key_file, value};
use crate::documents::{Address, DocumentKind, SALT_SIZE, seal};
use crate::wire::pb;

/// Kinds that people put by hand; a PIN's comes only from `set-pin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Photograph or scan.
    Photo,
    /// Identity of a member; sealed before it leaves this machine.
    Identity,
    /// Text; sealed likewise.
    Text,
    /// Record, voucher or receipt.
    Record,
}

impl Kind {
    fn document(self) -> DocumentKind {
        match self {
            Kind::Photo => DocumentKind::Photo,
            Kind::Identity => DocumentKind::Identity,
            Kind::Text => DocumentKind::Text,
            Kind::Record => DocumentKind::Record,
        }
    }

    fn is_sealed(self) -> bool {
        match self {
            Kind::Identity | Kind::Text => true,
            Kind::Photo | Kind::Record => false,
        }
    }
}

/// Puts a document.
#[derive(Debug, Args)]
pub struct PutDocument {
    /// The file.
    file: PathBuf,
    /// What kind.
    #[arg(long)]
    kind: Kind,
}

impl PutDocument {
    pub(super) async fn show(&self, client: &mut Client, printer: &mut Printer) -> Result<(), Failure> {
        let kind = self.kind.document();
        let salt = if self.kind.is_sealed() { SALT_SIZE } else { 0 };
        let content = read_up_to(&self.file, kind.size_max() - salt)?;
        let (content, commitment) = if self.kind.is_sealed() {
            let sealed = seal(&content).map_err(|error| {
                Failure::failed(format!("文件封不上：{error}"), format!("cannot seal the document: {error}"))
            })?;
            (sealed.bytes, Some(sealed.commitment.to_string()))
        } else {
            (content, None)
        };
        let expected = Address::of(kind, &content);
        let message = pb::PutDocumentRequest { kind: i32::from(kind.number()), content };
        let request = client.request(message).await?;
        let answer = client.documents().put_document(request).await;
        let address = answer.map_err(|status| client.failure(&status))?.into_inner().address;
        if address != expected.as_bytes() {
            return Err(strange_answer("another address for a document"));
        }
        if printer.is_json() {
            return printer.json(&json!({"address": expected.to_string(), "commitment": commitment}));
        }
        printer.facts(&[
            ("地址", "address", expected.to_string()),
            ("承诺", "commitment", commitment.unwrap_or_default()),
        ])
    }
}

/// Gets a document.
#[derive(Debug, Args)]
pub struct GetDocument {
    /// Its address, 64 hexadecimal digits.
    #[arg(value_parser = value::digest)]
    address: Digest,
    /// File for its content, never overwritten, readable by its owner only. A sealed document is unsealed.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl GetDocument {
    pub(super) async fn show(&self, client: &mut Client, printer: &mut Printer) -> Result<(), Failure> {
        let message = pb::GetDocumentRequest { address: self.address.0.to_vec() };
        let request = client.request(message).await?;
        let answer = client.documents().get_document(request).await;
        let answer = answer.map_err(|status| client.failure(&status))?.into_inner();
        let kind = u8::try_from(answer.kind).ok().and_then(DocumentKind::from_number);
        let kind = kind.ok_or_else(|| strange_answer("a kind of document that nobody knows"))?;
        if Address::of(kind, &answer.content).as_bytes() != &self.address.0 {
            return Err(strange_answer("another document than the one asked for"));
        }
        let content = match kind {
            DocumentKind::Identity | DocumentKind::Text => answer
                .content
                .get(SALT_SIZE..)
                .ok_or_else(|| strange_answer("a sealed document without salt"))?,
            DocumentKind::Photo | DocumentKind::Record | DocumentKind::PinHash => &answer.content,
        };
        key_file::create_secret(&self.out, content)?;
        if printer.is_json() {
            let out = self.out.display().to_string();
            return printer.json(&json!({"kind": kind.name(), "bytes": content.len(), "out": out}));
        }
        printer.facts(&[
            ("种类", "kind", kind.name().to_owned()),
            ("字节", "bytes", content.len().to_string()),
            ("文件", "file", self.out.display().to_string()),
        ])
    }
}

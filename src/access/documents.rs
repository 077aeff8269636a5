//! Keeping a document for whoever may, and reading one: the same checks behind both faces.
//!
//! A document does not know its branch. Evidence is found by its address, which is a hash of its bytes and stands
//! only in entries and declarations; whoever handles evidence and was shown the address may read it. Identities and
//! texts are for officers and auditors. Each read leaves a line in the program's log: who, and what. A PIN document
//! is read by nobody: the engine checks PINs.

use crate::bank::authority::Subject;
use crate::bank::ids::Digest;
use crate::documents::{Address, DocumentKind, SALT_SIZE};
use crate::engine::{Engine, EngineState};
use crate::wire::Problem;

use super::denial::Denial;
use super::look::{Credential, look_at};
use super::reader::{Read, Reader};
use super::{field, history};

/// Whether this credential may keep documents.
///
/// # Errors
///
/// `SESSION_MISSING`, or why the key is not good.
pub(crate) async fn check_may_put(engine: &Engine, who: Credential) -> Result<(), Denial> {
    look_at(engine, who, Read::PutDocument, Subject::default(), |_, _| Ok(())).await
}

/// Keeps a document; durable when it answers. Whether the caller may is asked before.
///
/// # Errors
///
/// `BAD_FIELD` where it is empty, `DISK_FULL`, `DOCUMENT_TOO_LARGE`.
pub(crate) async fn put(engine: &Engine, kind: DocumentKind, content: Vec<u8>) -> Result<Address, Denial> {
    if content.is_empty() {
        return Err(field::bad("content", Problem::Missing));
    }
    if engine.state() == EngineState::ReadOnly {
        return Err(Denial::DiskFull);
    }
    history::aside(engine, move |engine| Ok(engine.documents().put(kind, &content)?)).await
}

/// Reads a document for whoever asks, and notes that it was read.
///
/// # Errors
///
/// `SESSION_MISSING`, why the key is not good, `READ_DENIED`; `DOCUMENT_UNKNOWN` for those who may read evidence.
pub(crate) async fn get(
    engine: &Engine,
    who: Credential,
    address: Address,
) -> Result<(DocumentKind, Vec<u8>), Denial> {
    let rights = look_at(engine, who, Read::GetEvidence, Subject::default(), |view, reader| {
        Ok((*reader, reader.may(view, Read::GetSealedDocument, &Subject::default())))
    });
    let (reader, sealed) = rights.await?;
    let found = history::aside(engine, move |engine| Ok(engine.documents().get(address)?));
    let (kind, content) = found.await?.ok_or(Denial::DocumentUnknown)?;
    let (read, allowed) = match kind {
        DocumentKind::Photo | DocumentKind::Record => (Read::GetEvidence, true),
        DocumentKind::Identity | DocumentKind::Text => (Read::GetSealedDocument, sealed),
        DocumentKind::PinHash => (Read::GetPinDocument, false),
    };
    if !allowed {
        return Err(Denial::ReadDenied(read.needs()));
    }
    // Unmasked reads of personal data are counted: one line each.
    if let Reader::Known(signer) = reader {
        tracing::info!(target: "civbank::unmasked", ?signer, kind = kind.name(), %address, "document read");
    }
    Ok((kind, content))
}

/// Words of one sealed text that are shown.
const WORDS_MAX: usize = 2_000;

/// The words of sealed texts, in order; none for one that is gone or is no text. The caller has asked who may read
/// them, and notes the read where it is not everybody.
///
/// # Errors
///
/// The engine has stopped.
pub(crate) async fn texts(engine: &Engine, addresses: Vec<Digest>) -> Result<Vec<Option<String>>, Denial> {
    history::aside(engine, move |engine| {
        let words = |address: &Digest| -> Result<Option<String>, Denial> {
            let found = engine.documents().get(Address::from_bytes(address.0))?;
            let Some((DocumentKind::Text, content)) = found else { return Ok(None) };
            let text = String::from_utf8_lossy(content.get(SALT_SIZE..).unwrap_or_default());
            Ok(Some(text.chars().take(WORDS_MAX).collect()))
        };
        addresses.iter().map(words).collect()
    })
    .await
}

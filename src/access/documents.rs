//! Keeping a document for whoever may: the same checks behind both faces.

use crate::bank::authority::Subject;
use crate::documents::{Address, DocumentKind};
use crate::engine::{Engine, EngineState};
use crate::wire::Problem;

use super::denial::Denial;
use super::look::{Credential, look_at};
use super::reader::Read;
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

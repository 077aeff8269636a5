//! `DocumentService`: puts and reads erasable documents.
//!
//! A document does not know its branch. Evidence is found by its address, which is a hash of its bytes and
//! stands only in entries and declarations; whoever handles evidence and was shown the address may read it.
//! Identities and texts are for officers and auditors, and each such read leaves a line in the log. A PIN
//! document is read by nobody: the engine checks PINs.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::access::Denial;
use crate::access::reader::{Read, Reader};
use crate::access::{documents, field, history};
use crate::bank::authority::Subject;
use crate::documents::{Address, DocumentKind};
use crate::wire::pb::document_service_server::DocumentService;
use crate::wire::{Problem, pb};

use super::desk::Desk;

/// The service.
pub(super) struct DocumentDesk(pub(super) Arc<Desk>);

#[tonic::async_trait]
impl DocumentService for DocumentDesk {
    async fn put_document(
        &self,
        request: Request<pb::PutDocumentRequest>,
    ) -> Result<Response<pb::PutDocumentResponse>, Status> {
        let (metadata, _, pb::PutDocumentRequest { kind, content }) = request.into_parts();
        let desk = &self.0;
        documents::check_may_put(&desk.engine, desk.credential(&metadata, Read::PutDocument)?).await?;
        let number = |number: i32| DocumentKind::from_number(u8::try_from(number).unwrap_or(0));
        let kind = field::word("kind", kind, number)?.ok_or_else(|| field::bad("kind", Problem::Missing))?;
        let address = documents::put(&desk.engine, kind, content).await?.as_bytes().to_vec();
        Ok(Response::new(pb::PutDocumentResponse { address }))
    }

    async fn get_document(
        &self,
        request: Request<pb::GetDocumentRequest>,
    ) -> Result<Response<pb::GetDocumentResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let address = Address::from_bytes(field::bytes("address", &request.address)?);
        let desk = &self.0;
        let rights = desk.look_at(&metadata, Read::GetEvidence, Subject::default(), |view, reader| {
            let sealed = reader.may(view, Read::GetSealedDocument, &Subject::default());
            Ok((*reader, sealed))
        });
        let (reader, sealed) = rights.await?;
        let found = history::aside(&desk.engine, move |engine| Ok(engine.documents().get(address)?));
        let (kind, content) = found.await?.ok_or(Denial::DocumentUnknown)?;
        let (read, allowed) = match kind {
            DocumentKind::Photo | DocumentKind::Record => (Read::GetEvidence, true),
            DocumentKind::Identity | DocumentKind::Text => (Read::GetSealedDocument, sealed),
            DocumentKind::PinHash => (Read::GetPinDocument, false),
        };
        if !allowed {
            return Err(Denial::ReadDenied(read.needs()).into());
        }
        note(reader, kind, address);
        Ok(Response::new(pb::GetDocumentResponse { kind: i32::from(kind.number()), content }))
    }
}

/// Unmasked reads of personal data are counted: one line each, with who and what.
fn note(reader: Reader, kind: DocumentKind, address: Address) {
    if let Reader::Known(signer) = reader {
        tracing::info!(target: "civbank::unmasked", ?signer, kind = kind.name(), %address, "document read");
    }
}

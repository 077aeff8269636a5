//! `DocumentService`: puts and reads erasable documents.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::access::reader::Read;
use crate::access::{documents, field};
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
        let who = desk.credential(&metadata, Read::GetEvidence)?;
        let (kind, content) = documents::get(&desk.engine, who, address).await?;
        Ok(Response::new(pb::GetDocumentResponse { kind: i32::from(kind.number()), content }))
    }
}

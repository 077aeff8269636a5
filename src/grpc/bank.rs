//! `BankService`: reads of the bank. Each method's work is done by the file of its noun.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::wire::pb;
use crate::wire::pb::bank_service_server::BankService;

use super::desk::Desk;
use super::{appointments, board, branches, declarations, households, invitations, statement};

/// The service.
pub(super) struct BankDesk(pub(super) Arc<Desk>);

#[tonic::async_trait]
impl BankService for BankDesk {
    async fn get_bank(
        &self,
        _: Request<pb::GetBankRequest>,
    ) -> Result<Response<pb::GetBankResponse>, Status> {
        Ok(Response::new(branches::bank(&self.0).await?))
    }

    async fn list_branches(
        &self,
        request: Request<pb::ListBranchesRequest>,
    ) -> Result<Response<pb::ListBranchesResponse>, Status> {
        Ok(Response::new(branches::list(&self.0, request.into_inner()).await?))
    }

    async fn list_catalogue(
        &self,
        request: Request<pb::ListCatalogueRequest>,
    ) -> Result<Response<pb::ListCatalogueResponse>, Status> {
        Ok(Response::new(branches::catalogue(&self.0, request.into_inner()).await?))
    }

    async fn list_goods(
        &self,
        request: Request<pb::ListGoodsRequest>,
    ) -> Result<Response<pb::ListGoodsResponse>, Status> {
        Ok(Response::new(branches::goods(&self.0, request.into_inner()).await?))
    }

    async fn get_board(
        &self,
        request: Request<pb::GetBoardRequest>,
    ) -> Result<Response<pb::GetBoardResponse>, Status> {
        Ok(Response::new(board::get(&self.0, request.into_inner()).await?))
    }

    async fn get_funds(
        &self,
        request: Request<pb::GetFundsRequest>,
    ) -> Result<Response<pb::GetFundsResponse>, Status> {
        Ok(Response::new(branches::funds(&self.0, request.into_inner()).await?))
    }

    async fn get_household(
        &self,
        request: Request<pb::GetHouseholdRequest>,
    ) -> Result<Response<pb::GetHouseholdResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        Ok(Response::new(households::get(&self.0, &metadata, request).await?))
    }

    async fn get_passbook(
        &self,
        request: Request<pb::GetPassbookRequest>,
    ) -> Result<Response<pb::GetPassbookResponse>, Status> {
        Ok(Response::new(households::passbook(&self.0, request.into_inner()).await?))
    }

    async fn list_households(
        &self,
        request: Request<pb::ListHouseholdsRequest>,
    ) -> Result<Response<pb::ListHouseholdsResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        Ok(Response::new(households::list(&self.0, &metadata, request).await?))
    }

    async fn list_statement(
        &self,
        request: Request<pb::ListStatementRequest>,
    ) -> Result<Response<pb::ListStatementResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        Ok(Response::new(statement::list(&self.0, &metadata, request).await?))
    }

    async fn get_declaration(
        &self,
        request: Request<pb::GetDeclarationRequest>,
    ) -> Result<Response<pb::GetDeclarationResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        Ok(Response::new(declarations::get(&self.0, &metadata, request).await?))
    }

    async fn list_declarations(
        &self,
        request: Request<pb::ListDeclarationsRequest>,
    ) -> Result<Response<pb::ListDeclarationsResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        Ok(Response::new(declarations::list(&self.0, &metadata, request).await?))
    }

    async fn list_appointments(
        &self,
        request: Request<pb::ListAppointmentsRequest>,
    ) -> Result<Response<pb::ListAppointmentsResponse>, Status> {
        Ok(Response::new(appointments::list(&self.0, request.into_inner()).await?))
    }

    async fn get_key(
        &self,
        request: Request<pb::GetKeyRequest>,
    ) -> Result<Response<pb::GetKeyResponse>, Status> {
        Ok(Response::new(appointments::key(&self.0, request.into_inner()).await?))
    }

    async fn get_invitation(
        &self,
        request: Request<pb::GetInvitationRequest>,
    ) -> Result<Response<pb::GetInvitationResponse>, Status> {
        Ok(Response::new(invitations::get(&self.0, request.into_inner()).await?))
    }
}

//! `SessionService`: a signed challenge becomes a bearer token. What a session is and how long it lives is said
//! in the room below ([`Sessions`](crate::access::Sessions)).

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::access::field;
use crate::bank::ids::PublicKey;
use crate::wire::pb;
use crate::wire::pb::session_service_server::SessionService;

use super::desk::{Desk, door};

/// The service.
pub(super) struct SessionDesk(pub(super) Arc<Desk>);

#[tonic::async_trait]
impl SessionService for SessionDesk {
    async fn create_challenge(
        &self,
        _: Request<pb::CreateChallengeRequest>,
    ) -> Result<Response<pb::CreateChallengeResponse>, Status> {
        let challenge = self.0.sessions.challenge(self.0.engine.now())?;
        Ok(Response::new(pb::CreateChallengeResponse { challenge }))
    }

    async fn create_session(
        &self,
        request: Request<pb::CreateSessionRequest>,
    ) -> Result<Response<pb::CreateSessionResponse>, Status> {
        let door = door(&request);
        let pb::CreateSessionRequest { challenge, public_key, signature } = request.into_inner();
        let key = PublicKey(field::bytes("public_key", &public_key)?);
        let signature = field::bytes("signature", &signature)?;
        let desk = &self.0;
        let begun = desk.sessions.begin(&desk.engine, door.as_deref(), &challenge, key, &signature).await?;
        let end = begun.end;
        let expire_time = pbjson_types::Timestamp {
            seconds: end.0.div_euclid(1_000),
            nanos: (end.0.rem_euclid(1_000) * 1_000_000) as i32,
        };
        Ok(Response::new(pb::CreateSessionResponse { token: begun.token, expire_time: Some(expire_time) }))
    }
}

//! Sessions for reads: a signed challenge becomes a bearer token.
//!
//! Nothing is stored. A challenge is `nonce (16) | end (8) | tag (32)`, a token the base64url of
//! `key (32) | end (8) | tag (32)`; the tags are this process's, so a restart ends all sessions. A token says
//! whose key was shown, not what the key may do: that is asked of the bank each time, so a revoked key reads
//! nothing from that moment on.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tonic::{Request, Response, Status};

use crate::bank::ids::PublicKey;
use crate::bank::time::Time;
use crate::wire::limits::{CHALLENGE_LIFE, SESSION_LIFE};
use crate::wire::pb::session_service_server::SessionService;
use crate::wire::{dsse, pb, signature};

use super::denial::Denial;
use super::desk::{Credential, Desk};
use super::field;
use super::mac::{self, MacKey};

const CHALLENGE_PURPOSE: &str = "civbank 2026 challenge v1";
const TOKEN_PURPOSE: &str = "civbank 2026 session v1";
const KEY_BYTES: usize = 32;

/// Makes and opens challenges and tokens.
pub(super) struct Sessions(pub(super) MacKey);

impl Sessions {
    /// A challenge that is good for two minutes.
    fn challenge(&self, now: Time) -> Result<Vec<u8>, Denial> {
        let end = Time(now.0 + CHALLENGE_LIFE.as_millis() as i64);
        let mut body = mac::nonce::<16>()?.to_vec();
        body.extend_from_slice(&end.0.to_be_bytes());
        Ok(self.0.seal(CHALLENGE_PURPOSE, &body, &[]))
    }

    fn check_challenge(&self, challenge: &[u8], now: Time) -> Result<(), Denial> {
        let body = self.0.open(CHALLENGE_PURPOSE, challenge, &[]).ok_or(Denial::ChallengeInvalid)?;
        let (_, end) = body.split_last_chunk::<8>().ok_or(Denial::ChallengeInvalid)?;
        if now.0 < i64::from_be_bytes(*end) { Ok(()) } else { Err(Denial::ChallengeExpired) }
    }

    fn token(&self, key: &PublicKey, end: Time) -> String {
        let mut body = key.0.to_vec();
        body.extend_from_slice(&end.0.to_be_bytes());
        URL_SAFE_NO_PAD.encode(self.0.seal(TOKEN_PURPOSE, &body, &[]))
    }

    /// The key behind an `authorization` value.
    pub(super) fn open(&self, authorization: &str, now: Time) -> Result<PublicKey, Denial> {
        let token = authorization
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, token)| URL_SAFE_NO_PAD.decode(token.trim()).ok())
            .ok_or(Denial::SessionInvalid)?;
        let body = self.0.open(TOKEN_PURPOSE, &token, &[]).ok_or(Denial::SessionInvalid)?;
        let (key, end) = body.split_first_chunk::<KEY_BYTES>().ok_or(Denial::SessionInvalid)?;
        let end = end.try_into().map(i64::from_be_bytes).map_err(|_| Denial::SessionInvalid)?;
        if now.0 < end { Ok(PublicKey(*key)) } else { Err(Denial::SessionExpired) }
    }
}

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
        let pb::CreateSessionRequest { challenge, public_key, signature } = request.into_inner();
        let key = PublicKey(field::bytes("public_key", &public_key)?);
        let signature = field::bytes("signature", &signature)?;
        let desk = &self.0;
        let now = desk.engine.now();
        desk.sessions.check_challenge(&challenge, now)?;
        signature::verify_one(&key, dsse::CHALLENGE, &challenge, &signature)
            .map_err(|_| Denial::ChallengeSignature)?;

        // Looking with this credential asks whether the key is good.
        let last_day = desk.look(Credential::Key(key), |view, _| {
            Ok(view.bank.key(&key).and_then(|record| record.valid_until))
        });
        let longest = Time(now.0 + SESSION_LIFE.as_millis() as i64);
        let end = last_day.await?.map_or(longest, |last| longest.min(last.plus(1).start()));
        let expire_time = pbjson_types::Timestamp {
            seconds: end.0.div_euclid(1_000),
            nanos: (end.0.rem_euclid(1_000) * 1_000_000) as i32,
        };
        let token = desk.sessions.token(&key, end);
        Ok(Response::new(pb::CreateSessionResponse { token, expire_time: Some(expire_time) }))
    }
}

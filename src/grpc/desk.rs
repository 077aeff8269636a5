//! What every service shares: the engine, the keys of sessions and page tokens, and the one way to look at
//! state on a reader's behalf.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataMap;

use crate::access::reader::{Read, Reader};
use crate::access::{self, Credential, Denial, Sessions, Visitor};
use crate::bank::authority::Subject;
use crate::engine::{Door, Engine, View};

use super::page::Pages;

/// Shared by the services; one for each server.
pub(super) struct Desk {
    pub(super) engine: Engine,
    pub(super) sessions: Sessions,
    pub(super) pages: Pages,
    /// Watchers that may still come.
    pub(super) watchers: Arc<Semaphore>,
    /// How long a watcher may not read.
    pub(super) patience: Duration,
    /// Cancelled when streams have to end.
    pub(super) closing: CancellationToken,
}

impl Desk {
    /// The engine as this caller has it.
    pub(super) fn engine_for<T>(&self, request: &tonic::Request<T>) -> Engine {
        match door(request) {
            Some(door) => self.engine.behind(door),
            None => self.engine.clone(),
        }
    }

    /// Who asks, as far as the token says. Public methods do not look.
    pub(super) fn credential(&self, metadata: &MetadataMap, read: Read) -> Result<Credential, Denial> {
        if read.is_public() {
            return Ok(Credential::Unasked);
        }
        match metadata.get("authorization") {
            None => Ok(Credential::Missing),
            Some(value) => {
                let value = value.to_str().map_err(|_| Denial::SessionInvalid)?;
                let token = bearer(value).ok_or(Denial::SessionInvalid)?;
                self.sessions.open(token, self.engine.now()).map(Credential::Key)
            }
        }
    }

    /// Looks at durable state for whoever asks. The closure is short; the writer waits for it.
    pub(super) async fn look<R>(
        &self,
        who: Credential,
        look: impl FnOnce(&View, &Reader) -> Result<R, Denial>,
    ) -> Result<R, Denial> {
        access::look(&self.engine, who, look).await
    }

    /// Looks at a subject, once the table lets the reader.
    pub(super) async fn look_at<R>(
        &self,
        metadata: &MetadataMap,
        read: Read,
        subject: Subject,
        look: impl FnOnce(&View, &Reader) -> Result<R, Denial>,
    ) -> Result<R, Denial> {
        let who = self.credential(metadata, read)?;
        access::look_at(&self.engine, who, read, subject, look).await
    }

    /// Looks at what is for everybody.
    pub(super) async fn look_in_public<R>(
        &self,
        look: impl FnOnce(&View) -> Result<R, Denial>,
    ) -> Result<R, Denial> {
        self.look(Credential::Unasked, |view, _| look(view)).await
    }
}

/// Before whose signatures are verified: the connection's, where the request came through one.
pub(super) fn door<T>(request: &tonic::Request<T>) -> Option<Arc<dyn Door>> {
    request.extensions().get::<Arc<Visitor>>().map(|visitor| visitor.clone() as Arc<dyn Door>)
}

/// The token of an `authorization` value.
fn bearer(value: &str) -> Option<&str> {
    let (_, token) = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))?;
    Some(token.trim())
}

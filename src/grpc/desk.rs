//! What every service shares: the engine, the keys of sessions and page tokens, and the one way to look at
//! state on a reader's behalf.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataMap;

use crate::bank::Refusal;
use crate::bank::authority::Subject;
use crate::bank::ids::PublicKey;
use crate::engine::{Engine, View};

use super::denial::Denial;
use super::page::Pages;
use super::reader::{Read, Reader};
use super::session::Sessions;

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

/// The key of a request's session, not yet asked whether it is still good.
#[derive(Debug, Clone, Copy)]
pub(super) enum Credential {
    /// A method that looks at none.
    Unasked,
    /// There is no session.
    Missing,
    /// Whose it is.
    Key(PublicKey),
}

impl Desk {
    /// Who asks, as far as the token says. Public methods do not look.
    pub(super) fn credential(&self, metadata: &MetadataMap, read: Read) -> Result<Credential, Denial> {
        if read.is_public() {
            return Ok(Credential::Unasked);
        }
        match metadata.get("authorization") {
            None => Ok(Credential::Missing),
            Some(value) => {
                let value = value.to_str().map_err(|_| Denial::SessionInvalid)?;
                self.sessions.open(value, self.engine.now()).map(Credential::Key)
            }
        }
    }

    /// Looks at durable state for whoever asks. The closure is short; the writer waits for it.
    pub(super) async fn look<R>(
        &self,
        who: Credential,
        look: impl FnOnce(&View, &Reader) -> Result<R, Denial>,
    ) -> Result<R, Denial> {
        let looked = self.engine.read(|view| {
            // Nothing is there to be read, and nobody to read it.
            if view.bank.origin().is_none() {
                return Err(Refusal::BankNotOpen {}.into());
            }
            look(view, &reader(view, who)?)
        });
        looked.await?
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
        self.look(who, |view, reader| {
            reader.check(view, read, &subject)?;
            look(view, reader)
        })
        .await
    }

    /// Looks at what is for everybody.
    pub(super) async fn look_in_public<R>(
        &self,
        look: impl FnOnce(&View) -> Result<R, Denial>,
    ) -> Result<R, Denial> {
        self.look(Credential::Unasked, |view, _| look(view)).await
    }
}

/// Who holds the key, if it is still good.
fn reader(view: &View, who: Credential) -> Result<Reader, Denial> {
    match who {
        Credential::Unasked | Credential::Missing => Ok(Reader::Anonymous),
        Credential::Key(key) => Ok(Reader::Known(view.bank.signer(&key, view.now)?)),
    }
}

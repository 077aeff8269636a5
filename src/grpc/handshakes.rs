//! TLS handshakes at work, each in a task of its own: one that hangs holds up nobody but itself.
//!
//! Their number and the time of each are bounded. Where all places are taken the oldest handshake gives way: an
//! honest one takes a few round trips, so whoever only holds places open is cut off first, and whoever has
//! just come is served.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::socket::Socket;
use super::stream::Stream;
use crate::tls::Tls;

/// The handshakes of one listener. Dropped, it ends them.
pub(super) struct Handshakes {
    tls: Tls,
    places: usize,
    time: Duration,
    tasks: JoinSet<Option<Stream>>,
    /// Those not known to have ended, oldest first; at most `places`.
    waiting: VecDeque<AbortHandle>,
}

impl Handshakes {
    /// `places` at least 1, `time` for each.
    pub(super) fn new(tls: Tls, places: usize, time: Duration) -> Self {
        Handshakes { tls, places, time, tasks: JoinSet::new(), waiting: VecDeque::new() }
    }

    /// Begins one. Inside a runtime.
    pub(super) fn begin(&mut self, stream: Socket) {
        if self.waiting.len() >= self.places {
            self.waiting.retain(|task| !task.is_finished());
        }
        if self.waiting.len() >= self.places
            && let Some(oldest) = self.waiting.pop_front()
        {
            tracing::debug!("every place for a TLS handshake is taken: the oldest gives way");
            oldest.abort();
        }
        let accept = TlsAcceptor::from(self.tls.config()).accept(stream);
        let time = self.time;
        let task = self.tasks.spawn(async move {
            // Noise from strangers: an operator who looks for a terminal's trouble asks for it.
            match tokio::time::timeout(time, accept).await {
                Ok(Ok(stream)) => Some(Stream::Tls(Box::new(stream))),
                Ok(Err(error)) => {
                    tracing::debug!(%error, "a TLS handshake failed");
                    None
                }
                Err(_) => {
                    tracing::debug!("a TLS handshake took too long");
                    None
                }
            }
        });
        self.waiting.push_back(task);
    }

    /// The next that is done. Pending also while none is at work; [`Handshakes::begin`] does not wake.
    pub(super) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<Stream> {
        loop {
            match std::task::ready!(self.tasks.poll_join_next(cx)) {
                Some(Ok(Some(stream))) => return Poll::Ready(stream),
                Some(Ok(None)) => {}
                Some(Err(error)) if error.is_cancelled() => {}
                Some(Err(error)) => tracing::error!(%error, "a TLS handshake panicked"),
                None => return Poll::Pending,
            }
        }
    }
}

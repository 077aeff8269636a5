//! Requests whose bodies are still on their way: they hold places like all others, and are the first to lose them.
//!
//! Whoever sends half a request, or a byte of it now and then, holds a place without giving anybody work. Where all
//! places are taken and one more request comes, the oldest of those that are still being sent gives way; a request
//! that came whole is never cut off for another. Each is also given a time in which it has to be there.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http::Request;
use http_body::{Frame, SizeHint};
use tokio::sync::oneshot;

use super::connections::{Connection, Incomplete};
use crate::access::Denial;

/// Which places a request takes beside those that all take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// None.
    Small,
    /// Those for requests of megabytes.
    Large,
    /// Those for pages of entries.
    Page,
}

/// Every request that is still being sent.
#[derive(Default)]
pub(super) struct Senders(Mutex<Table>);

#[derive(Default)]
struct Table {
    next: u64,
    /// Oldest first.
    open: BTreeMap<u64, (Kind, oneshot::Sender<()>)>,
}

impl Senders {
    /// Watches a request until all of its body is there, or nobody wants it any more; none where it came whole.
    pub(super) fn watch(
        self: &Arc<Self>,
        request: Request<Body>,
        kind: Kind,
    ) -> (Request<Body>, Option<Sending>) {
        if request.body().is_end_stream() {
            return (request, None);
        }
        let connection = request.extensions().get::<Arc<Connection>>();
        let incomplete = connection.map(Connection::incomplete);
        let (tell, told) = oneshot::channel();
        let id = {
            let mut table = self.table();
            let id = table.next;
            table.next += 1;
            table.open.insert(id, (kind, tell));
            id
        };
        let ticket = Ticket { senders: self.clone(), id, _incomplete: incomplete };
        let request = request.map(|body| Body::new(Arriving { body, ticket: Some(ticket) }));
        (request, Some(Sending(told)))
    }

    /// Tells the oldest of a kind (none: of any) to give its place up. Whether there was one.
    pub(super) fn one_gives_way(&self, kind: Option<Kind>) -> bool {
        let mut table = self.table();
        let oldest = table.open.iter().find(|(_, (of, _))| kind.is_none_or(|kind| kind == *of));
        let Some(id) = oldest.map(|(id, _)| *id) else { return false };
        if let Some((_, tell)) = table.open.remove(&id) {
            // Who does not hear it is just being dropped, and gives its place up as well.
            let _ = tell.send(());
        }
        true
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request that is still being sent, as whoever answers it sees it.
pub(super) struct Sending(oneshot::Receiver<()>);

impl Sending {
    /// Ends when the body must not be waited for any longer, and why; never once all of it has come.
    pub(super) async fn given_up(self, time: Option<Duration>) -> Denial {
        let told = match time {
            None => self.0.await,
            Some(time) => match tokio::time::timeout(time, self.0).await {
                Ok(told) => told,
                Err(_) => return Denial::DeadlineExceeded,
            },
        };
        match told {
            Ok(()) => Denial::Overloaded,
            Err(_) => std::future::pending().await,
        }
    }
}

/// Held by a body until it is through.
struct Ticket {
    senders: Arc<Senders>,
    id: u64,
    _incomplete: Option<Incomplete>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.senders.table().open.remove(&self.id);
    }
}

/// A body on its way.
struct Arriving {
    body: Body,
    ticket: Option<Ticket>,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let arriving = self.get_mut();
        let frame = std::task::ready!(Pin::new(&mut arriving.body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) || arriving.body.is_end_stream() {
            arriving.ticket = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: Body) -> Request<Body> {
        Request::new(body)
    }

    /// A body of which nothing comes.
    fn endless() -> Body {
        Body::from_stream(tokio_stream::pending::<Result<Bytes, std::io::Error>>())
    }

    #[tokio::test]
    async fn the_oldest_gives_way_and_whoever_came_whole_is_not_known() {
        let senders = Arc::new(Senders::default());
        assert!(senders.watch(request(Body::empty()), Kind::Small).1.is_none());
        assert!(!senders.one_gives_way(None));
        let (_first, small) = senders.watch(request(endless()), Kind::Small);
        let (_second, large) = senders.watch(request(endless()), Kind::Large);
        let (third, dropped) = senders.watch(request(endless()), Kind::Page);
        drop(third);
        assert!(!senders.one_gives_way(Some(Kind::Page)));
        assert!(senders.one_gives_way(Some(Kind::Large)));
        assert!(matches!(large.unwrap().given_up(None).await, Denial::Overloaded));
        assert!(senders.one_gives_way(None));
        assert!(matches!(small.unwrap().given_up(None).await, Denial::Overloaded));
        assert!(!senders.one_gives_way(None));
        let never = dropped.unwrap().given_up(Some(Duration::from_millis(1)));
        assert!(tokio::time::timeout(Duration::from_millis(30), never).await.is_err());
    }

    #[tokio::test]
    async fn a_body_that_is_through_holds_nobody_up_and_one_that_is_late_is_given_up() {
        let senders = Arc::new(Senders::default());
        let (sent, sending) = senders.watch(request(Body::from("all of it")), Kind::Small);
        let read = axum::body::to_bytes(sent.into_body(), 100).await.unwrap();
        assert_eq!(&read[..], b"all of it");
        assert!(!senders.one_gives_way(None));
        let never = sending.unwrap().given_up(Some(Duration::from_millis(1)));
        assert!(tokio::time::timeout(Duration::from_millis(30), never).await.is_err());
        let (_late, sending) = senders.watch(request(endless()), Kind::Small);
        let late = sending.unwrap().given_up(Some(Duration::from_millis(1))).await;
        assert!(matches!(late, Denial::DeadlineExceeded));
    }
}

//! Every request with its connection: it is at work until the last of its answer is through, what of the answer was not
//! taken is counted, and whoever leaves too much is answered nothing new.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http::{Request, StatusCode, Version};
use http_body::{Frame, SizeHint};

use crate::access::Denial;
use crate::wire::limits::{ANSWER_PIECE_BYTES, LARGE_ANSWER_BYTES};

use super::connections::{AtWork, Connection, Left};
use super::gate::{Caller, ENTRIES_PATH};
use super::socket::Line;

/// Before everything else, where a connection of ours brings the request.
pub(super) async fn received<F>(mut request: Request<Body>, next: impl FnOnce(Request<Body>) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let Some(line) = request.extensions_mut().remove::<Line>() else { return next(request).await };
    let Line { tcp, connection } = line;
    if request.version() < Version::HTTP_2 {
        connection.speaks_http1();
    }
    let at_work = connection.ask();
    // Until it is there nobody knows how large it is; many that are made at once must not all be.
    let expected = if request.uri().path() == ENTRIES_PATH { LARGE_ANSWER_BYTES } else { 0 };
    if !connection.has_room_for(expected) {
        return Caller::of(request.headers()).deny(Denial::Overloaded);
    }
    request.extensions_mut().insert(tcp);
    request.extensions_mut().insert(connection.visitor().clone());
    if !request.body().is_end_stream() {
        request.extensions_mut().insert(connection.clone());
    }
    let expected = (expected > 0).then(|| connection.left(expected));
    let answer = next(request).await;
    drop(expected);
    let refused = too_many(&answer);
    if refused > 0 {
        connection.slow_down(refused);
    }
    answer.map(|body| Body::new(Told::new(body, connection, at_work)))
}

/// How many commands of a batch were refused because too many before were wrong; with its answer.
#[derive(Clone, Copy)]
pub(super) struct TooMany(pub(super) u32);

/// How much of what was asked was refused because there was too much of it.
fn too_many(answer: &Response) -> u32 {
    if let Some(TooMany(commands)) = answer.extensions().get() {
        return *commands;
    }
    // RESOURCE_EXHAUSTED, where it is the whole answer.
    let is_grpcs = answer.headers().get("grpc-status").is_some_and(|status| status == "8");
    u32::from(is_grpcs || answer.status() == StatusCode::TOO_MANY_REQUESTS)
}

/// An answer's body that counts what is not taken. What is large is handed on in pieces: whoever takes it slowly, piece
/// by piece, is told from whoever takes nothing.
struct Told {
    body: Body,
    /// Read ahead, so that it is counted while nobody asks for it; or what is left of a large one.
    first: Option<Frame<Bytes>>,
    connection: Arc<Connection>,
    /// Of the first.
    left: Option<Left>,
    _at_work: AtWork,
}

impl Told {
    fn new(mut body: Body, connection: Arc<Connection>, at_work: AtWork) -> Told {
        // What is there already is taken out now: an answer that waits for its caller has its size then. A stream that
        // has nothing yet is asked again by whoever sends it, under a waker of its own; so is one that failed.
        let polled = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        let (first, body) = match polled {
            Poll::Ready(Some(Ok(frame))) => (Some(frame), body),
            Poll::Ready(Some(Err(error))) => (None, Body::new(Failed(Some(error)))),
            Poll::Ready(None) => (None, Body::empty()),
            Poll::Pending => (None, body),
        };
        let bytes = first.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len);
        let left = (bytes > 0).then(|| connection.left(bytes));
        Told { body, first, connection, left, _at_work: at_work }
    }
}

impl HttpBody for Told {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let told = self.get_mut();
        let frame = match told.first.take() {
            Some(first) => Some(Ok(first)),
            None => std::task::ready!(Pin::new(&mut told.body).poll_frame(cx)),
        };
        let left = told.left.take();
        Poll::Ready(frame.map(|frame| {
            let frame = frame?;
            Ok(match frame.into_data() {
                Ok(bytes) if bytes.is_empty() => Frame::data(bytes),
                Ok(mut bytes) => {
                    let mut left = left.unwrap_or_else(|| told.connection.left(bytes.len()));
                    if bytes.len() > ANSWER_PIECE_BYTES {
                        let rest = bytes.split_off(ANSWER_PIECE_BYTES);
                        let piece = left.split(ANSWER_PIECE_BYTES);
                        (told.first, told.left) = (Some(Frame::data(rest)), Some(left));
                        left = piece;
                    }
                    Frame::data(Bytes::from_owner(Counted { bytes, _left: left }))
                }
                Err(trailers) => trailers,
            })
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.body.size_hint();
        let first = self.first.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len) as u64;
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + first);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + first);
        }
        hint
    }
}

/// Bytes that are counted until the transport lets go of them.
struct Counted {
    bytes: Bytes,
    _left: Left,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A body that failed before anything came of it.
struct Failed(Option<axum::Error>);

impl HttpBody for Failed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::connections::Connections;
    use super::*;
    use crate::access::Tries;

    #[tokio::test]
    async fn a_large_answer_is_taken_in_pieces_and_each_counts_until_it_is_let_go_of() {
        let house = Connections::new(9, Duration::from_secs(60), Duration::from_secs(60), Tries::new());
        let seat = house.admit(None).unwrap();
        let whole: Vec<u8> = (0..300_000u32).map(|number| number as u8).collect();
        let told = Told::new(Body::from(whole.clone()), seat.0.clone(), seat.0.ask());
        assert_eq!((told.size_hint().exact(), house.counts().unread), (Some(300_000), 300_000));
        let mut told = std::pin::pin!(told);
        let (mut taken, mut held) = (Vec::new(), None);
        while let Some(frame) = std::future::poll_fn(|cx| told.as_mut().poll_frame(cx)).await {
            let piece = frame.unwrap().into_data().unwrap();
            assert!(piece.len() <= ANSWER_PIECE_BYTES);
            // The piece before is let go of only now.
            let before = held.replace(piece.clone()).map_or(0, |before| before.len());
            taken.extend_from_slice(&piece);
            assert_eq!(house.counts().unread, whole.len() - taken.len() + piece.len());
            assert!(before == 0 || before == ANSWER_PIECE_BYTES);
            assert_eq!(told.size_hint().exact(), Some((whole.len() - taken.len()) as u64));
            assert_eq!(told.is_end_stream(), taken.len() == whole.len());
        }
        assert_eq!(taken, whole);
        drop(held);
        assert_eq!(house.counts().unread, 0);
    }
}

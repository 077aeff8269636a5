//! Accepted connections, each with a place among those that are served, under TLS once their handshakes are done. A machine that is out of file descriptors
//! fails every accept at once; this waits a moment then, where a plain stream would spin.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

use super::connections::Connections;
use super::handshakes::Handshakes;
use super::socket::Socket;
use super::stream::Stream;

/// The wait after an accept that failed.
const PAUSE: Duration = Duration::from_millis(100);

/// Connections of a listener, with TCP_NODELAY: answers are small and wanted at once.
pub(super) struct Incoming {
    listener: TcpListener,
    pause: Option<Pin<Box<Sleep>>>,
    connections: Arc<Connections>,
    /// The time in which something has to be asked on a connection.
    first: Duration,
    /// None: connections are served as they come.
    handshakes: Option<Handshakes>,
}

impl Incoming {
    pub(super) fn new(
        listener: TcpListener,
        connections: Arc<Connections>,
        first: Duration,
        handshakes: Option<Handshakes>,
    ) -> Self {
        Incoming { listener, pause: None, connections, first, handshakes }
    }
}

/// There is no room, and everybody is at work. Said in the words of HTTP/1.1, as far as the socket takes them at once:
/// browsers and proxies wait then, gRPC clients take it for an end of the connection and come again.
fn turn_away(stream: &TcpStream) {
    let _ = stream.try_write(
        b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    );
}

/// What the kernel took for a caller who does not take it is given up by the kernel, with the connection: nobody above
/// sees that such an answer never arrives. A kernel that cannot do it keeps it for as long as it likes.
fn give_up_after(stream: &TcpStream, stall: Duration) {
    #[cfg(target_os = "linux")]
    {
        let millis = u32::try_from(stall.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, millis) {
            tracing::debug!(%error, "no time for what a caller does not take");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, stall);
}

impl tokio_stream::Stream for Incoming {
    type Item = io::Result<Stream>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let incoming = &mut *self;
        loop {
            // First, and again after every accept: a flood of new connections holds no finished handshake up,
            // and whatever was begun in this poll is waited for.
            if let Some(handshakes) = incoming.handshakes.as_mut()
                && let Poll::Ready(stream) = handshakes.poll_done(cx)
            {
                return Poll::Ready(Some(Ok(stream)));
            }
            if let Some(pause) = incoming.pause.as_mut() {
                std::task::ready!(pause.as_mut().poll(cx));
                incoming.pause = None;
            }
            match std::task::ready!(incoming.listener.poll_accept(cx)) {
                Ok((stream, peer)) => {
                    let Some(seat) = incoming.connections.admit(Some(peer)) else {
                        turn_away(&stream);
                        continue;
                    };
                    // A connection that is gone again fails by itself.
                    let _ = stream.set_nodelay(true);
                    give_up_after(&stream, incoming.connections.stall());
                    let stream = Socket::new(stream, seat, incoming.first);
                    match incoming.handshakes.as_mut() {
                        None => return Poll::Ready(Some(Ok(Stream::Plain(stream)))),
                        Some(handshakes) => handshakes.begin(stream),
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "accepting a connection");
                    incoming.pause = Some(Box::pin(tokio::time::sleep(PAUSE)));
                }
            }
        }
    }
}

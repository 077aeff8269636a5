//! A socket with its place among the connections: it ends when it has to give way, when nothing is asked on it in time,
//! and when the caller takes none of what is written to it for too long. A caller whose tries are refused for being too
//! many is read more slowly.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tonic::transport::server::{Connected, TcpConnectInfo};

use super::connections::{Connection, Seat};

/// The socket.
pub(super) struct Socket {
    tcp: TcpStream,
    seat: Seat,
    /// Until when something has to be asked; none once it was.
    first: Option<Pin<Box<Sleep>>>,
    /// Since the kernel takes no more: until when it has to.
    stalled: Option<Pin<Box<Sleep>>>,
    /// While a flood is held up: until then.
    slowed: Option<Pin<Box<Sleep>>>,
}

/// What a request knows of where it came from.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) tcp: TcpConnectInfo,
    pub(super) connection: Arc<Connection>,
}

impl Socket {
    /// Inside a runtime. `first`: the time in which something has to be asked.
    pub(super) fn new(tcp: TcpStream, seat: Seat, first: Duration) -> Socket {
        Socket { tcp, seat, first: Some(Box::pin(tokio::time::sleep(first))), stalled: None, slowed: None }
    }

    /// Whether nothing is read now, because too much was refused of what was.
    fn is_slowed(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            if let Some(slowed) = self.slowed.as_mut() {
                if slowed.as_mut().poll(cx).is_pending() {
                    return true;
                }
                self.slowed = None;
            }
            // Refused meanwhile, while what was read before is answered.
            let pause = self.seat.0.slowed();
            if pause.is_zero() {
                return false;
            }
            self.slowed = Some(Box::pin(tokio::time::sleep(pause)));
        }
    }

    /// An answer of the kernel to a write; a caller that takes nothing for too long is given up.
    fn written<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if self.seat.0.is_closing() {
            return Poll::Ready(Err(io::Error::new(ErrorKind::ConnectionAborted, "gave way")));
        }
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let stall = self.seat.0.stall();
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(stall)));
        match stalled.as_mut().poll(cx) {
            Poll::Ready(()) => {
                self.seat.0.gave_up();
                Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "nothing is taken")))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Connected for Socket {
    type ConnectInfo = Line;

    fn connect_info(&self) -> Line {
        Line { tcp: self.tcp.connect_info(), connection: self.seat.0.clone() }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        let gave_way = || Poll::Ready(Err(io::Error::new(ErrorKind::ConnectionAborted, "gave way")));
        if socket.seat.0.is_closing() {
            return gave_way();
        }
        if let Some(first) = socket.first.as_mut() {
            if socket.seat.0.has_asked() {
                socket.first = None;
            } else if first.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "nothing was asked")));
            }
        }
        let polled = match socket.is_slowed(cx) {
            true => Poll::Pending,
            false => Pin::new(&mut socket.tcp).poll_read(cx, buffer),
        };
        if polled.is_pending() {
            socket.seat.0.wakes(cx.waker());
            if socket.seat.0.is_closing() {
                return gave_way();
            }
        }
        polled
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        let polled = Pin::new(&mut socket.tcp).poll_write(cx, bytes);
        socket.written(cx, polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        let polled = Pin::new(&mut socket.tcp).poll_write_vectored(cx, slices);
        socket.written(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        let polled = Pin::new(&mut socket.tcp).poll_flush(cx);
        socket.written(cx, polled)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_shutdown(cx)
    }
}

//! HTTP/2 by hand, as far as doing it wrong needs: a preface, requests, resets, and windows of any size.

use std::net::SocketAddr;

use prost::Message;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A connection that is not polite.
pub struct Frames {
    pub stream: TcpStream,
    next: u32,
}

impl Frames {
    /// Connects; the server may send at most `window` bytes of each answer, and as much as that of all.
    pub async fn connect(address: SocketAddr, window: u32) -> Frames {
        Frames::begin(TcpStream::connect(address).await.expect("a connection"), window).await
    }

    /// The same on a connection that is there.
    pub async fn begin(mut stream: TcpStream, window: u32) -> Frames {
        let mut bytes = PREFACE.to_vec();
        // INITIAL_WINDOW_SIZE is setting 4.
        let setting = [&4u16.to_be_bytes()[..], &window.to_be_bytes()].concat();
        bytes.extend(frame(SETTINGS, 0, 0, &setting));
        if let Some(more) = window.checked_sub(65_535).filter(|more| *more > 0) {
            bytes.extend(frame(WINDOW_UPDATE, 0, 0, &more.to_be_bytes()));
        }
        stream.write_all(&bytes).await.expect("a preface");
        Frames { stream, next: 1 }
    }

    /// A whole gRPC request, as bytes, and its stream.
    pub fn request(&mut self, path: &str, token: &str, message: &impl Message) -> (Vec<u8>, u32) {
        let (mut bytes, id) = self.head(path, token);
        let message = message.encode_to_vec();
        let mut body = vec![0];
        body.extend_from_slice(&(message.len() as u32).to_be_bytes());
        body.extend_from_slice(&message);
        bytes.extend(frame(DATA, END_STREAM, id, &body));
        (bytes, id)
    }

    /// The head of a gRPC request and nothing of its message, as bytes, and its stream.
    pub fn head(&mut self, path: &str, token: &str) -> (Vec<u8>, u32) {
        let id = self.next;
        self.next += 2;
        let mut headers = vec![0x83, 0x86, 0x04];
        text(&mut headers, path);
        headers.push(0x01);
        text(&mut headers, "bank.example");
        headers.extend([0x0f, 0x10]);
        text(&mut headers, "application/grpc");
        headers.push(0x00);
        text(&mut headers, "te");
        text(&mut headers, "trailers");
        if !token.is_empty() {
            headers.extend([0x0f, 0x08]);
            text(&mut headers, &format!("Bearer {token}"));
        }
        (frame(HEADERS, END_HEADERS, id, &headers), id)
    }

    /// Takes and throws away what has come. Whether the connection is still there.
    pub fn drain(&mut self) -> bool {
        let mut bytes = [0; 16 << 10];
        loop {
            match self.stream.try_read(&mut bytes) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
            }
        }
    }

    /// Waits until the server has hung up, taking what comes.
    pub async fn hung_up(mut self) {
        let mut bytes = [0; 16 << 10];
        while matches!(self.stream.read(&mut bytes).await, Ok(1..)) {}
    }
}

/// A stream that is not wanted any more.
pub fn reset(id: u32) -> Vec<u8> {
    // CANCEL is 8.
    frame(RST_STREAM, 0, id, &8u32.to_be_bytes())
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// A string of HPACK, as it is; at most 254 bytes.
fn text(bytes: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()).expect("a short text") {
        short @ ..127 => bytes.push(short),
        long => bytes.extend([127, long - 127]),
    }
    bytes.extend_from_slice(text.as_bytes());
}

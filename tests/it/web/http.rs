//! A browser of forty lines: HTTP/1.1 over a socket, so that what is counted is what goes over the wire.

use std::net::SocketAddr;

use civbank::engine::Engine;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The pages on a port of their own. The task ends with the test's runtime.
pub async fn serve(engine: &Engine) -> SocketAddr {
    serve_with(engine, civbank::web::Settings::default()).await
}

/// The same with settings.
pub async fn serve_with(engine: &Engine, settings: civbank::web::Settings) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = civbank::web::router_with(engine.clone(), settings).expect("randomness");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in small letters.
    headers: Vec<(String, String)>,
    pub body: String,
    /// Everything that came, head and body.
    pub bytes: usize,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// Whether the page says so, whatever the markup between.
    pub fn says(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// The page's text without its markup, one blank where there is any space or another box begins.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut rest = self.body.as_str();
        while let Some((before, tag)) = rest.split_once('<') {
            text.push_str(before);
            let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
            let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
            if !matches!(name, "b" | "small" | "a") {
                text.push(' ');
            }
            rest = after;
        }
        text.push_str(rest);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

pub async fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, "GET", path, "").await
}

pub async fn ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> Answer {
    send(address, method, path, headers, &[]).await
}

/// A POST with a body; `headers` name its type.
pub async fn post(address: SocketAddr, path: &str, headers: &str, body: &[u8]) -> Answer {
    let headers = format!("{headers}Content-Length: {}\r\n", body.len());
    send(address, "POST", path, &headers, body).await
}

async fn send(address: SocketAddr, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: bank.example\r\nConnection: close\r\n{headers}\r\n");
    let request = [request.as_bytes(), body].concat();
    // A server that has seen enough may hang up before all is sent; its answer counts.
    let _ = socket.write_all(&request).await;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.expect("an answer");
    let bytes = answer.len();
    // What is compressed is no text; its head is.
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.to_lowercase(), value.to_owned())
    };
    Answer {
        status: status.expect("a status"),
        headers: lines.map(header).collect(),
        body: body.to_owned(),
        bytes,
    }
}

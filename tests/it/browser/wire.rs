//! W3C WebDriver is JSON over HTTP; this is all of it that is needed.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Asks the driver, answers the value; an error in its words.
pub async fn ask(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
    let asked = tokio::time::timeout(Duration::from_secs(60), exchange(port, method, path, body));
    let (status, text) =
        asked.await.map_err(|_| "the driver does not answer".to_owned())?.map_err(|e| e.to_string())?;
    let mut answer: Value = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let value = answer["value"].take();
    if status == 200 { Ok(value) } else { Err(format!("{status} {value}")) }
}

async fn exchange(
    port: u16,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> std::io::Result<(u16, Vec<u8>)> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(body.as_bytes()).await?;
    let mut answer = Vec::new();
    loop {
        if let Some(whole) = whole(&answer) {
            return Ok(whole);
        }
        if socket.read_buf(&mut answer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Status and body, once as much came as the head promises.
fn whole(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).expect("a head is text").to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.expect("a length").trim().parse().expect("a length");
    let body = answer.get(end + 4..end + 4 + length)?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    Some((status, body.to_vec()))
}

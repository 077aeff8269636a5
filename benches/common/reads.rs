//! What reading costs: a balance in process, a passbook's page over HTTP, a statement over gRPC.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Request;
use tonic::transport::Endpoint;

use civbank::engine::Engine;
use civbank::wire::dsse::CHALLENGE;
use civbank::wire::pb::bank_service_client::BankServiceClient;
use civbank::wire::pb::session_service_client::SessionServiceClient;
use civbank::wire::signature::{public_key, sign_one};
use civbank::wire::{limits::STATEMENT_PAGE, pb};

use super::county::County;

/// Reads of a balance in one measurement.
const BALANCES: usize = 20_000;

/// Microseconds of one balance read in process, by households far from each other: median and 99 %.
pub async fn balance(engine: &Engine, county: &County) -> anyhow::Result<(f64, f64)> {
    let all = county.size().households_in_all();
    let households = (0..BALANCES).map(|number| county.household(number * 7_919 % all));
    let mut taken = Vec::with_capacity(BALANCES);
    for household in households.collect::<anyhow::Result<Vec<_>>>()? {
        let start = Instant::now();
        let balance =
            engine.read(|view| view.bank.household(household).map(|book| book.points.balance)).await?;
        taken.push(start.elapsed());
        ensure!(balance.is_ok_and(|balance| balance > 0), "a household without points");
    }
    Ok(middle_and_late(taken))
}

/// Reads the newest page of a household's book and its statement so many times each; says how long that took and
/// how many lines the statement had.
pub async fn book(address: &str, county: &County, household: usize, times: usize) -> anyhow::Result<Value> {
    let household = county.household(household)?;
    let token = URL_SAFE_NO_PAD.encode(county.view_token(household));
    let mut pages = Vec::with_capacity(times);
    let mut bytes = 0;
    for _ in 0..times {
        let start = Instant::now();
        bytes = page(address, &format!("/p/{token}")).await?;
        pages.push(start.elapsed());
    }

    let channel = Endpoint::from_shared(format!("http://{address}"))?.tcp_nodelay(true).connect().await?;
    let mut sessions = SessionServiceClient::new(channel.clone());
    let challenge = sessions.create_challenge(pb::CreateChallengeRequest {}).await?.into_inner().challenge;
    let card = county.card(household);
    let session = pb::CreateSessionRequest {
        public_key: public_key(&card).0.to_vec(),
        signature: sign_one(&card, CHALLENGE, &challenge).to_vec(),
        challenge,
    };
    let token = sessions.create_session(session).await?.into_inner().token;
    let mut desk = BankServiceClient::new(channel);
    // A page as it comes to whoever names no size, and the longest that may be asked for.
    let (mut usual, mut longest, mut lines) = (Vec::with_capacity(times), Vec::with_capacity(times), [0, 0]);
    for _ in 0..times {
        for (at, page_size, taken) in [(0, 0, &mut usual), (1, STATEMENT_PAGE.most, &mut longest)] {
            let asked = pb::ListStatementRequest {
                household: household.to_string(),
                page_size: page_size as i32,
                page_token: String::new(),
            };
            let mut request = Request::new(asked);
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse()?);
            let start = Instant::now();
            lines[at] = desk.list_statement(request).await?.into_inner().lines.len();
            taken.push(start.elapsed());
        }
    }
    let (page, page_p99) = middle_and_late(pages);
    let (usual, usual_p99) = middle_and_late(usual);
    let (statement, statement_p99) = middle_and_late(longest);
    Ok(json!({
        "lines": lines[1],
        "usual_lines": lines[0],
        "usual_statement_us": usual,
        "usual_statement_p99_us": usual_p99,
        "page_bytes": bytes,
        "page_us": page,
        "page_p99_us": page_p99,
        "statement_us": statement,
        "statement_p99_us": statement_p99,
    }))
}

/// Reads passbooks of households far from each other, one after the other, as phones do that scan cards; says how
/// long a page took and what it weighs, compressed and plain.
pub async fn pages(address: &str, county: &County, times: usize) -> anyhow::Result<Value> {
    let all = county.size().households_in_all();
    let mut taken = Vec::with_capacity(times);
    let (mut bytes, mut plain_bytes) = (0, 0);
    for number in 0..times {
        let household = county.household(number * 7_919 % all)?;
        let path = format!("/p/{}", URL_SAFE_NO_PAD.encode(county.view_token(household)));
        let start = Instant::now();
        let length = ask(address, &path, "accept-encoding: gzip\r\n").await?;
        taken.push(start.elapsed());
        bytes = bytes.max(length);
        plain_bytes = plain_bytes.max(page(address, &path).await?);
    }
    let (median, p99) = middle_and_late(taken);
    Ok(json!({ "page_us": median, "page_p99_us": p99, "page_bytes": bytes, "page_plain_bytes": plain_bytes }))
}

/// Gets a page over a connection of its own, as a phone that scans a card does. Answers its bytes.
async fn page(address: &str, path: &str) -> anyhow::Result<usize> {
    ask(address, path, "").await
}

async fn ask(address: &str, path: &str, headers: &str) -> anyhow::Result<usize> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let head = answer.get(..15).context("an answer")?;
    ensure!(head.starts_with(b"HTTP/1.1 200"), "a page is not there: {}", String::from_utf8_lossy(head));
    Ok(answer.len())
}

fn middle_and_late(mut taken: Vec<Duration>) -> (f64, f64) {
    taken.sort();
    let at = |percent: usize| {
        let at = taken.len().saturating_sub(1) * percent / 100;
        taken.get(at).map_or(0.0, |one| one.as_nanos() as f64 / 1_000.0)
    };
    (at(50), at(99))
}

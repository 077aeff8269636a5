//! Callers that send half of what they have to say, or take nothing of what they hear, by the hundred: over HTTP/1.1 and
//! over HTTP/2.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use civbank::grpc::Options;
use civbank::wire::pb;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::frames::Frames;
use super::house::{Good, House, LONG, MIB, many_sockets, metrics, token};
use crate::it::grpc::world::{Town, quick, submit};
use crate::it::web::http;

const SUBMIT: &str = "/civbank.v1.LedgerService/Submit";
const BATCH: &str = "/civbank.v1.LedgerService/SubmitBatch";
const LIST: &str = "/civbank.v1.LedgerService/ListEntries";
const UPLOAD: &str = "/civbank.v1.DocumentService/PutDocument";
const MANY: usize = 200;

/// A page that reads what is sent to it.
fn reading() -> Router {
    Router::new().fallback(|body: Bytes| async move { body.len().to_string() })
}

/// The head of a POST that promises more than ever comes.
fn post(path: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: bank.example\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n"
    )
    .into_bytes()
}

/// Says something now and then, for as long as it is listened to.
fn trickle(mut write: OwnedWriteHalf) -> JoinHandle<()> {
    tokio::spawn(async move {
        while write.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
}

/// A connection that trickles the body of a POST.
async fn slow_body(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(&post(path)).await.expect("a head");
    stream
}

/// Everything that is answered until the server hangs up.
async fn heard(stream: TcpStream) -> String {
    let (mut read, write) = stream.into_split();
    let trickling = trickle(write);
    let (mut said, mut bytes) = (Vec::new(), [0; 4_096]);
    let hung_up = async {
        while let Ok(count @ 1..) = read.read(&mut bytes).await {
            said.extend_from_slice(&bytes[..count]);
        }
    };
    tokio::time::timeout(LONG, hung_up).await.expect("it is hung up on");
    trickling.abort();
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_trickle_are_given_up_in_time() {
    let body_time = Duration::from_millis(700);
    let town = Town::with(Options { body_time, ..quick() }, Some(reading())).await;
    let mut slow = JoinSet::new();
    let began = Instant::now();
    for _ in 0..MANY {
        let stream = slow_body(town.address, "/anything").await;
        slow.spawn(heard(stream));
    }
    let mut ledger = town.ledger().await;
    let mut served = 0;
    while !slow.is_empty() {
        while let Some(said) = slow.try_join_next() {
            let said = said.expect("heard");
            assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        }
        let deed = submit(town.envelope(town.deed("G01", 1, &[]), &["member"]));
        ledger.submit(deed).await.expect("others are served");
        served += 1;
    }
    println!(
        "{MANY} bodies that trickle are gone after {:?}; {served} commands beside them",
        began.elapsed()
    );
    assert!(began.elapsed() >= body_time && served > 1);
    // A body that comes slowly and comes is read.
    let mut honest = TcpStream::connect(town.address).await.unwrap();
    honest
        .write_all(b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 10\r\n\r\n")
        .await
        .unwrap();
    for _ in 0..10 {
        honest.write_all(b"x").await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut said = String::new();
    honest.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("\r\n\r\n10"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_halves_of_requests_gives_their_places_up_to_whole_ones() {
    let options = Options {
        requests_at_once: 20,
        large_requests_at_once: 4,
        request_time: LONG,
        upload_time: LONG,
        ..quick()
    };
    let town = Town::with(options, Some(reading())).await;
    let mut ledger = town.ledger().await;
    let officer = town.token("officer").await;
    // Over HTTP/1.1 bodies, over HTTP/2 messages of every kind; each takes a place, ten times as many as there are.
    let mut held = Vec::new();
    for _ in 0..50 {
        held.push(slow_body(town.address, "/anything").await);
    }
    let mut frames = Frames::connect(town.address, 65_535).await;
    for path in [SUBMIT, BATCH, LIST, UPLOAD] {
        for _ in 0..40 {
            let (head, _) = frames.head(path, "");
            frames.stream.write_all(&head).await.expect("a head");
        }
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    for _ in 0..5 {
        let deed = || submit(town.envelope(town.deed("G01", 1, &[]), &["member"]));
        ledger.submit(deed()).await.expect("a command is taken");
        let batch = pb::SubmitBatchRequest { requests: vec![deed()] };
        ledger.submit_batch(batch).await.expect("a batch is taken");
        let list = crate::it::grpc::world::signed_in(pb::ListEntriesRequest::default(), &officer);
        ledger.list_entries(list).await.expect("entries are listed");
        assert_eq!(http::post(town.address, "/", "", b"four").await.body, "4");
    }
    assert!(began.elapsed() < LONG / 2, "their time was waited for");
    // Those that gave way heard it; nobody else did.
    let mut gave_way = 0;
    for stream in held {
        let mut bytes = [0; 64];
        if let Ok(count @ 1..) = stream.try_read(&mut bytes) {
            assert!(bytes[..count].starts_with(b"HTTP/1.1 503"));
            gave_way += 1;
        }
    }
    assert!(gave_way >= 30, "{gave_way} gave way");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_request_that_is_never_whole_is_given_up_and_so_is_silence() {
    let quiet_time = Duration::from_millis(400);
    let town = Town::with(Options { quiet_time, ..quick() }, Some(reading())).await;
    let mut http2 = Frames::connect(town.address, 65_535).await;
    let (asked, _) =
        http2.request("/civbank.v1.LedgerService/GetCheckpoint", "", &pb::GetCheckpointRequest {});
    http2.stream.write_all(&asked).await.unwrap();
    let whole = b"GET / HTTP/1.1\r\nhost: bank.example\r\n\r\n";
    let halves = [b"".as_slice(), b"G", b"GET / HTTP/1.1\r\nhost: bank.example\r\nx-padding: "];
    for half in halves {
        let mut slow = JoinSet::new();
        for number in 0..MANY / 2 {
            let mut stream = TcpStream::connect(town.address).await.unwrap();
            // In one breath, or the half once the whole is answered.
            stream.write_all(whole).await.unwrap();
            if number % 2 == 0 {
                let mut bytes = [0; 1_024];
                assert!(stream.read(&mut bytes).await.unwrap() > 0);
            }
            stream.write_all(half).await.unwrap();
            slow.spawn(async move {
                let mut bytes = [0; 1_024];
                let hung_up = async {
                    while matches!(stream.read(&mut bytes).await, Ok(1..)) {
                        if half.len() > 1 {
                            let _ = stream.write_all(b"a").await;
                        }
                    }
                };
                tokio::time::timeout(Duration::from_secs(20), hung_up).await.is_ok()
            });
        }
        let deed = submit(town.envelope(town.deed("G01", 1, &[]), &["member"]));
        town.ledger().await.submit(deed).await.expect("others are served");
        assert!(slow.join_all().await.into_iter().all(|hung_up| hung_up), "{half:?} is waited for");
    }
    // HTTP/2 has pings of its own, and is quiet for as long as it likes.
    assert!(http2.drain());
}

/// A connection that can be sent a few thousand bytes and no more.
async fn narrow(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1_024).unwrap();
    socket.connect(address).await.expect("a connection")
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_only_the_kernel_took_are_given_up_with_their_connections() {
    let answer_stall = Duration::from_secs(1);
    let page = Router::new().fallback(|| async { "很长的页面".repeat(2_000) });
    let town = Town::with(Options { answer_stall, ..quick() }, Some(page)).await;
    let (mut unread, mut http2) = (Vec::new(), Vec::new());
    // Everything that is asked for fits the kernel's buffers: the server is done, and nobody takes it. A slow machine may
    // have closed the first before the last are there.
    for _ in 0..MANY / 2 {
        let mut stream = narrow(town.address).await;
        let _ = stream.write_all(&b"GET / HTTP/1.1\r\nhost: bank.example\r\n\r\n".repeat(5)).await;
        unread.push(stream);
    }
    for _ in 0..MANY / 10 {
        let mut frames = Frames::begin(narrow(town.address).await, 1 << 20).await;
        let mut asked = Vec::new();
        for _ in 0..200 {
            let checkpoint = pb::GetCheckpointRequest {};
            asked.extend(frames.request("/civbank.v1.LedgerService/GetCheckpoint", "", &checkpoint).0);
        }
        let _ = frames.stream.write_all(&asked).await;
        http2.push(frames);
    }
    // A connection that takes what it is sent stays.
    let mut taking = Frames::connect(town.address, 65_535).await;
    let gone = async {
        loop {
            let (asked, _) =
                taking.request("/civbank.v1.LedgerService/GetCheckpoint", "", &pb::GetCheckpointRequest {});
            taking.stream.write_all(&asked).await.unwrap();
            assert!(taking.drain());
            let samples = metrics(town.address).await;
            if samples["civbank_connections"] <= 3.0 {
                break samples["civbank_answers_unread_bytes"];
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    // Sooner than HTTP/1.1 is closed for being quiet, and HTTP/2 for not answering a ping.
    let began = Instant::now();
    let left = tokio::time::timeout(Duration::from_secs(20), gone).await.expect("they are let go of");
    println!("they are let go of after {:?}", began.elapsed());
    assert!(left < 100_000.0, "{left} bytes are held");
    drop((unread, http2));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_of_each_kind_cost_little_memory_and_a_good_client_works_on() {
    many_sockets(4_096);
    let house = House::open(250, &[], None).await;
    let officer = token(&house).await;
    let mut good = Good::new(&house).await;
    let (_, alone) = good.beside(tokio::time::sleep(Duration::from_secs(1))).await;
    let stalling = async {
        let (mut bodies, mut held, mut halves) = (JoinSet::new(), Vec::new(), Vec::new());
        for _ in 0..MANY {
            bodies.spawn(heard(slow_body(house.address, "/api/session").await));
            let mut half = TcpStream::connect(house.address).await.expect("a connection");
            half.write_all(b"GET / HTTP/1.1\r\nhost: bank.").await.expect("half a head");
            held.push(half);
            let mut unread = narrow(house.address).await;
            for _ in 0..20 {
                unread.write_all(b"GET / HTTP/1.1\r\nhost: bank.example\r\n\r\n").await.expect("a request");
            }
            held.push(unread);
        }
        for number in 0..8 {
            // More halves of messages than the server has places.
            let mut frames = Frames::connect(house.address, 0).await;
            for stream in 0..200 {
                let path = [SUBMIT, LIST, BATCH, UPLOAD][stream % 4];
                let (head, _) = frames.head(path, if number % 2 == 0 { &officer } else { "" });
                frames.stream.write_all(&head).await.expect("a head");
            }
            halves.push(frames);
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
        (bodies, held, halves)
    };
    let ((bodies, held, halves), beside) = good.beside(stalling).await;
    println!("a good client: {alone:.0} rounds a second alone, {beside:.0} beside them");
    house.is_within(128 * MIB, "beside 600 connections that stall and 1,600 halves of messages");
    let began = Instant::now();
    // The ten seconds of a page are over soon, for every one of them.
    let said = bodies.join_all().await;
    println!("the bodies are given up after {:?}", began.elapsed());
    assert!(
        said.iter().all(|said| said.starts_with("HTTP/1.1 5") || said.starts_with("HTTP/1.1 408")),
        "{said:?}"
    );
    good.works().await;
    drop((held, halves));
}

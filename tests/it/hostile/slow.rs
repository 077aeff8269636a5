//! Callers that take nothing of what they asked for, or take an hour to ask.

use std::time::Duration;

use civbank::grpc::Options;
use civbank::wire::pb;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::frames::{Frames, PREFACE};
use super::house::{Good, House, LONG, MIB, metrics, token};
use crate::it::grpc::world::{Town, quick, submit};

const LIST: &str = "/civbank.v1.LedgerService/ListEntries";
const WATCH: &str = "/civbank.v1.LedgerService/WatchEntries";

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_entries_that_nobody_takes_are_made_for_a_few_only() {
    let house = House::open(1_000, &[], None).await;
    let token = token(&house).await;
    let mut good = Good::new(&house).await;
    let asking = async {
        let mut hostile = Vec::new();
        for _ in 0..20 {
            // Not one byte of an answer may be sent.
            let mut frames = Frames::connect(house.address, 0).await;
            for _ in 0..200 {
                let list = pb::ListEntriesRequest { page_size: 500, ..Default::default() };
                let (bytes, _) = frames.request(LIST, &token, &list);
                // A server that has seen enough may hang up.
                let _ = frames.stream.write_all(&bytes).await;
            }
            hostile.push(frames);
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        hostile
    };
    let (hostile, rate) = good.beside(asking).await;
    println!("a good client beside them: {rate:.1} rounds a second");
    let unread = house.metrics().await["civbank_answers_unread_bytes"];
    println!("{} MiB of answers are not taken", unread as u64 / MIB);
    assert!(unread > 0.0 && unread <= (20 * 16 * MIB) as f64, "{unread}");
    house.is_within(256 * MIB, "beside 4,000 pages of entries that nobody takes");
    good.works().await;
    drop(hostile);
}

#[tokio::test(flavor = "multi_thread")]
async fn watchers_that_stall_cost_no_more_than_what_was_read_ahead() {
    let house = House::open(2_000, &[], None).await;
    let token = token(&house).await;
    let mut good = Good::new(&house).await;
    let watching = async {
        let mut stalled = Vec::new();
        for _ in 0..64 {
            let mut frames = Frames::connect(house.address, 1_000).await;
            let (bytes, _) = frames.request(WATCH, &token, &pb::WatchEntriesRequest { first_index: 0 });
            frames.stream.write_all(&bytes).await.expect("a request");
            stalled.push(frames);
        }
        while house.metrics().await["civbank_watchers"] < 64.0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        stalled
    };
    let (stalled, _) = good.beside(watching).await;
    house.is_within(128 * MIB, "beside 64 watchers that stall");
    good.works().await;
    drop(stalled);
}

/// Whether the server hangs up within a time that is far longer than what it was told to wait.
async fn is_hung_up_on(frames: Frames) {
    tokio::time::timeout(LONG, frames.hung_up()).await.expect("it is hung up on");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_nothing_of_an_answer_is_closed() {
    let town = Town::with(Options { answer_stall: Duration::from_millis(300), ..quick() }, None).await;
    let mut stalled = Frames::connect(town.address, 0).await;
    let (bytes, _) =
        stalled.request("/civbank.v1.LedgerService/GetCheckpoint", "", &pb::GetCheckpointRequest {});
    stalled.stream.write_all(&bytes).await.unwrap();
    let mut taking = Frames::connect(town.address, 65_535).await;
    let (bytes, _) =
        taking.request("/civbank.v1.LedgerService/GetCheckpoint", "", &pb::GetCheckpointRequest {});
    taking.stream.write_all(&bytes).await.unwrap();
    is_hung_up_on(stalled).await;
    assert_eq!(metrics(town.address).await["civbank_connections_closed_total{why=\"stalled\"}"], 1.0);
    assert!(taking.drain());
    // What was not taken is let go of.
    let let_go = async {
        while metrics(town.address).await["civbank_answers_unread_bytes"] > 100_000.0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, let_go).await.expect("it is let go of");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_an_hour_to_ask_is_closed_and_others_are_served() {
    let first_request_time = Duration::from_millis(400);
    let town = Town::with(Options { first_request_time, ..quick() }, None).await;
    let http1 = b"GET / HTTP/1.1\r\nhost: bank.example\r\nx-padding: ".as_slice();
    for head in [b"".as_slice(), &http1[..5], http1, &PREFACE[..10], PREFACE] {
        let mut stream = TcpStream::connect(town.address).await.unwrap();
        stream.write_all(head).await.unwrap();
        let (mut read, mut write) = stream.into_split();
        // A byte now and then: of a header, or after the preface of a frame; nothing that would be an error.
        let trickle = tokio::spawn(async move {
            while head == http1 && write.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            // Held open until the server has had enough.
            tokio::time::sleep(LONG).await;
        });
        let mut bytes = [0; 1_024];
        let hung_up = async { while matches!(read.read(&mut bytes).await, Ok(1..)) {} };
        tokio::time::timeout(LONG, hung_up).await.unwrap_or_else(|_| panic!("{head:?} is waited for"));
        trickle.abort();
        let deed = submit(town.envelope(town.deed("G01", 1, &[]), &["member"]));
        town.ledger().await.submit(deed).await.expect("others are served");
    }
}

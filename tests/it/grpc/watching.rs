//! `WatchEntries`: entries as they become durable.

use std::time::Duration;

use civbank::bank::command::Body;
use civbank::bank::ids::PublicKey;
use civbank::bank::words::RevocationGround;
use civbank::grpc::Options;
use civbank::wire::{Entry, pb};
use tonic::{Code, Status, Streaming};

use super::errors::denied;
use super::world::*;

async fn watch(town: &Town, token: &str, first_index: u64) -> Streaming<pb::WatchEntriesResponse> {
    let mut ledger = town.ledger().await;
    ok(ledger.watch_entries(signed_in(pb::WatchEntriesRequest { first_index }, token))).await
}

async fn take(stream: &mut Streaming<pb::WatchEntriesResponse>) -> Result<Entry, Status> {
    let next =
        tokio::time::timeout(Duration::from_secs(20), stream.message()).await.expect("an entry in time");
    let next = next?.expect("the stream goes on");
    let entry = Entry::decode(&next.entry).unwrap();
    assert_eq!(entry.index, next.index);
    Ok(entry)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_gets_what_is_there_and_what_comes() {
    let town = Town::new().await;
    let token = town.token("auditor").await;
    let size = town.engine.published().size;
    let mut stream = watch(&town, &token, 2).await;
    let mut ahead = watch(&town, &token, size + 1).await;
    for index in 2..size {
        assert_eq!(take(&mut stream).await.unwrap().index, index);
    }
    let written = [town.declare("G01", 1).await, town.declare("G01", 2).await];
    for index in written {
        assert_eq!(take(&mut stream).await.unwrap().index, index);
    }
    // From an index that did not exist yet.
    assert_eq!(take(&mut ahead).await.unwrap().index, size + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_the_server_goes_away() {
    let mut town = Town::new().await;
    let token = town.token("officer").await;
    let size = town.engine.published().size;
    let mut stream = watch(&town, &token, size - 1).await;
    take(&mut stream).await.unwrap();
    let stopped = town.begin_to_stop();
    denied(take(&mut stream).await, Code::Unavailable, "SHUTTING_DOWN");
    stopped.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_whose_key_dies_sees_no_more() {
    let town = Town::new().await;
    let token = town.token("auditor").await;
    let size = town.engine.published().size;
    let mut stream = watch(&town, &token, size).await;
    let key = PublicKey(public("auditor").try_into().unwrap());
    town.write(Body::RevokeKey { key, ground: RevocationGround::Left }, &["officer"]).await;
    denied(take(&mut stream).await, Code::Unauthenticated, "KEY_REVOKED");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_only_so_many_watchers() {
    let town = Town::with(Options { watchers: 2, ..quick() }, None).await;
    let token = town.token("auditor").await;
    let size = town.engine.published().size;
    let mut first = watch(&town, &token, size - 1).await;
    let second = watch(&town, &token, size - 1).await;
    let request = || signed_in(pb::WatchEntriesRequest { first_index: 0 }, &token);
    let mut ledger = town.ledger().await;
    denied(ledger.watch_entries(request()).await, Code::ResourceExhausted, "TOO_MANY_WATCHERS");
    take(&mut first).await.unwrap();
    // One who leaves makes room; the server notices in its own time.
    drop(second);
    let room = async {
        while let Err(status) = ledger.watch_entries(request()).await {
            assert_eq!(status.code(), Code::ResourceExhausted);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), room).await.expect("room for another watcher");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_does_not_read_is_cut_off() {
    let patience = Duration::from_millis(200);
    let town = Town::with(Options { watch_patience: patience, watchers: 1, ..quick() }, None).await;
    let token = town.token("auditor").await;
    // The smallest window that HTTP/2 begins with, so that little is on its way.
    let channel = town.endpoint().initial_stream_window_size(65_535).connect().await.unwrap();
    let mut ledger = pb::ledger_service_client::LedgerServiceClient::new(channel);
    let request = signed_in(pb::WatchEntriesRequest { first_index: 0 }, &token);
    let mut stream = ok(ledger.watch_entries(request)).await;

    // Far more than window, channel and buffers hold.
    let mut town_ledger = town.ledger().await;
    for _ in 0..6 {
        let requests = (0..250).map(|_| submit(town.envelope(town.deed("G01", 1, &[]), &["member"])));
        let requests = requests.collect();
        ok(town_ledger.submit_batch(pb::SubmitBatchRequest { requests })).await;
    }
    // Its place is free once the server has lost patience.
    let request = || signed_in(pb::WatchEntriesRequest { first_index: 0 }, &token);
    let mut other = town.ledger().await;
    let room = async {
        while other.watch_entries(request()).await.is_err() {
            tokio::time::sleep(patience).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), room).await.expect("the watcher is cut off");
    // What was on its way comes, then the reason.
    let mut taken = 0;
    let status = loop {
        match take(&mut stream).await {
            Ok(entry) => {
                assert_eq!(entry.index, taken);
                taken += 1;
            }
            Err(status) => break status,
        }
    };
    assert!(taken < town.engine.published().size, "{taken}");
    denied::<()>(Err(status), Code::ResourceExhausted, "WATCHER_TOO_SLOW");
}

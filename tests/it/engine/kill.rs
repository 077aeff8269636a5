//! `kill -9` under load: the real program serves, real clients send commands over gRPC, and it is killed at any
//! moment. Whatever it acknowledged must be there, and a retry of whatever was sent is answered once.
//!
//! `KILLS=200 cargo test --release --test it kill` kills it more often; `SEED=` throws other dice.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use civbank::demo::dice::Dice;
use civbank::engine::audit::audit;
use civbank::engine::{Engine, Home, SystemClock};
use civbank::wire::pb;
use civbank::wire::pb::ledger_service_client::LedgerServiceClient;
use prost::Message;
use tokio::sync::mpsc;
use tonic::transport::Channel;

use super::fixture::{ORIGIN, check_receipt, funding, officer, signed};
use crate::it::cli::program::Program;

/// How often the server is killed unless `KILLS` says otherwise.
const KILLS: usize = 20;
const CLIENTS: usize = 8;

/// What the clients know when the server is dead.
#[derive(Default)]
struct Told {
    /// Commands that were sent.
    asked: Vec<Vec<u8>>,
    /// Acknowledged: command to index and entry.
    acknowledged: BTreeMap<Vec<u8>, (u64, Vec<u8>)>,
}

/// Sends commands, each once, until the server is gone.
async fn client(mut server: LedgerServiceClient<Channel>, told: Arc<Mutex<Told>>, heard: mpsc::Sender<()>) {
    loop {
        let envelope = command();
        let asked = envelope.encode_to_vec();
        told.lock().expect("what was told").asked.push(asked.clone());
        let request = pb::SubmitRequest { envelope: Some(envelope), pin: String::new() };
        let Ok(answer) = server.submit(request).await else { return };
        let receipt = answer.into_inner().receipt.expect("a receipt");
        let acknowledged = (receipt.index, receipt.entry);
        told.lock().expect("what was told").acknowledged.insert(asked, acknowledged);
        if heard.send(()).await.is_err() {
            return;
        }
    }
}

pub fn command() -> pb::Envelope {
    let now = civbank::engine::Clock::now(&SystemClock);
    let request_id = *uuid::Uuid::now_v7().as_bytes();
    let not_after = civbank::bank::time::Time(now.0 + 3_600_000);
    let command = civbank::bank::Command { origin: ORIGIN.into(), request_id, not_after, body: funding(1) };
    signed(&command, &[&officer()])
}

pub async fn open(dir: &Path) -> Engine {
    let (parts, _) = Home::at(dir).open(Arc::new(SystemClock), None).expect("a directory that opens");
    Engine::start(parts, &mut |_, _, _| {}).expect("an engine")
}

/// One life of the server: killed after so many acknowledgements and a little while.
async fn live_and_die(
    program: &mut Program,
    acknowledgements: usize,
    linger: Duration,
    told: &Arc<Mutex<Told>>,
) {
    let server = program.serve("serve --dir bank");
    let channel = Channel::from_shared(program.server().to_owned()).expect("an address");
    let (heard, mut hearing) = mpsc::channel(CLIENTS);
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let channel = channel.connect().await.expect("a connection");
        clients.push(tokio::spawn(client(LedgerServiceClient::new(channel), told.clone(), heard.clone())));
    }
    drop(heard);
    for number in 0..acknowledgements {
        assert!(hearing.recv().await.is_some(), "the server ended by itself after {number} acknowledgements");
    }
    let listening = tokio::spawn(async move { while hearing.recv().await.is_some() {} });
    tokio::time::sleep(linger).await;
    server.kill();
    for client in clients {
        client.await.expect("a client");
    }
    listening.await.expect("a listener");
}

#[test]
fn kills_lose_nothing_that_was_acknowledged() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_u8);
    let lives = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    println!("SEED={seed} KILLS={lives}");
    let mut dice = Dice::new(&[seed; 32], "kills");
    let mut program = Program::new();
    let dir = program.path("bank");
    let home = Home::at(&dir);
    home.create(ORIGIN).expect("a new bank");
    let signer = home.signer().expect("the log's key");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let engine = open(&dir).await;
        engine.submit(first(), "").await.expect("entry 0");
        engine.shutdown().await;
    });

    let told = Arc::new(Mutex::new(Told::default()));
    for life in 0..lives {
        let (acknowledgements, linger) =
            (1 + dice.below(60), Duration::from_micros(dice.below(3_000) as u64));
        runtime.block_on(live_and_die(&mut program, acknowledgements, linger, &told));
        let report = audit(&home.journal(), signer.verifier(), &mut |_, _| {}).expect("a clean audit");
        println!("life {life}: {} entries, {} bytes torn", report.entries, report.torn_bytes);
        if life % 5 == 4 || life + 1 == lives {
            let mut told = told.lock().expect("what was told");
            runtime.block_on(check(&dir, &told));
            told.asked.clear();
        }
    }
    let report = audit(&home.journal(), signer.verifier(), &mut |_, _| {}).expect("a clean audit");
    let told = told.lock().expect("what was told");
    assert!(told.acknowledged.len() >= lives);
    println!("{} entries, {} acknowledged", report.entries, told.acknowledged.len());
    assert!(report.entries > told.acknowledged.len() as u64);
}

pub fn first() -> pb::Envelope {
    use civbank::bank::policy::{Bounds, Policy};
    let (head, title) = (super::fixture::head(), "柳林镇总行".into());
    let body = civbank::bank::Body::OpenBank { head, title, policy: Policy::DEFAULT, bounds: Bounds::FORMAT };
    let now = civbank::engine::Clock::now(&SystemClock);
    let request_id = *uuid::Uuid::now_v7().as_bytes();
    let not_after = civbank::bank::time::Time(now.0 + 3_600_000);
    signed(&civbank::bank::Command { origin: ORIGIN.into(), request_id, not_after, body }, &[&officer()])
}

/// Everything acknowledged is there with the same bytes; a retry of everything that was sent is answered with
/// the first entry or written once.
async fn check(dir: &Path, told: &Told) {
    let engine = open(dir).await;
    let signer = Home::at(dir).signer().expect("the log's key");
    for (index, entry) in told.acknowledged.values() {
        let bytes = engine.entry(*index).expect("a journal").expect("an acknowledged entry");
        assert_eq!(&bytes, entry, "entry {index}");
    }
    let before = engine.published().size;
    let mut seen = BTreeMap::new();
    let mut fresh = 0;
    for asked in &told.asked {
        let envelope = pb::Envelope::decode(&asked[..]).expect("what a client sent");
        let Ok(receipt) = engine.submit(envelope, "").await else {
            assert!(!told.acknowledged.contains_key(asked), "an acknowledged command was refused");
            continue;
        };
        check_receipt(&receipt, &signer);
        match told.acknowledged.get(asked) {
            Some((index, _)) => assert_eq!((receipt.index, receipt.repeated), (*index, true)),
            None => fresh += u64::from(!receipt.repeated),
        }
        assert_eq!(seen.insert(receipt.index, asked), None, "two commands are one entry");
    }
    assert_eq!(engine.published().size, before + fresh);
    engine.shutdown().await;
}

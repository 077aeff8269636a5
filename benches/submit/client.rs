//! The client process: signs redemptions before the clock starts, then sends them as so many waiting clients
//! over a few connections, and says how long each took.

use std::io::BufRead;
use std::time::{Duration, Instant};

use anyhow::Context;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use tonic::transport::{Channel, Endpoint};

use civbank::bank::ids::HouseholdId;
use civbank::wire::pb;
use civbank::wire::pb::ledger_service_client::LedgerServiceClient;

use super::process::say;
use super::scale::Scale;
use super::town::{County, Pen, redemption};

/// Connections at most: one alone does not use two cores.
const CONNECTIONS_MAX: usize = 8;
/// How long a signed redemption lives: enough for its own run. The bank remembers each id for so long.
const LIFE_MS: i64 = 30_000;

struct Client {
    cards: Vec<(HouseholdId, SigningKey)>,
    terminals: Vec<SigningKey>,
    households_of_village: usize,
    pen: Pen,
    /// The household that redeems next; all take turns.
    next: usize,
    /// Signed and not yet sent to the bank.
    ready: Vec<pb::SubmitRequest>,
}

/// Answers `{"sign": N}` and `{"send": ADDRESS, "clients": N, "keep": BOOL}`, one line each.
pub fn run(args: &[String]) -> anyhow::Result<()> {
    let scale = if args.iter().any(|arg| arg == "--smoke") { Scale::SMOKE } else { Scale::FULL };
    let county = County::new(&scale)?;
    let cards: Vec<_> = county.households().into_iter().map(|id| (id, county.card(id))).collect();
    let households_of_village = scale.households as usize;
    let terminals =
        cards.chunks(households_of_village).map(|village| county.terminal(village[0].0.branch())).collect();
    let pen = Pen::new("client")?;
    let mut client = Client { cards, terminals, households_of_village, pen, next: 0, ready: Vec::new() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    say(&json!({ "households": client.cards.len() }))?;
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        if let Some(count) = asked["sign"].as_u64() {
            client.sign(count as usize);
            say(&json!({ "signed": client.ready.len() }))?;
        } else {
            let address = asked["send"].as_str().context("an address")?;
            let clients = asked["clients"].as_u64().context("clients")? as usize;
            let keep = asked["keep"].as_bool().unwrap_or(false);
            let requests = if keep { client.ready.clone() } else { std::mem::take(&mut client.ready) };
            say(&runtime.block_on(send(address, clients, requests))?)?;
        }
    }
    Ok(())
}

impl Client {
    fn sign(&mut self, count: usize) {
        self.ready.clear();
        for _ in 0..count {
            // One step of a large stride each: neighbours in the queue are of different villages.
            let at = (self.next * 7_919) % self.cards.len();
            self.next += 1;
            let (household, card) = &self.cards[at];
            let terminal = &self.terminals[at / self.households_of_village];
            let envelope = self.pen.write(redemption(*household), &[terminal, card], LIFE_MS);
            self.ready.push(pb::SubmitRequest { envelope: Some(envelope), pin: String::new() });
        }
    }
}

/// Sends all requests, `clients` at a time, each client waiting for its answer before its next.
async fn send(address: &str, clients: usize, requests: Vec<pb::SubmitRequest>) -> anyhow::Result<Value> {
    let mut connections: Vec<LedgerServiceClient<Channel>> = Vec::new();
    for _ in 0..clients.min(CONNECTIONS_MAX) {
        let endpoint = Endpoint::from_shared(format!("http://{address}"))?.tcp_nodelay(true);
        connections.push(LedgerServiceClient::new(endpoint.connect().await?));
    }
    let count = requests.len();
    let mut shares: Vec<Vec<pb::SubmitRequest>> = (0..clients).map(|_| Vec::new()).collect();
    for (at, request) in requests.into_iter().enumerate() {
        shares[at % clients].push(request);
    }
    let mut tasks = tokio::task::JoinSet::new();
    let start = Instant::now();
    for (number, share) in shares.into_iter().enumerate() {
        tasks.spawn(one_client(connections[number % connections.len()].clone(), share));
    }
    let mut latencies = Vec::with_capacity(count);
    let mut newest = None;
    while let Some(task) = tasks.join_next().await {
        let (taken, last) = task??;
        latencies.extend(taken);
        newest = last.or(newest);
    }
    let seconds = start.elapsed().as_secs_f64();
    latencies.sort();
    let at = |percent: usize| micros(latencies[(latencies.len() - 1) * percent / 100]);
    let (entry, proof) = newest.map_or((0, 0), |receipt| (receipt.entry.len(), receipt.proof.len()));
    Ok(json!({
        "redemptions": count,
        "seconds": seconds,
        "per_second": count as f64 / seconds,
        "median_us": at(50),
        "p99_us": at(99),
        "entry_bytes": entry,
        "proof_bytes": proof,
    }))
}

fn micros(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1_000.0
}

async fn one_client(
    mut connection: LedgerServiceClient<Channel>,
    requests: Vec<pb::SubmitRequest>,
) -> anyhow::Result<(Vec<Duration>, Option<pb::Receipt>)> {
    let mut taken = Vec::with_capacity(requests.len());
    let mut newest = None;
    for request in requests {
        let start = Instant::now();
        let answer = connection.submit(request).await?.into_inner();
        taken.push(start.elapsed());
        anyhow::ensure!(!answer.repeated, "a redemption was taken for a retry");
        newest = Some(answer.receipt.context("a receipt")?);
    }
    Ok((taken, newest))
}

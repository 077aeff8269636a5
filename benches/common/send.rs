//! Sends signed commands as so many clients, each waiting for its answer before its next.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tonic::transport::{Channel, Endpoint};

use civbank::wire::limits::LEDGER_MESSAGE_BYTES_MAX;
use civbank::wire::pb;
use civbank::wire::pb::ledger_service_client::LedgerServiceClient;
use civbank::wire::pb::submit_batch_result::Result as BatchResult;

/// Connections at most: one alone does not use two cores.
const CONNECTIONS_MAX: usize = 8;

/// What came of it.
pub struct Sent {
    /// Commands.
    pub count: usize,
    /// From the first call to the last answer.
    pub seconds: f64,
    /// Each call, sorted.
    latencies: Vec<Duration>,
    /// Where each command was written, in the order of the commands.
    pub indices: Vec<u64>,
    newest: Option<pb::Receipt>,
}

impl Sent {
    /// As the client says it.
    pub fn told(&self) -> Value {
        let newest = self.newest.as_ref();
        let (entry, proof) = newest.map_or((0, 0), |receipt| (receipt.entry.len(), receipt.proof.len()));
        let mut told = told(self.count, self.seconds, &self.latencies);
        told["entry_bytes"] = json!(entry);
        told["proof_bytes"] = json!(proof);
        told
    }
}

/// Rate and latencies (sorted, one a call) of `count` operations.
pub fn told(count: usize, seconds: f64, latencies: &[Duration]) -> Value {
    let at = |percent: usize| {
        let at = latencies.len().saturating_sub(1) * percent / 100;
        latencies.get(at).map_or(0.0, |taken| taken.as_nanos() as f64 / 1_000.0)
    };
    json!({
        "operations": count,
        "seconds": seconds,
        "per_second": count as f64 / seconds,
        "median_us": at(50),
        "p99_us": at(99),
    })
}

/// What one client got: for each call how long it took, and the receipts' places with the command's number.
struct Share {
    latencies: Vec<Duration>,
    indices: Vec<(usize, u64)>,
    newest: Option<pb::Receipt>,
}

/// Sends all requests, `batch` of them in a call; 1 is the unary call.
pub async fn send(
    address: &str,
    clients: usize,
    batch: usize,
    requests: Vec<pb::SubmitRequest>,
) -> anyhow::Result<Sent> {
    let mut connections: Vec<LedgerServiceClient<Channel>> = Vec::new();
    for _ in 0..clients.min(CONNECTIONS_MAX) {
        let endpoint = Endpoint::from_shared(format!("http://{address}"))?.tcp_nodelay(true);
        let client = LedgerServiceClient::new(endpoint.connect().await?);
        connections.push(client.max_decoding_message_size(LEDGER_MESSAGE_BYTES_MAX));
    }
    let count = requests.len();
    let mut calls: Vec<Vec<(usize, Vec<pb::SubmitRequest>)>> = (0..clients).map(|_| Vec::new()).collect();
    let mut requests = requests.into_iter();
    for (number, first) in (0..count).step_by(batch).enumerate() {
        calls[number % clients].push((first, requests.by_ref().take(batch).collect()));
    }
    let mut tasks = tokio::task::JoinSet::new();
    let start = Instant::now();
    for (number, calls) in calls.into_iter().enumerate() {
        tasks.spawn(one_client(connections[number % connections.len()].clone(), batch, calls));
    }
    let (mut latencies, mut places, mut newest) =
        (Vec::with_capacity(count), Vec::with_capacity(count), None);
    while let Some(task) = tasks.join_next().await {
        let share = task??;
        latencies.extend(share.latencies);
        places.extend(share.indices);
        newest = share.newest.or(newest);
    }
    let seconds = start.elapsed().as_secs_f64();
    latencies.sort();
    places.sort_unstable();
    let indices = places.into_iter().map(|(_, index)| index).collect();
    Ok(Sent { count, seconds, latencies, indices, newest })
}

async fn one_client(
    mut connection: LedgerServiceClient<Channel>,
    batch: usize,
    calls: Vec<(usize, Vec<pb::SubmitRequest>)>,
) -> anyhow::Result<Share> {
    let mut share = Share { latencies: Vec::with_capacity(calls.len()), indices: Vec::new(), newest: None };
    for (first, mut requests) in calls {
        let start = Instant::now();
        let answers = if batch == 1 {
            let request = requests.pop().context("a command")?;
            vec![connection.submit(request).await?.into_inner()]
        } else {
            written(connection.submit_batch(pb::SubmitBatchRequest { requests }).await?.into_inner())?
        };
        share.latencies.push(start.elapsed());
        for (number, answer) in (first..).zip(answers) {
            anyhow::ensure!(!answer.repeated, "a command was taken for a retry");
            let receipt = answer.receipt.context("a receipt")?;
            share.indices.push((number, receipt.index));
            share.newest = Some(receipt);
        }
    }
    Ok(share)
}

/// The answers of a batch in which everything was written.
fn written(response: pb::SubmitBatchResponse) -> anyhow::Result<Vec<pb::SubmitResponse>> {
    let one = |result: pb::SubmitBatchResult| match result.result.context("a result")? {
        BatchResult::Response(response) => Ok(response),
        BatchResult::Refusal(refusal) => bail!("refused: {} {}", refusal.reason, refusal.message),
    };
    response.results.into_iter().map(one).collect()
}

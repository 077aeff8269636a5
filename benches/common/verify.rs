//! What the cores can verify when they do nothing else: the yardstick of batches.

use std::time::Instant;

use serde_json::{Value, json};

use civbank::wire::{Claims, check, envelope, pb};

/// Checks the commands as the bank does on the way in (signatures and every field), and then the signatures
/// alone, strictly; each on all cores.
pub fn run(requests: &[pb::SubmitRequest]) -> anyhow::Result<Value> {
    let envelopes: Vec<pb::Envelope> = requests.iter().filter_map(|one| one.envelope.clone()).collect();
    let claims = envelopes.iter().map(envelope::claims).collect::<Result<Vec<Claims>, _>>()?;
    let strict = on_all_cores(claims, |claims| claims.verify().is_ok())?;
    let checked = on_all_cores(envelopes, |envelope| check(envelope).is_ok())?;
    Ok(json!({ "checked_per_second": checked, "strict_per_second": strict }))
}

/// How many a second, on all cores together. All must hold.
pub fn on_all_cores<T: Send>(all: Vec<T>, holds: impl Fn(T) -> bool + Sync) -> anyhow::Result<f64> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let count = all.len();
    let mut shares: Vec<Vec<T>> = (0..cores).map(|_| Vec::new()).collect();
    for (number, one) in all.into_iter().enumerate() {
        shares[number % cores].push(one);
    }
    let start = Instant::now();
    let held = std::thread::scope(|scope| {
        let holds = &holds;
        let threads: Vec<_> =
            shares.into_iter().map(|share| scope.spawn(move || share.into_iter().all(holds))).collect();
        threads.into_iter().all(|thread| thread.join().unwrap_or(false))
    });
    anyhow::ensure!(held, "a signature of the benchmark's own does not hold");
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

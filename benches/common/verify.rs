//! What the cores can verify when they do nothing else: the yardstick of batches.

use std::time::Instant;

use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};

use civbank::wire::{Claims, check, envelope, pb};

/// Whether all that is claimed holds, as anybody would ask it: each key read, and the library's `verify_strict`. The
/// bank says the same of every signature for less (`wire/signature.rs`); a yardstick does not move with the bank.
pub fn hold_by_the_library(claims: &Claims) -> bool {
    claims.signatures.iter().all(|(key, signature)| {
        let key = VerifyingKey::from_bytes(&key.0);
        key.is_ok_and(|key| key.verify_strict(&claims.message, &Signature::from_bytes(signature)).is_ok())
    })
}

/// Verifies the signatures of the commands by the library and as the bank does, and checks the commands as the bank
/// does on the way in (signatures and every field); each on all cores.
pub fn run(requests: &[pb::SubmitRequest]) -> anyhow::Result<Value> {
    let envelopes: Vec<pb::Envelope> = requests.iter().filter_map(|one| one.envelope.clone()).collect();
    let claims = envelopes.iter().map(envelope::claims).collect::<Result<Vec<Claims>, _>>()?;
    let strict = on_all_cores(claims.iter().collect(), hold_by_the_library)?;
    let own = on_all_cores(claims, |claims| claims.verify().is_ok())?;
    let checked = on_all_cores(envelopes, |envelope| check(envelope).is_ok())?;
    Ok(json!({ "checked_per_second": checked, "own_per_second": own, "strict_per_second": strict }))
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

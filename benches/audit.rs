//! How fast a journal is audited: `cargo bench --bench audit`.
//!
//! A bank is grown with redemptions (two signatures each), and then, in turns: the whole audit of its journal
//! (frames, chain, tree, checkpoints, signatures, every decision again); `ed25519_dalek::verify_batch` over the same
//! signatures and nothing else, on all cores; and strict verification one by one, on all cores. The target is a
//! ratio of the first two. One line of JSON and a table; a missed target is a figure, not a failure. Arguments:
//! `--to=N` entries, `--rounds=N`, `--smoke`.

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod common;

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use ed25519_dalek::{Signature, VerifyingKey, verify_batch};
use serde_json::json;

use civbank::engine::Home;
use civbank::engine::audit::audit;
use civbank::journal::{FileJournal, JournalReader};
use civbank::wire::{Cause, Claims, Entry, envelope, verify_many};

use common::county::Size;
use common::figures::{Line, median, missed, print, round, thousands};
use common::grow::Course;
use common::machine;
use common::process::{Process, Role, is_smoke, number};
use common::verify::{hold_by_the_library, on_all_cores};

/// Signatures in one batch. A batch's price for each falls with its size, and so does the precision with which it
/// says where something is wrong; the best of these is the yardstick.
const BATCHES: [usize; 4] = [64, 256, 1_024, 4_096];

fn main() -> anyhow::Result<()> {
    common::play(conduct)
}

fn conduct(given: &[String]) -> anyhow::Result<()> {
    let is_smoke = is_smoke(given);
    let (to, rounds): (u64, usize) = if is_smoke { (1_500, 1) } else { (200_000, 3) };
    let to = number(given, "to")?.unwrap_or(to);
    let rounds = number(given, "rounds")?.unwrap_or(rounds).max(1);
    let size = if is_smoke {
        Size { villages: 2, households: 40, volunteers: 0 }
    } else {
        Size { villages: 20, households: 100, volunteers: 0 }
    };
    let load_before = machine::load();
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bank_dir = dir.path().join("bank");
    make(&bank_dir, size, to)?;
    let journal = Home::at(&bank_dir).journal();
    let claims = signed(&journal)?;
    let batches: Vec<Batches> =
        BATCHES.iter().map(|size| Batches::of(&claims, *size)).collect::<Result<_, _>>()?;

    let verifier = Home::at(&bank_dir).signer()?.verifier().clone();
    let (mut audited, mut strict, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    let mut batched: Vec<Vec<f64>> = vec![Vec::new(); batches.len()];
    let (mut entries, mut signatures) = (0, 0);
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        let start = Instant::now();
        let report = audit(&journal, &verifier, &mut |_, _| {})?;
        (entries, signatures) = (report.entries, report.signatures);
        audited.push(signatures as f64 / start.elapsed().as_secs_f64());
        for (batches, rates) in batches.iter().zip(&mut batched) {
            rates.push(batches.rate()?);
        }
        let chunks: Vec<&[Claims]> = claims.chunks(2_048).collect();
        let per_chunk = signatures as f64 / chunks.len() as f64;
        ours.push(per_chunk * on_all_cores(chunks, |chunk| verify_many(chunk).is_ok())?);
        let each = signatures as f64 / claims.len() as f64;
        strict.push(each * on_all_cores(claims.iter().collect(), hold_by_the_library)?);
    }
    let (audited, strict, ours) = (median(audited), median(strict), median(ours));
    let batched: Vec<f64> = batched.into_iter().map(median).collect();
    let (best, at) = batched
        .iter()
        .zip(BATCHES)
        .fold((0.0, 0), |best, (rate, size)| if *rate > best.0 { (*rate, size) } else { best });
    let ratio = audited / best;
    let mut lines = vec![
        Line::plain(
            format!("audit of {} entries, everything checked, entries/s", thousands(entries as f64)),
            thousands(audited * entries as f64 / signatures as f64),
        ),
        Line::target(
            format!("the same, signatures/s: audit / `verify_batch` of {at} alone on all cores (ratio)"),
            format!("{} / {} ({ratio:.2})", thousands(audited), thousands(best)),
            "at least 0.75",
            ratio >= 0.75,
        ),
    ];
    for (rate, size) in batched.iter().zip(BATCHES) {
        let what = format!("`verify_batch` of {size}, all cores, signatures/s");
        lines.push(Line::plain(what, thousands(*rate)));
    }
    let what = "the audit's own batches (keys read, weak ones refused), all cores, signatures/s";
    lines.push(Line::plain(what, thousands(ours)));
    lines.push(Line::plain("strict, one by one, all cores, signatures/s", thousands(strict)));
    let json = json!({
        "bench": "audit",
        "smoke": is_smoke,
        "machine": machine::description(),
        "load_before": load_before,
        "rounds": rounds,
        "entries": entries,
        "signatures": signatures,
        "audit_per_second": audited.round(),
        "verify_batch_per_second": best.round(),
        "verify_batch_size": at,
        "verify_many_per_second": ours.round(),
        "strict_per_second": strict.round(),
        "ratio": round(ratio),
        "missed": missed(&lines),
    });
    print(&json, &lines);
    Ok(())
}

/// A bank of so many entries, in processes of its own.
fn make(dir: &Path, size: Size, to: u64) -> anyhow::Result<()> {
    let path = dir.to_str().context("a path in UTF-8")?.to_owned();
    let args = [&[path][..], &size.args()].concat();
    let course = Course::new(size.households_in_all(), 0, 0, &[]);
    let grown = [&args[..], &course.args(), &[format!("--to={to}")]].concat();
    for (role, args) in [(Role::Make, &args), (Role::Make, &args), (Role::Grow, &grown)] {
        let mut process = Process::start(role, args)?;
        process.hear()?;
        process.end()?;
    }
    Ok(())
}

/// What the journal's signed entries claim.
fn signed(journal: &Path) -> anyhow::Result<Vec<Claims>> {
    let (reader, _) = FileJournal::open_for_audit(journal, None)?;
    let mut claims = Vec::new();
    for batch in reader.batches(0) {
        for bytes in batch?.entries {
            if let Cause::Signed(signed) = Entry::decode(&bytes)?.cause {
                claims.push(envelope::claims(&signed)?);
            }
        }
    }
    Ok(claims)
}

/// Messages, signatures and keys.
type Batch<'a> = (Vec<&'a [u8]>, Vec<Signature>, Vec<VerifyingKey>);

/// All signatures, ready to be verified in batches of one size.
struct Batches<'a> {
    batches: Vec<Batch<'a>>,
    signatures: usize,
}

impl<'a> Batches<'a> {
    fn of(claims: &'a [Claims], size: usize) -> anyhow::Result<Batches<'a>> {
        let mut all = Vec::new();
        for claim in claims {
            for (key, signature) in &claim.signatures {
                let key = VerifyingKey::from_bytes(&key.0)?;
                all.push((claim.message.as_slice(), Signature::from_bytes(signature), key));
            }
        }
        let signatures = all.len();
        let mut batches = Vec::new();
        let mut all = all.into_iter().peekable();
        while all.peek().is_some() {
            batches.push(all.by_ref().take(size).collect());
        }
        Ok(Batches { batches, signatures })
    }

    /// Signatures a second on all cores.
    fn rate(&self) -> anyhow::Result<f64> {
        let rate = on_all_cores(self.batches.iter().collect(), |(messages, signatures, keys)| {
            verify_batch(messages, signatures, keys).is_ok()
        })?;
        Ok(rate * self.signatures as f64 / self.batches.len() as f64)
    }
}

//! `kill -9` under load. A child of this very test program runs a bank and tells, receipt by receipt, what it
//! acknowledged; it is killed at any moment, and whatever it told must be there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use civbank::demo::dice::Dice;
use civbank::engine::audit::audit;
use civbank::engine::{Engine, Home, SystemClock};
use civbank::wire::pb;
use prost::Message;

use super::fixture::{ORIGIN, check_receipt, funding, officer, signed};

const CHILD: &str = "it::engine::kill::a_bank_for_another_process_to_kill";
const DIR: &str = "CIVBANK_TEST_DIR";
const LIVES: usize = 20;
const CLIENTS: usize = 8;

/// Not a test of its own: with the variable set, it serves until it is killed. It prints `? request` before a
/// command is sent and `! index entry` once it is acknowledged.
#[test]
fn a_bank_for_another_process_to_kill() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async move {
        let engine = open(Path::new(&dir)).await;
        let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(client(engine.clone()))).collect();
        for client in clients {
            client.await.expect("a client");
        }
    });
}

async fn client(engine: Engine) {
    loop {
        let envelope = command();
        let asked = STANDARD.encode(envelope.encode_to_vec());
        say(&format!("? {asked}"));
        let receipt = engine.submit(envelope, "").await.expect("an entry");
        let entry = STANDARD.encode(&receipt.entry);
        say(&format!("! {asked} {} {entry}", receipt.index));
    }
}

/// One line at once, past the test harness's capture.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("a parent that listens");
}

fn command() -> pb::Envelope {
    let now = civbank::engine::Clock::now(&SystemClock);
    let request_id = *uuid::Uuid::now_v7().as_bytes();
    let not_after = civbank::bank::time::Time(now.0 + 3_600_000);
    let command = civbank::bank::Command { origin: ORIGIN.into(), request_id, not_after, body: funding(1) };
    signed(&command, &[&officer()])
}

async fn open(dir: &Path) -> Engine {
    let (parts, _) = Home::at(dir).open(Arc::new(SystemClock), None).expect("a directory that opens");
    Engine::start(parts, &mut |_, _, _| {}).expect("an engine")
}

/// What a child said before it was killed.
#[derive(Default)]
struct Told {
    /// Commands that were sent.
    asked: Vec<String>,
    /// Acknowledged: command to index and entry.
    acknowledged: BTreeMap<String, (u64, String)>,
}

/// Runs one life: kills the child after so many acknowledgements and a little while.
fn live_and_die(dir: &Path, acknowledgements: usize, linger: Duration, told: &mut Told) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", CHILD, "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let out = BufReader::new(child.stdout.take().expect("its output"));
    let mut heard = 0;
    for line in out.lines() {
        let line = line.expect("text");
        let mut words = line.split(' ');
        match words.next() {
            Some("?") => told.asked.extend(words.next().map(str::to_owned)),
            Some("!") => {
                let [asked, index, entry] = [(); 3].map(|()| words.next().unwrap_or_default().to_owned());
                // The last line may be torn by the kill; then it told nothing.
                if let (Ok(index), true) =
                    (index.parse(), STANDARD.decode(&entry).is_ok_and(|e| !e.is_empty()))
                {
                    told.acknowledged.insert(asked, (index, entry));
                }
                heard += 1;
                if heard == acknowledgements {
                    std::thread::sleep(linger);
                    child.kill().expect("a child to kill");
                }
            }
            _ => {}
        }
    }
    child.wait().expect("an end");
    assert!(heard >= acknowledgements, "the child ended by itself after {heard} acknowledgements");
}

#[test]
fn twenty_kills_lose_nothing_that_was_acknowledged() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_u8);
    println!("SEED={seed}");
    let mut dice = Dice::new(&[seed; 32], "kills");
    let dir = tempfile::tempdir().expect("a directory");
    let home = Home::at(dir.path());
    home.create(ORIGIN).expect("a new bank");
    let signer = home.signer().expect("the log's key");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let engine = open(dir.path()).await;
        engine.submit(first(), "").await.expect("entry 0");
        engine.shutdown().await;
    });

    let mut told = Told::default();
    for life in 0..LIVES {
        let (acknowledgements, linger) =
            (1 + dice.below(60), Duration::from_micros(dice.below(3_000) as u64));
        live_and_die(dir.path(), acknowledgements, linger, &mut told);
        let report = audit(&home.journal(), signer.verifier(), &mut |_, _| {}).expect("a clean audit");
        println!("life {life}: {} entries, {} bytes torn", report.entries, report.torn_bytes);
        if life % 5 == 4 || life + 1 == LIVES {
            runtime.block_on(check(dir.path(), &told));
            told.asked.clear();
        }
    }
    let report = audit(&home.journal(), signer.verifier(), &mut |_, _| {}).expect("a clean audit");
    assert!(told.acknowledged.len() >= LIVES);
    assert!(report.entries > told.acknowledged.len() as u64);
}

fn first() -> pb::Envelope {
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
        assert_eq!(&STANDARD.encode(&bytes), entry, "entry {index}");
    }
    let before = engine.published().size;
    let mut seen = BTreeMap::new();
    let mut fresh = 0;
    for asked in &told.asked {
        let Ok(bytes) = STANDARD.decode(asked) else { continue };
        // The last line may be torn by the kill: then nobody knows the whole command.
        let Ok(envelope) = pb::Envelope::decode(&bytes[..]) else { continue };
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

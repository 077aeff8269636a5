//! A server in a process of its own, its resident memory, and a good client beside whoever else is there.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use civbank::bank::ids::PublicKey;
use civbank::engine::Home;
use civbank::wire::pb::ledger_service_client::LedgerServiceClient;
use civbank::wire::pb::session_service_client::SessionServiceClient;
use civbank::wire::{dsse, pb, signature};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;
use tonic::transport::Channel;

use crate::it::engine::fixture::{ORIGIN, officer};
use crate::it::engine::kill::{command, first, open};
use crate::it::web::http;

pub const MIB: u64 = 1 << 20;
/// Longer than anything here takes.
pub const LONG: Duration = Duration::from_secs(60);

/// A bank and its server.
pub struct House {
    child: Child,
    pub address: SocketAddr,
    idle_bytes: u64,
    _dir: TempDir,
}

impl House {
    /// A bank with so many entries, served with these further words, under a soft limit of open files if one is given.
    pub async fn open(entries: usize, words: &[&str], open_files: Option<u64>) -> House {
        let dir = TempDir::new().expect("a directory");
        let bank = dir.path().join("bank");
        Home::at(&bank).create(ORIGIN).expect("a new bank");
        let engine = open(&bank).await;
        engine.submit(first(), "").await.expect("entry 0");
        for _ in 0..entries / 250 {
            let batch = (0..250).map(|_| (command(), String::new())).collect();
            assert!(engine.submit_batch(batch).await.iter().all(Result::is_ok));
        }
        engine.shutdown().await;
        let mut shell = Command::new("sh");
        let limit = open_files.map_or(String::new(), |files| format!("ulimit -S -n {files}; "));
        shell.args([
            "-c",
            &format!("{limit}exec \"$@\""),
            "sh",
            env!("CARGO_BIN_EXE_civbank"),
            "serve",
            "--json",
        ]);
        shell.arg("--dir").arg(&bank).args(["--listen", "127.0.0.1:0", "--log", "error"]).args(words);
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CIVBANK_"))
        {
            shell.env_remove(name);
        }
        let mut child = shell.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("a server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let said: serde_json::Value = serde_json::from_str(&line).expect("what it serves");
        let address =
            said["serving"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address");
        let mut house =
            House { child, address: address.parse().expect("an address"), idle_bytes: 0, _dir: dir };
        // One round warms what is made at the first use.
        Good::new(&house).await.works().await;
        house.idle_bytes = house.resident();
        house
    }

    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number");
        kilobytes << 10
    }

    /// Processor time of the server so far.
    pub fn worked(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let (_, rest) = stat.rsplit_once(')').expect("its name");
        // After the state: user's ticks are the 12th field, the system's the 13th; a hundred make a second.
        let ticks = |nth: usize| rest.split_whitespace().nth(nth).and_then(|ticks| ticks.parse::<u64>().ok());
        Duration::from_millis(10 * (ticks(11).expect("ticks") + ticks(12).expect("ticks")))
    }

    /// Asserts that resident memory is at most so much above what it was with nobody there.
    pub fn is_within(&self, above: u64, what: &str) {
        let (now, idle) = (self.resident(), self.idle_bytes);
        println!("{what}: {} MiB resident, {} MiB with nobody there", now / MIB, idle / MIB);
        assert!(now <= idle + above, "{what}: {} MiB, at most {} MiB", now / MIB, (idle + above) / MIB);
    }

    pub fn soft_limit(&self) -> String {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", self.child.id())).expect("it runs");
        let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
        let mut numbers = line.split_whitespace().skip(3);
        let (soft, hard) = (numbers.next().expect("soft"), numbers.next().expect("hard"));
        format!("{soft} of {hard}")
    }

    /// Every sample of `/metrics`.
    pub async fn metrics(&self) -> BTreeMap<String, f64> {
        metrics(self.address).await
    }

    pub async fn channel(&self) -> Channel {
        let url = format!("http://{}", self.address);
        Channel::from_shared(url).expect("an address").connect().await.expect("a connection")
    }
}

pub async fn metrics(address: SocketAddr) -> BTreeMap<String, f64> {
    let page = http::get(address, "/metrics").await;
    assert_eq!(page.status, 200);
    let samples = page.body.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    samples.filter_map(sample).collect()
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client who does nothing wrong.
pub struct Good {
    ledger: LedgerServiceClient<Channel>,
    written: u64,
}

impl Good {
    pub async fn new(house: &House) -> Good {
        Good { ledger: LedgerServiceClient::new(house.channel().await), written: 0 }
    }

    /// Writes a command and reads it again: the entry holds what was signed.
    pub async fn works(&mut self) {
        let envelope = command();
        let submitted = self.submit(envelope.clone()).await.receipt.expect("a receipt");
        let entry = civbank::wire::Entry::decode(&submitted.entry).expect("an entry");
        assert_eq!(entry.index, submitted.index);
        let again = self.submit(envelope).await;
        assert!(again.repeated);
        assert_eq!(again.receipt.expect("a receipt").entry, submitted.entry);
        self.written += 1;
    }

    pub async fn submit(&mut self, envelope: pb::Envelope) -> pb::SubmitResponse {
        let request = pb::SubmitRequest { envelope: Some(envelope), pin: String::new() };
        let answer = tokio::time::timeout(LONG, self.ledger.submit(request)).await.expect("in time");
        answer.expect("an answer to a good client").into_inner()
    }

    /// Works for as long as `other` does, and answers what came of that and how often a second it worked.
    pub async fn beside<T>(&mut self, other: impl Future<Output = T>) -> (T, f64) {
        let mut other = std::pin::pin!(other);
        let (began, before) = (Instant::now(), self.written);
        loop {
            tokio::select! {
                biased;
                result = &mut other => {
                    if self.written == before {
                        // What the others asked for is still being answered; this one's turn comes in time.
                        self.works().await;
                    }
                    let worked = self.written - before;
                    return (result, worked as f64 / began.elapsed().as_secs_f64());
                }
                () = self.works() => {}
            }
        }
    }
}

/// A bearer token of the officer.
pub async fn token(house: &House) -> String {
    let mut sessions = SessionServiceClient::new(house.channel().await);
    let challenge = sessions.create_challenge(pb::CreateChallengeRequest {}).await.expect("a challenge");
    let challenge = challenge.into_inner().challenge;
    let key = officer();
    let PublicKey(public) = signature::public_key(&key);
    let signature = signature::sign_one(&key, dsse::CHALLENGE, &challenge).to_vec();
    let request = pb::CreateSessionRequest { challenge, public_key: public.to_vec(), signature };
    sessions.create_session(request).await.expect("a session").into_inner().token
}

/// Raises this process' own limit: its sockets are as many as the server's.
pub fn many_sockets(wanted: u64) {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|soft| soft < wanted) {
        let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
        raised.expect("a limit that can be raised");
    }
    let now = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    assert!(now >= wanted, "{now} open files are allowed, {wanted} are wanted");
}

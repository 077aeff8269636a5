//! One deed of the real program with one call failing, and the check of the whole world after it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use civbank::engine::audit::audit;
use civbank::engine::{HistoryKind, Home};
use civbank::wire::pb;
use civbank::wire::pb::ledger_service_client::LedgerServiceClient;
use tokio::runtime::Runtime;

use super::super::fixture::{ORIGIN, check_receipt, head};
use super::super::kill::{command, first, open};
use super::strace::{self, Call, Fault};

/// What is asked of the program while it is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A command is written into the segment that is there.
    Append,
    /// A command is written into a new segment.
    Roll,
    /// The program opens a journal with a torn tail.
    Open,
    /// The program builds its index anew, follows one command, and ends in good order.
    Index,
    /// `civbank reindex`: an index is thrown away and built anew.
    Reindex,
    /// The program has enough entries that its orderly end takes a snapshot.
    Snapshot,
}

/// Entries that are worth a snapshot, and some.
const SNAPSHOT_ENTRIES: usize = 2_010;
/// Receipts that are asked for after a trial, the newest.
const RECEIPTS_MAX: u64 = 20;

impl Deed {
    /// Whether a command can be acknowledged only if every call of the deed went well.
    pub fn is_all_or_nothing(self) -> bool {
        matches!(self, Deed::Append | Deed::Roll | Deed::Open)
    }

    /// Whether each call is failed, or one of each kind: what sled and removing a tree do is many times the same.
    pub fn is_sampled(self) -> bool {
        self == Deed::Reindex
    }

    /// Whether a thread of sled may do a call in one run and another in the next.
    pub fn is_sleds(self) -> bool {
        matches!(self, Deed::Index | Deed::Reindex)
    }

    /// Whether the program is told to end in good order.
    fn ends_well(self) -> bool {
        matches!(self, Deed::Index | Deed::Snapshot)
    }

    /// Whether the program is watched from its start; else from when it serves.
    fn starts_watched(self) -> bool {
        matches!(self, Deed::Open | Deed::Index | Deed::Reindex)
    }

    /// The part of the bank's directory whose calls count.
    fn folder(self) -> &'static str {
        match self {
            Deed::Append | Deed::Roll | Deed::Open => "journal",
            Deed::Index | Deed::Reindex => "index",
            Deed::Snapshot => "index/snapshots",
        }
    }
}

/// What the caller heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The program did not begin to serve.
    NotServing,
    /// The command was acknowledged.
    Written,
    /// The bank said that it has stopped.
    Stopped,
    /// The connection broke.
    Broken,
    /// The program did its work and said so.
    Done,
    /// The program ended with an error, or was killed.
    Failed,
}

impl Fate {
    pub fn name(self) -> &'static str {
        match self {
            Fate::NotServing => "did not begin to serve",
            Fate::Written => "acknowledged",
            Fate::Stopped => "STOPPED: outcome unknown",
            Fate::Broken => "the connection broke",
            Fate::Done => "done",
            Fate::Failed => "said that it failed, or died",
        }
    }
}

/// What became of one trial, all checks passed.
pub struct Trial {
    pub struck: bool,
    pub fate: Fate,
    /// What the restart found.
    pub found: &'static str,
}

/// A bank to copy for each trial.
pub struct Bank {
    deed: Deed,
    dir: tempfile::TempDir,
    runtime: Runtime,
    entries: Vec<Vec<u8>>,
}

impl Bank {
    pub fn new(deed: Deed) -> Bank {
        let dir = tempfile::tempdir().expect("a directory");
        let bank = dir.path().join("template");
        let home = Home::at(&bank);
        home.create(ORIGIN).expect("a new bank");
        let runtime = Runtime::new().expect("a runtime");
        let entries = runtime.block_on(async {
            let engine = open(&bank).await;
            engine.submit(first(), "").await.expect("entry 0");
            let count = if deed == Deed::Snapshot { SNAPSHOT_ENTRIES } else { 3 };
            let commands = (0..count).map(|_| (command(), String::new())).collect();
            for answer in engine.submit_batch(commands).await {
                answer.expect("an entry");
            }
            let entries = engine.entries(0, usize::MAX).expect("entries");
            engine.shutdown().await;
            entries
        });
        match deed {
            Deed::Open => {
                let segment = home.journal().join("00000000000000000000.seg");
                let mut bytes = fs::read(&segment).expect("a segment");
                bytes.extend_from_slice(b"civbatch");
                fs::write(&segment, bytes).expect("a torn tail");
            }
            Deed::Index => fs::remove_dir_all(home.index()).expect("an index to lose"),
            Deed::Snapshot => {
                fs::remove_dir_all(home.index().join("snapshots")).expect("a snapshot to lose");
            }
            Deed::Append | Deed::Roll | Deed::Reindex => {}
        }
        Bank { deed, dir, runtime, entries }
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("calls")
    }

    /// Where each trial takes place: always the same, so that paths are.
    pub fn place(&self) -> PathBuf {
        self.dir.path().canonicalize().expect("the directory").join("bank")
    }

    /// The deed without a fault: its calls, and what the caller heard.
    pub fn list(&self) -> (Vec<Call>, Fate) {
        let (log, trial) = self.go(None);
        (strace::calls(&log, &self.place().join(self.deed.folder())), trial.fate)
    }

    pub fn run(&self, call: &Call, fault: Fault) -> Trial {
        self.go(Some((call, fault))).1
    }

    fn go(&self, failing: Option<(&Call, Fault)>) -> (String, Trial) {
        let place = self.place();
        let _ = fs::remove_dir_all(&place);
        copy(&self.dir.path().join("template"), &place);
        let envelope = command();
        let acknowledged = self.watched(failing, &envelope);
        // The tracer outlives what it traced by a moment, in which it writes down the end.
        let patience = Instant::now() + Duration::from_secs(3);
        let (log, struck) = loop {
            let log = fs::read_to_string(self.log()).expect("strace's log");
            let struck = strace::has_struck(&log);
            if struck || failing.is_none() || Instant::now() > patience {
                break (log, struck);
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let fate = match &acknowledged {
            Ok(_) => Fate::Written,
            Err(fate) => *fate,
        };
        let found = self.runtime.block_on(self.check(&place, envelope, acknowledged.ok()));
        (log, Trial { struck, fate, found })
    }

    /// Runs the program under strace, sends one command, and ends it.
    fn watched(&self, failing: Option<(&Call, Fault)>, envelope: &pb::Envelope) -> Result<pb::Receipt, Fate> {
        let arguments = strace::arguments(&self.log(), failing);
        if self.deed == Deed::Reindex {
            let mut reindex = Command::new("strace");
            reindex.args(&arguments).arg(env!("CARGO_BIN_EXE_civbank"));
            reindex.arg("reindex").arg("--json").arg("--dir").arg(self.place()).stdin(Stdio::null());
            let is_done = reindex.output().expect("a program").status.success();
            return Err(if is_done { Fate::Done } else { Fate::Failed });
        }
        let mut program = if self.deed.starts_watched() {
            // The tracer is the grandchild, so that what is started here is the program itself.
            let mut command = Command::new("strace");
            command.arg("-D").args(&arguments).arg(env!("CARGO_BIN_EXE_civbank"));
            command
        } else {
            Command::new(env!("CARGO_BIN_EXE_civbank"))
        };
        program.arg("serve").arg("--dir").arg(self.place());
        program.args(["--json", "--listen", "127.0.0.1:0", "--log", "off"]);
        if self.deed == Deed::Roll {
            program.args(["--segment-bytes", "1"]);
        }
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = Running(program.spawn().expect("a program"));
        let mut stdout = BufReader::new(running.0.stdout.take().expect("its output"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let answer = match serde_json::from_str::<serde_json::Value>(&line) {
            Err(_) => Err(Fate::NotServing),
            Ok(said) => {
                let address = said["serving"].as_str().expect("an address").to_owned();
                let tracer = (!self.deed.starts_watched()).then(|| attach(&arguments, running.0.id()));
                let answer = self.runtime.block_on(submit(address, envelope));
                running.end(self.deed.ends_well() && answer.is_ok());
                if let Some(mut tracer) = tracer {
                    tracer.wait().expect("strace");
                }
                answer
            }
        };
        drop(running);
        // The tracer holds the other end of the pipe until it has written its log.
        let _ = stdout.read_to_end(&mut Vec::new());
        answer
    }

    /// Nothing acknowledged is lost, nothing is half there, and a retry is answered once.
    async fn check(&self, dir: &Path, envelope: pb::Envelope, told: Option<pb::Receipt>) -> &'static str {
        let home = Home::at(dir);
        let signer = home.signer().expect("the log's key");
        let before = self.entries.len() as u64;
        let report = audit(&home.journal(), signer.verifier(), &mut |_, _| {}).expect("a clean audit");
        let engine = open(dir).await;
        let size = engine.published().size;
        assert!(size == before || size == before + 1, "{size} entries");
        assert_eq!(report.entries, size);
        assert_eq!(engine.entries(0, self.entries.len()).expect("entries"), self.entries);
        if let Some(receipt) = &told {
            assert_eq!(receipt.index, before);
            assert_eq!(engine.entry(before).expect("a journal").as_ref(), Some(&receipt.entry));
        }
        for repeated in [size > before, true] {
            let again = engine.submit(envelope.clone(), "").await.expect("an entry");
            assert_eq!((again.index, again.repeated), (before, repeated));
            check_receipt(&again, &signer);
        }
        for index in before.saturating_sub(RECEIPTS_MAX)..=before {
            check_receipt(&engine.receipt(index).await.expect("a receipt"), &signer);
        }
        let branch = head().number().to_be_bytes();
        let history = engine.history(HistoryKind::Branch, &branch, None, 100).await.expect("history");
        assert_eq!(history, (0..=before).rev().take(100).collect::<Vec<_>>());
        engine.shutdown().await;
        let after = audit(&home.journal(), signer.verifier(), &mut |_, _| {}).expect("a clean audit");
        assert_eq!((after.entries, after.torn_bytes), (before + 1, 0));
        match (size > before, report.torn_bytes) {
            (true, 0) => "the entry is there",
            (true, _) => "the entry is there, and a torn tail",
            (false, 0) => "no entry; a retry wrote it",
            (false, _) => "a torn tail, cut; a retry wrote the entry",
        }
    }
}

/// A program that ends with its trial.
struct Running(Child);

impl Running {
    /// In good order if told so, and it can.
    fn end(&mut self, in_good_order: bool) {
        if in_good_order {
            let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).output();
            told.expect("kill");
        } else {
            let _ = self.0.kill();
        }
        self.0.wait().expect("the program's end");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Watches a program that runs; returns when strace does.
fn attach(arguments: &[std::ffi::OsString], id: u32) -> Child {
    let mut strace = Command::new("strace");
    strace.args(arguments).arg("-p").arg(id.to_string()).stdin(Stdio::null()).stderr(Stdio::piped());
    let mut strace = strace.spawn().expect("strace");
    let mut line = String::new();
    let mut stderr = BufReader::new(strace.stderr.take().expect("strace's words"));
    stderr.read_line(&mut line).expect("a line");
    assert!(line.contains("attached"), "{line}");
    // Read to the end beside us: a full pipe would stop it.
    std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    strace
}

async fn submit(address: String, envelope: &pb::Envelope) -> Result<pb::Receipt, Fate> {
    let Ok(mut client) = LedgerServiceClient::connect(address).await else { return Err(Fate::Broken) };
    let mut request =
        tonic::Request::new(pb::SubmitRequest { envelope: Some(envelope.clone()), pin: String::new() });
    request.set_timeout(Duration::from_secs(30));
    match client.submit(request).await {
        Ok(answer) => Ok(answer.into_inner().receipt.expect("a receipt")),
        Err(status) if status.message().starts_with("The bank has stopped") => Err(Fate::Stopped),
        Err(_) => Err(Fate::Broken),
    }
}

/// Copies a directory and what is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

//! A disk that fills: the real program on a small file system of its own, over gRPC. Below the reserve commands
//! are refused and nothing is written, while reads and retries are answered; with room it goes on by itself. With
//! no reserve the disk fills to the last byte: the append fails, the engine stops, and a restart tells.
//!
//! Where mounting is not allowed, the reserve is set close below what is free on the disk that is there, and a
//! file of half a gigabyte is what fills it. Nothing is skipped.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use civbank::engine::Home;
use civbank::engine::audit::audit;
use civbank::wire::pb;
use civbank::wire::pb::bank_service_client::BankServiceClient;
use civbank::wire::pb::ledger_service_client::LedgerServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use super::fixture::ORIGIN;
use super::kill::{command, first, open};
use super::sweep::trial::copy;
use crate::it::cli::program::Program;
use crate::it::grpc::errors::denied;
use crate::it::web::http;

const MIB: u64 = 1 << 20;
const LEDGER: &str = "civbank.v1.LedgerService";
const PATIENCE: Duration = Duration::from_secs(30);

/// A disk that can be filled.
struct Disk {
    dir: tempfile::TempDir,
    is_mounted: bool,
    reserve: u64,
    ballast: u64,
}

impl Disk {
    fn new() -> Disk {
        let dir = tempfile::tempdir().expect("a directory");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=48m", "civbank"]).arg(dir.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            println!("on a tmpfs of 48 MiB");
            return Disk { dir, is_mounted: true, reserve: 16 * MIB, ballast: 40 * MIB };
        }
        println!("mounting is not allowed: on the disk that is there");
        let free = room(dir.path());
        assert!(free > 1_024 * MIB, "half a gigabyte of {free} bytes cannot be used");
        Disk { dir, is_mounted: false, reserve: free - 256 * MIB, ballast: 512 * MIB }
    }

    fn bank(&self) -> PathBuf {
        self.dir.path().join("bank")
    }

    fn fill(&self, bytes: u64) {
        let file = File::create(self.dir.path().join("ballast")).expect("a file");
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes).expect("room for it");
    }

    fn relieve(&self) {
        std::fs::remove_file(self.dir.path().join("ballast")).expect("a file to remove");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted {
            let _ = Command::new("umount").arg("-l").arg(self.dir.path()).output();
        }
    }
}

fn room(dir: &Path) -> u64 {
    let found = rustix::fs::statvfs(dir).expect("a file system");
    found.f_bavail * found.f_frsize
}

/// A bank of one entry on the disk.
async fn found(disk: &Disk) {
    let elsewhere = tempfile::tempdir().expect("a directory");
    let bank = elsewhere.path().join("bank");
    Home::at(&bank).create(ORIGIN).expect("a new bank");
    let engine = open(&bank).await;
    engine.submit(first(), "").await.expect("entry 0");
    engine.shutdown().await;
    copy(&bank, &disk.bank());
}

async fn submit(channel: &Channel, envelope: &pb::Envelope) -> Result<pb::SubmitResponse, Status> {
    let request = pb::SubmitRequest { envelope: Some(envelope.clone()), pin: String::new() };
    Ok(LedgerServiceClient::new(channel.clone()).submit(request).await?.into_inner())
}

async fn health(channel: &Channel, service: &str) -> ServingStatus {
    let request = HealthCheckRequest { service: service.to_owned() };
    HealthClient::new(channel.clone()).check(request).await.expect("health").into_inner().status()
}

/// Waits until the ledger's service says so.
async fn until(channel: &Channel, wanted: ServingStatus) {
    let said = async {
        while health(channel, LEDGER).await != wanted {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, said).await.unwrap_or_else(|_| panic!("never {wanted:?}"));
}

fn journal_bytes(disk: &Disk) -> Vec<u8> {
    std::fs::read(disk.bank().join("journal/00000000000000000000.seg")).expect("a segment")
}

async fn connect(program: &Program) -> (Channel, SocketAddr) {
    let address = program.server().to_owned();
    let socket = address.trim_start_matches("http://").parse().expect("an address");
    (Channel::from_shared(address).expect("an address").connect().await.expect("a connection"), socket)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_makes_the_bank_read_only_until_there_is_room() {
    let disk = Disk::new();
    found(&disk).await;
    let mut program = Program::new();
    let words = format!("serve --dir {} --disk-reserve {}", disk.bank().display(), disk.reserve);
    let server = program.serve(&words);
    let (channel, web) = connect(&program).await;
    let (before, during) = (command(), command());
    let receipt = submit(&channel, &before).await.expect("an entry").receipt.expect("a receipt");
    assert_eq!(http::get(web, "/healthz").await.body, "ok\n");
    assert_eq!(health(&channel, LEDGER).await, ServingStatus::Serving);

    let bytes = journal_bytes(&disk);
    disk.fill(disk.ballast);
    until(&channel, ServingStatus::NotServing).await;
    for service in ["", "civbank.v1.BankService", "civbank.v1.DocumentService", "civbank.v1.SessionService"] {
        assert_eq!(health(&channel, service).await, ServingStatus::Serving, "{service}");
    }
    let refused = denied(submit(&channel, &during).await, Code::Unavailable, "DISK_FULL");
    let retry = refused.get_error_details().retry_info().and_then(|info| info.retry_delay);
    assert_eq!(retry, Some(Duration::from_secs(30)));
    let batch = pb::SubmitBatchRequest {
        requests: vec![pb::SubmitRequest { envelope: Some(during.clone()), pin: String::new() }],
    };
    let results = LedgerServiceClient::new(channel.clone())
        .submit_batch(batch)
        .await
        .expect("an answer")
        .into_inner()
        .results;
    let Some(pb::submit_batch_result::Result::Refusal(refusal)) = &results[0].result else {
        panic!("{results:?}")
    };
    assert_eq!(refusal.reason, "DISK_FULL");
    // What is written is answered, and read.
    let again = submit(&channel, &before).await.expect("the first entry");
    assert!(again.repeated);
    assert_eq!(again.receipt.expect("a receipt").entry, receipt.entry);
    let bank = BankServiceClient::new(channel.clone()).get_bank(pb::GetBankRequest {}).await;
    bank.expect("a read");
    let page = http::get(web, "/").await;
    assert_eq!(page.status, 200);
    let said = http::get(web, "/healthz").await;
    assert_eq!((said.status, said.body.as_str()), (200, "read-only\n"));
    assert_eq!(journal_bytes(&disk), bytes, "something was written");

    disk.relieve();
    until(&channel, ServingStatus::Serving).await;
    assert_eq!(http::get(web, "/healthz").await.body, "ok\n");
    let written = submit(&channel, &during).await.expect("an entry");
    assert!(!written.repeated);
    assert_eq!(written.receipt.expect("a receipt").index, 2);
    server.stop();
    let home = Home::at(&disk.bank());
    let signer = home.signer().expect("the log's key");
    let report = audit(&home.journal(), signer.verifier(), &mut |_, _| {}).expect("a clean audit");
    assert_eq!((report.entries, report.torn_bytes), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_a_reserve_fills_to_the_last_byte_and_loses_nothing() {
    let disk = Disk::new();
    if !disk.is_mounted {
        // A real disk is not to be filled to the last byte; the sweep (`sweep.rs`) gives every call its ENOSPC.
        println!("mounting is not allowed: nothing to fill to the last byte");
        return;
    }
    found(&disk).await;
    let words = format!("serve --dir {} --disk-reserve 0", disk.bank().display());
    let mut program = Program::new();
    let server = program.serve(&words);
    let (channel, _) = connect(&program).await;
    disk.fill(room(disk.dir.path()));
    // What the last page of the segment still holds is not refused.
    let (mut acknowledged, mut unknown) = (Vec::new(), None);
    while unknown.is_none() {
        let envelope = command();
        match submit(&channel, &envelope).await {
            Ok(answer) => acknowledged.push((envelope, answer.receipt.expect("a receipt"))),
            Err(status) => {
                denied(Err::<(), _>(status), Code::Unavailable, "STOPPED");
                unknown = Some(envelope);
            }
        }
    }
    server.kill();
    disk.relieve();

    let server = program.serve(&words);
    let (channel, _) = connect(&program).await;
    for (envelope, receipt) in &acknowledged {
        let again = submit(&channel, envelope).await.expect("the first entry");
        assert!(again.repeated);
        assert_eq!(again.receipt.expect("a receipt").entry, receipt.entry);
    }
    let unknown = unknown.expect("a command");
    let index = submit(&channel, &unknown).await.expect("an entry").receipt.expect("a receipt").index;
    assert_eq!(index, 1 + acknowledged.len() as u64);
    assert!(submit(&channel, &unknown).await.expect("an entry").repeated);
    server.stop();
    let home = Home::at(&disk.bank());
    let signer = home.signer().expect("the log's key");
    let report = audit(&home.journal(), signer.verifier(), &mut |_, _| {}).expect("a clean audit");
    assert_eq!((report.entries, report.torn_bytes), (index + 1, 0));
}

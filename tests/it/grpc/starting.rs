//! A bank that is starting, one that does not start, and one whose index cannot be had.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use civbank::documents::Documents;
use civbank::engine::{Engine, HistoryKind, HistoryUnavailable, Parts, Stage, SystemClock};
use civbank::grpc::{Recovery, serve, serve_from_start};
use civbank::journal::MemoryJournal;
use civbank::tlog;
use civbank::wire::pb;
use civbank::wire::pb::bank_service_client::BankServiceClient;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use super::errors::denied;
use super::world::*;
use crate::it::web::http::get;

const LONG: Duration = Duration::from_secs(20);
const SERVICES: [&str; 5] = [
    "",
    "civbank.v1.BankService",
    "civbank.v1.DocumentService",
    "civbank.v1.LedgerService",
    "civbank.v1.SessionService",
];

/// A village's journal, with nobody who serves it.
async fn journal() -> MemoryJournal {
    let journal = MemoryJournal::new();
    let mut town = Town::found(journal.clone(), None, quick()).await;
    town.open().await;
    town.begin_to_stop().await.unwrap().unwrap();
    journal
}

fn parts(journal: MemoryJournal, dir: &Path) -> Parts {
    Parts {
        journal: Box::new(journal),
        index_dir: dir.join("index"),
        documents: Documents::open(&dir.join("documents")).unwrap(),
        signer: tlog::Signer::new(ORIGIN, key("log")).unwrap(),
        clock: Arc::new(SystemClock),
    }
}

async fn port() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn channel(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// What health says of a service, and what its metadata tell of the bank and of its history.
async fn health(channel: &Channel, service: &str) -> (ServingStatus, String, String) {
    let request = HealthCheckRequest { service: service.into() };
    let answer = HealthClient::new(channel.clone()).check(request).await.unwrap();
    let told = |name| answer.metadata().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    (answer.get_ref().status(), told("civbank-state"), told("civbank-history"))
}

fn said(status: ServingStatus, state: &str) -> (ServingStatus, String, String) {
    (status, state.to_owned(), String::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_starts_says_so_and_then_serves_on_the_same_connections() {
    let journal = journal().await;
    let dir = tempfile::tempdir().unwrap();
    let parts = parts(journal, dir.path());
    let (listener, address) = port().await;
    let recovery = Recovery::new();
    let (go_on, waits) = mpsc::channel::<()>();
    let (began, beginning) = oneshot::channel();
    let starting = {
        let recovery = recovery.clone();
        let mut began = Some(began);
        tokio::task::spawn_blocking(move || {
            let engine = Engine::start(parts, &mut |stage, done, total| {
                recovery.report(Some(stage), done, total);
                if stage == Stage::Index
                    && let Some(began) = began.take()
                {
                    began.send((done, total)).unwrap();
                    waits.recv().unwrap();
                }
            });
            let engine = engine.unwrap();
            let pages = civbank::web::router(engine.clone()).unwrap();
            Ok::<_, String>((engine, Some(pages)))
        })
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let (served, serving) = oneshot::channel();
    let server = serve_from_start(
        listener,
        quick(),
        recovery,
        async { starting.await.unwrap() },
        |engine| {
            served.send(engine.published().size).unwrap();
            Ok(())
        },
        async move {
            let _ = stopped.await;
        },
    );
    let server = tokio::spawn(server);

    let (done, total) = beginning.await.unwrap();
    let channel = channel(address).await;
    for service in SERVICES {
        let wanted = said(ServingStatus::NotServing, "recovering");
        assert_eq!(health(&channel, service).await, wanted, "{service}");
    }
    let request = HealthCheckRequest { service: SERVICES[3].into() };
    let mut watched = ok(HealthClient::new(channel.clone()).watch(request)).await;
    assert_eq!(watched.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    let mut bank = BankServiceClient::new(channel.clone());
    let status = denied(bank.get_bank(pb::GetBankRequest {}).await, Code::Unavailable, "RECOVERING");
    let wait = status.get_error_details().retry_info().and_then(|info| info.retry_delay);
    assert_eq!(wait, Some(Duration::from_secs(5)));
    let page = get(address, "/healthz").await;
    assert_eq!((page.status, page.header("retry-after")), (503, Some("5")));
    assert_eq!(page.body, format!("recovering\nindex {done} of {total}\n"));
    let page = get(address, "/").await;
    assert_eq!((page.status, page.header("retry-after")), (503, Some("5")));
    assert!(page.body.contains("银行正在开门"), "{}", page.body);
    let metrics = get(address, "/metrics").await.body;
    assert!(metrics.contains("\ncivbank_engine_recovering 1\n"), "{metrics}");
    assert!(metrics.contains(&format!("civbank_recovery_done{{stage=\"index\"}} {done}\n")), "{metrics}");
    let manual = include_str!("../../../docs/operate.md");
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        assert!(manual.contains(&format!("`{name}`")), "{name} is not in docs/operate.md");
    }

    go_on.send(()).unwrap();
    assert_eq!(serving.await.unwrap(), total);
    let next = tokio::time::timeout(LONG, watched.message()).await.expect("whoever watches hears it");
    assert_eq!(next.unwrap().unwrap().status(), ServingStatus::Serving);
    ok(bank.get_bank(pb::GetBankRequest {})).await;
    for service in SERVICES {
        assert_eq!(health(&channel, service).await, said(ServingStatus::Serving, "serving"), "{service}");
    }
    assert_eq!(get(address, "/healthz").await.body, "ok\n");
    assert_eq!(get(address, "/").await.status, 200);
    assert!(get(address, "/metrics").await.body.contains("\ncivbank_engine_recovering 0\n"));
    drop(stop);
    assert_eq!(server.await.unwrap().unwrap(), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_fails_ends_the_server_and_an_end_waits_for_no_start() {
    let (listener, address) = port().await;
    let starting = std::future::ready(Err("the journal is damaged"));
    let served =
        serve_from_start(listener, quick(), Recovery::new(), starting, |_| Ok(()), std::future::pending());
    assert_eq!(served.await.unwrap(), Err("the journal is damaged"));
    assert!(TcpStream::connect(address).await.is_err());

    let (listener, address) = port().await;
    let starting = std::future::pending::<Result<_, String>>();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move {
        let _ = stopped.await;
    };
    let served = serve_from_start(listener, quick(), Recovery::new(), starting, |_| Ok(()), shutdown);
    let served = tokio::spawn(served);
    assert_eq!(get(address, "/healthz").await.body, "recovering\njournal 0 of 0\n");
    drop(stop);
    let served = tokio::time::timeout(LONG, served).await.expect("it ends").unwrap();
    assert_eq!(served.unwrap(), Ok(()));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_cannot_be_had_holds_nothing_up_and_is_tried_again() {
    let journal = journal().await;
    let dir = tempfile::tempdir().unwrap();
    // A directory where its lock should be: opening fails, whoever asks.
    let in_the_way = dir.path().join("index/history.lock");
    std::fs::create_dir_all(&in_the_way).unwrap();
    let engine = Engine::start(parts(journal, dir.path()), &mut |_, _, _| {}).unwrap();
    let (listener, address) = port().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move {
        let _ = stopped.await;
    };
    let pages = civbank::web::router(engine.clone()).unwrap();
    let served = tokio::spawn(serve(listener, engine.clone(), Some(pages), quick(), shutdown));
    let channel = channel(address).await;

    // All else is served, and says what is not.
    let unavailable = (ServingStatus::Serving, "serving".to_owned(), "unavailable".to_owned());
    assert_eq!(health(&channel, "").await, unavailable);
    assert_eq!(get(address, "/healthz").await.body, "ok\nhistory unavailable\n");
    assert!(get(address, "/metrics").await.body.contains("\ncivbank_index_unavailable 1\n"));
    ok(BankServiceClient::new(channel.clone()).get_bank(pb::GetBankRequest {})).await;
    let size = engine.published().size;
    assert!(engine.receipt(size - 1).await.is_ok());
    let id = village().number().to_be_bytes();
    let history = || engine.history(HistoryKind::Branch, &id, None, 1);
    let asked = tokio::time::timeout(Duration::from_secs(2), history()).await.expect("at once");
    assert_eq!(asked, Err(HistoryUnavailable));
    let token = {
        let mut sessions =
            civbank::wire::pb::session_service_client::SessionServiceClient::new(channel.clone());
        let challenge = sessions.create_challenge(pb::CreateChallengeRequest {}).await.unwrap();
        let request = answer(challenge.into_inner().challenge, "auditor");
        sessions.create_session(request).await.unwrap().into_inner().token
    };
    let listing = pb::ListDeclarationsRequest { branch: VILLAGE.into(), ..Default::default() };
    let asked = BankServiceClient::new(channel.clone()).list_declarations(signed_in(listing, &token)).await;
    denied(asked, Code::Unavailable, "HISTORY_UNAVAILABLE");

    // Once it can be had it is, with nobody's help.
    std::fs::remove_dir(&in_the_way).unwrap();
    let there = async {
        while health(&channel, "").await != said(ServingStatus::Serving, "serving") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(LONG, there).await.expect("the index is tried again");
    assert!(!history().await.unwrap().is_empty());
    assert_eq!(get(address, "/healthz").await.body, "ok\n");
    drop(stop);
    served.await.unwrap().unwrap();
}

//! Answers that do not come: the same bytes go again until the outcome is known.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use civbank::cli::client::{Client, Patience};
use civbank::cli::failure::Failure;
use civbank::cli::trust::Trust;
use civbank::wire::pb::bank_service_server::{BankService, BankServiceServer};
use civbank::wire::pb::ledger_service_server::{LedgerService, LedgerServiceServer};
use civbank::wire::pb::*;
use tokio_stream::Stream;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::program::Program;

const QUICK: Patience = Patience { retries: 3, wait: Duration::from_millis(5) };

/// A ledger that answers what it is told to, and remembers what it was sent.
#[derive(Clone, Default)]
struct Ledger {
    answers: Arc<Mutex<VecDeque<Result<u64, Status>>>>,
    sent: Arc<Mutex<Vec<SubmitRequest>>>,
}

/// A service that is asked one thing, and says to everything else that it does not know it.
macro_rules! service {
    ($service:ident {$($name:ident($request:ty) -> $answer:ty;)*} $($rest:tt)*) => {
        #[tonic::async_trait]
        impl $service for Ledger {
            $($rest)*

            $(async fn $name(&self, _: Request<$request>) -> Result<Response<$answer>, Status> {
                Err(Status::unimplemented("nobody asks this here"))
            })*
        }
    };
}

service!(LedgerService {
    submit_batch(SubmitBatchRequest) -> SubmitBatchResponse;
    preview(PreviewRequest) -> PreviewResponse;
    get_entry(GetEntryRequest) -> GetEntryResponse;
    list_entries(ListEntriesRequest) -> ListEntriesResponse;
    watch_entries(WatchEntriesRequest) -> Self::WatchEntriesStream;
    get_checkpoint(GetCheckpointRequest) -> GetCheckpointResponse;
    get_inclusion_proof(GetInclusionProofRequest) -> GetInclusionProofResponse;
    get_consistency_proof(GetConsistencyProofRequest) -> GetConsistencyProofResponse;
    get_receipt(GetReceiptRequest) -> GetReceiptResponse;
}
    type WatchEntriesStream = Pin<Box<dyn Stream<Item = Result<WatchEntriesResponse, Status>> + Send>>;

    async fn submit(&self, request: Request<SubmitRequest>) -> Result<Response<SubmitResponse>, Status> {
        self.sent.lock().unwrap().push(request.into_inner());
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Err(Status::unavailable("gone")));
        let receipt = Some(Receipt { index: answer?, ..Receipt::default() });
        Ok(Response::new(SubmitResponse { receipt, repeated: false }))
    }
);

service!(BankService {
    list_branches(ListBranchesRequest) -> ListBranchesResponse;
    list_catalogue(ListCatalogueRequest) -> ListCatalogueResponse;
    list_goods(ListGoodsRequest) -> ListGoodsResponse;
    get_board(GetBoardRequest) -> GetBoardResponse;
    get_funds(GetFundsRequest) -> GetFundsResponse;
    get_household(GetHouseholdRequest) -> GetHouseholdResponse;
    get_passbook(GetPassbookRequest) -> GetPassbookResponse;
    list_households(ListHouseholdsRequest) -> ListHouseholdsResponse;
    list_statement(ListStatementRequest) -> ListStatementResponse;
    get_declaration(GetDeclarationRequest) -> GetDeclarationResponse;
    list_declarations(ListDeclarationsRequest) -> ListDeclarationsResponse;
    list_appointments(ListAppointmentsRequest) -> ListAppointmentsResponse;
    get_key(GetKeyRequest) -> GetKeyResponse;
    get_invitation(GetInvitationRequest) -> GetInvitationResponse;
}
    async fn get_bank(&self, _: Request<GetBankRequest>) -> Result<Response<GetBankResponse>, Status> {
        Ok(Response::new(GetBankResponse {
            origin: "example.com/foo".to_owned(),
            vkey: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".to_owned(),
            time_unix_ms: 1_795_154_700_000,
            ..GetBankResponse::default()
        }))
    }
);

fn refusal(code: Code, reason: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, "civbank", [("has".to_owned(), "29".to_owned())]);
    details.set_localized_message("zh-CN", "积分不够");
    Status::with_error_details(code, "not enough points", details)
}

fn envelope() -> Envelope {
    Envelope {
        payload: b"the same bytes".to_vec(),
        payload_type: "a type".to_owned(),
        signatures: Vec::new(),
    }
}

/// Serves a ledger for as long as the runtime lives; its address.
async fn serve(ledger: &Ledger) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder()
        .add_service(LedgerServiceServer::new(ledger.clone()))
        .add_service(BankServiceServer::new(ledger.clone()));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    format!("http://{address}")
}

/// Submits against a ledger with these answers: the result, how often it was sent, and how often a further try
/// was told.
async fn submit(answers: Vec<Result<u64, Status>>) -> (Result<SubmitResponse, Failure>, usize, usize) {
    let ledger = Ledger::default();
    ledger.answers.lock().unwrap().extend(answers);
    let client = Client::new(&serve(&ledger).await, &Trust::default(), None, QUICK).unwrap();
    let mut told = 0;
    let result = client.submit(&envelope(), "1234", "an id", |_| told += 1).await;
    let sent = ledger.sent.lock().unwrap();
    assert!(sent.iter().all(|one| one.envelope == Some(envelope()) && one.pin == "1234"));
    (result, sent.len(), told)
}

fn index(result: Result<SubmitResponse, Failure>) -> u64 {
    result.unwrap().receipt.unwrap().index
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_bytes() {
    for code in [Code::Unavailable, Code::DeadlineExceeded, Code::Cancelled, Code::Unknown, Code::Internal] {
        let lost = || Err(Status::new(code, "lost"));
        let (result, sent, told) = submit(vec![lost(), lost(), Ok(7)]).await;
        assert_eq!((index(result), sent, told), (7, 3, 2), "{code:?}");
    }
}

#[tokio::test]
async fn patience_ends_and_the_outcome_is_said_to_be_unknown() {
    let (result, sent, told) = submit(Vec::new()).await;
    let Err(Failure::OutcomeUnknown { request_id, text }) = result else { panic!("{result:?}") };
    assert_eq!((request_id.as_str(), sent, told), ("an id", 4, 3));
    assert!(text.zh.contains("可能已经入账，也可能没有"), "{}", text.zh);
}

#[tokio::test]
async fn a_stopped_engine_leaves_the_outcome_unknown() {
    let stopped = || Err(refusal(Code::Unavailable, "STOPPED"));
    let (result, sent, _) = submit(vec![stopped(), stopped(), stopped(), stopped()]).await;
    assert!(matches!(result, Err(Failure::OutcomeUnknown { .. })), "{result:?}");
    assert_eq!(sent, 4);
}

#[tokio::test]
async fn a_full_disk_is_tried_again_and_then_a_refusal() {
    let full = || Err(refusal(Code::Unavailable, "DISK_FULL"));
    let (result, sent, _) = submit(vec![full(), full(), full(), full()]).await;
    let Err(Failure::Refused(refused)) = result else { panic!("{result:?}") };
    assert_eq!((refused.reason.as_str(), sent), ("DISK_FULL", 4));
}

#[tokio::test]
async fn a_full_queue_is_tried_again_and_then_a_refusal() {
    let busy = || Err(refusal(Code::Unavailable, "BUSY"));
    let (result, sent, told) = submit(vec![busy(), Ok(3)]).await;
    assert_eq!((index(result), sent, told), (3, 2, 1));
    let (result, sent, _) = submit(vec![busy(), busy(), busy(), busy()]).await;
    let Err(Failure::Refused(refused)) = result else { panic!("{result:?}") };
    assert_eq!((refused.reason.as_str(), sent), ("BUSY", 4));
    // Once an answer was lost, nothing that comes after it is certain.
    let (result, _, _) = submit(vec![Err(Status::unavailable("lost")), busy(), busy(), busy()]).await;
    assert!(matches!(result, Err(Failure::OutcomeUnknown { .. })), "{result:?}");
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_not_sent_again() {
    for code in
        [Code::FailedPrecondition, Code::InvalidArgument, Code::PermissionDenied, Code::ResourceExhausted]
    {
        let (result, sent, told) = submit(vec![Err(refusal(code, "INSUFFICIENT_POINTS")), Ok(1)]).await;
        let Err(Failure::Refused(refused)) = result else { panic!("{result:?}") };
        assert_eq!((refused.reason.as_str(), sent, told), ("INSUFFICIENT_POINTS", 1, 0));
        assert_eq!((refused.text.zh.as_str(), refused.text.en.as_str()), ("积分不够", "not enough points"));
        assert_eq!(refused.numbers["has"], "29");
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let address: SocketAddr = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let client = Client::new(&format!("http://{address}"), &Trust::default(), None, QUICK).unwrap();
    let result = client.submit(&envelope(), "", "an id", |_| {}).await;
    let Err(Failure::Failed(text)) = result else { panic!("{result:?}") };
    assert!(text.zh.contains("连不上"), "{}", text.zh);
}

#[tokio::test]
async fn a_connection_that_breaks_under_way_leaves_the_outcome_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let breaking = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Waits for the first bytes of the request's frames, then hangs up.
            stream.readable().await.unwrap();
            drop(stream);
        }
    });
    let client = Client::new(&format!("http://{address}"), &Trust::default(), None, QUICK).unwrap();
    let result = client.submit(&envelope(), "", "an id", |_| {}).await;
    breaking.abort();
    assert!(matches!(result, Err(Failure::OutcomeUnknown { .. })), "{result:?}");
}

#[tokio::test]
async fn an_address_that_is_none_is_a_usage_error() {
    let result = Client::new("not an address", &Trust::default(), None, QUICK).map(|_| ()).unwrap_err();
    assert_eq!(result.exit_status(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_command_with_an_unknown_outcome_is_kept_for_later() {
    let ledger = Ledger::default();
    let mut program = Program::new();
    program.talk_to(&serve(&ledger).await);
    tokio::task::spawn_blocking(move || {
        program.ok("keygen --out key.pem");
        let run = program.run("open-branch 370829199201 --title 前进村 --key key.pem");
        run.says(1, &["再试（第 3 次，共 3 次）", "结果不明", "civbank submit civbank-", "不会重复入账"]);
        let sent = std::mem::take(&mut *ledger.sent.lock().unwrap());
        assert_eq!(sent.len(), 4);
        assert!(sent.iter().all(|one| *one == sent[0]));

        let mut names = std::fs::read_dir(program.dir()).unwrap().map(|file| file.unwrap().file_name());
        let kept = names.find(|name| name.to_string_lossy().ends_with(".command")).unwrap();
        let kept = kept.to_str().unwrap();
        let mode = std::os::unix::fs::MetadataExt::mode(&program.path(kept).metadata().unwrap());
        assert_eq!(mode & 0o777, 0o600);

        *ledger.answers.lock().unwrap() =
            VecDeque::from([Err(refusal(Code::AlreadyExists, "BRANCH_EXISTS"))]);
        program.run(&format!("submit {kept}")).says(1, &["拒绝 BRANCH_EXISTS"]);
        assert_eq!(*ledger.sent.lock().unwrap(), sent[..1]);
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_receipt_that_does_not_hold_is_not_believed() {
    let ledger = Ledger::default();
    ledger.answers.lock().unwrap().push_back(Ok(7));
    let mut program = Program::new();
    program.talk_to(&serve(&ledger).await);
    tokio::task::spawn_blocking(move || {
        program.ok("keygen --out key.pem");
        let run = program.run("open-branch 370829199201 --title 前进村 --key key.pem --receipt kept");
        run.says(1, &["收据不对，不能相信"]);
        assert!(!program.path("kept").exists());
    })
    .await
    .unwrap();
}

//! One port: gRPC, gRPC-web, reflection, health and pages; limits, deadlines and an orderly end.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use civbank::grpc::{Options, ServeError, serve};
use civbank::journal::Journal;
use civbank::wire::pb;
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tonic::{Code, Request};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::brake::{Brake, Hold};
use super::errors::{denied, reason};
use super::world::*;

fn pages() -> Router {
    Router::new()
        .route("/", get(async || "the front page"))
        .route("/broken", get(async || -> String { panic!("a page that breaks, on purpose") }))
        .fallback(async || (http::StatusCode::NOT_FOUND, "a page of its own for what is not there"))
}

/// One HTTP/1.1 exchange: the status line with headers, and the body.
async fn http1(town: &Town, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(town.address).await.unwrap();
    let length = body.len();
    let head =
        format!("{head}\r\nhost: {}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n", town.address);
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    (String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase(), answer[end + 4..].to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_grpc_share_the_port() {
    let town = Town::with(quick(), Some(pages())).await;
    let (head, body) = http1(&town, "GET / HTTP/1.1", b"").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(String::from_utf8_lossy(&body).contains("the front page"));
    ok(town.bank().await.get_bank(pb::GetBankRequest {})).await;

    // The pages' own fallback stands.
    let (head, body) = http1(&town, "GET /nothing HTTP/1.1", b"").await;
    assert!(head.starts_with("http/1.1 404"), "{head}");
    assert!(String::from_utf8_lossy(&body).contains("a page of its own"));

    // A page that panics breaks nothing else.
    let (head, body) = http1(&town, "GET /broken HTTP/1.1", b"").await;
    assert!(head.starts_with("http/1.1 500"), "{head}");
    assert!(String::from_utf8_lossy(&body).contains("系统出错"));
    ok(town.bank().await.get_bank(pb::GetBankRequest {})).await;

    let bare = Town::new().await;
    let (head, body) = http1(&bare, "GET / HTTP/1.1", b"").await;
    assert!(head.starts_with("http/1.1 404") && head.contains("text/plain"), "{head}");
    assert!(!body.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_service_is_unimplemented_and_not_a_page() {
    let town = Town::with(quick(), Some(pages())).await;
    for path in ["/nothing.v1.NoService/Nothing", "/civbank.v1.BankService/Nothing"] {
        let mut client = tonic::client::Grpc::new(town.channel().await);
        client.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<pb::GetBankRequest, pb::GetBankResponse>::default();
        let request = Request::new(pb::GetBankRequest {});
        let answer = client.unary(request, path.parse().unwrap(), codec).await;
        assert_eq!(answer.unwrap_err().code(), Code::Unimplemented, "{path}");
    }
    let head = "POST /nothing HTTP/1.1\r\ncontent-type: application/grpc-web+proto";
    let (head, _) = http1(&town, head, b"").await;
    assert!(head.contains("grpc-status: 12") && head.contains("application/grpc-web+proto"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_web_is_answered_over_http_1() {
    let town = Town::with(quick(), Some(pages())).await;
    let message = pb::GetBoardRequest { branch: VILLAGE.into() }.encode_to_vec();
    let mut frame = vec![0];
    frame.extend_from_slice(&(message.len() as u32).to_be_bytes());
    frame.extend_from_slice(&message);
    let head = "POST /civbank.v1.BankService/GetBoard HTTP/1.1\r\ncontent-type: application/grpc-web+proto";
    let (head, body) = http1(&town, head, &frame).await;
    assert!(head.starts_with("http/1.1 200") && head.contains("application/grpc-web"), "{head}");
    let body = unchunked(&head, body);
    // One frame with the message, one (0x80) with the trailers.
    let length = u32::from_be_bytes(body[1..5].try_into().unwrap()) as usize;
    let board = pb::GetBoardResponse::decode(&body[5..5 + length]).unwrap();
    assert_eq!(board.checkpoint, &*town.engine.published().checkpoint);
    let trailers = &body[5 + length..];
    assert_eq!(trailers[0], 0x80);
    let trailers = String::from_utf8_lossy(&trailers[5..]).replace(' ', "");
    assert!(trailers.contains("grpc-status:0"), "{trailers}");
}

fn unchunked(head: &str, body: Vec<u8>) -> Vec<u8> {
    if !head.contains("transfer-encoding: chunked") {
        return body;
    }
    let mut whole = Vec::new();
    let mut rest = body.as_slice();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").expect("a chunk's size");
        let size = std::str::from_utf8(&rest[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
}

const SERVICES: [&str; 4] = [
    "civbank.v1.BankService",
    "civbank.v1.DocumentService",
    "civbank.v1.LedgerService",
    "civbank.v1.SessionService",
];

macro_rules! reflected {
    ($version:ident, $town:expr) => {{
        use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
        use tonic_reflection::pb::$version::{ServerReflectionRequest, ServiceResponse};
        let mut client = ServerReflectionClient::new($town.channel().await);
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let requests = tokio_stream::iter([request]);
        let mut answers = client.server_reflection_info(requests).await.unwrap().into_inner();
        let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
        let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
        list.service.into_iter().map(|ServiceResponse { name }| name).collect::<Vec<String>>()
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_names_the_services_in_both_versions() {
    let town = Town::new().await;
    for names in [reflected!(v1, town), reflected!(v1alpha, town)] {
        for service in SERVICES.iter().chain(&["grpc.health.v1.Health"]) {
            assert!(names.iter().any(|name| name == service), "{service} in {names:?}");
        }
    }
    let town = Town::with(Options { reflection: false, ..quick() }, None).await;
    let mut client =
        tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient::new(town.channel().await);
    let none = tokio_stream::iter(Vec::<tonic_reflection::pb::v1::ServerReflectionRequest>::new());
    assert_eq!(client.server_reflection_info(none).await.unwrap_err().code(), Code::Unimplemented);
}

async fn health(client: &mut HealthClient<tonic::transport::Channel>, service: &str) -> ServingStatus {
    let request = HealthCheckRequest { service: service.into() };
    ok(client.check(request)).await.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn health_follows_the_engine() {
    let brake = Brake::default();
    let mut town = Town::found(brake.clone(), None, quick()).await;
    town.open().await;
    let mut client = HealthClient::new(town.channel().await);
    for service in SERVICES.iter().chain(&[""]) {
        assert_eq!(health(&mut client, service).await, ServingStatus::Serving, "{service}");
    }

    // An append whose outcome is unknown: the engine stops, and says so everywhere.
    let token = town.token("officer").await;
    brake.put(Hold::Failing);
    let mut ledger = town.ledger().await;
    let envelope = town.envelope(town.deed("G01", 1, &[]), &["member"]);
    let answer = ledger.submit(submit(envelope)).await;
    let status = denied(answer, Code::Unavailable, "STOPPED");
    use tonic_types::StatusExt;
    assert!(status.get_error_details().retry_info().is_some());
    let request = pb::GetHouseholdRequest { household: HOME.into() };
    let answer = town.bank().await.get_household(signed_in(request, &token)).await;
    denied(answer, Code::Unavailable, "STOPPED");
    let told = async {
        for service in SERVICES.iter().chain(&[""]) {
            while health(&mut client, service).await == ServingStatus::Serving {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.expect("health says no");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_health_hears_the_end() {
    let mut town = Town::new().await;
    let mut client = HealthClient::new(town.channel().await);
    let request = HealthCheckRequest { service: SERVICES[0].into() };
    let mut watched = ok(client.watch(request)).await;
    let next = watched.message().await.unwrap().unwrap();
    assert_eq!(next.status(), ServingStatus::Serving);
    let stopped = town.begin_to_stop();
    let next: Option<HealthCheckResponse> = watched.message().await.unwrap();
    assert_eq!(next.unwrap().status(), ServingStatus::NotServing);
    // The watch does not hold the server up.
    tokio::time::timeout(Duration::from_secs(5), stopped).await.unwrap().unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_is_told_as_a_deadline_and_the_outcome_is_asked_for_again() {
    let brake = Brake::default();
    let mut town = Town::found(brake.clone(), None, quick()).await;
    town.open().await;
    let mut ledger = town.ledger().await;
    // The client keeps its deadline too, 20 ms after the gate's: on a machine that is busy for that long the client
    // is first, and the server's answer is not heard.
    let (size, envelope) = loop {
        let size = town.engine.published().size;
        let envelope = town.envelope(town.deed("G01", 1, &[]), &["member"]);
        let mut request = Request::new(submit(envelope.clone()));
        request.set_timeout(Duration::from_millis(300));
        brake.put(Hold::Waiting);
        let answer = ledger.submit(request).await;
        brake.put(Hold::Off);
        if answer.as_ref().is_err_and(|status| !status.details().is_empty()) {
            denied(answer, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
            break (size, envelope);
        }
        // Whatever became of that one is over before the next begins.
        let _ = ledger.submit(submit(envelope)).await;
    };
    // It was written all the same, once.
    let again = ok(ledger.submit(submit(envelope))).await;
    assert!(again.repeated);
    assert_eq!(again.receipt.unwrap().index, size);
    assert_eq!(town.engine.published().size, size + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_gives_up_by_itself_too() {
    let brake = Brake::default();
    let options = Options { request_time: Duration::from_millis(200), ..quick() };
    let mut town = Town::found(brake.clone(), None, options).await;
    town.open().await;
    let envelope = town.envelope(town.deed("G01", 1, &[]), &["member"]);
    let mut ledger = town.ledger().await;
    brake.put(Hold::Waiting);
    let answer = ledger.submit(submit(envelope)).await;
    brake.put(Hold::Off);
    denied(answer, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
}

/// A gRPC-web call whose body comes in two halves, with a pause between them that is longer than other calls
/// may take. Answers head and body.
async fn slowly(town: &Town, path: &str, token: &str, message: &impl Message) -> String {
    let message = message.encode_to_vec();
    let mut body = vec![0];
    body.extend_from_slice(&(message.len() as u32).to_be_bytes());
    body.extend_from_slice(&message);
    let mut stream = TcpStream::connect(town.address).await.unwrap();
    let (address, length) = (town.address, body.len());
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\
         content-type: application/grpc-web+proto\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..length / 2]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    // Whoever was given up meanwhile may find the connection closed.
    let _ = stream.write_all(&body[length / 2..]).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).to_lowercase().replace(": ", ":")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_upload_is_waited_for_and_a_slow_question_is_not() {
    let options = Options { request_time: Duration::from_millis(200), ..quick() };
    let town = Town::with(options, None).await;
    let token = town.token("member").await;
    let photo = pb::PutDocumentRequest { kind: pb::DocumentKind::Photo as i32, content: vec![7; 100] };
    let put = slowly(&town, "/civbank.v1.DocumentService/PutDocument", &token, &photo).await;
    assert!(put.contains("grpc-status:0"), "{put}");
    let board = pb::GetBoardRequest { branch: VILLAGE.into() };
    let asked = slowly(&town, "/civbank.v1.BankService/GetBoard", &token, &board).await;
    assert!(asked.contains("grpc-status:4"), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_house_turns_away_at_once() {
    let brake = Brake::default();
    let options = Options { requests_at_once: 1, ..quick() };
    let mut town = Town::found(brake.clone(), Some(pages()), options).await;
    town.open().await;
    let mut bank = town.bank().await;
    let envelope = town.envelope(town.deed("G01", 1, &[]), &["member"]);
    let mut ledger = town.ledger().await;
    brake.put(Hold::Waiting);
    // It comes again where a read has the one place just then.
    let waiting = tokio::spawn(async move {
        loop {
            match ledger.submit(submit(envelope.clone())).await {
                Err(status) if reason(&status) == "OVERLOADED" => tokio::task::yield_now().await,
                answer => break answer,
            }
        }
    });
    // Until the command has taken the one place, reads wait for the writer or are turned away.
    let mut checkpoints = town.ledger().await;
    let status = loop {
        match checkpoints.get_checkpoint(pb::GetCheckpointRequest {}).await {
            Ok(_) => tokio::task::yield_now().await,
            Err(status) => break status,
        }
    };
    let status = denied::<()>(Err(status), Code::Unavailable, "OVERLOADED");
    use tonic_types::StatusExt;
    assert!(status.get_error_details().retry_info().is_some());
    let (head, body) = http1(&town, "GET / HTTP/1.1", b"").await;
    assert!(head.starts_with("http/1.1 503") && head.contains("retry-after: 1"), "{head}");
    assert!(!body.is_empty());
    brake.put(Hold::Off);
    waiting.await.unwrap().unwrap();
    ok(bank.get_bank(pb::GetBankRequest {})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_requests_leave_room_for_small_ones() {
    let brake = Brake::default();
    let options = Options { large_requests_at_once: 1, ..quick() };
    let mut town = Town::found(brake.clone(), None, options).await;
    town.open().await;
    let batch = |town: &Town| {
        let envelope = town.envelope(town.deed("G01", 1, &[]), &["member"]);
        pb::SubmitBatchRequest { requests: vec![submit(envelope)] }
    };
    let (first, second) = (batch(&town), batch(&town));
    let (mut ledger, mut other) = (town.ledger().await, town.ledger().await);
    brake.put(Hold::Waiting);
    let waiting = tokio::spawn(async move { ledger.submit_batch(first).await });
    while tokio::time::timeout(Duration::from_millis(50), town.engine.read(|_| ())).await.is_ok() {}
    denied(other.submit_batch(second).await, Code::Unavailable, "OVERLOADED");
    ok(other.get_checkpoint(pb::GetCheckpointRequest {})).await;
    brake.put(Hold::Off);
    waiting.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_beyond_their_limit_are_not_read() {
    let town = Town::new().await;
    let request = pb::GetBoardRequest { branch: "3".repeat(20_000) };
    let answer = town.bank().await.get_board(request).await;
    assert_eq!(answer.unwrap_err().code(), Code::OutOfRange);

    // Within a message's limit, beyond that of its commands together.
    let envelope = pb::Envelope { payload: vec![0; 2_100_000], ..Default::default() };
    let requests = vec![submit(envelope.clone()), submit(envelope)];
    let mut ledger = town.ledger().await.max_decoding_message_size(8 << 20);
    let answer = ledger.submit_batch(pb::SubmitBatchRequest { requests }).await;
    denied(answer, Code::InvalidArgument, "BAD_FIELD");

    let envelope = pb::Envelope { payload: vec![0; 5_000_000], ..Default::default() };
    let answer = ledger.submit(submit(envelope)).await;
    assert_eq!(answer.unwrap_err().code(), Code::OutOfRange);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_waits_for_requests_at_work_and_then_for_the_engine() {
    let brake = Brake::default();
    let mut town = Town::found(brake.clone(), None, quick()).await;
    town.open().await;
    let envelope = town.envelope(town.deed("G01", 1, &[]), &["member"]);
    let mut ledger = town.ledger().await;
    brake.put(Hold::Waiting);
    let (sent, mut arrived) = tokio::sync::oneshot::channel();
    let waiting = tokio::spawn(async move {
        let _ = sent.send(());
        ledger.submit(submit(envelope)).await
    });
    arrived.try_recv().ok();
    // The command is in the engine once reads wait for the writer.
    while tokio::time::timeout(Duration::from_millis(50), town.engine.read(|_| ())).await.is_ok() {}
    let stopped = town.begin_to_stop();
    brake.put(Hold::Off);
    let receipt = waiting.await.unwrap().unwrap().into_inner().receipt.unwrap();
    stopped.await.unwrap().unwrap();
    assert_eq!(receipt.index + 1, brake.size());
    assert_eq!(town.engine.state(), civbank::engine::EngineState::Stopped);
    assert!(TcpStream::connect(town.address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_does_not_wait_for_ever() {
    let brake = Brake::default();
    let options = Options { grace: Duration::from_millis(200), ..quick() };
    let mut town = Town::found(brake.clone(), None, options).await;
    town.open().await;
    let envelope = town.envelope(town.deed("G01", 1, &[]), &["member"]);
    let mut ledger = town.ledger().await;
    brake.put(Hold::Waiting);
    let waiting = tokio::spawn(async move { ledger.submit(submit(envelope)).await });
    while tokio::time::timeout(Duration::from_millis(50), town.engine.read(|_| ())).await.is_ok() {}
    let stopped = town.begin_to_stop();
    // Longer than the grace; the engine itself then finishes what it accepted.
    tokio::time::sleep(Duration::from_millis(400)).await;
    brake.put(Hold::Off);
    stopped.await.unwrap().unwrap();
    drop(waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_text_stays_on_the_machine_unless_told() {
    let first = Town::new().await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = serve(listener, first.engine.clone(), None, quick(), std::future::pending()).await;
    assert!(matches!(refused, Err(ServeError::PlainNotAllowed { .. })));

    let second = Town::new().await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let allowed = Options { allow_plain: true, ..quick() };
    serve(listener, second.engine.clone(), None, allowed, std::future::ready(())).await.unwrap();
}

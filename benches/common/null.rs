//! The null service: the same tonic server with the same settings and the same messages, the same signatures
//! verified and the same fields read, and then an answer of equal size out of nothing. What a server costs that
//! keeps no ledger. It verifies by the library's `verify_strict`; told to, as the bank does, which costs less.

use anyhow::Context;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use civbank::wire::pb::ledger_service_server::{LedgerService, LedgerServiceServer};
use civbank::wire::{PayloadType, check, decode_command, envelope, limits, pb};

use super::process::{flag, say, told_to_end};
use super::verify::hold_by_the_library;

#[derive(Clone, Copy)]
struct NullService {
    entry_bytes: usize,
    proof_bytes: usize,
    /// Verifies as the bank does.
    as_the_bank: bool,
}

/// The argument that says so.
pub const AS_THE_BANK: &str = "--as-the-bank";

impl NullService {
    /// The signatures and fields of one command, and an answer of the size that ours has.
    fn answer(self, request: pb::SubmitRequest) -> Result<pb::SubmitResponse, Status> {
        let envelope = request.envelope.ok_or_else(|| Status::invalid_argument("envelope"))?;
        let wrong = |error: String| Status::invalid_argument(error);
        let digest = if self.as_the_bank {
            check(envelope).map_err(|error| wrong(error.to_string()))?.digest
        } else {
            let claims = envelope::claims(&envelope).map_err(|error| wrong(error.to_string()))?;
            if !hold_by_the_library(&claims) {
                return Err(wrong("a signature".into()));
            }
            let kind = PayloadType::parse(&envelope.payload_type).ok_or_else(|| wrong("a type".into()))?;
            decode_command(kind, &envelope.payload).map_err(|error| wrong(error.to_string()))?;
            envelope::digest(&envelope.payload)
        };
        let receipt = pb::Receipt {
            index: u64::from(digest[0]),
            entry: vec![digest[1]; self.entry_bytes],
            proof: "0".repeat(self.proof_bytes),
        };
        Ok(pb::SubmitResponse { receipt: Some(receipt), repeated: false })
    }
}

/// Serves until told to end. The arguments are the sizes of an entry and of a proof, and [`AS_THE_BANK`].
pub fn serve(args: &[String]) -> anyhow::Result<()> {
    let [entry_bytes, proof_bytes, rest @ ..] = args else { anyhow::bail!("two sizes") };
    let service = NullService {
        entry_bytes: entry_bytes.parse()?,
        proof_bytes: proof_bytes.parse()?,
        as_the_bank: flag(rest, AS_THE_BANK.trim_start_matches("--")),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a port")?;
        say(&json!({ "address": listener.local_addr()?.to_string() }))?;
        let ledger =
            LedgerServiceServer::new(service).max_decoding_message_size(limits::LEDGER_MESSAGE_BYTES_MAX);
        let server = tonic::transport::Server::builder()
            .accept_http1(true)
            .max_concurrent_streams(limits::STREAMS_AT_ONCE)
            .initial_stream_window_size(limits::STREAM_WINDOW_BYTES)
            .initial_connection_window_size(limits::CONNECTION_WINDOW_BYTES)
            .add_service(ledger);
        // `serve_with_incoming` leaves the socket as it is given; the real server sets this too.
        use tokio_stream::StreamExt;
        let incoming = TcpListenerStream::new(listener).map(|stream| {
            let stream = stream?;
            stream.set_nodelay(true)?;
            Ok::<_, std::io::Error>(stream)
        });
        Ok(server.serve_with_incoming_shutdown(incoming, told_to_end()).await?)
    })
}

fn not_here<T>() -> Result<T, Status> {
    Err(Status::unimplemented("the null service has no ledger"))
}

#[tonic::async_trait]
impl LedgerService for NullService {
    async fn submit(
        &self,
        request: Request<pb::SubmitRequest>,
    ) -> Result<Response<pb::SubmitResponse>, Status> {
        Ok(Response::new(self.answer(request.into_inner())?))
    }

    async fn submit_batch(
        &self,
        request: Request<pb::SubmitBatchRequest>,
    ) -> Result<Response<pb::SubmitBatchResponse>, Status> {
        // Side by side, as the real one admits them.
        let service = *self;
        let answers = request.into_inner().requests.into_iter();
        let answers: Vec<_> =
            answers.map(|request| tokio::spawn(async move { service.answer(request) })).collect();
        let mut results = Vec::with_capacity(answers.len());
        for answer in answers {
            let response = answer.await.map_err(|error| Status::internal(error.to_string()))??;
            let result = Some(pb::submit_batch_result::Result::Response(response));
            results.push(pb::SubmitBatchResult { result });
        }
        Ok(Response::new(pb::SubmitBatchResponse { results }))
    }

    async fn preview(&self, _: Request<pb::PreviewRequest>) -> Result<Response<pb::PreviewResponse>, Status> {
        not_here()
    }

    async fn get_entry(
        &self,
        _: Request<pb::GetEntryRequest>,
    ) -> Result<Response<pb::GetEntryResponse>, Status> {
        not_here()
    }

    async fn list_entries(
        &self,
        _: Request<pb::ListEntriesRequest>,
    ) -> Result<Response<pb::ListEntriesResponse>, Status> {
        not_here()
    }

    type WatchEntriesStream = tokio_stream::Empty<Result<pb::WatchEntriesResponse, Status>>;

    async fn watch_entries(
        &self,
        _: Request<pb::WatchEntriesRequest>,
    ) -> Result<Response<Self::WatchEntriesStream>, Status> {
        not_here()
    }

    async fn get_checkpoint(
        &self,
        _: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<pb::GetCheckpointResponse>, Status> {
        not_here()
    }

    async fn get_inclusion_proof(
        &self,
        _: Request<pb::GetInclusionProofRequest>,
    ) -> Result<Response<pb::GetInclusionProofResponse>, Status> {
        not_here()
    }

    async fn get_consistency_proof(
        &self,
        _: Request<pb::GetConsistencyProofRequest>,
    ) -> Result<Response<pb::GetConsistencyProofResponse>, Status> {
        not_here()
    }

    async fn get_receipt(
        &self,
        _: Request<pb::GetReceiptRequest>,
    ) -> Result<Response<pb::GetReceiptResponse>, Status> {
        not_here()
    }
}

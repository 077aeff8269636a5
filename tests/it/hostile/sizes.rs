//! Messages of the largest size, and of one byte more.

use civbank::wire::limits;
use civbank::wire::pb;
use civbank::wire::pb::document_service_client::DocumentServiceClient;
use civbank::wire::pb::ledger_service_client::LedgerServiceClient;
use prost::Message as _;
use tonic::{Code, Request};

use super::house::{Good, House, MIB, token};
use crate::it::grpc::errors::denied;

/// A batch of exactly so many bytes as a message.
fn batch(bytes: usize) -> pb::SubmitBatchRequest {
    let of = |payload: usize| {
        let envelope = pb::Envelope { payload: vec![7; payload], ..Default::default() };
        let request = pb::SubmitRequest { envelope: Some(envelope), pin: String::new() };
        pb::SubmitBatchRequest { requests: vec![request] }
    };
    // Lengths take as many bytes here as there.
    let framing = of(bytes).encoded_len() - bytes;
    let batch = of(bytes - framing);
    assert_eq!(batch.encoded_len(), bytes);
    batch
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_messages_are_read_and_one_byte_more_is_not() {
    let house = House::open(0, &[], None).await;
    let token = token(&house).await;
    let mut good = Good::new(&house).await;
    let sending = async {
        let mut senders = Vec::new();
        for _ in 0..4 {
            let (channel, token) = (house.channel().await, token.clone());
            senders.push(tokio::spawn(async move {
                let mut ledger =
                    LedgerServiceClient::new(channel.clone()).max_encoding_message_size(usize::MAX);
                let mut documents = DocumentServiceClient::new(channel).max_encoding_message_size(usize::MAX);
                for round in 0..10u8 {
                    // Read, and refused for what it says.
                    let answer = ledger.submit_batch(batch(limits::LEDGER_MESSAGE_BYTES_MAX)).await;
                    denied(answer, Code::InvalidArgument, "BAD_FIELD");
                    let answer = ledger.submit_batch(batch(limits::LEDGER_MESSAGE_BYTES_MAX + 1)).await;
                    assert_eq!(answer.unwrap_err().code(), Code::OutOfRange);
                    let mut put = async |bytes: usize| {
                        let kind = pb::DocumentKind::Record as i32;
                        let mut request =
                            Request::new(pb::PutDocumentRequest { kind, content: vec![round; bytes] });
                        let bearer = format!("Bearer {token}").parse().unwrap();
                        request.metadata_mut().insert("authorization", bearer);
                        documents.put_document(request).await
                    };
                    put(limits::DOCUMENT_BYTES_MAX).await.expect("the largest document");
                    let larger = put(limits::DOCUMENT_BYTES_MAX + 1).await;
                    denied(larger, Code::InvalidArgument, "DOCUMENT_TOO_LARGE");
                    let answer = put(limits::DOCUMENT_MESSAGE_BYTES_MAX + 1).await;
                    assert_eq!(answer.unwrap_err().code(), Code::OutOfRange);
                }
            }));
        }
        for sender in senders {
            sender.await.unwrap();
        }
    };
    good.beside(sending).await;
    house.is_within(192 * MIB, "after messages of the largest size");
    good.works().await;
}

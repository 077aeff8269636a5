//! `LedgerService`: what becomes of commands.

use std::sync::Arc;

use civbank::bank::command::Body;
use civbank::documents::DocumentKind;
use civbank::tlog;
use civbank::wire::{Entry, pb};
use tonic::Code;
use tonic_types::StatusExt;

use super::errors::{denied, number};
use super::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_holds_up_without_the_server() {
    let town = Town::new().await;
    let mut ledger = town.ledger().await;
    let envelope = town.envelope(town.deed("G01", 2, &[]), &["member"]);
    let response = ok(ledger.submit(submit(envelope.clone()))).await;
    assert!(!response.repeated);
    let receipt = response.receipt.unwrap();
    let entry = Entry::decode(&receipt.entry).unwrap();
    assert_eq!(entry.index, receipt.index);
    let checkpoint = ok(ledger.get_checkpoint(pb::GetCheckpointRequest {})).await;
    assert!(checkpoint.checkpoint.starts_with(ORIGIN));
    assert_eq!(checkpoint.vkey, town.engine.vkey());
    let proof = tlog::TlogProof::parse(receipt.proof.as_bytes()).unwrap();
    let log: tlog::Verifier = checkpoint.vkey.parse().unwrap();
    proof.verify(&receipt.entry, &log, &[]).unwrap();
    assert_eq!(proof.index(), receipt.index);
    let mut other = receipt.entry.clone();
    other[40] ^= 1;
    assert!(proof.verify(&other, &log, &[]).is_err());

    // The same bytes again, by another client: the same entry.
    let again = ok(town.ledger().await.submit(submit(envelope))).await;
    assert!(again.repeated);
    assert_eq!(again.receipt.unwrap().entry, receipt.entry);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_why_in_words_and_numbers() {
    let mut town = Town::new().await;
    town.live().await;
    let mut ledger = town.ledger().await;
    // 20 points came in, 10 were spent.
    let envelope = town.envelope(town.eggs(3), &["terminal", "passbook"]);
    let answer = ledger.submit(submit(envelope)).await;
    let status = denied(answer, Code::FailedPrecondition, "INSUFFICIENT_POINTS");
    assert_eq!((number(&status, "has"), number(&status, "asked")), ("10".into(), "15".into()));

    // Goods are called by their name in the shop where the terminal stands.
    let envelope = town.envelope(town.eggs(29), &["terminal", "passbook"]);
    let status = denied(ledger.submit(submit(envelope)).await, Code::FailedPrecondition, "OUT_OF_STOCK");
    let text = status.get_error_details().localized_message().unwrap().message.clone();
    assert!(text.contains("鸡蛋"), "{text}");
    assert!(status.message().contains("egg"), "{}", status.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_wrong_is_named() {
    let town = Town::new().await;
    let mut ledger = town.ledger().await;
    let answer = ledger.submit(pb::SubmitRequest::default()).await;
    let status = denied(answer, Code::InvalidArgument, "BAD_FIELD");
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "envelope");

    let envelope = town.envelope(town.deed("G01", 2_000, &[]), &["member"]);
    let status = denied(ledger.submit(submit(envelope)).await, Code::InvalidArgument, "BAD_FIELD");
    assert_eq!(number(&status, "field"), "declare.quantity");

    let mut envelope = town.envelope(town.deed("G01", 1, &[]), &["member"]);
    envelope.signatures[0].signature[7] ^= 1;
    denied(ledger.submit(submit(envelope)).await, Code::Unauthenticated, "BAD_SIGNATURE");

    let envelope = town.envelope(town.deed("G01", 1, &[]), &["member"]);
    let request = pb::SubmitRequest { envelope: Some(envelope), pin: "12ab".into() };
    let status = denied(ledger.submit(request).await, Code::InvalidArgument, "BAD_FIELD");
    assert_eq!(number(&status, "field"), "pin");

    let nowhere = civbank::bank::ids::Digest([7; 32]);
    let envelope = town.envelope(town.deed("E01", 1, &[nowhere]), &["member"]);
    denied(ledger.submit(submit(envelope)).await, Code::FailedPrecondition, "DOCUMENT_MISSING");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_with_one_request_id_make_one_entry() {
    let town = Arc::new(Town::new().await);
    let command = town.command(town.deed("G01", 1, &[]));
    let envelope = sealed(&command, &["member"]);
    let size = town.engine.published().size;
    let calls = (0..8).map(|_| {
        let (town, envelope) = (town.clone(), envelope.clone());
        tokio::spawn(async move { ok(town.ledger().await.submit(submit(envelope))).await })
    });
    let mut first = 0;
    for call in calls.collect::<Vec<_>>() {
        let response = call.await.unwrap();
        assert_eq!(response.receipt.unwrap().index, size);
        first += u32::from(!response.repeated);
    }
    assert_eq!(first, 1);
    assert_eq!(town.engine.published().size, size + 1);

    // The same id over other bytes is another command.
    let other = civbank::bank::Command { body: town.deed("G01", 2, &[]), ..command };
    let answer = town.ledger().await.submit(submit(sealed(&other, &["member"]))).await;
    let status = denied(answer, Code::AlreadyExists, "REQUEST_ID_REUSED");
    assert_eq!(number(&status, "index"), size.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_answers_each_command_by_itself() {
    use pb::submit_batch_result::Result::{Refusal, Response};
    let town = Town::new().await;
    let size = town.engine.published().size;
    let mut bad = town.envelope(town.deed("G01", 1, &[]), &["member"]);
    bad.signatures[0].signature[0] ^= 1;
    let requests = vec![
        submit(town.envelope(town.deed("G01", 1, &[]), &["member"])),
        pb::SubmitRequest::default(),
        submit(town.envelope(town.eggs(1), &["terminal", "passbook"])),
        submit(bad),
        submit(town.envelope(town.deed("G01", 2, &[]), &["neighbour"])),
        submit(town.envelope(town.deed("G01", 3, &[]), &["passbook"])),
    ];
    let mut ledger = town.ledger().await;
    let results = ok(ledger.submit_batch(pb::SubmitBatchRequest { requests })).await.results;
    let told: Vec<String> = results
        .into_iter()
        .map(|result| match result.result.unwrap() {
            Response(response) => format!("#{}", response.receipt.unwrap().index - size),
            Refusal(refusal) => {
                assert!(!refusal.message.is_ascii(), "{refusal:?}");
                format!("{} {}", refusal.code, refusal.reason)
            }
        })
        .collect();
    let wanted = ["#0", "3 BAD_FIELD", "9 INSUFFICIENT_POINTS", "16 BAD_SIGNATURE", "7 NOT_AUTHORISED", "#1"];
    assert_eq!(told, wanted);

    let none = ledger.submit_batch(pb::SubmitBatchRequest::default()).await;
    denied(none, Code::InvalidArgument, "BAD_FIELD");
    let requests = vec![pb::SubmitRequest::default(); 257];
    let many = ledger.submit_batch(pb::SubmitBatchRequest { requests }).await;
    let status = denied(many, Code::InvalidArgument, "BAD_FIELD");
    assert_eq!(number(&status, "field"), "requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_writes_nothing() {
    let town = Town::new().await;
    let size = town.engine.published().size;
    let mut ledger = town.ledger().await;
    let envelope = town.envelope(town.deed("G01", 1, &[]), &["member"]);
    let preview = ok(ledger.preview(pb::PreviewRequest { envelope: Some(envelope) })).await;
    assert_eq!(preview.effects.unwrap().changes.len(), 1);
    assert_eq!(town.engine.published().size, size);
    let envelope = town.envelope(town.deed("G01", 1, &[]), &["neighbour"]);
    let answer = ledger.preview(pb::PreviewRequest { envelope: Some(envelope) }).await;
    denied(answer, Code::PermissionDenied, "NOT_AUTHORISED");
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_check_with_the_hashes_alone() {
    let town = Town::new().await;
    let mut ledger = town.ledger().await;
    let size = town.engine.published().size;
    let hash = |bytes: &[u8]| tlog::Hash::from_bytes(bytes.try_into().unwrap());
    let hashes = |all: &[Vec<u8>]| all.iter().map(|bytes| hash(bytes)).collect::<Vec<_>>();
    for (index, asked) in [(0, 0), (3, 0), (3, 7), (size - 1, size)] {
        let request = pb::GetInclusionProofRequest { index, tree_size: asked };
        let proof = ok(ledger.get_inclusion_proof(request)).await;
        let (leaf, root) = (hash(&proof.leaf_hash), hash(&proof.root));
        assert_eq!(proof.tree_size, if asked == 0 { size } else { asked });
        let entry = town.engine.entry(index).unwrap().unwrap();
        assert_eq!(leaf, tlog::leaf_hash(&entry));
        tlog::verify_inclusion(&hashes(&proof.hashes), index, proof.tree_size, &leaf, &root).unwrap();
    }
    let request = pb::GetConsistencyProofRequest { old_size: 5, new_size: 0 };
    let proof = ok(ledger.get_consistency_proof(request)).await;
    let (old, new) = (hash(&proof.old_root), hash(&proof.new_root));
    assert_eq!(new, town.engine.published().root);
    tlog::verify_consistency(&hashes(&proof.hashes), 5, &old, proof.new_size, &new).unwrap();

    let beyond = pb::GetInclusionProofRequest { index: 0, tree_size: size + 1 };
    denied(ledger.get_inclusion_proof(beyond).await, Code::OutOfRange, "PROOF_OUT_OF_RANGE");
    let beyond = pb::GetInclusionProofRequest { index: size, tree_size: 0 };
    denied(ledger.get_inclusion_proof(beyond).await, Code::OutOfRange, "PROOF_OUT_OF_RANGE");
    let backwards = pb::GetConsistencyProofRequest { old_size: 9, new_size: 4 };
    denied(ledger.get_consistency_proof(backwards).await, Code::OutOfRange, "PROOF_OUT_OF_RANGE");
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_put_then_named() {
    let town = Town::new().await;
    let mut documents = town.documents().await;
    let token = town.token("member").await;
    let photo =
        pb::PutDocumentRequest { kind: pb::DocumentKind::Photo as i32, content: b"a swept yard".to_vec() };
    let address = ok(documents.put_document(signed_in(photo.clone(), &token))).await.address;
    let again = ok(documents.put_document(signed_in(photo.clone(), &token))).await.address;
    assert_eq!(address, again);
    let there = town.document(DocumentKind::Photo, b"a swept yard");
    assert_eq!(address, there.0);
    town.write(town.deed("E01", 1, &[there]), &["member"]).await;

    let read = pb::GetDocumentRequest { address };
    let token = town.token("liaison").await;
    let document = ok(documents.get_document(signed_in(read, &token))).await;
    assert_eq!((document.kind, document.content), (photo.kind, photo.content));

    for (kind, content, field) in [(0, vec![1], "kind"), (9, vec![1], "kind"), (1, vec![], "content")] {
        let request = pb::PutDocumentRequest { kind, content };
        let answer = documents.put_document(signed_in(request, &token)).await;
        let status = denied(answer, Code::InvalidArgument, "BAD_FIELD");
        assert_eq!(number(&status, "field"), field);
    }
    let large = pb::PutDocumentRequest { kind: pb::DocumentKind::Pin as i32, content: vec![7; 513] };
    let answer = documents.put_document(signed_in(large, &token)).await;
    let status = denied(answer, Code::InvalidArgument, "DOCUMENT_TOO_LARGE");
    assert_eq!((number(&status, "size"), number(&status, "max")), ("513".into(), "512".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn before_entry_0_there_is_nothing_to_read() {
    let town = Town::found(civbank::journal::MemoryJournal::new(), None, quick()).await;
    let mut bank = town.bank().await;
    denied(bank.get_bank(pb::GetBankRequest {}).await, Code::FailedPrecondition, "BANK_NOT_OPEN");
    let catalogue = pb::ListCatalogueRequest::default();
    denied(bank.list_catalogue(catalogue).await, Code::FailedPrecondition, "BANK_NOT_OPEN");
    let invitation = pb::GetInvitationRequest { invitation_key: public("officer") };
    denied(bank.get_invitation(invitation).await, Code::FailedPrecondition, "BANK_NOT_OPEN");
    let key = pb::GetKeyRequest { public_key: public("officer") };
    denied(bank.get_key(key).await, Code::FailedPrecondition, "BANK_NOT_OPEN");
    let mut ledger = town.ledger().await;
    let checkpoint = ledger.get_checkpoint(pb::GetCheckpointRequest {}).await;
    denied(checkpoint, Code::FailedPrecondition, "BANK_NOT_OPEN");
    let proof = pb::GetInclusionProofRequest { index: 0, tree_size: 0 };
    denied(ledger.get_inclusion_proof(proof).await, Code::OutOfRange, "PROOF_OUT_OF_RANGE");
    let envelope = town.envelope(Body::OpenBranch { branch: village(), title: "村".into() }, &["officer"]);
    denied(ledger.submit(submit(envelope)).await, Code::FailedPrecondition, "BANK_NOT_OPEN");
}

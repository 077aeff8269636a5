//! Submitting: receipts, retries, batches, refusals, a full queue, and an end in good order.

use std::time::Duration;

use civbank::bank::Refusal;
use civbank::engine::{EngineState, SubmitError};
use civbank::wire::Entry;

use super::fixture::{Place, STORES, Store, check_receipt, funding, officer, signed, stranger, village};
use super::gate::{GatedJournal, Pass};

/// Polls what is in flight without waiting for it.
async fn let_others_run() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_gets_a_receipt_that_verifies() {
    for store in STORES {
        let place = Place::new(store);
        let engine = place.open().await;
        let mut acknowledged = Vec::new();
        for number in 1..10 {
            let receipt = engine.submit(place.fund(), "").await.expect("an entry");
            assert_eq!((receipt.index, receipt.repeated), (number, false));
            check_receipt(&receipt, &place.signer());
            acknowledged.push(receipt);
        }
        place.check(&engine, &acknowledged).await;
        engine.shutdown().await;
        assert_eq!(place.audit().entries, 10);

        // The same after a restart.
        let engine = place.start();
        assert_eq!(engine.published().size, 10);
        place.check(&engine, &acknowledged).await;
        engine.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_again_gets_the_first_entry() {
    for store in STORES {
        let place = Place::new(store);
        let engine = place.open().await;
        let command = place.fund();
        let first = engine.submit(command.clone(), "").await.expect("an entry");
        engine.submit(place.fund(), "").await.expect("another entry");
        let again = engine.submit(command.clone(), "").await.expect("the first entry");
        assert!(again.repeated && !first.repeated);
        assert_eq!((again.index, &again.entry), (first.index, &first.entry));
        check_receipt(&again, &place.signer());
        engine.shutdown().await;

        let engine = place.start();
        let again = engine.submit(command, "").await.expect("the first entry");
        assert!(again.repeated);
        assert_eq!((again.index, &again.entry), (first.index, &first.entry));
        assert_eq!(engine.published().size, 3);
        place.check(&engine, &[first, again]).await;
        engine.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_with_other_content_is_refused() {
    let place = Place::new(Store::Memory);
    let engine = place.open().await;
    let mut command = place.command(funding(7));
    let first = engine.submit(signed(&command, &[&officer()]), "").await.expect("an entry");
    command.body = funding(8);
    let other = engine.submit(signed(&command, &[&officer()]), "").await;
    let index = first.index;
    assert_eq!(other, Err(SubmitError::Refused(Refusal::RequestIdReused { index })));
    assert_eq!(engine.published().size, 2);
    place.check(&engine, &[first]).await;
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_in_one_batch_are_one_entry() {
    let place = Place::new(Store::Memory);
    place.open().await.shutdown().await;
    let (journal, gate) = GatedJournal::new(place.journal());
    let engine = place.start_on(Box::new(journal));
    let submit = |envelope| {
        let engine = engine.clone();
        tokio::spawn(async move { engine.submit(envelope, "").await })
    };
    let ahead = submit(place.fund());
    assert_eq!(gate.arrival().await, 1);
    // The writer is busy: these wait together.
    let twin = place.fund();
    let others = [twin.clone(), place.fund(), twin].map(|envelope| (envelope, String::new())).to_vec();
    let others = tokio::spawn({
        let engine = engine.clone();
        async move { engine.submit_batch(others).await }
    });
    let_queue_fill(&engine).await;
    gate.pass(Pass::Written);
    ahead.await.expect("a task").expect("an entry");
    assert_eq!(gate.arrival().await, 2, "two entries in one batch");
    assert!(!others.is_finished());
    gate.pass(Pass::Written);
    let answers = others.await.expect("a task");
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect("an entry")).collect();
    assert_eq!(
        answers.iter().map(|a| (a.index, a.repeated)).collect::<Vec<_>>(),
        [(2, false), (3, false), (2, true)]
    );
    assert_eq!(answers[0].entry, answers[2].entry);
    place.check(&engine, &answers).await;
    drop(gate);
    engine.shutdown().await;
    assert_eq!(place.audit().entries, 4);
    assert_eq!(place.audit().checkpoints, 3);
}

/// Waits until submitted commands have passed admission. There is no signal for that, only their rest.
async fn let_queue_fill(engine: &civbank::engine::Engine) {
    let size = engine.published().size;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(engine.published().size, size, "the gate holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_waits_until_what_it_rests_on_is_durable() {
    for pass in [Pass::Written, Pass::Lost] {
        let place = Place::new(Store::Memory);
        place.open().await.shutdown().await;
        let (journal, gate) = GatedJournal::new(place.journal());
        let engine = place.start_on(Box::new(journal));
        let ahead = tokio::spawn({
            let (engine, envelope) = (engine.clone(), place.fund());
            async move { engine.submit(envelope, "").await }
        });
        gate.arrival().await;
        // The second opening of one village is refused because of the first, in the same batch.
        let both = vec![(place.village(1), String::new()), (place.village(1), String::new())];
        let both = tokio::spawn({
            let engine = engine.clone();
            async move { engine.submit_batch(both).await }
        });
        let_queue_fill(&engine).await;
        gate.pass(Pass::Written);
        ahead.await.expect("a task").expect("an entry");
        assert_eq!(gate.arrival().await, 1);
        let_others_run().await;
        assert!(!both.is_finished(), "answered before the batch is durable");
        gate.pass(pass);
        let answers = both.await.expect("a task");
        match pass {
            Pass::Written => {
                assert!(answers[0].is_ok());
                let refused = SubmitError::Refused(Refusal::BranchExists { branch: village(1) });
                assert_eq!(answers[1], Err(refused));
            }
            Pass::Lost => {
                assert_eq!(answers, [Err(SubmitError::Stopped), Err(SubmitError::Stopped)]);
                assert_eq!(engine.state(), EngineState::Stopped);
            }
        }
        drop(gate);
        engine.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_too_many_is_told_to_come_back() {
    const MANY: usize = civbank::wire::limits::QUEUE_LENGTH + 1_000;
    let place = Place::new(Store::Memory);
    place.open().await.shutdown().await;
    let (journal, gate) = GatedJournal::new(place.journal());
    let engine = place.start_on(Box::new(journal));
    let submit = |envelope| {
        let engine = engine.clone();
        tokio::spawn(async move { engine.submit(envelope, "").await })
    };
    let ahead = submit(place.fund());
    gate.arrival().await;
    // One command many times: were one of them lost or written twice, the count of entries would tell.
    let twin = place.fund();
    let mut calls: Vec<_> = (0..MANY).map(|_| submit(twin.clone())).collect();
    let mut busy = 0;
    while busy < MANY - civbank::wire::limits::QUEUE_LENGTH {
        let (done, waiting): (Vec<_>, Vec<_>) = calls.into_iter().partition(|call| call.is_finished());
        for call in done {
            assert_eq!(call.await.expect("a task"), Err(SubmitError::Busy));
            busy += 1;
        }
        calls = waiting;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(calls.len(), civbank::wire::limits::QUEUE_LENGTH);
    drop(gate);
    ahead.await.expect("a task").expect("an entry");
    let mut fresh = 0;
    for call in calls {
        let answer = call.await.expect("a task").expect("an entry");
        assert_eq!(answer.index, 2);
        fresh += usize::from(!answer.repeated);
    }
    assert_eq!(fresh, 1);
    assert_eq!(engine.published().size, 3);
    place.check(&engine, &[]).await;
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_finishes_what_was_accepted() {
    let place = Place::new(Store::File);
    place.open().await.shutdown().await;
    let (journal, gate) = GatedJournal::new(place.journal());
    let engine = place.start_on(Box::new(journal));
    let calls: Vec<_> = (0..600)
        .map(|_| {
            let (engine, envelope) = (engine.clone(), place.fund());
            tokio::spawn(async move { engine.submit(envelope, "").await })
        })
        .collect();
    gate.arrival().await;
    let_queue_fill(&engine).await;
    let ending = tokio::spawn({
        let engine = engine.clone();
        async move { engine.shutdown().await }
    });
    let_queue_fill(&engine).await;
    let late = tokio::spawn({
        let (engine, envelope) = (engine.clone(), place.fund());
        async move { engine.submit(envelope, "").await }
    });
    let_queue_fill(&engine).await;
    drop(gate);
    ending.await.expect("an end");
    let mut acknowledged = Vec::new();
    for call in calls {
        acknowledged.push(call.await.expect("a task").expect("what was accepted is written"));
    }
    // One that came while the queue was closing is written or not, and knows which.
    let late = late.await.expect("a task");
    assert!(matches!(&late, Ok(_) | Err(SubmitError::Stopped)), "{late:?}");
    acknowledged.extend(late);
    assert_eq!(engine.state(), EngineState::Stopped);
    assert_eq!(engine.submit(place.fund(), "").await, Err(SubmitError::Stopped));
    assert!(engine.read(|_| ()).await.is_err());
    drop(engine);

    assert_eq!(place.audit().entries, 1 + acknowledged.len() as u64);
    let engine = place.start();
    place.check(&engine, &acknowledged).await;
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_what_would_be_and_writes_nothing() {
    let place = Place::new(Store::Memory);
    let engine = place.open().await;
    let envelope = place.fund();
    let preview = engine.preview(envelope.clone()).await.expect("effects");
    assert_eq!(engine.published().size, 1);
    let receipt = engine.submit(envelope, "").await.expect("an entry");
    assert_eq!(Entry::decode(&receipt.entry).expect("an entry").effects, preview);
    let refused = place.envelope(funding(1), &[&stranger()]);
    assert!(matches!(engine.preview(refused).await, Err(SubmitError::Refused(Refusal::KeyUnknown { .. }))));
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_hears_of_every_durable_batch() {
    let place = Place::new(Store::Memory);
    let engine = place.open().await;
    let mut watch = engine.watch();
    for size in 2..6 {
        engine.submit(place.fund(), "").await.expect("an entry");
        watch.wait_for(|published| published.size == size).await.expect("an engine that lives");
        let published = engine.published();
        let note = published.checkpoint.as_bytes();
        let opened = civbank::tlog::Checkpoint::open(note, place.signer().verifier(), &[]);
        let opened = opened.expect("a signed checkpoint");
        assert_eq!((opened.value().size(), opened.value().root()), (size, &published.root));
    }
    engine.shutdown().await;
}

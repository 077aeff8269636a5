//! Appends that fail, in each of their ways, and callers who go away: whatever was acknowledged is there, and
//! a retry tells what became of the rest.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use civbank::bank::time::Time;
use civbank::engine::{EngineState, HistoryKind, SubmitError, Unavailable};

use super::super::journal::{FaultyJournal, Misfortune};
use super::fixture::{Place, STORES, Store, head};
use super::gate::{GatedJournal, Pass};

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_fails_stops_the_engine_and_a_restart_tells() {
    for store in STORES {
        for misfortune in [Misfortune::NotWritten, Misfortune::WrittenButReportedFailed] {
            for appends in 0..3 {
                fail_one_append(store, misfortune, appends).await;
            }
        }
    }
}

async fn fail_one_append(store: Store, misfortune: Misfortune, appends: u64) {
    let place = Place::new(store);
    place.open().await.shutdown().await;
    let journal = FaultyJournal::new(place.journal(), Some((appends, misfortune)));
    let engine = place.start_on(Box::new(journal));
    let mut acknowledged = Vec::new();
    for _ in 0..appends {
        acknowledged.push(engine.submit(place.fund(), "").await.expect("an entry"));
    }
    let before = engine.published();
    let unknown = place.fund();
    assert_eq!(engine.submit(unknown.clone(), "").await, Err(SubmitError::Stopped));
    assert_eq!(engine.state(), EngineState::Stopped);
    assert_eq!(engine.read(|_| ()).await, Err(Unavailable));
    assert_eq!(engine.tick().await, Err(Unavailable));
    assert_eq!(engine.submit(place.fund(), "").await, Err(SubmitError::Stopped));
    assert_eq!(engine.preview(place.fund()).await, Err(SubmitError::Stopped));
    // What was published before stands, and is proved.
    assert_eq!(engine.published(), before);
    for known in &acknowledged {
        assert_eq!(engine.receipt(known.index).await.expect("a receipt").entry, known.entry);
    }
    engine.shutdown().await;

    let engine = place.start();
    let written = misfortune == Misfortune::WrittenButReportedFailed;
    assert_eq!(engine.published().size, before.size + u64::from(written));
    let told = engine.submit(unknown.clone(), "").await.expect("an entry");
    assert_eq!((told.index, told.repeated), (before.size, written));
    let again = engine.submit(unknown, "").await.expect("the same entry");
    assert_eq!((again.index, again.repeated, &again.entry), (told.index, true, &told.entry));
    acknowledged.push(told);
    place.check(&engine, &acknowledged).await;
    engine.shutdown().await;
    assert_eq!(place.audit().entries, before.size + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_nothing_that_is_not_durable() {
    for pass in [Pass::Written, Pass::Lost] {
        let place = Place::new(Store::Memory);
        place.open().await.shutdown().await;
        let (journal, gate) = GatedJournal::new(place.journal());
        let engine = place.start_on(Box::new(journal));
        let writing = tokio::spawn({
            let (engine, envelope) = (engine.clone(), place.village(1));
            async move { engine.submit(envelope, "").await }
        });
        gate.arrival().await;
        let reading = tokio::spawn({
            let engine = engine.clone();
            async move { engine.read(|view| (view.size, view.bank.branches(None).count())).await }
        });
        assert_eq!(engine.published().size, 1);
        assert_eq!(engine.entry(1), Ok(None));
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert!(!reading.is_finished(), "a reader saw state that is not durable");
        gate.pass(pass);
        let seen = reading.await.expect("a task");
        match pass {
            Pass::Written => assert_eq!(seen, Ok((2, 2))),
            Pass::Lost => assert_eq!(seen, Err(Unavailable)),
        }
        assert_eq!(writing.await.expect("a task").is_ok(), pass == Pass::Written);
        drop(gate);
        engine.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_leaves_nothing_or_a_whole_entry() {
    let place = Place::new(Store::File);
    let engine = place.open().await;
    let mut acknowledged = Vec::new();
    for polls in 0..40 {
        let envelope = place.fund();
        let size = engine.published().size;
        {
            let mut call = pin!(engine.submit(envelope.clone(), ""));
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..polls {
                if let Poll::Ready(answer) = call.as_mut().poll(&mut context) {
                    answer.expect("an entry");
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        engine.tick().await.expect("a running engine");
        let after = engine.published().size;
        assert!(after == size || after == size + 1);
        let told = engine.submit(envelope, "").await.expect("an entry");
        assert_eq!(told.repeated, after == size + 1, "after {polls} polls");
        assert_eq!(told.index, size);
        acknowledged.push(told);
    }
    assert!(acknowledged.iter().any(|told| told.repeated));
    place.check(&engine, &acknowledged).await;
    engine.shutdown().await;
    assert_eq!(place.audit().entries, 41);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_remembered_until_its_command_expires() {
    let place = Place::new(Store::Memory);
    let engine = place.open().await;
    let envelope = place.fund();
    let first = engine.submit(envelope.clone(), "").await.expect("an entry");
    let dies = Time(civbank::engine::Clock::now(&*place.clock).0 + 3_600_000);
    place.clock.set(dies);
    engine.submit(place.fund(), "").await.expect("an entry at the last moment");
    assert_eq!(engine.submit(envelope.clone(), "").await.expect("the first").index, first.index);
    place.clock.set(Time(dies.0 + 1));
    // The moment has passed, whether or not another entry made the bank forget.
    for _ in 0..2 {
        let late = engine.submit(envelope.clone(), "").await;
        match late {
            Ok(told) => assert_eq!((told.index, told.repeated), (first.index, true)),
            Err(SubmitError::Refused(refusal)) => assert_eq!(refusal.reason(), "COMMAND_EXPIRED"),
            Err(other) => panic!("{other}"),
        }
        engine.submit(place.fund(), "").await.expect("an entry");
    }
    assert!(matches!(engine.submit(envelope, "").await, Err(SubmitError::Refused(_))));
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_of_a_stopped_engine_is_right_or_not_to_be_had() {
    let place = Place::new(Store::Memory);
    place.open().await.shutdown().await;
    let journal = FaultyJournal::new(place.journal(), Some((1, Misfortune::WrittenButReportedFailed)));
    let engine = place.start_on(Box::new(journal));
    engine.submit(place.fund(), "").await.expect("an entry");
    assert_eq!(engine.submit(place.fund(), "").await, Err(SubmitError::Stopped));
    let id = head().number().to_be_bytes();
    // The entry of unknown outcome may be known to the index; it is durable if it is.
    if let Ok(found) = engine.history(HistoryKind::Branch, &id, None, 10).await {
        assert!(found == [1, 0] || found == [2, 1, 0], "{found:?}");
    }
    engine.shutdown().await;
}

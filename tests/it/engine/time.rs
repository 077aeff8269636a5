//! Clocks that jump, and what the bank does by itself when something falls due.

use civbank::bank::SystemCommand;
use civbank::bank::time::Time;
use civbank::bank::words::Role;
use civbank::engine::{Clock, Engine};
use civbank::wire::{Cause, Entry, limits};

use super::fixture::{Place, STORES, Store, monday};
use super::town::Live;

fn entry(engine: &Engine, index: u64) -> Entry {
    let bytes = engine.entry(index).expect("a journal").expect("an entry");
    Entry::decode(&bytes).expect("an entry")
}

/// What the bank did by itself from an entry on.
fn by_itself(engine: &Engine, from: u64) -> Vec<SystemCommand> {
    let entries = engine.entries(from, usize::MAX).expect("entries");
    let decoded = entries.iter().map(|bytes| Entry::decode(bytes).expect("an entry"));
    decoded
        .filter_map(|entry| match entry.cause {
            Cause::System(command) => Some(command),
            Cause::Signed(_) => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entrys_time_never_goes_back() {
    for store in STORES {
        let place = Place::new(store);
        let engine = place.open().await;
        let mut times = Vec::new();
        let submit_at = |time: Time| {
            // Made while the clock is right; only the server's clock jumps.
            place.clock.set(monday(12));
            let envelope = place.fund();
            place.clock.set(time);
            engine.submit(envelope, "")
        };
        for time in [monday(10), monday(9), Time(1), Time(-1), Time(i64::MIN), monday(10), monday(11)] {
            let receipt = submit_at(time).await.expect("an entry");
            times.push(entry(&engine, receipt.index).time);
            let now = engine.read(|view| view.now).await.expect("a running engine");
            assert_eq!(now, *times.last().expect("a time"));
        }
        let ten = monday(10);
        assert_eq!(times, [ten, ten, ten, ten, ten, ten, monday(11)]);
        engine.shutdown().await;

        // Nor over a restart with a clock that is wrong.
        place.clock.set(monday(12));
        let envelope = place.fund();
        place.clock.set(Time(5));
        let engine = place.start();
        let receipt = engine.submit(envelope, "").await.expect("an entry");
        assert_eq!(entry(&engine, receipt.index).time, monday(11));
        engine.shutdown().await;
        place.audit();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notice_closes_when_its_last_day_is_over() {
    let mut live = Live::found(Store::Memory, &[7]).await;
    let (declaration, vote) = live.approve(0, 0).await;
    // Seven whole days of notice after the day of the vote.
    live.at(8, 0);
    live.place.clock.set(Time(live.place.clock.now().0 - 1));
    live.engine.tick().await.expect("a running engine");
    assert_eq!(by_itself(&live.engine, vote + 1), []);
    assert_eq!(live.points(0, 0).await, 0);
    live.at(8, 0);
    live.engine.tick().await.expect("a running engine");
    let declarations = vec![declaration];
    assert_eq!(by_itself(&live.engine, vote + 1), [SystemCommand::CloseNotice { declarations }]);
    assert_eq!(live.points(0, 0).await, 20);
    // Once.
    live.engine.tick().await.expect("a running engine");
    assert_eq!(live.engine.published().size, vote + 2);
    live.check().await;
    live.engine.shutdown().await;
    live.place.audit();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_notice_points_come_in_the_batch_of_the_last_vote() {
    let mut live = Live::found(Store::Memory, &[0]).await;
    let mut watch = live.engine.watch();
    let (declaration, vote) = live.approve(0, 0).await;
    assert_eq!(watch.borrow_and_update().size, vote + 2, "vote and credit became durable together");
    let declarations = vec![declaration];
    assert_eq!(by_itself(&live.engine, vote), [SystemCommand::CloseNotice { declarations }]);
    assert_eq!(live.points(0, 0).await, 20);
    live.engine.shutdown().await;
    live.place.audit();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_looks_by_itself_whether_something_is_due() {
    let mut live = Live::found(Store::Memory, &[7]).await;
    let (_, vote) = live.approve(0, 0).await;
    let mut watch = live.engine.watch();
    live.at(8, 0);
    let closed = watch.wait_for(|published| published.size == vote + 2);
    tokio::time::timeout(std::time::Duration::from_secs(60), closed)
        .await
        .expect("within a minute")
        .expect("a running engine");
    assert_eq!(live.points(0, 0).await, 20);
    live.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fell_due_while_the_bank_was_closed_is_done_at_the_first_tick() {
    let mut live = Live::found(Store::File, &[7]).await;
    live.approve(0, 0).await;
    live.approve(0, 12).await;
    live.restart(|_| {}).await;
    live.at(20, 9);
    live.engine.tick().await.expect("a running engine");
    assert_eq!((live.points(0, 0).await, live.points(0, 12).await), (20, 20));
    live.check().await;
    live.engine.shutdown().await;
    live.place.audit();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_does_all_that_is_due_however_much_it_is() {
    let mut live = Live::found(Store::Memory, &[7]).await;
    // Twenty deeds of each of twenty households wait for their liaisons.
    let mut open = 0;
    for _ in 0..20 {
        let mut wave = Vec::new();
        for number in 0..20 {
            let photo = live.photo();
            let mut body = live.deed(0, number, photo);
            if let civbank::bank::command::Body::Declare(declare) = &mut body {
                declare.item = "G01".parse().expect("an item");
            }
            let key = live.resident(0, number);
            wave.push((live.envelope(body, &[&key]), String::new()));
        }
        let answers = live.engine.submit_batch(wave).await;
        open += answers.into_iter().filter(Result::is_ok).count();
    }
    assert!(open > 384, "{open} are more than one batch takes");
    let size = live.engine.published().size;
    live.at(5, 9);
    live.engine.tick().await.expect("a running engine");
    let late = by_itself(&live.engine, size);
    assert_eq!(late.len(), open);
    assert!(late.iter().all(|command| matches!(command, SystemCommand::Escalate { .. })));
    let due = live.engine.read(|view| view.bank.due(view.now)).await.expect("a running engine");
    assert_eq!(due, None);
    live.engine.shutdown().await;
    live.place.audit();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_beyond_what_an_entry_may_say_writes_nothing_that_cannot_be_read_back() {
    let mut live = Live::found(Store::File, &[7]).await;
    live.approve(0, 0).await;
    let size = live.engine.published().size;
    for wrong in [limits::TIME_MS_END, limits::TIME_MS_END + 1, i64::MAX - 1, i64::MAX] {
        live.place.clock.set(Time(wrong));
        live.engine.tick().await.expect("a running engine");
        let now = live.engine.read(|view| view.now).await.expect("a running engine");
        assert!(now.0 < limits::TIME_MS_END, "{now:?}");
    }
    assert_eq!(live.engine.published().size, size);
    live.restart(|_| {}).await;
    live.at(8, 9);
    live.engine.tick().await.expect("a running engine");
    assert_eq!(live.points(0, 0).await, 20);
    let officers = live.engine.read(|view| {
        let officer = live.town.head.staff(1).expect("a number");
        view.bank.offices(officer, view.now).filter(|office| office.role == Role::Officer).count()
    });
    assert_eq!(officers.await.expect("a running engine"), 1);
    live.engine.shutdown().await;
    live.place.audit();
}

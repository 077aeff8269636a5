//! A store whose room is set by hand: what is due waits, no PIN is tried, and the edge is where it is said to be.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use civbank::engine::{DISK_RESERVE_DEFAULT, Engine, EngineState, SubmitError};
use civbank::journal::{Batch, Journal, JournalError, JournalReader};

use super::fixture::{Place, Store};
use super::town::{Live, Shopper};

/// A journal on a store with so much room.
struct Roomy<J> {
    journal: J,
    room: Arc<AtomicU64>,
}

impl<J: Journal> Journal for Roomy<J> {
    fn size(&self) -> u64 {
        self.journal.size()
    }

    fn append(&mut self, batch: &Batch) -> Result<(), JournalError> {
        assert!(self.room.load(Ordering::SeqCst) > 0, "written without room");
        self.journal.append(batch)
    }

    fn room(&self) -> io::Result<Option<u64>> {
        Ok(Some(self.room.load(Ordering::SeqCst)))
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        self.journal.reader()
    }
}

fn start(place: &Place, room: &Arc<AtomicU64>) -> Engine {
    place.start_on(Box::new(Roomy { journal: place.journal(), room: room.clone() }))
}

/// Waits until the engine has noticed.
async fn until(engine: &Engine, state: EngineState) {
    let noticed = async {
        while engine.state() != state {
            engine.tick().await.expect("a running engine");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), noticed).await.expect("it never noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_waits_and_no_pin_is_tried_while_there_is_no_room() {
    let mut live = Live::found(Store::Memory, &[0, 7]).await;
    live.approve(0, 0).await;
    live.set_pin(0, 0, "2580").await;
    live.approve(1, 0).await;
    let room = Arc::new(AtomicU64::new(u64::MAX));
    live.restart_with(|place| start(place, &room)).await;
    room.store(0, Ordering::SeqCst);
    until(&live.engine, EngineState::ReadOnly).await;
    let size = live.engine.published().size;

    // Notice is over; more guesses than lock a card are neither counted nor written.
    live.at(8, 1);
    live.engine.tick().await.expect("a running engine");
    for _ in 0..7 {
        let egg = live.egg(0, Shopper::Household(0));
        assert_eq!(live.engine.submit(egg, "1234").await.err(), Some(SubmitError::DiskFull));
    }
    assert_eq!(live.points(1, 0).await, 0);
    assert_eq!(live.engine.published().size, size);

    room.store(u64::MAX, Ordering::SeqCst);
    until(&live.engine, EngineState::Serving).await;
    live.engine.tick().await.expect("a running engine");
    assert!(live.points(1, 0).await > 0, "what was due is done");
    let egg = live.egg(0, Shopper::Household(0));
    live.engine.submit(egg, "2580").await.expect("an egg");
    live.check().await;
    live.engine.shutdown().await;
    live.place.audit();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reserve_itself_is_enough_and_one_byte_less_is_not() {
    for store in [Store::Memory, Store::File] {
        let place = Place::new(store);
        place.open().await.shutdown().await;
        let room = Arc::new(AtomicU64::new(DISK_RESERVE_DEFAULT - 1));
        let engine = start(&place, &room);
        assert_eq!(engine.state(), EngineState::ReadOnly, "known before the first command");
        let command = place.fund();
        assert_eq!(engine.submit(command.clone(), "").await, Err(SubmitError::DiskFull));
        room.store(DISK_RESERVE_DEFAULT, Ordering::SeqCst);
        until(&engine, EngineState::Serving).await;
        let written = engine.submit(command, "").await.expect("an entry");
        assert_eq!((written.index, written.repeated), (1, false));
        engine.shutdown().await;
        assert_eq!(place.audit().entries, 2);
    }
}

//! The ticker: wakes the sequencer when something falls due, and lets it look at the disk while nobody comes. It
//! holds neither engine nor queue alive.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::sequencer::Job;
use super::{Shared, Unavailable};

/// How often the engine looks whether the bank itself must act.
const TICK: Duration = Duration::from_millis(500);

/// Ticks until the engine stops or is dropped.
pub(super) async fn tick(shared: Arc<Shared>, queue: mpsc::Sender<Job>) {
    let weak = Arc::downgrade(&shared);
    drop(shared);
    let queue = queue.downgrade();
    loop {
        tokio::time::sleep(TICK).await;
        let (Some(shared), Some(queue)) = (weak.upgrade(), queue.upgrade()) else { return };
        let due = shared.read(|view| view.bank.next_due().is_some_and(|at| at <= view.now)).await;
        match due {
            Ok(due) if due || shared.watches_room => {
                if queue.send(Job::Tick(None)).await.is_err() {
                    return;
                }
            }
            Ok(_) => {}
            Err(Unavailable) => return,
        }
    }
}

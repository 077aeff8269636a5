//! `WatchEntries`: entries as they become durable, read from the journal at the pace of whoever watches.
//!
//! A task for each watcher reads ahead into a small bounded channel and waits there. One that takes nothing for
//! as long as the server's patience lasts is cut off: its place is free at once, and when it reads again it gets
//! what was read ahead and then the reason. Streams end when the server goes away, when the engine stops, and
//! when the watcher's key or office does.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio_stream::Stream;
use tonic::Status;

use crate::access::history;
use crate::access::reader::Read;
use crate::access::{Credential, Denial};
use crate::bank::authority::Subject;
use crate::engine::Engine;
use crate::wire::pb;

use super::desk::Desk;

/// Entries read at once, and most that wait in the channel: at most 2 MiB a watcher, each.
const AHEAD: usize = 32;
/// How often a quiet stream asks whether its watcher may still watch.
const RECHECK: Duration = Duration::from_secs(5);

/// The stream of one watcher.
pub(super) struct Entries {
    /// None once the stream has ended.
    ahead: Option<mpsc::Receiver<pb::WatchEntriesResponse>>,
    /// Why the task ended.
    end: oneshot::Receiver<Denial>,
}

impl Stream for Entries {
    type Item = Result<pb::WatchEntriesResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(ahead) = self.ahead.as_mut() else { return Poll::Ready(None) };
        // What is ahead goes out first.
        if let Poll::Ready(Some(entry)) = ahead.poll_recv(cx) {
            return Poll::Ready(Some(Ok(entry)));
        }
        match Pin::new(&mut self.end).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(end) => {
                self.ahead = None;
                let denial = end.unwrap_or(Denial::Internal);
                Poll::Ready(Some(Err(denial.into())))
            }
        }
    }
}

/// Begins to watch from `first_index`, now or once it is written.
pub(super) async fn start(desk: &Arc<Desk>, who: Credential, first_index: u64) -> Result<Entries, Denial> {
    may_watch(desk, who).await?;
    let permit = desk.watchers.clone().try_acquire_owned().map_err(|_| Denial::TooManyWatchers)?;
    let (sender, ahead) = mpsc::channel(AHEAD);
    let (ended, end) = oneshot::channel();
    let desk = desk.clone();
    tokio::spawn(async move {
        let gone = sender.clone();
        tokio::select! {
            denial = follow(&desk, who, first_index, sender) => {
                let _ = ended.send(denial);
            }
            () = desk.closing.cancelled() => {
                let _ = ended.send(Denial::ShuttingDown);
            }
            // Nobody is there to hear.
            () = gone.closed() => {}
        }
        drop(permit);
    });
    Ok(Entries { ahead: Some(ahead), end })
}

async fn may_watch(desk: &Desk, who: Credential) -> Result<(), Denial> {
    desk.look(who, |view, reader| reader.check(view, Read::WatchEntries, &Subject::default())).await
}

/// Follows the journal until something ends it.
async fn follow(
    desk: &Desk,
    who: Credential,
    first_index: u64,
    sender: mpsc::Sender<pb::WatchEntriesResponse>,
) -> Denial {
    let mut published = desk.engine.watch();
    let mut next = first_index;
    loop {
        let size = published.borrow_and_update().size;
        // The state is never behind what is published: a key that an entry below `size` ended is known to be dead here.
        if let Err(denial) = may_watch(desk, who).await {
            return denial;
        }
        while next < size {
            let chunk = match read(&desk.engine, next, size).await {
                Ok(chunk) => chunk,
                Err(denial) => return denial,
            };
            for entry in chunk {
                let sent =
                    sender.send_timeout(pb::WatchEntriesResponse { index: next, entry }, desk.patience);
                if sent.await.is_err() {
                    return Denial::WatcherTooSlow;
                }
                next += 1;
            }
        }
        let changed = tokio::time::timeout(RECHECK, published.changed()).await;
        if matches!(changed, Ok(Err(_))) {
            return Denial::Stopped;
        }
    }
}

async fn read(engine: &Engine, next: u64, size: u64) -> Result<Vec<Vec<u8>>, Denial> {
    let limit = AHEAD.min((size - next) as usize);
    let entries = history::aside(engine, move |engine| Ok(engine.entries(next, limit)?)).await?;
    if entries.is_empty() { Err(Denial::Damaged) } else { Ok(entries) }
}

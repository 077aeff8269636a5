//! Who is connected: how many, who asks, who only sits there, and how much they leave unread.
//!
//! The number is bounded. Where one more comes, somebody idle gives way: first whoever has never asked anything, the
//! oldest of them; then whoever has not asked for longest. Nobody whose request is at work is ever cut off for that;
//! where everybody's is, the newcomer is turned away. Answers that nobody takes are bounded too, for each connection and
//! for all, and whoever takes nothing of them for a while is closed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::access::{Tries, Visitor};
use crate::wire::limits::{CONNECTION_UNREAD_BYTES_MAX, FLOOD_PAUSE, FLOOD_PAUSE_MAX, UNREAD_BYTES_MAX};

/// How often answers that nobody takes are looked for, at most.
const SWEEP: Duration = Duration::from_secs(5);

/// Every connection of one listener.
pub(super) struct Connections {
    most: usize,
    /// How long nothing of an answer may be taken.
    stall: Duration,
    /// How long HTTP/1.1 may be quiet between two requests.
    quiet: Duration,
    tries: Arc<Tries>,
    began: Instant,
    table: Mutex<Table>,
    /// Bytes of answers that were not taken, of all.
    unread: AtomicUsize,
    /// Closed to make room.
    gave_way: AtomicU64,
    /// Not taken in: everybody was at work.
    turned_away: AtomicU64,
    /// Closed because they did not take their answers.
    stalled: AtomicU64,
}

#[derive(Default)]
struct Table {
    next: u64,
    open: BTreeMap<u64, Arc<Connection>>,
    /// Those that have never asked anything, oldest first.
    silent: BTreeSet<u64>,
}

/// What operators are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) open: usize,
    pub(super) most: usize,
    pub(super) unread: usize,
    pub(super) gave_way: u64,
    pub(super) turned_away: u64,
    pub(super) stalled: u64,
}

impl Connections {
    pub(super) fn new(most: usize, stall: Duration, quiet: Duration, tries: Arc<Tries>) -> Arc<Connections> {
        Arc::new(Connections {
            most: most.max(1),
            stall,
            quiet,
            tries,
            began: Instant::now(),
            table: Mutex::default(),
            unread: AtomicUsize::new(0),
            gave_way: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
            stalled: AtomicU64::new(0),
        })
    }

    /// Takes a connection in; none where there is no room and nobody idle.
    pub(super) fn admit(self: &Arc<Self>, peer: Option<SocketAddr>) -> Option<Seat> {
        let address: Option<IpAddr> = peer.map(|peer| peer.ip().to_canonical());
        let mut table = self.table();
        if table.open.len() >= self.most {
            let Some(idle) = table.most_idle() else {
                self.turned_away.fetch_add(1, Ordering::Relaxed);
                return None;
            };
            self.gave_way.fetch_add(1, Ordering::Relaxed);
            table.close(idle);
        }
        let id = table.next;
        table.next += 1;
        let connection = Arc::new(Connection {
            id,
            house: Arc::downgrade(self),
            visitor: self.tries.visitor(address),
            stall: self.stall,
            at_work: AtomicU32::new(0),
            incomplete: AtomicU32::new(0),
            is_http1: AtomicBool::new(false),
            has_asked: AtomicBool::new(false),
            asked_ms: AtomicU64::new(self.now_ms()),
            quiet_ms: AtomicU64::new(0),
            slowed_ms: AtomicU64::new(0),
            unread: AtomicUsize::new(0),
            took_ms: AtomicU64::new(0),
            is_closing: AtomicBool::new(false),
            waker: Mutex::new(None),
        });
        table.open.insert(id, connection.clone());
        table.silent.insert(id);
        Some(Seat(connection))
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            open: self.table().open.len(),
            most: self.most,
            unread: self.unread.load(Ordering::Relaxed),
            gave_way: self.gave_way.load(Ordering::Relaxed),
            turned_away: self.turned_away.load(Ordering::Relaxed),
            stalled: self.stalled.load(Ordering::Relaxed),
        }
    }

    /// How long nothing of an answer may be taken.
    pub(super) fn stall(&self) -> Duration {
        self.stall
    }

    pub(super) fn tries(&self) -> &Tries {
        &self.tries
    }

    /// Looks, again and again, for answers that nobody takes, and for those who ask nothing more.
    pub(super) async fn watch_over(self: Arc<Self>) {
        let pause = SWEEP.min(self.stall / 4).min(self.quiet / 4).max(Duration::from_millis(10));
        loop {
            tokio::time::sleep(pause).await;
            self.sweep();
        }
    }

    /// Closes whoever has taken nothing for too long; and while too much waits for all together, whoever leaves most.
    fn sweep(&self) {
        let now = self.now_ms();
        let mut table = self.table();
        let is_late = |connection: &Connection| {
            connection.unread() > 0
                && now.saturating_sub(connection.took_ms.load(Ordering::Relaxed))
                    > self.stall.as_millis() as u64
        };
        let mut late: Vec<u64> =
            table.open.values().filter(|connection| is_late(connection)).map(|one| one.id).collect();
        let mut unread = self.unread.load(Ordering::Relaxed);
        if unread > UNREAD_BYTES_MAX {
            let mut most: Vec<_> = table.open.values().map(|one| (one.unread(), one.id)).collect();
            most.sort_unstable_by(|one, other| other.cmp(one));
            for (bytes, id) in most.into_iter().take_while(|(bytes, _)| *bytes > 0) {
                if unread <= UNREAD_BYTES_MAX / 2 {
                    break;
                }
                unread = unread.saturating_sub(bytes);
                late.push(id);
            }
        }
        // No fault of theirs, and nobody's loss: these are not counted.
        let is_quiet = |connection: &Connection| {
            connection.is_http1.load(Ordering::Relaxed)
                && connection.at_work.load(Ordering::Acquire) == 0
                && connection.unread() == 0
                && now.saturating_sub(connection.quiet_ms.load(Ordering::Relaxed))
                    > self.quiet.as_millis() as u64
        };
        let quiet: Vec<u64> =
            table.open.values().filter(|connection| is_quiet(connection)).map(|one| one.id).collect();
        for id in quiet {
            table.close(id);
        }
        for id in late {
            if table.close(id) {
                self.stalled.fetch_add(1, Ordering::Relaxed);
                tracing::debug!("a connection that takes no answers is closed");
            }
        }
    }

    fn now_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn most_idle(&self) -> Option<u64> {
        if let Some(oldest) = self.silent.first() {
            return Some(*oldest);
        }
        let oldest = |is_it: fn(&Connection) -> bool| {
            let those = self.open.values().filter(|connection| is_it(connection));
            those.min_by_key(|connection| connection.asked_ms.load(Ordering::Relaxed)).map(|one| one.id)
        };
        oldest(|connection| connection.at_work.load(Ordering::Acquire) == 0).or_else(|| {
            // Nothing is being done for whoever has sent halves of requests only.
            oldest(|connection| {
                connection.incomplete.load(Ordering::Acquire) >= connection.at_work.load(Ordering::Acquire)
            })
        })
    }

    fn close(&mut self, id: u64) -> bool {
        self.silent.remove(&id);
        let Some(connection) = self.open.remove(&id) else { return false };
        connection.close();
        true
    }
}

/// One connection, as its requests see it.
pub(super) struct Connection {
    id: u64,
    house: Weak<Connections>,
    visitor: Arc<Visitor>,
    stall: Duration,
    /// Requests whose answers are not yet through.
    at_work: AtomicU32,
    /// Those among them that are still being sent.
    incomplete: AtomicU32,
    is_http1: AtomicBool,
    has_asked: AtomicBool,
    asked_ms: AtomicU64,
    /// When the last answer was through.
    quiet_ms: AtomicU64,
    /// Until when nothing is read from it.
    slowed_ms: AtomicU64,
    /// Bytes of answers that were not taken.
    unread: AtomicUsize,
    /// When something of an answer was taken last, or the first was there.
    took_ms: AtomicU64,
    is_closing: AtomicBool,
    /// Of the task that reads.
    waker: Mutex<Option<Waker>>,
}

impl Connection {
    /// A request begins; it lasts until the guard is dropped, with the last of the answer.
    pub(super) fn ask(self: &Arc<Self>) -> AtWork {
        self.at_work.fetch_add(1, Ordering::AcqRel);
        let first = !self.has_asked.swap(true, Ordering::AcqRel);
        if let Some(house) = self.house.upgrade() {
            self.asked_ms.store(house.now_ms(), Ordering::Relaxed);
            if first {
                house.table().silent.remove(&self.id);
            }
        }
        AtWork(self.clone())
    }

    /// That it speaks HTTP/1.1, where nothing tells that the other end is still there.
    pub(super) fn speaks_http1(&self) {
        self.is_http1.store(true, Ordering::Relaxed);
    }

    /// A request is still being sent, until the guard is dropped.
    pub(super) fn incomplete(self: &Arc<Self>) -> Incomplete {
        self.incomplete.fetch_add(1, Ordering::AcqRel);
        Incomplete(self.clone())
    }

    /// So many of its requests were refused because there were too many like them: it is read more slowly, so that a flood
    /// is held up before it costs anything, and whoever comes again when told to notices nothing.
    pub(super) fn slow_down(&self, refused: u32) {
        let Some(house) = self.house.upgrade() else { return };
        let now = house.now_ms();
        let pause = FLOOD_PAUSE.as_millis() as u64 * u64::from(refused);
        let latest = now + FLOOD_PAUSE_MAX.as_millis() as u64;
        let later = |until: u64| Some((until.max(now) + pause).min(latest));
        // It always answers something.
        let _ = self.slowed_ms.fetch_update(Ordering::AcqRel, Ordering::Acquire, later);
    }

    /// How long nothing is read from it yet.
    pub(super) fn slowed(&self) -> Duration {
        match self.slowed_ms.load(Ordering::Acquire) {
            0 => Duration::ZERO,
            until => {
                let now = self.house.upgrade().map_or(until, |house| house.now_ms());
                Duration::from_millis(until.saturating_sub(now))
            }
        }
    }

    /// It was given up because it takes nothing.
    pub(super) fn gave_up(&self) {
        if let Some(house) = self.house.upgrade() {
            house.stalled.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn visitor(&self) -> &Arc<Visitor> {
        &self.visitor
    }

    /// Whether so little was left unread that an answer of so many bytes may be made.
    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        let of_all = self.house.upgrade().map_or(0, |house| house.unread.load(Ordering::Relaxed));
        // Small answers are made however much others leave: those are closed, not waited for.
        self.unread() + bytes <= CONNECTION_UNREAD_BYTES_MAX
            && (bytes == 0 || of_all + bytes <= UNREAD_BYTES_MAX)
    }

    /// Bytes of an answer are there.
    pub(super) fn left(self: &Arc<Self>, bytes: usize) -> Left {
        let house = self.house.upgrade();
        if self.unread.fetch_add(bytes, Ordering::AcqRel) == 0
            && let Some(house) = &house
        {
            self.took_ms.store(house.now_ms(), Ordering::Relaxed);
        }
        if let Some(house) = house {
            house.unread.fetch_add(bytes, Ordering::AcqRel);
        }
        Left { connection: self.clone(), bytes }
    }

    pub(super) fn has_asked(&self) -> bool {
        self.has_asked.load(Ordering::Acquire)
    }

    pub(super) fn stall(&self) -> Duration {
        self.stall
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Acquire)
    }

    /// Whom to wake when it is closed. Ask [`Connection::is_closing`] again afterwards.
    pub(super) fn wakes(&self, waker: &Waker) {
        let mut known = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        match known.as_mut() {
            Some(known) => known.clone_from(waker),
            None => *known = Some(waker.clone()),
        }
    }

    fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
        if let Some(waker) = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take() {
            waker.wake();
        }
    }

    fn unread(&self) -> usize {
        self.unread.load(Ordering::Relaxed)
    }
}

/// A place among the connections, held by the socket.
pub(super) struct Seat(pub(super) Arc<Connection>);

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(house) = self.0.house.upgrade() {
            house.table().close(self.0.id);
        }
    }
}

/// A request at work.
pub(super) struct AtWork(Arc<Connection>);

impl Drop for AtWork {
    fn drop(&mut self) {
        if let Some(house) = self.0.house.upgrade() {
            self.0.quiet_ms.store(house.now_ms(), Ordering::Relaxed);
        }
        self.0.at_work.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A request that is still being sent.
pub(super) struct Incomplete(Arc<Connection>);

impl Drop for Incomplete {
    fn drop(&mut self) {
        self.0.incomplete.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Bytes of an answer, until they are taken or given up.
pub(super) struct Left {
    connection: Arc<Connection>,
    bytes: usize,
}

impl Left {
    /// The first so many of them, to be taken by themselves; at most all.
    pub(super) fn split(&mut self, bytes: usize) -> Left {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Left { connection: self.connection.clone(), bytes }
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        self.connection.unread.fetch_sub(self.bytes, Ordering::AcqRel);
        if let Some(house) = self.connection.house.upgrade() {
            house.unread.fetch_sub(self.bytes, Ordering::AcqRel);
            self.connection.took_ms.store(house.now_ms(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;

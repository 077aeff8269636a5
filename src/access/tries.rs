//! What wrong signatures cost: a bucket for each connection, each key that they claim and each address they come from.
//!
//! A right signature takes nothing out of a bucket and never waits for others' wrong ones: who has sent none lately is
//! always verified, whatever others claim of the same key or send from the same address. Who has sent some is not
//! verified while its own bucket is empty, nor the key's, nor the address's. So a flood buys at most a burst for each
//! connection, and once the key's or the address's bucket is empty one try for each *new* connection; guessing with
//! somebody's key locks nobody out. A key that the bank does not know, or no longer takes, is as wrong as a signature
//! that does not fit: both cost the same to look at.
//!
//! Memory is bounded: a bucket lives with its connection, the others lie on shelves of a fixed size, and what is
//! forgotten there was full or old. This file knows no transport.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::bank::ids::PublicKey;
use crate::engine::Door;
use crate::wire::limits;

use super::bucket::{Allowance, Bucket};

/// Of a connection, and of a key.
const OF_ONE: Allowance =
    Allowance { burst: limits::WRONG_SIGNATURES_BURST, refill: limits::WRONG_SIGNATURES_REFILL };
/// Of an address, behind which many may be.
const OF_ADDRESS: Allowance = Allowance {
    burst: limits::WRONG_SIGNATURES_BURST * limits::WRONG_SIGNATURES_ADDRESS_FACTOR,
    refill: Duration::from_millis(
        limits::WRONG_SIGNATURES_REFILL.as_millis() as u64 / limits::WRONG_SIGNATURES_ADDRESS_FACTOR as u64,
    ),
};

/// What was counted since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tried {
    /// Requests whose signatures were verified and held.
    pub(crate) right: u64,
    /// Requests whose signatures were verified and did not hold, or were of keys that the bank does not take.
    pub(crate) wrong: u64,
    /// Requests turned away before anything was verified.
    pub(crate) unverified: u64,
}

/// One for each server; shared by its faces.
pub(crate) struct Tries {
    keys: Mutex<Shelf<PublicKey>>,
    addresses: Mutex<Shelf<IpAddr>>,
    right: AtomicU64,
    wrong: AtomicU64,
    unverified: AtomicU64,
}

impl Tries {
    pub(crate) fn new() -> Arc<Tries> {
        Arc::new(Tries {
            keys: Mutex::new(Shelf::new(OF_ONE)),
            addresses: Mutex::new(Shelf::new(OF_ADDRESS)),
            right: AtomicU64::new(0),
            wrong: AtomicU64::new(0),
            unverified: AtomicU64::new(0),
        })
    }

    /// Somebody has connected from an address.
    pub(crate) fn visitor(self: &Arc<Self>, address: Option<IpAddr>) -> Arc<Visitor> {
        Arc::new(Visitor {
            tries: self.clone(),
            address,
            is_clean: AtomicBool::new(true),
            bucket: Mutex::new(Bucket::new(OF_ONE, Instant::now())),
        })
    }

    pub(crate) fn tried(&self) -> Tried {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Tried { right: load(&self.right), wrong: load(&self.wrong), unverified: load(&self.unverified) }
    }
}

/// One connection, as far as signatures go.
pub(crate) struct Visitor {
    tries: Arc<Tries>,
    address: Option<IpAddr>,
    /// Nothing wrong came lately; spares right signatures every lock.
    is_clean: AtomicBool,
    bucket: Mutex<Bucket>,
}

impl Visitor {
    fn wait(&self, keys: &[PublicKey], now: Instant) -> Duration {
        if self.is_clean.load(Ordering::Acquire) {
            return Duration::ZERO;
        }
        let own = {
            let mut bucket = locked(&self.bucket);
            if bucket.is_full(now) {
                self.is_clean.store(true, Ordering::Release);
                return Duration::ZERO;
            }
            bucket.wait(now)
        };
        let of_keys = {
            let mut shelf = locked(&self.tries.keys);
            keys.iter().map(|key| shelf.wait(key, now)).max().unwrap_or_default()
        };
        let of_address = self.address.map(|address| locked(&self.tries.addresses).wait(&address, now));
        own.max(of_keys).max(of_address.unwrap_or_default())
    }

    fn charge(&self, key: &PublicKey, now: Instant) {
        {
            let mut bucket = locked(&self.bucket);
            bucket.take(now);
            self.is_clean.store(false, Ordering::Release);
        }
        locked(&self.tries.keys).take(*key, now);
        if let Some(address) = self.address {
            locked(&self.tries.addresses).take(address, now);
        }
    }
}

impl Door for Visitor {
    fn admits(&self, keys: &[PublicKey]) -> Result<(), Duration> {
        let wait = self.wait(keys, Instant::now());
        if wait.is_zero() {
            return Ok(());
        }
        self.tries.unverified.fetch_add(1, Ordering::Relaxed);
        Err(wait)
    }

    fn was_right(&self) {
        self.tries.right.fetch_add(1, Ordering::Relaxed);
    }

    fn was_wrong(&self, key: &PublicKey) {
        self.charge(key, Instant::now());
        self.tries.wrong.fetch_add(1, Ordering::Relaxed);
    }
}

/// Buckets by name, at most so many: those that were not taken from for longest are forgotten.
struct Shelf<K> {
    allowance: Allowance,
    young: HashMap<K, Bucket>,
    old: HashMap<K, Bucket>,
}

impl<K: Eq + Hash + Copy> Shelf<K> {
    /// Names in one of the two halves.
    const HALF: usize = limits::WRONG_SIGNATURES_NAMES_MAX / 2;

    fn new(allowance: Allowance) -> Self {
        Shelf { allowance, young: HashMap::new(), old: HashMap::new() }
    }

    fn wait(&mut self, name: &K, now: Instant) -> Duration {
        let found = self.young.get_mut(name).or_else(|| self.old.get_mut(name));
        found.map_or(Duration::ZERO, |bucket| bucket.wait(now))
    }

    fn take(&mut self, name: K, now: Instant) {
        let fresh = || Bucket::new(self.allowance, now);
        let mut bucket = self.young.remove(&name).or_else(|| self.old.remove(&name)).unwrap_or_else(fresh);
        bucket.take(now);
        if self.young.len() >= Self::HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, bucket);
    }
}

/// Buckets are numbers; a panic elsewhere cannot leave them half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BURST: u32 = limits::WRONG_SIGNATURES_BURST;
    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn key(number: u32) -> PublicKey {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&number.to_be_bytes());
        PublicKey(key)
    }

    #[test]
    fn a_connection_has_a_burst_of_wrong_ones_and_right_ones_take_nothing() {
        let visitor = Tries::new().visitor(HERE);
        // After the visitor came: a bucket counts from then on.
        let now = Instant::now();
        for number in 0..BURST {
            assert_eq!(visitor.wait(&[key(number)], now), Duration::ZERO, "{number}");
            visitor.charge(&key(number), now);
        }
        assert_eq!(visitor.wait(&[key(9_999)], now), OF_ONE.refill);
        assert_eq!(visitor.wait(&[key(9_999)], now + OF_ONE.refill), Duration::ZERO);
        let other = Tries::new().visitor(HERE);
        (0..BURST * 100).for_each(|_| other.was_right());
        assert_eq!(other.wait(&[key(1)], now), Duration::ZERO);
    }

    #[test]
    fn a_key_is_tried_a_burst_of_times_then_once_by_each_who_comes() {
        let now = Instant::now();
        let tries = Tries::new();
        let victim = key(7);
        let verified: u32 = (0..50)
            .map(|_| {
                let visitor = tries.visitor(None);
                let tried = |_: &u32| {
                    let may = visitor.wait(&[victim], now).is_zero();
                    if may {
                        visitor.charge(&victim, now);
                    }
                    may
                };
                (0..BURST).filter(tried).count() as u32
            })
            .sum();
        assert_eq!(verified, BURST + 49);
        // The holder, who comes with right signatures alone, never waits; nor does another key.
        assert_eq!(tries.visitor(None).wait(&[victim], now), Duration::ZERO);
        let visitor = tries.visitor(None);
        visitor.charge(&key(8), now);
        assert_eq!(visitor.wait(&[key(9)], now), Duration::ZERO);
        assert!(!visitor.wait(&[key(9), victim], now).is_zero());
    }

    #[test]
    fn new_connections_of_an_address_share_its_bucket() {
        let now = Instant::now();
        let tries = Tries::new();
        let mut verified = 0;
        for connection in 0..1_000 {
            let visitor = tries.visitor(HERE);
            for number in 0..BURST {
                let key = key(connection * BURST + number);
                if visitor.wait(&[key], now).is_zero() {
                    visitor.charge(&key, now);
                    verified += 1;
                }
            }
        }
        // Whole bursts while the address has some, then one for each connection.
        let whole = limits::WRONG_SIGNATURES_ADDRESS_FACTOR;
        assert_eq!(verified, whole * BURST + (1_000 - whole));
        assert_eq!(tries.visitor(HERE).wait(&[key(1)], now), Duration::ZERO);
    }

    #[test]
    fn a_rested_visitor_is_clean_again() {
        let tries = Tries::new();
        let (visitor, other) = (tries.visitor(None), tries.visitor(None));
        let now = Instant::now();
        (0..BURST).for_each(|_| visitor.charge(&key(1), now));
        let later = now + OF_ONE.refill * BURST;
        (0..BURST).for_each(|_| other.charge(&key(1), later));
        assert_eq!(visitor.wait(&[key(1)], later), Duration::ZERO);
    }

    #[test]
    fn the_shelf_forgets_and_does_not_grow() {
        let now = Instant::now();
        let mut shelf = Shelf::new(OF_ONE);
        let names = limits::WRONG_SIGNATURES_NAMES_MAX as u32 * 3;
        for number in 0..names {
            (0..BURST).for_each(|_| shelf.take(key(0), now));
            shelf.take(key(number), now);
            assert!(shelf.young.len() + shelf.old.len() <= limits::WRONG_SIGNATURES_NAMES_MAX);
        }
        // Whoever is tried all the time is not forgotten.
        assert!(!shelf.wait(&key(0), now).is_zero());
    }
}

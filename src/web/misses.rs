//! How many wrong passbook links are answered: a token bucket.
//!
//! A view token has 256 bits, so nobody guesses one; the bucket bounds what a scanner's noise costs, and how
//! fast an attacker hears "no". It is told the time and knows nothing of requests.

use std::time::{Duration, Instant};

/// Wrong links answered in full in one burst.
pub(super) const BURST: u32 = 30;
/// One more after each of these.
pub(super) const REFILL: Duration = Duration::from_secs(2);

/// The bucket. One for each process.
#[derive(Debug)]
pub(super) struct Misses {
    left: u32,
    /// Up to when the refill is counted.
    counted_to: Instant,
}

impl Misses {
    /// A full bucket.
    pub(super) fn new(now: Instant) -> Self {
        Misses { left: BURST, counted_to: now }
    }

    /// Takes one, if there is one. A clock that stands still or goes back refills nothing.
    pub(super) fn admit(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.counted_to);
        let refilled = passed.as_nanos() / REFILL.as_nanos();
        if refilled >= u128::from(BURST - self.left) {
            *self = Misses::new(now.max(self.counted_to));
        } else {
            // Below BURST, so both fit.
            self.left += refilled as u32;
            self.counted_to += REFILL * refilled as u32;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_one_for_each_refill() {
        let start = Instant::now();
        let mut misses = Misses::new(start);
        let admitted = (0..BURST + 20).filter(|_| misses.admit(start)).count() as u32;
        assert_eq!(admitted, BURST);
        assert!(!misses.admit(start + REFILL - Duration::from_millis(1)));
        assert!(misses.admit(start + REFILL));
        assert!(!misses.admit(start + REFILL));
        // Half periods add up: nothing is lost between two looks.
        assert!(!misses.admit(start + REFILL * 3 / 2));
        assert!(misses.admit(start + REFILL * 2));
    }

    #[test]
    fn a_rested_bucket_is_full_and_no_fuller() {
        let start = Instant::now();
        let mut misses = Misses::new(start);
        (0..BURST).for_each(|_| assert!(misses.admit(start)));
        let later = start + REFILL * BURST * 10;
        let admitted = (0..BURST * 3).filter(|_| misses.admit(later)).count() as u32;
        assert_eq!(admitted, BURST);
    }

    #[test]
    fn a_clock_that_goes_back_refills_nothing() {
        let start = Instant::now() + REFILL * 100;
        let mut misses = Misses::new(start);
        (0..BURST).for_each(|_| assert!(misses.admit(start)));
        assert!(!misses.admit(start - REFILL * 50));
        assert!(!misses.admit(start));
    }
}

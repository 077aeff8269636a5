//! A token bucket: so many at once, then one more after each refill. It is told the time, and knows not what is counted.

use std::time::{Duration, Instant};

/// How full a bucket is, and how it fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// In one burst; at least 1.
    pub(crate) burst: u32,
    /// One more after each of these; not zero.
    pub(crate) refill: Duration,
}

/// The bucket.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    allowance: Allowance,
    left: u32,
    /// Up to when the refill is counted.
    counted_to: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(allowance: Allowance, now: Instant) -> Self {
        Bucket { allowance, left: allowance.burst, counted_to: now }
    }

    /// Takes one, if there is one. A clock that stands still or goes back refills nothing.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// Whether nothing is missing.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.left == self.allowance.burst
    }

    /// How long until there is one; zero where there is.
    pub(crate) fn wait(&mut self, now: Instant) -> Duration {
        self.fill(now);
        if self.left > 0 {
            return Duration::ZERO;
        }
        (self.counted_to + self.allowance.refill).saturating_duration_since(now)
    }

    fn fill(&mut self, now: Instant) {
        let Allowance { burst, refill } = self.allowance;
        let passed = now.saturating_duration_since(self.counted_to);
        let refilled = passed.as_nanos() / refill.as_nanos();
        if refilled >= u128::from(burst - self.left) {
            self.left = burst;
            self.counted_to = now.max(self.counted_to);
        } else {
            // Below the burst, so both fit.
            self.left += refilled as u32;
            self.counted_to += refill * refilled as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BURST: u32 = 30;
    const REFILL: Duration = Duration::from_secs(2);

    fn full(now: Instant) -> Bucket {
        Bucket::new(Allowance { burst: BURST, refill: REFILL }, now)
    }

    #[test]
    fn a_burst_passes_then_one_for_each_refill() {
        let start = Instant::now();
        let mut bucket = full(start);
        assert!(bucket.is_full(start));
        let taken = (0..BURST + 20).filter(|_| bucket.take(start)).count() as u32;
        assert_eq!(taken, BURST);
        assert_eq!(bucket.wait(start + REFILL / 2), REFILL / 2);
        assert!(!bucket.take(start + REFILL - Duration::from_millis(1)));
        assert_eq!(bucket.wait(start + REFILL), Duration::ZERO);
        assert!(bucket.take(start + REFILL));
        assert!(!bucket.take(start + REFILL));
        // Half periods add up: nothing is lost between two looks.
        assert!(!bucket.take(start + REFILL * 3 / 2));
        assert!(bucket.take(start + REFILL * 2));
    }

    #[test]
    fn a_rested_bucket_is_full_and_no_fuller() {
        let start = Instant::now();
        let mut bucket = full(start);
        (0..BURST).for_each(|_| assert!(bucket.take(start)));
        let later = start + REFILL * BURST * 10;
        assert!(!bucket.is_full(start + REFILL * (BURST - 1)) && bucket.is_full(later));
        let taken = (0..BURST * 3).filter(|_| bucket.take(later)).count() as u32;
        assert_eq!(taken, BURST);
    }

    #[test]
    fn a_clock_that_goes_back_refills_nothing() {
        let start = Instant::now() + REFILL * 100;
        let mut bucket = full(start);
        (0..BURST).for_each(|_| assert!(bucket.take(start)));
        assert!(!bucket.take(start - REFILL * 50));
        assert!(!bucket.take(start));
    }
}

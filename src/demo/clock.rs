//! The demo's clock: set by hand while the town's past is lived, then the machine's.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::bank::time::Time;
use crate::engine::{Clock, SystemClock};

/// A clock that stands where it was put, until it is let go.
#[derive(Debug, Default)]
pub struct DemoClock {
    /// 0: the machine's time.
    set: AtomicI64,
}

impl DemoClock {
    /// Puts the clock to a time.
    pub fn set(&self, time: Time) {
        self.set.store(time.0, Ordering::Release);
    }

    /// From now on the machine's time.
    pub fn let_go(&self) {
        self.set.store(0, Ordering::Release);
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Time {
        match self.set.load(Ordering::Acquire) {
            0 => SystemClock.now(),
            set => Time(set),
        }
    }
}

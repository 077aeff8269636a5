//! The engine's one clock, passed in, so that tests and the demo can own time.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::bank::time::Time;

/// Tells the time. May jump; the engine never lets an entry's time go back.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970-01-01 UTC.
    fn now(&self) -> Time;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        // A clock before 1970 is as good as none; the newest entry's time then stands in.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time(since.as_millis().min(i64::MAX as u128) as i64)
    }
}

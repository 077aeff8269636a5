//! Mistakes planted on purpose, so that the simulation (`tests/it/simulation.rs`) can show that it would find
//! them. Without the feature `planted-bugs` there is no switch at all: [`is`] is always false, known to the
//! compiler, and nothing of a mistake is in the program. With it a process makes at most one mistake at a time.
//!
//! It knows nothing of any room. Each mistake is one short line in the place where somebody might make it.

macro_rules! bugs {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        /// A mistake that can be planted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug { $($(#[doc = $doc])* $name),* }

        impl Bug {
            /// Every mistake.
            pub const ALL: &'static [Bug] = &[$(Bug::$name),*];

            /// What goes wrong, in words.
            pub fn words(self) -> &'static str {
                match self { $(Bug::$name => concat!($($doc),*).trim_ascii()),* }
            }
        }
    };
}

bugs! {
    /// A purchase does not look at the points that are there.
    BalanceUnchecked,
    /// A purchase leaves the shelf as it was.
    StockNotReduced,
    /// The price before stays good for ever.
    OldPriceForEver,
    /// What was spent today without the PIN is forgotten.
    PinFreeForgotten,
    /// Points are taken from the latest lot first.
    LotsReversed,
    /// A refund makes a new lot.
    RefundToNewLot,
    /// Points never lapse.
    NothingExpires,
    /// A vote against is not put down.
    VoteDropped,
    /// A member may vote twice.
    VoterCountedTwice,
    /// Kin are not looked for.
    KinForgotten,
    /// The liaison may review their own household.
    OwnReviewed,
    /// Who reviewed whom is not looked for.
    ReciprocityForgotten,
    /// A short budget lets the closing vote pass.
    BudgetUnchecked,
    /// Notice ends a day early.
    NoticeDayShort,
    /// An item's cap allows one more.
    CapOneMore,
    /// A month's points are not looked at.
    MonthPointsForgotten,
    /// The same picture serves twice.
    EvidenceTwice,
    /// An objection that holds takes nothing back.
    UpheldTakesNothing,
    /// The clerk alone replaces a card.
    ClerkReplacesCards,
    /// Misses of the PIN are not counted.
    PinMissesForgotten,
    /// A retry is written again.
    RetryWrittenAgain,
    /// A known request id is taken for a retry whatever the bytes are.
    ReusedIdTakenForRetry,
    /// Request ids are forgotten before their commands are dead.
    RequestForgottenEarly,
    /// Replay does not bring request ids back.
    RequestForgottenAtRestart,
    /// Callers hear that it is written before it is.
    AnsweredBeforeDurable,
    /// The newest entry's time is not looked at.
    ClockGoesBack,
    /// Replay leaves out the last entry of a batch.
    LastOfBatchNotReplayed,
    /// A snapshot is taken for one entry more than it holds.
    SnapshotOneStale,
}

#[cfg(feature = "planted-bugs")]
static PLANTED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(usize::MAX);

/// From now on this process makes this mistake, or none.
#[cfg(feature = "planted-bugs")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.store(bug.map_or(usize::MAX, |bug| bug as usize), std::sync::atomic::Ordering::SeqCst);
}

/// Whether this mistake is to be made.
#[cfg(feature = "planted-bugs")]
pub fn is(bug: Bug) -> bool {
    PLANTED.load(std::sync::atomic::Ordering::SeqCst) == bug as usize
}

/// Whether this mistake is to be made: never.
#[cfg(not(feature = "planted-bugs"))]
pub const fn is(_: Bug) -> bool {
    false
}

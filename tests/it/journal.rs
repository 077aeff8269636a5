//! The journal: one contract over every store, then the files broken in every way they can break.

mod audit;
mod bytes;
mod contract;
mod damage;
mod faults;
mod faulty;
pub mod fixture;
mod flaky_disk;
mod lock;
mod maps;
mod torn;

#[allow(unused_imports, reason = "for the rooms whose tests need a journal that fails")]
pub use contract::check_contract;
#[allow(unused_imports, reason = "for the rooms whose tests need a journal that fails")]
pub use faulty::{FaultyJournal, Misfortune};
pub use fixture::Dice;
pub use flaky_disk::{FAULTS, FlakyDisk};

//! Upkeep: a bank's directory copied, put back, and looked over, without a server's leave.
//!
//! A backup is taken while the bank runs and is only ever added to; a restore makes a new directory and audits it
//! before it counts. Both say by a marker file that they are unfinished, until what they wrote is on disk. An
//! examination changes nothing at all.
//!
//! The room knows no network, no rules beyond the audit's, and no text for people.

pub mod backup;
pub mod doctor;
pub mod restore;

mod error;
mod files;
mod manifest;
mod marker;

pub use error::UpkeepError;
pub use manifest::{MANIFEST, Manifest, SegmentCopy};
pub use marker::{MARKER, Unfinished, unfinished};

/// What long work is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Copying the journal, in bytes.
    Journal,
    /// Copying documents, each by itself.
    Documents,
    /// Auditing what was put back, in entries.
    Audit,
}

/// Hears stage, done and total.
pub type OnProgress<'a> = &'a mut dyn FnMut(Stage, u64, u64);

//! The index: look-ups derived from the journal, which may be thrown away.
//!
//! Two parts. [`Index`] keeps, for each id of each kind, the ordered list of entries that
//! mention it, in sled. [`HashFile`] keeps the hashes of the tree, by position, in a flat file.
//!
//! It promises that what it answers is what was applied, up to a position that it states
//! itself; that opening it never brings the bank down; and that damage is found, moved aside
//! and answered with an empty index, never served.
//!
//! It does not know what an entry, a household or a tree is, and nothing lives only here:
//! whoever owns the journal replays from [`Index::applied`] and has everything back.

mod lists;

pub mod chunk;
mod error;
mod guard;
mod hash_file;
pub mod head;
mod key;
mod opening;

pub use error::IndexError;
pub use hash_file::{HASH_SIZE, HashFile, HashFileError};
pub use key::{ID_SIZE_MAX, Key, Kind};
pub use lists::{APPLY_ENTRIES_MAX, Index, LIST_LIMIT_MAX};
pub use opening::{BROKEN_KEPT, FORMAT_VERSION, Opened};

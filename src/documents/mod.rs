//! Documents: content-addressed files that may be erased.
//!
//! Photos, names, phone numbers, hashes of PINs: everything about persons that must not stand
//! in the journal. A document is found by its [`Address`], which is made from its content;
//! entries hold a [`Commitment`] to it, which tells nothing once the document is gone.
//!
//! Promises that a document is durable when [`Documents::put`] returns, that what
//! [`Documents::get`] answers is what was put, byte for byte, and that an erased document is
//! gone from the directory for good. (The bytes may linger on the medium until its blocks are
//! used again; a disk that must not be read when stolen is to be encrypted as a whole.)
//!
//! It does not know what a document means, who may read it, or that there is a ledger.

mod sealed;
mod store;

mod disk;

mod address;
mod commitment;
mod error;
mod kind;

pub use address::{ADDRESS_SIZE, Address};
pub use commitment::{COMMITMENT_SIZE, Commitment, SALT_SIZE, SealedDocument, commit, open_sealed, seal};
pub use disk::{Disk, OsDisk};
pub use error::DocumentError;
pub use kind::DocumentKind;
pub use store::Documents;

//! The transparency log: hashes, trees, proofs and signed notes over opaque bytes.
//!
//! Given the bytes of entries in order, this room says what commits to them and
//! proves it to strangers: the chain hash that links one entry to the next, the
//! RFC 6962 tree over all of them, signed checkpoints of that tree, inclusion and
//! consistency proofs, cosignatures of witnesses, the receipt file, and the tiles
//! that a static mirror serves. The formats are those of C2SP (`signed-note`,
//! `tlog-checkpoint`, `tlog-cosignature`, `tlog-proof`, `tlog-tiles`) and of
//! RFC 6962 and RFC 9162, byte for byte.
//!
//! It promises never to panic on bytes from outside, and to accept exactly one
//! spelling of everything it parses. It does not know what an entry means, what
//! time it is, where hashes are stored, or what a point is.

// From the hash of one leaf up to the receipt that goes home, then the mirror.
pub mod chain;
pub mod hash;

pub mod frontier;
pub mod stored;
pub mod subtree;

pub mod batch;
pub mod proof;

pub mod key;
pub mod note;
pub mod signature;

pub mod checkpoint;
pub mod cosignature;
pub mod tlog_proof;

pub mod tile;

mod strict;

pub use batch::BatchProofs;
pub use chain::{FIRST_PREVIOUS, chain_hash};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::CosignatureError;
pub use frontier::{Frontier, FrontierError};
pub use hash::{Hash, HashError, empty_root, leaf_hash, node_hash};
pub use key::{Cosigner, KeyError, KeyKind, Signer, Verifier};
pub use note::{Note, NoteError, Opened, VerifiedSignature};
pub use proof::{Plan, ProofError, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion};
pub use signature::{KeyId, NoteSignature};
pub use subtree::{SIZE_MAX, Subtree};
pub use tile::{Tile, TileError, TileKind};
pub use tlog_proof::{TlogProof, TlogProofError};

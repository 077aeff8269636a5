//! Finding a sealed identity by the commitment that an entry holds.
//!
//! An address is made from salt and content, and so is a commitment, but neither can be had from the other: entries
//! name commitments only. Whoever has the documents can work the commitments out, so they are, once, and kept in
//! memory beside the addresses: some hundred bytes for each person. Nothing of it is written: once a document is
//! erased its entry here leads nowhere, and the log leads nowhere either.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::address::Address;
use super::commitment::{COMMITMENT_SIZE, Commitment, SALT_SIZE, commit, open_sealed};
use super::error::DocumentError;
use super::kind::DocumentKind;
use super::store::Documents;

const UNREAD: u8 = 0;
const READING: u8 = 1;
const READ: u8 = 2;

/// Addresses of identities by their commitments.
#[derive(Default)]
pub(super) struct Sealed {
    known: Mutex<HashMap<[u8; COMMITMENT_SIZE], Address>>,
    /// Whether the directory was gone through: what lay there before is known then.
    state: AtomicU8,
}

impl Sealed {
    /// Notes a document that was just put.
    pub(super) fn note(&self, kind: DocumentKind, bytes: &[u8], address: Address) {
        let sealed = (kind == DocumentKind::Identity).then(|| bytes.split_first_chunk::<SALT_SIZE>());
        if let Some((salt, content)) = sealed.flatten() {
            self.lock().insert(*commit(salt, content).as_bytes(), address);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; COMMITMENT_SIZE], Address>> {
        // One insertion at a time; a panic elsewhere cannot leave it half changed.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Documents {
    /// The content of the identity that this commitment was made for; `None` where it is erased, was never put, or is
    /// not known yet. The first call goes through the whole directory and takes as long as that takes; whoever comes
    /// meanwhile is not kept waiting, and finds what is known by then.
    ///
    /// # Errors
    /// As [`Documents::addresses`] and [`Documents::get`].
    pub fn identity(&self, commitment: &Commitment) -> Result<Option<Vec<u8>>, DocumentError> {
        self.go_through()?;
        let found = self.sealed.lock().get(commitment.as_bytes()).copied();
        let Some(address) = found else { return Ok(None) };
        match self.get(address)? {
            Some((DocumentKind::Identity, bytes)) => Ok(Some(open_sealed(&bytes, commitment)?.to_vec())),
            Some(_) | None => Ok(None),
        }
    }

    /// Goes through the directory, once in this process.
    fn go_through(&self) -> Result<(), DocumentError> {
        let state = &self.sealed.state;
        if state.compare_exchange(UNREAD, READING, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return Ok(());
        }
        let went = self.learn_all();
        state.store(if went.is_ok() { READ } else { UNREAD }, Ordering::Release);
        went
    }

    fn learn_all(&self) -> Result<(), DocumentError> {
        for address in self.addresses()? {
            // A damaged file is the doctor's to tell; nobody's name is found in it.
            let kind = self.kind_at(address);
            if kind != Some(DocumentKind::Identity) {
                continue;
            }
            if let Ok(Some((kind, bytes))) = self.get(address) {
                self.sealed.note(kind, &bytes, address);
            }
        }
        Ok(())
    }
}

//! PINs: checked beside the command against an Argon2 string among the documents, and forgotten. Each try is
//! counted before it is checked, so that many tries at once buy nothing. Counts live here; the lock after the
//! last miss is an entry.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::{PasswordVerifier, phc::PasswordHash};
use zeroize::Zeroizing;

use crate::bank::ids::HouseholdId;
use crate::bank::{PIN_MISSES_MAX, PinCheck, PinRecord};
use crate::documents::{Address, DocumentKind, Documents};
use crate::planted::{self, Bug};

/// Misses since each household's last success.
#[derive(Default)]
pub(super) struct Pins {
    misses: Mutex<HashMap<HouseholdId, u32>>,
}

/// What a try came to.
pub(super) struct Tried {
    pub(super) check: PinCheck,
    /// This was the last miss: the PIN must be locked.
    pub(super) lock: bool,
}

impl Pins {
    /// Tries a PIN. Takes some 20 ms of a core: never on a task that others wait for.
    pub(super) fn check(
        &self,
        documents: &Documents,
        id: HouseholdId,
        record: &PinRecord,
        pin: &Zeroizing<String>,
    ) -> Tried {
        let wrong = |misses: u32| PinCheck::Wrong { misses_left: PIN_MISSES_MAX.saturating_sub(misses) };
        if record.locked {
            return Tried { check: wrong(PIN_MISSES_MAX), lock: false };
        }
        let tries = {
            let mut misses = self.misses.lock().unwrap_or_else(PoisonError::into_inner);
            let tries = misses.entry(id).or_default();
            *tries += u32::from(!planted::is(Bug::PinMissesForgotten));
            *tries
        };
        if tries > PIN_MISSES_MAX {
            return Tried { check: wrong(PIN_MISSES_MAX), lock: true };
        }
        if fits(documents, record, pin) {
            self.forget(id);
            Tried { check: PinCheck::Verified, lock: false }
        } else {
            Tried { check: wrong(tries), lock: tries == PIN_MISSES_MAX }
        }
    }

    /// A success, a lock or a new PIN: counting begins anew.
    pub(super) fn forget(&self, id: HouseholdId) {
        self.misses.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// A document that is gone or is not an Argon2 string fits no PIN.
fn fits(documents: &Documents, record: &PinRecord, pin: &Zeroizing<String>) -> bool {
    let stored = match documents.get(Address::from_bytes(record.document.0)) {
        Ok(Some((DocumentKind::PinHash, bytes))) => bytes,
        Ok(_) => return false,
        Err(error) => {
            tracing::error!(%error, "reading a PIN document");
            return false;
        }
    };
    let Ok(text) = String::from_utf8(stored) else { return false };
    PasswordHash::new(&text)
        .is_ok_and(|hash| Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
}

/// The Argon2 string of a PIN with a fresh salt: the content of a PIN document. None where the system gives
/// no randomness.
pub fn hash_pin(pin: &str) -> Option<String> {
    use argon2::password_hash::PasswordHasher;
    Argon2::default().hash_password(pin.as_bytes()).ok().map(|hash| hash.to_string())
}

//! The one way to look at state on a reader's behalf: whose key it is and whether the key is still good is asked
//! of the bank in the same look, before anything else is seen.

use crate::bank::Refusal;
use crate::bank::authority::Subject;
use crate::bank::ids::PublicKey;
use crate::engine::{Engine, View};

use super::denial::Denial;
use super::reader::{Read, Reader};

/// The key of a request's session, not yet asked whether it is still good.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Credential {
    /// A method that looks at none.
    Unasked,
    /// There is no session.
    Missing,
    /// Whose it is.
    Key(PublicKey),
}

/// Looks at durable state for whoever asks. The closure is short; the writer waits for it.
///
/// # Errors
///
/// What the closure says; `BANK_NOT_OPEN` before entry 0; why the key is no longer good.
pub(crate) async fn look<R>(
    engine: &Engine,
    who: Credential,
    look: impl FnOnce(&View, &Reader) -> Result<R, Denial>,
) -> Result<R, Denial> {
    let looked = engine.read(|view| {
        // Nothing is there to be read, and nobody to read it.
        if view.bank.origin().is_none() {
            return Err(Refusal::BankNotOpen {}.into());
        }
        look(view, &reader(view, who)?)
    });
    looked.await?
}

/// Looks at a subject, once the table lets the reader.
///
/// # Errors
///
/// As [`look`], and `READ_DENIED` or `SESSION_MISSING`.
pub(crate) async fn look_at<R>(
    engine: &Engine,
    who: Credential,
    read: Read,
    subject: Subject,
    see: impl FnOnce(&View, &Reader) -> Result<R, Denial>,
) -> Result<R, Denial> {
    look(engine, who, |view, reader| {
        reader.check(view, read, &subject)?;
        see(view, reader)
    })
    .await
}

/// Who holds the key, if it is still good.
fn reader(view: &View, who: Credential) -> Result<Reader, Denial> {
    match who {
        Credential::Unasked | Credential::Missing => Ok(Reader::Anonymous),
        Credential::Key(key) => Ok(Reader::Known(view.bank.signer(&key, view.now)?)),
    }
}

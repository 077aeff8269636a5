//! A key that lives as long as the process, for what the server hands out and wants back unchanged: challenges,
//! sessions, page tokens. A restart makes all of them void, and clients ask again. Nothing here knows what is
//! sealed.

use super::denial::Denial;

/// Bytes of a tag.
pub(crate) const TAG_BYTES: usize = 32;

/// A random key; BLAKE3 in keyed mode. Clones are the same key.
#[derive(Clone)]
pub(crate) struct MacKey([u8; 32]);

impl MacKey {
    /// A key that nobody else has.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(MacKey(key))
    }

    /// The tag of `parts` under a purpose. Each part's length is covered, so that no two lists of parts read
    /// alike.
    fn tag(&self, purpose: &str, parts: &[&[u8]]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            hasher.update(&(part.len() as u64).to_be_bytes()).update(part);
        }
        hasher.finalize()
    }

    /// `body | tag`, the tag covering purpose, body and `bound`.
    pub(crate) fn seal(&self, purpose: &str, body: &[u8], bound: &[&[u8]]) -> Vec<u8> {
        let mut sealed = body.to_vec();
        sealed.extend_from_slice(self.tag(purpose, &with(body, bound)).as_bytes());
        sealed
    }

    /// The body of what [`MacKey::seal`] made with the same purpose and bounds; none otherwise. Tags are
    /// compared in constant time.
    pub(crate) fn open<'s>(&self, purpose: &str, sealed: &'s [u8], bound: &[&[u8]]) -> Option<&'s [u8]> {
        let (body, tag) = sealed.split_last_chunk::<TAG_BYTES>()?;
        (self.tag(purpose, &with(body, bound)) == blake3::Hash::from_bytes(*tag)).then_some(body)
    }
}

fn with<'a>(body: &'a [u8], bound: &[&'a [u8]]) -> Vec<&'a [u8]> {
    std::iter::once(body).chain(bound.iter().copied()).collect()
}

/// Random bytes, for what must not come twice.
pub(crate) fn nonce<const N: usize>() -> Result<[u8; N], Denial> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => {
            tracing::error!(%error, "the machine has no randomness to give");
            Err(Denial::Internal)
        }
    }
}

//! Pages of lists (AIP-158): how long one is, and the opaque token that leads to the next.
//!
//! A token holds where the list goes on and is bound to the method and its filter; a token of another filter,
//! of another process or made by hand is refused. It grants nothing: every page is authorised by itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::access::Denial;
use crate::access::MacKey;
use crate::access::field;
use crate::wire::Problem;
use crate::wire::limits::{PAGE_TOKEN_BYTES_MAX, Page};

/// Makes and opens page tokens.
pub(super) struct Pages(pub(super) MacKey);

impl Pages {
    /// The token of a page that begins at `cursor`.
    pub(super) fn token<const N: usize>(&self, method: &str, filter: &[&[u8]], cursor: [u64; N]) -> String {
        let body: Vec<u8> = cursor.iter().flat_map(|part| part.to_be_bytes()).collect();
        URL_SAFE_NO_PAD.encode(self.0.seal(method, &body, filter))
    }

    /// Where the page begins; none for the first.
    pub(super) fn cursor<const N: usize>(
        &self,
        method: &str,
        filter: &[&[u8]],
        token: &str,
    ) -> Result<Option<[u64; N]>, Denial> {
        if token.is_empty() {
            return Ok(None);
        }
        if token.len() > PAGE_TOKEN_BYTES_MAX {
            return Err(Denial::PageToken);
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| Denial::PageToken)?;
        let body = self.0.open(method, &sealed, filter).ok_or(Denial::PageToken)?;
        let (parts, rest) = body.as_chunks::<8>();
        let cursor: Vec<u64> = parts.iter().map(|part| u64::from_be_bytes(*part)).collect();
        match cursor.try_into() {
            Ok(cursor) if rest.is_empty() => Ok(Some(cursor)),
            _ => Err(Denial::PageToken),
        }
    }
}

/// How many rows to serve.
pub(super) fn size(page: Page, asked: i32) -> Result<usize, Denial> {
    let range = Problem::OutOfRange { min: 0, max: i64::from(i32::MAX), got: i64::from(asked) };
    page.size(asked).ok_or_else(|| field::bad("page_size", range))
}

//! The link of an invitation: `https://HOST/join#<seed>`, the seed in base64url without padding, 32 bytes. What
//! comes after `#` is a signing key for one acceptance: a browser never sends it, and neither does anything here.

use std::fmt;
use std::path::Path;

use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::card::{qr_for_terminal, thirty_two};
use super::failure::Failure;
use super::key_file;
use crate::bank::ids::PublicKey;
use crate::wire::signature::public_key;

/// Most bytes of a link: a host name, a path and a seed.
const LINK_BYTES_MAX: usize = 512;
/// What stands between the host and the seed.
const JOIN: &str = "/join#";

/// What an invitation's link says. Has no `Debug` of its seed, and forgets it when it goes.
pub struct Link {
    /// Scheme and host: `https://bank.example`.
    base: String,
    seed: Zeroizing<[u8; 32]>,
}

/// Why a text is not an invitation's link. Never repeats the text, which is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// Longer than any link.
    #[error("the text is longer than an invitation's link")]
    TooLong,
    /// Not a link.
    #[error("the text is not a link that begins with https:// or http://")]
    NotALink,
    /// There is no `/join#`: another page's link, or copied without its secret.
    #[error("the link has no /join# part; the whole link is wanted, with what comes after #")]
    NotAnInvitation,
    /// The seed is not 32 bytes in base64url.
    #[error("the key after # is not 32 bytes of base64url")]
    BadSeed,
}

impl BadLink {
    /// The same in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            BadLink::TooLong => "文字太长，不像邀请链接",
            BadLink::NotALink => "不是 https:// 或 http:// 开头的链接",
            BadLink::NotAnInvitation => "链接里没有 /join# 这一段，要连 # 后面的一起复制",
            BadLink::BadSeed => "# 后面不是 32 字节的 base64url",
        }
    }
}

impl From<BadLink> for Failure {
    fn from(bad: BadLink) -> Failure {
        Failure::usage(format!("邀请链接不对：{}", bad.zh()), format!("the invitation: {bad}"))
    }
}

impl Link {
    /// A new link under `base`, the scheme and host of the bank's pages.
    ///
    /// # Errors
    ///
    /// The machine has no randomness to give.
    pub fn generate(base: &str) -> Result<Link, Failure> {
        Ok(Link { base: base.trim_end_matches('/').to_owned(), seed: key_file::random()? })
    }

    /// Reads a link; white space around it is ignored.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Link, BadLink> {
        let text = text.trim();
        if text.len() > LINK_BYTES_MAX {
            return Err(BadLink::TooLong);
        }
        if !is_link(text) {
            return Err(BadLink::NotALink);
        }
        let (base, seed) = text.split_once(JOIN).ok_or(BadLink::NotAnInvitation)?;
        Ok(Link { base: base.to_owned(), seed: thirty_two(seed).ok_or(BadLink::BadSeed)? })
    }

    /// A link as people give it: itself, or a file that holds it, so that no list of processes shows it.
    ///
    /// # Errors
    ///
    /// It is neither.
    pub fn given(text: &str) -> Result<Link, Failure> {
        if is_link(text.trim()) {
            return Ok(Link::parse(text)?);
        }
        let path = Path::new(text);
        let text = std::fs::read_to_string(path).map_err(|error| Failure::reading(path, error))?;
        Link::parse(&Zeroizing::new(text)).map_err(|bad| Failure::malformed(path, bad.zh(), bad))
    }

    /// Scheme and host of the bank's pages.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The whole link. A secret until it is accepted: whoever has it becomes the one who was invited.
    pub fn text(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.seed));
        Zeroizing::new(format!("{}{JOIN}{}", self.base, seed.as_str()))
    }

    /// The invitation's own key.
    pub fn key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.seed)
    }

    /// What the bank knows it by.
    pub fn public(&self) -> PublicKey {
        public_key(&self.key())
    }

    /// The QR code in half blocks, for a terminal with light text on a dark ground.
    pub fn for_terminal(&self) -> String {
        qr_for_terminal(&self.text())
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("base", &self.base).finish_non_exhaustive()
    }
}

fn is_link(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme))
}

/// The key of an invitation as people give it: the link, 64 hexadecimal digits, or a PEM file.
///
/// # Errors
///
/// It is none of these.
pub fn invitation_key(text: &str) -> Result<PublicKey, Failure> {
    if is_link(text.trim()) { Ok(Link::parse(text)?.public()) } else { key_file::public(text) }
}

//! The passbook's card: the text behind its QR code, and the QR code.
//!
//! The text is `https://HOST/p/<view token>#<seed>`, both in base64url without padding, 32 bytes each. The part
//! after `#` is the passbook's own signing key: a browser never sends it, and neither does anything here.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use qrcode::QrCode;
use qrcode::render::{svg, unicode};
use zeroize::Zeroizing;

use super::failure::Failure;
use super::key_file;
use crate::bank::ids::Digest;

/// Most bytes of a card's text: a host name, two tokens and what joins them.
const CARD_BYTES_MAX: usize = 512;

/// What a card's text says. Has no `Debug` of its secrets, and forgets them when it goes.
pub struct Card {
    /// Scheme and host: `https://bank.example`.
    base: String,
    view_token: Zeroizing<[u8; 32]>,
    seed: Zeroizing<[u8; 32]>,
}

/// Why a text is not a card's. Never repeats the text, which is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCard {
    /// Longer than any card's text.
    #[error("the text is longer than a passbook's")]
    TooLong,
    /// Not a link.
    #[error("the text is not a link that begins with https:// or http://")]
    NotALink,
    /// There is no `/p/`.
    #[error("the link has no /p/ part")]
    NotAPassbook,
    /// There is no `#`: the QR code was copied without its secret.
    #[error("the link has nothing after #, so it can be looked at but cannot sign")]
    NoSeed,
    /// The view token is not 32 bytes in base64url.
    #[error("the view token after /p/ is not 32 bytes of base64url")]
    BadViewToken,
    /// The seed is not 32 bytes in base64url.
    #[error("the key after # is not 32 bytes of base64url")]
    BadSeed,
}

impl BadCard {
    /// The same in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            BadCard::TooLong => "文字太长，不像存折二维码",
            BadCard::NotALink => "不是 https:// 或 http:// 开头的链接",
            BadCard::NotAPassbook => "链接里没有 /p/ 这一段",
            BadCard::NoSeed => "链接里没有 # 后面的钥匙，只能看，不能签名",
            BadCard::BadViewToken => "/p/ 后面不是 32 字节的 base64url",
            BadCard::BadSeed => "# 后面不是 32 字节的 base64url",
        }
    }
}

impl Card {
    /// A new card under `base`, the scheme and host of the bank's pages.
    ///
    /// # Errors
    ///
    /// The machine has no randomness to give.
    pub fn generate(base: &str) -> Result<Card, Failure> {
        Ok(Card {
            base: base.trim_end_matches('/').to_owned(),
            view_token: key_file::random()?,
            seed: key_file::random()?,
        })
    }

    /// Reads a card's text; white space around it is ignored.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Card, BadCard> {
        let text = text.trim();
        if text.len() > CARD_BYTES_MAX {
            return Err(BadCard::TooLong);
        }
        let is_link = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
        if !is_link {
            return Err(BadCard::NotALink);
        }
        let (base, secrets) = text.split_once("/p/").ok_or(BadCard::NotAPassbook)?;
        let (token, seed) = secrets.split_once('#').ok_or(BadCard::NoSeed)?;
        Ok(Card {
            base: base.to_owned(),
            view_token: thirty_two(token).ok_or(BadCard::BadViewToken)?,
            seed: thirty_two(seed).ok_or(BadCard::BadSeed)?,
        })
    }

    /// Reads a card's text from a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is not a card's text.
    pub fn load(path: &Path) -> Result<Card, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::reading(path, error))?;
        Card::parse(&Zeroizing::new(text)).map_err(|bad| Failure::malformed(path, bad.zh(), bad))
    }

    /// The text behind the QR code. A secret: whoever has it can spend.
    pub fn text(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.seed));
        Zeroizing::new(format!("{}/p/{}#{}", self.base, self.view_token(), seed.as_str()))
    }

    /// The view token as printed.
    pub fn view_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(*self.view_token)
    }

    /// What the bank holds of the view token: its BLAKE3 hash.
    pub fn view_token_hash(&self) -> Digest {
        Digest(*blake3::hash(&*self.view_token).as_bytes())
    }

    /// The passbook's own key.
    pub fn key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.seed)
    }

    /// The QR code as an SVG image to print.
    pub fn svg(&self) -> String {
        code(&self.text()).render::<svg::Color>().min_dimensions(480, 480).build()
    }

    /// The QR code in half blocks, for a terminal with light text on a dark ground.
    pub fn for_terminal(&self) -> String {
        qr_for_terminal(&self.text())
    }
}

/// The QR code of a short text in half blocks, for a terminal with light text on a dark ground.
pub(super) fn qr_for_terminal(text: &str) -> String {
    code(text)
        .render::<unicode::Dense1x2>()
        .dark_color(unicode::Dense1x2::Light)
        .light_color(unicode::Dense1x2::Dark)
        .build()
}

fn code(text: &str) -> QrCode {
    QrCode::new(text.as_bytes()).expect("a card's or an invitation's text is short enough for a QR code")
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card").field("base", &self.base).finish_non_exhaustive()
    }
}

/// 32 bytes in base64url without padding.
pub(super) fn thirty_two(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

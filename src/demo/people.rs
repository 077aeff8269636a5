//! Keys and cards of the demo's people: made from one seed, so that a town is the same wherever its seed is.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;

use crate::bank::ids::{Digest, HouseholdId, PublicKey};

use super::dice::Dice;

/// Everybody's keys.
#[derive(Clone)]
pub struct People {
    seed: [u8; 32],
}

/// A printed passbook: what its QR says.
pub struct Card {
    /// Opens the read-only page.
    pub view_token: [u8; 32],
    /// The passbook's own key.
    pub key: SigningKey,
}

impl People {
    /// The people of a seed.
    pub fn new(seed: [u8; 32]) -> Self {
        People { seed }
    }

    /// The key of somebody or something, by name.
    pub fn key(&self, name: &str) -> SigningKey {
        SigningKey::from_bytes(&Dice::new(&self.seed, &format!("key {name}")).bytes())
    }

    /// The `number`-th card of a household.
    pub fn card(&self, household: HouseholdId, number: u32) -> Card {
        let mut dice = Dice::new(&self.seed, &format!("card {household} {number}"));
        Card { view_token: dice.bytes(), key: SigningKey::from_bytes(&dice.bytes()) }
    }

    /// Dice for one purpose.
    pub fn dice(&self, purpose: &str) -> Dice {
        Dice::new(&self.seed, purpose)
    }
}

/// The public half as the bank knows it.
pub fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

impl Card {
    /// Hash of the view token, as the log holds it.
    pub fn view_token_hash(&self) -> Digest {
        Digest(*blake3::hash(&self.view_token).as_bytes())
    }

    /// The link that opens the page; without the seed.
    pub fn page(&self, base: &str) -> String {
        format!("{base}/p/{}", URL_SAFE_NO_PAD.encode(self.view_token))
    }

    /// The link that declares with it: the seed stands behind the `#` here too.
    pub fn declare(&self, base: &str) -> String {
        let (token, seed) =
            (URL_SAFE_NO_PAD.encode(self.view_token), URL_SAFE_NO_PAD.encode(self.key.to_bytes()));
        format!("{base}/declare#{token}.{seed}")
    }

    /// What the QR says: the link, and after `#` the seed, which no browser sends to a server.
    pub fn text(&self, base: &str) -> String {
        format!("{}#{}", self.page(base), URL_SAFE_NO_PAD.encode(self.key.to_bytes()))
    }
}

/// Writes a demo key, readable by its owner only; not synced, it can be made again.
pub fn write_key(dir: &Path, name: &str, key: &SigningKey) -> std::io::Result<()> {
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(std::io::Error::other)?;
    let path = dir.join(format!("{name}.pem"));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(pem.as_bytes())
}

/// A surname and a given name that nobody in particular has.
pub fn made_up_name(dice: &mut Dice) -> String {
    const SURNAMES: [&str; 16] =
        ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "欧阳"];
    const GIVEN: [&str; 16] = [
        "建国", "秀英", "志强", "桂兰", "海燕", "玉梅", "立新", "春生", "凤英", "文明", "红霞", "长河",
        "小满", "雨", "磊", "静",
    ];
    format!("{}{}", SURNAMES[dice.below(16)], GIVEN[dice.below(16)])
}

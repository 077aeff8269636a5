//! Values as people type them: words of the closed sets in English or Chinese, goods with a number, days.
//!
//! A word may be written as on the wire in small letters (`evidence-unclear`), or as the pages show it
//! (凭证看不清). What is not a word of the set is answered with the whole set.

use std::fmt::Debug;

use zeroize::Zeroizing;

use super::failure::Failure;
use crate::bank::ids::Sku;
use crate::bank::words::*;
use crate::words::names;

/// The word of a set that `text` names.
fn word<T: Copy + Debug>(all: &[T], shown: fn(T) -> &'static str, text: &str) -> Result<T, String> {
    let wanted = text.trim();
    let found =
        all.iter().copied().find(|one| kebab(one) == wanted.to_ascii_lowercase() || shown(*one) == wanted);
    found.ok_or_else(|| {
        let known: Vec<String> = all.iter().map(|one| format!("{} ({})", kebab(one), shown(*one))).collect();
        format!("is none of: {}", known.join(", "))
    })
}

/// The name of a variant in small letters: `EvidenceUnclear` is `evidence-unclear`.
pub fn kebab(one: &impl Debug) -> String {
    let mut out = String::new();
    for c in format!("{one:?}").chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

macro_rules! words {
    ($($(#[$doc:meta])* $function:ident($set:ident, $shown:path);)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// The whole set, where the text is none of its words.
        pub fn $function(text: &str) -> Result<$set, String> {
            word($set::ALL, $shown, text)
        }
    )*};
}

words! {
    /// A unit.
    unit(Unit, names::unit);
    /// One of the five beauties.
    pillar(Pillar, names::pillar);
    /// An office.
    role(Role, names::role);
    /// What an item does.
    item_kind(ItemKind, names::item_kind);
    /// Whose deed an item counts.
    item_subject(ItemSubject, names::item_subject);
    /// The window of a cap.
    cap_window(CapWindow, names::cap_window);
    /// A kind of evidence.
    evidence_kind(EvidenceKind, names::evidence);
    /// Where a declaration stands.
    state(State, names::state);
    /// Why something is returned or refused.
    ground(Ground, names::ground);
    /// Why somebody objects.
    objection_ground(ObjectionGround, names::objection_ground);
    /// How a declaration came.
    channel(Channel, names::channel);
    /// Who pays.
    fund_source(FundSource, names::fund_source);
    /// How two people are kin.
    kin(KinRelation, names::kin);
    /// Why a key is revoked.
    revocation_ground(RevocationGround, names::revocation_ground);
    /// Why a document is erased.
    erasure_ground(ErasureGround, names::erasure_ground);
}

/// Goods with something after `=`: `egg=2`.
///
/// # Errors
///
/// What the text should look like.
pub fn goods<T: std::str::FromStr>(text: &str) -> Result<(Sku, T), String> {
    let wants = || "wants GOODS=VALUE, for example egg=2".to_owned();
    let (sku, value) = text.split_once('=').ok_or_else(wants)?;
    let sku = sku.parse().map_err(|bad: crate::bank::ids::Malformed| bad.to_string())?;
    Ok((sku, value.parse().map_err(|_| wants())?))
}

/// 64 hexadecimal digits: the address of a document.
///
/// # Errors
///
/// What the text should look like.
pub fn digest(text: &str) -> Result<crate::bank::ids::Digest, String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| "wants 64 hexadecimal digits".to_owned())?;
    Ok(crate::bank::ids::Digest(bytes))
}

/// A UUID of version 7: the id of a request.
///
/// # Errors
///
/// What the text should look like.
pub fn request_id(text: &str) -> Result<uuid::Uuid, String> {
    let id: uuid::Uuid = text.parse().map_err(|_| "wants a UUID".to_owned())?;
    if id.get_version_num() == 7 { Ok(id) } else { Err("wants a UUID of version 7".to_owned()) }
}

/// A PIN of 4 to 6 digits, or `-` for a line of stdin.
///
/// # Errors
///
/// What the text should look like.
pub fn pin(text: &str) -> Result<Pin, String> {
    let is_pin =
        crate::wire::limits::PIN_DIGITS.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if text == "-" || is_pin { Ok(Pin(text.to_owned())) } else { Err("wants 4 to 6 digits, or -".to_owned()) }
}

/// A PIN. Has no `Debug` of its digits, and forgets them when it goes.
#[derive(Clone)]
pub struct Pin(String);

impl Pin {
    /// The digits, or `-`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits; those of the next line of stdin for `-`.
    ///
    /// # Errors
    ///
    /// Stdin ends, or its line is not a PIN.
    pub fn resolved(&self) -> Result<Pin, Failure> {
        if self.0 != "-" {
            return Ok(self.clone());
        }
        let mut line = Zeroizing::new(String::new());
        let read = std::io::stdin().read_line(&mut line);
        let digits = line.trim_end_matches(['\r', '\n']);
        match (read, pin(digits)) {
            (Ok(_), Ok(pin)) if digits != "-" => Ok(pin),
            _ => Err(Failure::usage(
                "要从标准输入读一行密码，4 到 6 位数字",
                "stdin should give a PIN of 4 to 6 digits",
            )),
        }
    }
}

impl Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin")
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

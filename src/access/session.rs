//! Sessions for reads: a signed challenge becomes a token.
//!
//! Nothing is stored. A challenge is `nonce (16) | end (8) | tag (32)`, a token the base64url of
//! `key (32) | end (8) | tag (32)`; the tags are this process's, so a restart ends all sessions. A token says
//! whose key was shown, not what the key may do: that is asked of the bank each time, so a revoked key reads
//! nothing from that moment on. Each face has sessions of its own, and one's tokens are worth nothing at the
//! other: those of pages live longer, and only browsers that keep them from scripts get them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::bank::ids::PublicKey;
use crate::bank::time::{Day, Time};
use crate::engine::{Door, Engine};
use crate::wire::limits::CHALLENGE_LIFE;
use crate::wire::{dsse, signature};

use super::denial::Denial;
use super::look::{Credential, look};
use super::mac::{self, MacKey};

const CHALLENGE_PURPOSE: &str = "civbank 2026 challenge v1";
const TOKEN_PURPOSE: &str = "civbank 2026 session v1";
const KEY_BYTES: usize = 32;

/// Makes and opens challenges and tokens. One for each face of a process.
pub(crate) struct Sessions {
    mac: MacKey,
    /// Longest life of a token.
    life: Duration,
}

/// A session that has begun.
pub(crate) struct Begun {
    /// Base64url; whoever holds it reads as the key's holder.
    pub(crate) token: String,
    /// Its end, exclusive: never after the key's last day.
    pub(crate) end: Time,
}

impl Sessions {
    /// Sessions under a key that nobody else has.
    ///
    /// # Errors
    ///
    /// The machine has no randomness to give.
    pub(crate) fn new(life: Duration) -> Result<Self, getrandom::Error> {
        Ok(Sessions { mac: MacKey::random()?, life })
    }

    /// A challenge that is good for two minutes.
    pub(crate) fn challenge(&self, now: Time) -> Result<Vec<u8>, Denial> {
        let end = Time(now.0 + CHALLENGE_LIFE.as_millis() as i64);
        let mut body = mac::nonce::<16>()?.to_vec();
        body.extend_from_slice(&end.0.to_be_bytes());
        Ok(self.mac.seal(CHALLENGE_PURPOSE, &body, &[]))
    }

    /// Begins a session for a key that signed one of our challenges and is good now, as far as the door lets it be
    /// looked at.
    ///
    /// # Errors
    ///
    /// `CHALLENGE_*`, `TOO_MANY_TRIES`, or why the key is not good.
    pub(crate) async fn begin(
        &self,
        engine: &Engine,
        door: Option<&dyn Door>,
        challenge: &[u8],
        key: PublicKey,
        signature: &[u8; signature::SIGNATURE_BYTES],
    ) -> Result<Begun, Denial> {
        let last_day = self.prove(engine, door, challenge, key, signature).await?;
        let longest = Time(engine.now().0 + self.life.as_millis() as i64);
        let end = last_day.map_or(longest, |last| longest.min(last.plus(1).start()));
        Ok(Begun { token: self.token(&key, end), end })
    }

    /// Whether a key signed one of our challenges and is good now, as far as the door lets it be looked at: for one
    /// request that opens no session. Answers the key's last day.
    ///
    /// # Errors
    ///
    /// `CHALLENGE_*`, `TOO_MANY_TRIES`, or why the key is not good.
    pub(crate) async fn prove(
        &self,
        engine: &Engine,
        door: Option<&dyn Door>,
        challenge: &[u8],
        key: PublicKey,
        signature: &[u8; signature::SIGNATURE_BYTES],
    ) -> Result<Option<Day>, Denial> {
        self.check_challenge(challenge, engine.now())?;
        door.map_or(Ok(()), |door| door.admits(&[key])).map_err(Denial::TooManyTries)?;
        let wrong = |denial| {
            if let (Some(door), Denial::ChallengeSignature | Denial::Refused(..)) = (door, &denial) {
                door.was_wrong(&key);
            }
            denial
        };
        signature::verify_one(&key, dsse::CHALLENGE, challenge, signature)
            .map_err(|_| wrong(Denial::ChallengeSignature))?;
        // Looking with this credential asks whether the key is good. One that opens nothing costs as much as a
        // signature that does not fit.
        let last_day = look(engine, Credential::Key(key), |view, _| {
            Ok(view.bank.key(&key).and_then(|record| record.valid_until))
        });
        let last_day = last_day.await.map_err(wrong)?;
        if let Some(door) = door {
            door.was_right();
        }
        Ok(last_day)
    }

    fn check_challenge(&self, challenge: &[u8], now: Time) -> Result<(), Denial> {
        let body = self.mac.open(CHALLENGE_PURPOSE, challenge, &[]).ok_or(Denial::ChallengeInvalid)?;
        let (_, end) = body.split_last_chunk::<8>().ok_or(Denial::ChallengeInvalid)?;
        if now.0 < i64::from_be_bytes(*end) { Ok(()) } else { Err(Denial::ChallengeExpired) }
    }

    fn token(&self, key: &PublicKey, end: Time) -> String {
        let mut body = key.0.to_vec();
        body.extend_from_slice(&end.0.to_be_bytes());
        URL_SAFE_NO_PAD.encode(self.mac.seal(TOKEN_PURPOSE, &body, &[]))
    }

    /// The key behind a token.
    ///
    /// # Errors
    ///
    /// `SESSION_INVALID` for what is not one of ours, `SESSION_EXPIRED`.
    pub(crate) fn open(&self, token: &str, now: Time) -> Result<PublicKey, Denial> {
        let token = URL_SAFE_NO_PAD.decode(token).map_err(|_| Denial::SessionInvalid)?;
        let body = self.mac.open(TOKEN_PURPOSE, &token, &[]).ok_or(Denial::SessionInvalid)?;
        let (key, end) = body.split_first_chunk::<KEY_BYTES>().ok_or(Denial::SessionInvalid)?;
        let end = end.try_into().map(i64::from_be_bytes).map_err(|_| Denial::SessionInvalid)?;
        if now.0 < end { Ok(PublicKey(*key)) } else { Err(Denial::SessionExpired) }
    }
}

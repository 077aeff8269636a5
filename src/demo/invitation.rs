//! Invitations for the demo's visitors: a seat in the town that somebody takes with a phone of their own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;

use crate::bank::command::{Body, Holder};
use crate::bank::time::Time;

use super::DemoError;
use super::desk::{Asked, Desk};
use super::dice::Dice;
use super::people::public;
use super::town::Town;

/// An open invitation.
pub struct Invitation {
    /// Who is invited.
    pub holder: Holder,
    /// Its own key; the link carries its seed.
    pub key: SigningKey,
}

impl Invitation {
    /// The link: whoever has it can accept.
    pub fn text(&self, base: &str) -> String {
        format!("{base}/join#{}", URL_SAFE_NO_PAD.encode(self.key.to_bytes()))
    }
}

impl Town {
    /// Invites a person or a terminal until `expires`, at most 30 days from the desk's now. The town's officer
    /// signs. The seed comes from the dice: dice that were thrown before invite with another key.
    ///
    /// # Errors
    ///
    /// [`DemoError::Submit`]: the bank's refusal, or the engine stopped.
    pub async fn invite(
        &self,
        desk: &mut Desk,
        holder: Holder,
        expires: Time,
        dice: &mut Dice,
    ) -> Result<Invitation, DemoError> {
        let key = SigningKey::from_bytes(&dice.bytes());
        let body = Body::Invite { invitation: public(&key), holder, key_valid_until: None, expires };
        desk.must(vec![Asked::new(body, &[&self.people.key("officer-1")])]).await?;
        Ok(Invitation { holder, key })
    }
}

//! Invitations: a key to be, offered by a link. The link holds the seed of a key pair of its own; who has it makes
//! another key and signs its enrolment with both. The log knows public keys only, so that nobody who reads it (the
//! server included) can accept. An invitation's key signs nothing else: it is nobody's key.
//!
//! Open ones are bounded. One whose time is over ends by itself, without an entry: every look compares the time,
//! and whatever is applied next puts it among the ended. What ended stays known for a while, for a plain answer.

use serde::{Deserialize, Serialize};

use std::collections::{BTreeMap, BTreeSet};

use super::Bank;
use super::authority::{Act, Subject};
use super::command::Holder;
use super::effects::{Change, Effects};
use super::ids::{PersonId, PublicKey};
use super::key::Signer;
use super::refusal::Refusal;
use super::time::{Day, Time};
use super::words::InvitationState;

/// Most invitations open in the bank at once.
pub const INVITATIONS_MAX: usize = 10_000;
/// Most invitations open for one holder at once.
pub const HOLDER_INVITATIONS_MAX: usize = 5;
/// How far ahead an invitation's end may lie.
pub const INVITATION_DAYS_MAX: i64 = 30;
/// What became of an invitation stays known for this many days after its time.
const ENDED_DAYS: i64 = 30;
/// So many of those that ended stay known; beyond that the ones whose time was earliest are forgotten first.
const ENDED_MAX: usize = 10_000;

/// What is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Whose the key will be.
    pub holder: Holder,
    /// Last day of the key to be; none: no end.
    pub key_valid_until: Option<Day>,
    /// Until when it can be accepted, exclusive.
    pub expires: Time,
    /// Who invited.
    pub inviter: PersonId,
    state: InvitationState,
}

impl Invitation {
    /// What became of it by this moment.
    pub fn state(&self, now: Time) -> InvitationState {
        match self.state {
            InvitationState::Open if self.expires <= now => InvitationState::Expired,
            state => state,
        }
    }
}

/// Invitations, open ones and for a while those that ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Invitations {
    by_key: BTreeMap<PublicKey, Invitation>,
    /// Open ones by their end.
    open: BTreeSet<(Time, PublicKey)>,
    /// Open ones by holder.
    of_holder: BTreeMap<Holder, Vec<PublicKey>>,
    /// Ended ones by what would have been their end.
    ended: BTreeSet<(Time, PublicKey)>,
}

impl Invitations {
    pub(super) fn knows(&self, key: &PublicKey) -> bool {
        self.by_key.contains_key(key)
    }

    /// Open ones at this moment, in the bank.
    fn count(&self, now: Time) -> usize {
        // Only what ran out since the newest entry has to be taken off.
        self.open.len() - self.open.iter().take_while(|(expires, _)| *expires <= now).count()
    }

    /// Open ones at this moment, for one holder.
    fn count_of(&self, holder: Holder, now: Time) -> usize {
        let keys = self.of_holder.get(&holder).into_iter().flatten();
        keys.filter(|key| self.by_key.get(key).is_some_and(|found| found.expires > now)).count()
    }

    fn add(&mut self, key: PublicKey, invitation: Invitation) {
        self.open.insert((invitation.expires, key));
        self.of_holder.entry(invitation.holder).or_default().push(key);
        self.by_key.insert(key, invitation);
    }

    fn end(&mut self, key: PublicKey, state: InvitationState) {
        let invitation = self.by_key.get_mut(&key).expect("changes name invitations that are known");
        invitation.state = state;
        self.open.remove(&(invitation.expires, key));
        self.ended.insert((invitation.expires, key));
        if let Some(keys) = self.of_holder.get_mut(&invitation.holder) {
            keys.retain(|open| *open != key);
            if keys.is_empty() {
                self.of_holder.remove(&invitation.holder);
            }
        }
    }

    /// Ends what ran out, and forgets what ended long ago.
    pub(super) fn forget_before(&mut self, now: Time) {
        while let Some((_, key)) = self.open.first().copied().filter(|(expires, _)| *expires <= now) {
            self.end(key, InvitationState::Expired);
        }
        while let Some((expires, key)) = self.ended.first().copied() {
            if self.ended.len() <= ENDED_MAX && expires.plus_days(ENDED_DAYS) > now {
                break;
            }
            self.ended.pop_first();
            self.by_key.remove(&key);
        }
    }
}

impl Bank {
    /// An invitation, open or ended; none where it never was or is forgotten.
    pub fn invitation(&self, key: &PublicKey) -> Option<&Invitation> {
        self.invitations.by_key.get(key)
    }

    /// Invitations that can be accepted at this moment, by key.
    pub fn open_invitations(&self, now: Time) -> impl Iterator<Item = (PublicKey, &Invitation)> {
        let all = self.invitations.by_key.iter().map(|(key, invitation)| (*key, invitation));
        all.filter(move |(_, invitation)| invitation.state(now) == InvitationState::Open)
    }

    fn open_invitation(&self, key: PublicKey, now: Time) -> Result<&Invitation, Refusal> {
        let invitation = self.invitation(&key).ok_or(Refusal::InvitationUnknown { key })?;
        match invitation.state(now) {
            InvitationState::Open => Ok(invitation),
            InvitationState::Accepted => Err(Refusal::InvitationAccepted { key }),
            InvitationState::Cancelled => Err(Refusal::InvitationCancelled { key }),
            InvitationState::Expired => {
                Err(Refusal::InvitationExpired { key, expire_ms: invitation.expires.0 })
            }
        }
    }

    /// Who may invite this holder: whoever may enrol a key for them.
    pub(super) fn act_invite(&self, holder: Holder, now: Time) -> Result<(Act, Subject), Refusal> {
        self.act_for_key(holder, [Act::InviteVillager, Act::InviteOffice, Act::InviteTerminal], now)
    }

    pub(super) fn act_cancel(&self, key: PublicKey, now: Time) -> Result<(Act, Subject), Refusal> {
        let invitation = self.open_invitation(key, now)?;
        let (person, terminal) = match invitation.holder {
            Holder::Person(person) => (Some(person), None),
            Holder::Terminal(terminal) => (None, Some(terminal)),
        };
        let other = Some(invitation.inviter);
        Ok((Act::CancelInvitation, Subject { person, other, terminal, ..Subject::default() }))
    }

    /// What is accepted is open, its holder still there, and its giver still one who may give it.
    pub(super) fn check_acceptable(&self, key: PublicKey, now: Time) -> Result<(), Refusal> {
        let Invitation { holder, inviter, .. } = *self.open_invitation(key, now)?;
        self.check_holder(holder)?;
        let (act, subject) = self.act_invite(holder, now)?;
        // A villager's was given by an officer, or with the household's card beside the clerk: it was there once.
        if act == Act::InviteVillager {
            return Ok(());
        }
        self.authorise(act, &[Signer::Person(inviter)], &subject, now).map(|_| ())
    }

    pub(super) fn decide_invite(
        &self,
        key: PublicKey,
        invitation: Invitation,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let Invitation { holder, key_valid_until, expires, inviter, .. } = invitation;
        self.check_new_key(key, key_valid_until, now)?;
        let (expire_ms, now_ms) = (expires.0, now.0);
        if expires <= now {
            return Err(Refusal::ExpireTimePast { expire_ms, now_ms });
        }
        if expires > now.plus_days(INVITATION_DAYS_MAX) {
            return Err(Refusal::ExpireTimeTooFar { expire_ms, now_ms });
        }
        let full = |whose, open: usize, max: usize| match open >= max {
            true => Err(Refusal::InvitationsFull { whose, open: open as u32, max: max as u32 }),
            false => Ok(()),
        };
        full("holder", self.invitations.count_of(holder, now), HOLDER_INVITATIONS_MAX)?;
        full("bank", self.invitations.count(now), INVITATIONS_MAX)?;
        Ok(Change::Invited { key, holder, key_valid_until, expires, inviter }.into())
    }

    /// The new key is enrolled as its holder's. Both keys have signed: nobody else has the new one, and only who
    /// got the link has the other.
    pub(super) fn decide_accept(
        &self,
        invitation: PublicKey,
        key: PublicKey,
        signers: &[PublicKey],
        now: Time,
    ) -> Result<Effects, Refusal> {
        if !signers.contains(&invitation) || !signers.contains(&key) {
            let (command, needs) = ("AcceptInvitation", "the invitation's key and the new key");
            return Err(Refusal::SignatureMissing { command, needs });
        }
        let Invitation { holder, key_valid_until, .. } = *self.open_invitation(invitation, now)?;
        let mut effects = self.decide_enrol_key(key, holder, key_valid_until, now)?;
        effects.changes.insert(0, Change::InvitationAccepted { key: invitation });
        Ok(effects)
    }

    pub(super) fn apply_invited(&mut self, key: PublicKey, invitation: Invitation) {
        self.invitations.add(key, invitation);
    }

    pub(super) fn apply_invitation_ended(&mut self, key: PublicKey, state: InvitationState) {
        self.invitations.end(key, state);
    }
}

impl Invitation {
    /// An open one.
    pub(super) fn new(
        holder: Holder,
        key_valid_until: Option<Day>,
        expires: Time,
        inviter: PersonId,
    ) -> Self {
        Invitation { holder, key_valid_until, expires, inviter, state: InvitationState::Open }
    }
}

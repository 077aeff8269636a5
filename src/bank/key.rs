//! Keys: whose they are, until when, and what became of them.

use serde::{Deserialize, Serialize};

use super::Bank;
use super::authority::{Act, Subject};
use super::command::Holder;
use super::effects::{Change, Effects};
use super::ids::{HouseholdId, PersonId, PublicKey, TerminalId};
use super::refusal::Refusal;
use super::time::{Day, Time};
use super::words::Role;

/// A person's or terminal's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Whose it is.
    pub holder: Holder,
    /// Last day; none: no end.
    pub valid_until: Option<Day>,
    /// Dead.
    pub revoked: bool,
}

/// Who signs, once their key was found good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signer {
    /// A person.
    Person(PersonId),
    /// A terminal.
    Terminal(TerminalId),
    /// A household's printed card.
    Passbook(HouseholdId),
}

impl Signer {
    /// The person, where it is one.
    pub fn person(self) -> Option<PersonId> {
        match self {
            Signer::Person(person) => Some(person),
            Signer::Terminal(_) | Signer::Passbook(_) => None,
        }
    }
}

impl Bank {
    /// Who holds a key that is good at this moment.
    pub fn signer(&self, key: &PublicKey, now: Time) -> Result<Signer, Refusal> {
        if let Some(record) = self.keys.get(key) {
            if record.revoked {
                return Err(Refusal::KeyRevoked { key: *key });
            }
            if let Some(last_day) = record.valid_until.filter(|last| *last < now.day()) {
                return Err(Refusal::KeyExpired { key: *key, last_day });
            }
            return match record.holder {
                Holder::Person(person) => match person.household() {
                    Some(id) => self.open_household(id).map(|_| Signer::Person(person)),
                    None => Ok(Signer::Person(person)),
                },
                Holder::Terminal(terminal) => Ok(Signer::Terminal(terminal)),
            };
        }
        let id = *self.cards.get(&key.prefix()).ok_or(Refusal::KeyUnknown { key: *key })?;
        match self.open_household(id)?.passbook {
            Some(passbook) if passbook.key == *key => Ok(Signer::Passbook(id)),
            _ => Err(Refusal::PassbookReplaced { household: id }),
        }
    }

    /// What is known of a person's or terminal's key.
    pub fn key(&self, key: &PublicKey) -> Option<&KeyRecord> {
        self.keys.get(key)
    }

    /// Every person's and terminal's key, dead ones too, in no order.
    pub fn keys(&self) -> impl Iterator<Item = (PublicKey, &KeyRecord)> {
        self.keys.iter().map(|(key, record)| (*key, record))
    }

    /// A key is used once for ever: as a person's, a terminal's or a card's; or it is known as an invitation's.
    pub(super) fn key_in_use(&self, key: &PublicKey) -> bool {
        self.keys.contains_key(key) || self.cards.contains_key(&key.prefix()) || self.invitations.knows(key)
    }

    pub(super) fn decide_enrol_key(
        &self,
        key: PublicKey,
        holder: Holder,
        valid_until: Option<Day>,
        now: Time,
    ) -> Result<Effects, Refusal> {
        self.check_holder(holder)?;
        self.check_new_key(key, valid_until, now)?;
        Ok(Change::KeyEnrolled { key, holder, valid_until }.into())
    }

    /// A holder who is there: a member of an open book or staff, or a terminal of a branch.
    pub(super) fn check_holder(&self, holder: Holder) -> Result<(), Refusal> {
        match holder {
            Holder::Person(person) => self.check_person(person),
            Holder::Terminal(terminal) => self.branch(terminal.branch()).map(|_| ()),
        }
    }

    /// A key that was never used, with a last day that is not past.
    pub(super) fn check_new_key(
        &self,
        key: PublicKey,
        valid_until: Option<Day>,
        now: Time,
    ) -> Result<(), Refusal> {
        if self.key_in_use(&key) {
            return Err(Refusal::KeyInUse { key });
        }
        match valid_until.filter(|last| *last < now.day()) {
            Some(date) => Err(Refusal::DatePast { date, today: now.day() }),
            None => Ok(()),
        }
    }

    /// Who may give this holder a key: one of three acts, for villagers, people in office and terminals.
    pub(super) fn act_for_key(
        &self,
        holder: Holder,
        [villager, office, terminal]: [Act; 3],
        now: Time,
    ) -> Result<(Act, Subject), Refusal> {
        match holder {
            Holder::Terminal(id) => {
                let branch = id.branch();
                self.branch(branch).map(|_| (terminal, Subject::branch(branch)))
            }
            Holder::Person(person) => {
                let branch = person.branch();
                self.branch(branch)?;
                let act = if self.offices(person, now).next().is_some() { office } else { villager };
                let (person, household) = (Some(person), person.household());
                Ok((act, Subject { person, household, ..Subject::branch(branch) }))
            }
        }
    }

    pub(super) fn decide_revoke_key(&self, key: PublicKey, now: Time) -> Result<Effects, Refusal> {
        let record = self.keys.get(&key).ok_or(Refusal::KeyUnknown { key })?;
        if record.revoked {
            return Err(Refusal::KeyRevoked { key });
        }
        if let Holder::Person(person) = record.holder {
            self.check_officer_remains(person, Some(key), now)?;
        }
        Ok(Change::KeyRevoked { key }.into())
    }

    pub(super) fn decide_rotate_key(
        &self,
        old: PublicKey,
        new: PublicKey,
        now: Time,
    ) -> Result<Effects, Refusal> {
        // A card is replaced by a new card, not by a rotation.
        let record = *self.keys.get(&old).ok_or(Refusal::KeyUnknown { key: old })?;
        self.signer(&old, now)?;
        if self.key_in_use(&new) {
            return Err(Refusal::KeyInUse { key: new });
        }
        let KeyRecord { holder, valid_until, .. } = record;
        let changes =
            vec![Change::KeyRevoked { key: old }, Change::KeyEnrolled { key: new, holder, valid_until }];
        Ok(Effects { postings: Vec::new(), changes })
    }

    /// Refuses what would leave the bank without an officer who can sign. `leaving` goes, or only their key.
    pub(super) fn check_officer_remains(
        &self,
        leaving: PersonId,
        key: Option<PublicKey>,
        now: Time,
    ) -> Result<(), Refusal> {
        if !self.holds(leaving, Role::Officer, self.head(), now) {
            return Ok(());
        }
        let stays = |other: &PublicKey, person| match key {
            Some(key) => key != *other,
            None => person != leaving,
        };
        if self.officer_remains(stays, now) { Ok(()) } else { Err(Refusal::LastOfficer { person: leaving }) }
    }

    /// Refuses to close a book whose members are the last officers who can sign: their keys die with it.
    pub(super) fn check_officer_remains_without(&self, id: HouseholdId, now: Time) -> Result<(), Refusal> {
        let members = self.household(id)?.members;
        let mut people = (1..=members).filter_map(|member| id.member(member));
        match people.find(|person| self.holds(*person, Role::Officer, self.head(), now)) {
            Some(person) if !self.officer_remains(|_, other| other.household() != Some(id), now) => {
                Err(Refusal::LastOfficer { person })
            }
            _ => Ok(()),
        }
    }

    /// Whether an officer can still sign, among the keys and people that `stay`.
    fn officer_remains(&self, stays: impl Fn(&PublicKey, PersonId) -> bool, now: Time) -> bool {
        let head = self.head();
        self.keys.iter().any(|(key, record)| match record.holder {
            Holder::Terminal(_) => false,
            Holder::Person(person) => {
                stays(key, person)
                    && self.signer(key, now).is_ok()
                    && self.holds(person, Role::Officer, head, now)
            }
        })
    }
}

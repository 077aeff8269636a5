//! Households: their books, members as numbers, kin, passbooks and PINs.

use serde::{Deserialize, Serialize};

use std::num::NonZeroU32;

use crate::planted::{self, Bug};

use super::account::{AccountState, Movements};
use super::caps::Use;
use super::effects::{Account, Change, Effects};
use super::ids::{Digest, HouseholdId, PersonId, PublicKey};
use super::lots::{Lot, spend_changes};
use super::refusal::Refusal;
use super::time::{Day, Month, Time};
use super::words::Unit;
use super::{Bank, branch::BranchState, ids::Branch};

/// Score with which every year begins.
pub const SCORE_BASE: i64 = 100;

/// A household's book as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Household {
    /// Members, 1 to 30.
    pub members: u8,
    /// The book is closed.
    pub closed: bool,
    /// Open rows, objections and disputes.
    pub open: u32,
    /// Open objections and disputes: expiry waits for them.
    pub objections: u32,
    /// The liaison linked to it.
    pub liaison: Option<PersonId>,
    /// Spendable points.
    pub points: AccountState,
    /// Score of `score_year`.
    pub score: AccountState,
    /// Year of the newest score posting; in another year the score stands at [`SCORE_BASE`].
    pub score_year: u16,
    /// Year of which stars and honours are lost; 0: none.
    pub veto_year: u16,
    /// Lots by month.
    pub lots: Box<[Lot]>,
    /// Owed from points that were taken back after they had been spent.
    pub debt: i64,
    /// The passbook in force; none before the first.
    pub passbook: Option<Passbook>,
    /// Address of the PIN document.
    pub pin: Option<Digest>,
    /// Too many misses.
    pub pin_locked: bool,
    /// Its points may stand on the board's standings.
    pub standings: bool,
    pub(super) earned: super::standings::Earned,
    pub(super) suggested: super::suggestion::Made,
    pub(super) pin_free: PinFree,
    pub(super) uses: Box<[Use]>,
    /// Month in which `goods_taken` were taken.
    pub(super) goods_month: Month,
    pub(super) goods_taken: Box<[(super::ids::Sku, u32)]>,
}

/// A printed card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passbook {
    /// Public half of the seed after `#`.
    pub key: PublicKey,
    /// Hash of the view token.
    pub view_token_hash: Digest,
    /// Number of the card, from 1.
    pub card: NonZeroU32,
}

/// Points spent without the PIN on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PinFree {
    pub(super) day: Day,
    pub(super) spent: u32,
}

impl Household {
    fn new(members: u8) -> Self {
        Household {
            members,
            closed: false,
            open: 0,
            objections: 0,
            liaison: None,
            points: AccountState::default(),
            score: AccountState::default(),
            score_year: 0,
            veto_year: 0,
            lots: Box::default(),
            debt: 0,
            passbook: None,
            pin: None,
            pin_locked: false,
            standings: false,
            earned: super::standings::Earned::NOTHING,
            suggested: super::suggestion::Made::default(),
            pin_free: PinFree { day: Day(0), spent: 0 },
            uses: Box::default(),
            goods_month: Month(0),
            goods_taken: Box::default(),
        }
    }

    /// Month of the earliest lot; none without lots, while closed, or while an objection stops the clock.
    pub(super) fn expiry(&self) -> Option<Month> {
        if self.objections > 0 || self.closed { None } else { self.lots.first().map(|lot| lot.month) }
    }

    /// The score as it stands on a day.
    pub fn score_on(&self, day: Day) -> i64 {
        if self.score_year == day.year() { self.score.balance } else { SCORE_BASE }
    }

    /// Points spent without the PIN on a day.
    pub fn pin_free_spent(&self, day: Day) -> u32 {
        if self.pin_free.day == day { self.pin_free.spent } else { 0 }
    }
}

impl Bank {
    /// An open household.
    pub(super) fn open_household(&self, id: HouseholdId) -> Result<&Household, Refusal> {
        let household = self.household(id)?;
        if household.closed { Err(Refusal::HouseholdClosed { household: id }) } else { Ok(household) }
    }

    /// A household's book, open or closed.
    pub fn household(&self, id: HouseholdId) -> Result<&Household, Refusal> {
        self.households.get(&id).map(|h| &**h).ok_or(Refusal::HouseholdUnknown { household: id })
    }

    /// Households of a branch after `after`, by number.
    pub fn households_of(
        &self,
        branch: Branch,
        after: Option<HouseholdId>,
    ) -> impl Iterator<Item = (HouseholdId, &Household)> {
        use std::ops::Bound::{Excluded, Included};
        let range = HouseholdId::range(branch);
        let start = after.filter(|id| range.contains(id)).map_or(Included(*range.start()), Excluded);
        self.households.range((start, Included(*range.end()))).map(|(id, household)| (*id, &**household))
    }

    /// How many books there are, closed ones too.
    pub fn household_count(&self) -> usize {
        self.households.len()
    }

    /// The household whose card has this view token.
    pub fn household_by_view_token(&self, hash: &Digest) -> Option<HouseholdId> {
        let id = *self.tokens.get(&hash.prefix())?;
        let passbook = self.households.get(&id)?.passbook.as_ref()?;
        (passbook.view_token_hash == *hash).then_some(id)
    }

    /// A person who exists: a member of an open household, or staff.
    pub(super) fn check_person(&self, person: PersonId) -> Result<(), Refusal> {
        match person.household() {
            Some(id) => {
                let member = person.member();
                if member > self.open_household(id)?.members {
                    return Err(Refusal::MemberUnknown { household: id, member });
                }
                Ok(())
            }
            None => self.branch(person.branch()).map(|_| ()),
        }
    }

    /// The score after a change: never below zero, and back to the base in a new year. The amount to post.
    pub(super) fn score_posting(&self, id: HouseholdId, change: i64, now: Time) -> Result<i64, Refusal> {
        let household = self.household(id)?;
        let target = (household.score_on(now.day()) + change).max(0);
        Ok(target - household.score.balance)
    }

    pub(super) fn decide_open_household(
        &self,
        id: HouseholdId,
        members: &[Digest],
    ) -> Result<Effects, Refusal> {
        if self.households.contains_key(&id) {
            return Err(Refusal::HouseholdExists { household: id });
        }
        // At most 30, checked at the door.
        Ok(Change::HouseholdOpened { household: id, members: members.len() as u8 }.into())
    }

    pub(super) fn decide_close_household(
        &self,
        id: HouseholdId,
        successor: Option<HouseholdId>,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let household = self.open_household(id)?;
        let heir = successor.map(|heir| self.open_household(heir)).transpose()?;
        self.check_officer_remains_without(id, now)?;
        if household.open > 0 {
            return Err(Refusal::HouseholdBusy { household: id, open: household.open });
        }
        if successor == Some(id) {
            return Err(Refusal::SameHousehold { household: id });
        }
        let mut movements = Movements::new(self);
        let mut changes = Vec::new();
        let points = household.points.balance;
        if points > 0 {
            let target = successor.map_or(Account::Expired(id.branch()), Account::Household);
            movements.transfer(Account::Household(id), target, Unit::Points, points)?;
            changes.extend(spend_changes(id, &household.lots, points));
            if let Some(heir) = successor {
                changes.extend(household.lots.iter().map(|lot| Change::LotMoved {
                    household: heir,
                    month: lot.month,
                    amount: lot.amount,
                }));
            }
        }
        // Who takes over the points takes over what is owed.
        if let (Some(to), Some(heir), 1..) = (successor, heir, household.debt) {
            let debt = heir.debt.checked_add(household.debt).ok_or(Refusal::AmountOverflow {})?;
            changes.push(Change::DebtSet { household: id, debt: 0 });
            changes.push(Change::DebtSet { household: to, debt });
        }
        changes.push(Change::HouseholdClosed { household: id, successor });
        Ok(Effects { postings: movements.finish(), changes })
    }

    pub(super) fn decide_declare_kin(&self, person: PersonId, other: PersonId) -> Result<Effects, Refusal> {
        self.check_person(person)?;
        self.check_person(other)?;
        let (one, two) = (KinNode::of(person), KinNode::of(other));
        if one == two {
            return Err(match person.household() {
                Some(household) => Refusal::SameHousehold { household },
                None => Refusal::KinDeclared { person, other },
            });
        }
        if self.are_kin(one, two) {
            return Err(Refusal::KinDeclared { person, other });
        }
        Ok(Change::KinDeclared { person, other }.into())
    }

    pub(super) fn decide_issue_passbook(
        &self,
        id: HouseholdId,
        key: PublicKey,
        view_token_hash: Digest,
    ) -> Result<Effects, Refusal> {
        let household = self.open_household(id)?;
        if self.key_in_use(&key) {
            return Err(Refusal::KeyInUse { key });
        }
        if self.tokens.contains_key(&view_token_hash.prefix()) {
            return Err(Refusal::ViewTokenInUse {});
        }
        let card = household.passbook.map_or(1, |p| p.card.get() + 1);
        Ok(Change::PassbookIssued { household: id, key, view_token_hash, card }.into())
    }

    pub(super) fn decide_set_pin(&self, id: HouseholdId, document: Digest) -> Result<Effects, Refusal> {
        self.open_household(id)?;
        Ok(Change::PinSet { household: id, document }.into())
    }

    pub(super) fn decide_lock_pin(&self, id: HouseholdId) -> Result<Effects, Refusal> {
        let household = self.open_household(id)?;
        if household.pin.is_none() || household.pin_locked {
            return Err(Refusal::PinLocked { household: id });
        }
        Ok(Change::PinLocked { household: id }.into())
    }

    pub(super) fn apply_household_opened(&mut self, id: HouseholdId, members: u8) {
        self.households.insert(id, Box::new(Household::new(members)));
        self.of_branch(id).open_households += 1;
    }

    pub(super) fn apply_household_closed(&mut self, id: HouseholdId) {
        self.of_branch(id).open_households -= 1;
        let before = self.book(id).expiry();
        self.book(id).closed = true;
        self.move_expiry(id, before, None);
    }

    pub(super) fn apply_passbook(&mut self, id: HouseholdId, passbook: Passbook) {
        // The old card stays in the look-up, so that its holder hears what became of it.
        self.cards.insert(passbook.key.prefix(), id);
        self.tokens.insert(passbook.view_token_hash.prefix(), id);
        self.book(id).passbook = Some(passbook);
    }

    pub(super) fn apply_kin(&mut self, person: PersonId, other: PersonId) {
        let (one, two) = (KinNode::of(person), KinNode::of(other));
        self.kin.entry(one).or_default().push(two);
        self.kin.entry(two).or_default().push(one);
    }

    /// The book that a change names; changes name only books that exist.
    pub(super) fn book(&mut self, id: HouseholdId) -> &mut Household {
        self.households.get_mut(&id).expect("changes name households that exist")
    }

    fn of_branch(&mut self, id: HouseholdId) -> &mut BranchState {
        self.branches.get_mut(&id.branch()).expect("households belong to branches that exist")
    }

    /// Why a person may have no say about a household: their own, or declared kin (kin of one member are kin
    /// of the household).
    pub fn conflict(&self, person: PersonId, household: HouseholdId) -> Option<&'static str> {
        let one = KinNode::of(person);
        if one == KinNode::Household(household) {
            Some("own household")
        } else if self.are_kin(one, KinNode::Household(household)) && !planted::is(Bug::KinForgotten) {
            Some("kin")
        } else {
            None
        }
    }

    fn are_kin(&self, one: KinNode, two: KinNode) -> bool {
        self.kin.get(&one).is_some_and(|kin| kin.contains(&two))
    }
}

/// Who is kin of whom: a household as a whole, or staff who have none here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum KinNode {
    Household(HouseholdId),
    Staff(PersonId),
}

impl KinNode {
    fn of(person: PersonId) -> Self {
        person.household().map_or(KinNode::Staff(person), KinNode::Household)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bank has one for each household: with the allocator's eight bytes it fits into 272.
    #[test]
    fn a_books_record_is_small() {
        assert!(size_of::<Household>() <= 264, "{}", size_of::<Household>());
    }
}

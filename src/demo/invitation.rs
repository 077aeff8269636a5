//! Invitations for the demo's visitors: a seat in the town that somebody takes with a phone of their own.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;

use crate::bank::Bank;
use crate::bank::command::{Body, Holder};
use crate::bank::ids::PersonId;
use crate::bank::time::Time;
use crate::bank::words::{InvitationState, State};
use crate::engine::Engine;

use super::DemoError;
use super::desk::{Asked, Desk};
use super::dice::Dice;
use super::people::public;
use super::town::{Town, Village};

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

/// An office that a visitor of the demo may take with one click.
pub struct Seat {
    /// Its name for programs.
    pub name: &'static str,
    /// For people: which office, and where it leads.
    pub zh: &'static str,
    /// The link.
    pub link: String,
}

/// Days in which a visitor's link can be used; the next start makes others. At most three days' links are open at
/// once for one person, below the bank's bound.
const VISIT_DAYS: i64 = 2;
/// Links of one office in one day: as many visitors, one after the other.
const VISITORS_MAX: usize = 64;

impl Town {
    /// Invitations that make a visitor a committee member, a liaison, an officer and a shop's till of a running demo. A
    /// link that nobody took yet today is given again.
    ///
    /// # Errors
    ///
    /// [`DemoError::Submit`]: the bank's refusal, a full disk among them; [`DemoError::Random`].
    pub async fn seats(&self, engine: &Engine, base: &str) -> Result<Vec<Seat>, DemoError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(DemoError::Random)?;
        let mut desk = Desk::new(engine.clone(), Dice::new(&seed, "request ids of invitations"));
        let busiest = engine.read(|view| self.busiest(view.bank)).await;
        let (member, liaison) = busiest.map_err(|_| DemoError::Interrupted)?;
        let seats = [
            ("committee", "评价委员（表决）", Holder::Person(member)),
            ("liaison", "联户党员（审核、替人申报）", Holder::Person(liaison)),
            // What sells is the terminal's key: the visitor's browser becomes the till.
            ("cashier", "超市收银（收银台）", Holder::Terminal(self.shown().terminal())),
            ("officer", "镇总行", Holder::Person(self.head.staff(2).ok_or(DemoError::Interrupted)?)),
        ];
        let mut made = Vec::new();
        for (name, zh, holder) in seats {
            if let Some(open) = self.seat(&mut desk, name, holder).await? {
                made.push(Seat { name, zh, link: open.text(base) });
            }
        }
        Ok(made)
    }

    /// The village that visitors are shown: the last, where notice takes no time.
    pub fn shown(&self) -> &Village {
        &self.villages[self.villages.len() - 1]
    }

    /// A committee member and a liaison who have something to do: of the village where most waits for the committee,
    /// and the one for whom most waits.
    fn busiest(&self, bank: &Bank) -> (PersonId, PersonId) {
        let mut reviews: BTreeMap<PersonId, usize> = BTreeMap::new();
        for (_, case) in bank.cases(None) {
            let waiting = case.rows.iter().filter(|row| row.state == State::Submitted);
            let homes = waiting.filter_map(|row| bank.household(row.household).ok());
            for liaison in homes.filter_map(|home| home.liaison) {
                *reviews.entry(liaison).or_default() += 1;
            }
        }
        let waiting =
            |village: &&Village| bank.board(village.branch).map_or(0, |board| board.waiting_decision);
        let village = self.villages.iter().max_by_key(waiting).unwrap_or(&self.villages[0]);
        let liaison = reviews.into_iter().max_by_key(|(_, waiting)| *waiting).map(|(liaison, _)| liaison);
        let member = village.committee_person(2);
        (member, liaison.unwrap_or_else(|| village.liaison_person(village.households[0])))
    }

    /// Today's first invitation to this office that is open, or a new one; none once all of the day are taken.
    async fn seat(
        &self,
        desk: &mut Desk,
        name: &str,
        holder: Holder,
    ) -> Result<Option<Invitation>, DemoError> {
        let now = desk.engine().now();
        for visitor in 0..VISITORS_MAX {
            let purpose = format!("invitation {name} {} {visitor}", now.day());
            let key = SigningKey::from_bytes(&self.people.dice(&purpose).bytes());
            let state = |invitation: &crate::bank::Invitation| invitation.state(now);
            let found = desk.engine().read(|view| view.bank.invitation(&public(&key)).map(state)).await;
            match found.map_err(|_| DemoError::Interrupted)? {
                Some(InvitationState::Open) => return Ok(Some(Invitation { holder, key })),
                Some(_) => {}
                None => {
                    let expires = now.plus_days(VISIT_DAYS);
                    let dice = &mut self.people.dice(&purpose);
                    return self.invite(desk, holder, expires, dice).await.map(Some);
                }
            }
        }
        Ok(None)
    }

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

//! Invitations in their thousands: what the bank holds of them is bounded, and a state that was set aside goes on
//! like the one it was taken from.

use civbank::bank::authority::Act;
use civbank::bank::command::{Body, Command, Holder};
use civbank::bank::ids::PublicKey;
use civbank::bank::time::Time;
use civbank::bank::{Applied, Bank, Context, INVITATIONS_MAX, PinCheck, Refusal, Request};

use super::fixture;
use super::names;
use super::world::ORIGIN;

/// A bank without its watchers: they look at everything after every step.
struct Lone {
    bank: Bank,
    now: Time,
    index: u64,
}

impl Lone {
    fn new() -> Lone {
        let world = fixture::world();
        Lone { bank: world.bank, now: world.now, index: world.entries.len() as u64 }
    }

    fn submit(&mut self, body: Body, signers: &[PublicKey]) -> Result<(), Refusal> {
        let (id, payload_digest, not_after) =
            (u128::from(self.index).to_be_bytes(), [2; 16], self.now.plus_minutes(5));
        let command = Command { origin: ORIGIN.to_owned(), request_id: id, not_after, body };
        let context =
            Context { now: self.now, signers, pin: PinCheck::NotGiven, cited: None, payload_digest };
        let effects = self.bank.decide(&command, &context)?;
        let request = Some(Request { id, payload_digest, not_after });
        self.bank.apply(&Applied { index: self.index, time: self.now, request }, &effects);
        self.index += 1;
        Ok(())
    }

    /// The `number`-th invitation, for one of so many people that nobody has too many.
    fn invite(&mut self, number: usize) -> Result<(), Refusal> {
        let person = names::branch("v1").household(1 + (number / 3 % 6) as u32).unwrap();
        let holder = match number % 6_000 {
            own @ 0..900 => Holder::Terminal(names::branch("v1").terminal(1 + own as u16).unwrap()),
            other @ 900..1_800 => Holder::Terminal(names::branch("v2").terminal(other as u16 - 899).unwrap()),
            other if other < 2_700 => {
                Holder::Terminal(names::branch("town").terminal(other as u16 - 1_799).unwrap())
            }
            _ => Holder::Person(person.member(1 + (number % 3) as u8).unwrap()),
        };
        let expires = self.now.plus_days(30);
        let body = Body::Invite { invitation: key(number), holder, key_valid_until: None, expires };
        self.submit(body, &[names::key("officer1")])
    }

    fn open(&self) -> usize {
        self.bank.open_invitations(self.now).count()
    }
}

fn key(number: usize) -> PublicKey {
    names::key(&format!("key:invitation {number}"))
}

#[test]
fn as_many_are_open_in_the_bank_as_may_be() {
    let mut lone = Lone::new();
    // 2,700 terminals with up to four each.
    let mut number = 0;
    while number < INVITATIONS_MAX {
        let at = number % 2_700 + number / 2_700 * 6_000;
        lone.invite(at).unwrap_or_else(|no| panic!("{number}: {no}"));
        number += 1;
    }
    assert_eq!(lone.open(), INVITATIONS_MAX);
    let full = Err(Refusal::InvitationsFull { whose: "bank", open: 10_000, max: 10_000 });
    assert_eq!(lone.invite(3_000), full);

    // One withdrawn makes room for one.
    lone.submit(Body::CancelInvitation { invitation: key(0) }, &[names::key("officer1")]).unwrap();
    lone.invite(3_000).unwrap();
    assert_eq!(lone.invite(3_001), full);

    // A state set aside in the middle goes on as the one it was taken from, whenever it hears of the time.
    let bytes = postcard::to_allocvec(&lone.bank).expect("a state in bytes");
    let bank: Bank = postcard::from_bytes(&bytes).expect("the same state");
    assert!(bank == lone.bank);
    let mut other = Lone { bank, ..lone };
    for one in [&mut lone, &mut other] {
        one.now = one.now.plus_days(30);
        assert_eq!(one.open(), 0, "all ran out, and nobody wrote anything");
        one.invite(3_001).unwrap();
    }
    assert!(lone.bank == other.bank && lone.open() == 1);
    assert_eq!(lone.bank.invitation(&key(1)).map(|known| known.state(lone.now).number()), Some(4));
    lone.now = lone.now.plus_days(31);
    lone.invite(3_002).unwrap();
    assert!(lone.bank.invitation(&key(1)).is_none(), "thirty days after its time it is forgotten");
    assert!(lone.bank.invitation(&key(3_001)).is_some());
}

#[test]
fn of_those_that_ended_the_newest_are_known() {
    let mut lone = Lone::new();
    for number in 0..10_200 {
        lone.now = lone.now.plus_minutes(1);
        lone.invite(3_000 + number * 6_000).unwrap();
        let invitation = key(3_000 + number * 6_000);
        lone.submit(Body::CancelInvitation { invitation }, &[names::key("officer1")]).unwrap();
    }
    let known = |number: usize| lone.bank.invitation(&key(3_000 + number * 6_000)).is_some();
    assert_eq!((0..10_200).filter(|number| known(*number)).count(), 10_001);
    assert!(!known(198) && known(199) && known(10_199));
}

#[test]
fn who_may_enrol_a_key_may_invite_and_nobody_else() {
    for (invite, enrol) in [
        (Act::InviteVillager, Act::EnrolVillagerKey),
        (Act::InviteOffice, Act::EnrolOfficeKey),
        (Act::InviteTerminal, Act::EnrolTerminalKey),
    ] {
        assert_eq!(invite.rows(), enrol.rows(), "{invite:?}");
        assert_eq!(invite.needs(), enrol.needs(), "{invite:?}");
    }
}

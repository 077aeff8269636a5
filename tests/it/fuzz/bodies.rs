//! Command bodies into `decide`: valid, nearly valid and mutated, of every kind, by likely and unlikely signers, in a
//! bank where much has happened. Nothing may panic; what is accepted is applied, and the whole world is checked:
//! sums are zero, balances and lots agree with a ledger that knows no rules, and a bank that only replays is the same
//! bank. What may be decided is what can be read at the door, so each body goes through it.

use std::collections::BTreeSet;

use civbank::bank::PinCheck;
use civbank::bank::command::{
    Appoint, AssessRow, Body, Command, Declare, GoodsCount, Holder, Item, Kind, Price, RedeemLine,
    StockInLine,
};
use civbank::bank::ids::{Branch, Digest, HouseholdId, ItemCode, PersonId, PublicKey, Sku};
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::time::{Day, Time};
use civbank::bank::words::*;
use civbank::wire::{PayloadType, decode_command, encode_command};

use super::Asked;
use super::mutate::{Dice, proto};
use crate::it::bank::names;
use crate::it::bank::random::{self, HOMES, ITEMS, PEOPLE};
use crate::it::bank::script::Script;
use crate::it::bank::world::{Envelope, ORIGIN, World};

/// As `FUZZ_TARGET` names it.
pub const NAME: &str = "bodies";
/// Bodies in a run that was not asked for.
const ROUNDS: u64 = 6_000;
/// Bodies thrown at one bank; then another one is founded.
const IN_ONE_BANK: u64 = 2_000;
/// Who tries the same body, one after the other, until one is let.
const TRIES: usize = 4;

#[test]
fn no_command_body_breaks_the_bank() {
    let asked = Asked::read();
    if !asked.wants(NAME) {
        assert!(super::targets().any(|target| asked.wants(target.name)), "there is no such target");
        return;
    }
    println!("FUZZ_SEED={} FUZZ_TARGET={NAME}", asked.seed);
    let rounds = asked.rounds.unwrap_or(ROUNDS);
    let (mut tried, mut met) = (0, Met::default());
    while rounds == 0 || tried < rounds {
        let mut dice = Dice(asked.seed.wrapping_add(tried / IN_ONE_BANK));
        let mut script = random::lived_in(dice.roll(), 400);
        let bodies = if rounds == 0 { IN_ONE_BANK } else { IN_ONE_BANK.min(rounds - tried) };
        for _ in 0..bodies {
            throw(&mut dice, &mut script, &mut met);
        }
        tried += bodies;
        println!(
            "{tried} bodies of {} kinds, {} accepted of {} kinds, {} different refusals",
            met.thrown.len(),
            met.accepted,
            met.accepted_kinds.len(),
            met.refusals.len()
        );
    }
    if rounds >= ROUNDS {
        assert_eq!(met.thrown.len(), Kind::ALL.len(), "only {:?} were thrown", met.thrown);
        assert!(met.accepted_kinds.len() >= 16, "only {:?} were accepted", met.accepted_kinds);
        assert!(met.refusals.len() >= 30, "only {:?} were heard", met.refusals);
    }
}

/// What came of it.
#[derive(Default)]
struct Met {
    thrown: BTreeSet<Kind>,
    accepted: u64,
    accepted_kinds: BTreeSet<Kind>,
    refusals: BTreeSet<&'static str>,
}

/// Makes a body, brings it through the door and throws it at the bank by several signers.
fn throw(dice: &mut Dice, script: &mut Script, met: &mut Met) {
    let world = &mut script.world;
    if dice.chance(3) {
        world.advance(world.now.plus_minutes(dice.pick(&[1, 600, 3_000, 20_000])));
    }
    let made = Making { dice, world }.body();
    let command = Command {
        origin: ORIGIN.to_owned(),
        request_id: [0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0],
        not_after: world.now.plus_days(1),
        body: made,
    };
    let mut bytes = encode_command(&command);
    if dice.chance(25) {
        bytes = proto(dice, &bytes, 0).unwrap_or(bytes);
    }
    let Ok(Command { body, .. }) = decode_command(PayloadType::Protobuf, &bytes) else { return };
    met.thrown.insert(body.kind());
    for _ in 0..TRIES {
        let signers = signers(dice, &body);
        let pin = dice.pick(&[PinCheck::NotGiven, PinCheck::NotGiven, PinCheck::Verified]);
        let mut with = Envelope { pin, ..Envelope::default() };
        if dice.chance(5) {
            with.shown = Some(dice.below(world.entries.len() + 2) as u64);
        }
        if dice.chance(2) {
            with.not_after = Some(Time(dice.pick(&[i64::MIN, 0, i64::MAX])));
        }
        match world.submit(body.clone(), &signers, &with) {
            Ok(_) => {
                met.accepted += 1;
                met.accepted_kinds.insert(body.kind());
                world.run_due();
                return;
            }
            Err(refusal) => drop(met.refusals.insert(refusal.reason())),
        }
    }
}

/// Up to three: those who usually sign such a body, mostly.
fn signers(dice: &mut Dice, body: &Body) -> Vec<PublicKey> {
    let mut signers = Vec::new();
    if dice.chance(70) {
        signers.extend(usual(dice, body));
    }
    while signers.is_empty() || dice.chance(15) {
        signers.push(names::key(dice.pick(&PEOPLE)));
    }
    let mut seen = BTreeSet::new();
    signers.retain(|key| seen.insert(*key));
    signers
}

fn usual(dice: &mut Dice, body: &Body) -> Vec<PublicKey> {
    let card = |household: &HouseholdId| names::key(&format!("card:{}", names::of_household(*household)));
    match body {
        Body::RotateKey { old, new } => vec![*old, *new],
        Body::AcceptInvitation { invitation, key } => vec![*invitation, *key],
        Body::Declare(Declare { household, .. }) | Body::SetPublicity { household, .. } => {
            vec![card(household)]
        }
        Body::OpenHousehold { .. } | Body::Assess { .. } | Body::StockIn { .. } | Body::SetPrice { .. } => {
            vec![names::key("clerk1")]
        }
        Body::IssuePassbook { household, .. } | Body::SetPin { household, .. } => {
            let second = dice.pick(&["liaison1", "supervisor1", "v1-1.1"]);
            vec![names::key("clerk1"), if dice.chance(50) { card(household) } else { names::key(second) }]
        }
        Body::Review { .. } => {
            vec![names::key(dice.pick(&["liaison1", "liaison1", "liaison2", "far-liaison"]))]
        }
        Body::Decide { .. } => {
            vec![names::key(dice.pick(&["chair1", "seat1", "seat2", "seat3", "seat4", "chair2", "second2"]))]
        }
        Body::Withdraw { .. } | Body::Resubmit { .. } | Body::Object { .. } | Body::Suggest { .. } => {
            vec![names::key(&format!("card:{}", dice.pick(&HOMES)))]
        }
        Body::StockCount { .. } => vec![names::key("t:v1-1"), names::key("supervisor1")],
        Body::Redeem { household, .. } => vec![names::key("t:v1-1"), card(household)],
        Body::Refund { .. } => {
            vec![names::key("t:v1-1"), names::key(&format!("card:{}", dice.pick(&HOMES)))]
        }
        _ => vec![names::key(dice.pick(&["officer1", "officer1", "officer2", "clerk1"]))],
    }
}

/// Makes bodies of what the bank knows, mostly.
struct Making<'a> {
    dice: &'a mut Dice,
    world: &'a World,
}

impl Making<'_> {
    fn body(&mut self) -> Body {
        let kind = self.dice.pick(Kind::ALL);
        match kind {
            Kind::OpenBank => Body::OpenBank {
                head: self.branch(),
                title: self.title(),
                policy: self.policy(),
                bounds: self.bounds(),
            },
            Kind::OpenBranch => Body::OpenBranch { branch: self.branch(), title: self.title() },
            Kind::SetPolicy => {
                let branch = self.maybe(Self::branch);
                Body::SetPolicy { branch, policy: self.policy(), bounds: self.maybe(Self::bounds) }
            }
            Kind::EnrolKey => {
                Body::EnrolKey { key: self.key(), holder: self.holder(), valid_until: self.maybe(Self::day) }
            }
            Kind::RevokeKey => Body::RevokeKey { key: self.key(), ground: self.word(RevocationGround::ALL) },
            Kind::RotateKey => Body::RotateKey { old: self.key(), new: self.key() },
            Kind::Appoint => Body::Appoint(Appoint {
                person: self.person(),
                role: self.word(Role::ALL),
                branch: self.branch(),
                chair: self.dice.chance(30),
                households: self.some(3, Self::household),
                valid_until: self.maybe(Self::day),
            }),
            Kind::Dismiss => Body::Dismiss {
                person: self.person(),
                role: self.word(Role::ALL),
                branch: self.branch(),
                household: self.maybe(Self::household),
            },
            Kind::PublishCatalogue => Body::PublishCatalogue {
                branch: self.maybe(Self::branch),
                valid_from: self.day(),
                items: self.some(4, Self::item),
            },
            Kind::FundBudget => Body::FundBudget {
                branch: self.branch(),
                source: self.word(FundSource::ALL),
                fen: self.amount(),
                points: self.amount(),
                voucher: self.maybe(Self::digest),
            },
            Kind::OpenHousehold => Body::OpenHousehold {
                household: self.household(),
                members: self.some(4, Self::digest),
                consent: self.digest(),
            },
            Kind::CloseHousehold => {
                Body::CloseHousehold { household: self.household(), successor: self.maybe(Self::household) }
            }
            Kind::DeclareKin => Body::DeclareKin {
                person: self.person(),
                other: self.person(),
                relation: self.word(KinRelation::ALL),
            },
            Kind::IssuePassbook => Body::IssuePassbook {
                household: self.household(),
                key: self.key(),
                view_token_hash: self.digest(),
            },
            Kind::SetPin => Body::SetPin { household: self.household(), document: self.digest() },
            Kind::Declare => Body::Declare(Declare {
                household: self.household(),
                member: self.dice.pick(&[0, 0, 0, 1, 2, 3, 99]),
                item: self.code(),
                quantity: self.quantity(),
                deed_date: self.day(),
                evidence: self.some(3, Self::digest),
                note: self.maybe(Self::digest),
                channel: self.word(Channel::ALL),
            }),
            _ => self.later_body(kind),
        }
    }

    /// What follows a declaration, and the shop.
    fn later_body(&mut self, kind: Kind) -> Body {
        match kind {
            Kind::Review => Body::Review {
                declaration: self.case(),
                verdict: self.word(Verdict::ALL),
                ground: self.maybe(|making| making.word(Ground::ALL)),
                note: self.maybe(Self::digest),
            },
            Kind::Decide => {
                let count = self.dice.pick(&[1, 1, 2, 5]);
                Body::Decide {
                    declarations: (0..count).map(|_| self.case()).collect(),
                    vote: self.word(Vote::ALL),
                    points: self.maybe(Self::quantity),
                    ground: self.maybe(|making| making.word(Ground::ALL)),
                }
            }
            Kind::Withdraw => Body::Withdraw { declaration: self.case() },
            Kind::Resubmit => Body::Resubmit {
                declaration: self.case(),
                quantity: self.quantity(),
                deed_date: self.day(),
                evidence: self.some(3, Self::digest),
                note: self.maybe(Self::digest),
            },
            Kind::Object => Body::Object {
                declaration: self.case(),
                household: self.maybe(Self::household),
                ground: self.word(ObjectionGround::ALL),
                statement: self.maybe(Self::digest),
                credited_by: self.maybe(Self::entry),
            },
            Kind::Rule => Body::Rule {
                declaration: self.case(),
                household: self.maybe(Self::household),
                ruling: self.word(Ruling::ALL),
                points: self.quantity(),
                statement: self.maybe(Self::digest),
            },
            Kind::Assess => Body::Assess {
                branch: self.branch(),
                date: self.day(),
                rows: self.some(4, |making| AssessRow {
                    household: making.household(),
                    item: making.code(),
                    quantity: making.quantity(),
                }),
                record: self.digest(),
            },
            Kind::StockIn => Body::StockIn {
                branch: self.branch(),
                lines: self.some(3, |making| StockInLine {
                    sku: making.sku(),
                    quantity: making.quantity(),
                    cost_fen: making.amount(),
                    best_before: making.maybe(Self::day),
                }),
                source: self.word(FundSource::ALL),
                receipt: self.maybe(Self::digest),
            },
            Kind::SetPrice => Body::SetPrice { branch: self.branch(), goods: self.some(3, Self::price) },
            Kind::StockCount => Body::StockCount { branch: self.branch(), lines: self.some(3, Self::count) },
            Kind::Redeem => {
                let lines = self.some(3, |making| RedeemLine {
                    sku: making.sku(),
                    quantity: making.dice.pick(&[1, 1, 2, 60, 1_000]),
                    price_version: 1 + making.dice.below(3) as u32,
                    points: making.dice.pick(&[5, 5, 20, 180, 1]),
                });
                let sum = lines.iter().map(|line| line.quantity.saturating_mul(line.points)).sum();
                let total = if self.dice.chance(90) { sum } else { self.quantity() };
                Body::Redeem { household: self.household(), lines, total }
            }
            Kind::Refund => Body::Refund {
                redemption: self.entry(),
                lines: self.some(3, Self::count),
                restock: self.dice.chance(50),
            },
            Kind::Erase => Body::Erase { document: self.digest(), ground: self.word(ErasureGround::ALL) },
            Kind::Invite => Body::Invite {
                invitation: self.key(),
                holder: self.holder(),
                key_valid_until: self.maybe(Self::day),
                expires: Time(self.world.now.0 + self.dice.pick(&[0, 1, 86_400_000, 604_800_000, 1 << 40])),
            },
            Kind::AcceptInvitation => Body::AcceptInvitation { invitation: self.key(), key: self.key() },
            Kind::CancelInvitation => Body::CancelInvitation { invitation: self.key() },
            Kind::SetPublicity => {
                Body::SetPublicity { household: self.household(), standings: self.dice.chance(50) }
            }
            Kind::Suggest => Body::Suggest { branch: self.branch(), document: self.digest() },
            Kind::AnswerSuggestion => {
                let open =
                    self.world.bank.branches(None).flat_map(|(_, state)| state.suggestions.open.keys());
                let open: Vec<u64> = open.copied().collect();
                let suggestion = if open.is_empty() { 1 } else { self.dice.pick(&open) };
                Body::AnswerSuggestion { suggestion, document: self.digest() }
            }
            other => unreachable!("{other:?} is made elsewhere"),
        }
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.dice.chance(40).then(|| make(self))
    }

    fn some<T>(&mut self, most: usize, make: impl Fn(&mut Self) -> T) -> Vec<T> {
        let count = if self.dice.chance(3) { 0 } else { 1 + self.dice.below(most) };
        (0..count).map(|_| make(self)).collect()
    }

    fn word<T: Copy>(&mut self, words: &[T]) -> T {
        self.dice.pick(words)
    }

    fn branch(&mut self) -> Branch {
        names::branch(self.dice.pick(&["v1", "v1", "v1", "v2", "town", "v3", "v7"]))
    }

    fn household(&mut self) -> HouseholdId {
        match self.dice.below(12) {
            0 => names::household(&format!("v{}-{}", 1 + self.dice.below(4), 1 + self.dice.below(30))),
            _ => names::household(self.dice.pick(&HOMES)),
        }
    }

    fn person(&mut self) -> PersonId {
        let people: Vec<&str> = PEOPLE
            .iter()
            .copied()
            .filter(|name| !name.starts_with("t:") && !name.starts_with("card:"))
            .collect();
        match self.dice.below(4) {
            0 => names::person(&format!("{}.{}", self.dice.pick(&HOMES), 1 + self.dice.below(4))),
            1 => names::person(&format!("v1.s{}", 1 + self.dice.below(20))),
            _ => names::person(self.dice.pick(&people)),
        }
    }

    fn holder(&mut self) -> Holder {
        if self.dice.chance(25) {
            Holder::Terminal(names::terminal(self.dice.pick(&["t:v1-1", "t:v2-1", "t:v1-2", "t:v3-1"])))
        } else {
            Holder::Person(self.person())
        }
    }

    fn key(&mut self) -> PublicKey {
        match self.dice.below(5) {
            0 => names::key(self.dice.pick(&PEOPLE)),
            1 => names::key(&format!("card:{}", self.dice.pick(&HOMES))),
            // Few, so that an invitation is met again.
            2 | 3 => names::key(&format!("key:few{}", self.dice.below(6))),
            _ => names::key(&format!("key:{}", self.dice.below(100_000))),
        }
    }

    fn digest(&mut self) -> Digest {
        names::digest(&format!("d{}", self.dice.below(5_000)))
    }

    fn sku(&mut self) -> Sku {
        self.dice.pick(&["egg", "egg", "salt", "rice", "oil", "soap"]).parse().expect("a sku")
    }

    fn code(&mut self) -> ItemCode {
        self.dice.pick(&ITEMS).parse().expect("a code")
    }

    fn count(&mut self) -> GoodsCount {
        GoodsCount { sku: self.sku(), quantity: self.quantity() }
    }

    fn quantity(&mut self) -> u32 {
        self.dice.pick(&[0, 1, 1, 1, 2, 3, 10, 50, 100, 500, 1_000, 1_000_000, 2_000_000_000, u32::MAX])
    }

    fn amount(&mut self) -> i64 {
        self.dice.pick(&[0, 1, 100, 5_000, 10_000_000_000, 1_000_000_000_000, -1, i64::MAX, i64::MIN])
    }

    fn day(&mut self) -> Day {
        let today = self.world.now.day();
        today.plus(self.dice.pick(&[0, 0, 0, 0, -1, -5, -29, -31, 1, 30, 365, 3_650, -3_650]))
    }

    /// An open case, mostly.
    fn case(&mut self) -> u64 {
        let open: Vec<u64> = self.world.bank.cases(None).map(|(number, _)| number).collect();
        if open.is_empty() || self.dice.chance(10) { self.entry() } else { self.dice.pick(&open) }
    }

    /// Any entry, or one that is not there.
    fn entry(&mut self) -> u64 {
        if self.dice.chance(3) { u64::MAX } else { self.dice.below(self.world.entries.len() + 2) as u64 }
    }

    fn title(&mut self) -> String {
        (self.dice.pick(&["玉泉支行", "a", "", "\u{202e}", "长长长长长长长长长长长长"])).to_owned()
    }

    fn policy(&mut self) -> Policy {
        let mut policy = self.dice.pick(&[Policy::DEFAULT, Policy::DEFAULT, Policy::LEAST, Policy::MOST]);
        if self.dice.chance(50) {
            policy.notice_days = self.dice.pick(&[0, 1, 5, 30]);
            policy.pin_free_points = self.dice.pick(&[0, 50, 1_000]);
        }
        policy
    }

    fn bounds(&mut self) -> Bounds {
        self.dice.pick(&[
            Bounds::FORMAT,
            Bounds { min: Policy::DEFAULT, max: Policy::MOST },
            Bounds { min: Policy::MOST, max: Policy::LEAST },
        ])
    }

    fn item(&mut self) -> Item {
        Item {
            code: self.code(),
            pillar: self.word(Pillar::ALL),
            kind: self.word(ItemKind::ALL),
            title: self.title(),
            points_min: self.dice.pick(&[0, 1, 2, 500]),
            points_max: self.dice.pick(&[0, 5, 500, 10_000]),
            unit: self.word(&[Unit::Points, Unit::Points, Unit::Score, Unit::Minutes]),
            score_effect: self.dice.pick(&[0, 0, 3, -3]),
            subject: self.word(ItemSubject::ALL),
            measure: "次".to_owned(),
            cap_window: self.word(CapWindow::ALL),
            cap_count: self.dice.pick(&[0, 1, 40]),
            evidence: self.some(2, |making| making.word(EvidenceKind::ALL)),
            valid_from: self.maybe(Self::day),
            valid_to: self.maybe(Self::day),
        }
    }

    fn price(&mut self) -> Price {
        Price {
            sku: self.sku(),
            title: "鸡蛋".to_owned(),
            measure: "枚".to_owned(),
            points: self.dice.pick(&[0, 1, 5, 20, 2_000_000_000]),
            month_limit: self.dice.pick(&[0, 2, 60]),
        }
    }
}

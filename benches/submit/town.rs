//! A county of villages with nothing in them but households that have points to spend, and the redemptions
//! that spend them. People, cards, goods and items are the demo's; every entry is a signed command through the
//! engine. Points come as an inspection sheet would bring them: one clerk, two votes, no notice days.

use std::sync::Arc;

use anyhow::Context;
use ed25519_dalek::SigningKey;

use civbank::bank::command::{Appoint, AssessRow, Body, Command, Holder, Price, RedeemLine, StockInLine};
use civbank::bank::ids::{Branch, Digest, HouseholdId};
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::time::Time;
use civbank::bank::words::{FundSource, Role, Vote};
use civbank::demo::catalogue::{goods, items};
use civbank::demo::dice::Dice;
use civbank::demo::people::{People, public};
use civbank::documents::DocumentKind;
use civbank::engine::{Clock, Engine, SystemClock};
use civbank::wire::{PayloadType, encode_command, pb, sign};

use super::scale::Scale;

/// The bank's origin.
pub const ORIGIN: &str = "civbank.example/bench";
const SEED: [u8; 32] = *b"the same county in every run .. ";
const HEAD: &str = "370829000000";
/// Commands in one call to the engine.
const WAVE: usize = 256;
/// Villages that are made side by side.
const SIDE_BY_SIDE: usize = 4;
/// Rows of one sheet.
const ROWS: usize = 300;
/// Points of each household: units of an item at 200 points.
const UNITS: u32 = 20;
/// How long a command of the set-up may wait. Short, because the bank remembers each for that long.
const SETUP_LIFE_MS: i64 = 5_000;

/// The county.
#[derive(Clone)]
pub struct County {
    people: People,
    head: Branch,
    villages: Vec<Branch>,
    households: u32,
}

/// Makes signed commands with ids of its own.
pub struct Pen {
    dice: Dice,
}

impl Pen {
    /// A pen that no other pen of the same `purpose` doubles.
    pub fn new(purpose: &str) -> anyhow::Result<Pen> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        Ok(Pen { dice: Dice::new(&seed, purpose) })
    }

    /// A signed command that lives `life_ms` from now.
    pub fn write(&mut self, body: Body, keys: &[&SigningKey], life_ms: i64) -> pb::Envelope {
        let now = SystemClock.now();
        let mut request_id = self.dice.bytes::<16>();
        request_id[..6].copy_from_slice(&now.0.to_be_bytes()[2..]);
        request_id[6] = 0x70 | (request_id[6] & 0x0f);
        request_id[8] = 0x80 | (request_id[8] & 0x3f);
        let not_after = Time(now.0 + life_ms);
        let command = Command { origin: ORIGIN.to_owned(), request_id, not_after, body };
        sign(encode_command(&command), PayloadType::Protobuf, keys)
    }
}

impl County {
    /// The people and places; nothing is written.
    pub fn new(scale: &Scale) -> anyhow::Result<County> {
        let head: Branch = HEAD.parse()?;
        let villages = (1..=u64::from(scale.villages))
            .map(|number| format!("{:012}", head.number() + number).parse().map_err(anyhow::Error::from))
            .collect::<anyhow::Result<Vec<Branch>>>()?;
        Ok(County { people: People::new(SEED), head, villages, households: scale.households })
    }

    /// Every household, village by village.
    pub fn households(&self) -> Vec<HouseholdId> {
        let numbers = 1..=self.households;
        self.villages.iter().flat_map(|branch| numbers.clone().filter_map(|n| branch.household(n))).collect()
    }

    /// The key of a household's card.
    pub fn card(&self, household: HouseholdId) -> SigningKey {
        self.people.card(household, 1).key
    }

    /// The key of a village's terminal.
    pub fn terminal(&self, branch: Branch) -> SigningKey {
        self.people.key(&format!("terminal {branch}"))
    }

    fn staff(&self, branch: Branch, number: u8) -> SigningKey {
        self.people.key(&format!("staff {branch} {number}"))
    }

    /// The head bank, its catalogue, and the villages without households.
    pub async fn found(&self, engine: &Engine) -> anyhow::Result<()> {
        let mut pen = Pen::new("found")?;
        let admin = self.staff(self.head, 1);
        let open = Body::OpenBank {
            head: self.head,
            title: "示范县文明银行总行".into(),
            policy: Policy {
                notice_days: 0,
                household_month_points: 0,
                person_month_points: 0,
                pin_free_points: 100_000,
                ..Policy::DEFAULT
            },
            bounds: Bounds::FORMAT,
        };
        let today = SystemClock.now().day();
        let catalogue = Body::PublishCatalogue { branch: None, valid_from: today, items: items() };
        submit(engine, &mut pen, vec![open, catalogue], &admin).await?;
        for branch in self.villages.iter().copied() {
            let mut bodies = vec![
                Body::OpenBranch { branch, title: format!("{branch}村") },
                Body::FundBudget {
                    branch,
                    source: FundSource::County,
                    fen: 0,
                    points: 100_000_000,
                    voucher: None,
                },
            ];
            let key = public(&self.terminal(branch));
            let terminal = branch.terminal(1).context("terminal 1")?;
            bodies.push(Body::EnrolKey { key, holder: Holder::Terminal(terminal), valid_until: None });
            let person = branch.staff(1).context("staff 1")?;
            let key = public(&self.staff(branch, 1));
            bodies.push(Body::EnrolKey { key, holder: Holder::Person(person), valid_until: None });
            bodies.push(appoint(person, Role::Clerk, branch));
            submit(engine, &mut pen, bodies, &admin).await?;
            let clerk = self.staff(branch, 1);
            let shelf = vec![Body::SetPrice { branch, goods: prices() }, stock(branch)];
            submit(engine, &mut pen, shelf, &clerk).await?;
        }
        Ok(())
    }

    /// Opens every book, gives it a card, and brings points to it.
    pub async fn settle(&self, engine: &Engine) -> anyhow::Result<()> {
        let places = Arc::new(tokio::sync::Semaphore::new(SIDE_BY_SIDE));
        let mut villages = tokio::task::JoinSet::new();
        for branch in self.villages.iter().copied() {
            let (county, engine, places) = (self.clone(), engine.clone(), places.clone());
            villages.spawn(async move {
                let _place = places.acquire_owned().await?;
                county.settle_village(branch, &engine).await
            });
        }
        while let Some(village) = villages.join_next().await {
            village??;
        }
        engine.tick().await?;
        let households = self.households();
        let (first, last) = (households[0], households[households.len() - 1]);
        let poor = engine.read(|view| {
            [first, last]
                .iter()
                .any(|id| view.bank.household(*id).is_ok_and(|h| h.points.balance != i64::from(UNITS * 200)))
        });
        anyhow::ensure!(!poor.await?, "the sheets brought no points");
        Ok(())
    }

    async fn settle_village(&self, branch: Branch, engine: &Engine) -> anyhow::Result<()> {
        let mut pen = Pen::new(&branch.to_string())?;
        let (admin, clerk) = (self.staff(self.head, 1), self.staff(branch, 1));
        let ids: Vec<HouseholdId> = (1..=self.households).filter_map(|n| branch.household(n)).collect();
        for part in ids.chunks(WAVE / 2) {
            let mut bodies = Vec::with_capacity(WAVE);
            for household in part.iter().copied() {
                let members: Vec<Digest> = (0..3).map(|_| Digest(pen.dice.bytes())).collect();
                bodies.push(Body::OpenHousehold { household, members, consent: Digest(pen.dice.bytes()) });
                let card = self.people.card(household, 1);
                let (key, view_token_hash) = (public(&card.key), card.view_token_hash());
                bodies.push(Body::IssuePassbook { household, key, view_token_hash });
            }
            submit(engine, &mut pen, bodies, &clerk).await?;
        }
        let committee: Vec<SigningKey> = [2, 3].map(|number| self.staff(branch, number)).into();
        let mut seats = Vec::new();
        for (id, key) in ids.iter().zip(&committee) {
            let person = id.member(1).context("member 1")?;
            let holder = Holder::Person(person);
            seats.push(Body::EnrolKey { key: public(key), holder, valid_until: None });
            seats.push(appoint(person, Role::Committee, branch));
        }
        // The two who vote have no say about themselves: a third keeps the quorum for their rows.
        let third = ids[2].member(1).context("member 1")?;
        let third_key = self.staff(branch, 4);
        let holder = Holder::Person(third);
        seats.push(Body::EnrolKey { key: public(&third_key), holder, valid_until: None });
        seats.push(appoint(third, Role::Committee, branch));
        submit(engine, &mut pen, seats, &admin).await?;

        for (number, part) in ids.chunks(ROWS).enumerate() {
            let record = format!("{branch} {number}");
            let record = engine.documents().put(DocumentKind::Record, record.as_bytes())?;
            let row = |household: &HouseholdId| {
                let item = "J07".parse()?;
                Ok(AssessRow { household: *household, item, quantity: UNITS })
            };
            let rows = part.iter().map(row).collect::<anyhow::Result<Vec<_>>>()?;
            let (date, record) = (SystemClock.now().day(), Digest(*record.as_bytes()));
            let sheet = Body::Assess { branch, date, rows, record };
            let sheets = submit(engine, &mut pen, vec![sheet], &clerk).await?;
            let mut voters: Vec<&SigningKey> = committee.iter().collect();
            voters.extend((number == 0).then_some(&third_key));
            for key in voters {
                let (declarations, vote) = (sheets.clone(), Vote::Approve);
                let vote = Body::Decide { declarations, vote, points: None, ground: None };
                submit(engine, &mut pen, vec![vote], key).await?;
            }
        }
        Ok(())
    }
}

/// Writes commands that must succeed; answers where.
async fn submit(
    engine: &Engine,
    pen: &mut Pen,
    bodies: Vec<Body>,
    key: &SigningKey,
) -> anyhow::Result<Vec<u64>> {
    let wave = bodies.into_iter().map(|body| (pen.write(body, &[key], SETUP_LIFE_MS), String::new()));
    let answers = engine.submit_batch(wave.collect()).await;
    answers.into_iter().map(|answer| Ok(answer?.index)).collect()
}

fn appoint(person: civbank::bank::ids::PersonId, role: Role, branch: Branch) -> Body {
    let (chair, households, valid_until) = (false, Vec::new(), None);
    Body::Appoint(Appoint { person, role, branch, chair, households, valid_until })
}

/// Two kinds of goods of the demo, without a limit for a month.
fn prices() -> Vec<Price> {
    let sold = |price: &Price| ["egg", "soap"].contains(&price.sku.to_string().as_str());
    goods().into_iter().filter(sold).map(|price| Price { month_limit: 0, ..price }).collect()
}

fn stock(branch: Branch) -> Body {
    let lines = prices().into_iter().map(|price| StockInLine {
        sku: price.sku,
        quantity: 1_000_000,
        cost_fen: 0,
        best_before: None,
    });
    Body::StockIn { branch, lines: lines.collect(), source: FundSource::Town, receipt: None }
}

/// Two eggs and a piece of soap.
pub fn redemption(household: HouseholdId) -> Body {
    let pieces = |price: &Price| if price.points <= 5 { 2 } else { 1 };
    let lines: Vec<RedeemLine> = prices()
        .iter()
        .map(|price| RedeemLine {
            sku: price.sku,
            quantity: pieces(price),
            price_version: 1,
            points: price.points,
        })
        .collect();
    let total = lines.iter().map(|line| line.points * line.quantity).sum();
    Body::Redeem { household, lines, total }
}

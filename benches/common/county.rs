//! A county of villages with nothing in them but households that have points to spend, and the redemptions
//! that spend them. People, cards, goods and items are the demo's; every entry is a signed command through the
//! engine. Points come as an inspection sheet would bring them: one clerk, one vote, no notice days.

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
use civbank::documents::{Address, DocumentKind};
use civbank::engine::{Clock, Engine, SystemClock};
use civbank::wire::{PayloadType, encode_command, pb, sign};

use super::process::number;

/// The bank's origin.
pub const ORIGIN: &str = "civbank.example/bench";
const SEED: [u8; 32] = *b"the same county in every run .. ";
const HEAD: &str = "370829000000";
/// Commands in one call to the engine.
const WAVE: usize = 256;
/// Villages that are made side by side.
const SIDE_BY_SIDE: usize = 4;
/// Rows of one sheet.
pub const ROWS: usize = 300;
/// Points of each household: units of an item at 200 points. As many as may be spent in a day without a PIN.
const UNITS: u32 = 500;
/// How long a command of the set-up may wait. Short, because the bank remembers each for that long.
const SETUP_LIFE_MS: i64 = 180_000;

/// How large a county is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Villages.
    pub villages: u32,
    /// Households of each village, at least 3.
    pub households: u32,
    /// Households of each village with a volunteer who has a key of their own.
    pub volunteers: u32,
}

impl Size {
    /// As arguments of a process.
    pub fn args(&self) -> [String; 3] {
        let Size { villages, households, volunteers } = self;
        let args = [("villages", villages), ("households", households), ("volunteers", volunteers)];
        args.map(|(name, number)| format!("--{name}={number}"))
    }

    /// Out of the arguments of a process.
    pub fn of(args: &[String]) -> anyhow::Result<Size> {
        Ok(Size {
            villages: number(args, "villages")?.context("villages")?,
            households: number(args, "households")?.context("households")?,
            volunteers: number(args, "volunteers")?.unwrap_or(0),
        })
    }

    /// Households in all.
    pub fn households_in_all(&self) -> usize {
        self.villages as usize * self.households as usize
    }

    /// Entries of the settled county, more or less: a book and a card each, keys of volunteers, sheets and votes.
    pub fn entries(&self) -> u64 {
        let sheets = self.households.div_ceil(ROWS as u32);
        u64::from(self.villages) * u64::from(2 * self.households + self.volunteers + 3 * sheets + 14)
    }
}

/// The county.
#[derive(Clone)]
pub struct County {
    people: People,
    head: Branch,
    villages: Vec<Branch>,
    size: Size,
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
    pub fn new(size: Size) -> anyhow::Result<County> {
        let head: Branch = HEAD.parse()?;
        let villages = (1..=u64::from(size.villages))
            .map(|number| format!("{:012}", head.number() + number).parse().map_err(anyhow::Error::from))
            .collect::<anyhow::Result<Vec<Branch>>>()?;
        Ok(County { people: People::new(SEED), head, villages, size })
    }

    /// How large it is.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The villages.
    pub fn villages(&self) -> &[Branch] {
        &self.villages
    }

    /// A household by its number, from 0, village by village.
    pub fn household(&self, number: usize) -> anyhow::Result<HouseholdId> {
        let each = self.size.households as usize;
        let village = self.villages.get(number / each).context("a village")?;
        village.household((number % each) as u32 + 1).context("a household")
    }

    fn households_of(&self, branch: Branch) -> Vec<HouseholdId> {
        (1..=self.size.households).filter_map(|number| branch.household(number)).collect()
    }

    /// The key of a household's card.
    pub fn card(&self, household: HouseholdId) -> SigningKey {
        self.people.card(household, 1).key
    }

    /// What opens a household's page.
    pub fn view_token(&self, household: HouseholdId) -> [u8; 32] {
        self.people.card(household, 1).view_token
    }

    /// The key of a village's terminal.
    pub fn terminal(&self, branch: Branch) -> SigningKey {
        self.people.key(&format!("terminal {branch}"))
    }

    fn staff(&self, branch: Branch, number: u8) -> SigningKey {
        self.people.key(&format!("staff {branch} {number}"))
    }

    /// The key of a village's clerk.
    pub fn clerk(&self, branch: Branch) -> SigningKey {
        self.staff(branch, 1)
    }

    /// The key of the committee member whose one vote decides, of the village's first household.
    pub fn voter(&self, branch: Branch) -> SigningKey {
        self.staff(branch, 2)
    }

    /// Keeps the records of that many sheets to come.
    pub fn keep_records(&self, engine: &Engine, sheets: usize) -> anyhow::Result<()> {
        for number in 0..sheets {
            engine.documents().put(DocumentKind::Record, record(number).as_bytes())?;
        }
        Ok(())
    }

    /// The sheet of a number whose record is kept, its village, and its rows: villages take turns, and in each
    /// village its households without the voter's, up to 300 at a time.
    pub fn sheet(&self, number: usize) -> anyhow::Result<(Branch, usize, Body)> {
        let branch = self.villages[number % self.villages.len()];
        let households = self.households_of(branch);
        let whole = &households[1..];
        let rows = whole.len().min(ROWS);
        let parts = whole.len() / rows;
        let from = (number / self.villages.len()) % parts * rows;
        let record = Address::of(DocumentKind::Record, record(number).as_bytes());
        Ok((branch, rows, inspection(branch, &whole[from..from + rows], 1, record)?))
    }

    /// The head bank, its catalogue, and the villages without households.
    pub async fn found(&self, engine: &Engine) -> anyhow::Result<()> {
        let mut pen = Pen::new("found")?;
        let admin = self.staff(self.head, 1);
        let open = Body::OpenBank {
            head: self.head,
            title: "示范县文明银行总行".into(),
            policy: Policy {
                quorum_min: 1,
                quorum_percent: 0,
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
                    points: 10_000_000_000,
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
        let (first, last) = (self.household(0)?, self.household(self.size.households_in_all() - 1)?);
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
        let (admin, clerk) = (self.staff(self.head, 1), self.clerk(branch));
        let ids = self.households_of(branch);
        let mut volunteers = self.size.volunteers;
        for part in ids.chunks(WAVE / 3) {
            let mut wave = Vec::with_capacity(WAVE);
            for household in part.iter().copied() {
                let members: Vec<Digest> = (0..3).map(|_| Digest(pen.dice.bytes())).collect();
                let consent = Digest(pen.dice.bytes());
                let open = Body::OpenHousehold { household, members, consent };
                wave.push(pen.write(open, &[&clerk], SETUP_LIFE_MS));
                let card = self.people.card(household, 1);
                let (key, view_token_hash) = (public(&card.key), card.view_token_hash());
                let issue = Body::IssuePassbook { household, key, view_token_hash };
                wave.push(pen.write(issue, &[&clerk], SETUP_LIFE_MS));
                if volunteers > 0 {
                    volunteers -= 1;
                    // The second of the house: the first may hold an office.
                    let holder = Holder::Person(household.member(2).context("member 2")?);
                    let key = public(&self.people.key(&format!("volunteer {household}")));
                    let enrol = Body::EnrolKey { key, holder, valid_until: None };
                    wave.push(pen.write(enrol, &[&clerk, &card.key], SETUP_LIFE_MS));
                }
            }
            submit_all(engine, wave).await?;
        }
        // Nobody has a say about themselves: a second member decides on the first one's household.
        let committee = [self.voter(branch), self.staff(branch, 3)];
        let mut seats = Vec::new();
        for (id, key) in ids.iter().zip(&committee) {
            let person = id.member(1).context("member 1")?;
            let holder = Holder::Person(person);
            seats.push(Body::EnrolKey { key: public(key), holder, valid_until: None });
            seats.push(appoint(person, Role::Committee, branch));
        }
        submit(engine, &mut pen, seats, &admin).await?;

        for (number, part) in ids.chunks(ROWS).enumerate() {
            let record =
                engine.documents().put(DocumentKind::Record, format!("{branch} {number}").as_bytes())?;
            let sheet = inspection(branch, part, UNITS, record)?;
            let sheets = submit(engine, &mut pen, vec![sheet], &clerk).await?;
            let voters = if number == 0 { &committee[..] } else { &committee[..1] };
            for key in voters {
                submit(engine, &mut pen, vec![approval(sheets.clone())], key).await?;
            }
        }
        Ok(())
    }
}

/// What is kept of a sheet to come.
fn record(sheet: usize) -> String {
    format!("sheet {sheet}")
}

/// A sheet on which each household earns `units` times 200 points.
fn inspection(
    branch: Branch,
    households: &[HouseholdId],
    units: u32,
    record: Address,
) -> anyhow::Result<Body> {
    let item = "J07".parse()?;
    let row = |household: &HouseholdId| AssessRow { household: *household, item, quantity: units };
    let rows = households.iter().map(row).collect();
    let (date, record) = (SystemClock.now().day(), Digest(*record.as_bytes()));
    Ok(Body::Assess { branch, date, rows, record })
}

/// A vote for what was declared.
pub fn approval(declarations: Vec<u64>) -> Body {
    Body::Decide { declarations, vote: Vote::Approve, points: None, ground: None }
}

/// Writes commands that must succeed; answers where.
async fn submit(
    engine: &Engine,
    pen: &mut Pen,
    bodies: Vec<Body>,
    key: &SigningKey,
) -> anyhow::Result<Vec<u64>> {
    submit_all(engine, bodies.into_iter().map(|body| pen.write(body, &[key], SETUP_LIFE_MS)).collect()).await
}

/// Writes signed commands that must succeed; answers where.
pub async fn submit_all(engine: &Engine, commands: Vec<pb::Envelope>) -> anyhow::Result<Vec<u64>> {
    let wave = commands.into_iter().map(|envelope| (envelope, String::new()));
    let answers = engine.submit_batch(wave.collect()).await;
    answers.into_iter().map(|answer| Ok(answer?.index)).collect()
}

fn appoint(person: civbank::bank::ids::PersonId, role: Role, branch: Branch) -> Body {
    let (chair, households, valid_until) = (false, Vec::new(), None);
    Body::Appoint(Appoint { person, role, branch, chair, households, valid_until })
}

/// Two kinds of goods of the demo, without a limit for a month, at a point each: a household that comes all day
/// stays below what wants a PIN.
fn prices() -> Vec<Price> {
    let sold = |price: &Price| ["egg", "soap"].contains(&price.sku.to_string().as_str());
    goods().into_iter().filter(sold).map(|price| Price { month_limit: 0, points: 1, ..price }).collect()
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

/// Points of one redemption.
pub const REDEMPTION_POINTS: i64 = 3;

/// Redemptions of one kind: two eggs and a piece of soap.
#[derive(Clone)]
pub struct Basket {
    lines: Vec<RedeemLine>,
    total: u32,
}

impl Basket {
    /// The basket.
    pub fn new() -> Basket {
        let line = |price: &Price| {
            let quantity = if price.sku.to_string() == "egg" { 2 } else { 1 };
            RedeemLine { sku: price.sku, quantity, price_version: 1, points: price.points }
        };
        let lines: Vec<RedeemLine> = prices().iter().map(line).collect();
        let total = lines.iter().map(|line| line.points * line.quantity).sum();
        Basket { lines, total }
    }

    /// A household takes it home.
    pub fn redeem(&self, household: HouseholdId) -> Body {
        Body::Redeem { household, lines: self.lines.clone(), total: self.total }
    }
}

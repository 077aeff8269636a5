//! What people think of next: mostly what is in order, by a look at the model, and often what is not. Corrupt
//! cadres, careless cashiers and thieves are thrown with the same dice; nobody here says what may be.

use civbank::bank::command::{AssessRow, Body, Declare, GoodsCount, RedeemLine};
use civbank::bank::ids::{HouseholdId, PersonId};
use civbank::bank::words::{
    Channel, FundSource, Ground, ObjectionGround, Role, Ruling, State, Verdict, Vote,
};
use civbank::engine::Clock;
use ed25519_dalek::SigningKey;

use super::life::{Life, Sent};
use super::model::{Case, Row};
use super::town::{self, CASHIER, COMMITTEE, GOODS, HOUSES, ITEMS, LIAISONS, SUPERVISOR};
use super::world::PINS;

pub type Thought = Option<(Body, Vec<SigningKey>)>;

impl Life<'_> {
    /// The next command; none where nothing comes to mind.
    pub fn think(&mut self) -> Option<Sent> {
        let (body, mut keys) = match self.dice.below(104) {
            0..15 => self.declares()?,
            15..29 => self.reviews()?,
            29..57 => self.votes()?,
            57..59 => self.withdraws()?,
            59..61 => self.resubmits()?,
            61..65 => self.objects()?,
            65..68 => self.disputes()?,
            68..72 => self.rules()?,
            72..84 => return self.buys(),
            84..88 => self.returns()?,
            88..91 => self.stocks(),
            91..93 => self.prices(),
            93..95 => self.sheet(),
            95..97 => self.offices(),
            97 => self.new_card(),
            98 => self.sets_pin(),
            99 => self.funds(),
            100 | 101 => self.suggests(),
            102 => self.answers()?,
            _ => self.publicises(),
        };
        // A thief, a key that nobody enrolled, or a signature that is missing.
        match self.dice.below(40) {
            0 => keys = vec![self.somebody()],
            1 => {
                keys.pop();
                let stranger = town::key("stranger");
                keys.push(stranger);
            }
            _ => {}
        }
        Some(self.ask(body, &keys))
    }

    pub fn house(&mut self) -> (usize, usize) {
        (self.dice.below(2), self.dice.below(HOUSES))
    }

    pub fn pick<T>(&mut self, mut from: Vec<T>) -> Option<T> {
        (!from.is_empty()).then(|| from.swap_remove(self.dice.below(from.len())))
    }

    /// The key of anybody.
    pub fn somebody(&mut self) -> SigningKey {
        let (village, house) = self.house();
        match self.dice.below(4) {
            0 => town::clerk(village),
            1 => town::terminal(village),
            2 => self.card(village, house),
            _ => town::resident(village, house),
        }
    }

    /// The card in force.
    pub fn card(&self, village: usize, house: usize) -> SigningKey {
        let cards = self.model.houses[&town::household(village, house)].cards;
        town::card(village, house, cards)
    }

    fn card_of(&self, id: HouseholdId) -> SigningKey {
        let (village, house) = town::place(id);
        self.card(village, house)
    }

    fn key_of(&self, person: PersonId) -> SigningKey {
        match person.household() {
            Some(id) => {
                let (village, house) = town::place(id);
                town::resident(village, house)
            }
            None => town::clerk(town::village(person.branch())),
        }
    }

    /// A row that stands there, if there is one; now and then any that is open.
    fn row(&mut self, state: State) -> Option<(u64, Case, Row)> {
        let any = self.dice.chance(8);
        let open = self.model.open.iter().map(|number| (*number, &self.model.cases[number]));
        let rows = open.flat_map(|(number, case)| case.rows.iter().map(move |row| (number, case, row)));
        let mut there: Vec<_> = rows.filter(|(_, _, row)| row.state == state || any).collect();
        // What is half done is done first.
        if there.iter().any(|(_, case, _)| !case.ballots.is_empty()) && self.dice.chance(60) {
            there.retain(|(_, case, _)| !case.ballots.is_empty());
        }
        if there.is_empty() {
            return None;
        }
        let (number, case, row) = there[self.dice.below(there.len())];
        Some((number, case.clone(), row.clone()))
    }

    fn photo(&mut self) -> civbank::bank::ids::Digest {
        // The same picture again, now and then.
        if self.photos > 0 && self.dice.chance(6) {
            let old = self.dice.below(self.photos);
            return self.ground.photo(old);
        }
        self.photos += 1;
        self.ground.photo(self.photos - 1)
    }

    fn day(&mut self) -> civbank::bank::time::Day {
        let today = self.world.clock.now().day();
        match self.dice.below(20) {
            0 => today.plus(1),
            1 => today.plus(-(self.dice.below(12) as i32)),
            2..6 => today.plus(-(self.dice.below(6) as i32)),
            _ => today,
        }
    }

    fn declares(&mut self) -> Thought {
        let (village, house) = self.house();
        let (item, _, _, _, subject, _) = ITEMS[if self.dice.chance(4) { 4 } else { self.dice.below(4) }];
        let person = subject == civbank::bank::words::ItemSubject::Person;
        let member = if person == self.dice.chance(97) { 1 + self.dice.below(2) as u8 } else { 0 };
        let quantity = if item == "G01" { 1 + self.dice.below(4) as u32 } else { 1 };
        let body = Body::Declare(Declare {
            household: town::household(village, house),
            member,
            item: item.parse().expect("a code"),
            quantity,
            deed_date: self.day(),
            evidence: vec![self.photo()],
            note: None,
            channel: Channel::App,
        });
        let key = match self.dice.below(20) {
            0..12 => town::resident(village, house),
            12..19 => self.card(village, house),
            _ => self.somebody(),
        };
        Some((body, vec![key]))
    }

    /// By the liaison; by another, a member of the committee or the house itself now and then.
    fn reviews(&mut self) -> Thought {
        let (declaration, _, row) = self.row(State::Submitted)?;
        let (village, house) = town::place(row.household);
        let (verdict, ground) = match self.dice.below(10) {
            0 => (Verdict::Refuse, Some(Ground::NotDone)),
            1 => (Verdict::Return, Some(Ground::EvidenceUnclear)),
            _ => (Verdict::Endorse, None),
        };
        let key = match self.dice.below(20) {
            0..2 => town::resident(village, LIAISONS[self.dice.below(2)]),
            2 => town::resident(1 - village, LIAISONS[0]),
            3 => town::resident(village, COMMITTEE[self.dice.below(3)]),
            4 => town::resident(village, house),
            _ => self.key_of(self.model.liaisons[&row.household]),
        };
        Some((Body::Review { declaration, verdict, ground, note: None }, vec![key]))
    }

    /// By the committee, kin and their own houses not left out; now and then over two cases at once.
    fn votes(&mut self) -> Thought {
        let (number, case, row) = self.row(State::Endorsed)?;
        let village = town::village(case.branch);
        let mut declarations = vec![number];
        if self.dice.chance(12)
            && let Some((second, ..)) = self.row(State::Endorsed).filter(|(second, ..)| *second != number)
        {
            declarations.push(second);
        }
        let (vote, ground) = match self.dice.below(9) {
            0 => (Vote::Refuse, Some(Ground::NotDone)),
            _ => (Vote::Approve, None),
        };
        let points = super::model::Model::range(&row.item).filter(|_| vote == Vote::Approve);
        let points = points.map(|(least, most)| least + self.dice.below((most - least) as usize + 2) as u32);
        let voted = |house: &usize| {
            let person = town::person(village, *house);
            case.ballots.iter().any(|(voter, ..)| *voter == person)
        };
        let silent: Vec<usize> = COMMITTEE.into_iter().filter(|house| !voted(house)).collect();
        let key = match self.dice.below(30) {
            0 => town::resident(village, LIAISONS[0]),
            1 => town::resident(1 - village, COMMITTEE[0]),
            2..8 => town::resident(village, COMMITTEE[self.dice.below(3)]),
            _ => town::resident(village, self.pick(silent)?),
        };
        Some((Body::Decide { declarations, vote, points, ground }, vec![key]))
    }

    fn withdraws(&mut self) -> Thought {
        let state = [State::Submitted, State::Endorsed, State::Returned, State::OnNotice][self.dice.below(4)];
        let (declaration, _, row) = self.row(state)?;
        let key = self.card_of(row.household);
        Some((Body::Withdraw { declaration }, vec![key]))
    }

    fn resubmits(&mut self) -> Thought {
        let (declaration, _, row) = self.row(State::Returned)?;
        let (deed_date, evidence) = (self.day(), vec![self.photo()]);
        let key = self.card_of(row.household);
        let body = Body::Resubmit { declaration, quantity: row.quantity, deed_date, evidence, note: None };
        Some((body, vec![key]))
    }

    fn objects(&mut self) -> Thought {
        let (declaration, case, row) = self.row(State::OnNotice)?;
        let key = self.neighbour(town::village(case.branch));
        let household = case.sheet.then_some(row.household);
        let (ground, statement) = (ObjectionGround::NotDone, None);
        let body = Body::Object { declaration, household, ground, statement, credited_by: None };
        Some((body, vec![key]))
    }

    fn neighbour(&mut self, village: usize) -> SigningKey {
        let village = if self.dice.chance(5) { 1 - village } else { village };
        match self.dice.below(3) {
            0 => town::resident(village, SUPERVISOR),
            _ => {
                let house = self.dice.below(HOUSES);
                self.card(village, house)
            }
        }
    }

    /// Somebody disputes what was credited, lately or long ago.
    fn disputes(&mut self) -> Thought {
        let credits = self.model.credits.iter().rev().take(20);
        let credits = credits.map(|((number, id), credit)| (*number, *id, credit.entry)).collect();
        let (declaration, id, entry) = self.pick(credits)?;
        let sheet = self.model.cases[&declaration].sheet;
        let entry = if self.dice.chance(5) { entry.saturating_sub(1).max(1) } else { entry };
        let key = self.neighbour(town::village(id.branch()));
        let body = Body::Object {
            declaration,
            household: sheet.then_some(id),
            ground: ObjectionGround::Exaggerated,
            statement: None,
            credited_by: Some(entry),
        };
        Some((body, vec![key]))
    }

    /// An officer rules; a member of the committee would like to.
    fn rules(&mut self) -> Thought {
        let disputed = self.model.credits.iter().filter(|(_, credit)| credit.disputed);
        let disputed: Vec<_> = disputed.map(|((number, id), _)| (*number, *id)).collect();
        let (declaration, id) = match self.pick(disputed) {
            Some(found) if self.dice.chance(60) => found,
            _ => self.row(State::Objected).map(|(number, _, row)| (number, row.household))?,
        };
        let sheet = self.model.cases[&declaration].sheet;
        let (ruling, points) = match self.dice.below(5) {
            0 | 1 => (Ruling::Uphold, 0),
            2 | 3 => (Ruling::Dismiss, 0),
            _ => (Ruling::Partial, 1 + self.dice.below(20) as u32),
        };
        let household = sheet.then_some(id);
        let key = if self.dice.chance(6) { town::resident(0, COMMITTEE[0]) } else { town::officer() };
        Some((Body::Rule { declaration, household, ruling, points, statement: None }, vec![key]))
    }

    /// Those with points shop, anywhere; cashiers get prices, sums and quantities wrong.
    fn buys(&mut self) -> Option<Sent> {
        let rich = self.model.houses.iter().filter(|(_, house)| house.points() >= 5);
        let rich = rich.map(|(id, _)| *id).collect();
        let (village, house) = self.house();
        let id = match self.pick(rich) {
            Some(id) if !self.dice.chance(8) => id,
            _ => town::household(village, house),
        };
        let shop = if self.dice.chance(85) { town::village(id.branch()) } else { village };
        let mut lines = Vec::new();
        let first = self.dice.below(GOODS.len());
        for at in 0..1 + self.dice.below(2) {
            let (code, ..) = GOODS[(first + at) % GOODS.len()];
            let shelf = &self.model.shelves[&(town::branch(shop), town::sku(code))];
            let (mut points, mut price_version) = (shelf.points, shelf.version);
            if let Some((old, _)) = shelf.before.filter(|_| self.dice.chance(35)) {
                (points, price_version) = (old, price_version - 1);
            }
            let quantity = 1 + self.dice.below(if code == "egg" { 6 } else { 2 }) as u32;
            lines.push(RedeemLine { sku: town::sku(code), quantity, price_version, points });
        }
        let total: u32 = lines.iter().map(|line| line.points * line.quantity).sum();
        let total = if self.dice.chance(4) { total + 1 } else { total };
        let mut keys = vec![town::terminal(shop), self.card_of(id)];
        match self.dice.below(30) {
            0 => keys.truncate(1),
            1 => drop(keys.remove(0)),
            2 => keys[1] = self.card(village, house),
            3 => keys.push(town::resident(shop, SUPERVISOR)),
            // The card that was replaced.
            4 => {
                let (village, house) = town::place(id);
                keys[1] = town::card(village, house, 1);
            }
            _ => {}
        }
        let has_pin = self.model.houses[&id].pin.is_some();
        let sent = self.ask(Body::Redeem { household: id, lines, total }, &keys);
        let pin = match self.dice.below(10) {
            0..4 if has_pin => PINS[self.dice.below(2)],
            4..6 if has_pin => "000000",
            _ => "",
        };
        Some(Sent { pin, ..sent })
    }

    /// One egg, if there is one.
    pub fn egg(&mut self, household: HouseholdId) -> Sent {
        let village = town::village(household.branch());
        let shelf = &self.model.shelves[&(town::branch(village), town::sku("egg"))];
        let (price_version, points) = (shelf.version, shelf.points);
        let lines = vec![RedeemLine { sku: town::sku("egg"), quantity: 1, price_version, points }];
        let keys = [town::terminal(village), self.card_of(household)];
        self.ask(Body::Redeem { household, lines, total: points }, &keys)
    }

    fn returns(&mut self) -> Thought {
        let newest = self.model.purchases.keys().rev().take(15).copied().collect();
        let redemption: u64 = self.pick(newest)?;
        let bought = &self.model.purchases[&redemption];
        let (id, shop, line) = (bought.household, bought.shop, bought.lines[0]);
        let lines = vec![GoodsCount { sku: line.sku, quantity: 1 + self.dice.below(3) as u32 }];
        let keys = vec![town::terminal(town::village(shop)), self.card_of(id)];
        let restock = self.dice.chance(70);
        Some((Body::Refund { redemption, lines, restock }, keys))
    }

    fn stocks(&mut self) -> (Body, Vec<SigningKey>) {
        let (village, (code, ..)) = (self.dice.below(2), GOODS[self.dice.below(GOODS.len())]);
        let branch = town::branch(village);
        if self.dice.chance(25) {
            let lines = vec![GoodsCount { sku: town::sku(code), quantity: self.dice.below(12) as u32 }];
            let mut keys = vec![town::terminal(village), town::clerk(village)];
            // The shop alone would like to count, too.
            keys.truncate(if self.dice.chance(20) { 1 } else { 2 });
            return (Body::StockCount { branch, lines }, keys);
        }
        let lines = vec![town::delivery(code, 1 + self.dice.below(8) as u32)];
        let key = match self.dice.below(4) {
            0 => town::resident(village, CASHIER),
            1 => town::terminal(village),
            _ => town::clerk(village),
        };
        (Body::StockIn { branch, lines, source: FundSource::Town, receipt: None }, vec![key])
    }

    fn prices(&mut self) -> (Body, Vec<SigningKey>) {
        let (village, (code, points, limit)) = (self.dice.below(2), GOODS[self.dice.below(GOODS.len())]);
        let goods = vec![town::price(code, points + self.dice.below(4) as u32, limit)];
        let key = if self.dice.chance(10) { town::resident(village, CASHIER) } else { town::clerk(village) };
        (Body::SetPrice { branch: town::branch(village), goods }, vec![key])
    }

    /// A sheet of some houses, one item each.
    fn sheet(&mut self) -> (Body, Vec<SigningKey>) {
        let village = self.dice.below(2);
        let (first, count) = (self.dice.below(HOUSES), 1 + self.dice.below(4));
        let rows = (0..count).map(|at| {
            let item = ["R01", "D02", "D13", "J06"][self.dice.below(4)].parse().expect("a code");
            AssessRow { household: town::household(village, (first + at) % HOUSES), item, quantity: 1 }
        });
        let rows = rows.collect();
        let (date, record) = (self.day(), self.photo());
        let chair = self.dice.chance(8);
        let key = if chair { town::resident(village, COMMITTEE[0]) } else { town::clerk(village) };
        (Body::Assess { branch: town::branch(village), date, rows, record }, vec![key])
    }

    /// A member of the committee leaves, or comes back.
    fn offices(&mut self) -> (Body, Vec<SigningKey>) {
        let (village, house) = (self.dice.below(2), COMMITTEE[1 + self.dice.below(2)]);
        let (branch, person) = (town::branch(village), town::person(village, house));
        let seated = self.model.seated(branch).contains(&person);
        let body = if self.dice.chance(if seated { 15 } else { 5 }) {
            Body::Dismiss { person, role: Role::Committee, branch, household: None }
        } else {
            town::appoint(village, house, Role::Committee, &[])
        };
        let chair = self.dice.chance(8);
        (body, vec![if chair { town::resident(village, COMMITTEE[0]) } else { town::officer() }])
    }

    /// A card is lost: the clerk and one more make another; the clerk alone would like to.
    fn new_card(&mut self) -> (Body, Vec<SigningKey>) {
        let (village, house) = self.house();
        let cards = self.model.houses[&town::household(village, house)].cards;
        let body = town::new_card(village, house, cards + 1);
        let second = match self.dice.below(4) {
            0 => None,
            1 => Some(town::resident(village, SUPERVISOR)),
            2 => Some(self.key_of(self.model.liaisons[&town::household(village, house)])),
            _ => Some(town::resident(village, house)),
        };
        (body, std::iter::once(town::clerk(village)).chain(second).collect())
    }

    fn sets_pin(&mut self) -> (Body, Vec<SigningKey>) {
        let (village, house) = self.house();
        let household = town::household(village, house);
        let document = self.ground.pins[self.dice.below(PINS.len())];
        let keys = match self.dice.below(4) {
            0 => vec![town::clerk(village), self.card(village, house)],
            1 => vec![self.card(village, house)],
            _ => vec![town::resident(village, house)],
        };
        (Body::SetPin { household, document }, keys)
    }

    /// Money comes when there is little; the chair would like to make some.
    fn funds(&mut self) -> (Body, Vec<SigningKey>) {
        let village = self.dice.below(2);
        let branch = town::branch(village);
        let points = 10 + self.dice.below(60) as i64;
        let key = if self.dice.chance(10) { town::resident(village, COMMITTEE[0]) } else { town::officer() };
        let (source, voucher) = (FundSource::County, None);
        (Body::FundBudget { branch, source, fen: 1, points, voucher }, vec![key])
    }
}

//! What an entry does to the model: it is read, judged once more where it stands, and added up.

use std::collections::{BTreeMap, BTreeSet};

use civbank::bank::SystemCommand;
use civbank::bank::command::{Body, Command, Holder};
use civbank::bank::ids::{HouseholdId, PersonId, PublicKey};
use civbank::bank::time::{Month, Time};
use civbank::bank::words::{ItemKind, Role, Ruling, State, Unit, Verdict, Vote};
use civbank::wire::{Cause, Entry, check};

use super::public::Tally;
use super::{
    Case, Checked, Credit, House, Model, Pin, Purchase, Request, Row, Says, Shelf, Who, Wrong, add, ensure,
};

impl Model {
    /// Reads the next entry: when, and what was asked. `now` is the only time that it may have.
    pub fn read(&mut self, bytes: &[u8], now: Option<Time>) -> Checked {
        let entry = Entry::decode(bytes).map_err(|error| Wrong(format!("not an entry: {error}")))?;
        let index = entry.index;
        ensure!(index == self.size, "entry {index} stands at {}", self.size);
        ensure!(entry.time >= self.time, "time goes back at entry {index}");
        ensure!(now.is_none_or(|now| now == entry.time), "entry {index} is of another time than the clock's");
        match entry.cause {
            Cause::System(command) => self.system(index, &command, entry.time)?,
            Cause::Signed(envelope) => {
                let asked = check(envelope).map_err(|error| Wrong(format!("entry {index}: {error}")))?;
                match self.says(&asked.command, asked.digest, &asked.signers, entry.time) {
                    Says::Yes => {}
                    Says::Written(first) => ensure!(false, "entry {index} is entry {first} once more"),
                    Says::No(why) => ensure!(
                        false,
                        "entry {index} is written, and the model says no ({why}): {:?}",
                        asked.command.body
                    ),
                }
                self.act(index, &asked.command, &asked.signers, entry.time);
                let (digest, end) = (asked.digest, asked.command.not_after);
                self.requests.insert(asked.command.request_id, Request { index, digest, end });
            }
        }
        self.size += 1;
        self.time = entry.time;
        if self.size.is_multiple_of(64) {
            self.forget_pins();
        }
        let time = self.time;
        self.requests.retain(|_, request| request.end >= time);
        Ok(())
    }

    /// PINs of commands that are dead.
    fn forget_pins(&mut self) {
        if self.pins.len() > 64 {
            self.pins.clear();
        }
    }

    fn act(&mut self, index: u64, command: &Command, signers: &[PublicKey], now: Time) {
        let who: Vec<Who> = signers.iter().filter_map(|key| self.who.get(key).copied()).collect();
        let person = who.iter().find_map(|who| match who {
            Who::Person(person) => Some(*person),
            _ => None,
        });
        match &command.body {
            Body::OpenBank { head, policy, .. } => {
                let officer = head.staff(1).expect("a staff number");
                self.who.insert(signers[0], Who::Person(officer));
                self.offices.insert((*head, Role::Officer, officer));
                self.policies.insert(*head, *policy);
            }
            Body::SetPolicy { branch: Some(branch), policy, .. } => {
                self.policies.insert(*branch, *policy);
            }
            Body::PublishCatalogue { valid_from, items, .. } => {
                self.items = items.iter().map(|item| (item.code, item.clone())).collect();
                self.items_from = Some(*valid_from);
            }
            Body::EnrolKey { key, holder, .. } => {
                let who = match holder {
                    Holder::Person(person) => Who::Person(*person),
                    Holder::Terminal(terminal) => Who::Terminal(terminal.branch()),
                };
                self.who.insert(*key, who);
            }
            Body::Appoint(asked) => {
                self.offices.insert((asked.branch, asked.role, asked.person));
                self.liaisons.extend(asked.households.iter().map(|id| (*id, asked.person)));
            }
            Body::Dismiss { person, role, branch, .. } => {
                self.offices.remove(&(*branch, *role, *person));
            }
            Body::FundBudget { branch, points, .. } => add(&mut self.budget, *branch, *points),
            Body::OpenHousehold { household, .. } => {
                self.houses.insert(*household, House::default());
            }
            Body::IssuePassbook { household, key, .. } => {
                let house = self.houses.get_mut(household).expect("a house");
                house.cards += 1;
                if let Some(old) = house.card.replace(*key) {
                    self.who.remove(&old);
                }
                self.who.insert(*key, Who::Card(*household));
            }
            Body::DeclareKin { person, other, .. } => {
                if let (Some(one), Some(two)) = (person.household(), other.household()) {
                    self.kin.extend([(one, two), (two, one)]);
                }
            }
            Body::SetPin { household, document } => {
                let house = self.houses.get_mut(household).expect("a house");
                (house.pin, house.locked, house.misses) = (Some(*document), false, 0);
            }
            Body::SetPrice { branch, goods } => {
                for price in goods {
                    let old = self.shelves.get(&(*branch, price.sku));
                    let shelf = Shelf {
                        points: price.points,
                        version: old.map_or(1, |old| old.version + 1),
                        before: old.map(|old| (old.points, now)),
                        limit: price.month_limit,
                        stock: old.map_or(0, |old| old.stock),
                    };
                    self.shelves.insert((*branch, price.sku), shelf);
                }
            }
            Body::StockIn { branch, lines, .. } => {
                for line in lines {
                    self.shelf(*branch, line.sku).stock += i64::from(line.quantity);
                }
            }
            Body::StockCount { branch, lines } => {
                for line in lines {
                    self.shelf(*branch, line.sku).stock = i64::from(line.quantity);
                }
            }
            Body::Declare(asked) => {
                let state = State::Submitted;
                let row = self.row(asked.household, asked.member, asked.item, asked.quantity, state, now);
                let (day, evidence) = (asked.deed_date, asked.evidence.clone());
                self.file(index, false, day, evidence, BTreeSet::new(), vec![row]);
            }
            Body::Assess { date, rows, record, .. } => {
                let row = |row: &civbank::bank::command::AssessRow| {
                    self.row(row.household, 0, row.item, row.quantity, State::Endorsed, now)
                };
                let rows = rows.iter().map(row).collect();
                self.file(index, true, *date, vec![*record], person.into_iter().collect(), rows);
            }
            Body::Resubmit { declaration, quantity, deed_date, evidence, .. } => {
                self.evidence.extend(evidence);
                let case = self.cases.get_mut(declaration).expect("a case");
                case.day = *deed_date;
                case.evidence.extend(evidence);
                case.rows[0].quantity = *quantity;
                self.to(*declaration, None, State::Submitted, now);
            }
            Body::Review { declaration, verdict, .. } => {
                let reviewer = person.expect("a person reviews");
                let case = self.cases.get_mut(declaration).expect("a case");
                case.handled.insert(reviewer);
                let reviewed = case.rows[0].household;
                if let Some(own) = reviewer.household() {
                    self.reviews.insert((own, reviewed), now);
                }
                let state = match verdict {
                    Verdict::Endorse => State::Endorsed,
                    Verdict::Return => State::Returned,
                    Verdict::Refuse => State::Refused,
                };
                self.to(*declaration, None, state, now);
            }
            Body::Decide { declarations, vote, points, .. } => {
                self.cast(declarations, person.expect("a person votes"), *vote, *points, now);
            }
            Body::Withdraw { declaration } => {
                for picture in self.cases[declaration].evidence.clone() {
                    self.evidence.remove(&picture);
                }
                self.to(*declaration, None, State::Withdrawn, now);
            }
            Body::Object { declaration, household, credited_by: None, .. } => {
                self.to(*declaration, *household, State::Objected, now);
            }
            Body::Object { declaration, household, .. } => {
                let (id, _) = self.credit(*declaration, *household).expect("a credit");
                self.credits.get_mut(&(*declaration, id)).expect("a credit").disputed = true;
                self.house(id).objections += 1;
                self.tally(id.branch(), Tally::Objected, now);
            }
            Body::Rule { declaration, household, ruling, points, .. } => {
                self.rule(*declaration, *household, *ruling, i64::from(*points), now);
            }
            Body::Redeem { household, lines, total } => {
                let shop = who.iter().find_map(|who| match who {
                    Who::Terminal(branch) => Some(*branch),
                    _ => None,
                });
                let (shop, id, day) = (shop.expect("a shop"), *household, now.day());
                if self.pins.get(&command.request_id) != Some(&Pin::Right) {
                    add(&mut self.house(id).spent_free, day, i64::from(*total));
                }
                for line in lines {
                    let pieces = i64::from(line.quantity);
                    self.shelf(shop, line.sku).stock -= pieces;
                    add(&mut self.taken, (id, line.sku, day.month()), pieces);
                }
                let paid = self.spend(id, i64::from(*total));
                add(&mut self.redeemed, shop, i64::from(*total));
                let (lines, back) = (lines.clone(), BTreeMap::new());
                let bought = Purchase { household: id, shop, lines, back, paid, repaid: 0, day };
                self.purchases.insert(index, bought);
            }
            Body::Refund { redemption, lines, restock } => self.refund(*redemption, lines, *restock, now),
            Body::SetPublicity { household, standings } => self.house(*household).public = *standings,
            Body::Suggest { branch, document } => self.said(index, *branch, *document, &who, now),
            Body::AnswerSuggestion { suggestion, document } => self.answered(*suggestion, *document, now),
            _ => {}
        }
    }

    pub fn house(&mut self, id: HouseholdId) -> &mut House {
        self.houses.get_mut(&id).expect("a house")
    }

    fn shelf(&mut self, branch: civbank::bank::ids::Branch, sku: civbank::bank::ids::Sku) -> &mut Shelf {
        self.shelves.get_mut(&(branch, sku)).expect("a shelf")
    }

    fn row(
        &self,
        household: HouseholdId,
        member: u8,
        item: civbank::bank::ids::ItemCode,
        quantity: u32,
        state: State,
        now: Time,
    ) -> Row {
        let item = self.items[&item].clone();
        let (until, approved_at) = (Time::default(), None);
        Row {
            household,
            member,
            item,
            quantity,
            state,
            since: now,
            points: 0,
            until,
            approved_at,
            escalated: 0,
        }
    }

    fn file(
        &mut self,
        index: u64,
        sheet: bool,
        day: civbank::bank::time::Day,
        evidence: Vec<civbank::bank::ids::Digest>,
        handled: BTreeSet<PersonId>,
        rows: Vec<Row>,
    ) {
        self.evidence.extend(&evidence);
        let branch = rows[0].household.branch();
        self.open.insert(index);
        self.cases.insert(index, Case { branch, sheet, day, evidence, handled, ballots: Vec::new(), rows });
    }

    /// Moves a row to another state.
    fn to(&mut self, number: u64, household: Option<HouseholdId>, state: State, now: Time) {
        let case = self.cases.get_mut(&number).expect("a case");
        let mut rows = case.rows.iter_mut();
        let row = rows.find(|row| household.is_none_or(|id| id == row.household)).expect("a row");
        let (id, before, first) = (row.household, row.state, row.approved_at.is_none());
        (row.state, row.since, row.escalated) = (state, now, 0);
        if !case.is_open() {
            self.open.remove(&number);
        }
        self.became(id.branch(), before, state, first, now);
        let objections = &mut self.house(id).objections;
        *objections += u32::from(state == State::Objected);
        *objections -= u32::from(before == State::Objected);
    }

    fn row_mut(&mut self, number: u64, household: HouseholdId) -> &mut Row {
        let case = self.cases.get_mut(&number).expect("a case");
        case.rows.iter_mut().find(|row| row.household == household).expect("a row")
    }

    fn cast(&mut self, numbers: &[u64], voter: PersonId, vote: Vote, points: Option<u32>, now: Time) {
        let closed = self.vote(numbers, voter, vote, points).expect("the model said yes");
        for number in numbers {
            let case = self.cases.get_mut(number).expect("a case");
            case.ballots.push((voter, vote, points));
        }
        for super::votes::Closed { number, household, approved } in closed {
            let branch = self.cases[&number].branch;
            let Some(points) = approved else {
                self.to(number, Some(household), State::Refused, now);
                continue;
            };
            self.to(number, Some(household), State::OnNotice, now);
            let days = self.policies[&branch].notice_days as i32;
            let row = self.row_mut(number, household);
            row.points = points;
            row.approved_at = row.approved_at.or(Some(now));
            // The day of the vote does not count, and the last day is a whole one.
            row.until = if days == 0 { now } else { now.day().plus(1 + days).start() };
            if row.earns() {
                add(&mut self.budget, branch, -points);
                add(&mut self.notice, branch, points);
            }
        }
    }

    /// Takes so many points, one after the other, each from the lot that lapses first.
    fn spend(&mut self, id: HouseholdId, points: i64) -> Vec<Month> {
        let lots = &mut self.house(id).lots;
        let mut taken = Vec::new();
        for _ in 0..points {
            let Some(mut first) = lots.first_entry() else { break };
            taken.push(*first.key());
            *first.get_mut() -= 1;
            if *first.get() == 0 {
                first.remove();
            }
        }
        taken
    }

    fn refund(
        &mut self,
        redemption: u64,
        lines: &[civbank::bank::command::GoodsCount],
        restock: bool,
        now: Time,
    ) {
        let bought = self.purchases.get_mut(&redemption).expect("a purchase");
        let (id, shop) = (bought.household, bought.shop);
        let mut points = 0;
        for line in lines {
            let price = bought.lines.iter().find(|had| had.sku == line.sku).expect("a line").points;
            points += price * line.quantity;
            *bought.back.entry(line.sku).or_default() += line.quantity;
        }
        let soon = now.day().plus(30).month();
        let rest = bought.paid[..bought.paid.len() - bought.repaid].iter().rev();
        let back: Vec<Month> = rest.take(points as usize).map(|month| soon.max(*month)).collect();
        bought.repaid += points as usize;
        for month in back {
            add(&mut self.house(id).lots, month, 1);
        }
        add(&mut self.redeemed, shop, -i64::from(points));
        for line in lines {
            let pieces = i64::from(line.quantity);
            if restock {
                self.shelf(shop, line.sku).stock += pieces;
            }
            let month = self.taken.entry((id, line.sku, now.day().month())).or_default();
            *month = (*month - pieces).max(0);
        }
    }

    /// Takes back what is there; the rest is owed.
    fn take_back(&mut self, id: HouseholdId, points: i64) {
        let taken = self.spend(id, points).len() as i64;
        add(&mut self.recovered, id.branch(), taken);
        self.house(id).debt += points - taken;
    }

    fn rule(&mut self, number: u64, household: Option<HouseholdId>, ruling: Ruling, part: i64, now: Time) {
        let stands = |approved: i64| match ruling {
            Ruling::Dismiss => approved,
            Ruling::Uphold => 0,
            Ruling::Partial => part * approved.signum(),
        };
        let disputed = self.credit(number, household).filter(|(_, credit)| credit.disputed);
        if let Some((id, points)) = disputed.map(|(id, credit)| (id, credit.points)) {
            let credit = self.credits.get_mut(&(number, id)).expect("a credit");
            (credit.disputed, credit.ruled, credit.kept) = (false, true, stands(points));
            self.house(id).objections -= 1;
            self.take_back(id, points - stands(points));
            return;
        }
        let id = household.unwrap_or(self.cases[&number].rows[0].household);
        let branch = self.cases[&number].branch;
        let row = self.row_mut(number, id);
        let freed = if row.earns() { row.points - stands(row.points) } else { 0 };
        row.points = stands(row.points);
        add(&mut self.notice, branch, -freed);
        add(&mut self.budget, branch, freed);
        let state = if ruling == Ruling::Uphold { State::Voided } else { State::OnNotice };
        self.to(number, Some(id), state, now);
    }

    fn system(&mut self, index: u64, command: &SystemCommand, now: Time) -> Checked {
        match command {
            SystemCommand::CloseNotice { declarations } => self.close(index, declarations, now),
            SystemCommand::Escalate { declaration } => self.escalate(*declaration, now),
            SystemCommand::Expire { households } => {
                for id in households {
                    let month = now.day().month();
                    let house = self.houses.get_mut(id).expect("a house");
                    ensure!(house.objections == 0, "{id} loses points while something is objected to");
                    let kept = house.lots.split_off(&month);
                    let lapsed: i64 = std::mem::replace(&mut house.lots, kept).values().sum();
                    ensure!(lapsed > 0, "nothing of {id} lapses");
                    add(&mut self.expired, id.branch(), lapsed);
                }
                Ok(())
            }
            SystemCommand::LockPin { household } => {
                ensure!(
                    self.to_lock.remove(household),
                    "the PIN of {household} is locked, and nobody missed"
                );
                let house = self.house(*household);
                (house.locked, house.misses) = (true, 0);
                Ok(())
            }
        }
    }

    fn close(&mut self, index: u64, numbers: &[u64], now: Time) -> Checked {
        let mut sums: BTreeMap<HouseholdId, (i64, i64, i64)> = BTreeMap::new();
        for number in numbers {
            let case = self.cases.get(number).ok_or_else(|| Wrong(format!("no case {number}")))?;
            let over = |row: &&Row| row.state == State::OnNotice && row.until <= now;
            let rows: Vec<Row> = case.rows.iter().filter(over).cloned().collect();
            ensure!(!rows.is_empty(), "notice of {number} is closed early");
            for row in rows {
                self.to(*number, Some(row.household), State::Credited, now);
                let (credit, taken, score) = sums.entry(row.household).or_default();
                match (row.item.kind, row.item.unit) {
                    (ItemKind::Deed | ItemKind::Bonus, _) => {
                        *credit += row.points;
                        *score += i64::from(row.item.score_effect) * i64::from(row.quantity);
                    }
                    (ItemKind::Deduction, Unit::Points) => *taken -= row.points,
                    (ItemKind::Deduction, _) => *score += row.points,
                    (ItemKind::Veto, _) => {}
                }
                let (points, disputed, ruled) = (row.points, false, false);
                let credit = Credit { entry: index, points, kept: points, at: now, disputed, ruled };
                self.credits.insert((*number, row.household), credit);
            }
        }
        for (id, (credit, taken, score)) in sums {
            let branch = id.branch();
            let life = self.policies[&branch].lot_months;
            let house = self.house(id);
            // Half of what comes in goes towards a debt.
            let towards = house.debt.min(credit / 2);
            house.debt -= towards;
            if credit > 0 {
                add(&mut house.lots, now.day().month().plus(life), credit - towards);
            }
            let (year, before) = (now.day().year(), house.score);
            let stood = before.filter(|(of, _)| *of == year).map_or(100, |(_, score)| score);
            if score != 0 {
                house.score = Some((year, (stood + score).max(0)));
            }
            let taken = self.spend(id, taken).len() as i64;
            add(&mut self.notice, branch, -credit);
            add(&mut self.recovered, branch, towards + taken);
        }
        Ok(())
    }

    fn escalate(&mut self, number: u64, now: Time) -> Checked {
        let case = self.cases.get(&number).ok_or_else(|| Wrong(format!("no case {number}")))?;
        let branch = case.branch;
        let due = |row: &Row| self.row_due(branch, row).filter(|(at, _)| *at <= now);
        let rows: Vec<(Row, bool)> =
            case.rows.iter().filter_map(|row| due(row).map(|(_, ends)| (row.clone(), ends))).collect();
        ensure!(!rows.is_empty(), "{number} is escalated, and nothing of it is late");
        for (row, ends) in rows {
            let id = row.household;
            if !ends {
                self.found_late(branch, &row, now);
                self.row_mut(number, id).escalated += 1;
                continue;
            }
            if row.state == State::Objected && row.earns() {
                add(&mut self.notice, branch, -row.points);
                add(&mut self.budget, branch, row.points);
            }
            let approved = row.approved_at.is_some();
            self.to(number, Some(id), if approved { State::Voided } else { State::Refused }, now);
        }
        Ok(())
    }
}

//! Whether a command may be written: yes, no and why, or it is written already.

use civbank::bank::command::{Body, Command, Declare, RedeemLine};
use civbank::bank::ids::{Branch, Digest, HouseholdId, PersonId, PublicKey};
use civbank::bank::time::{Day, Time};
use civbank::bank::words::{ItemKind, ItemSubject, Role, Ruling, State};

use super::{Case, Credit, Model, Row, Who};

/// What the model says about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    Yes,
    No(&'static str),
    /// It is this entry.
    Written(u64),
}

/// What became of a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    Right,
    Wrong,
}

pub type Answer = Result<(), &'static str>;

pub fn when(holds: bool, otherwise: &'static str) -> Answer {
    if holds { Ok(()) } else { Err(otherwise) }
}

impl Model {
    pub fn says(&self, command: &Command, digest: [u8; 16], signers: &[PublicKey], now: Time) -> Says {
        if let Some(known) = self.requests.get(&command.request_id) {
            return if known.digest == digest { Says::Written(known.index) } else { Says::No("an id twice") };
        }
        if self.size == 0 {
            let first = matches!(command.body, Body::OpenBank { .. });
            return if first { Says::Yes } else { Says::No("no bank yet") };
        }
        if command.not_after < now {
            return Says::No("it is dead");
        }
        let who: Option<Vec<Who>> = signers.iter().map(|key| self.who.get(key).copied()).collect();
        let Some(who) = who else { return Says::No("a key that nobody has") };
        let pin = self.pins.get(&command.request_id).copied();
        match self.body(&command.body, &who, pin, now) {
            Ok(()) => Says::Yes,
            Err(why) => Says::No(why),
        }
    }

    pub fn office(&self, who: &[Who], role: Role, branch: Branch) -> bool {
        who.iter().any(|who| matches!(who, Who::Person(person) if self.holds(*person, role, branch)))
    }

    pub fn officer(&self, who: &[Who]) -> bool {
        self.office(who, Role::Officer, crate::it::simulation::town::head())
    }

    fn member(who: &[Who], id: HouseholdId) -> bool {
        who.iter().any(|who| matches!(who, Who::Person(person) if person.household() == Some(id)))
    }

    fn family(who: &[Who], id: HouseholdId) -> bool {
        Self::member(who, id) || who.contains(&Who::Card(id))
    }

    fn case_of(&self, number: u64) -> Result<&Case, &'static str> {
        self.cases.get(&number).filter(|case| case.is_open()).ok_or("nothing open has this number")
    }

    /// The only row of a declaration.
    fn row_of(&self, number: u64) -> Result<(&Case, &Row), &'static str> {
        let case = self.case_of(number)?;
        when(!case.sheet, "a sheet is no declaration")?;
        Ok((case, &case.rows[0]))
    }

    fn row_for(&self, number: u64, household: Option<HouseholdId>) -> Result<(&Case, &Row), &'static str> {
        let Some(id) = household else { return self.row_of(number) };
        let case = self.case_of(number)?;
        let row = case.rows.iter().find(|row| row.household == id).ok_or("no such row")?;
        Ok((case, row))
    }

    fn body(&self, body: &Body, who: &[Who], pin: Option<Pin>, now: Time) -> Answer {
        match body {
            Body::Declare(asked) => self.declare(asked, who, now),
            Body::Withdraw { declaration } => {
                let (_, row) = self.row_of(*declaration)?;
                when(Self::family(who, row.household), "another's declaration")?;
                let open = [State::Submitted, State::Returned, State::Endorsed];
                when(open.contains(&row.state), "too late to take back")
            }
            Body::Resubmit { declaration, quantity, deed_date, evidence, .. } => {
                let (case, row) = self.row_of(*declaration)?;
                when(Self::family(who, row.household), "another's declaration")?;
                when(row.state == State::Returned, "it was not returned")?;
                when(case.evidence.len() + evidence.len() <= 9, "too many pictures")?;
                self.deed(row, (*quantity, *deed_date, evidence), Some((case, row)), now)
            }
            Body::Review { declaration, .. } => self.review(*declaration, who, now),
            Body::Decide { declarations, vote, points, .. } => {
                let voter = who.iter().find_map(|who| match who {
                    Who::Person(person) => Some(*person),
                    _ => None,
                });
                let voter = voter.ok_or("no person votes")?;
                self.vote(declarations, voter, *vote, *points).map(|_| ())
            }
            Body::Object { declaration, household, credited_by: None, .. } => {
                let (case, row) = self.row_for(*declaration, *household)?;
                when(self.villager(who, case.branch), "no villager objects")?;
                when(row.state == State::OnNotice && now < row.until, "it is not on notice")
            }
            Body::Object { declaration, household, credited_by: Some(entry), .. } => {
                let (id, credit) = self.credit(*declaration, *household).ok_or("nothing was credited")?;
                when(credit.entry == *entry && credit.points > 0, "another entry credited it")?;
                when(self.villager(who, id.branch()), "no villager objects")?;
                when(!credit.disputed && !credit.ruled, "it is or was disputed")?;
                when(now <= credit.at.plus_days(730), "too late")
            }
            Body::Rule { declaration, household, ruling, points, .. } => {
                when(self.officer(who), "only an officer rules")?;
                let disputed = self.credit(*declaration, *household).filter(|(_, credit)| credit.disputed);
                let approved = match disputed {
                    Some((_, credit)) => credit.points,
                    None => {
                        let (_, row) = self.row_for(*declaration, *household)?;
                        when(row.state == State::Objected, "nobody objected")?;
                        row.points
                    }
                };
                let part = *ruling != Ruling::Partial || i64::from(*points) < approved.abs();
                when(part, "a part is less than the whole")
            }
            Body::Assess { branch, date, rows, record } => {
                when(self.office(who, Role::Clerk, *branch), "only the clerk files sheets")?;
                for row in rows {
                    when(row.household.branch() == *branch, "a house elsewhere")?;
                    let item = self.item(row.item, *date)?;
                    if matches!(item.kind, ItemKind::Deed | ItemKind::Bonus) {
                        when(item.subject == ItemSubject::Household, "a person's item")?;
                        self.caps(row.household, 0, (item, row.quantity, *date), None)?;
                    }
                }
                self.deed_day(*branch, *date, now)?;
                when(!self.evidence.contains(record), "a record twice")
            }
            Body::StockIn { branch, lines, .. } => {
                let shop = who.contains(&Who::Terminal(*branch)) || self.office(who, Role::Cashier, *branch);
                when(shop || self.office(who, Role::Clerk, *branch), "who brings goods?")?;
                when(lines.iter().all(|l| self.shelves.contains_key(&(*branch, l.sku))), "unknown goods")
            }
            Body::StockCount { branch, .. } => {
                let shop = who.contains(&Who::Terminal(*branch)) || self.office(who, Role::Cashier, *branch);
                let second =
                    self.office(who, Role::Clerk, *branch) || self.office(who, Role::Supervisor, *branch);
                when(shop && second, "two count")
            }
            Body::SetPrice { branch, .. } => {
                when(self.office(who, Role::Clerk, *branch) || self.officer(who), "who sets prices?")
            }
            Body::Redeem { household, lines, total } => {
                self.redeem(*household, lines, i64::from(*total), who, pin, now)
            }
            Body::Refund { redemption, lines, .. } => {
                let bought = self.purchases.get(redemption).ok_or("nothing was bought")?;
                let both =
                    who.contains(&Who::Terminal(bought.shop)) && who.contains(&Who::Card(bought.household));
                when(both, "terminal and card bring back")?;
                let days = self.policies[&bought.shop].refund_days as i32;
                when(now.day() <= bought.day.plus(days), "too late")?;
                for line in lines {
                    let had = bought.lines.iter().find(|had| had.sku == line.sku).ok_or("not bought")?;
                    let back = bought.back.get(&line.sku).copied().unwrap_or(0);
                    when(back + line.quantity <= had.quantity, "more than was bought")?;
                }
                Ok(())
            }
            Body::SetPin { household, .. } => {
                let clerk = self.office(who, Role::Clerk, household.branch());
                let with = clerk && who.contains(&Who::Card(*household));
                when(Self::member(who, *household) || with, "another's PIN")
            }
            Body::IssuePassbook { household, key, .. } => {
                let branch = household.branch();
                when(self.office(who, Role::Clerk, branch), "only the clerk makes cards")?;
                let house = self.houses.get(household).ok_or("no such house")?;
                let liaison = who
                    .iter()
                    .any(|who| matches!(who, Who::Person(p) if self.liaisons.get(household) == Some(p)));
                let second =
                    liaison || Self::member(who, *household) || self.office(who, Role::Supervisor, branch);
                when(house.cards == 0 || second, "nobody replaces a card alone")?;
                when(!self.who.contains_key(key), "a key twice")
            }
            Body::Appoint(asked) => {
                when(self.officer(who), "only an officer appoints")?;
                let held = self.holds(asked.person, asked.role, asked.branch);
                when(!held || asked.role == Role::Liaison, "held already")
            }
            Body::Dismiss { person, role, branch, .. } => {
                when(self.officer(who), "only an officer dismisses")?;
                when(self.holds(*person, *role, *branch), "not held")
            }
            Body::FundBudget { .. } | Body::OpenBranch { .. } | Body::SetPolicy { .. } => {
                when(self.officer(who), "only an officer does that")
            }
            Body::SetPublicity { household, .. } => when(Self::family(who, *household), "another's points"),
            Body::Suggest { branch, .. } => self.suggest(*branch, who, now),
            Body::AnswerSuggestion { suggestion, .. } => self.answer(*suggestion, who),
            // The founding, and nothing after it.
            _ => Ok(()),
        }
    }

    pub fn item(
        &self,
        code: civbank::bank::ids::ItemCode,
        day: Day,
    ) -> Result<&civbank::bank::command::Item, &'static str> {
        when(self.items_from.is_some_and(|from| from <= day), "before the catalogue")?;
        self.items.get(&code).ok_or("no such item")
    }

    fn villager(&self, who: &[Who], branch: Branch) -> bool {
        who.iter().any(|who| match who {
            Who::Person(person) => person.household().is_some_and(|id| id.branch() == branch),
            Who::Card(id) => id.branch() == branch,
            Who::Terminal(_) => false,
        })
    }

    /// What was credited for a declaration, or for one household of a sheet.
    pub fn credit(&self, number: u64, household: Option<HouseholdId>) -> Option<(HouseholdId, &Credit)> {
        self.credits
            .iter()
            .filter(|((n, _), _)| *n == number)
            .find(|((_, id), _)| household.is_none_or(|household| household == *id))
            .map(|((_, id), credit)| (*id, credit))
    }

    fn deed_day(&self, branch: Branch, day: Day, now: Time) -> Answer {
        when(day <= now.day(), "a deed of tomorrow")?;
        let age = self.policies[&branch].deed_age_days as i32;
        when(now.day() <= day.plus(age), "an old deed")
    }

    /// Caps of an item and of a month; a resubmission gives back what it had.
    fn caps(
        &self,
        id: HouseholdId,
        member: u8,
        (item, quantity, day): (&civbank::bank::command::Item, u32, Day),
        again: Option<(&Case, &Row)>,
    ) -> Answer {
        use civbank::bank::words::CapWindow::Event;
        let had = again.filter(|(case, _)| super::same_window(item.cap_window, case.day, day));
        let used = self.used(id, member, item, day) - had.map_or(0, |(_, row)| row.quantity);
        when(item.cap_window == Event || used + quantity <= item.cap_count, "the item's cap")?;
        let least = i64::from(item.points_min) * i64::from(quantity);
        when(self.has_month_room(id, member, day, least, (0, 0)), "the month's points")
    }

    fn declare(&self, asked: &Declare, who: &[Who], now: Time) -> Answer {
        let id = asked.household;
        when(Self::family(who, id), "another's deed")?;
        when(asked.member <= 2, "no such member")?;
        let item = self.item(asked.item, asked.deed_date)?;
        when(matches!(item.kind, ItemKind::Deed | ItemKind::Bonus), "nobody declares that")?;
        when((item.subject == ItemSubject::Person) == (asked.member > 0), "whose deed?")?;
        when(!asked.evidence.is_empty(), "no picture")?;
        let row = Row {
            household: id,
            member: asked.member,
            item: item.clone(),
            quantity: asked.quantity,
            state: State::Submitted,
            since: now,
            points: 0,
            until: now,
            approved_at: None,
            escalated: 0,
        };
        self.deed(&row, (asked.quantity, asked.deed_date, &asked.evidence), None, now)
    }

    fn deed(
        &self,
        row: &Row,
        (quantity, day, evidence): (u32, Day, &[Digest]),
        again: Option<(&Case, &Row)>,
        now: Time,
    ) -> Answer {
        let item = self.item(row.item.code, day)?;
        self.deed_day(row.household.branch(), day, now)?;
        when(evidence.iter().all(|picture| !self.evidence.contains(picture)), "a picture twice")?;
        self.caps(row.household, row.member, (item, quantity, day), again)
    }

    fn review(&self, number: u64, who: &[Who], now: Time) -> Answer {
        let (case, row) = self.row_of(number)?;
        let id = row.household;
        let mut may: Vec<PersonId> = self.liaisons.get(&id).copied().into_iter().collect();
        for (from, role) in [(1, Role::Liaison), (2, Role::Committee)] {
            let more = self.offices.iter().filter(|(b, r, _)| (*b, *r) == (case.branch, role));
            may.extend(more.filter(|_| row.escalated >= from).map(|(.., person)| *person));
        }
        let reviewer = who.iter().find_map(|who| match who {
            Who::Person(person) if may.contains(person) => Some(*person),
            _ => None,
        });
        let reviewer = reviewer.ok_or("not theirs to review")?;
        when(!self.is_near(reviewer, id), "their own or kin")?;
        let back = reviewer.household().and_then(|own| self.reviews.get(&(id, own)));
        when(back.is_none_or(|at| at.plus_days(30) <= now), "one hand washes the other")?;
        when(row.state == State::Submitted, "nothing to review")
    }

    fn redeem(
        &self,
        id: HouseholdId,
        lines: &[RedeemLine],
        total: i64,
        who: &[Who],
        pin: Option<Pin>,
        now: Time,
    ) -> Answer {
        let shop = who.iter().find_map(|who| match who {
            Who::Terminal(branch) => Some(*branch),
            _ => None,
        });
        let shop = shop.ok_or("no shop")?;
        when(who.contains(&Who::Card(id)), "not their card")?;
        let (house, day) = (&self.houses[&id], now.day());
        let mut sum = 0;
        for line in lines {
            let shelf = self.shelves.get(&(shop, line.sku)).ok_or("no such goods")?;
            let old = shelf.before.is_some_and(|(points, at)| {
                line.price_version + 1 == shelf.version && points == line.points && now <= at.plus_minutes(15)
            });
            let new = (line.price_version, line.points) == (shelf.version, shelf.points);
            when(old || new, "another price")?;
            let month = (id, line.sku, day.month());
            let taken = super::of(&self.taken, &month) + i64::from(line.quantity);
            when(shelf.limit == 0 || taken <= i64::from(shelf.limit), "the month's pieces")?;
            when(i64::from(line.quantity) <= shelf.stock, "the shelf is empty")?;
            sum += i64::from(line.points) * i64::from(line.quantity);
        }
        when(sum == total, "a wrong sum")?;
        when(total <= house.points(), "not enough points")?;
        let cashiers = self.offices.iter().filter(|(b, role, _)| (*b, *role) == (shop, Role::Cashier));
        if cashiers.clone().any(|(.., person)| person.household() == Some(id)) {
            let watches = |who: &Who| {
                matches!(who, Who::Person(p)
                if self.holds(*p, Role::Supervisor, shop) && !self.is_near(*p, id))
            };
            when(who.iter().any(watches), "the cashier's own house")?;
        }
        when(pin.is_none() || !house.locked, "a locked PIN")?;
        when(pin != Some(Pin::Wrong), "a wrong PIN")?;
        when(pin == Some(Pin::Right) || self.is_free(id, total, day), "without the PIN")
    }

    /// Whether so many points may be spent on a day without the PIN.
    pub fn is_free(&self, id: HouseholdId, total: i64, day: Day) -> bool {
        let spent = super::of(&self.houses[&id].spent_free, &day);
        spent + total <= i64::from(self.policies[&id.branch()].pin_free_points)
    }
}

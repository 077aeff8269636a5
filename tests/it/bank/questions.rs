//! What a script may ask between commands: `balance v1-1 = 20`.

use civbank::bank::refusal::StateName;
use civbank::bank::words::Unit;
use civbank::bank::{Account, Case, Counts, Place, Record, Standings};

use super::names;
use super::script::Script;

impl Script {
    /// Answers a question and compares; not a question where there is no ` = `.
    pub fn ask(&self, line: &str) -> bool {
        let Some((question, wanted)) = line.split_once(" = ") else { return false };
        let words: Vec<&str> = question.split_whitespace().collect();
        let answer = self.answer(&words);
        if answer != wanted.trim() {
            self.stop(&format!("stands at {answer}"));
        }
        true
    }

    fn answer(&self, words: &[&str]) -> String {
        let bank = &self.world.bank;
        let today = self.world.now.day();
        let book = |name: &str| bank.household(names::household(name)).unwrap_or_else(|no| panic!("{no}"));
        match *words {
            ["balance", id] => {
                bank.account(Account::Household(names::household(id)), Unit::Points).balance.to_string()
            }
            ["earned", id] => {
                let earned = bank.earned(names::household(id), today).unwrap_or_else(|no| panic!("{no}"));
                format!("{} this month, {} this year", earned.0, earned.1)
            }
            ["standings", village] => self.standings(village, |standings| &standings.month),
            ["standings-year", village] => self.standings(village, |standings| &standings.year),
            ["unnamed", village] => {
                let standings = bank.standings(names::branch(village), today);
                standings.map_or_else(|no| panic!("{no}"), |standings| standings.unnamed.to_string())
            }
            ["record", village] => self.record(village, |record| record.total),
            ["record-month", village] => self.record(village, |record| record.month(today)),
            ["suggestions", village] => {
                let heard = &bank.branch(names::branch(village)).expect("a village").suggestions;
                format!("{} received, {} answered, {} open", heard.received, heard.answered, heard.open.len())
            }
            ["score", id] => book(id).score_on(today).to_string(),
            ["debt", id] => book(id).debt.to_string(),
            ["open", id] => book(id).open.to_string(),
            ["veto", id] => book(id).veto_year.to_string(),
            ["pin-locked", id] => book(id).pin_locked.to_string(),
            ["liaison", id] => match book(id).liaison {
                Some(person) if person == names::person("liaison1") => "liaison1".to_owned(),
                Some(person) if person == names::person("liaison2") => "liaison2".to_owned(),
                Some(person) => person.to_string(),
                None => "nobody".to_owned(),
            },
            ["lots", id] => {
                let lot = |lot: &civbank::bank::Lot| {
                    let (year, month) = (lot.month.0 / 12, lot.month.0 % 12 + 1);
                    format!("{year}-{month:02}:{}", lot.amount)
                };
                book(id).lots.iter().map(lot).collect::<Vec<_>>().join(" ")
            }
            ["account", name] => bank.account(account(name), Unit::Points).balance.to_string(),
            ["stock", branch, sku] => {
                let sku = sku.parse().expect("goods");
                bank.shelf(names::branch(branch), sku).map_or("none".to_owned(), |s| s.stock.to_string())
            }
            ["state", declaration] => self.state_of(declaration, None),
            ["state", declaration, id] => self.state_of(declaration, Some(id)),
            ["points", declaration] => {
                let number = self.entry(declaration);
                let mut rows = self.world.states.range((number, names::household("town-1"))..);
                rows.next()
                    .filter(|((of, _), _)| *of == number)
                    .map_or(0, |(_, (_, points))| *points)
                    .to_string()
            }
            ["escalated", declaration] => {
                let case = bank.case(self.entry(declaration));
                let escalated = |case: &Case| case.rows.iter().map(|row| row.escalated).max().unwrap_or(0);
                case.map_or("ended".to_owned(), |case| escalated(case).to_string())
            }
            ["votes", declaration] => {
                let case = bank.case(self.entry(declaration));
                case.map_or("ended".to_owned(), |case| case.ballots.len().to_string())
            }
            ["notice-ends", declaration] => {
                let case = bank.case(self.entry(declaration));
                let until = case.ok().and_then(|case| case.rows.first()).and_then(|row| row.until);
                until.map_or("none".to_owned(), |until| {
                    let minutes = (until.0 - until.day().start().0) / 60_000;
                    format!("{} {:02}:{:02}", until.day(), minutes / 60, minutes % 60)
                })
            }
            ["seated", branch] => bank.seated(names::branch(branch), self.world.now).len().to_string(),
            _ => self.stop("no such question"),
        }
    }

    fn standings(&self, village: &str, of: impl Fn(&Standings) -> &Vec<Place>) -> String {
        let found = self.world.bank.standings(names::branch(village), self.world.now.day());
        let found = found.unwrap_or_else(|no| panic!("{no}"));
        let place = |place: &Place| {
            format!("{}.{}:{}", place.rank, names::of_household(place.household), place.points)
        };
        let places: Vec<String> = of(&found).iter().map(place).collect();
        if places.is_empty() { "nobody".to_owned() } else { places.join(" ") }
    }

    /// approved/refused/objected/credited/voided late review/decision/ruling.
    fn record(&self, village: &str, of: impl Fn(&Record) -> Counts) -> String {
        let counts = of(&self.world.bank.branch(names::branch(village)).expect("a village").record);
        format!(
            "{}/{}/{}/{}/{} late {}/{}/{}",
            counts.approved,
            counts.refused,
            counts.objected,
            counts.credited,
            counts.voided,
            counts.late_reviews,
            counts.late_decisions,
            counts.late_rulings
        )
    }

    fn state_of(&self, declaration: &str, id: Option<&str>) -> String {
        let number = self.entry(declaration);
        let id = id.map(names::household);
        let mut rows = self
            .world
            .states
            .iter()
            .filter(|((of, household), _)| *of == number && id.is_none_or(|id| id == *household));
        let (_, (state, _)) = rows.next().unwrap_or_else(|| self.stop("no such row"));
        StateName(*state).to_string()
    }
}

fn account(name: &str) -> Account {
    let (kind, place) = name.split_once('/').unwrap_or((name, "v1"));
    let branch = names::branch(place);
    match kind {
        "budget" => Account::Budget(branch),
        "notice" => Account::Notice(branch),
        "redeemed" => Account::Redeemed(branch),
        "expired" => Account::Expired(branch),
        "recovered" => Account::Recovered(branch),
        _ => Account::Issuance,
    }
}

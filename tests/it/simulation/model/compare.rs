//! The bank stands where the model stands, to the point.

use civbank::bank::words::Unit::Points;
use civbank::bank::{Account, Bank};

use super::{Checked, Model, ensure, of};

impl Model {
    pub fn compare(&self, bank: &Bank) -> Checked {
        let day = self.time.day();
        for (id, house) in &self.houses {
            let book = bank.household(*id).map_err(|error| super::Wrong(error.to_string()))?;
            let points = book.points.balance;
            ensure!(points == house.points(), "{id} has {points} points, by the model {}", house.points());
            let lots: Vec<_> = book.lots.iter().map(|lot| (lot.month, lot.amount)).collect();
            let own: Vec<_> = house.lots.iter().map(|(month, amount)| (*month, *amount)).collect();
            ensure!(lots == own, "lots of {id}: {lots:?}, by the model {own:?}");
            ensure!(book.debt == house.debt, "{id} owes {}, by the model {}", book.debt, house.debt);
            let score = house.score.filter(|(year, _)| *year == day.year()).map_or(100, |(_, score)| score);
            let stands = book.score_on(day);
            ensure!(stands == score, "score of {id}: {stands}, by the model {score}");
            ensure!((book.pin, book.pin_locked) == (house.pin, house.locked), "the PIN of {id}");
            ensure!(book.passbook.map(|card| card.key) == house.card, "the card of {id}");
            let waits = book.objections;
            ensure!(waits == house.objections, "objections of {id}: {waits}, model {}", house.objections);
        }
        for branch in self.budget.keys() {
            let sums = [
                (Account::Budget(*branch), &self.budget),
                (Account::Notice(*branch), &self.notice),
                (Account::Redeemed(*branch), &self.redeemed),
                (Account::Expired(*branch), &self.expired),
                (Account::Recovered(*branch), &self.recovered),
            ];
            for (account, sums) in sums {
                let (stands, own) = (bank.account(account, Points).balance, of(sums, branch));
                ensure!(stands == own, "{account} stands at {stands}, by the model {own}");
                ensure!(stands >= 0, "{account} stands at {stands}");
            }
        }
        for ((branch, sku), shelf) in &self.shelves {
            let stands = bank.shelf(*branch, *sku).map_err(|error| super::Wrong(error.to_string()))?;
            let own = (shelf.stock, shelf.version, shelf.points);
            let there = (stands.stock, stands.version, stands.price.points);
            ensure!(there == own, "{sku} at {branch}: {there:?}, by the model {own:?}");
        }
        self.compare_cases(bank)?;
        self.compare_public(bank)?;
        ensure!(
            bank.time() == self.time,
            "the bank's time is {:?}, the journal's {:?}",
            bank.time(),
            self.time
        );
        for (id, request) in &self.requests {
            let known = bank.remembered(id).map(|known| (known.index, known.payload_digest));
            ensure!(
                known == Some((request.index, request.digest)),
                "the bank forgot request of {}",
                request.index
            );
        }
        bank.check_books().map_err(super::Wrong)
    }

    fn compare_cases(&self, bank: &Bank) -> Checked {
        let count = bank.cases(None).count();
        ensure!(count == self.open.len(), "{count} open cases, by the model {}", self.open.len());
        for number in &self.open {
            let (own, case) = (&self.cases[number], bank.case(*number));
            let case = case.map_err(|error| super::Wrong(error.to_string()))?;
            for (row, mine) in case.rows.iter().zip(&own.rows) {
                let there = (row.household, row.state, row.points, row.quantity, row.escalated);
                let here = (mine.household, mine.state, mine.points, mine.quantity, mine.escalated);
                ensure!(there == here, "{number}: {there:?}, by the model {here:?}");
            }
            let votes: Vec<_> = case.ballots.iter().map(|b| (b.person, b.vote, b.points)).collect();
            ensure!(votes == own.ballots, "votes on {number}: {votes:?}, by the model {:?}", own.ballots);
        }
        Ok(())
    }
}

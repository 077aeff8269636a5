//! The demo's supermarkets: deliveries, shoppers, goods that come back, and the count at shift close.

use crate::bank::command::{Body, GoodsCount, RedeemLine};
use crate::bank::ids::{Branch, HouseholdId};

use super::DemoError;
use super::desk::Asked;
use super::life::Life;
use super::town::{Village, first_stock};

const SHOPPERS_A_DAY: usize = 8;

impl Life<'_> {
    /// Households with points go shopping; some bring a thing back the same day.
    pub(super) async fn shopping(&mut self, village: &Village, number: usize) -> Result<(), DemoError> {
        let terminal = self.town.people.key(&village.name("terminal"));
        if number % 14 == 7 {
            let cashier = self.town.people.key(&village.name("cashier"));
            self.act(vec![Asked::new(first_stock(village.branch), &[&cashier])]).await?;
        }
        let rich = self.desk.engine().read(|view| {
            view.bank
                .households_of(village.branch, None)
                // What the first household has is left for the demo's visitor to spend.
                .filter(|(id, household)| *id != village.households[0] && household.points.balance >= 20)
                .map(|(id, household)| (id, household.points.balance))
                .collect::<Vec<_>>()
        });
        let rich = rich.await.map_err(|_| DemoError::Interrupted)?;
        if rich.is_empty() {
            return Ok(());
        }
        let mut asked = Vec::new();
        let mut shoppers: Vec<HouseholdId> = Vec::new();
        for _ in 0..SHOPPERS_A_DAY {
            let (household, points) = rich[self.dice.below(rich.len())];
            if shoppers.contains(&household) {
                continue;
            }
            shoppers.push(household);
            let lines = self.basket(village.branch, points.min(100) as u32).await?;
            let total = lines.iter().map(|line| line.points * line.quantity).sum();
            let card = village.card(&self.town.people, household);
            asked.push(Asked::new(Body::Redeem { household, lines, total }, &[&terminal, &card.key]));
        }
        let bought = self.act(asked).await?;
        if self.dice.chance(15)
            && let (Some(Some(redemption)), Some(household)) = (bought.first(), shoppers.first())
        {
            let egg = GoodsCount { sku: "egg".parse().expect("a sku of the table"), quantity: 1 };
            let (redemption, restock) = (*redemption, self.dice.chance(70));
            let body = Body::Refund { redemption, lines: vec![egg], restock };
            let card = village.card(&self.town.people, *household);
            self.act(vec![Asked::new(body, &[&terminal, &card.key])]).await?;
        }
        if number % 30 == 29 {
            let clerk = self.town.people.key(&village.name("clerk"));
            let lines = self.count(village.branch).await?;
            let body = Body::StockCount { branch: village.branch, lines };
            self.act(vec![Asked::new(body, &[&terminal, &clerk])]).await?;
        }
        Ok(())
    }

    /// Eggs, and something else if the points allow.
    async fn basket(&mut self, branch: Branch, points: u32) -> Result<Vec<RedeemLine>, DemoError> {
        let other = ["salt", "soap", "noodles", "vinegar", "towel"][self.dice.below(5)];
        let eggs = 1 + self.dice.below(10) as u32;
        let seen = self.desk.engine().read(|view| {
            let line = |sku: &str, quantity| {
                let sku = sku.parse().ok()?;
                let shelf = view.bank.shelf(branch, sku).ok()?;
                let (price_version, points) = (shelf.version, shelf.price.points);
                Some(RedeemLine { sku, quantity, price_version, points })
            };
            (line("egg", eggs), line(other, 1))
        });
        let (egg, other) = seen.await.map_err(|_| DemoError::Interrupted)?;
        let mut lines = Vec::new();
        let mut left = points;
        for mut line in [egg, other].into_iter().flatten() {
            line.quantity = line.quantity.min(left / line.points);
            left -= line.quantity * line.points;
            if line.quantity > 0 {
                lines.push(line);
            }
        }
        Ok(lines)
    }

    /// The shelves as counted: one egg broke.
    async fn count(&self, branch: Branch) -> Result<Vec<GoodsCount>, DemoError> {
        let seen = self.desk.engine().read(|view| {
            let shelves = view.bank.branch(branch).map(|state| &state.shelves);
            let shelves = shelves.into_iter().flatten();
            shelves
                .map(|(sku, shelf)| {
                    let broken = i64::from(sku.to_string() == "egg");
                    GoodsCount { sku: *sku, quantity: (shelf.stock - broken).clamp(0, 1_000_000) as u32 }
                })
                .collect::<Vec<_>>()
        });
        seen.await.map_err(|_| DemoError::Interrupted)
    }
}

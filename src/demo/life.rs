//! Two months of a town's life, day by day, through the very engine that serves: deeds, verdicts, meetings,
//! objections, inspections, shopping, returns, a lost card. Who does what is thrown with dice of the town's
//! seed.

use crate::bank::Case;
use crate::bank::command::{AssessRow, Body, Declare};
use crate::bank::ids::{Branch, Digest, HouseholdId};
use crate::bank::time::{Day, Time};
use crate::bank::words::{Channel, Ground, ItemSubject, ObjectionGround, Ruling, State, Verdict, Vote};
use crate::documents::DocumentKind;

use super::clock::DemoClock;
use super::desk::{Asked, Desk};
use super::dice::Dice;
use super::people::public;
use super::town::{Town, Village};
use super::{DemoError, MS_PER_HOUR};

/// What people do most days: item, and how many units at most.
const EVERYDAY: [(&str, usize); 14] = [
    ("R05", 1),
    ("F01", 1),
    ("G01", 3),
    ("G03", 1),
    ("G04", 2),
    ("Z01", 1),
    ("Z03", 1),
    ("Z05", 1),
    ("Z06", 1),
    ("J03", 1),
    ("F06", 1),
    ("G08", 1),
    ("R04", 4),
    ("J02", 1),
];
const DEEDS_A_DAY: usize = 8;
/// Every so many days the first household of each village has done a deed.
const VISITOR_DAYS: usize = 6;
const GROUNDS: [Ground; 4] =
    [Ground::EvidenceUnclear, Ground::WrongDate, Ground::NotDone, Ground::OfficialDuty];

/// Someone living through the days.
pub struct Life<'a> {
    pub(super) town: &'a mut Town,
    pub(super) desk: &'a mut Desk,
    clock: &'a DemoClock,
    pub(super) dice: Dice,
    /// Commands that were refused: life has those too.
    pub refused: u64,
    photos: u64,
}

/// An open case as a person who must act on it sees it.
struct Waiting {
    number: u64,
    household: HouseholdId,
    state: State,
    since: Time,
    ranged: Option<(u32, u32)>,
    points: i64,
    sheet: bool,
}

impl<'a> Life<'a> {
    /// The life of a town.
    pub fn new(town: &'a mut Town, desk: &'a mut Desk, clock: &'a DemoClock) -> Self {
        let dice = town.people.dice("life");
        Life { town, desk, clock, dice, refused: 0, photos: 0 }
    }

    /// Lives one day; `number` counts from 0.
    pub async fn day(&mut self, day: Day, number: usize) -> Result<(), DemoError> {
        self.at(day, 8);
        self.desk.engine().tick().await.map_err(|_| DemoError::Interrupted)?;
        let villages = self.town.villages.clone();
        self.at(day, 10);
        for village in &villages {
            self.deeds(village, day, number).await?;
            self.completions(village).await?;
            if number % 30 == 2 {
                self.inspection(village, day).await?;
            }
        }
        self.at(day, 14);
        for village in &villages {
            self.verdicts(village, day).await?;
        }
        self.at(day, 16);
        for village in &villages {
            self.shopping(village, number).await?;
        }
        self.at(day, 17);
        for village in &villages {
            self.objections(village, number).await?;
        }
        self.at(day, 19);
        for village in villages.iter().filter(|village| (number + village.number).is_multiple_of(3)) {
            self.meeting(village).await?;
        }
        if number == 30 {
            self.lost_card().await?;
        }
        if number == 50 {
            self.dispute().await?;
        }
        Ok(())
    }

    fn at(&self, day: Day, hour: i64) {
        self.clock.set(Time(day.start().0 + hour * MS_PER_HOUR));
    }

    /// Submits; what is refused is counted.
    pub(super) async fn act(&mut self, asked: Vec<Asked>) -> Result<Vec<Option<u64>>, DemoError> {
        let mut written = Vec::with_capacity(asked.len());
        for result in self.desk.submit(asked).await {
            match result {
                Ok(index) => written.push(Some(index)),
                Err(crate::engine::SubmitError::Refused(refusal)) => {
                    tracing::debug!(%refusal, "refused");
                    self.refused += 1;
                    written.push(None);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(written)
    }

    async fn photographs(&mut self, count: usize) -> Result<Vec<Digest>, DemoError> {
        let first = self.photos;
        self.photos += count as u64;
        let pictures = (first..self.photos).map(|n| picture(n, &mut self.dice)).collect();
        self.desk.put(DocumentKind::Photo, pictures).await
    }

    fn someone(&mut self, village: &Village) -> HouseholdId {
        village.households[self.dice.below(village.households.len())]
    }

    /// Declarations: by phone, by card, and for the neighbours of house 20 by their proxy.
    async fn deeds(&mut self, village: &Village, day: Day, number: usize) -> Result<(), DemoError> {
        let photos = self.photographs(DEEDS_A_DAY).await?;
        let mut asked = Vec::new();
        for (at, photo) in photos.into_iter().enumerate() {
            // The visitor is shown the first household's card: its book shall have something in it.
            let is_visitors = at == 0 && number % VISITOR_DAYS == 1;
            let household = if is_visitors { village.households[0] } else { self.someone(village) };
            let (item, most) = EVERYDAY[self.dice.below(EVERYDAY.len())];
            let quantity = 1 + self.dice.below(most) as u32;
            // The catalogue is in force from the first day on.
            let deed_date = day.plus(-(self.dice.below(3).min(number) as i32));
            let item = item.parse().expect("an item of the table");
            let person = self.counts_person(village.branch, item, deed_date).await?;
            let member = if person { 1 + self.dice.below(2) as u8 } else { 0 };
            let by_card = self.dice.chance(30);
            let declare = Declare {
                household,
                member,
                item,
                quantity,
                deed_date,
                evidence: vec![photo],
                note: None,
                channel: if by_card { Channel::Terminal } else { Channel::App },
            };
            let key = if by_card {
                village.card(&self.town.people, household).key
            } else {
                self.town.people.key(&village.resident(household))
            };
            asked.push(Asked::new(Body::Declare(declare), &[&key]));
        }
        let filed = self.act(asked).await?;
        // Now and then somebody thinks better of it.
        if self.dice.chance(8)
            && let Some(declaration) = filed.iter().flatten().next().copied()
        {
            let household = self.case(declaration, |case| case.rows[0].household).await?;
            let key = self.town.people.key(&village.resident(household));
            self.act(vec![Asked::new(Body::Withdraw { declaration }, &[&key])]).await?;
        }
        Ok(())
    }

    async fn counts_person(
        &self,
        branch: Branch,
        item: crate::bank::ids::ItemCode,
        day: Day,
    ) -> Result<bool, DemoError> {
        let found = self.desk.engine().read(|view| view.bank.item(branch, item, day)).await;
        let found = found.map_err(|_| DemoError::Interrupted)?;
        Ok(found.is_ok_and(|(_, item)| item.subject == ItemSubject::Person))
    }

    async fn case<R>(&self, number: u64, look: impl FnOnce(&Case) -> R) -> Result<R, DemoError> {
        let seen = self.desk.engine().read(|view| view.bank.case(number).map(look)).await;
        seen.map_err(|_| DemoError::Interrupted)?.map_err(|refusal| DemoError::Submit(refusal.into()))
    }

    /// Open cases of a village.
    async fn waiting(&self, branch: Branch) -> Result<Vec<Waiting>, DemoError> {
        let seen = self.desk.engine().read(|view| {
            let state = view.bank.branch(branch)?;
            let cases = state.cases.iter().filter_map(|number| {
                let case = view.bank.case(*number).ok()?;
                let row = case.rows.iter().find(|row| !row.state.is_final())?;
                let item = &row.item;
                Some(Waiting {
                    number: *number,
                    household: row.household,
                    state: row.state,
                    since: row.since,
                    ranged: (item.points_min != item.points_max)
                        .then_some((item.points_min, item.points_max)),
                    points: row.points,
                    sheet: case.sheet,
                })
            });
            Ok::<_, crate::bank::Refusal>(cases.collect())
        });
        let seen = seen.await.map_err(|_| DemoError::Interrupted)?;
        seen.map_err(|refusal| DemoError::Submit(refusal.into()))
    }

    /// Returned declarations come again after two days, most of them.
    async fn completions(&mut self, village: &Village) -> Result<(), DemoError> {
        let now = self.desk.engine().now();
        for case in self.waiting(village.branch).await? {
            if case.state == State::Returned
                && case.since.plus_days(2) < now
                && case.since.plus_days(3) > now
                && self.dice.chance(75)
            {
                let photo = self.photographs(1).await?;
                let (quantity, deed_date) =
                    self.case(case.number, |open| (open.rows[0].quantity, open.deed_date)).await?;
                let declaration = case.number;
                let body = Body::Resubmit { declaration, quantity, deed_date, evidence: photo, note: None };
                let key = self.town.people.key(&village.resident(case.household));
                self.act(vec![Asked::new(body, &[&key])]).await?;
            }
        }
        Ok(())
    }

    /// Liaisons look at what came before today; a few are slow.
    async fn verdicts(&mut self, village: &Village, day: Day) -> Result<(), DemoError> {
        let mut asked = Vec::new();
        for case in self.waiting(village.branch).await? {
            if case.state != State::Submitted || case.since.day() == day || self.dice.chance(12) {
                continue;
            }
            let (verdict, ground) = match self.dice.below(100) {
                0..86 => (Verdict::Endorse, None),
                86..94 => (Verdict::Return, Some(Ground::EvidenceUnclear)),
                _ => (Verdict::Refuse, Some(GROUNDS[self.dice.below(GROUNDS.len())])),
            };
            let body = Body::Review { declaration: case.number, verdict, ground, note: None };
            let key = self.town.people.key(&village.liaison_of(case.household));
            asked.push(Asked::new(body, &[&key]));
        }
        self.act(asked).await?;
        Ok(())
    }

    /// The committee meets: five members go through what is still open, one after the other, until the quorum
    /// has closed it. Whoever has a conflict passes; a declaration in sixteen is thought doubtful.
    async fn meeting(&mut self, village: &Village) -> Result<(), DemoError> {
        for member in 1..=5 {
            let key = self.town.people.key(&village.name(&format!("committee-{member}")));
            let open = self.waiting(village.branch).await?;
            let votes = open.iter().filter(|case| case.state == State::Endorsed).map(|case| {
                let declarations = vec![case.number];
                if !case.sheet && case.number % 16 == 7 {
                    let ground = Some(Ground::NotDone);
                    return Body::Decide { declarations, vote: Vote::Refuse, points: None, ground };
                }
                let points = case.ranged.map(|(least, most)| least + (most - least) / 10 * (member - 1));
                Body::Decide { declarations, vote: Vote::Approve, points, ground: None }
            });
            self.act(votes.map(|body| Asked::new(body, &[&key])).collect()).await?;
        }
        Ok(())
    }

    /// The month's inspection, house by house.
    async fn inspection(&mut self, village: &Village, day: Day) -> Result<(), DemoError> {
        let record = format!("{} 月度检查记录 {}", village.branch, day).into_bytes();
        let record = self.desk.put(DocumentKind::Record, vec![record]).await?[0];
        let code = |text: &str| text.parse().expect("an item of the table");
        let rows = village.households.iter().filter_map(|household| {
            let item = match self.dice.below(100) {
                0..70 => code("R01"),
                70..90 => code("R02"),
                90..93 => code("D01"),
                93..95 => code("D04"),
                _ => return None,
            };
            Some(AssessRow { household: *household, item, quantity: 1 })
        });
        let rows = rows.collect();
        let clerk = self.town.people.key(&village.name("clerk"));
        let body = Body::Assess { branch: village.branch, date: day, rows, record };
        self.act(vec![Asked::new(body, &[&clerk])]).await?;
        Ok(())
    }

    /// A neighbour objects now and then; the head bank rules after some days.
    async fn objections(&mut self, village: &Village, number: usize) -> Result<(), DemoError> {
        let now = self.desk.engine().now();
        let open = self.waiting(village.branch).await?;
        let officer = self.town.people.key("officer-2");
        for case in open.iter().filter(|case| case.state == State::Objected) {
            if case.since.plus_days(3) > now {
                continue;
            }
            let (ruling, points) = match self.dice.below(3) {
                0 => (Ruling::Dismiss, 0),
                1 if case.points > 1 => (Ruling::Partial, (case.points / 2) as u32),
                _ => (Ruling::Uphold, 0),
            };
            let household = case.sheet.then_some(case.household);
            let declaration = case.number;
            let body = Body::Rule { declaration, household, ruling, points, statement: None };
            self.act(vec![Asked::new(body, &[&officer])]).await?;
        }
        let on_notice: Vec<&Waiting> =
            open.iter().filter(|case| case.state == State::OnNotice && !case.sheet).collect();
        if number % 5 == 4 && !on_notice.is_empty() {
            let case = on_notice[self.dice.below(on_notice.len())];
            let neighbour = self.someone(village);
            let statement = ["当天没有看到他家人参加，请再核实。".to_owned()];
            let statement = self.desk.seal(DocumentKind::Text, &statement).await?.first().copied();
            let body = Body::Object {
                declaration: case.number,
                household: None,
                ground: ObjectionGround::NotDone,
                statement,
                credited_by: None,
            };
            let key = village.card(&self.town.people, neighbour).key;
            self.act(vec![Asked::new(body, &[&key])]).await?;
        }
        Ok(())
    }

    /// House 17 of the first village loses its card; clerk and liaison make a new one.
    async fn lost_card(&mut self) -> Result<(), DemoError> {
        let village = &mut self.town.villages[0];
        let household = village.households[16];
        village.cards.insert(household, 2);
        let village = village.clone();
        let card = self.town.people.card(household, 2);
        let keys = [village.name("clerk"), village.liaison_of(household)].map(|n| self.town.people.key(&n));
        let (key, view_token_hash) = (public(&card.key), card.view_token_hash());
        let body = Body::IssuePassbook { household, key, view_token_hash };
        self.desk.must(vec![Asked::new(body, &[&keys[0], &keys[1]])]).await?;
        Ok(())
    }

    /// In the third village a credit is disputed, found false, and taken back.
    async fn dispute(&mut self) -> Result<(), DemoError> {
        let village = self.town.villages[self.town.villages.len() - 1].clone();
        let engine = self.desk.engine().clone();
        let found = find_credit(&engine, village.branch).await?;
        if let Some((declaration, credited_by)) = found {
            let supervisor = self.town.people.key(&village.name("supervisor"));
            let officer = self.town.people.key("officer-2");
            let object = Body::Object {
                declaration,
                household: None,
                ground: ObjectionGround::Forged,
                statement: None,
                credited_by: Some(credited_by),
            };
            let rule = Body::Rule {
                declaration,
                household: None,
                ruling: Ruling::Uphold,
                points: 0,
                statement: None,
            };
            self.desk.must(vec![Asked::new(object, &[&supervisor])]).await?;
            self.desk.must(vec![Asked::new(rule, &[&officer])]).await?;
        }
        Ok(())
    }
}

/// The newest single declaration of a branch that an entry credited, with that entry.
async fn find_credit(
    engine: &crate::engine::Engine,
    branch: Branch,
) -> Result<Option<(u64, u64)>, DemoError> {
    use crate::bank::effects::Change;
    use crate::engine::HistoryKind;

    let id = branch.number().to_be_bytes();
    let mut before = None;
    loop {
        let page = engine.history(HistoryKind::Branch, &id, before, 200).await;
        let page = page.map_err(|_| DemoError::Interrupted)?;
        for index in page.iter().copied() {
            let Ok(Some(bytes)) = engine.entry(index) else { continue };
            let Ok(entry) = crate::wire::Entry::decode(&bytes) else { continue };
            let credited = entry.effects.changes.iter().filter_map(|change| match change {
                Change::StateChanged { declaration, state: State::Credited, points, .. } if *points > 0 => {
                    Some(*declaration)
                }
                _ => None,
            });
            let credited: Vec<u64> = credited.collect();
            // A sheet is credited row by row, all under its one number.
            let is_single = |number: &&u64| credited.iter().filter(|other| other == number).count() == 1;
            if let Some(declaration) = credited.iter().find(is_single) {
                return Ok(Some((*declaration, index)));
            }
        }
        match page.last() {
            Some(last) => before = Some(*last),
            None => return Ok(None),
        }
    }
}

/// A small picture (BMP, 8 by 8) that no other equals: what a phone photograph is here.
fn picture(number: u64, dice: &mut Dice) -> Vec<u8> {
    let mut bmp = Vec::with_capacity(54 + 192);
    bmp.extend_from_slice(b"BM");
    for field in [246u32, 0, 54, 40, 8, 8] {
        bmp.extend_from_slice(&field.to_le_bytes());
    }
    bmp.extend_from_slice(&[1, 0, 24, 0]);
    for field in [0u32, 192, 2_835, 2_835, 0, 0] {
        bmp.extend_from_slice(&field.to_le_bytes());
    }
    let mut pixels = dice.bytes::<192>();
    pixels[..8].copy_from_slice(&number.to_le_bytes());
    bmp.extend_from_slice(&pixels);
    bmp
}

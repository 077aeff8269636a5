//! A new town: head bank, villages, households with their cards, offices, catalogue, shelves and budgets. The
//! size is a parameter, so that the same code makes a demo of three villages or a prefecture for a benchmark.

use crate::bank::command::{Appoint, Body, Holder, StockInLine};
use crate::bank::ids::{Branch, HouseholdId, PersonId, TerminalId};
use crate::bank::policy::{Bounds, Policy};
use crate::bank::time::Time;
use crate::bank::words::{FundSource, KinRelation, Role};
use crate::documents::DocumentKind;

use super::catalogue::{goods, items};
use super::desk::{Asked, Desk};
use super::people::{Card, People, made_up_name, public};
use super::{DemoError, MS_PER_HOUR};

/// How large a town is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Days of notice, one village each.
    pub notice_days: Vec<u32>,
    /// Households of each village: ten for each liaison, and more than ten for each committee member.
    pub households: u32,
    /// Liaisons of each village.
    pub liaisons: u32,
    /// Committee members of each village.
    pub committee: u32,
}

impl Plan {
    /// Three villages of 300 households; the third credits at once.
    pub fn demo() -> Self {
        Plan { notice_days: vec![7, 7, 0], households: 300, liaisons: 30, committee: 7 }
    }
}

/// One village as the demo sees it.
#[derive(Clone)]
pub struct Village {
    /// From 1.
    pub number: usize,
    /// Its branch.
    pub branch: Branch,
    /// Its households by number.
    pub households: Vec<HouseholdId>,
    /// Which card is in force, for those that lost one.
    pub cards: std::collections::BTreeMap<HouseholdId, u32>,
    liaisons: u32,
}

/// The town: its villages and everybody's keys.
#[derive(Clone)]
pub struct Town {
    /// Everybody's keys.
    pub people: People,
    /// The head bank.
    pub head: Branch,
    /// The villages.
    pub villages: Vec<Village>,
}

const NAMES: [&str; 6] = ["柳林村", "石桥村", "杏花村", "大槐树村", "南湖村", "望山村"];
const HEAD: &str = "370829199000";

impl Village {
    /// Name of one of its keys: `v1-clerk`.
    pub fn name(&self, of: &str) -> String {
        format!("v{}-{of}", self.number)
    }

    /// Name of a resident's key: `v1-resident-00001`.
    pub fn resident(&self, household: HouseholdId) -> String {
        self.name(&format!("resident-{:05}", household.serial()))
    }

    /// Key name of the liaison linked to a household. A liaison lives among the group before the one they
    /// review, so nobody reviews a neighbour who reviews them.
    pub fn liaison_of(&self, household: HouseholdId) -> String {
        self.name(&format!("liaison-{:02}", self.liaison_number(household) + 1))
    }

    fn liaison_number(&self, household: HouseholdId) -> u32 {
        let group = self.group_size();
        ((household.serial() - 1) / group + self.liaisons - 1) % self.liaisons
    }

    fn group_size(&self) -> u32 {
        (self.households.len() as u32).div_ceil(self.liaisons)
    }

    /// The household in which a liaison lives: the fifth of their own group.
    fn liaison_home(&self, liaison: u32) -> HouseholdId {
        let serial = liaison * self.group_size() + self.group_size().min(5);
        self.households[(serial - 1) as usize]
    }

    /// Who is the liaison linked to a household.
    pub fn liaison_person(&self, household: HouseholdId) -> PersonId {
        first_member(self.liaison_home(self.liaison_number(household)))
    }

    /// Committee member `member`, from 1.
    pub fn committee_person(&self, member: u32) -> PersonId {
        first_member(self.committee_home(member))
    }

    fn linked(&self, liaison: u32) -> Vec<HouseholdId> {
        self.households.iter().copied().filter(|id| self.liaison_number(*id) == liaison).collect()
    }

    /// The household of a committee member, from 1: the first of the village's groups, second house.
    pub fn committee_home(&self, member: u32) -> HouseholdId {
        self.households[((member - 1) * self.group_size() + 1) as usize % self.households.len()]
    }

    /// Its one terminal.
    pub fn terminal(&self) -> TerminalId {
        self.branch.terminal(1).expect("1 is a terminal's number")
    }

    /// The card in force.
    pub fn card(&self, people: &People, household: HouseholdId) -> Card {
        people.card(household, self.cards.get(&household).copied().unwrap_or(1))
    }
}

fn first_member(household: HouseholdId) -> PersonId {
    household.member(1).expect("1 is a member's number")
}

impl Town {
    /// The people and places of a plan; nothing is written yet.
    pub fn new(plan: &Plan, seed: [u8; 32]) -> Self {
        let head: Branch = HEAD.parse().expect("the head bank's code");
        let villages = (1..=plan.notice_days.len()).map(|number| {
            let code = head.number() + 200 + number as u64;
            let branch: Branch = format!("{code:012}").parse().expect("a village's code");
            let households =
                (1..=plan.households).map(|n| branch.household(n).expect("within 99999")).collect();
            let (liaisons, cards) = (plan.liaisons, Default::default());
            Village { number, branch, households, cards, liaisons }
        });
        Town { people: People::new(seed), head, villages: villages.collect() }
    }

    /// Writes entry 0 and everything that a town needs before its first deed.
    pub async fn found(&self, plan: &Plan, desk: &mut Desk) -> Result<(), DemoError> {
        let admin = self.people.key("officer-1");
        let policy = Policy::DEFAULT;
        let bounds = Bounds { min: Policy { notice_days: 0, ..Policy::LEAST }, max: Policy::MOST };
        let open =
            Body::OpenBank { head: self.head, title: "示范镇文明银行总行".into(), policy, bounds };
        desk.must(vec![Asked::new(open, &[&admin])]).await?;

        let second = self.head.staff(2).expect("2 is a staff number");
        let auditor = self.head.staff(3).expect("3 is a staff number");
        let mut first = Vec::new();
        for (person, name, role) in
            [(second, "officer-2", Role::Officer), (auditor, "auditor", Role::Auditor)]
        {
            first.extend(self.enrol_and_appoint(person, name, role, self.head, false, Vec::new()));
        }
        let today = desk.engine().now().day();
        first.push(Body::PublishCatalogue { branch: None, valid_from: today, items: items() });
        for (village, days) in self.villages.iter().zip(&plan.notice_days) {
            let (branch, title) = (village.branch, NAMES[(village.number - 1) % NAMES.len()].to_owned());
            first.push(Body::OpenBranch { branch, title });
            if *days != policy.notice_days {
                let policy = Policy { notice_days: *days, ..policy };
                first.push(Body::SetPolicy { branch: Some(branch), policy, bounds: None });
            }
            let (source, voucher) = (FundSource::County, None);
            first.push(Body::FundBudget { branch, source, fen: 1_600_000, points: 100_000, voucher });
            let source = FundSource::Collective;
            first.push(Body::FundBudget { branch, source, fen: 800_000, points: 50_000, voucher });
            let clerk = branch.staff(1).expect("1 is a staff number");
            first.extend(self.enrol_and_appoint(
                clerk,
                &village.name("clerk"),
                Role::Clerk,
                branch,
                false,
                vec![],
            ));
        }
        desk.must(first.into_iter().map(|body| Asked::new(body, &[&admin])).collect()).await?;

        for village in &self.villages {
            self.open_village(village, plan, desk).await?;
        }
        Ok(())
    }

    async fn open_village(&self, village: &Village, plan: &Plan, desk: &mut Desk) -> Result<(), DemoError> {
        let admin = self.people.key("officer-1");
        let clerk = self.people.key(&village.name("clerk"));
        let books = self.open_books(village, desk).await?;
        let asked = books.into_iter().map(|(household, body)| match body {
            // A phone's key is enrolled with the household's own card.
            Body::EnrolKey { .. } => Asked::new(body, &[&clerk, &self.people.card(household, 1).key]),
            _ => Asked::new(body, &[&clerk]),
        });
        desk.must(asked.collect()).await?;

        let mut offices = Vec::new();
        for member in 1..=plan.committee {
            let person = first_member(village.committee_home(member));
            let name = village.name(&format!("committee-{member}"));
            let chair = member == 1;
            offices.extend(self.enrol_and_appoint(
                person,
                &name,
                Role::Committee,
                village.branch,
                chair,
                vec![],
            ));
        }
        for liaison in 0..plan.liaisons {
            let person = first_member(village.liaison_home(liaison));
            let name = village.name(&format!("liaison-{:02}", liaison + 1));
            let linked = village.linked(liaison);
            offices.extend(self.enrol_and_appoint(
                person,
                &name,
                Role::Liaison,
                village.branch,
                false,
                linked,
            ));
        }
        let supervisor = first_member(village.households[2]);
        let cashier = village.branch.staff(2).expect("2 is a staff number");
        for (person, name, role) in
            [(supervisor, "supervisor", Role::Supervisor), (cashier, "cashier", Role::Cashier)]
        {
            offices.extend(self.enrol_and_appoint(
                person,
                &village.name(name),
                role,
                village.branch,
                false,
                vec![],
            ));
        }
        let key = public(&self.people.key(&village.name("terminal")));
        let holder = Holder::Terminal(village.terminal());
        offices.push(Body::EnrolKey { key, holder, valid_until: None });
        // The chair's brother keeps the seventh house.
        let other = first_member(village.households[6]);
        let person = first_member(village.committee_home(1));
        offices.push(Body::DeclareKin { person, other, relation: KinRelation::Sibling });
        desk.must(offices.into_iter().map(|body| Asked::new(body, &[&admin])).collect()).await?;

        let prices = Body::SetPrice { branch: village.branch, goods: goods() };
        let shelves = [prices, first_stock(village.branch)];
        desk.must(shelves.map(|body| Asked::new(body, &[&clerk])).into()).await?;
        Ok(())
    }

    /// A book, a card and a phone for every household. What the log holds of people are commitments; their
    /// made-up names lie sealed among the documents.
    async fn open_books(
        &self,
        village: &Village,
        desk: &mut Desk,
    ) -> Result<Vec<(HouseholdId, Body)>, DemoError> {
        let mut dice = self.people.dice(&format!("members of {}", village.branch));
        let mut members = Vec::new();
        let sizes: Vec<usize> = village.households.iter().map(|_| 2 + dice.below(3)).collect();
        for size in &sizes {
            for _ in 0..*size {
                let phone = 10_000_000 + dice.below(89_999_999);
                members
                    .push(format!("{{\"name\":\"{}\",\"phone\":\"000{phone}\"}}", made_up_name(&mut dice)));
            }
        }
        let commitments = desk.seal(DocumentKind::Identity, &members).await?;
        let consent = desk.seal(DocumentKind::Text, &["同意加入文明银行，可随时退出。".to_owned()]).await?[0];
        let mut commitments = commitments.into_iter();
        let mut bodies = Vec::new();
        for (id, size) in village.households.iter().zip(sizes) {
            let members = commitments.by_ref().take(size).collect();
            bodies.push((*id, Body::OpenHousehold { household: *id, members, consent }));
            let card = self.people.card(*id, 1);
            let (key, view_token_hash) = (public(&card.key), card.view_token_hash());
            bodies.push((*id, Body::IssuePassbook { household: *id, key, view_token_hash }));
            let key = public(&self.people.key(&village.resident(*id)));
            let holder = Holder::Person(first_member(*id));
            bodies.push((*id, Body::EnrolKey { key, holder, valid_until: None }));
        }
        Ok(bodies)
    }

    fn enrol_and_appoint(
        &self,
        person: PersonId,
        name: &str,
        role: Role,
        branch: Branch,
        chair: bool,
        households: Vec<HouseholdId>,
    ) -> [Body; 2] {
        let key = public(&self.people.key(name));
        let enrol = Body::EnrolKey { key, holder: Holder::Person(person), valid_until: None };
        let appoint = Appoint { person, role, branch, chair, households, valid_until: None };
        [enrol, Body::Appoint(appoint)]
    }

    /// Names and keys of everybody, for key files.
    pub fn keys(&self, plan: &Plan) -> Vec<String> {
        let mut names: Vec<String> = ["officer-1", "officer-2", "auditor"].map(str::to_owned).into();
        for village in &self.villages {
            names.extend(["clerk", "supervisor", "cashier", "terminal"].map(|of| village.name(of)));
            names.extend((1..=plan.committee).map(|n| village.name(&format!("committee-{n}"))));
            names.extend((1..=plan.liaisons).map(|n| village.name(&format!("liaison-{n:02}"))));
            names.extend(village.households.iter().map(|id| village.resident(*id)));
        }
        names
    }
}

/// What lies on the shelves on the first day; also what comes in with each delivery.
pub fn first_stock(branch: Branch) -> Body {
    let lines = goods()
        .iter()
        .map(|price| StockInLine {
            sku: price.sku,
            quantity: if price.points <= 5 { 3_000 } else { 60 },
            cost_fen: i64::from(price.points) * 16 * if price.points <= 5 { 3_000 } else { 60 },
            best_before: None,
        })
        .collect();
    Body::StockIn { branch, lines, source: FundSource::Town, receipt: None }
}

/// Eight in the morning of a day.
pub fn morning(day: crate::bank::time::Day) -> Time {
    Time(day.start().0 + 8 * MS_PER_HOUR)
}

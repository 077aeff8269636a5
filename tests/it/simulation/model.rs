//! The naive model: what careful clerks with paper and pencil would keep, written apart from the rules. It reads
//! what was asked (never what an entry says that it did), says for every command whether it may be written
//! (`says`), and adds up for itself (`acts`). The types of ids, words and commands are the bank's; no rule is.

mod acts;
mod compare;
mod public;
mod says;
mod votes;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use civbank::bank::command::{Item, RedeemLine};
use civbank::bank::ids::{Branch, Digest, HouseholdId, ItemCode, PersonId, PublicKey, Sku};
use civbank::bank::policy::Policy;
use civbank::bank::time::{Day, Month, Time};
use civbank::bank::words::{CapWindow, ItemKind, ItemSubject, Role, State, Vote};

pub use says::{Pin, Says};

/// What is wrong, in words. The ordinary run panics with it, the run with planted mistakes counts it as found.
#[derive(Debug)]
pub struct Wrong(pub String);

pub type Checked<T = ()> = Result<T, Wrong>;

/// Answers that something is wrong unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($words:tt)+) => {
        if !$holds {
            return Err($crate::it::simulation::model::Wrong(format!($($words)+)));
        }
    };
}
pub(super) use ensure;

/// Who signs with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Person(PersonId),
    Terminal(Branch),
    Card(HouseholdId),
}

#[derive(Debug, Clone)]
pub struct Row {
    pub household: HouseholdId,
    pub member: u8,
    pub item: Item,
    pub quantity: u32,
    pub state: State,
    pub since: Time,
    pub points: i64,
    pub until: Time,
    pub approved_at: Option<Time>,
    pub escalated: u32,
}

impl Row {
    pub fn earns(&self) -> bool {
        matches!(self.item.kind, ItemKind::Deed | ItemKind::Bonus)
    }
}

#[derive(Debug, Clone)]
pub struct Case {
    pub branch: Branch,
    pub sheet: bool,
    pub day: Day,
    pub evidence: Vec<Digest>,
    /// The clerk of a sheet, the reviewers of a declaration: they have no vote.
    pub handled: BTreeSet<PersonId>,
    pub ballots: Vec<(PersonId, Vote, Option<u32>)>,
    pub rows: Vec<Row>,
}

impl Case {
    pub fn is_open(&self) -> bool {
        self.rows.iter().any(|row| !row.state.is_final())
    }
}

#[derive(Debug, Clone)]
pub struct Purchase {
    pub household: HouseholdId,
    pub shop: Branch,
    pub lines: Vec<RedeemLine>,
    pub back: BTreeMap<Sku, u32>,
    /// The last month of each single point, in the order in which they were taken.
    pub paid: Vec<Month>,
    /// How many of them came back, from the end.
    pub repaid: usize,
    pub day: Day,
}

#[derive(Debug, Clone)]
pub struct Shelf {
    pub points: u32,
    pub version: u32,
    pub before: Option<(u32, Time)>,
    pub limit: u32,
    pub stock: i64,
}

#[derive(Debug, Clone, Default)]
pub struct House {
    pub lots: BTreeMap<Month, i64>,
    pub debt: i64,
    pub score: Option<(u16, i64)>,
    /// Of which document the PIN is, and whether it is locked.
    pub pin: Option<Digest>,
    pub locked: bool,
    /// Misses since the bank was started.
    pub misses: u32,
    /// Objections and disputes that are open.
    pub objections: u32,
    pub cards: u32,
    pub card: Option<PublicKey>,
    pub spent_free: BTreeMap<Day, i64>,
    /// May stand on the board.
    pub public: bool,
}

impl House {
    pub fn points(&self) -> i64 {
        self.lots.values().sum()
    }
}

/// A credit that may be disputed, or is, or was.
#[derive(Debug, Clone)]
pub struct Credit {
    pub entry: u64,
    pub points: i64,
    /// What of it a ruling left.
    pub kept: i64,
    pub at: Time,
    pub disputed: bool,
    pub ruled: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Request {
    pub index: u64,
    pub digest: [u8; 16],
    pub end: Time,
}

#[derive(Default)]
pub struct Model {
    pub size: u64,
    pub time: Time,
    pub who: HashMap<PublicKey, Who>,
    pub offices: BTreeSet<(Branch, Role, PersonId)>,
    pub liaisons: BTreeMap<HouseholdId, PersonId>,
    kin: BTreeSet<(HouseholdId, HouseholdId)>,
    pub policies: BTreeMap<Branch, Policy>,
    pub items: BTreeMap<ItemCode, Item>,
    items_from: Option<Day>,
    pub shelves: BTreeMap<(Branch, Sku), Shelf>,
    pub houses: BTreeMap<HouseholdId, House>,
    pub cases: BTreeMap<u64, Case>,
    /// Cases that have not ended.
    pub open: BTreeSet<u64>,
    evidence: BTreeSet<Digest>,
    /// Whose member reviewed whom, and when last.
    reviews: BTreeMap<(HouseholdId, HouseholdId), Time>,
    pub credits: BTreeMap<(u64, HouseholdId), Credit>,
    pub purchases: BTreeMap<u64, Purchase>,
    taken: BTreeMap<(HouseholdId, Sku, Month), i64>,
    pub budget: BTreeMap<Branch, i64>,
    notice: BTreeMap<Branch, i64>,
    redeemed: BTreeMap<Branch, i64>,
    expired: BTreeMap<Branch, i64>,
    recovered: BTreeMap<Branch, i64>,
    pub suggestions: BTreeMap<u64, public::Said>,
    /// What became of rows, one tally for each word and month.
    tallies: BTreeMap<(Branch, Month, public::Tally), u64>,
    pub requests: HashMap<[u8; 16], Request>,
    /// PINs that were tried beside commands.
    pub pins: HashMap<[u8; 16], Pin>,
    /// Households whose PIN must be locked now.
    pub to_lock: BTreeSet<HouseholdId>,
}

fn add<K: Ord>(sums: &mut BTreeMap<K, i64>, key: K, amount: i64) {
    *sums.entry(key).or_default() += amount;
}

fn of<K: Ord>(sums: &BTreeMap<K, i64>, key: &K) -> i64 {
    sums.get(key).copied().unwrap_or_default()
}

/// The years, quarters or months of two days are the same.
fn same_window(window: CapWindow, one: Day, other: Day) -> bool {
    let ((year, month, _), (other_year, other_month, _)) = (one.ymd(), other.ymd());
    match window {
        CapWindow::Event => false,
        CapWindow::Once => true,
        CapWindow::Year => year == other_year,
        CapWindow::Quarter => (year, (month - 1) / 3) == (other_year, (other_month - 1) / 3),
        CapWindow::Month => (year, month) == (other_year, other_month),
    }
}

/// The morning after so many further working days.
fn working_days_after(from: Day, count: u32) -> Time {
    let mut day = from;
    let mut left = count;
    loop {
        day = day.plus(1);
        if left == 0 {
            return day.start();
        }
        // 2000-01-01 was a Saturday.
        let weekday = (day.0 - Day::from_ymd(2000, 1, 1).expect("a day").0).rem_euclid(7);
        if weekday > 1 {
            left -= 1;
        }
    }
}

impl Model {
    fn holds(&self, person: PersonId, role: Role, branch: Branch) -> bool {
        self.offices.contains(&(branch, role, person))
    }

    pub fn seated(&self, branch: Branch) -> Vec<PersonId> {
        let members = self.offices.iter().filter(|(b, role, _)| (*b, *role) == (branch, Role::Committee));
        members.map(|(.., person)| *person).collect()
    }

    /// Own household or kin of it.
    pub fn is_near(&self, person: PersonId, household: HouseholdId) -> bool {
        let own = person.household();
        own == Some(household) || own.is_some_and(|own| self.kin.contains(&(own, household)))
    }

    /// Units of an item that a household (or a member) has used in the window of a day.
    fn used(&self, id: HouseholdId, member: u8, item: &Item, day: Day) -> u32 {
        let freed = [State::Refused, State::Withdrawn, State::Voided];
        let cases = self.cases.values().filter(|case| same_window(item.cap_window, case.day, day));
        let rows = cases.flat_map(|case| &case.rows).filter(|row| {
            row.household == id
                && row.item.code == item.code
                && (item.subject == ItemSubject::Household || row.member == member)
                && !freed.contains(&row.state)
        });
        rows.map(|row| row.quantity).sum()
    }

    /// Points of a month's deeds that count: those of a member, or (0) of the household.
    fn month_points(&self, id: HouseholdId, member: u8, month: Month) -> i64 {
        let counts = [State::OnNotice, State::Objected, State::Credited];
        let cases = self.cases.values().filter(|case| case.day.month() == month);
        let rows = cases.flat_map(|case| &case.rows).filter(|row| {
            row.household == id
                && (member == 0 || row.member == member)
                && row.earns()
                && counts.contains(&row.state)
        });
        rows.map(|row| row.points).sum()
    }

    /// Whether a month has room for so many points more, beside what the same command brings already.
    fn has_month_room(&self, id: HouseholdId, member: u8, day: Day, more: i64, beside: (i64, i64)) -> bool {
        let (policy, month) = (&self.policies[&id.branch()], day.month());
        let room = |cap: u32, used: i64| cap == 0 || used + more <= i64::from(cap);
        let person =
            member == 0 || room(policy.person_month_points, self.month_points(id, member, month) + beside.0);
        person && room(policy.household_month_points, self.month_points(id, 0, month) + beside.1)
    }

    /// When the bank itself must act on a row, and whether that ends it.
    pub fn row_due(&self, branch: Branch, row: &Row) -> Option<(Time, bool)> {
        let policy = &self.policies[&branch];
        let late = |days: u32| (working_days_after(row.since.day(), days), false);
        let pending = |from: Time| (from.plus_days(i64::from(policy.pending_days)), true);
        match (row.state, row.escalated) {
            (State::Submitted, 0) => Some(late(policy.review_days)),
            (State::Submitted, 1) => Some(late(2 * policy.review_days)),
            (State::Endorsed, 0) => Some(late(policy.decide_days)),
            (State::Returned, _) => Some(pending(row.since)),
            (State::Objected, escalated) => {
                let end = pending(row.approved_at.unwrap_or(row.since));
                let ruling = row.since.plus_days(10);
                Some(if escalated == 0 && ruling < end.0 { (ruling, false) } else { end })
            }
            _ => None,
        }
    }

    /// What the bank should have done by itself by now, and did not.
    pub fn overdue(&self, now: Time) -> Checked {
        for number in &self.open {
            let case = &self.cases[number];
            for row in &case.rows {
                let noticed = row.state == State::OnNotice && row.until <= now;
                ensure!(!noticed, "notice of {number} is over and it is not credited");
                let late = self.row_due(case.branch, row).is_some_and(|(at, _)| at <= now);
                ensure!(!late, "{number} is late in {:?} and nobody hears of it", row.state);
            }
        }
        let month = now.day().month();
        for (id, house) in self.houses.iter().filter(|(_, house)| house.objections == 0) {
            let old = house.lots.first_key_value().filter(|(last, _)| **last < month);
            ensure!(old.is_none(), "{id} has points that should have lapsed: {old:?}");
        }
        Ok(())
    }
}

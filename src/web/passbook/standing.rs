//! Where a household stands at one size of the log: everything a page needs of current state, taken out in
//! one short look, so that the writer is not held up and the page does not mix two moments.

use crate::bank::ids::{Digest, HouseholdId, PersonId, Sku};
use crate::bank::policy::Policy;
use crate::bank::time::{Day, Time};
use crate::bank::words::{State, Vote};
use crate::bank::{Bank, Case, Household, Row};
use crate::engine::View;

use super::stages::OpenRow;

/// Lots that lapse within this many days are pointed out.
pub(super) const EXPIRING_DAYS: i32 = 90;

/// The goods in which a balance is also told. Not what the bank is about, but what everybody can picture.
const EGG: &str = "egg";

/// A household's passbook as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whose.
    pub household: HouseholdId,
    /// Entries it rests on: history is read below this.
    pub size: u64,
    /// The clock, never before the newest entry.
    pub now: Time,
    /// Name of the bank.
    pub bank: String,
    /// Name of the branch.
    pub branch: String,
    /// Settings in force at the branch.
    pub policy: Policy,
    /// The book is closed.
    pub closed: bool,
    /// Number of the card.
    pub card: u32,
    /// Spendable points.
    pub points: i64,
    /// Score of this year.
    pub score: i64,
    /// Lost this year's stars and honours.
    pub vetoed: bool,
    /// Owed from points taken back after they were spent.
    pub debt: i64,
    /// Lots that lapse soon, earliest first: last day and points.
    pub expiring: Vec<(Day, i64)>,
    /// An open objection stops the clock of the lots.
    pub clock_stopped: bool,
    /// It has a PIN.
    pub has_pin: bool,
    /// The PIN is locked.
    pub pin_locked: bool,
    /// What an egg costs, where there are eggs on the shelf.
    pub egg_points: Option<i64>,
    /// The liaison linked to it.
    pub liaison: Option<PersonId>,
    /// Open rows of cases, newest first. Disputes of what was credited long ago are not among them.
    pub open: Vec<OpenRow>,
    /// How many such disputes there are; history says which.
    pub disputes: u32,
    /// When the oldest open case was filed: history is read at least that far back.
    pub open_since: Option<Time>,
}

impl Standing {
    /// The passbook whose view token has this hash; none where no card in force has it.
    pub(super) fn find(view: &View, token: &Digest) -> Option<Standing> {
        let household = view.bank.household_by_view_token(token)?;
        Standing::of(view, household)
    }

    fn of(view: &View, id: HouseholdId) -> Option<Standing> {
        let (bank, now) = (view.bank, view.now);
        let today = now.day();
        let household = bank.household(id).ok()?;
        let branch = bank.branch(id.branch()).ok()?;
        let policy = bank.policy(id.branch());
        let seated = bank.seated(id.branch(), now);
        let needed = policy.votes_needed(seated.len() as u32);

        let mut open = Vec::new();
        let mut open_since: Option<Time> = None;
        for number in branch.cases.iter().rev() {
            let Ok(case) = bank.case(*number) else { continue };
            for row in case.rows.iter().filter(|row| row.household == id && !row.state.is_final()) {
                open_since = Some(open_since.map_or(case.filed_at, |since| since.min(case.filed_at)));
                open.push(open_row(bank, *number, case, row, (&seated, needed)));
            }
        }
        let objected = open.iter().filter(|row| row.state == State::Objected).count() as u32;
        Some(Standing {
            household: id,
            size: view.size,
            now,
            bank: bank.branch(bank.head()).map_or(String::new(), |head| head.title.clone()),
            branch: branch.title.clone(),
            policy,
            closed: household.closed,
            card: household.passbook.map_or(0, |passbook| passbook.card.get()),
            points: household.points.balance,
            score: household.score_on(today),
            vetoed: household.veto_year == today.year(),
            debt: household.debt,
            expiring: expiring(household, today),
            clock_stopped: household.objections > 0,
            has_pin: household.pin.is_some(),
            pin_locked: household.pin_locked,
            egg_points: egg_points(bank, id),
            liaison: household.liaison,
            open,
            disputes: household.objections.saturating_sub(objected),
            open_since,
        })
    }
}

/// A row with the votes that count: of members who still sit and are not partial here. `quorum` is who sits and
/// how many of them must approve.
fn open_row(bank: &Bank, number: u64, case: &Case, row: &Row, quorum: (&[PersonId], u32)) -> OpenRow {
    let (seated, needed) = quorum;
    let counts = |person| seated.contains(&person) && bank.conflict(person, row.household).is_none();
    let approvals =
        case.ballots.iter().filter(|ballot| ballot.vote == Vote::Approve && counts(ballot.person)).count()
            as u32;
    OpenRow {
        number,
        by_sheet: case.sheet,
        title: row.item.title.clone(),
        kind: row.item.kind,
        quantity: row.quantity,
        deed_date: case.deed_date,
        state: row.state,
        since: row.since,
        until: row.until,
        points: row.points,
        escalated: row.escalated,
        approvals,
        needed,
    }
}

/// Lots whose last day is near, or past and not yet taken.
fn expiring(household: &Household, today: Day) -> Vec<(Day, i64)> {
    let lots = household.lots.iter().map(|lot| (lot.month.end().plus(-1), lot.amount));
    lots.take_while(|(last, _)| *last <= today.plus(EXPIRING_DAYS)).collect()
}

fn egg_points(bank: &Bank, id: HouseholdId) -> Option<i64> {
    let egg: Sku = EGG.parse().ok()?;
    let shelf = bank.shelf(id.branch(), egg).ok()?;
    (shelf.stock > 0 && shelf.price.points > 0).then(|| i64::from(shelf.price.points))
}

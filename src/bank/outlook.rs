//! What stands in the way of a vote or a verdict, told before anybody signs: the rules' own checks, asked without a
//! command. Nothing here decides; what is signed later is decided anew.

use super::Bank;
use super::case::Row;
use super::command::Item;
use super::decision::Asked;
use super::ids::{HouseholdId, PersonId};
use super::refusal::Refusal;
use super::time::{Day, Time};
use super::words::{ItemKind, ItemSubject, State, Verdict, Vote};

/// A declaration or sheet as one committee member would vote on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook<'a> {
    /// Why the member has no vote on it now; none: they have one.
    pub bar: Option<Refusal>,
    /// Rows that wait for the committee.
    pub rows: Vec<RowOutlook<'a>>,
}

/// One waiting row of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOutlook<'a> {
    /// The row.
    pub row: &'a Row,
    /// Why the member's vote does not count on this row: of a sheet, others may count.
    pub conflict: Option<&'static str>,
    /// Least points that a quorum takes out of the budget for it; 0 for what earns nothing.
    pub least: u32,
    /// Most points.
    pub most: u32,
    /// The month's cap that the least points would go over.
    pub over: Option<Refusal>,
    /// The cap that the most points would go over; also where the least do.
    pub over_at_most: Option<Refusal>,
}

impl Bank {
    /// How a vote of this person would stand.
    ///
    /// # Errors
    ///
    /// [`Refusal::DeclarationNotOpen`].
    pub fn outlook(&self, declaration: u64, person: PersonId) -> Result<Outlook<'_>, Refusal> {
        let case = self.case(declaration)?;
        // A vote against asks for no points; whether a vote is possible at all is the same for both.
        let asked = Asked { person, vote: Vote::Refuse, points: None, ground: None };
        let bar = self.check_vote(declaration, case, &asked).err();
        let waiting = case.rows.iter().filter(|row| row.state == State::Endorsed);
        let rows = waiting.map(|row| {
            let units = if row.earns() { row.quantity } else { 0 };
            let (least, most) =
                (row.item.points_min.saturating_mul(units), row.item.points_max.saturating_mul(units));
            let over = |points| {
                let check = || {
                    self.check_month_points(row.household, row.member, case.deed_date, points, (0, 0)).err()
                };
                if row.earns() { check() } else { None }
            };
            RowOutlook {
                row,
                conflict: self.conflict(person, row.household),
                least,
                most,
                over: over(least),
                over_at_most: over(most),
            }
        });
        Ok(Outlook { bar, rows: rows.collect() })
    }

    /// Why this person cannot endorse a declaration, whoever its liaison is; none: the rules let them.
    pub fn verdict_bar(&self, declaration: u64, person: PersonId, now: Time) -> Option<Refusal> {
        self.decide_review(declaration, Verdict::Endorse, None, person, now).err()
    }

    /// Items that a resident may declare: what earns, in force in the household's branch on a day.
    pub fn declarable(&self, id: HouseholdId, day: Day) -> Vec<std::sync::Arc<Item>> {
        let (mut items, _, _) = self.catalogue(Some(id.branch()), day);
        items.retain(|item| matches!(item.kind, ItemKind::Deed | ItemKind::Bonus));
        items
    }

    /// Units of an item that are used up in the window of a day: of the household (one number), or of each member
    /// from the first where the item counts persons. None for items without a cap.
    ///
    /// # Errors
    ///
    /// [`Refusal::HouseholdUnknown`].
    pub fn cap_used(&self, id: HouseholdId, item: &Item, day: Day) -> Result<Option<Vec<u32>>, Refusal> {
        let household = self.household(id)?;
        let members = match item.subject {
            ItemSubject::Household => 0..=0,
            ItemSubject::Person => 1..=household.members,
        };
        Ok(members.map(|member| household.cap_used(member, item, day)).collect())
    }

    /// Points that count toward the caps of a day's month: a member's, or the household's for 0.
    ///
    /// # Errors
    ///
    /// [`Refusal::HouseholdUnknown`].
    pub fn month_points_used(&self, id: HouseholdId, member: u8, day: Day) -> Result<u32, Refusal> {
        Ok(self.household(id)?.month_used(member, day))
    }
}

//! What declarations and sheets' rows are about. Lines and refusals name a declaration by its number only;
//! the entry with that number says the item, and the newest resubmission says the quantity and the day.

use std::collections::BTreeMap;

use crate::bank::effects::Change;
use crate::bank::ids::ItemCode;
use crate::bank::time::Day;

use super::past::Past;

/// One declaration, or the household's row of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slip {
    /// The item.
    pub item: ItemCode,
    /// Units of quantity.
    pub quantity: u32,
    /// Day of the deed or inspection.
    pub deed_date: Day,
    /// A row of an inspection sheet.
    pub by_sheet: bool,
}

/// What is known so far, by number.
#[derive(Debug, Default)]
pub(super) struct Slips {
    filed: BTreeMap<u64, Slip>,
    /// Newest quantity and day of what was returned and came again.
    again: BTreeMap<u64, (u32, Day)>,
}

impl Slips {
    /// Learns from an entry. Entries come newest first, so the first resubmission that is seen holds.
    pub(super) fn learn(&mut self, past: &Past) {
        for change in &past.effects.changes {
            match change {
                Change::DeclarationFiled { item, quantity, deed_date, .. } => {
                    let (item, quantity, deed_date) = (*item, *quantity, *deed_date);
                    self.filed.insert(past.index, Slip { item, quantity, deed_date, by_sheet: false });
                }
                Change::DeclarationResubmitted { declaration, quantity, deed_date, .. } => {
                    self.again.entry(*declaration).or_insert((*quantity, *deed_date));
                }
                Change::SheetFiled { date, rows, .. } => {
                    self.filed.extend(rows.first().map(|row| {
                        let (item, quantity) = (row.item, row.quantity);
                        (past.index, Slip { item, quantity, deed_date: *date, by_sheet: true })
                    }));
                }
                _ => {}
            }
        }
    }

    /// What a number is about, as it stood when its last word was spoken.
    pub(super) fn get(&self, number: u64) -> Option<Slip> {
        let slip = *self.filed.get(&number)?;
        Some(match self.again.get(&number) {
            Some((quantity, deed_date)) => Slip { quantity: *quantity, deed_date: *deed_date, ..slip },
            None => slip,
        })
    }

    /// Numbers of rows that moved in these entries and are not known yet.
    pub(super) fn unknown<'a>(&self, pasts: impl IntoIterator<Item = &'a Past>) -> Vec<u64> {
        let mut numbers: Vec<u64> =
            pasts.into_iter().flat_map(Past::moved).map(|moved| moved.declaration).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.retain(|number| !self.filed.contains_key(number));
        numbers
    }
}

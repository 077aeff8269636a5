//! Inspection sheets: many households in one command, then the committee's quorum.

use super::Bank;
use super::case::{Case, Row};
use super::command::AssessRow;
use super::effects::{Change, Effects, SheetRow};
use super::ids::{Branch, Digest, PersonId};
use super::refusal::Refusal;
use super::time::{Day, Time};
use super::words::{ItemKind, ItemSubject, State};

impl Bank {
    pub(super) fn decide_assess(
        &self,
        branch: Branch,
        date: Day,
        rows: &[AssessRow],
        record: &Digest,
        clerk: PersonId,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let mut filed = Vec::with_capacity(rows.len());
        let mut earning = Vec::new();
        for row in rows {
            let id = row.household;
            self.open_household(id)?;
            if id.branch() != branch {
                return Err(Refusal::HouseholdUnknown { household: id });
            }
            let (version, item) = self.item(branch, row.item, date)?;
            match item.kind {
                ItemKind::Deed | ItemKind::Bonus => {
                    if item.subject == ItemSubject::Person {
                        return Err(Refusal::ItemSubjectMismatch { item: row.item, wants: "member" });
                    }
                    earning.push((id, item, row.quantity));
                }
                ItemKind::Deduction | ItemKind::Veto => {}
            }
            filed.push(SheetRow { household: id, item: row.item, quantity: row.quantity, version });
        }
        self.check_deed_day(branch, date, now)?;
        if self.evidence.seen(record) {
            return Err(Refusal::EvidenceReused { evidence: *record });
        }
        for (id, item, quantity) in earning {
            self.check_item_cap(id, 0, &item, date, quantity, 0)?;
            let least = item.points_min.saturating_mul(quantity);
            self.check_month_points(id, 0, date, least, (0, 0))?;
        }
        Ok(Change::SheetFiled { branch, date, clerk, rows: filed, record: *record }.into())
    }

    pub(super) fn apply_sheet_filed(
        &mut self,
        number: u64,
        branch: Branch,
        date: Day,
        clerk: PersonId,
        rows: &[SheetRow],
        record: Digest,
    ) {
        let now = self.time;
        self.evidence.remember(now.day(), &[record]);
        let rows = rows
            .iter()
            .map(|row| {
                let (_, item) =
                    self.item(branch, row.item, date).expect("a sheet was filed for items in force");
                Row::new(row.household, 0, item, row.quantity, State::Endorsed, now)
            })
            .collect();
        self.apply_filed(
            number,
            Case {
                branch,
                sheet: true,
                filed_at: now,
                deed_date: date,
                evidence: vec![record],
                filer: Some(clerk),
                reviewer: None,
                filers: vec![clerk],
                reviewers: Vec::new(),
                ballots: Vec::new(),
                rows,
                due: None,
            },
        );
    }
}

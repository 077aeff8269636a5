//! Declaring a good deed, taking it back, and completing one that was returned.

use super::Bank;
use super::caps::same_window;
use super::case::{Case, Row};
use super::command::{Declare, Item};
use super::effects::{Change, Effects};
use super::ids::{Branch, Digest, PersonId};
use super::refusal::Refusal;
use super::time::{Day, Time};
use super::words::{ItemKind, ItemSubject, State};

/// Pieces of evidence that one declaration takes in all.
const EVIDENCE_MAX: u32 = 9;

/// What a resubmission asks, beside the declaration's number.
pub(super) struct Again<'a> {
    pub(super) quantity: u32,
    pub(super) deed_date: Day,
    pub(super) evidence: &'a [Digest],
}

impl Bank {
    pub(super) fn decide_declare(
        &self,
        asked: &Declare,
        proxy: Option<PersonId>,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let id = asked.household;
        let household = self.open_household(id)?;
        if asked.member > household.members {
            return Err(Refusal::MemberUnknown { household: id, member: asked.member });
        }
        let (version, item) = self.item(id.branch(), asked.item, asked.deed_date)?;
        check_declarable(&item, asked.member)?;
        self.check_deed_day(id.branch(), asked.deed_date, now)?;
        self.check_evidence(&item, &asked.evidence, 0)?;
        self.check_item_cap(id, asked.member, &item, asked.deed_date, asked.quantity, 0)?;
        let least = item.points_min.saturating_mul(asked.quantity);
        self.check_month_points(id, asked.member, asked.deed_date, least, (0, 0))?;
        Ok(Change::DeclarationFiled {
            household: id,
            member: asked.member,
            item: asked.item,
            quantity: asked.quantity,
            deed_date: asked.deed_date,
            evidence: asked.evidence.clone(),
            channel: asked.channel,
            proxy,
            version,
        }
        .into())
    }

    pub(super) fn decide_resubmit(
        &self,
        declaration: u64,
        again: &Again,
        proxy: Option<PersonId>,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let case = self.case(declaration)?;
        let row = case.row(declaration, None)?;
        let id = row.household;
        let (_, item) = self.item(case.branch, row.item.code, again.deed_date)?;
        check_declarable(&item, row.member)?;
        self.check_deed_day(id.branch(), again.deed_date, now)?;
        self.check_evidence(&item, again.evidence, case.evidence.len() as u32)?;
        let same = same_window(&row.item, case.deed_date, &item, again.deed_date);
        let freed = if same { row.quantity } else { 0 };
        self.check_item_cap(id, row.member, &item, again.deed_date, again.quantity, freed)?;
        let least = item.points_min.saturating_mul(again.quantity);
        self.check_month_points(id, row.member, again.deed_date, least, (0, 0))?;
        self.declaration_in(declaration, &[State::Returned])?;
        let resubmitted = Change::DeclarationResubmitted {
            declaration,
            quantity: again.quantity,
            deed_date: again.deed_date,
            evidence: again.evidence.to_vec(),
            proxy,
        };
        let submitted = Change::StateChanged {
            declaration,
            household: id,
            state: State::Submitted,
            points: 0,
            until: None,
            ground: None,
        };
        Ok(Effects { postings: Vec::new(), changes: vec![resubmitted, submitted] })
    }

    pub(super) fn decide_withdraw(&self, declaration: u64) -> Result<Effects, Refusal> {
        let open = [State::Submitted, State::Returned, State::Endorsed];
        let (_, row) = self.declaration_in(declaration, &open)?;
        Ok(Change::StateChanged {
            declaration,
            household: row.household,
            state: State::Withdrawn,
            points: 0,
            until: None,
            ground: None,
        }
        .into())
    }

    /// A deed counts from its day on, and not for ever.
    pub(super) fn check_deed_day(&self, branch: Branch, date: Day, now: Time) -> Result<(), Refusal> {
        let today = now.day();
        if date > today {
            return Err(Refusal::DeedInFuture { date, today });
        }
        let days = self.policy(branch).deed_age_days;
        if date.plus(days as i32) < today {
            return Err(Refusal::DeedTooOld { date, days });
        }
        Ok(())
    }

    fn check_evidence(&self, item: &Item, evidence: &[Digest], so_far: u32) -> Result<(), Refusal> {
        if !item.evidence.is_empty() && evidence.is_empty() && so_far == 0 {
            return Err(Refusal::EvidenceWanted { item: item.code });
        }
        if let Some(evidence) = evidence.iter().find(|address| self.evidence.seen(address)) {
            return Err(Refusal::EvidenceReused { evidence: *evidence });
        }
        let asked = evidence.len() as u32;
        if so_far + asked > EVIDENCE_MAX {
            return Err(Refusal::EvidenceTooMuch { has: so_far, asked, max: EVIDENCE_MAX });
        }
        Ok(())
    }

    pub(super) fn apply_declaration_filed(&mut self, number: u64, change: &Change) {
        let Change::DeclarationFiled {
            household, member, item, quantity, deed_date, evidence, proxy, ..
        } = change
        else {
            return;
        };
        let (_, item) = self
            .item(household.branch(), *item, *deed_date)
            .expect("a declaration was filed for an item in force");
        let row = Row::new(*household, *member, item, *quantity, State::Submitted, self.time);
        self.evidence.remember(self.time.day(), evidence);
        self.apply_filed(
            number,
            Case {
                branch: household.branch(),
                sheet: false,
                filed_at: self.time,
                deed_date: *deed_date,
                evidence: evidence.clone(),
                filer: *proxy,
                reviewer: None,
                filers: proxy.iter().copied().collect(),
                reviewers: Vec::new(),
                ballots: Vec::new(),
                rows: vec![row],
                due: None,
            },
        );
    }

    pub(super) fn apply_resubmitted(
        &mut self,
        number: u64,
        quantity: u32,
        date: Day,
        evidence: &[Digest],
        proxy: Option<PersonId>,
    ) {
        let today = self.time.day();
        self.evidence.remember(today, evidence);
        let case = self.cases.get(&number).expect("changes name open declarations");
        let (branch, old_date, old) = (case.branch, case.deed_date, case.rows[0].clone());
        let (_, item) = self.item(branch, old.item.code, date).expect("resubmitted for an item in force");
        self.count_item(old.household, old.member, &old.item, old_date, -i64::from(old.quantity));
        self.count_item(old.household, old.member, &item, date, i64::from(quantity));
        if let Some(case) = self.cases.get_mut(&number) {
            case.deed_date = date;
            case.evidence.extend_from_slice(evidence);
            case.filer = proxy.or(case.filer);
            case.filers.extend(proxy);
            case.rows[0].quantity = quantity;
            case.rows[0].item = item;
        }
    }
}

/// Residents declare what earns; the rest comes by inspection sheet.
fn check_declarable(item: &Item, member: u8) -> Result<(), Refusal> {
    match item.kind {
        ItemKind::Deed | ItemKind::Bonus => {}
        ItemKind::Deduction | ItemKind::Veto => {
            return Err(Refusal::ItemNotDeclarable { item: item.code });
        }
    }
    let wants = match item.subject {
        ItemSubject::Person if member == 0 => "member",
        ItemSubject::Household if member != 0 => "household",
        ItemSubject::Person | ItemSubject::Household => return Ok(()),
    };
    Err(Refusal::ItemSubjectMismatch { item: item.code, wants })
}

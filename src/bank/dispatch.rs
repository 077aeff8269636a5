//! The ways in: every command to its rule, every change to its place.
//!
//! The order of refusals: is it for this bank, in time, and new; are its keys good; does what it names exist;
//! may these signers; then the rule's own ladder.

use std::num::NonZeroU32;

use super::authority::{Act, Acting, Party, Subject};
use super::case::Ballot;
use super::command::{Body, Command, Holder, SystemCommand};
use super::decision::Asked;
use super::declaration::Again;
use super::effects::{Change, Effects};
use super::household::Passbook;
use super::ids::{Branch, HouseholdId, PublicKey};
use super::invitation::Invitation;
use super::key::{KeyRecord, Signer};
use super::memory::Remembered;
use super::objection::Objector;
use super::redemption::Purchase;
use super::refund::Past;
use super::refusal::Refusal;
use super::time::Time;
use super::words::{InvitationState, Role};
use super::{Applied, Bank, Cited, Context, NOT_AFTER_DAYS_MAX, Opened};
use crate::planted::{self, Bug};

impl Bank {
    /// What a command would do now, or why not. Changes nothing.
    pub fn decide(&self, command: &Command, context: &Context) -> Result<Effects, Refusal> {
        let now = context.now;
        self.check_frame(command, context)?;
        if let Body::OpenBank { head, title, policy, bounds } = &command.body {
            return self.decide_open_bank(&command.origin, *head, title, *policy, *bounds, context);
        }
        let signers = self.signers(&command.body, context)?;
        let (act, subject) = self.act(&command.body, context)?;
        self.check_named(&command.body, now)?;
        // A new key's own signature stands for nobody yet; the old one's, or the invitation's, must be there too.
        let acting = match &command.body {
            Body::RotateKey { old, new } => {
                if !context.signers.contains(old) || !context.signers.contains(new) {
                    let (command, needs) = ("RotateKey", "the old key and the new key");
                    return Err(Refusal::SignatureMissing { command, needs });
                }
                return self.decide_rotate_key(*old, *new, now);
            }
            Body::AcceptInvitation { invitation, key } => {
                return self.decide_accept(*invitation, *key, context.signers, now);
            }
            _ => self.authorise(act, &signers, &subject, now)?,
        };
        self.decide_body(&command.body, context, &acting, &signers)
    }

    /// For this bank, alive, and not another command under a known id.
    fn check_frame(&self, command: &Command, context: &Context) -> Result<(), Refusal> {
        match self.origin() {
            None if !matches!(command.body, Body::OpenBank { .. }) => return Err(Refusal::BankNotOpen {}),
            Some(_) if matches!(command.body, Body::OpenBank { .. }) => {
                return Err(Refusal::BankAlreadyOpen {});
            }
            Some(origin) if origin != command.origin => {
                return Err(Refusal::WrongOrigin { origin: origin.to_owned() });
            }
            _ => {}
        }
        let (not_after_ms, now_ms) = (command.not_after.0, context.now.0);
        if command.not_after < context.now {
            return Err(Refusal::CommandExpired { not_after_ms, now_ms });
        }
        if command.not_after > context.now.plus_days(NOT_AFTER_DAYS_MAX) {
            return Err(Refusal::NotAfterTooFar { not_after_ms, now_ms });
        }
        match self.requests.get(&command.request_id) {
            Some(_) if planted::is(Bug::RetryWrittenAgain) => Ok(()),
            Some(Remembered { index, .. }) => Err(Refusal::RequestIdReused { index }),
            None => Ok(()),
        }
    }

    /// Who signs. Keys that the command itself brings into being may sign along, as proof that somebody has
    /// them; an invitation's key signs its acceptance and nothing else, for nobody holds it.
    fn signers(&self, body: &Body, context: &Context) -> Result<Vec<Signer>, Refusal> {
        let fresh = body.brings_key();
        let invited = match body {
            Body::AcceptInvitation { invitation, .. } => Some(*invitation),
            _ => None,
        };
        context
            .signers
            .iter()
            .filter(|key| Some(**key) != fresh && Some(**key) != invited)
            .map(|key| self.signer(key, context.now))
            .collect()
    }

    /// The row of the authority table, and what the command is about.
    fn act(&self, body: &Body, context: &Context) -> Result<(Act, Subject), Refusal> {
        let now = context.now;
        let branch_of = |branch: Branch| self.branch(branch).map(|_| Subject::branch(branch));
        let household_of = |id: HouseholdId| self.open_household(id).map(|_| Subject::household(id));
        Ok(match body {
            Body::OpenBank { .. } => return Err(Refusal::BankAlreadyOpen {}),
            Body::OpenBranch { .. } => (Act::OpenBranch, Subject::default()),
            Body::SetPolicy { branch: None, .. } => (Act::SetBankPolicy, Subject::default()),
            Body::SetPolicy { branch: Some(branch), .. } => (Act::SetBranchPolicy, branch_of(*branch)?),
            Body::EnrolKey { holder, .. } => {
                let acts = [Act::EnrolVillagerKey, Act::EnrolOfficeKey, Act::EnrolTerminalKey];
                self.act_for_key(*holder, acts, now)?
            }
            Body::RevokeKey { key, .. } => self.act_revoke(key, now)?,
            Body::Invite { holder, .. } => self.act_invite(*holder, now)?,
            Body::CancelInvitation { invitation } => self.act_cancel(*invitation, now)?,
            // Signed by the very keys that they name; the table is not asked.
            Body::RotateKey { .. } | Body::AcceptInvitation { .. } => (Act::RevokeKey, Subject::default()),
            Body::Appoint(asked) if asked.role == Role::Proxy => {
                let id = asked
                    .households
                    .first()
                    .copied()
                    .ok_or(Refusal::BranchUnknown { branch: asked.branch })?;
                (Act::AppointProxy, household_of(id)?)
            }
            Body::Appoint(asked) => (Act::AppointStaff, branch_of(asked.branch)?),
            Body::Dismiss { role: Role::Proxy, household: Some(id), .. } => {
                (Act::AppointProxy, household_of(*id)?)
            }
            Body::Dismiss { branch, .. } => (Act::AppointStaff, branch_of(*branch)?),
            Body::PublishCatalogue { branch, .. } => {
                (Act::PublishCatalogue, branch.map_or(Ok(Subject::default()), branch_of)?)
            }
            Body::FundBudget { branch, .. } => (Act::FundBudget, branch_of(*branch)?),
            Body::OpenHousehold { household, .. } => (Act::OpenHousehold, branch_of(household.branch())?),
            Body::CloseHousehold { household, .. } => (Act::CloseHousehold, household_of(*household)?),
            Body::DeclareKin { person, other, .. } => {
                let subject = branch_of(person.branch())?;
                (Act::DeclareKin, Subject { person: Some(*person), other: Some(*other), ..subject })
            }
            Body::IssuePassbook { household, .. } => {
                let first = self.open_household(*household)?.passbook.is_none();
                let first = first || planted::is(Bug::ClerkReplacesCards);
                let act = if first { Act::IssueFirstPassbook } else { Act::ReplacePassbook };
                (act, Subject::household(*household))
            }
            Body::SetPin { household, .. } => (Act::SetPin, household_of(*household)?),
            Body::Declare(asked) => (Act::Declare, household_of(asked.household)?),
            Body::Withdraw { declaration } | Body::Resubmit { declaration, .. } => {
                (Act::Declare, household_of(self.case(*declaration)?.row(*declaration, None)?.household)?)
            }
            Body::Review { declaration, .. } => {
                let row = self.case(*declaration)?.row(*declaration, None)?;
                let act = match row.escalated {
                    0 => Act::Review,
                    1 => Act::ReviewLate,
                    _ => Act::ReviewOverdue,
                };
                (act, household_of(row.household)?)
            }
            Body::Decide { declarations, .. } => (Act::Decide, self.subject_of_votes(declarations)?),
            Body::Object { declaration, household, credited_by: None, .. } => {
                let case = self.case(*declaration)?;
                case.row(*declaration, *household)?;
                (Act::Object, Subject::branch(case.branch))
            }
            Body::Object { declaration, household, .. } => {
                let cited = self.cited(body, context)?;
                let (id, _) = super::objection::credited(&cited, *declaration, *household)
                    .ok_or(Refusal::CitationWrong { index: cited.index })?;
                (Act::Object, Subject::branch(id.branch()))
            }
            Body::Rule { .. } => (Act::Rule, Subject::default()),
            Body::Assess { branch, .. } => (Act::Assess, branch_of(*branch)?),
            Body::StockIn { branch, .. } => (Act::StockIn, branch_of(*branch)?),
            Body::SetPrice { branch, .. } => (Act::SetPrice, branch_of(*branch)?),
            Body::StockCount { branch, .. } => (Act::StockCount, branch_of(*branch)?),
            // Any shop of the bank takes the points of any of its households.
            Body::Redeem { household, .. } => {
                (Act::Redeem, Subject { branch: None, ..household_of(*household)? })
            }
            Body::Refund { .. } => {
                let cited = self.cited(body, context)?;
                let past = Past::read(&cited)?;
                let subject = household_of(past.household)?;
                (Act::Refund, Subject { branch: Some(past.terminal.branch()), ..subject })
            }
            Body::Erase { .. } => (Act::Erase, Subject::default()),
            Body::SetPublicity { household, .. } => (Act::SetPublicity, household_of(*household)?),
            Body::Suggest { branch, .. } => (Act::Suggest, branch_of(*branch)?),
            Body::AnswerSuggestion { suggestion, .. } => {
                (Act::AnswerSuggestion, Subject::branch(self.suggestion(*suggestion)?.0))
            }
        })
    }

    fn act_revoke(&self, key: &PublicKey, now: Time) -> Result<(Act, Subject), Refusal> {
        let record = self.keys.get(key).ok_or(Refusal::KeyUnknown { key: *key })?;
        Ok(match record.holder {
            Holder::Terminal(terminal) => (Act::RevokeKey, Subject::branch(terminal.branch())),
            Holder::Person(person) => {
                let officer = self.holds(person, Role::Officer, self.head(), now);
                let act = if officer { Act::RevokeOfficerKey } else { Act::RevokeKey };
                (act, Subject { person: Some(person), ..Subject::branch(person.branch()) })
            }
        })
    }

    /// All declarations of one vote lie in one branch.
    fn subject_of_votes(&self, declarations: &[u64]) -> Result<Subject, Refusal> {
        let mut branch = None;
        for number in declarations {
            let case = self.case(*number)?;
            if *branch.get_or_insert(case.branch) != case.branch {
                return Err(Refusal::BranchUnknown { branch: case.branch });
            }
        }
        Ok(branch.map_or(Subject::default(), Subject::branch))
    }

    fn cited<'a>(&self, body: &Body, context: &Context<'a>) -> Result<Cited<'a>, Refusal> {
        let asked = body.cites();
        context
            .cited
            .filter(|cited| Some(cited.index) == asked)
            .ok_or(Refusal::CitationWrong { index: asked.unwrap_or_default() })
    }

    fn decide_body(
        &self,
        body: &Body,
        context: &Context,
        acting: &Acting,
        signers: &[Signer],
    ) -> Result<Effects, Refusal> {
        let now = context.now;
        let sole = || acting.sole_person().expect("the table wants a person here");
        match body {
            Body::OpenBank { .. } => Err(Refusal::BankAlreadyOpen {}),
            Body::OpenBranch { branch, title } => self.decide_open_branch(*branch, title),
            Body::SetPolicy { branch, policy, bounds } => self.decide_set_policy(*branch, *policy, *bounds),
            Body::EnrolKey { key, holder, valid_until } => {
                self.decide_enrol_key(*key, *holder, *valid_until, now)
            }
            Body::RevokeKey { key, .. } => self.decide_revoke_key(*key, now),
            Body::RotateKey { old, new } => self.decide_rotate_key(*old, *new, now),
            Body::Invite { invitation, holder, key_valid_until, expires } => {
                let invited = Invitation::new(*holder, *key_valid_until, *expires, sole());
                self.decide_invite(*invitation, invited, now)
            }
            Body::AcceptInvitation { invitation, key } => {
                self.decide_accept(*invitation, *key, context.signers, now)
            }
            Body::CancelInvitation { invitation } => {
                Ok(Change::InvitationCancelled { key: *invitation }.into())
            }
            Body::Appoint(asked) => self.decide_appoint(asked, now),
            Body::Dismiss { person, role, branch, household } => {
                self.decide_dismiss(*person, *role, *branch, *household, now)
            }
            Body::PublishCatalogue { branch, valid_from, items } => {
                self.decide_publish(*branch, *valid_from, items, now)
            }
            Body::FundBudget { branch, source, fen, points, .. } => {
                self.decide_fund_budget(*branch, *source, *fen, *points)
            }
            Body::OpenHousehold { household, members, .. } => self.decide_open_household(*household, members),
            Body::CloseHousehold { household, successor } => {
                self.decide_close_household(*household, *successor, now)
            }
            Body::DeclareKin { person, other, .. } => self.decide_declare_kin(*person, *other),
            Body::IssuePassbook { household, key, view_token_hash } => {
                self.decide_issue_passbook(*household, *key, *view_token_hash)
            }
            Body::SetPin { household, document } => self.decide_set_pin(*household, *document),
            Body::Declare(asked) => self.decide_declare(asked, acting.person(Party::Proxy), now),
            Body::Review { declaration, verdict, ground, .. } => {
                self.decide_review(*declaration, *verdict, *ground, sole(), now)
            }
            Body::Decide { declarations, vote, points, ground } => {
                let asked = Asked { person: sole(), vote: *vote, points: *points, ground: *ground };
                self.decide_decide(declarations, &asked, now)
            }
            Body::Withdraw { declaration } => self.decide_withdraw(*declaration),
            Body::Resubmit { declaration, quantity, deed_date, evidence, .. } => {
                let again = Again { quantity: *quantity, deed_date: *deed_date, evidence };
                self.decide_resubmit(*declaration, &again, acting.person(Party::Proxy), now)
            }
            Body::Object { declaration, household, ground, credited_by, .. } => {
                let by = Objector::of(acting);
                match credited_by {
                    None => self.decide_object(*declaration, *household, *ground, by, now),
                    Some(_) => {
                        let cited = self.cited(body, context)?;
                        self.decide_dispute(*declaration, *household, *ground, by, &cited, now)
                    }
                }
            }
            Body::Rule { declaration, household, ruling, points, .. } => {
                self.decide_rule(*declaration, *household, *ruling, *points, sole(), now)
            }
            Body::Assess { branch, date, rows, record } => {
                self.decide_assess(*branch, *date, rows, record, sole(), now)
            }
            Body::StockIn { branch, lines, .. } => self.decide_stock_in(*branch, lines),
            Body::SetPrice { branch, goods } => self.decide_set_price(*branch, goods),
            Body::StockCount { branch, lines } => self.decide_stock_count(*branch, lines),
            Body::Redeem { household, lines, total } => {
                let terminal = acting.terminal().expect("the table wants a terminal here");
                let subject = Subject::branch(terminal.branch());
                // A supervisor of the customer's own household or kin watches nobody.
                let watches = |signer: &Signer| {
                    let own = signer.person().is_none_or(|p| self.conflict(p, *household).is_some());
                    !own && self.is_party(*signer, Party::Supervisor, &subject, now)
                };
                let supervised = signers.iter().any(watches);
                let purchase = Purchase { household: *household, lines, total: *total };
                self.decide_redeem(&purchase, terminal, supervised, context.pin, now)
            }
            Body::Refund { lines, restock, .. } => {
                self.decide_refund(&self.cited(body, context)?, lines, *restock, now)
            }
            Body::Erase { document, ground } => {
                Ok(Change::DocumentErased { document: *document, ground: *ground }.into())
            }
            Body::SetPublicity { household, standings } => {
                Ok(Change::PublicitySet { household: *household, standings: *standings }.into())
            }
            Body::Suggest { branch, document } => self.decide_suggest(*branch, *document, acting, now),
            Body::AnswerSuggestion { suggestion, document } => {
                self.decide_answer(*suggestion, *document, sole())
            }
        }
    }

    /// What the bank's own command does now.
    pub fn decide_system(&self, command: &SystemCommand, now: Time) -> Result<Effects, Refusal> {
        match command {
            SystemCommand::CloseNotice { declarations } => self.decide_close_notice(declarations, now),
            SystemCommand::Escalate { declaration } => self.decide_escalate(*declaration, now),
            SystemCommand::Expire { households } => self.decide_expire(households, now),
            SystemCommand::LockPin { household } => self.decide_lock_pin(*household),
        }
    }

    /// Takes an entry's effects over. Panics where they do not fit: then journal and rules disagree.
    pub fn apply(&mut self, applied: &Applied, effects: &Effects) {
        assert!(applied.time >= self.time, "time goes back at entry {}", applied.index);
        self.time = applied.time;
        self.periods.pass(applied.index, applied.time);
        self.requests.forget_before(applied.time);
        self.invitations.forget_before(applied.time);
        if let Some(request) = applied.request {
            let super::Request { id, payload_digest, not_after } = request;
            self.requests.remember(id, not_after, Remembered { index: applied.index, payload_digest });
        }
        // Changes that open books and branches come before what is posted to them; changes that close books
        // come after their last posting, in the same list.
        for change in &effects.changes {
            self.apply_change(applied.index, change);
        }
        for posting in &effects.postings {
            self.post(posting, applied.index);
        }
        let mut last = None;
        for number in effects.changes.iter().filter_map(Change::declaration).chain([applied.index]) {
            if last != Some(number) {
                self.plan(number);
                last = Some(number);
            }
        }
    }

    fn apply_change(&mut self, index: u64, change: &Change) {
        match change {
            Change::BankOpened { origin, head, bounds } => {
                self.opened = Some(Opened { origin: origin.clone(), head: *head, bounds: **bounds });
            }
            Change::BranchOpened { branch, title } => {
                self.branches.insert(*branch, super::BranchState::named(title));
            }
            Change::PolicySet { branch, policy, bounds } => {
                self.apply_policy(*branch, *policy, bounds.as_deref().copied())
            }
            Change::KeyEnrolled { key, holder, valid_until } => {
                let record = KeyRecord { holder: *holder, valid_until: *valid_until, revoked: false };
                self.keys.insert(*key, record);
            }
            Change::KeyRevoked { key } => {
                self.keys.get_mut(key).expect("changes name keys that exist").revoked = true;
            }
            Change::Appointed(appointed) => self.apply_appointed(appointed),
            Change::Dismissed { person, role, branch, household } => {
                self.apply_dismissed(*person, *role, *branch, *household);
            }
            Change::CataloguePublished { branch, version, valid_from, items } => {
                self.apply_published(*branch, *version, *valid_from, items);
            }
            Change::BudgetFunded { branch, source, fen, points } => {
                self.apply_funded(*branch, *source, *fen, *points);
            }
            Change::HouseholdOpened { household, members } => {
                self.apply_household_opened(*household, *members);
            }
            Change::HouseholdClosed { household, .. } => self.apply_household_closed(*household),
            Change::KinDeclared { person, other } => self.apply_kin(*person, *other),
            Change::PassbookIssued { household, key, view_token_hash, card } => {
                let card = NonZeroU32::new(*card).expect("cards are numbered from 1");
                let passbook = Passbook { key: *key, view_token_hash: *view_token_hash, card };
                self.apply_passbook(*household, passbook);
            }
            Change::PinSet { household, document } => {
                let book = self.book(*household);
                book.pin = Some(*document);
                book.pin_locked = false;
            }
            Change::PinLocked { household } => self.book(*household).pin_locked = true,
            Change::DeclarationFiled { .. } => self.apply_declaration_filed(index, change),
            Change::DeclarationResubmitted { declaration, quantity, deed_date, evidence, proxy } => {
                self.apply_resubmitted(*declaration, *quantity, *deed_date, evidence, *proxy);
            }
            Change::SheetFiled { branch, date, clerk, rows, record } => {
                self.apply_sheet_filed(index, *branch, *date, *clerk, rows, *record);
            }
            Change::Reviewed { declaration, person, .. } => self.apply_reviewed(*declaration, *person),
            Change::Voted { declaration, person, vote, points } => {
                self.apply_voted(*declaration, Ballot { person: *person, vote: *vote, points: *points });
            }
            Change::StateChanged { declaration, household, state, points, until, .. } => {
                self.apply_state(*declaration, *household, *state, *points, *until);
            }
            Change::Objected { declaration, household, person, by_household, credit, .. } => {
                let by = Objector { person: *person, household: *by_household };
                match credit {
                    Some(credit) => self.apply_dispute(*declaration, *household, by, *credit),
                    None => self.apply_objected(*declaration, *household, by),
                }
            }
            Change::Ruled { .. } => {}
            Change::Escalated { declaration, .. } => self.apply_escalated(*declaration),
            Change::LotMoved { household, month, amount } => self.apply_lot(*household, *month, *amount),
            Change::DebtSet { household, debt } => self.book(*household).debt = *debt,
            Change::Vetoed { household, year, .. } => {
                let book = self.book(*household);
                book.veto_year = book.veto_year.max(*year);
            }
            Change::PriceSet { branch, price, version } => self.apply_price(*branch, price, *version),
            Change::StockMoved { branch, sku, amount, stock_after } => {
                self.apply_stock(*branch, *sku, *amount, *stock_after);
            }
            Change::Redeemed { household, lines, total, pin_verified, .. } => {
                self.apply_redeemed(*household, lines, *total, *pin_verified);
            }
            Change::Refunded { redemption, household, lines, total } => {
                self.apply_refunded(*redemption, *household, lines, *total);
            }
            // The documents' room erases; the state of accounts does not know documents.
            Change::DocumentErased { .. } => {}
            Change::PublicitySet { household, standings } => self.book(*household).standings = *standings,
            Change::Suggested { branch, household, document } => {
                self.apply_suggested(index, *branch, *household, *document);
            }
            Change::SuggestionAnswered { branch, suggestion, document, .. } => {
                self.apply_answered(*branch, *suggestion, *document);
            }
            Change::Invited { key, holder, key_valid_until, expires, inviter } => {
                self.apply_invited(*key, Invitation::new(*holder, *key_valid_until, *expires, *inviter));
            }
            Change::InvitationAccepted { key } => {
                self.apply_invitation_ended(*key, InvitationState::Accepted);
            }
            Change::InvitationCancelled { key } => {
                self.apply_invitation_ended(*key, InvitationState::Cancelled);
            }
        }
    }
}

impl Change {
    /// The declaration or sheet whose agenda the change may move.
    fn declaration(&self) -> Option<u64> {
        match self {
            Change::DeclarationResubmitted { declaration, .. }
            | Change::StateChanged { declaration, .. }
            | Change::Escalated { declaration, .. } => Some(*declaration),
            _ => None,
        }
    }
}

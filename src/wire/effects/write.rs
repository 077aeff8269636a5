//! From the bank's effects to the entry's messages.

use crate::bank::command::{Appoint, Holder};
use crate::bank::effects::{Change, DisputedCredit, Effects, Posting, SheetRow};

use super::super::parts::{goods, item, policy};
use super::super::pb;
use super::super::pb::change::Body as PbBody;
use super::super::read::{all_bytes_of, all_text_of, text_of};

/// Writes effects: for entries, previews and timelines.
pub fn effects_to_pb(effects: &Effects) -> pb::Effects {
    pb::Effects {
        postings: effects.postings.iter().map(posting_to_pb).collect(),
        changes: effects.changes.iter().map(change_to_pb).collect(),
    }
}

/// Writes one posting.
pub fn posting_to_pb(posting: &Posting) -> pb::Posting {
    pb::Posting {
        account: posting.account.to_string(),
        unit: posting.unit.number(),
        amount: posting.amount,
        balance_after: posting.balance_after,
        account_sequence: posting.account_sequence,
        account_previous_index: posting.account_previous_index,
    }
}

/// Writes one change.
pub fn change_to_pb(change: &Change) -> pb::Change {
    pb::Change { body: Some(body_to_pb(change)) }
}

fn body_to_pb(change: &Change) -> PbBody {
    match change {
        Change::BankOpened { origin, head, bounds } => PbBody::BankOpened(pb::BankOpened {
            origin: origin.clone(),
            head_branch: head.to_string(),
            bounds: Some(policy::bounds_to_pb(bounds)),
        }),
        Change::BranchOpened { branch, title } => {
            PbBody::BranchOpened(pb::BranchOpened { branch: branch.to_string(), title: title.clone() })
        }
        Change::PolicySet { branch, policy, bounds } => PbBody::PolicySet(pb::PolicySet {
            branch: text_of(branch),
            policy: Some(policy::policy_to_pb(policy)),
            bounds: bounds.as_deref().map(policy::bounds_to_pb),
        }),
        Change::KeyEnrolled { key, holder, valid_until } => PbBody::KeyEnrolled(pb::KeyEnrolled {
            public_key: key.0.to_vec(),
            holder: Some(match holder {
                Holder::Person(id) => pb::key_enrolled::Holder::Person(id.to_string()),
                Holder::Terminal(id) => pb::key_enrolled::Holder::Terminal(id.to_string()),
            }),
            valid_until: text_of(valid_until),
        }),
        Change::KeyRevoked { key } => PbBody::KeyRevoked(pb::KeyRevoked { public_key: key.0.to_vec() }),
        Change::Appointed(office) => PbBody::Appointed(appointed_to_pb(office)),
        Change::Dismissed { person, role, branch, household } => PbBody::Dismissed(pb::Dismissed {
            person: person.to_string(),
            role: role.number(),
            branch: branch.to_string(),
            household: text_of(household),
        }),
        Change::CataloguePublished { branch, version, valid_from, items } => {
            PbBody::CataloguePublished(pb::CataloguePublished {
                branch: text_of(branch),
                version: *version,
                valid_from: valid_from.to_string(),
                items: items.iter().map(item::item_to_pb).collect(),
            })
        }
        Change::BudgetFunded { branch, source, fen, points } => PbBody::BudgetFunded(pb::BudgetFunded {
            branch: branch.to_string(),
            source: source.number(),
            fen: *fen,
            points: *points,
        }),
        Change::HouseholdOpened { household, members } => PbBody::HouseholdOpened(pb::HouseholdOpened {
            household: household.to_string(),
            members: u32::from(*members),
        }),
        Change::HouseholdClosed { household, successor } => PbBody::HouseholdClosed(pb::HouseholdClosed {
            household: household.to_string(),
            successor: text_of(successor),
        }),
        Change::KinDeclared { person, other } => {
            PbBody::KinDeclared(pb::KinDeclared { person: person.to_string(), other: other.to_string() })
        }
        Change::PassbookIssued { household, key, view_token_hash, card } => {
            PbBody::PassbookIssued(pb::PassbookIssued {
                household: household.to_string(),
                passbook_key: key.0.to_vec(),
                view_token_hash: view_token_hash.0.to_vec(),
                card: *card,
            })
        }
        Change::PinSet { household, document } => {
            PbBody::PinSet(pb::PinSet { household: household.to_string(), pin_document: document.0.to_vec() })
        }
        Change::PinLocked { household } => {
            PbBody::PinLocked(pb::PinLocked { household: household.to_string() })
        }
        Change::DeclarationFiled {
            household,
            member,
            item,
            quantity,
            deed_date,
            evidence,
            channel,
            proxy,
            version,
        } => PbBody::DeclarationFiled(pb::DeclarationFiled {
            household: household.to_string(),
            member: u32::from(*member),
            item: item.to_string(),
            quantity: *quantity,
            deed_date: deed_date.to_string(),
            evidence: all_bytes_of(evidence),
            channel: channel.number(),
            proxy: text_of(proxy),
            catalogue_version: version.number,
            branch_catalogue: version.of_branch,
        }),
        Change::DeclarationResubmitted { declaration, quantity, deed_date, evidence, proxy } => {
            PbBody::DeclarationResubmitted(pb::DeclarationResubmitted {
                declaration: *declaration,
                quantity: *quantity,
                deed_date: deed_date.to_string(),
                evidence: all_bytes_of(evidence),
                proxy: text_of(proxy),
            })
        }
        Change::SheetFiled { branch, date, clerk, rows, record } => PbBody::SheetFiled(pb::SheetFiled {
            branch: branch.to_string(),
            date: date.to_string(),
            clerk: clerk.to_string(),
            rows: rows.iter().map(sheet_row_to_pb).collect(),
            record: record.0.to_vec(),
        }),
        Change::Reviewed { declaration, person, verdict, ground } => PbBody::Reviewed(pb::Reviewed {
            declaration: *declaration,
            person: person.to_string(),
            verdict: verdict.number(),
            ground: ground.map_or(0, |ground| ground.number()),
        }),
        Change::Voted { declaration, person, vote, points } => PbBody::Voted(pb::Voted {
            declaration: *declaration,
            person: person.to_string(),
            vote: vote.number(),
            points: *points,
        }),
        Change::StateChanged { declaration, household, state, points, until, ground } => {
            PbBody::StateChanged(pb::StateChanged {
                declaration: *declaration,
                household: household.to_string(),
                state: state.number(),
                points: *points,
                until_unix_ms: until.map_or(0, |until| until.0),
                ground: ground.map_or(0, |ground| ground.number()),
            })
        }
        Change::Objected { declaration, household, person, by_household, ground, credit } => {
            PbBody::Objected(pb::Objected {
                declaration: *declaration,
                household: household.to_string(),
                person: text_of(person),
                by_household: text_of(by_household),
                ground: ground.number(),
                credit: credit.as_ref().map(credit_to_pb),
            })
        }
        Change::Ruled { declaration, household, person, ruling, points } => PbBody::Ruled(pb::Ruled {
            declaration: *declaration,
            household: household.to_string(),
            person: person.to_string(),
            ruling: ruling.number(),
            points: *points,
        }),
        Change::Escalated { declaration, level } => {
            PbBody::Escalated(pb::Escalated { declaration: *declaration, level: *level })
        }
        Change::LotMoved { household, month, amount } => PbBody::LotMoved(pb::LotMoved {
            household: household.to_string(),
            month: month.0,
            amount: *amount,
        }),
        Change::DebtSet { household, debt } => {
            PbBody::DebtSet(pb::DebtSet { household: household.to_string(), debt: *debt })
        }
        Change::Vetoed { household, year, item } => PbBody::Vetoed(pb::Vetoed {
            household: household.to_string(),
            year: u32::from(*year),
            item: item.to_string(),
        }),
        Change::PriceSet { branch, price, version } => PbBody::PriceSet(pb::PriceSet {
            branch: branch.to_string(),
            price: Some(goods::price_to_pb(price)),
            version: *version,
        }),
        Change::StockMoved { branch, sku, amount, stock_after } => PbBody::StockMoved(pb::StockMoved {
            branch: branch.to_string(),
            sku: sku.to_string(),
            amount: *amount,
            stock_after: *stock_after,
        }),
        Change::Redeemed { household, terminal, lines, total, pin_verified } => {
            PbBody::Redeemed(pb::Redeemed {
                household: household.to_string(),
                terminal: terminal.to_string(),
                lines: lines.iter().map(goods::redeem_line_to_pb).collect(),
                total: *total,
                pin_verified: *pin_verified,
            })
        }
        Change::Refunded { redemption, household, lines, total } => PbBody::Refunded(pb::Refunded {
            redemption: *redemption,
            household: household.to_string(),
            lines: lines.iter().map(goods::count_to_pb).collect(),
            total: *total,
        }),
        Change::Invited { key, holder, key_valid_until, expires, inviter } => PbBody::Invited(pb::Invited {
            invitation_key: key.0.to_vec(),
            holder: Some(match holder {
                Holder::Person(id) => pb::invited::Holder::Person(id.to_string()),
                Holder::Terminal(id) => pb::invited::Holder::Terminal(id.to_string()),
            }),
            key_valid_until: text_of(key_valid_until),
            expire_unix_ms: expires.0,
            inviter: inviter.to_string(),
        }),
        Change::InvitationAccepted { key } => {
            PbBody::InvitationAccepted(pb::InvitationAccepted { invitation_key: key.0.to_vec() })
        }
        Change::InvitationCancelled { key } => {
            PbBody::InvitationCancelled(pb::InvitationCancelled { invitation_key: key.0.to_vec() })
        }
        Change::PublicitySet { household, standings } => {
            PbBody::PublicitySet(pb::PublicitySet { household: household.to_string(), standings: *standings })
        }
        Change::Suggested { branch, household, document } => PbBody::Suggested(pb::Suggested {
            branch: branch.to_string(),
            household: household.to_string(),
            document: document.0.to_vec(),
        }),
        Change::SuggestionAnswered { branch, suggestion, person, document } => {
            PbBody::SuggestionAnswered(pb::SuggestionAnswered {
                branch: branch.to_string(),
                suggestion: *suggestion,
                person: person.to_string(),
                document: document.0.to_vec(),
            })
        }
        Change::DocumentErased { document, ground } => PbBody::DocumentErased(pb::DocumentErased {
            document: document.0.to_vec(),
            ground: ground.number(),
        }),
    }
}

fn appointed_to_pb(office: &Appoint) -> pb::Appointed {
    pb::Appointed {
        person: office.person.to_string(),
        role: office.role.number(),
        branch: office.branch.to_string(),
        chair: office.chair,
        households: all_text_of(&office.households),
        valid_until: text_of(&office.valid_until),
    }
}

fn sheet_row_to_pb(row: &SheetRow) -> pb::SheetRow {
    pb::SheetRow {
        household: row.household.to_string(),
        item: row.item.to_string(),
        quantity: row.quantity,
        catalogue_version: row.version.number,
        branch_catalogue: row.version.of_branch,
    }
}

fn credit_to_pb(credit: &DisputedCredit) -> pb::DisputedCredit {
    pb::DisputedCredit { points: credit.points, credited_by: credit.credited_by }
}

//! From the bank's command to the message that a client signs.

use crate::bank::command::{AssessRow, Body, Command, Declare, Holder, StockInLine};
use crate::bank::time::Time;

use super::super::parts::{appoint, goods, item, policy};
use super::super::pb;
use super::super::pb::command::Body as PbBody;
use super::super::read::{all_bytes_of, bytes_of, text_of};

/// Writes a command.
pub fn command_to_pb(command: &Command) -> pb::Command {
    pb::Command {
        origin: command.origin.clone(),
        request_id: command.request_id.to_vec(),
        not_after: Some(timestamp(command.not_after)),
        body: Some(body_to_pb(&command.body)),
    }
}

/// Milliseconds as seconds and nanoseconds.
fn timestamp(time: Time) -> pbjson_types::Timestamp {
    pbjson_types::Timestamp {
        seconds: time.0.div_euclid(1_000),
        nanos: time.0.rem_euclid(1_000) as i32 * 1_000_000,
    }
}

fn body_to_pb(body: &Body) -> PbBody {
    match body {
        Body::OpenBank { head, title, policy, bounds } => PbBody::OpenBank(pb::OpenBank {
            head_branch: head.to_string(),
            title: title.clone(),
            policy: Some(policy::policy_to_pb(policy)),
            bounds: Some(policy::bounds_to_pb(bounds)),
        }),
        Body::OpenBranch { branch, title } => {
            PbBody::OpenBranch(pb::OpenBranch { branch: branch.to_string(), title: title.clone() })
        }
        Body::SetPolicy { branch, policy, bounds } => PbBody::SetPolicy(pb::SetPolicy {
            branch: text_of(branch),
            policy: Some(policy::policy_to_pb(policy)),
            bounds: bounds.as_ref().map(policy::bounds_to_pb),
        }),
        Body::EnrolKey { key, holder, valid_until } => PbBody::EnrolKey(pb::EnrolKey {
            public_key: key.0.to_vec(),
            holder: Some(match holder {
                Holder::Person(id) => pb::enrol_key::Holder::Person(id.to_string()),
                Holder::Terminal(id) => pb::enrol_key::Holder::Terminal(id.to_string()),
            }),
            valid_until: text_of(valid_until),
        }),
        Body::RevokeKey { key, ground } => {
            PbBody::RevokeKey(pb::RevokeKey { public_key: key.0.to_vec(), ground: ground.number() })
        }
        Body::RotateKey { old, new } => {
            PbBody::RotateKey(pb::RotateKey { old_key: old.0.to_vec(), new_key: new.0.to_vec() })
        }
        Body::Appoint(office) => PbBody::Appoint(appoint::appoint_to_pb(office)),
        Body::Dismiss { person, role, branch, household } => PbBody::Dismiss(pb::Dismiss {
            person: person.to_string(),
            role: role.number(),
            branch: branch.to_string(),
            household: text_of(household),
        }),
        Body::PublishCatalogue { branch, valid_from, items } => {
            PbBody::PublishCatalogue(pb::PublishCatalogue {
                branch: text_of(branch),
                valid_from: valid_from.to_string(),
                items: items.iter().map(item::item_to_pb).collect(),
            })
        }
        Body::FundBudget { branch, source, fen, points, voucher } => PbBody::FundBudget(pb::FundBudget {
            branch: branch.to_string(),
            source: source.number(),
            fen: *fen,
            points: *points,
            voucher: bytes_of(voucher),
        }),
        Body::OpenHousehold { household, members, consent } => PbBody::OpenHousehold(pb::OpenHousehold {
            household: household.to_string(),
            members: all_bytes_of(members),
            consent: consent.0.to_vec(),
        }),
        Body::CloseHousehold { household, successor } => PbBody::CloseHousehold(pb::CloseHousehold {
            household: household.to_string(),
            successor: text_of(successor),
        }),
        Body::DeclareKin { person, other, relation } => PbBody::DeclareKin(pb::DeclareKin {
            person: person.to_string(),
            other: other.to_string(),
            relation: relation.number(),
        }),
        Body::IssuePassbook { household, key, view_token_hash } => PbBody::IssuePassbook(pb::IssuePassbook {
            household: household.to_string(),
            passbook_key: key.0.to_vec(),
            view_token_hash: view_token_hash.0.to_vec(),
        }),
        Body::SetPin { household, document } => {
            PbBody::SetPin(pb::SetPin { household: household.to_string(), pin_document: document.0.to_vec() })
        }
        Body::Declare(declare) => PbBody::Declare(declare_to_pb(declare)),
        Body::Review { declaration, verdict, ground, note } => PbBody::Review(pb::Review {
            declaration: *declaration,
            verdict: verdict.number(),
            ground: ground.map_or(0, |ground| ground.number()),
            note: bytes_of(note),
        }),
        Body::Decide { declarations, vote, points, ground } => PbBody::Decide(pb::Decide {
            declarations: declarations.clone(),
            vote: vote.number(),
            points: *points,
            ground: ground.map_or(0, |ground| ground.number()),
        }),
        Body::Withdraw { declaration } => PbBody::Withdraw(pb::Withdraw { declaration: *declaration }),
        Body::Resubmit { declaration, quantity, deed_date, evidence, note } => {
            PbBody::Resubmit(pb::Resubmit {
                declaration: *declaration,
                quantity: *quantity,
                deed_date: deed_date.to_string(),
                evidence: all_bytes_of(evidence),
                note: bytes_of(note),
            })
        }
        Body::Object { declaration, household, ground, statement, credited_by } => {
            PbBody::Object(pb::Object {
                declaration: *declaration,
                household: text_of(household),
                ground: ground.number(),
                statement: bytes_of(statement),
                credited_by: *credited_by,
            })
        }
        Body::Rule { declaration, household, ruling, points, statement } => PbBody::Rule(pb::Rule {
            declaration: *declaration,
            household: text_of(household),
            ruling: ruling.number(),
            points: *points,
            statement: bytes_of(statement),
        }),
        Body::Assess { branch, date, rows, record } => PbBody::Assess(pb::Assess {
            branch: branch.to_string(),
            date: date.to_string(),
            rows: rows.iter().map(assess_row_to_pb).collect(),
            record: record.0.to_vec(),
        }),
        Body::StockIn { branch, lines, source, receipt } => PbBody::StockIn(pb::StockIn {
            branch: branch.to_string(),
            lines: lines.iter().map(stock_in_line_to_pb).collect(),
            source: source.number(),
            receipt: bytes_of(receipt),
        }),
        Body::SetPrice { branch, goods } => PbBody::SetPrice(pb::SetPrice {
            branch: branch.to_string(),
            goods: goods.iter().map(goods::price_to_pb).collect(),
        }),
        Body::StockCount { branch, lines } => PbBody::StockCount(pb::StockCount {
            branch: branch.to_string(),
            lines: lines.iter().map(goods::count_to_pb).collect(),
        }),
        Body::Redeem { household, lines, total } => PbBody::Redeem(pb::Redeem {
            household: household.to_string(),
            lines: lines.iter().map(goods::redeem_line_to_pb).collect(),
            total: *total,
        }),
        Body::Refund { redemption, lines, restock } => PbBody::Refund(pb::Refund {
            redemption: *redemption,
            lines: lines.iter().map(goods::count_to_pb).collect(),
            restock: *restock,
        }),
        Body::Erase { document, ground } => {
            PbBody::Erase(pb::Erase { document: document.0.to_vec(), ground: ground.number() })
        }
        Body::SetPublicity { household, standings } => {
            PbBody::SetPublicity(pb::SetPublicity { household: household.to_string(), standings: *standings })
        }
        Body::Suggest { branch, document } => {
            PbBody::Suggest(pb::Suggest { branch: branch.to_string(), document: document.0.to_vec() })
        }
        Body::AnswerSuggestion { suggestion, document } => PbBody::AnswerSuggestion(pb::AnswerSuggestion {
            suggestion: *suggestion,
            document: document.0.to_vec(),
        }),
        Body::Invite { invitation, holder, key_valid_until, expires } => PbBody::Invite(pb::Invite {
            invitation_key: invitation.0.to_vec(),
            holder: Some(match holder {
                Holder::Person(id) => pb::invite::Holder::Person(id.to_string()),
                Holder::Terminal(id) => pb::invite::Holder::Terminal(id.to_string()),
            }),
            key_valid_until: text_of(key_valid_until),
            expire_time: Some(timestamp(*expires)),
        }),
        Body::AcceptInvitation { invitation, key } => PbBody::AcceptInvitation(pb::AcceptInvitation {
            invitation_key: invitation.0.to_vec(),
            public_key: key.0.to_vec(),
        }),
        Body::CancelInvitation { invitation } => {
            PbBody::CancelInvitation(pb::CancelInvitation { invitation_key: invitation.0.to_vec() })
        }
    }
}

fn declare_to_pb(declare: &Declare) -> pb::Declare {
    pb::Declare {
        household: declare.household.to_string(),
        member: u32::from(declare.member),
        item: declare.item.to_string(),
        quantity: declare.quantity,
        deed_date: declare.deed_date.to_string(),
        evidence: all_bytes_of(&declare.evidence),
        note: bytes_of(&declare.note),
        channel: declare.channel.number(),
    }
}

fn assess_row_to_pb(row: &AssessRow) -> pb::AssessRow {
    pb::AssessRow { household: row.household.to_string(), item: row.item.to_string(), quantity: row.quantity }
}

fn stock_in_line_to_pb(line: &StockInLine) -> pb::StockInLine {
    pb::StockInLine {
        sku: line.sku.to_string(),
        quantity: line.quantity,
        cost_fen: line.cost_fen,
        best_before: text_of(&line.best_before),
    }
}

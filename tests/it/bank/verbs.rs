//! What a script may ask of the bank: each verb becomes the body of a command.

use civbank::bank::command::*;
use civbank::bank::ids::{Digest, HouseholdId, PublicKey};
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::time::Day;
use civbank::bank::words::*;
use civbank::bank::{PinCheck, Refusal};

use super::items;
use super::names::{self, branch, digest, household, person};
use super::script::{Line, Script};
use super::world::Envelope;

/// Options that say something about the envelope, not about what is asked.
pub const OPTIONS: [&str; 6] = ["pin", "id", "origin", "not-after", "shown", "total"];

impl Script {
    /// Sends a command, or has the bank do something by itself.
    pub fn submit(&mut self, line: &Line) -> Result<u64, Refusal> {
        if let Some(command) = self.system(line) {
            return self.world.submit_system(&command);
        }
        let body = self.body(line);
        let signers: Vec<PublicKey> = line.signers.iter().map(|name| names::key(name)).collect();
        let envelope = self.envelope(line);
        self.world.submit(body, &signers, &envelope)
    }

    fn system(&self, line: &Line) -> Option<SystemCommand> {
        Some(match line.verb {
            "lock-pin" => SystemCommand::LockPin { household: household(line.word(0)) },
            "escalate" => SystemCommand::Escalate { declaration: self.entry(line.word(0)) },
            "close-notice" => SystemCommand::CloseNotice { declarations: vec![self.entry(line.word(0))] },
            "expire" => SystemCommand::Expire { households: vec![household(line.word(0))] },
            _ => return None,
        })
    }

    /// Options that any command takes: `pin=ok`, `id=7`, `origin=…`, `not-after=8d`, `shown=$a`.
    fn envelope(&self, line: &Line) -> Envelope {
        let mut envelope = Envelope::default();
        if let Some(origin) = line.option("origin") {
            origin.clone_into(&mut envelope.origin);
        }
        envelope.request_id = line.option("id").map(|id| {
            let id: u128 = id.parse().unwrap_or_else(|_| self.stop("id is a number"));
            (id | 1 << 127).to_be_bytes()
        });
        envelope.not_after = line.option("not-after").map(|span| self.later(span));
        envelope.shown = line.option("shown").map(|name| self.entry(name));
        envelope.pin = match line.option("pin") {
            None => PinCheck::NotGiven,
            Some("ok") => PinCheck::Verified,
            Some(left) => PinCheck::Wrong { misses_left: self.count(left) },
        };
        envelope
    }

    pub fn count(&self, text: &str) -> u32 {
        text.parse().unwrap_or_else(|_| self.stop(&format!("{text:?} is no number")))
    }

    fn day(&self, text: Option<&str>) -> Option<Day> {
        text.map(|day| day.parse().unwrap_or_else(|_| self.stop("a date")))
    }

    /// `on 2026-11-18`; today where nothing is said.
    fn date(&self, line: &Line) -> Day {
        self.day(line.after("on")).unwrap_or(self.world.now.day())
    }

    fn documents(&self, line: &Line, option: &str) -> Vec<Digest> {
        line.option(option).map_or(Vec::new(), |list| list.split(',').map(digest).collect())
    }

    /// `x3`; one where nothing is said.
    fn quantity(&self, line: &Line) -> u32 {
        let said = line.words.iter().find_map(|word| word.strip_prefix('x'));
        said.map_or(1, |text| self.count(text))
    }

    fn row(&self, line: &Line) -> Option<HouseholdId> {
        line.after("row").map(household)
    }

    fn goods(&self, line: &Line) -> Vec<GoodsCount> {
        let counted = line.pairs.iter().filter_map(|(sku, quantity)| {
            Some(GoodsCount { sku: sku.parse().ok()?, quantity: quantity.parse().ok()? })
        });
        counted.collect()
    }

    pub fn body(&self, line: &Line) -> Body {
        match line.verb {
            "bank" => Body::OpenBank {
                head: branch("town"),
                title: "嘉祥总行".to_owned(),
                policy: self.policy(Policy::DEFAULT, line, ""),
                bounds: Bounds::FORMAT,
            },
            "branch" => Body::OpenBranch { branch: branch(line.word(0)), title: "村".to_owned() },
            "policy" => self.set_policy(line),
            "enrol" => Body::EnrolKey {
                key: names::key(line.word(0)),
                holder: names::holder(line.after("for").unwrap_or(line.word(0))),
                valid_until: self.day(line.option("until")),
            },
            "revoke" => Body::RevokeKey { key: names::key(line.word(0)), ground: RevocationGround::Lost },
            "invite" => Body::Invite {
                invitation: names::key(line.word(0)),
                holder: names::holder(line.after("for").unwrap_or(line.word(0))),
                key_valid_until: self.day(line.option("until")),
                expires: self.later(line.option("ends").unwrap_or("7d")),
            },
            "accept" => {
                Body::AcceptInvitation { invitation: names::key(line.word(0)), key: names::key(line.word(1)) }
            }
            "uninvite" => Body::CancelInvitation { invitation: names::key(line.word(0)) },
            "publicity" => {
                Body::SetPublicity { household: household(line.word(0)), standings: line.word(1) == "yes" }
            }
            "suggest" => Body::Suggest {
                branch: branch(line.word(0)),
                document: digest(line.words.get(1).unwrap_or(&"words")),
            },
            "answer" => Body::AnswerSuggestion {
                suggestion: self.entry(line.word(0)),
                document: digest(line.words.get(1).unwrap_or(&"answer")),
            },
            "rotate" => Body::RotateKey { old: names::key(line.word(0)), new: names::key(line.word(1)) },
            "appoint" => Body::Appoint(Appoint {
                person: person(line.word(0)),
                role: self.role(line),
                branch: branch(line.after("in").unwrap_or("v1")),
                chair: line.has("chair"),
                households: line
                    .after("for")
                    .map_or(Vec::new(), |list| list.split(',').map(household).collect()),
                valid_until: self.day(line.option("until")),
            }),
            "dismiss" => Body::Dismiss {
                person: person(line.word(0)),
                role: self.role(line),
                branch: branch(line.after("in").unwrap_or("v1")),
                household: line.after("from").map(household),
            },
            "publish" => Body::PublishCatalogue {
                branch: Some(line.word(0)).filter(|name| *name != "town").map(branch),
                valid_from: self.day(line.after("from")).unwrap_or(self.world.now.day()),
                items: line.pairs.iter().map(|(code, what)| items::item(code, what)).collect(),
            },
            "fund" => Body::FundBudget {
                branch: branch(line.word(0)),
                source: FundSource::Town,
                fen: line.option("fen").map_or(0, |fen| i64::from(self.count(fen))),
                points: line.word(1).parse().unwrap_or_else(|_| self.stop("points")),
                voucher: None,
            },
            "open" => Body::OpenHousehold {
                household: household(line.word(0)),
                members: vec![digest("member"); line.option("members").map_or(3, |n| self.count(n) as usize)],
                consent: digest("consent"),
            },
            "close" => Body::CloseHousehold {
                household: household(line.word(0)),
                successor: line.after("into").map(household),
            },
            "kin" => Body::DeclareKin {
                person: person(line.word(0)),
                other: person(line.word(1)),
                relation: KinRelation::Sibling,
            },
            "passbook" => {
                let card = format!("card:{}{}", line.word(0), line.word(1));
                Body::IssuePassbook {
                    household: household(line.word(0)),
                    key: line.option("key").map_or_else(|| names::key(&card), names::key),
                    view_token_hash: digest(line.option("token").unwrap_or(&card)),
                }
            }
            "pin" => Body::SetPin { household: household(line.word(0)), document: digest("pin") },
            "erase" => Body::Erase { document: digest(line.word(0)), ground: ErasureGround::Retention },
            "stockin" => self.stock_in(line),
            "price" => self.set_price(line),
            "count" => Body::StockCount { branch: branch(line.word(0)), lines: self.goods(line) },
            "redeem" => self.redeem(line),
            "refund" => Body::Refund {
                redemption: self.entry(line.word(0)),
                lines: self.goods(line),
                restock: !line.has("written-off"),
            },
            _ => self.case_body(line),
        }
    }

    /// Verbs about declarations and sheets.
    fn case_body(&self, line: &Line) -> Body {
        match line.verb {
            "declare" => {
                let (home, member) = line.word(0).split_once('.').unwrap_or((line.word(0), "0"));
                Body::Declare(Declare {
                    household: household(home),
                    member: self.count(member) as u8,
                    item: items::code(line.word(1)),
                    quantity: self.quantity(line),
                    deed_date: self.date(line),
                    evidence: self.documents(line, "evidence"),
                    note: None,
                    channel: Channel::App,
                })
            }
            "review" => Body::Review {
                declaration: self.entry(line.word(0)),
                verdict: match line.word(1) {
                    "endorse" => Verdict::Endorse,
                    "return" => Verdict::Return,
                    "refuse" => Verdict::Refuse,
                    _ => self.stop("endorse, return or refuse"),
                },
                ground: (line.word(1) != "endorse").then_some(Ground::EvidenceUnclear),
                note: None,
            },
            "vote" => Body::Decide {
                declarations: line.word(0).split(',').map(|name| self.entry(name)).collect(),
                vote: if line.word(1) == "approve" { Vote::Approve } else { Vote::Refuse },
                points: line.option("points").map(|points| self.count(points)),
                ground: (line.word(1) != "approve").then_some(Ground::NotDone),
            },
            "withdraw" => Body::Withdraw { declaration: self.entry(line.word(0)) },
            "resubmit" => Body::Resubmit {
                declaration: self.entry(line.word(0)),
                quantity: self.quantity(line),
                deed_date: self.date(line),
                evidence: self.documents(line, "evidence"),
                note: None,
            },
            "object" => Body::Object {
                declaration: self.entry(line.word(0)),
                household: self.row(line),
                ground: ObjectionGround::NotDone,
                statement: None,
                credited_by: None,
            },
            "dispute" => Body::Object {
                declaration: self.entry(line.word(0)),
                household: self.row(line),
                ground: ObjectionGround::Forged,
                statement: None,
                credited_by: Some(match line.option("citing") {
                    Some(name) => self.entry(name),
                    None => self.credit(line),
                }),
            },
            "rule" => Body::Rule {
                declaration: self.entry(line.word(0)),
                household: self.row(line),
                ruling: match line.word(1) {
                    "dismiss" => Ruling::Dismiss,
                    "partial" => Ruling::Partial,
                    "uphold" => Ruling::Uphold,
                    _ => self.stop("dismiss, partial or uphold"),
                },
                points: if line.word(1) == "partial" { self.count(line.word(2)) } else { 0 },
                statement: None,
            },
            "assess" => Body::Assess {
                branch: branch(line.word(0)),
                date: self.date(line),
                rows: self.assess_rows(line),
                record: digest(line.option("record").unwrap_or(&self.place)),
            },
            _ => self.stop(&format!("no verb {:?}", line.verb)),
        }
    }

    /// `v1-1:R01`, `v1-1:D01x2`, or `crowd:D01` for everybody from number 101 on.
    fn assess_rows(&self, line: &Line) -> Vec<AssessRow> {
        let Some(item) = line.words.iter().find_map(|word| word.strip_prefix("crowd:")) else {
            return line.words.iter().filter_map(|word| self.assess_row(word)).collect();
        };
        let item = items::code(item);
        let all = self.world.bank.households_of(branch(line.word(0)), None);
        let crowd = all.filter(|(id, _)| id.serial() > 100);
        crowd.map(|(household, _)| AssessRow { household, item, quantity: 1 }).collect()
    }

    fn assess_row(&self, word: &str) -> Option<AssessRow> {
        let (home, what) = word.split_once(':')?;
        let (item, quantity) = what.split_once('x').unwrap_or((what, "1"));
        Some(AssessRow {
            household: household(home),
            item: items::code(item),
            quantity: self.count(quantity),
        })
    }

    /// The entry that credited a declaration, whatever row is asked for.
    fn credit(&self, line: &Line) -> u64 {
        let number = self.entry(line.word(0));
        let found = self.world.credits.iter().find(|((of, _), _)| *of == number);
        *found.unwrap_or_else(|| self.stop("was never credited")).1
    }

    fn role(&self, line: &Line) -> Role {
        match line.after("as") {
            Some("proxy") => Role::Proxy,
            Some("liaison") => Role::Liaison,
            Some("committee") => Role::Committee,
            Some("supervisor") => Role::Supervisor,
            Some("clerk") => Role::Clerk,
            Some("officer") => Role::Officer,
            Some("cashier") => Role::Cashier,
            Some("auditor") => Role::Auditor,
            _ => self.stop("as which office"),
        }
    }

    /// Settings in force with some of them changed: `policy v1 notice_days=3`; `policy town min.notice_days=2`
    /// for the bounds.
    fn set_policy(&self, line: &Line) -> Body {
        let bank = &self.world.bank;
        let bounded = line.pairs.iter().any(|(name, _)| name.contains('.'));
        let bounds = bounded.then(|| Bounds {
            min: self.policy(bank.bounds().min, line, "min."),
            max: self.policy(bank.bounds().max, line, "max."),
        });
        let branch = Some(line.word(0)).filter(|name| *name != "town").map(branch);
        let now = branch.map_or(bank.bank_policy(), |branch| bank.policy(branch));
        Body::SetPolicy { branch, policy: self.policy(now, line, ""), bounds }
    }

    fn policy(&self, mut policy: Policy, line: &Line, prefix: &str) -> Policy {
        for (name, value) in &line.pairs {
            let Some(name) = name.strip_prefix(prefix).filter(|name| !name.contains('.')) else { continue };
            if OPTIONS.contains(&name) {
                continue;
            }
            let value = self.count(value);
            *match name {
                "quorum_min" => &mut policy.quorum_min,
                "quorum_percent" => &mut policy.quorum_percent,
                "notice_days" => &mut policy.notice_days,
                "pin_free_points" => &mut policy.pin_free_points,
                "person_month_points" => &mut policy.person_month_points,
                "household_month_points" => &mut policy.household_month_points,
                "deed_age_days" => &mut policy.deed_age_days,
                "review_days" => &mut policy.review_days,
                "decide_days" => &mut policy.decide_days,
                "pending_days" => &mut policy.pending_days,
                "lot_months" => &mut policy.lot_months,
                "refund_days" => &mut policy.refund_days,
                _ => self.stop(&format!("no setting {name}")),
            } = value;
        }
        policy
    }
}

//! What happens in the village: how it came to be, and what its people do.

use civbank::bank::command::{
    Appoint, AssessRow, Body, Declare, Holder, Item, Price, RedeemLine, StockInLine,
};
use civbank::bank::ids::{Branch, Digest, HouseholdId};
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::words::*;
use civbank::wire::signature;

use super::world::*;

impl Town {
    /// The bank, its village, its people, its goods; a household with a card.
    pub async fn open(&mut self) {
        let officer = ["officer"];
        let head: Branch = HEAD.parse().unwrap();
        let other: Branch = OTHER.parse().unwrap();
        let open_bank =
            Body::OpenBank {
                head, title: "镇总行".into(), policy: Policy::DEFAULT, bounds: Bounds::FORMAT
            };
        self.write(open_bank, &officer).await;
        for (branch, title) in [(village(), "前进村"), (other, "西河村")] {
            self.write(Body::OpenBranch { branch, title: title.into() }, &officer).await;
        }
        for name in ["auditor", "clerk", "cashier", "other clerk"] {
            self.enrol(name).await;
        }
        self.appoint("auditor", Role::Auditor, head, &[]).await;
        self.appoint("clerk", Role::Clerk, village(), &[]).await;
        self.appoint("cashier", Role::Cashier, village(), &[]).await;
        self.appoint("other clerk", Role::Clerk, other, &[]).await;
        for (branch, clerk, count) in [(village(), "clerk", 8), (other, "other clerk", 1)] {
            for serial in 1..=count {
                let household = branch.household(serial).unwrap();
                let members = vec![digest("one"), digest("two")];
                let body = Body::OpenHousehold { household, members, consent: digest("consent") };
                self.write(body, &[clerk]).await;
            }
        }
        for (name, _) in &PEOPLE[4..] {
            if *name != "other clerk" {
                self.enrol(name).await;
            }
        }
        self.appoint("liaison", Role::Liaison, village(), &[home()]).await;
        self.appoint("idle liaison", Role::Liaison, village(), &[]).await;
        self.appoint("committee", Role::Committee, village(), &[]).await;
        self.appoint("supervisor", Role::Supervisor, village(), &[]).await;
        let chair = Appoint { chair: true, ..office("chair", Role::Committee, village(), &[]) };
        self.write(Body::Appoint(chair), &officer).await;
        let proxy = office("proxy", Role::Proxy, village(), &[home()]);
        self.write(Body::Appoint(proxy), &["member"]).await;
        let terminal = village().terminal(1).unwrap();
        let key_of_terminal = signature::public_key(&key("terminal"));
        let holder = Holder::Terminal(terminal);
        self.write(Body::EnrolKey { key: key_of_terminal, holder, valid_until: None }, &officer).await;
        let items =
            vec![item("G01", ItemKind::Deed), item("E01", ItemKind::Deed), item("D01", ItemKind::Deduction)];
        let published = Body::PublishCatalogue { branch: None, valid_from: self.today(), items };
        self.write(published, &officer).await;
        let fund = Body::FundBudget {
            branch: village(),
            source: FundSource::Town,
            fen: 240_000,
            points: 15_000,
            voucher: None,
        };
        self.write(fund, &officer).await;
        let view_token_hash = Digest(*blake3::hash(&VIEW_TOKEN).as_bytes());
        let card = Body::IssuePassbook {
            household: home(),
            key: signature::public_key(&key("passbook")),
            view_token_hash,
        };
        self.write(card, &["clerk"]).await;
        let price = |sku: &str, title: &str, points| Price {
            sku: sku.parse().unwrap(),
            title: title.into(),
            measure: "枚".into(),
            points,
            month_limit: 60,
        };
        let goods = vec![price("egg", "鸡蛋", 5), price("soap", "肥皂", 25)];
        self.write(Body::SetPrice { branch: village(), goods }, &["clerk"]).await;
        let line =
            StockInLine { sku: "egg".parse().unwrap(), quantity: 30, cost_fen: 2_400, best_before: None };
        let stock =
            Body::StockIn { branch: village(), lines: vec![line], source: FundSource::Town, receipt: None };
        self.write(stock, &["clerk"]).await;
    }

    async fn enrol(&self, name: &str) {
        let holder = Holder::Person(person(name));
        let key = signature::public_key(&key(name));
        self.write(Body::EnrolKey { key, holder, valid_until: None }, &["officer"]).await;
    }

    /// The officer gives somebody an office; a liaison who has it takes further households.
    pub async fn appoint(&self, name: &str, role: Role, branch: Branch, households: &[HouseholdId]) {
        self.write(Body::Appoint(office(name, role, branch, households)), &["officer"]).await;
    }

    /// Two declarations of the household: one credited a week ago and partly spent, one in review.
    pub async fn live(&mut self) {
        let credited = self.declare("G01", 2).await;
        self.approve(credited).await;
        self.days_pass(9).await;
        self.numbers.insert("credited", credited);
        self.numbers.insert("credit", self.engine.published().size - 1);
        let spent = self.redeem(2).await;
        self.numbers.insert("redemption", spent);
        let filed = self.declare("G01", 1).await;
        self.numbers.insert("filed", filed);
    }

    pub async fn declare(&self, item: &str, quantity: u32) -> u64 {
        self.write(self.deed(item, quantity, &[]), &["member"]).await
    }

    pub fn deed(&self, item: &str, quantity: u32, evidence: &[Digest]) -> Body {
        Body::Declare(Declare {
            household: home(),
            member: 0,
            item: item.parse().unwrap(),
            quantity,
            deed_date: self.today(),
            evidence: evidence.to_vec(),
            note: None,
            channel: civbank::bank::words::Channel::App,
        })
    }

    pub async fn endorse(&self, declaration: u64) -> u64 {
        let verdict = Verdict::Endorse;
        self.write(Body::Review { declaration, verdict, ground: None, note: None }, &["liaison"]).await
    }

    pub fn vote(&self, declarations: &[u64]) -> Body {
        Body::Decide { declarations: declarations.to_vec(), vote: Vote::Approve, points: None, ground: None }
    }

    /// Reviewed and decided: in public notice.
    pub async fn approve(&self, declaration: u64) {
        self.endorse(declaration).await;
        for member in ["chair", "committee"] {
            self.write(self.vote(&[declaration]), &[member]).await;
        }
    }

    pub fn eggs(&self, quantity: u32) -> Body {
        let line = RedeemLine { sku: "egg".parse().unwrap(), quantity, price_version: 1, points: 5 };
        Body::Redeem { household: home(), lines: vec![line], total: 5 * quantity }
    }

    pub async fn redeem(&self, eggs: u32) -> u64 {
        self.write(self.eggs(eggs), &["terminal", "passbook"]).await
    }

    pub fn sheet(&self, rows: &[(&str, &str)], record: Digest) -> Body {
        let row = |(household, item): &(&str, &str)| AssessRow {
            household: household.parse().unwrap(),
            item: item.parse().unwrap(),
            quantity: 1,
        };
        Body::Assess { branch: village(), date: self.today(), rows: rows.iter().map(row).collect(), record }
    }
}

fn office(name: &str, role: Role, branch: Branch, households: &[HouseholdId]) -> Appoint {
    Appoint {
        person: person(name),
        role,
        branch,
        chair: false,
        households: households.to_vec(),
        valid_until: None,
    }
}

/// G01 志愿服务 at 10 points, E01 the same with a photograph wanted, D01 乱堆乱放 at 5 of the score.
fn item(code: &str, kind: ItemKind) -> Item {
    let (title, points, unit) = match kind {
        ItemKind::Deduction => ("乱堆乱放", 5, Unit::Score),
        _ => ("志愿服务", 10, Unit::Points),
    };
    let evidence = if code == "E01" { vec![EvidenceKind::Photo] } else { Vec::new() };
    Item {
        code: code.parse().unwrap(),
        pillar: Pillar::Service,
        kind,
        title: title.into(),
        points_min: points,
        points_max: points,
        unit,
        score_effect: 0,
        subject: ItemSubject::Household,
        measure: "次".into(),
        cap_window: CapWindow::Event,
        cap_count: 0,
        evidence,
        valid_from: None,
        valid_to: None,
    }
}

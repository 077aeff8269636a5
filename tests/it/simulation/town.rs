//! The town of the simulation: small and poor, so that every limit is met soon. Two villages of twelve houses;
//! the first has three days of notice, the second none.

use civbank::bank::command::{Appoint, Body, Holder, Item, Price, StockInLine};
use civbank::bank::ids::{Branch, Digest, HouseholdId, PersonId, PublicKey, Sku};
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::time::Day;
use civbank::bank::words::{
    CapWindow, EvidenceKind, FundSource, ItemKind, ItemSubject, KinRelation, Pillar, Role, Unit,
};
use ed25519_dalek::SigningKey;

pub const HOUSES: usize = 12;
/// Who lives where: houses by number. The chair's kin keep the eighth.
pub const COMMITTEE: [usize; 3] = [0, 1, 2];
pub const LIAISONS: [usize; 2] = [3, 4];
pub const SUPERVISOR: usize = 5;
pub const CASHIER: usize = 6;
const KIN: (usize, usize) = (0, 7);
/// The first liaison's houses, the other's among them; the second has the rest.
const FIRST_LIAISONS: [usize; 7] = [0, 1, 2, 4, 5, 6, 7];

/// Items: code, kind, points (least, most), unit, whose, cap.
type Row = (&'static str, ItemKind, (u32, u32), Unit, ItemSubject, (CapWindow, u32));
pub const ITEMS: [Row; 6] = [
    ("Z05", ItemKind::Deed, (20, 20), Unit::Points, ItemSubject::Person, (CapWindow::Month, 3)),
    ("J06", ItemKind::Bonus, (10, 40), Unit::Points, ItemSubject::Household, (CapWindow::Event, 0)),
    ("G01", ItemKind::Deed, (10, 10), Unit::Points, ItemSubject::Person, (CapWindow::Month, 8)),
    ("R01", ItemKind::Deed, (15, 15), Unit::Points, ItemSubject::Household, (CapWindow::Quarter, 2)),
    ("D02", ItemKind::Deduction, (5, 30), Unit::Score, ItemSubject::Household, (CapWindow::Event, 0)),
    ("D13", ItemKind::Deduction, (10, 10), Unit::Points, ItemSubject::Household, (CapWindow::Event, 0)),
];
/// Goods: code, points, pieces a month.
pub const GOODS: [(&str, u32, u32); 3] = [("egg", 5, 12), ("salt", 20, 3), ("towel", 45, 0)];

/// A key that the name alone makes.
pub fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(blake3::hash(name.as_bytes()).as_bytes())
}

pub fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

pub fn digest(of: &str) -> Digest {
    Digest(*blake3::hash(of.as_bytes()).as_bytes())
}

pub fn head() -> Branch {
    "370829199000".parse().expect("the head bank's code")
}

pub fn branch(village: usize) -> Branch {
    format!("{}", 370_829_199_201 + village as u64).parse().expect("a village's code")
}

pub fn village(branch: Branch) -> usize {
    (branch.number() - 370_829_199_201) as usize
}

pub fn household(village: usize, house: usize) -> HouseholdId {
    branch(village).household(house as u32 + 1).expect("a household's number")
}

/// Village and house.
pub fn place(id: HouseholdId) -> (usize, usize) {
    (village(id.branch()), id.serial() as usize - 1)
}

pub fn person(village: usize, house: usize) -> PersonId {
    household(village, house).member(1).expect("a member's number")
}

pub fn officer() -> SigningKey {
    key("officer")
}

pub fn clerk(village: usize) -> SigningKey {
    key(&format!("clerk {village}"))
}

pub fn terminal(village: usize) -> SigningKey {
    key(&format!("terminal {village}"))
}

/// The key of the one who does everything in a house.
pub fn resident(village: usize, house: usize) -> SigningKey {
    key(&format!("resident {village} {house}"))
}

/// A house's card, from 1.
pub fn card(village: usize, house: usize, number: u32) -> SigningKey {
    key(&format!("card {village} {house} {number}"))
}

pub fn sku(code: &str) -> Sku {
    code.parse().expect("a sku")
}

pub fn new_card(village: usize, house: usize, number: u32) -> Body {
    Body::IssuePassbook {
        household: household(village, house),
        key: public(&card(village, house, number)),
        view_token_hash: digest(&format!("token {village} {house} {number}")),
    }
}

pub fn appoint(village: usize, house: usize, role: Role, houses: &[usize]) -> Body {
    Body::Appoint(Appoint {
        person: person(village, house),
        role,
        branch: branch(village),
        chair: role == Role::Committee && house == COMMITTEE[0],
        households: houses.iter().map(|house| household(village, *house)).collect(),
        valid_until: None,
    })
}

pub fn price(code: &str, points: u32, month_limit: u32) -> Price {
    Price { sku: sku(code), title: code.into(), measure: "个".into(), points, month_limit }
}

fn item(row: &Row) -> Item {
    let (code, kind, (points_min, points_max), unit, subject, (cap_window, cap_count)) = *row;
    Item {
        code: code.parse().expect("a code"),
        pillar: Pillar::Governance,
        kind,
        title: code.into(),
        points_min,
        points_max,
        unit,
        score_effect: if code == "R01" { 3 } else { 0 },
        subject,
        measure: "次".into(),
        cap_window,
        cap_count,
        evidence: vec![EvidenceKind::Record],
        valid_from: None,
        valid_to: None,
    }
}

fn policy(village: usize) -> Policy {
    Policy {
        notice_days: if village == 0 { 3 } else { 0 },
        pin_free_points: 30,
        person_month_points: 40,
        household_month_points: 60,
        deed_age_days: 8,
        pending_days: 30,
        lot_months: if village == 0 { 1 } else { 3 },
        ..Policy::DEFAULT
    }
}

/// Everything that a town needs before its first deed, in order: what is asked and who signs.
pub fn founding(today: Day) -> Vec<(Body, Vec<SigningKey>)> {
    let officer = || vec![officer()];
    let bounds = Bounds { min: Policy { notice_days: 0, ..Policy::LEAST }, max: Policy::MOST };
    let open = Body::OpenBank { head: head(), title: "总行".into(), policy: Policy::DEFAULT, bounds };
    let items = ITEMS.iter().map(item).collect();
    let mut all = vec![
        (open, officer()),
        (Body::PublishCatalogue { branch: None, valid_from: today, items }, officer()),
    ];
    for village in 0..2 {
        let branch = branch(village);
        all.push((Body::OpenBranch { branch, title: format!("{village}村") }, officer()));
        let policy = policy(village);
        all.push((Body::SetPolicy { branch: Some(branch), policy, bounds: None }, officer()));
        let (source, voucher) = (FundSource::County, None);
        all.push((Body::FundBudget { branch, source, fen: 1_000, points: 150, voucher }, officer()));
        let staff = branch.staff(1).expect("a staff number");
        let enrol = |key, holder| Body::EnrolKey { key: public(&key), holder, valid_until: None };
        all.push((enrol(clerk(village), Holder::Person(staff)), officer()));
        let (role, households) = (Role::Clerk, Vec::new());
        let office = Appoint { person: staff, role, branch, chair: false, households, valid_until: None };
        all.push((Body::Appoint(office), officer()));
        let shop = Holder::Terminal(branch.terminal(1).expect("a terminal's number"));
        all.push((enrol(terminal(village), shop), officer()));
        for house in 0..HOUSES {
            let id = household(village, house);
            let members = vec![digest(&format!("{id} 1")), digest(&format!("{id} 2"))];
            let book = Body::OpenHousehold { household: id, members, consent: digest("consent") };
            all.push((book, vec![clerk(village)]));
            all.push((new_card(village, house, 1), vec![clerk(village)]));
            let who = Holder::Person(person(village, house));
            all.push((enrol(resident(village, house), who), officer()));
        }
        let rest: Vec<usize> = (0..HOUSES).filter(|house| !FIRST_LIAISONS.contains(house)).collect();
        let committee = COMMITTEE.map(|house| appoint(village, house, Role::Committee, &[]));
        all.extend(committee.map(|body| (body, officer())));
        all.push((appoint(village, LIAISONS[0], Role::Liaison, &FIRST_LIAISONS), officer()));
        all.push((appoint(village, LIAISONS[1], Role::Liaison, &rest), officer()));
        all.push((appoint(village, SUPERVISOR, Role::Supervisor, &[]), officer()));
        all.push((appoint(village, CASHIER, Role::Cashier, &[]), officer()));
        let (person, other) = (person(village, KIN.0), person(village, KIN.1));
        all.push((Body::DeclareKin { person, other, relation: KinRelation::Sibling }, officer()));
        let goods = GOODS.iter().map(|(code, points, limit)| price(code, *points, *limit)).collect();
        all.push((Body::SetPrice { branch, goods }, vec![clerk(village)]));
        let lines = GOODS.iter().map(|(code, ..)| delivery(code, 12)).collect();
        let (source, receipt) = (FundSource::Town, None);
        all.push((Body::StockIn { branch, lines, source, receipt }, vec![clerk(village)]));
    }
    all
}

pub fn delivery(code: &str, quantity: u32) -> StockInLine {
    StockInLine { sku: sku(code), quantity, cost_fen: 500, best_before: None }
}
